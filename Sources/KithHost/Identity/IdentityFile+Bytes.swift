import KithCrypto

// The bytes of an identity file: Specs/Identity.md.
extension IdentityFile {
    /// The version that this program writes, and the only one that it reads.
    static let version = 1

    /// Where everything stands; integers are big-endian.
    enum Layout {
        static let magic = [UInt8]("KITHID\0".utf8)
        static let version = 7
        static let kind = 8
        static let operations = 9
        static let memoryKiB = 13
        static let salt = 17
        static let nonce = 33
        static let identity = 57
        /// Where the header ends and the seed begins.
        static let headerBytes = 89
        static let plainBytes = headerBytes + Secret32.count
        static let sealedBytes = plainBytes + XChaChaPoly.tagBytes

        static let plain: UInt8 = 0
        static let sealed: UInt8 = 1

        /// The header; all of it is authenticated.
        static func header(
            _ identity: Ed25519.PublicKey, cost: PassphraseCost, salt: Bytes16, nonce: [UInt8]
        ) -> [UInt8] {
            header(sealed, identity, cost: cost, salt: salt, nonce: nonce)
        }

        /// The header of a file without a passphrase: what belongs to one is zero.
        static func plainHeader(_ identity: Ed25519.PublicKey) -> [UInt8] {
            header(
                plain, identity, cost: PassphraseCost(operations: 0, memoryKiB: 0),
                salt: Bytes16(), nonce: [UInt8](repeating: 0, count: XChaChaPoly.nonceBytes))
        }

        private static func header(
            _ kind: UInt8, _ identity: Ed25519.PublicKey, cost: PassphraseCost, salt: Bytes16,
            nonce: [UInt8]
        ) -> [UInt8] {
            magic + [UInt8(IdentityFile.version), kind] + bigEndian(cost.operations)
                + bigEndian(cost.memoryKiB) + salt.bytes + nonce + identity.bytes.bytes
        }

        private static func bigEndian(_ value: Int) -> [UInt8] {
            let value = UInt32(value)
            return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
        }
    }

    /// The longest file there is; reading stops a byte later.
    static let bytesMax = Layout.sealedBytes

    /// The bytes to keep.
    func encoded() -> SecretBytes {
        let header: [UInt8]
        switch content {
        case .plain: header = Layout.plainHeader(identity)
        case .sealed(let sealed):
            header = Layout.header(
                identity, cost: sealed.cost, salt: sealed.salt, nonce: sealed.nonce)
        }
        switch content {
        case .plain(let seed): return seed.withBytes { IdentityFile.joined(header, $0) }
        case .sealed(let sealed): return IdentityFile.joined(header, sealed.box.span.bytes)
        }
    }

    private static func joined(_ header: [UInt8], _ rest: RawSpan) -> SecretBytes {
        var bytes = SecretBytes(count: header.count + rest.byteCount)
        bytes.withMutableBytes { bytes in
            bytes.withUnsafeMutableBytes { bytes in
                bytes.copyBytes(from: header)
                rest.withUnsafeBytes {
                    UnsafeMutableRawBufferPointer(rebasing: bytes[header.count...])
                        .copyBytes(from: $0)
                }
            }
        }
        return bytes
    }

    /// Reads a file; nothing is derived, so a file that asks for too much costs nothing.
    ///
    /// - Throws: ``IdentityError/foreign``, ``IdentityError/newer(version:)``,
    ///   ``IdentityError/damaged(detail:)``, ``IdentityError/costRefused(operations:memoryKiB:)``.
    init(
        decoding bytes: RawSpan, within bounds: PassphraseCost.Bounds = .usual
    ) throws(IdentityError) {
        guard bytes.byteCount > Layout.kind else { throw Self.cutOff(bytes) }
        for (offset, byte) in Layout.magic.enumerated() where Self.byte(offset, bytes) != byte {
            throw .foreign
        }
        let version = Int(Self.byte(Layout.version, bytes))
        guard version != 0 else { throw .foreign }
        guard version == Self.version else { throw .newer(version: version) }
        let kind = Self.byte(Layout.kind, bytes)
        let whole: Int
        switch kind {
        case Layout.plain: whole = Layout.plainBytes
        case Layout.sealed: whole = Layout.sealedBytes
        default: throw .damaged(detail: "no kind of lock has the number \(kind)")
        }
        guard bytes.byteCount >= whole else { throw Self.cutOff(bytes) }
        guard bytes.byteCount == whole else {
            throw .damaged(detail: "it goes on behind its end")
        }
        let identity = Ed25519.PublicKey(
            Bytes32(copying: bytes.extracting(Layout.identity..<Layout.headerBytes)))
        self =
            kind == Layout.plain
            ? try Self.plain(bytes, identity) : try Self.sealed(bytes, identity, bounds)
    }

    private static func plain(
        _ bytes: RawSpan, _ identity: Ed25519.PublicKey
    ) throws(IdentityError) -> IdentityFile {
        for offset in Layout.operations..<Layout.identity where byte(offset, bytes) != 0 {
            throw .damaged(detail: "there is a lock, but nothing is locked")
        }
        let file = plain(Secret32(copying: bytes.extracting(last: Secret32.count)))
        guard file.identity == identity else {
            throw .damaged(detail: "the key inside is another one")
        }
        return file
    }

    private static func sealed(
        _ bytes: RawSpan, _ identity: Ed25519.PublicKey, _ bounds: PassphraseCost.Bounds
    ) throws(IdentityError) -> IdentityFile {
        let cost = PassphraseCost(
            operations: integer(Layout.operations, bytes),
            memoryKiB: integer(Layout.memoryKiB, bytes))
        guard cost.isWithin(bounds) else {
            throw .costRefused(operations: cost.operations, memoryKiB: cost.memoryKiB)
        }
        let sealed = SealedSeed(
            cost: cost,
            salt: Bytes16(copying: bytes.extracting(Layout.salt..<Layout.nonce)),
            nonce: array(Layout.nonce..<Layout.identity, bytes),
            box: array(Layout.headerBytes..<Layout.sealedBytes, bytes))
        return IdentityFile(identity: identity, content: .sealed(sealed))
    }

    private static func cutOff(_ bytes: RawSpan) -> IdentityError {
        .damaged(
            detail: bytes.byteCount == 0 ? "it is empty" : "it ends after \(bytes.byteCount) bytes"
        )
    }

    private static func byte(_ offset: Int, _ bytes: RawSpan) -> UInt8 {
        bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }

    private static func integer(_ offset: Int, _ bytes: RawSpan) -> Int {
        (0..<4).reduce(0) { $0 << 8 | Int(byte(offset + $1, bytes)) }
    }

    private static func array(_ range: Range<Int>, _ bytes: RawSpan) -> [UInt8] {
        bytes.extracting(range).withUnsafeBytes { [UInt8]($0) }
    }
}
