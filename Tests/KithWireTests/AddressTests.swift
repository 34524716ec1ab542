import KithCrypto
import KithWire
import Testing

@Suite("Addresses as text")
struct AddressTextTests {
    @Test(
        "are read and printed in one form",
        arguments: [
            ("127.0.0.1:5484", "127.0.0.1:5484"),
            ("0.0.0.0:0", "0.0.0.0:0"),
            ("255.255.255.255:65535", "255.255.255.255:65535"),
            ("[::1]:5484", "[::1]:5484"),
            ("[::]:1", "[::]:1"),
            ("[2001:DB8::7]:80", "[2001:db8::7]:80"),
            ("[2001:db8:0:0:0:0:0:7]:80", "[2001:db8::7]:80"),
            ("[2001:0db8:0000::0007]:80", "[2001:db8::7]:80"),
            // RFC 5952 section 4.2: one group is not shortened, the first longest run is.
            ("[2001:db8:0:1:1:1:1:1]:80", "[2001:db8:0:1:1:1:1:1]:80"),
            ("[2001:0:0:1:0:0:0:1]:80", "[2001:0:0:1::1]:80"),
            ("[2001:db8:0:0:1:0:0:1]:80", "[2001:db8::1:0:0:1]:80"),
            ("[fe80::]:80", "[fe80::]:80"),
            ("[1:2:3:4:5:6:7::]:80", "[1:2:3:4:5:6:7:0]:80"),
            ("[::2:3:4:5:6:7:8]:80", "[0:2:3:4:5:6:7:8]:80"),
            ("[64:ff9b::192.0.2.33]:80", "[64:ff9b::c000:221]:80"),
            ("[::ffff:192.0.2.7]:80", "192.0.2.7:80"),
            ("[::ffff:c000:207]:80", "192.0.2.7:80"),
            ("[0:0:0:0:0:ffff:c000:207]:80", "192.0.2.7:80"),
        ])
    func forms(text: String, printed: String) throws {
        let address = try #require(Address(text))
        #expect(address.description == printed)
        #expect(Address(printed) == address)
    }

    @Test(
        "are refused when anything is wrong",
        arguments: [
            "", ":", "127.0.0.1", "127.0.0.1:", ":5484", "127.0.0.1:65536", "127.0.0.1:-1",
            "127.0.0.1:+1", "127.0.0.1:05", "127.0.0.1: 5", "127.0.0.1:5 ", " 127.0.0.1:5",
            "127.0.0:1", "127.0.0.1.1:5", "127.0.0.256:5", "127.0.0.01:5", "0177.0.0.1:5",
            "127.0.0.:5", "127..0.1:5", "a.b.c.d:5", "localhost:5484", "[]:5", "[:]:5", "[:::]:5",
            "::1:5484", "[::1]", "[::1]5484", "[::1", "::1]:5", "[1:2:3:4:5:6:7]:5",
            "[1:2:3:4:5:6:7:8:9]:5", "[1:2:3:4::5:6:7:8]:5", "[1::2::3]:5", "[12345::]:5",
            "[1:]:5", "[:1]:5", "[1:::2]:5", "[g::]:5", "[fe80::1%eth0]:5", "[1.2.3.4::]:5",
            "[::1.2.3]:5", "[127.0.0.1]:5", "127.0.0.1:99999999999999999999", "[::1]:+5",
        ])
    func refusals(text: String) {
        #expect(Address(text) == nil)
    }

    @Test("come back from what was printed")
    func roundTrip() {
        var entropy = Entropy(seed: testSeed("address text", usual: 11))
        for _ in 0..<2_000 {
            // Groups that are often zero, so that every run of zeros occurs.
            func half(_ entropy: inout Entropy) -> UInt64 {
                (0..<4).reduce(0) { value, _ in
                    value << 16 | (entropy.below(2) == 0 ? 0 : entropy.below(65_536))
                }
            }
            let port = UInt16(truncatingIfNeeded: entropy.next())
            let v6 = Address(v6: half(&entropy), low: half(&entropy), port: port)
            let v4 = Address(v4: entropy.next32(), port: port)
            #expect(Address(v6.description) == v6)
            #expect(Address(v4.description) == v4)
        }
    }
}

@Suite("Addresses")
struct AddressTests {
    private func address(_ host: String) throws -> Address {
        try #require(Address(host.contains(":") ? "[\(host)]:5484" : "\(host):5484"))
    }

    @Test("mapped into IPv6 are the IPv4 addresses themselves")
    func mapped() throws {
        let mapped = Address(v6: 0, low: 0xffff_c000_0207, port: 80)
        #expect(mapped == Address(v4: 0xc000_0207, port: 80))
        #expect(mapped.family == .v4)
        #expect(mapped.v4 == 0xc000_0207)
        #expect(try address("::1").family == .v6)
        #expect(try address("::fffe:c000:207").family == .v6)
    }

    @Test(
        "have the scope that the registries give them",
        arguments: [
            ("0.0.0.0", .unspecified), ("0.0.0.1", .reserved), ("10.255.255.255", .privateUse),
            ("11.0.0.0", .global), ("100.63.255.255", .global), ("100.64.0.0", .privateUse),
            ("100.127.255.255", .privateUse), ("100.128.0.0", .global), ("127.0.0.1", .loopback),
            ("127.255.255.255", .loopback), ("128.0.0.0", .global), ("169.254.0.1", .linkLocal),
            ("169.253.255.255", .global), ("172.15.255.255", .global),
            ("172.16.0.0", .privateUse), ("172.31.255.255", .privateUse),
            ("172.32.0.0", .global), ("192.168.0.1", .privateUse), ("192.169.0.0", .global),
            ("223.255.255.255", .global), ("224.0.0.0", .multicast),
            ("239.255.255.255", .multicast), ("240.0.0.0", .reserved),
            ("255.255.255.255", .reserved), ("::", .unspecified), ("::1", .loopback),
            ("::2", .reserved), ("fe80::1", .linkLocal), ("febf:ffff::", .linkLocal),
            ("fec0::1", .privateUse), ("fc00::1", .privateUse), ("fdff::1", .privateUse),
            ("fe00::1", .global), ("ff02::1", .multicast), ("2001:db8::1", .global),
            ("2a00::1", .global),
        ] as [(String, Address.Scope)])
    func scopes(host: String, scope: Address.Scope) throws {
        #expect(try address(host).scope == scope)
    }

    @Test("that are private are usable in local networks only")
    func usable() throws {
        for host in ["10.0.0.1", "127.0.0.1", "::1", "fe80::1", "fd00::1", "192.168.1.1"] {
            #expect(try !address(host).isUsable(in: .main))
            #expect(try address(host).isUsable(in: .local))
        }
        for host in ["0.0.0.0", "224.0.0.1", "255.255.255.255", "::", "ff02::1"] {
            #expect(try !address(host).isUsable(in: .local))
        }
        #expect(try address("192.0.2.7").isUsable(in: .main))
        #expect(try !address("192.0.2.7").with(port: 0).isUsable(in: .local))
    }

    @Test("share a block within a /24 of IPv4 and a /48 of IPv6, whatever the port")
    func blocks() throws {
        #expect(try address("192.0.2.1").block == address("192.0.2.255").with(port: 9).block)
        #expect(try address("192.0.2.1").block != address("192.0.3.1").block)
        #expect(try address("2001:db8:1:2::1").block == address("2001:db8:1:3::9").block)
        #expect(try address("2001:db8:1::1").block != address("2001:db8:2::1").block)
        // The first 48 bits of ::c0:2:0 would be the 24 bits of 192.0.2.0, were they not apart.
        #expect(
            Address(v6: 0xc0_0002 << 16, low: 0, port: 1).block
                != Address(v4: 0xc000_0201, port: 1).block)
    }

    @Test("are ordered: IPv4 first, then by number, then by port")
    func order() throws {
        let sorted = try ["1.2.3.4", "200.0.0.1", "::1", "2001:db8::1", "ff02::1"].map(address)
        #expect(sorted.shuffled().sorted() == sorted)
        let (low, high) = (sorted[0].with(port: 1), sorted[0].with(port: 2))
        #expect(low < high && !(high < low) && low.isSameHost(as: high))
    }

    @Test("go into hashes as sixteen bytes and the port")
    func hashed() throws {
        let expected = hex("00000000000000000000ffffc0000207156c")
        var hasher = BLAKE2b.Hasher(outputBytes: 32)
        try address("192.0.2.7").update(&hasher)
        #expect(hasher.finish32() == BLAKE2b.hash32(expected))
        #expect(expected.count == Address.hashedBytes)
    }

    private func ip16(_ address: Address) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 16)
        var elements = bytes.mutableSpan
        var span = elements.mutableBytes
        address.copyIP16(into: &span, at: 0)
        return bytes
    }

    @Test("are copied into socket addresses in network order")
    func sockets() throws {
        #expect(try ip16(address("2001:db8::7")) == hex("20010db8000000000000000000000007"))
        #expect(try ip16(address("192.0.2.7")) == hex("00000000000000000000ffffc0000207"))
    }
}
