import KithWire

/// Addresses: a byte string of 6 or 18 bytes.
func addressVectors() -> [Vector] {
    func vector(
        _ name: String, _ expect: String, _ comment: String, _ bytes: String,
        text: String? = nil
    ) -> Vector {
        Vector(
            area: "address", name: name, expect: expect, comment: comment,
            headers: text.map { [("text", $0)] } ?? [], bytes: hex(bytes), judge: judgeAddress)
    }
    let zeros = { String(repeating: "00", count: $0) }
    return [
        vector("v4", "ok", "an IPv4 address", "46 c0000207 156c", text: "192.0.2.7:5484"),
        vector("v4-loopback", "ok", "127.0.0.1", "46 7f000001 156c", text: "127.0.0.1:5484"),
        vector("v4-port-max", "ok", "the last port", "46 c0000207 ffff", text: "192.0.2.7:65535"),
        vector(
            "v6", "ok", "an IPv6 address", "52 20010db8" + zeros(11) + "07 156c",
            text: "[2001:db8::7]:5484"),
        vector(
            "v6-loopback", "ok", "::1", "52" + zeros(15) + "01 156c", text: "[::1]:5484"),
        vector(
            "v6-mapped", "notCanonical", "::ffff:192.0.2.7 must be written as IPv4",
            "52" + zeros(10) + "ffff c0000207 156c"),
        vector(
            "v6-link-local", "ok", "fe80::7", "52 fe80" + zeros(13) + "07 156c",
            text: "[fe80::7]:5484"),
        vector(
            "v6-zone", "notCanonical", "an interface is named in fe80::7",
            "52 fe800003" + zeros(11) + "07 156c"),
        vector("v4-port-0", "unusableAddress", "port 0", "46 c0000207 0000"),
        vector("v4-unspecified", "unusableAddress", "0.0.0.0", "46 00000000 156c"),
        vector("v4-multicast", "unusableAddress", "224.0.0.1", "46 e0000001 156c"),
        vector("v4-multicast-last", "unusableAddress", "239.255.255.255", "46 efffffff 156c"),
        vector("v6-unspecified", "unusableAddress", "::", "52" + zeros(16) + "156c"),
        vector(
            "v6-multicast", "unusableAddress", "ff02::1", "52 ff02" + zeros(13) + "01 156c"),
        vector(
            "v6-port-0", "unusableAddress", "port 0", "52 20010db8" + zeros(11) + "07 0000"),
        vector("five-bytes", "wrongLength", "no address has 5 bytes", "45 c000020715"),
        vector("seven-bytes", "wrongLength", "no address has 7 bytes", "47 c0000207156c00"),
        vector("seventeen-bytes", "wrongLength", "no address has 17 bytes", "51" + zeros(17)),
        vector("nineteen-bytes", "wrongLength", "no address has 19 bytes", "53" + zeros(19)),
        vector("text", "wrongType", "an address as text", "66 c0000207 156c"),
        vector("cut", "truncated", "the last byte is missing", "46 c0000207 15"),
    ]
}

/// What our decoder says about an address.
func judgeAddress(_ bytes: [UInt8]) -> String {
    outcome { () throws(DecodeError) in
        var reader = CBORReader(bytes.span.bytes)
        let address = try reader.address()
        try reader.finish()
        precondition(cbor { $0.address(address) } == bytes, "accepted, but encodes differently")
    }
}
