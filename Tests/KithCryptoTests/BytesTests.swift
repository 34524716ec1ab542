import KithCrypto
import Testing

@Suite("Thirty-two bytes")
struct BytesTests {
    @Test("are read from exactly 32 bytes", arguments: [0, 31, 33])
    func length(count: Int) {
        #expect(Bytes32([UInt8](repeating: 1, count: count)) == nil)
    }

    @Test("come back as they went in, as bytes, words and text")
    func roundTrip() throws {
        let array = (0..<32).map { UInt8($0) }
        let value = try #require(Bytes32(array))
        #expect(value.bytes == array)
        #expect(value.bigEndianWords.0 == 0x0001_0203_0405_0607)
        #expect(value.bigEndianWords.3 == 0x1819_1a1b_1c1d_1e1f)
        #expect(Bytes32(bigEndianWords: value.bigEndianWords) == value)
        #expect(value.hex.hasPrefix("000102"))
        #expect(Bytes32(hex: value.hex) == value)
    }

    @Test("are written where they are wanted and nowhere else")
    func copying() throws {
        let value = try #require(Bytes32((1...32).map { UInt8($0) }))
        #expect(written(value, at: 3, of: 40) == [0, 0, 0] + value.bytes + [0, 0, 0, 0, 0])
    }

    @Test("are ordered like their bytes, the first byte first")
    func order() {
        var entropy = Entropy(seed: seed(1))
        for _ in 0..<500 {
            let left = entropy.bytes32()
            // A common prefix makes the later words matter.
            var array = entropy.bytes32().bytes
            let shared = Int(entropy.below(33))
            array.replaceSubrange(0..<shared, with: left.bytes[0..<shared])
            guard let right = Bytes32(array) else { continue }
            #expect((left < right) == left.bytes.lexicographicallyPrecedes(right.bytes))
            #expect((left == right) == (left.bytes == right.bytes))
        }
    }

    private func written(_ value: Bytes32, at offset: Int, of count: Int) -> [UInt8] {
        var array = [UInt8](repeating: 0, count: count)
        var elements = array.mutableSpan
        var span = elements.mutableBytes
        value.copy(into: &span, at: offset)
        return array
    }
}

@Suite("Sixteen bytes")
struct Bytes16Tests {
    @Test("match themselves and nothing that differs in any one bit", arguments: 0..<128)
    func matching(bit: Int) throws {
        let array = (0..<16).map { UInt8($0 * 7) }
        var other = array
        other[bit / 8] ^= 1 << UInt8(bit % 8)
        let value = try #require(Bytes16(array))
        #expect(value.matches(try #require(Bytes16(array))))
        #expect(!value.matches(try #require(Bytes16(other))))
    }

    @Test("are read from exactly 16 bytes")
    func length() {
        #expect(Bytes16([UInt8](repeating: 0, count: 15)) == nil)
        #expect(Bytes16([UInt8](repeating: 0, count: 17)) == nil)
        #expect(Bytes16(hex: "000102030405060708090a0b0c0d0e0f")?.bytes == Array(0...15))
    }
}
