import KithCrypto
import KithWire
import Testing

@testable import KithOverlay

@Suite("Statements about full locations")
struct FullStatementsTests {
    private let network = RecordMaker.network
    private let place = RecordMaker.location("chess")

    private func key(_ number: UInt64) -> Ed25519.SecretKey {
        Ed25519.SecretKey(seed: Bytes32(bigEndianWords: (number, 5, 5, 5)))
    }

    @Test("begin at 192 records of 256 and end below 128")
    func bounds() throws {
        var book = FullStatements(settings: Settings().storage)
        func say(_ held: Int) -> FullStatement? {
            book.statement(
                about: place, holding: held, network: network, key: key(1), at: RecordMaker.noon)
        }
        #expect(say(191) == nil)
        let statement = try #require(say(192))
        try statement.verify(
            network: network, node: key(1).agreementKey().publicKey, now: RecordMaker.noon.unix)
        #expect(say(128) == statement)
        #expect(say(127) == nil)
    }

    @Test("are signed anew only when half of their life is over")
    func renewal() throws {
        var book = FullStatements(settings: Settings().storage)
        func say(after seconds: Int) -> FullStatement? {
            book.statement(
                about: place, holding: 200, network: network, key: key(1),
                at: RecordMaker.noon.advanced(by: .seconds(seconds)))
        }
        let first = try #require(say(after: 0))
        #expect(say(after: 299) == first)
        let second = try #require(say(after: 301))
        #expect(second.until - first.until == .seconds(301))
    }

    @Test("are kept of a bounded number of locations")
    func bounded() {
        var settings = Settings().storage
        settings.fullStatementsMax = 3
        var book = FullStatements(settings: settings)
        for number in 0..<10 {
            _ = book.statement(
                about: RecordMaker.location("token \(number)"), holding: 256, network: network,
                key: key(1), at: RecordMaker.noon)
        }
        #expect(book.count == 3)
    }

    @Test("move a node only when two of the three closest sign them with their own keys")
    func majority() {
        let duo = Duo()
        let now = duo.now
        let nodes = (0..<3).map { number in
            let key = key(UInt64(number)).agreementKey().publicKey
            return NodeRecord(
                key: key, nonce: 0, id: Location(BLAKE2b.hash32([UInt8(number)])),
                v4: Address(v4: 0x0c00_0001 + UInt32(number) << 16, port: 5_484))
        }
        func isFull(_ signers: [UInt64?], until: UnixTime? = nil, about: Location? = nil) -> Bool {
            var lookup = Lookup(
                target: place, own: duo.ada.record.id, seeds: nodes, network: Duo.network)
            while case .ask(let node) = lookup.next(at: now.instant) {
                lookup.answered(node.id, records: [], at: now.instant)
            }
            var run = LookupRun(
                lookup: lookup, owner: .refresh, target: place, request: .ping,
                started: now.instant)
            for (node, signer) in zip(nodes, signers) {
                let full = signer.map { signer in
                    Message.Full(
                        FullStatement.sign(
                            about ?? place, until: until ?? now.unix + .seconds(300),
                            network: Duo.network, with: key(signer)))
                }
                run.answers.append(
                    LookupRun.Answer(
                        node: node, address: node.v4 ?? Address(v4: 1, port: 1), token: nil,
                        records: [], total: 0, load: 0, full: full))
            }
            return duo.ada.node.isFull(run, at: now)
        }
        let (two, one) = (isFull([0, 1, nil]), isFull([nil, 1, nil]))
        #expect(two && !one)
        let isForged = isFull([0, 0, 0])
        #expect(!isForged)
        let (isOver, isTooLong, isElsewhere) = (
            isFull([0, 1, 2], until: now.unix), isFull([0, 1, 2], until: now.unix + .seconds(721)),
            isFull([0, 1, 2], about: place.flippingBit(at: 3))
        )
        #expect(!isOver && !isTooLong && !isElsewhere)
        let invalid = duo.ada.node.counters.invalidFullStatements
        #expect(invalid == 2 + 3 + 3 + 3)
    }
}
