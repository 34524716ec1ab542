import KithCrypto
import KithWire

/// Beacons and greetings, with the secrets that make their tags and open them.
enum NearbyVectors {
    static func all() -> [Vector] { beacons() + brokenBeacons() + greetings() + brokenGreetings() }

    private static let network = Network.local
    /// Ada sends, Bob reads.
    private static let (adaByte, bobByte): (UInt8, UInt8) = (1, 2)
    private static var ada: Ed25519.PublicKey { RecordVectors.key(adaByte).publicKey }
    private static var bob: Ed25519.PublicKey { RecordVectors.key(bobByte).publicKey }
    private static let address = Address(v4: 0xc0a8_0107, port: 5_484)
    private static let linkLocal = Address(v6: 0xfe80 << 48, low: 7, port: 5_484)
    private static let epoch: UInt32 = 20_780
    private static let now = UnixTime(milliseconds: RecordVectors.now)
    private static let node = X25519.PublicKey(BLAKE2b.hash32(Array("node".utf8)))
    private static let nonce: UInt64 = 0x0102_0304_0506_0708

    private static func secret(_ name: String) -> [UInt8] {
        BLAKE2b.hash32(Array("kith/vector/\(name)".utf8)).bytes
    }

    private static func key(_ name: String) -> X25519.SecretKey {
        X25519.SecretKey(copying: secret(name).span.bytes)
    }

    private static var pair: PairSecret {
        do throws(CryptoError) {
            return try PairSecret(
                own: RecordVectors.key(adaByte), other: bob, network: network)
        } catch {
            preconditionFailure("no pair")
        }
    }

    private static func file(
        _ form: String, _ name: String, _ expect: String, _ comment: String, _ bytes: [UInt8],
        headers: [(String, String)] = [], judge: @escaping ([UInt8]) -> String
    ) -> Vector {
        Vector(
            area: "nearby", name: name, expect: expect, comment: comment,
            headers: [("form", form), ("network", network.name)] + headers, bytes: bytes,
            judge: judge)
    }
}

/// Beacons.
extension NearbyVectors {
    private static func judgeBeacon(_ bytes: [UInt8]) -> String {
        outcome { () throws(DecodeError) in
            let beacon = try Beacon.decode(bytes.span.bytes, in: network)
            precondition(beacon.encode(in: network) == bytes, "accepted, but encodes differently")
        }
    }

    /// Tags of nobody, but for the first, which is Bob's when the beacon comes from `sender`.
    private static func tags(from sender: Address?) -> [UInt64] {
        var dice = Entropy(seed: 5)
        var tags = (0..<Beacon.tagCount).map { _ in dice.next() }
        if let sender {
            tags[0] = pair.beaconTag(
                of: ada, epoch: epoch, ephemeral: key("beacon").publicKey, from: sender)
        }
        return tags
    }

    private static func visible(_ name: String) -> Beacon.Visible {
        let occasion = Introduction.Occasion(
            ephemeral: key("beacon").publicKey, node: node, nonce: nonce, address: address)
        return Beacon.Visible(
            node: node, nonce: nonce,
            introduction: Introduction(
                name, on: occasion, at: now, network: network, by: RecordVectors.key(adaByte)))
    }

    private static func beacon(
        _ aim: Beacon.Aim = .recognition, from sender: Address? = address,
        visible: Beacon.Visible? = nil
    ) -> [UInt8] {
        Beacon(
            ephemeral: key("beacon").publicKey, tags: tags(from: sender), aim: aim,
            visible: visible
        ).encode(in: network)
    }

    private static func beacons() -> [Vector] {
        func good(
            _ name: String, _ comment: String, _ bytes: [UInt8], _ sender: Address,
            more: [(String, String)] = []
        ) -> Vector {
            file(
                "beacon", name, "ok", comment, bytes,
                headers: [
                    ("sender-seed", BLAKE2b.hash32([adaByte]).hex),
                    ("reader-seed", BLAKE2b.hash32([bobByte]).hex), ("epoch", "\(epoch)"),
                    ("address", "\(sender)"), ("ephemeral-secret", Hex.encode(secret("beacon"))),
                ] + more, judge: judgeBeacon)
        }
        let name = "Ada Žižek"
        return [
            good("beacon", "the first tag is for the reader", beacon(), address),
            good(
                "beacon-link-local", "from a link-local address, without its zone",
                beacon(.everybody, from: linkLocal.with(zone: 3)), linkLocal),
            good("beacon-to-one", "sent to one address", beacon(.one), address),
            good(
                "beacon-visible", "of a person whom everybody may see",
                beacon(visible: visible(name)), address,
                more: [
                    ("node", node.bytes.hex), ("nonce", "\(nonce)"), ("identity", ada.bytes.hex),
                    ("name", name), ("day", "\(now.day)"),
                ]),
        ]
    }

    /// A beacon with this item and a check that fits.
    private static func forged(_ item: [UInt8], network name: String = network.name) -> [UInt8] {
        let covered = beacon()[..<(Beacon.bytesMin - 2 - Bytes16.count)] + item
        var hasher = BLAKE2b.Hasher(outputBytes: Bytes32.count)
        hasher.update("kith/beacon/v1\0" as StaticString)
        hasher.update(Array(name.utf8))
        let bytes = [UInt8](covered)
        return bytes + BLAKE2b.mac16(key: hasher.finish32(), over: bytes.span.bytes).bytes
    }

    private static func brokenBeacons() -> [Vector] {
        func refused(
            _ name: String, _ expect: String, _ comment: String, _ bytes: [UInt8]
        ) -> Vector {
            file("beacon", name, expect, comment, bytes, judge: judgeBeacon)
        }
        func introduced(_ name: String, signature: Int = 64) -> [Forged] {
            [
                .uint(0), .bytes(node.bytes.bytes), .uint(nonce), .bytes(ada.bytes.bytes),
                .text(name), .bytes([UInt8](repeating: 7, count: signature)),
            ]
        }
        let good = beacon()
        return [
            refused(
                "beacon-other-network", "notAuthentic", "of the network kith",
                forged([0x81, 0], network: "kith")),
            refused(
                "beacon-check-flipped", "notAuthentic", "the last bit of the check",
                good.replacing(at: good.count - 1, with: good[good.count - 1] ^ 1)),
            refused(
                "beacon-tag-flipped", "notAuthentic", "a bit of a tag",
                good.replacing(at: 40, with: good[40] ^ 1)),
            refused("beacon-short", "wrongLength", "565 bytes", good.dropLast()),
            refused(
                "beacon-long", "wrongLength", "1,025 bytes",
                good + [UInt8](repeating: 0, count: 1_025 - good.count)),
            refused("beacon-aim-3", "outOfRange", "no aim has the number 3", forged([0x81, 3])),
            refused(
                "beacon-two-items", "wrongLength", "an array of two", forged([0x82, 0, 0])),
            refused(
                "beacon-map", "wrongType", "a map in place of the array",
                forged([0xa1, 0, 0])),
            refused(
                "beacon-trailing", "trailingBytes", "a zero behind the item",
                forged([0x81, 0, 0])),
            refused(
                "beacon-aim-long", "notCanonical", "the aim takes two bytes",
                forged([0x81, 0x18, 0])),
            refused(
                "beacon-nameless", "outOfRange", "an empty name",
                forged(Forged.array(introduced("")))),
            refused(
                "beacon-name-65", "outOfRange", "a name of 65 bytes",
                forged(Forged.array(introduced(String(repeating: "a", count: 65))))),
            refused(
                "beacon-name-control", "outOfRange", "a line break in the name",
                forged(Forged.array(introduced("Ada\nBob")))),
            refused(
                "beacon-signature-63", "wrongLength", "a signature of 63 bytes",
                forged(Forged.array(introduced("Ada", signature: 63)))),
        ]
    }
}

/// Greetings.
extension NearbyVectors {
    private static func judgeGreeting(_ bytes: [UInt8]) -> String {
        Greeting.open(bytes.span.bytes, with: key("beacon"), network: network) == nil
            ? "closed" : "ok"
    }

    private static func greeting(
        introduced: Bool = false, for receiver: String = "beacon", network: Network = network
    ) -> [UInt8] {
        // Bob answers Ada's beacon.
        let ephemeral = key("greeting").publicKey
        let tag = pair.greetingTag(
            of: bob, node: node, ephemeral: ephemeral, answering: key("beacon").publicKey,
            from: address)
        let occasion = Introduction.Occasion(
            ephemeral: ephemeral, node: node, nonce: nonce, address: address)
        let introduction = Introduction(
            "Bob", on: occasion, at: now, network: network, by: RecordVectors.key(bobByte))
        return sealed(
            .here(
                Greeting.Node(
                    key: node, nonce: nonce, role: .full, tag: tag,
                    introduction: introduced ? introduction : nil)), for: receiver, network)
    }

    private static func sealed(
        _ content: Greeting.Content, for receiver: String = "beacon",
        _ network: Network = network
    ) -> [UInt8] {
        do throws(CryptoError) {
            return try Greeting(content).seal(
                with: key("greeting"), for: key(receiver).publicKey, network: network)
        } catch {
            preconditionFailure("a good key cannot be greeted")
        }
    }

    /// Three nodes elsewhere.
    private static var named: [NodeRecord] {
        (1...3).map { number in
            NodeRecord(
                key: X25519.PublicKey(BLAKE2b.hash32([UInt8(number)])), nonce: UInt64(number),
                id: NodeID(BLAKE2b.hash32([UInt8(number), 0])),
                v4: Address(v4: 0xcb00_7100 + UInt32(number), port: 5_484))
        }
    }

    private static var opening: [(String, String)] {
        [
            ("ephemeral-secret", Hex.encode(secret("beacon"))),
            ("greeting-secret", Hex.encode(secret("greeting"))),
        ]
    }

    private static func greetings() -> [Vector] {
        let told: [(String, String)] = [
            ("sender-seed", BLAKE2b.hash32([bobByte]).hex),
            ("reader-seed", BLAKE2b.hash32([adaByte]).hex), ("address", "\(address)"),
            ("node", node.bytes.hex), ("nonce", "\(nonce)"), ("role", "1"),
        ]
        return [
            file(
                "greeting", "greeting", "ok", "of a contact", greeting(),
                headers: opening + told, judge: judgeGreeting),
            file(
                "greeting", "greeting-visible", "ok", "of a contact whom everybody may see",
                greeting(introduced: true),
                headers: opening + told + [
                    ("identity", bob.bytes.hex), ("name", "Bob"), ("day", "\(now.day)"),
                ], judge: judgeGreeting),
            file(
                "greeting", "greeting-named", "ok", "of a stranger who names three nodes",
                sealed(.named(named)),
                headers: opening + named.map { ("record", Hex.encode($0.encoded)) },
                judge: judgeGreeting),
        ]
    }

    private static func brokenGreetings() -> [Vector] {
        func closed(_ name: String, _ comment: String, _ bytes: [UInt8]) -> Vector {
            file(
                "greeting", name, "closed", comment, bytes, headers: opening,
                judge: judgeGreeting)
        }
        let good = greeting()
        return [
            closed("greeting-for-another", "sealed for another key", greeting(for: "another")),
            closed("greeting-other-network", "of the network kith", greeting(network: .main)),
            closed(
                "greeting-name-flipped", "a bit of the key that it answers",
                good.replacing(at: 4, with: good[4] ^ 1)),
            closed(
                "greeting-text-flipped", "a bit of the text",
                good.replacing(at: 60, with: good[60] ^ 1)),
            closed("greeting-cut", "without its last byte", good.dropLast()),
            closed(
                "greeting-key-zero", "a key of low order",
                [UInt8](good[..<12]) + [UInt8](repeating: 0, count: 32) + [UInt8](good[44...])),
        ]
    }
}
