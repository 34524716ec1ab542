import KithCrypto
import KithWire

/// The nodes that vectors speak of, the same in every run.
enum Cast {
    /// A node of the network `local`, with a true proof of work.
    static func node(_ seed: UInt64, v4: Address?, v6: Address?) -> NodeRecord {
        var entropy = Entropy(seed: seed)
        let key = X25519.SecretKey.generate(from: &entropy).publicKey
        let proof = NodeProof.find(key: key, network: .local, entropy: &entropy)
        return NodeRecord(key: key, nonce: proof.nonce, id: proof.id, v4: v4, v6: v6)
    }

    static let v4 = Address(v4: 0xc000_0207, port: 5_484)
    static let v6 = Address(v6: 0x2001_0db8_0000_0000, low: 7, port: 5_484)

    /// A node with an IPv4 address.
    static var ada: NodeRecord { node(1, v4: v4, v6: nil) }
    /// A node with an IPv6 address.
    static var bob: NodeRecord { node(2, v4: nil, v6: v6) }
    /// A node with both.
    static var cleo: NodeRecord { node(3, v4: v4, v6: v6) }
}

/// Node records, the arrays in NODES and RECORDS.
func nodeRecordVectors() -> [Vector] {
    func vector(
        _ name: String, _ expect: String, _ comment: String, _ bytes: [UInt8],
        headers: [(String, String)] = []
    ) -> Vector {
        Vector(
            area: "node-record", name: name, expect: expect, comment: comment, headers: headers,
            bytes: bytes, judge: judgeNodeRecord)
    }
    func good(_ name: String, _ comment: String, _ record: NodeRecord) -> Vector {
        vector(
            name, "ok", comment, record.encoded,
            headers: [
                ("network", Network.local.name), ("key", record.key.bytes.hex),
                ("nonce", "\(record.nonce)"), ("id", record.id.description),
                ("addresses", record.addresses.map(\.description).joined(separator: " ")),
                ("text", record.text),
            ])
    }
    let ada = Cast.ada
    let nonce: UInt64 = 7
    /// An array of `count` with the fields of a record, and then what `rest` writes.
    func array(_ count: Int, _ rest: (inout CBORWriter) -> Void) -> [UInt8] {
        cbor {
            $0.array(count)
            $0.bytes(ada.key.bytes)
            $0.uint(nonce)
            $0.bytes(ada.id.bytes)
            rest(&$0)
        }
    }
    let mapped = hex("52 00000000000000000000 ffff c0000207 156c")
    return [
        good("v4", "a node with an IPv4 address; its proof holds in its network", ada),
        good("v6", "a node with an IPv6 address; its proof holds in its network", Cast.bob),
        good("v4-and-v6", "a node with both; its proof holds in its network", Cast.cleo),
        vector("no-address", "outOfRange", "nobody can reach it", array(3) { _ in }),
        vector(
            "three-addresses", "outOfRange", "one of each family is the most",
            array(6) { writer in
                for _ in 0..<2 { writer.address(Cast.v4) }
                writer.address(Cast.v6)
            }),
        vector(
            "v6-before-v4", "notCanonical", "IPv4 comes first",
            array(5) {
                $0.address(Cast.v6)
                $0.address(Cast.v4)
            }),
        vector(
            "two-v4", "notCanonical", "two addresses of one family",
            array(5) {
                $0.address(Cast.v4)
                $0.address(Address(v4: 0xc000_0208, port: 5_484))
            }),
        vector(
            "mapped", "notCanonical", "an IPv4-mapped IPv6 address",
            array(4) { $0.raw(mapped.span.bytes) }),
        vector(
            "multicast", "unusableAddress", "a multicast address",
            array(4) { $0.address(Address(v4: 0xe000_0001, port: 5_484)) }),
        vector(
            "port-0", "unusableAddress", "port 0",
            array(4) { $0.address(Address(v4: 0xc000_0207, port: 0)) }),
        vector(
            "short-key", "wrongLength", "a key of 31 bytes",
            cbor {
                $0.array(4)
                $0.bytes([UInt8](repeating: 1, count: 31))
                $0.uint(nonce)
                $0.bytes(ada.id.bytes)
                $0.address(Cast.v4)
            }),
        vector(
            "nonce-negative", "wrongType", "a nonce below zero",
            cbor {
                $0.array(4)
                $0.bytes(ada.key.bytes)
                $0.negative(0)
                $0.bytes(ada.id.bytes)
                $0.address(Cast.v4)
            }),
        vector("map", "wrongType", "a map is no record", cbor { $0.map(0) }),
        vector("trailing", "trailingBytes", "a byte too many", ada.encoded + [0]),
        vector("cut", "truncated", "the last byte is missing", ada.encoded.dropLast()),
    ]
}

/// What our decoder says about a node record.
func judgeNodeRecord(_ bytes: [UInt8]) -> String {
    outcome { () throws(DecodeError) in
        let record = try NodeRecord.decode(bytes.span.bytes)
        precondition(record.encoded == bytes, "accepted, but encodes differently")
    }
}
