/// Packets that cross three relays, of which each learns the one before and the one after it
/// and nothing else (Danezis and Goldberg, "Sphinx", IEEE S&P 2009).
///
/// A packet is a header and a body of fixed sizes. The header holds a point α that each relay
/// blinds anew, what each relay is to do, in layers, and a code γ over these. The body is one wide
/// block, see ``WideBlock``. Before and after a relay nothing of a packet is alike, and no relay
/// can tell whether it is the first, the second or on the way back.
///
/// ```
/// packet 1,195 = α 32 | route 144 | γ 16 | body 1,003        body = 16 zeros | text 987
/// route        = block 69 | block 69 | last 6                block = instruction 53 | γ of the next 16
/// ```
///
/// Curve25519 in place of the paper's group, with scalars clamped as RFC 7748 does, BLAKE2b and
/// ChaCha20 for its hash functions and stream. Unlike in the paper the path has one length,
/// so that the route has no padding from which its last relay could tell how long it was
/// (Kuhn et al. 2019, section 4.1). `Specs/Mixing.md` is the specification.
public enum Sphinx {
    /// Relays of a path.
    public static let hops = 3
    /// What each relay but the last is told, in bytes.
    public static let instructionBytes = 53
    /// What the last relay is told, in bytes.
    public static let lastInstructionBytes = 6
    /// The first byte of an instruction to pass the packet on.
    public static let onward: UInt8 = 1
    /// The first byte of the last relay's instruction.
    public static let last: UInt8 = 2
    /// Size of α.
    static let pointBytes = 32
    /// Size of γ.
    static let codeBytes = 16
    /// What a relay takes off the route.
    static let blockBytes = instructionBytes + codeBytes
    /// Size of the route.
    static let routeBytes = (hops - 1) * blockBytes + lastInstructionBytes
    /// Where the route begins in a packet.
    static let routeOffset = pointBytes
    /// Where γ is in a packet.
    static let codeOffset = routeOffset + routeBytes
    /// Size of a header.
    public static let headerBytes = codeOffset + codeBytes
    /// Size of a packet: a datagram's text (1,200 bytes) less what a link needs.
    public static let packetBytes = 1_195
    /// Size of a body.
    public static let bodyBytes = packetBytes - headerBytes
    /// Zeros in front of a text, by which its receiver knows that nobody touched it.
    static let checkBytes = 16
    /// The largest text, in bytes.
    public static let textBytes = bodyBytes - checkBytes
}
