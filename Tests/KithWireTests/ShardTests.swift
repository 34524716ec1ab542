import KithCrypto
import KithWire
import Testing

@Suite("Shards")
struct ShardTests {
    private static func author(_ number: UInt64) -> Ed25519.PublicKey {
        var dice = Entropy(seed: number)
        return Ed25519.SecretKey.generate(from: &dice).publicKey
    }

    @Test("are numbered like a heap with 16 children each")
    func numbers() {
        #expect((0...4).map { Shard.first(at: $0) } == [0, 1, 17, 273, 4_369])
        #expect(Shard.children(of: 0) == 1..<17)
        #expect(Shard.children(of: 1) == 17..<33)
        #expect(Shard.children(of: 16) == 257..<273)
        #expect(Shard.children(of: 272).upperBound == 4_369)
        #expect(Shard.children(of: 273).isEmpty)
        #expect(Shard.children(of: .max).isEmpty)
        #expect(
            [0, 1, 16, 17, 272, 273, 4_368].map { Shard.depth(of: $0) } == [0, 1, 1, 2, 2, 3, 3])
        #expect(Shard.depth(of: 4_369) == nil)
    }

    @Test("of one author lie below each other, and those of many authors spread evenly")
    func ways() {
        var counts = [Int](repeating: 0, count: 16)
        for number in 0..<1_600 {
            let author = Self.author(UInt64(number))
            let way = (0...Shard.depthMax).map {
                Shard.number(at: $0, author: author, token: "chess", day: 20_734)
            }
            #expect(way[0] == 0)
            for depth in 1...Shard.depthMax {
                #expect(Shard.children(of: way[depth - 1]).contains(way[depth]))
                #expect(Shard.holds(way[depth], author: author, token: "chess", day: 20_734))
            }
            counts[Int(way[1]) - 1] += 1
        }
        // 100 expected in each; 4.5 standard deviations (of 9.7) either way.
        #expect(counts.allSatisfy { (57...143).contains($0) }, "\(counts)")
    }

    @Test("are judged as the vectors say")
    func vectors() throws {
        let vectors = try VectorFile.all("shard")
        #expect(vectors.count >= 10)
        for vector in vectors {
            let key = try #require(Hex.decode(vector.headers["author"] ?? ""))
            let author = Ed25519.PublicKey(try #require(Bytes32(key)))
            let day = try #require(UInt32(vector.headers["day"] ?? ""))
            let shard = UInt16(vector.bytes[0]) << 8 | UInt16(vector.bytes[1])
            let holds = Shard.holds(
                shard, author: author, token: vector.headers["token"] ?? "", day: day)
            #expect((holds ? "ok" : "wrongShard") == vector.expect, "\(vector)")
        }
    }
}

@Suite("A statement that a location is full")
struct FullStatementTests {
    @Test("is believed exactly where the vectors say")
    func vectors() throws {
        let vectors = try VectorFile.all("full")
        #expect(vectors.count >= 8)
        for vector in vectors {
            let node = try #require(Hex.decode(vector.headers["node"] ?? ""))
            let place = try #require(Hex.decode(vector.headers["location"] ?? ""))
            let now = UnixTime(milliseconds: try #require(UInt64(vector.headers["now"] ?? "")))
            let message = try decodeMessage(vector.bytes).message
            guard case .records(_, _, _, _, let full?) = message.body else {
                Issue.record("\(vector) says nothing")
                continue
            }
            let statement = FullStatement(
                location: Location(try #require(Bytes32(place))), until: full.until,
                signer: full.signer, signature: full.signature)
            #expect(
                outcome(
                    of: statement, node: X25519.PublicKey(try #require(Bytes32(node))), now)
                    == vector.expect, "\(vector)")
        }
    }

    private func outcome(
        of statement: FullStatement, node: X25519.PublicKey, _ now: UnixTime
    ) -> String {
        do throws(FullStatementError) {
            try statement.verify(network: .main, node: node, now: now)
            return "ok"
        } catch {
            return error.rawValue
        }
    }
}
