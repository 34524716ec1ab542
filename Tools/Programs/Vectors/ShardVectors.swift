import KithCrypto
import KithWire

/// Which shard is an author's, and statements that a location is full.
enum ShardVectors {
    static func all() -> [Vector] { numbers() + statements() }

    private static let day: UInt32 = 20_734

    /// `expect` is `ok` when an entry of `author` may stand in the shard, else `wrongShard`.
    private static func number(
        _ name: String, _ comment: String, author byte: UInt8, token: String, day: UInt32 = day,
        _ shard: UInt16, expect: String = "ok"
    ) -> Vector {
        let author = RecordVectors.key(byte).publicKey
        return Vector(
            area: "shard", name: name, expect: expect, comment: comment,
            headers: [("author", author.bytes.hex), ("token", token), ("day", "\(day)")],
            bytes: [UInt8(shard >> 8), UInt8(shard & 0xff)],
            judge: { bytes in
                let shard = UInt16(bytes[0]) << 8 | UInt16(bytes[1])
                let holds = Shard.holds(shard, author: author, token: token, day: day)
                return holds ? "ok" : "wrongShard"
            })
    }

    private static func numbers() -> [Vector] {
        func shard(_ depth: Int, _ byte: UInt8, _ token: String, day: UInt32 = day) -> UInt16 {
            Shard.number(
                at: depth, author: RecordVectors.key(byte).publicKey, token: token, day: day)
        }
        let right = (0...Shard.depthMax).map { depth in
            number(
                "depth-\(depth)", "the shard of depth \(depth)", author: 1, token: "chess",
                shard(depth, 1, "chess"))
        }
        return right + [
            number(
                "folded", "the token is hashed as UTF-8", author: 1, token: "großväter",
                shard(2, 1, "großväter")),
            number(
                "next-day", "another shard the day after", author: 1, token: "chess",
                day: day + 1, shard(3, 1, "chess", day: day + 1)),
            number(
                "other-author", "the shard of somebody else", author: 2, token: "chess",
                shard(3, 1, "chess"), expect: "wrongShard"),
            number(
                "other-token", "the shard of another token", author: 1, token: "sailing",
                shard(3, 1, "chess"), expect: "wrongShard"),
            number(
                "other-day", "the shard of the day before", author: 1, token: "chess",
                day: day + 1, shard(3, 1, "chess"), expect: "wrongShard"),
            number(
                "sibling", "the shard beside it", author: 1, token: "chess",
                shard(2, 1, "chess") + 1, expect: "wrongShard"),
            number(
                "too-deep", "no shard has this number", author: 1, token: "chess", 4_369,
                expect: "wrongShard"),
            number(
                "largest", "no shard has this number", author: 1, token: "chess", .max,
                expect: "wrongShard"),
        ]
    }
}

extension ShardVectors {
    private static let now = UnixTime(milliseconds: RecordVectors.now)
    private static let location = Record.sharedLocation(.interestEntry, token: "chess", day: day)

    /// RECORDS of the node of key 3 about ``location`` with this statement in key 9.
    private static func file(
        _ name: String, _ expect: String, _ comment: String, _ full: FullStatement
    ) -> Vector {
        let node = RecordVectors.key(3).agreementKey().publicKey
        return Vector(
            area: "full", name: name, expect: expect, comment: comment,
            headers: [
                ("network", "kith"), ("now", "\(now.milliseconds)"),
                ("node", node.bytes.hex), ("location", location.bytes.hex),
            ],
            bytes: cbor {
                MessageWriter.records(
                    call: 7, load: 9, seen: Cast.v4, token: nil, total: 192,
                    full: Message.Full(full), into: &$0, nodes: { _ in }, records: { _ in })
            },
            judge: { judge($0, node: node) })
    }

    private static func judge(_ bytes: [UInt8], node: X25519.PublicKey) -> String {
        guard let message = try? Message.decode(bytes.span.bytes),
            case .records(_, _, _, _, let full?) = message.body
        else { return "noStatement" }
        let statement = FullStatement(
            location: location, until: full.until, signer: full.signer,
            signature: full.signature)
        do throws(FullStatementError) {
            try statement.verify(network: .main, node: node, now: now)
            return "ok"
        } catch {
            return error.rawValue
        }
    }

    private static func signed(
        until: UnixTime = now + FullStatement.lifeMax, by byte: UInt8 = 3,
        location: Location = location, network: Network = .main
    ) -> FullStatement {
        FullStatement.sign(location, until: until, network: network, with: RecordVectors.key(byte))
    }

    private static func statements() -> [Vector] {
        let latest = now + FullStatement.lifeMax + Record.clockSkewMax
        let good = signed()
        let neutral = Bytes32([1] + [UInt8](repeating: 0, count: 31)) ?? Bytes32()
        let weak = FullStatement(
            location: location, until: good.until, signer: Ed25519.PublicKey(neutral),
            signature: good.signature)
        let stretched = FullStatement(
            location: location, until: good.until + .milliseconds(1), signer: good.signer,
            signature: good.signature)
        return [
            file("right", "ok", "signed by the node that answers", good),
            file(
                "last-moment", "ok", "valid for one more millisecond",
                signed(until: now + .milliseconds(1))),
            file("clock-ahead", "ok", "by a clock that is 120 s ahead", signed(until: latest)),
            file("over", "over", "its time is just over", signed(until: now)),
            file(
                "too-long", "tooLong", "valid for longer than 10 min and 120 s",
                signed(until: latest + .milliseconds(1))),
            file("foreign-signer", "foreignSigner", "signed by another node", signed(by: 4)),
            file("weak-signer", "weakSigner", "the signer is the neutral point", weak),
            file("stretched", "badSignature", "the time is later than what was signed", stretched),
            file(
                "other-location", "badSignature", "signed about another location",
                signed(location: location.flippingBit(at: 255))),
            file(
                "other-network", "badSignature", "signed for the network local",
                signed(network: .local)),
        ]
    }
}
