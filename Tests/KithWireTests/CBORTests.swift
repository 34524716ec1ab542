import KithCrypto
import KithWire
import Testing

/// A tree of items, to be written and read again.
indirect enum Item {
    case unsigned(UInt64)
    case negative(UInt64)
    case bool(Bool)
    case bytes([UInt8])
    case text(String)
    case array([Item])
    case map([(UInt64, Item)])

    /// A random tree that is at most `depth` arrays and maps deep.
    static func random(_ entropy: inout Entropy, depth: Int) -> Item {
        // Numbers of every length are equally likely, not equally likely numbers.
        func number(_ entropy: inout Entropy) -> UInt64 {
            entropy.next() >> entropy.below(64)
        }
        let count = Int(entropy.below(30))
        switch entropy.below(depth > 0 ? 7 : 5) {
        case 0: return .unsigned(number(&entropy))
        case 1: return .negative(number(&entropy))
        case 2: return .bool(entropy.next() & 1 == 0)
        case 3: return .bytes(entropy.bytes(count * 20))
        case 4: return .text(String(repeating: "aé水𐅑", count: count))
        case 5: return .array((0..<count / 4).map { _ in random(&entropy, depth: depth - 1) })
        default:
            let keys = Set((0..<count / 4).map { _ in number(&entropy) }).sorted()
            return .map(keys.map { ($0, random(&entropy, depth: depth - 1)) })
        }
    }

    func write(into writer: inout CBORWriter) {
        switch self {
        case .unsigned(let value): writer.uint(value)
        case .negative(let value): writer.negative(value)
        case .bool(let value): writer.bool(value)
        case .bytes(let content): writer.bytes(content)
        case .text(let content): writer.text(content)
        case .array(let items):
            writer.array(items.count)
            for item in items { item.write(into: &writer) }
        case .map(let pairs):
            writer.map(pairs.count)
            for (key, item) in pairs {
                writer.uint(key)
                item.write(into: &writer)
            }
        }
    }
}

@Suite("Deterministic CBOR")
struct CBORTests {
    @Test("of random trees is accepted and encodes again to itself")
    func roundTrip() throws {
        var entropy = Entropy(seed: testSeed("random trees", usual: 7))
        for _ in 0..<500 {
            let bytes = written(capacity: 1 << 20) {
                Item.random(&entropy, depth: 3).write(into: &$0)
            }
            let again = try recodeItem(bytes)
            #expect(again == bytes)
        }
    }

    @Test("has the shortest head for every number around the borders")
    func heads() throws {
        let borders: [UInt64] = [24, 0x100, 0x1_0000, 0x1_0000_0000]
        for border in borders {
            let below = written { $0.uint(border - 1) }
            let above = written { $0.uint(border) }
            #expect(below.count < above.count)
            #expect(below.count == CBORWriter.headBytes(border - 1))
            #expect(above.count == CBORWriter.headBytes(border))
            let again = try recodeItem(below) + recodeItem(above)
            #expect(again == below + above)
        }
    }

    @Test("that does not fit sets the flag, and nothing is written past the end")
    func overflow() {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 16, alignment: 1)
        defer { memory.deallocate() }
        memory.initializeMemory(as: UInt8.self, repeating: 0xee)
        var writer = CBORWriter(borrowing: UnsafeMutableRawBufferPointer(rebasing: memory[..<8]))
        writer.bytes([1, 2, 3, 4, 5, 6, 7])
        #expect(writer.count == 8 && !writer.overflowed && writer.room == 0)
        writer.uint(0)
        let overflowed = writer.overflowed
        #expect(overflowed)
        #expect(memory[8...].allSatisfy { $0 == 0xee })
        // What comes later must not fill the hole that was left.
        var other = CBORWriter(capacity: 4)
        other.uint(1000)
        other.uint(1000)
        other.uint(1)
        #expect(other.overflowed && other.bytes == [0x19, 0x03, 0xe8])
    }

    @Test("is padded with zeros up to a size, and not beyond the memory")
    func padding() {
        #expect(
            written {
                $0.uint(1)
                $0.pad(to: 4)
                $0.pad(to: 2)
            } == [1, 0, 0, 0])
        var writer = CBORWriter(capacity: 4)
        writer.pad(to: 5)
        let overflowed = writer.overflowed
        #expect(overflowed)
    }

    private func read(_ bytes: [UInt8], optional: UInt64) throws(DecodeError) -> [UInt64] {
        var reader = CBORReader(bytes.span.bytes)
        var map = try reader.map()
        var found: [UInt64] = []
        try map.require(1, in: &reader)
        found.append(try reader.uint())
        if try map.accept(optional, in: &reader) { found.append(try reader.uint()) }
        try map.require(5, in: &reader)
        found.append(try reader.uint())
        try map.finish(in: &reader)
        try reader.finish()
        return found
    }

    @Test("maps are read key by key, with an optional one there or not")
    func maps() throws {
        let short = try read(hex("a2 010a 050b"), optional: 3)
        #expect(short == [10, 11])
        let long = try read(hex("a3 010a 030c 050b"), optional: 3)
        #expect(long == [10, 12, 11])
        #expect(throws: DecodeError.missingKey) { try read(hex("a1 010a"), optional: 3) }
        #expect(throws: DecodeError.unknownKey) { try read(hex("a2 000a 010b"), optional: 3) }
        #expect(throws: DecodeError.unknownKey) { try read(hex("a3 010a 050b 060c"), optional: 3) }
        #expect(throws: DecodeError.unknownKey) { try read(hex("a3 010a 020b 050c"), optional: 3) }
        #expect(throws: DecodeError.notCanonical) {
            try read(hex("a3 010a 050b 030c"), optional: 3)
        }
    }

    private func offsetAfterFailure(_ bytes: [UInt8]) -> Int {
        var reader = CBORReader(bytes.span.bytes)
        var offset = -1
        do {
            _ = try reader.uint()
            _ = try reader.uint(upTo: 5)
        } catch {
            offset = reader.offset
        }
        return offset
    }

    @Test("a reader that refuses stays where it was")
    func failure() {
        #expect(offsetAfterFailure([1, 6]) == 1)
        #expect(offsetAfterFailure([1, 0x19, 0]) == 1)
        #expect(offsetAfterFailure([1, 0x41, 0]) == 1)
    }
}
