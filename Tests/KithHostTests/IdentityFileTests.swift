import KithCrypto
import Testing

@testable import KithHost

@Suite("An identity file with a passphrase")
struct LockedIdentityFileTests {
    @Test("opens with its passphrase and no other")
    func opening() throws {
        let sample = try Sample(seed: 1)
        let again = try sample.decoded()
        #expect(again == sample.file)
        #expect(again.isLocked)
        #expect(again.plainSeed == nil)
        #expect(again.identity == IdentityFile.publicKey(of: sample.seed))
        #expect(try again.open(with: passphrase()) == sample.seed)
        for other in ["correct horsf", "correct horse ", "Correct horse", "c"] {
            #expect(throws: IdentityError.notOpened) {
                try again.open(with: passphrase(other))
            }
        }
    }

    @Test("never has the same salt, nonce or box twice")
    func freshness() throws {
        let first = try Sample(seed: 1).file
        var entropy = Entropy(seed: 2)
        let second = try IdentityFile.locked(
            Sample(seed: 1).seed, with: passphrase(), cost: Sample.cost, entropy: &entropy)
        guard case .sealed(let a) = first.content, case .sealed(let b) = second.content else {
            Issue.record("not sealed")
            return
        }
        #expect(a.salt != b.salt)
        #expect(a.nonce != b.nonce)
        #expect(a.box != b.box)
    }

    @Test("is refused as damaged at every length but its own")
    func truncation() throws {
        let bytes = try Sample(seed: 3).bytes
        #expect(bytes.count == IdentityFile.bytesMax)
        #expect(fault(in: []) == .damaged(detail: "it is empty"))
        for count in 1..<bytes.count {
            let error = fault(in: Array(bytes.prefix(count)))
            #expect(error == .damaged(detail: "it ends after \(count) bytes"))
        }
        #expect(fault(in: bytes + [0]) == .damaged(detail: "it goes on behind its end"))
    }

    @Test("is refused when any bit of its header is another one")
    func header() throws {
        let sample = try Sample(seed: 4)
        for bit in 0..<(IdentityFile.Layout.headerBytes * 8) {
            var bytes = sample.bytes
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            let error = fault(in: bytes)
            switch bit / 8 {
            case 0..<7: #expect(error == .foreign, "bit \(bit)")
            case 7: #expect(error == .foreign || isNewer(error), "bit \(bit)")
            case 8: #expect(isDamaged(error), "bit \(bit)")
            default: #expect(error == .notOpened || isCostRefused(error), "bit \(bit)")
            }
        }
    }

    @Test("does not open when any bit of its box is another one")
    func box() throws {
        let sample = try Sample(seed: 5)
        for bit in (IdentityFile.Layout.headerBytes * 8)..<(sample.bytes.count * 8) {
            var bytes = sample.bytes
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(fault(in: bytes) == .notOpened, "bit \(bit)")
        }
    }

    @Test(
        "is refused before anything is derived when it asks for too little or too much",
        arguments: [
            (0, 262_144), (1, 262_144), (11, 262_144), (3, 0), (3, 65_535), (3, 1_048_577),
            (4_294_967_295, 4_294_967_295),
        ])
    func bounds(operations: Int, memoryKiB: Int) throws {
        // Decoding takes no passphrase, so there is nothing it could derive from.
        var bytes = try Sample(seed: 6).bytes
        put(operations, at: IdentityFile.Layout.operations, in: &bytes)
        put(memoryKiB, at: IdentityFile.Layout.memoryKiB, in: &bytes)
        #expect(throws: IdentityError.costRefused(operations: operations, memoryKiB: memoryKiB)) {
            try decode(bytes, within: .usual)
        }
    }

    @Test("may ask for all that lies within the bounds", arguments: [(2, 65_536), (10, 1_048_576)])
    func withinBounds(operations: Int, memoryKiB: Int) throws {
        var bytes = try Sample(seed: 6).bytes
        put(operations, at: IdentityFile.Layout.operations, in: &bytes)
        put(memoryKiB, at: IdentityFile.Layout.memoryKiB, in: &bytes)
        #expect(try decode(bytes, within: .usual).isLocked)
    }

    @Test("is made at a cost that it may ask for")
    func usualCost() {
        #expect(PassphraseCost.usual.isWithin(.usual))
    }

    private func isNewer(_ error: IdentityError?) -> Bool {
        if case .newer = error { true } else { false }
    }

    private func isDamaged(_ error: IdentityError?) -> Bool {
        if case .damaged = error { true } else { false }
    }

    private func isCostRefused(_ error: IdentityError?) -> Bool {
        if case .costRefused = error { true } else { false }
    }

    private func put(_ value: Int, at offset: Int, in bytes: inout [UInt8]) {
        for index in 0..<4 {
            bytes[offset + index] = UInt8(truncatingIfNeeded: value >> (24 - 8 * index))
        }
    }
}

@Suite("An identity file without a passphrase")
struct PlainIdentityFileTests {
    private let file: IdentityFile
    private let bytes: [UInt8]

    init() {
        var entropy = Entropy(seed: 7)
        file = .plain(Secret32.generate(from: &entropy))
        bytes = file.encoded().withBytes { $0.withUnsafeBytes { [UInt8]($0) } }
    }

    @Test("is read as it was written")
    func reading() throws {
        let again = try decode(bytes, within: .usual)
        #expect(again == file)
        #expect(!again.isLocked)
        #expect(again.plainSeed == file.plainSeed)
    }

    @Test("is refused at every length but its own, and when any bit is another one")
    func damage() {
        for count in 0..<bytes.count {
            #expect(fault(in: Array(bytes.prefix(count))) != nil, "\(count) bytes")
        }
        for bit in 0..<(bytes.count * 8) {
            var bytes = bytes
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(fault(in: bytes) != nil, "bit \(bit)")
        }
    }
}

@Suite("A passphrase")
struct PassphraseTests {
    @Test("has 1 to 1,024 bytes, and at least 8 to lock with")
    func lengths() {
        for (count, isOne, isLong) in [
            (0, false, false), (1, true, false), (7, true, false), (8, true, true),
            (1_024, true, true), (1_025, false, false),
        ] {
            let made = Passphrase(copying: [UInt8](repeating: 120, count: count).span.bytes)
            switch made {
            case .some(let made):
                #expect(isOne && made.isLongEnough == isLong, "\(count) bytes")
            case .none:
                #expect(!isOne, "\(count) bytes")
            }
        }
    }
}

/// A locked identity that costs next to nothing.
private struct Sample {
    static let cost = PassphraseCost(operations: 2, memoryKiB: 8)
    static let bounds = PassphraseCost.Bounds(operations: 1...10, memoryKiB: 8...512)

    let seed: Secret32
    let file: IdentityFile
    let bytes: [UInt8]

    init(seed number: UInt64) throws {
        var entropy = Entropy(seed: number)
        seed = Secret32.generate(from: &entropy)
        file = try IdentityFile.locked(
            seed, with: passphrase(), cost: Sample.cost, entropy: &entropy)
        bytes = file.encoded().withBytes { $0.withUnsafeBytes { [UInt8]($0) } }
    }

    func decoded() throws -> IdentityFile {
        try decode(bytes, within: Sample.bounds)
    }
}

private func passphrase(_ text: String = "correct horse") -> Passphrase {
    guard let passphrase = Passphrase(copying: Array(text.utf8).span.bytes) else {
        fatalError("'\(text)' is no passphrase")
    }
    return passphrase
}

private func decode(
    _ bytes: [UInt8], within bounds: PassphraseCost.Bounds
) throws(IdentityError) -> IdentityFile {
    try IdentityFile(decoding: bytes.span.bytes, within: bounds)
}

/// Why these bytes cannot be read, or not be opened with the right passphrase; nil when they can.
private func fault(in bytes: [UInt8]) -> IdentityError? {
    do throws(IdentityError) {
        _ = try decode(bytes, within: Sample.bounds).open(with: passphrase())
        return nil
    } catch {
        return error
    }
}
