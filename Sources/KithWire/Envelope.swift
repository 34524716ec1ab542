/// The frame of a datagram: what can be read without any key.
///
/// ```
/// INIT   0x01: type4 | sender4 | e 32 | sealed N 48 | sealed payload n+16 | mac1 16 | mac2 16
/// RESP   0x02: type4 | sender4 | receiver4 | e 32 | sealed payload n+16 | mac1 16 | mac2 16
/// COOKIE 0x03: type4 | receiver4 | nonce 24 | sealed cookie 32
/// DATA   0x04: type4 | receiver4 | counter8 | ciphertext n | tag 16
/// ```
/// ``Beacon`` (0x05) and ``Greeting`` (0x06) belong to no session, and come from the same link only.
///
/// `type4` is the type, the version 1, and two zero bytes. Integers are big-endian.
public enum Envelope {
    /// The version that this code speaks; the second byte of every datagram.
    public static let version: UInt8 = 1
    /// How long a datagram may be: from a DATA with the shortest message, a PING of 5 bytes, to
    /// what fits into the least IPv6 path of 1,280 bytes with headers.
    public static let datagramBytes = 37...1_232

    private static let sealBytes = 16
    private static let macBytes = 16
    private static let keyBytes = 32

    /// Where things are in an INIT.
    public enum Initiation {
        /// Type and sender's index; the Noise message starts here.
        public static let noiseOffset = 8
        /// What an INIT takes besides its payload: 136 bytes.
        public static let overhead =
            noiseOffset + keyBytes + (keyBytes + sealBytes) + sealBytes + 2 * macBytes
        /// The largest payload, with its padding.
        public static let payloadBytesMax = datagramBytes.upperBound - overhead
        /// Where the Noise message of an INIT of `total` bytes is.
        public static func noise(total: Int) -> Range<Int> {
            noiseOffset..<total - 2 * macBytes
        }
    }

    /// Where things are in a RESP.
    public enum Response {
        /// Type and both indices; the Noise message starts here.
        public static let noiseOffset = 12
        /// What a RESP takes besides its payload: 92 bytes.
        public static let overhead = noiseOffset + keyBytes + sealBytes + 2 * macBytes
        /// The largest payload of a RESP that is not longer than its INIT of `initiation` bytes.
        public static func payloadBytesMax(answering initiation: Int) -> Int {
            initiation - overhead
        }
        /// Where the Noise message of a RESP of `total` bytes is.
        public static func noise(total: Int) -> Range<Int> {
            noiseOffset..<total - 2 * macBytes
        }
    }

    /// Where things are in a COOKIE.
    public enum Cookie {
        /// Type and receiver's index come before the nonce.
        public static let nonceOffset = 8
        /// How long the random nonce is.
        public static let nonceBytes = 24
        /// The sealed cookie follows the nonce.
        public static let sealedOffset = nonceOffset + nonceBytes
        /// How long the datagram is: less than half of the least INIT.
        public static let bytes = sealedOffset + macBytes + sealBytes
    }

    /// Where things are in a DATA.
    public enum Data {
        /// Type, receiver's index and counter: the bytes that are authenticated, not sealed.
        public static let headerBytes = 16
        /// What a DATA takes besides its message: 32 bytes.
        public static let overhead = headerBytes + sealBytes
        /// The largest message.
        public static let messageBytesMax = datagramBytes.upperBound - overhead
    }

    /// What kind of datagram it is, and for which session.
    public enum Header: Hashable, Sendable, BitwiseCopyable {
        /// The first message of a handshake; `sender` is the initiator's index.
        case initiation(sender: UInt32)
        /// The answer; `receiver` is the initiator's index, `sender` the responder's.
        case response(sender: UInt32, receiver: UInt32)
        /// The demand to come back with a cookie; `receiver` is the initiator's index.
        case cookie(receiver: UInt32)
        /// A sealed message; `receiver` is the index that its receiver chose.
        case data(receiver: UInt32, counter: UInt64)
        /// Somebody on the link is here.
        case beacon
        /// An answer to a beacon of ours.
        case greeting
    }

    private enum TypeByte: UInt8 {
        case initiation = 1
        case response = 2
        case cookie = 3
        case data = 4
        case beacon = 5
        case greeting = 6
    }

    /// Reads the header, after which all offsets of its kind are safe to use.
    ///
    /// - Throws: ``DecodeError/truncated``, ``DecodeError/wrongLength``,
    ///   ``DecodeError/unknownKind``, ``DecodeError/unknownVersion``, or
    ///   ``DecodeError/notCanonical`` when the reserved bytes are not zero.
    public static func parse(_ datagram: RawSpan) throws(DecodeError) -> Header {
        let count = datagram.byteCount
        guard count >= datagramBytes.lowerBound else { throw .truncated }
        guard count <= datagramBytes.upperBound else { throw .wrongLength }
        let first = datagram.bigEndian(at: 0, as: UInt32.self)
        guard let type = TypeByte(rawValue: UInt8(first >> 24)) else { throw .unknownKind }
        guard UInt8(truncatingIfNeeded: first >> 16) == version else { throw .unknownVersion }
        guard UInt16(truncatingIfNeeded: first) == 0 else { throw .notCanonical }
        let index = datagram.bigEndian(at: 4, as: UInt32.self)
        switch type {
        case .initiation:
            guard count >= Initiation.overhead else { throw .truncated }
            return .initiation(sender: index)
        case .response:
            guard count >= Response.overhead else { throw .truncated }
            return .response(
                sender: index, receiver: datagram.bigEndian(at: 8, as: UInt32.self))
        case .cookie:
            guard count >= Cookie.bytes else { throw .truncated }
            guard count == Cookie.bytes else { throw .wrongLength }
            return .cookie(receiver: index)
        case .data:
            return .data(
                receiver: index, counter: datagram.bigEndian(at: 8, as: UInt64.self))
        case .beacon:
            return .beacon
        case .greeting:
            return .greeting
        }
    }

    /// Writes the header of `datagram`: its first 8, 12 or 16 bytes, 4 of a beacon or greeting.
    @_lifetime(datagram: copy datagram)
    public static func write(_ header: Header, into datagram: inout MutableRawSpan) {
        switch header {
        case .initiation(let sender):
            put(.initiation, sender, &datagram)
        case .response(let sender, let receiver):
            put(.response, sender, &datagram)
            datagram.storeBytes(of: receiver.bigEndian, toByteOffset: 8, as: UInt32.self)
        case .cookie(let receiver):
            put(.cookie, receiver, &datagram)
        case .data(let receiver, let counter):
            put(.data, receiver, &datagram)
            datagram.storeBytes(of: counter.bigEndian, toByteOffset: 8, as: UInt64.self)
        case .beacon:
            put(.beacon, &datagram)
        case .greeting:
            put(.greeting, &datagram)
        }
    }

    @_lifetime(datagram: copy datagram)
    private static func put(_ type: TypeByte, _ datagram: inout MutableRawSpan) {
        let first = UInt32(type.rawValue) << 24 | UInt32(version) << 16
        datagram.storeBytes(of: first.bigEndian, toByteOffset: 0, as: UInt32.self)
    }

    @_lifetime(datagram: copy datagram)
    private static func put(
        _ type: TypeByte, _ index: UInt32, _ datagram: inout MutableRawSpan
    ) {
        put(type, &datagram)
        datagram.storeBytes(of: index.bigEndian, toByteOffset: 4, as: UInt32.self)
    }
}
