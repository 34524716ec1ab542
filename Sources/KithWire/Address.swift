public import KithCrypto

/// Where a datagram goes: an IPv4 or IPv6 address and a UDP port.
///
/// Held as the 128 bits of IPv6, an IPv4 address as its mapped form `::ffff:a.b.c.d`
/// (RFC 4291 section 2.5.5.2). The mapped form and the IPv4 address are therefore the same
/// value, and it is an IPv4 address. A link-local IPv6 address carries the interface that it is on,
/// see ``zone``.
public struct Address: Hashable, Sendable, BitwiseCopyable {
    /// The two kinds of addresses; a node keeps a table for each.
    public enum Family: UInt8, Hashable, Sendable, BitwiseCopyable, CaseIterable {
        /// IPv4.
        case v4
        /// IPv6.
        case v6
    }

    /// The upper 64 bits; zero for IPv4.
    public let high: UInt64
    /// The lower 64 bits; `0000ffff` and the address for IPv4.
    public let low: UInt64
    /// The UDP port.
    public let port: UInt16

    /// What the upper half of ``low`` is in an IPv4-mapped address.
    private static let mappedPrefix: UInt64 = 0xffff

    /// The IPv4 address whose four bytes are the big-endian number `v4`.
    public init(v4: UInt32, port: UInt16) {
        high = 0
        low = Address.mappedPrefix << 32 | UInt64(v4)
        self.port = port
    }

    /// The IPv6 address with these halves; an IPv4-mapped one becomes IPv4.
    public init(v6 high: UInt64, low: UInt64, port: UInt16) {
        self.high = high
        self.low = low
        self.port = port
    }

    /// Which kind of address this is.
    public var family: Family {
        high == 0 && low >> 32 == Address.mappedPrefix ? .v4 : .v6
    }

    /// The four bytes of an IPv4 address as a big-endian number, nil for IPv6.
    public var v4: UInt32? {
        family == .v4 ? UInt32(truncatingIfNeeded: low) : nil
    }

    /// The same host at another port.
    public func with(port: UInt16) -> Address {
        Address(v6: high, low: low, port: port)
    }

    /// Whether both are the same host, whatever the port.
    public func isSameHost(as other: Address) -> Bool {
        high == other.high && low == other.low
    }
}

extension Address: Comparable {
    /// Whether `left` comes first: IPv4 before IPv6, then by address, then by port.
    public static func < (left: Address, right: Address) -> Bool {
        if left.family != right.family { return left.family == .v4 }
        return (left.high, left.low, left.port) < (right.high, right.low, right.port)
    }
}

extension Address {
    /// The encoding of an IPv4 address: four bytes and the port.
    static let v4Bytes = 6
    /// The encoding of an IPv6 address: sixteen bytes and the port.
    static let v6Bytes = 18
    /// The form in which addresses go into hashes: always sixteen bytes and the port.
    public static let hashedBytes = 18

    /// How many bytes the byte string in a message takes with its head.
    var encodedBytes: Int {
        1 + (family == .v4 ? Address.v4Bytes : Address.v6Bytes)
    }

    /// Appends the sixteen bytes (`::ffff:a.b.c.d` for IPv4) and the port, as cookies and
    /// store tokens hash them.
    public func update(_ hasher: inout BLAKE2b.Hasher) {
        hasher.update(high)
        hasher.update(low)
        hasher.update(port)
    }

    /// Writes the sixteen bytes (`::ffff:a.b.c.d` for IPv4) at `offset`, as socket addresses
    /// hold them.
    @_lifetime(span: copy span)
    public func copyIP16(into span: inout MutableRawSpan, at offset: Int) {
        span.storeBytes(of: high.bigEndian, toByteOffset: offset, as: UInt64.self)
        span.storeBytes(of: low.bigEndian, toByteOffset: offset + 8, as: UInt64.self)
    }
}

extension CBORReader {
    /// Takes an address of either family.
    ///
    /// - Throws: ``DecodeError/notCanonical`` for an IPv4-mapped IPv6 address,
    ///   ``DecodeError/unusableAddress`` for one that nobody can be reached at.
    @_lifetime(self: copy self)
    public mutating func address() throws(DecodeError) -> Address {
        let content = try byteRange(Address.v4Bytes...Address.v6Bytes)
        let bytes = view(content)
        let address: Address
        switch bytes.byteCount {
        case Address.v4Bytes:
            address = Address(
                v4: bytes.bigEndian(at: 0, as: UInt32.self),
                port: bytes.bigEndian(at: 4, as: UInt16.self))
        case Address.v6Bytes:
            address = Address(
                v6: bytes.bigEndian(at: 0, as: UInt64.self),
                low: bytes.bigEndian(at: 8, as: UInt64.self),
                port: bytes.bigEndian(at: 16, as: UInt16.self))
            guard address.family == .v6, address.zone == 0 else { throw .notCanonical }
        default:
            throw .wrongLength
        }
        guard address.isReachable else { throw .unusableAddress }
        return address
    }
}

extension CBORWriter {
    /// Writes an address as a byte string of 6 or 18 bytes.
    public mutating func address(_ address: Address) {
        if let v4 = address.v4 {
            head(.bytes, UInt64(Address.v4Bytes))
            bigEndian(v4)
        } else {
            head(.bytes, UInt64(Address.v6Bytes))
            bigEndian(address.withoutZone.high)
            bigEndian(address.low)
        }
        bigEndian(address.port)
    }
}

extension RawSpan {
    /// The big-endian integer at `offset`; traps past the end.
    func bigEndian<Integer: FixedWidthInteger & BitwiseCopyable>(
        at offset: Int, as _: Integer.Type
    ) -> Integer {
        Integer(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: Integer.self))
    }
}
