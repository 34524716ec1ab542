import KithCrypto
import KithWire
import Testing

@Suite("Node records")
struct NodeRecordTests {
    static let v4 = Address(v4: 0xc000_0207, port: 5_484)
    static let v6 = Address(v6: 0x2001_0db8_0000_0000, low: 7, port: 5_484)

    /// A record of random key and id, without proof.
    static func random(_ entropy: inout Entropy) -> NodeRecord {
        let kinds = entropy.below(3)
        let v4 = Address(v4: 0x0b00_0000 | entropy.next32() >> 8, port: 1 + entropy.port())
        let v6 = Address(v6: 0x2001 << 48 | entropy.next() >> 16, low: entropy.next(), port: 443)
        return NodeRecord(
            key: X25519.PublicKey(entropy.bytes32()), nonce: entropy.next() >> entropy.below(64),
            id: NodeID(entropy.bytes32()), v4: kinds == 1 ? nil : v4, v6: kinds == 0 ? nil : v6)
    }

    @Test("come back from their encoding and their text")
    func roundTrip() throws {
        var entropy = Entropy(seed: testSeed("node records", usual: 21))
        for _ in 0..<300 {
            let record = Self.random(&entropy)
            let encoded = record.encoded
            #expect(encoded.count == record.encodedBytes)
            #expect(encoded.count <= NodeRecord.encodedBytesMax)
            let again = try recodeNodeRecord(encoded)
            #expect(again == encoded)
            #expect(try NodeRecord(text: record.text) == record)
        }
    }

    @Test("without addresses are refused by everybody else")
    func noAddress() {
        var entropy = Entropy(seed: 22)
        let record = Self.random(&entropy).with(v4: nil, v6: nil)
        #expect(!record.isReachable)
        #expect(throws: DecodeError.outOfRange) { try recodeNodeRecord(record.encoded) }
    }

    @Test("as text are refused with the reason")
    func textErrors() throws {
        var entropy = Entropy(seed: 23)
        let text = Self.random(&entropy).text
        func error(_ text: String) -> NodeRecordTextError? {
            do {
                _ = try NodeRecord(text: text)
                return nil
            } catch {
                return error
            }
        }
        #expect(error(text) == nil)
        #expect(error("") == .notANodeRecord)
        #expect(error("kith-node") == .notANodeRecord)
        #expect(error("KITH-NODE:" + text.dropFirst(10)) == .notANodeRecord)
        #expect(error(" " + text) == .notANodeRecord)
        #expect(error(text + " ") == .badEncoding)
        #expect(error(text + "=") == .badEncoding)
        #expect(error("kith-node:AAAA") == .badChecksum)
        #expect(error("kith-node:") == .badChecksum)
        let swapped =
            text.dropLast(20) + (text.dropLast(19).last == "A" ? "B" : "A") + text.suffix(19)
        #expect(swapped == text || error(String(swapped)) == .badChecksum)
        // An empty array with a true checksum: well-formed text, no record.
        var hasher = BLAKE2b.Hasher(outputBytes: 4)
        hasher.update([0x80])
        let empty = "kith-node:" + Base64URL.encode([0x80] + hasher.finish())
        #expect(error(empty) == .malformed(.outOfRange))
    }

    @Test("as text notice any character that was changed")
    func textDamage() throws {
        var entropy = Entropy(seed: 24)
        let text = Array(Self.random(&entropy).text)
        for index in 10..<text.count {
            for replacement in "Az09-_" where replacement != text[index] {
                var damaged = text
                damaged[index] = replacement
                #expect(throws: NodeRecordTextError.self) { try NodeRecord(text: String(damaged)) }
            }
        }
    }
}

extension Entropy {
    /// A number below the largest port.
    mutating func port() -> UInt16 { UInt16(below(65_535)) }
}

@Suite("Proofs of work")
struct NodeProofTests {
    @Test("of a local network are found at once and hold for key, nonce and network")
    func local() {
        var entropy = Entropy(seed: 31)
        let key = X25519.SecretKey.generate(from: &entropy).publicKey
        let (nonce, id) = NodeProof.find(key: key, network: .local, entropy: &entropy)
        let record = NodeRecord(key: key, nonce: nonce, id: id, v4: NodeRecordTests.v4)
        #expect(record.proves(in: .local))
        #expect(NodeProof.id(key: key, nonce: nonce &+ 1, network: .local) != id)
        let other = X25519.SecretKey.generate(from: &entropy).publicKey
        #expect(NodeProof.id(key: other, nonce: nonce, network: .local) != id)
        let elsewhere = Network(
            name: "elsewhere", proofBits: 0, proofMemoryBytes: 8_192, replication: 3,
            isLocal: true)
        #expect(!record.proves(in: elsewhere))
        let liar = NodeRecord(
            key: key, nonce: nonce, id: id.flippingBit(at: 255), v4: NodeRecordTests.v4)
        #expect(!liar.proves(in: .local))
    }

    @Test("need as many zero bits as the network asks for")
    func bits() {
        let network = Network(
            name: "bits", proofBits: 3, proofMemoryBytes: 8_192, replication: 3, isLocal: true)
        let lenient = Network(
            name: "bits", proofBits: 0, proofMemoryBytes: 8_192, replication: 3, isLocal: true)
        let key = X25519.PublicKey(BLAKE2b.hash32([1]))
        let strict = (0..<400).compactMap { NodeProof.id(key: key, nonce: $0, network: network) }
        let all = (0..<400).compactMap { NodeProof.id(key: key, nonce: $0, network: lenient) }
        // One in eight: 50 of 400 on average, with a standard deviation of 6.6.
        #expect((20...80).contains(strict.count))
        #expect(all.count == 400)
        #expect(Set(strict).isSubset(of: Set(all)))
    }

    @Test("of the public network take its bits and its memory")
    func main() {
        var entropy = Entropy(seed: 32)
        let key = X25519.SecretKey.generate(from: &entropy).publicKey
        let (nonce, id) = NodeProof.find(key: key, network: .main, entropy: &entropy)
        #expect(NodeProof.id(key: key, nonce: nonce, network: .main) == id)
        #expect(NodeProof.id(key: key, nonce: nonce, network: .local) != id)
    }
}
