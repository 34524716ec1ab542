import Foundation
import KithCrypto
import Testing

/// One file below `Specs/Vectors`: header lines, an empty line, hexadecimal digits.
struct SignedVector: Sendable, CustomTestStringConvertible {
    let name: String
    let headers: [String: String]
    let bytes: [UInt8]

    var testDescription: String { name }
    var expect: String { headers["expect"] ?? "" }

    /// All vectors of `area` by name.
    static func all(of area: String) -> [SignedVector] {
        let folder = vectorFolder.appendingPathComponent(area)
        let files = try? FileManager.default.contentsOfDirectory(
            at: folder, includingPropertiesForKeys: nil)
        return (files ?? []).map(SignedVector.init).sorted { $0.name < $1.name }
    }

    private init(file: URL) {
        name = file.deletingPathExtension().lastPathComponent
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let head = lines.prefix { !$0.isEmpty }
        var headers: [String: String] = [:]
        for line in head {
            guard let colon = line.range(of: ": ") else { continue }
            headers[String(line[..<colon.lowerBound])] = String(line[colon.upperBound...])
        }
        self.headers = headers
        bytes = Hex.decode(lines.dropFirst(head.count).joined()) ?? []
    }
}

/// Where the vectors of the repository are.
let vectorFolder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Specs/Vectors")

/// The dice of a random test; prints the seed, and takes another one from `KITH_SEED`.
func dice(for test: String, usual seed: UInt64) -> Entropy {
    let chosen = ProcessInfo.processInfo.environment["KITH_SEED"].flatMap { UInt64($0) } ?? seed
    print("\(test): KITH_SEED=\(chosen)")
    return Entropy(seed: chosen)
}
