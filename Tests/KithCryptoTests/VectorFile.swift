import Foundation
import KithCrypto
import Testing

/// A file of public vectors in the repository.
enum VectorFile {
    /// The file at `path` below `Specs/Vectors`.
    static func load<Content: Decodable>(_ path: String) throws -> Content {
        let root = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let file = root.appendingPathComponent("Specs/Vectors/\(path)")
        return try JSONDecoder().decode(Content.self, from: Data(contentsOf: file))
    }
}

/// The form of a Wycheproof file.
struct Wycheproof<Group: Decodable>: Decodable {
    let numberOfTests: Int
    let testGroups: [Group]
}

/// What a vector says must happen.
enum Verdict: String, Decodable {
    case valid
    case invalid
    case acceptable
}

/// The bytes that `hex` writes; a test whose own text is wrong stops here.
func bytes(_ hex: String) throws -> [UInt8] {
    try #require(Hex.decode(hex))
}

/// The 32 bytes that `hex` writes.
func bytes32(_ hex: String) throws -> Bytes32 {
    try #require(Bytes32(hex: hex))
}

/// The seed of a random test: the one it names, or `KITH_SEED` to replay another.
func seed(_ usual: UInt64) -> UInt64 {
    let chosen = ProcessInfo.processInfo.environment["KITH_SEED"].flatMap { UInt64($0) } ?? usual
    print("seed \(chosen)")
    return chosen
}
