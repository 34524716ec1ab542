import Foundation
import KithCrypto

/// One file of `Specs/Vectors`: header lines, an empty line, hexadecimal digits.
struct VectorFile: Sendable, CustomStringConvertible {
    let area: String
    let name: String
    let headers: [String: String]
    let bytes: [UInt8]

    var expect: String { headers["expect"] ?? "" }
    var description: String { "\(area)/\(name)" }

    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Specs/Vectors")

    /// All vectors of an area, by name.
    static func all(_ area: String) throws -> [VectorFile] {
        let folder = root.appendingPathComponent(area)
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
            .filter { $0.hasSuffix(".txt") }
            .map { try VectorFile(area: area, file: $0) }
    }

    private init(area: String, file: String) throws {
        let url = VectorFile.root.appendingPathComponent(area).appendingPathComponent(file)
        let lines = try String(contentsOf: url, encoding: .utf8)
            .split(separator: "\n", omittingEmptySubsequences: false)
        let head = lines.prefix { !$0.isEmpty }
        var headers: [String: String] = [:]
        for line in head {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[String(parts[0])] = parts[1].trimmingCharacters(in: .whitespaces)
        }
        self.area = area
        name = String(file.dropLast(4))
        self.headers = headers
        guard let bytes = Hex.decode(lines.dropFirst(head.count).joined()) else {
            throw CocoaError(.fileReadCorruptFile)
        }
        self.bytes = bytes
    }
}
