import Foundation
import KithCrypto
import KithWire
import Testing

/// The files that Tools/unicode-table writes: what Python says to the same strings.
@Suite("Folding agrees with Python")
struct TextVectorTests {
    @Test("for every scalar of Unicode alone")
    func scalars() throws {
        let lines = try Self.lines(of: "scalars")
        #expect(lines.count == 272)
        for line in lines {
            let parts = line.split(separator: " ")
            let start = try #require(UInt32(parts[0], radix: 16))
            let block = (start..<start + 4_096).compactMap(Unicode.Scalar.init)
            #expect(Self.digest(block.map { String($0) }) == parts[1], "block \(parts[0])")
        }
    }

    @Test("for 10,000 drawn strings")
    func samples() throws {
        let lines = try Self.lines(of: "samples")
        #expect(lines.count == 100)
        var strings = SampleStrings(ranges: try Self.ranges())
        for (index, line) in lines.enumerated() {
            let texts = (0..<100).map { _ in strings.next() }
            #expect(Self.digest(texts) == line, "strings \(index * 100)…")
        }
    }

    @Test("for readable examples, in composed and decomposed form alike")
    func examples() throws {
        let lines = try Self.lines(of: "examples")
        #expect(lines.count > 400)
        for line in lines {
            let forms = line.split(separator: ";", omittingEmptySubsequences: false).map(Self.text)
            let wanted = Array(forms[3].unicodeScalars)
            for form in forms {
                #expect(Array(Text.normalise(form).unicodeScalars) == wanted, "\(line)")
            }
            #expect(Text.isNFC(forms[1]), "\(line)")
            let isComposed = forms[0].unicodeScalars.elementsEqual(forms[1].unicodeScalars)
            #expect(Text.isNFC(forms[0]) == isComposed, "\(line)")
        }
    }

    @Test("and folding twice changes nothing, whatever was drawn")
    func laws() throws {
        var strings = SampleStrings(ranges: try Self.ranges(), seed: 77)
        for _ in 0..<2_000 {
            let once = Text.normalise(strings.next())
            let twice = Text.normalise(once)
            #expect(once.unicodeScalars.elementsEqual(twice.unicodeScalars), "\(once)")
            #expect(Text.isNFC(once), "\(once)")
        }
    }

    private static func file(_ name: String) throws -> String {
        let url = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Specs/Vectors/text/\(name).txt")
        return try String(contentsOf: url, encoding: .utf8)
    }

    private static func lines(of name: String) throws -> [Substring] {
        let text = try file(name)
        let end = try #require(text.range(of: "\n\n"))
        return text[end.upperBound...].split(separator: "\n")
    }

    private static func ranges() throws -> [ClosedRange<UInt32>] {
        let label = "ranges: "
        let lines = try file("samples").split(separator: "\n")
        let line = try #require(lines.first { $0.hasPrefix(label) })
        return line.dropFirst(label.count).split(separator: " ").compactMap { part in
            let ends = part.split(separator: "-").compactMap { UInt32($0, radix: 16) }
            return ends.count == 2 ? ends[0]...ends[1] : nil
        }
    }

    /// The text of scalars in hexadecimal.
    private static func text(_ scalars: Substring) -> String {
        var view = String.UnicodeScalarView()
        for digits in scalars.split(separator: " ") {
            if let scalar = UInt32(digits, radix: 16).flatMap(Unicode.Scalar.init) {
                view.append(scalar)
            }
        }
        return String(view)
    }

    private static func digest(_ texts: [String]) -> String {
        var hasher = BLAKE2b.Hasher(outputBytes: 32)
        for text in texts {
            hasher.update(utf8: Text.normalise(text))
            hasher.update([0xff])
        }
        return hasher.finish32().hex
    }
}

/// Draws the strings that the Python script draws.
private struct SampleStrings {
    let ranges: [ClosedRange<UInt32>]
    var state: UInt64

    init(ranges: [ClosedRange<UInt32>], seed: UInt64 = 5_484) {
        self.ranges = ranges
        state = seed
    }

    mutating func next() -> String {
        var view = String.UnicodeScalarView()
        for _ in 0..<1 + below(12) {
            let range = ranges[Int(below(UInt64(ranges.count)))]
            let value = range.lowerBound + UInt32(below(UInt64(range.count)))
            if let scalar = Unicode.Scalar(value) { view.append(scalar) }
        }
        return String(view)
    }

    /// SplitMix64 (Steele, Lea and Flood, 2014).
    private mutating func below(_ bound: UInt64) -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return (z ^ (z >> 31)) % bound
    }
}
