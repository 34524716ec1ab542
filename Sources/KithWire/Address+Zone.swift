extension Address {
    /// Where in ``high`` the zone of a link-local address stands: bits that are zero in every
    /// link-local address (RFC 4291 section 2.5.6), where BSD's kernel keeps the interface as well.
    private static let zoneShift: UInt64 = 32

    /// The number of the interface that a link-local IPv6 address is on, on this machine; 0 for
    /// other addresses, and where the interface is not known.
    public var zone: UInt16 {
        isLinkLocalV6 ? UInt16(truncatingIfNeeded: high >> Address.zoneShift) : 0
    }

    /// The same link-local IPv6 address, on this interface; any other address as it is.
    ///
    /// Two links may have hosts with equal link-local addresses: here they are two addresses. What is
    /// sent or hashed has no zone, since it means nothing elsewhere (RFC 4007 section 6).
    public func with(zone: UInt16) -> Address {
        guard isLinkLocalV6 else { return self }
        let bare = high & ~(UInt64(UInt16.max) << Address.zoneShift)
        return Address(v6: bare | UInt64(zone) << Address.zoneShift, low: low, port: port)
    }

    /// The address as others write it.
    public var withoutZone: Address { with(zone: 0) }

    private var isLinkLocalV6: Bool { high >> 54 == 0x3fa }
}
