import KithCrypto
import KithWire
import Testing

private let network = Network.local
private let address = Address(v4: 0xc0a8_0107, port: 5_484)

private func person(_ byte: UInt8) -> Ed25519.SecretKey {
    Ed25519.SecretKey(seed: BLAKE2b.hash32([byte]))
}

private func person(of seed: [UInt8]) -> Ed25519.SecretKey {
    Ed25519.SecretKey(copyingSeed: seed.span.bytes)
}

private func pair(_ own: UInt8, _ other: UInt8) throws -> PairSecret {
    try PairSecret(own: person(own), other: person(other).publicKey, network: network)
}

private func recodeBeacon(_ bytes: [UInt8]) throws(DecodeError) -> [UInt8] {
    try Beacon.decode(bytes.span.bytes, in: network).encode(in: network)
}

private func secret(_ vector: VectorFile, _ name: String) -> X25519.SecretKey {
    let bytes = hex(vector.headers[name] ?? "")
    return X25519.SecretKey(copying: bytes.span.bytes)
}

private func open(_ vector: VectorFile, _ bytes: [UInt8]? = nil) -> Greeting? {
    let bytes = bytes ?? vector.bytes
    return Greeting.open(
        bytes.span.bytes, with: secret(vector, "ephemeral-secret"), network: network)
}

@Suite("A beacon")
struct BeaconTests {
    private static func vectors() throws -> [VectorFile] {
        try VectorFile.all("nearby").filter { $0.headers["form"] == "beacon" }
    }

    @Test("of each vector is decided as it says")
    func outcomes() throws {
        let vectors = try Self.vectors()
        #expect(vectors.count >= 18)
        for vector in vectors {
            #expect(outcome(vector.bytes, recodeBeacon) == vector.expect, "\(vector)")
        }
    }

    @Test("with any bit turned over is refused: it is checked as a whole")
    func flippedBits() throws {
        for vector in try Self.vectors() where vector.expect == "ok" {
            for bit in 0..<vector.bytes.count * 8 {
                var bytes = vector.bytes
                bytes[bit / 8] ^= 0x80 >> UInt8(bit % 8)
                if outcome(bytes, recodeBeacon) == "ok" { Issue.record("\(vector), bit \(bit)") }
            }
        }
    }

    @Test("has one size, whatever its tags, below what a greeting may have")
    func sizes() throws {
        for vector in try Self.vectors() where vector.expect == "ok" {
            let isVisible = vector.headers["name"] != nil
            #expect(isVisible == (vector.bytes.count != Beacon.bytesMin), "\(vector)")
        }
        #expect(Beacon.bytesMin == 566)
        #expect(Greeting.bytes < Beacon.bytesMin)
    }

    @Test("is recognised by both of two with what they share, on its day and from its address")
    func tags() throws {
        let (ada, bob) = (try pair(1, 2), try pair(2, 1))
        let ephemeral = X25519.PublicKey(BLAKE2b.hash32([9]))
        func tag(
            _ pair: PairSecret, of sender: UInt8 = 1, day: UInt32 = 7,
            _ key: X25519.PublicKey? = nil, from place: Address = address
        ) -> UInt64 {
            pair.beaconTag(
                of: person(sender).publicKey, epoch: day, ephemeral: key ?? ephemeral, from: place)
        }
        #expect(tag(ada) == tag(bob))
        let others = [
            tag(ada, of: 2), tag(ada, day: 8),
            tag(ada, X25519.PublicKey(BLAKE2b.hash32([8]))),
            tag(ada, from: address.with(port: 5_485)),
            tag(ada, from: Address(v4: 0xc0a8_0108, port: 5_484)), tag(try pair(1, 3)),
        ]
        #expect(!others.contains(tag(ada)))
        let linkLocal = Address(v6: 0xfe80 << 48, low: 7, port: 1)
        #expect(tag(ada, from: linkLocal.with(zone: 2)) == tag(ada, from: linkLocal.with(zone: 9)))
    }

    @Test("of each vector has the tag that its reader expects")
    func vectorTags() throws {
        for vector in try Self.vectors() where vector.expect == "ok" {
            let seeds = ["reader-seed", "sender-seed"].map { hex(vector.headers[$0] ?? "") }
            let reader = person(of: seeds[0])
            let sender = person(of: seeds[1]).publicKey
            let pair = try PairSecret(own: reader, other: sender, network: network)
            let bytes = vector.bytes
            let beacon = try Beacon.decode(bytes.span.bytes, in: network)
            let place = try #require(Address(vector.headers["address"] ?? ""))
            let epoch = try #require(UInt32(vector.headers["epoch"] ?? ""))
            let tag = pair.beaconTag(
                of: sender, epoch: epoch, ephemeral: beacon.ephemeral, from: place)
            #expect(beacon.tags.contains(tag), "\(vector)")
        }
    }

    @Test("introduces a person on its own occasion only")
    func introductions() throws {
        let node = X25519.PublicKey(BLAKE2b.hash32([3]))
        let ephemeral = X25519.PublicKey(BLAKE2b.hash32([4]))
        let occasion = Introduction.Occasion(
            ephemeral: ephemeral, node: node, nonce: 5, address: address)
        let now = UnixTime(milliseconds: 1_795_262_400_000)
        let introduction = Introduction(
            "Ada", on: occasion, at: now, network: network, by: person(1))
        for days in -1...1 {
            let then = now + .seconds(Int64(days) * 86_400)
            #expect(introduction.isGood(on: occasion, at: then, network: network))
        }
        for days in [-2, 2] {
            let then = now + .seconds(Int64(days) * 86_400)
            #expect(!introduction.isGood(on: occasion, at: then, network: network))
        }
        let others: [Introduction.Occasion] = [
            .init(ephemeral: node, node: node, nonce: 5, address: address),
            .init(ephemeral: ephemeral, node: ephemeral, nonce: 5, address: address),
            .init(ephemeral: ephemeral, node: node, nonce: 6, address: address),
            .init(ephemeral: ephemeral, node: node, nonce: 5, address: address.with(port: 1)),
        ]
        for other in others {
            #expect(!introduction.isGood(on: other, at: now, network: network))
        }
        #expect(!introduction.isGood(on: occasion, at: now, network: .main))
        #expect(!Introduction.isName("") && !Introduction.isName("a\nb"))
    }
}

@Suite("A greeting")
struct GreetingTests {
    private static func vectors() throws -> [VectorFile] {
        try VectorFile.all("nearby").filter { $0.headers["form"] == "greeting" }
    }

    @Test("of each vector opens or does not, as it says, and is what it says")
    func outcomes() throws {
        let vectors = try Self.vectors()
        #expect(vectors.count >= 8)
        for vector in vectors {
            let greeting = open(vector)
            #expect((greeting == nil ? "closed" : "ok") == vector.expect, "\(vector)")
            guard let greeting else { continue }
            switch greeting.content {
            case .named(let nodes):
                #expect(nodes.count == 3)
                #expect(vector.headers["record"] == Hex.encode(nodes[2].encoded))
            case .here(let node):
                #expect(node.key.bytes.hex == vector.headers["node"])
                #expect("\(node.nonce)" == vector.headers["nonce"])
                #expect(node.role == .full)
                #expect(node.introduction?.name == vector.headers["name"])
                #expect(node.introduction?.identity.bytes.hex == vector.headers["identity"])
                try checkTag(of: node, vector)
            }
        }
    }

    private func checkTag(of node: Greeting.Node, _ vector: VectorFile) throws {
        let seeds = ["reader-seed", "sender-seed"].map { hex(vector.headers[$0] ?? "") }
        let reader = person(of: seeds[0])
        let sender = person(of: seeds[1]).publicKey
        let pair = try PairSecret(own: reader, other: sender, network: network)
        let ephemeral = secret(vector, "greeting-secret").publicKey
        let place = try #require(Address(vector.headers["address"] ?? ""))
        let tag = pair.greetingTag(
            of: sender, node: node.key, ephemeral: ephemeral,
            answering: secret(vector, "ephemeral-secret").publicKey, from: place)
        #expect(tag == node.tag, "\(vector)")
        let elsewhere = pair.greetingTag(
            of: sender, node: node.key, ephemeral: ephemeral,
            answering: secret(vector, "ephemeral-secret").publicKey, from: place.with(port: 1))
        #expect(elsewhere != node.tag)
    }

    @Test("with any bit turned over stays closed")
    func flippedBits() throws {
        for vector in try Self.vectors() where vector.expect == "ok" {
            // Type, version and zeros are the frame's.
            for bit in 32..<vector.bytes.count * 8 {
                var bytes = vector.bytes
                bytes[bit / 8] ^= 0x80 >> UInt8(bit % 8)
                // The highest bit of a key of X25519 says nothing (RFC 7748), but is authenticated.
                if open(vector, bytes) != nil { Issue.record("\(vector), bit \(bit)") }
            }
        }
    }

    @Test("does not open for who sent it: each direction has a key of its own")
    func directions() throws {
        let vector = try #require(try Self.vectors().first { $0.name == "greeting" })
        let bytes = vector.bytes
        let opened = Greeting.open(
            bytes.span.bytes, with: secret(vector, "greeting-secret"), network: network)
        #expect(opened == nil)
    }
}

@Suite("A zone")
struct ZoneTests {
    private let linkLocal = Address(v6: 0xfe80 << 48, low: 7, port: 5_484)

    @Test("makes two addresses of one, and is left out of what is sent")
    func zones() throws {
        let here = linkLocal.with(zone: 2)
        #expect(here.zone == 2 && here != linkLocal && here.withoutZone == linkLocal)
        #expect(here.scope == .linkLocal && here.with(zone: 3).withoutZone == linkLocal)
        var writer = CBORWriter(capacity: 32)
        writer.address(here)
        var plain = CBORWriter(capacity: 32)
        plain.address(linkLocal)
        #expect(writer.bytes == plain.bytes)
        #expect(here.description == "[fe80::7%2]:5484")
    }

    @Test("belongs to link-local IPv6 addresses alone")
    func others() {
        for text in ["192.168.1.7:1", "169.254.1.1:1", "[2001:db8::7]:1", "[fd00::7]:1"] {
            let address = Address(text)
            #expect(address?.with(zone: 4) == address && address?.zone == 0, "\(text)")
        }
    }

    @Test("that somebody sends is refused")
    func sent() {
        let bytes: [UInt8] =
            [0x52, 0xfe, 0x80, 0, 2] + [UInt8](repeating: 0, count: 11) + [7, 0x15, 0x6c]
        #expect(outcome(bytes, recodeAddress) == "notCanonical")
    }

    @Test("private addresses are blocks of their own, others share theirs")
    func blocks() throws {
        func block(_ text: String) throws -> Address.Block { try #require(Address(text)).block }
        #expect(try block("192.168.1.7:1") != block("192.168.1.8:1"))
        #expect(try block("192.168.1.7:1") == block("192.168.1.7:2"))
        #expect(try block("203.0.113.7:1") == block("203.0.113.8:1"))
        #expect(try block("[fe80::7]:1") != block("[fe80::8:0:0]:1"))
        #expect(try block("[fd00::7]:1") != block("[fd00::8:0:0]:1"))
        #expect(try block("[2001:db8::7]:1") == block("[2001:db8::8]:1"))
    }
}
