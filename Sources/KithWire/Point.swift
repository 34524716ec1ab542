public import KithCrypto

/// A place in the 256-bit id space: a node id, or where a record lives.
///
/// Points are compared as big-endian numbers; the distance of two points is their XOR
/// (Maymounkov and Mazières, "Kademlia", 2002, section 2.1).
public struct Point: Hashable, Comparable, Sendable, BitwiseCopyable {
    /// How many bits a point has.
    public static let bitCount = 256

    /// The 32 bytes, most significant first.
    public let bytes: Bytes32

    /// The point zero.
    public init() {
        bytes = Bytes32()
    }

    /// The point with these bytes, most significant first.
    public init(_ bytes: Bytes32) {
        self.bytes = bytes
    }

    /// The point written as 64 hexadecimal digits, or nil.
    public init?(hex: String) {
        guard let bytes = Bytes32(hex: hex) else { return nil }
        self.bytes = bytes
    }

    /// Whether `left` is the smaller number.
    public static func < (left: Point, right: Point) -> Bool {
        left.bytes < right.bytes
    }

    /// How far `other` is: the XOR of both.
    public func distance(to other: Point) -> Point {
        let (a, b) = (bytes.bigEndianWords, other.bytes.bigEndianWords)
        return Point(Bytes32(bigEndianWords: (a.0 ^ b.0, a.1 ^ b.1, a.2 ^ b.2, a.3 ^ b.3)))
    }

    /// Whether `a` is closer to this point than `b` is; false when they are the same.
    public func isCloser(_ a: Point, than b: Point) -> Bool {
        let (here, left, right) = (
            bytes.bigEndianWords, a.bytes.bigEndianWords, b.bytes.bigEndianWords
        )
        if left.0 != right.0 { return left.0 ^ here.0 < right.0 ^ here.0 }
        if left.1 != right.1 { return left.1 ^ here.1 < right.1 ^ here.1 }
        if left.2 != right.2 { return left.2 ^ here.2 < right.2 ^ here.2 }
        return left.3 ^ here.3 < right.3 ^ here.3
    }

    /// How many leading bits both have in common: 0…256, and 256 only for the same point.
    public func commonPrefix(with other: Point) -> Int {
        let (a, b) = (bytes.bigEndianWords, other.bytes.bigEndianWords)
        if a.0 != b.0 { return (a.0 ^ b.0).leadingZeroBitCount }
        if a.1 != b.1 { return 64 + (a.1 ^ b.1).leadingZeroBitCount }
        if a.2 != b.2 { return 128 + (a.2 ^ b.2).leadingZeroBitCount }
        return 192 + (a.3 ^ b.3).leadingZeroBitCount
    }

    /// Bit `index`, counted from the most significant one, which is bit 0.
    public func bit(at index: Int) -> Bool {
        precondition((0..<Point.bitCount).contains(index), "bit \(index) of a point")
        let words = bytes.bigEndianWords
        let word =
            switch index >> 6 {
            case 0: words.0
            case 1: words.1
            case 2: words.2
            default: words.3
            }
        return word >> UInt64(63 - index & 63) & 1 == 1
    }

    /// This point with bit `index` the other way around; bit 0 is the most significant one.
    public func flippingBit(at index: Int) -> Point {
        precondition((0..<Point.bitCount).contains(index), "bit \(index) of a point")
        var words = bytes.bigEndianWords
        let mask = UInt64(1) << UInt64(63 - index & 63)
        switch index >> 6 {
        case 0: words.0 ^= mask
        case 1: words.1 ^= mask
        case 2: words.2 ^= mask
        default: words.3 ^= mask
        }
        return Point(Bytes32(bigEndianWords: words))
    }

    /// The point that shares the first `count` bits with this one and the rest with `other`.
    public func replacingSuffix(after count: Int, with other: Point) -> Point {
        precondition((0...Point.bitCount).contains(count), "a prefix of \(count) bits")
        let (a, b) = (bytes.bigEndianWords, other.bytes.bigEndianWords)
        func mixed(_ mine: UInt64, _ theirs: UInt64, _ kept: Int) -> UInt64 {
            let mask = kept <= 0 ? 0 : kept >= 64 ? UInt64.max : ~(UInt64.max >> UInt64(kept))
            return mine & mask | theirs & ~mask
        }
        return Point(
            Bytes32(
                bigEndianWords: (
                    mixed(a.0, b.0, count), mixed(a.1, b.1, count - 64),
                    mixed(a.2, b.2, count - 128), mixed(a.3, b.3, count - 192)
                )))
    }
}

extension Point: CustomStringConvertible {
    /// The point as 64 lowercase hexadecimal digits.
    public var description: String { bytes.hex }
}

/// The point of a node; made from its key and proof of work, see ``NodeProof``.
public typealias NodeID = Point

/// The point of a record.
public typealias Location = Point
