public import KithCrypto

/// The two codes at the end of INIT and RESP.
///
/// mac1 shows that the sender knows whom it talks to, which keeps a scanner in the dark; mac2
/// that it receives what is sent to its address, which is asked for under load only.
extension Envelope {
    /// Both codes, mac1 first, at the end of the datagram.
    public static let codesBytes = 2 * Bytes16.count

    /// The key of mac1 for datagrams to the node with `receiver`; worth keeping.
    public static func macKey(of receiver: X25519.PublicKey) -> Bytes32 {
        BLAKE2b.hash32("kith/mac1\0", receiver.bytes)
    }

    /// What mac1 covers: all before it.
    @_lifetime(copy datagram)
    public static func coveredByMac1(_ datagram: RawSpan) -> RawSpan {
        datagram.extracting(0..<datagram.byteCount - codesBytes)
    }

    /// What mac2 covers: all before it, mac1 included.
    @_lifetime(copy datagram)
    public static func coveredByMac2(_ datagram: RawSpan) -> RawSpan {
        datagram.extracting(0..<datagram.byteCount - Bytes16.count)
    }

    /// mac1 as the datagram has it.
    public static func mac1(of datagram: RawSpan) -> Bytes16 {
        let end = datagram.byteCount - Bytes16.count
        return Bytes16(copying: datagram.extracting(end - Bytes16.count..<end))
    }

    /// mac2 as the datagram has it; zeros when the sender has no cookie.
    public static func mac2(of datagram: RawSpan) -> Bytes16 {
        let end = datagram.byteCount
        return Bytes16(copying: datagram.extracting(end - Bytes16.count..<end))
    }

    /// Whether mac1 was made for the receiver that `macKey` belongs to.
    public static func hasValidMac1(_ datagram: RawSpan, macKey: Bytes32) -> Bool {
        BLAKE2b.mac16(key: macKey, over: coveredByMac1(datagram)).matches(mac1(of: datagram))
    }

    /// Whether mac2 was made with `cookie`.
    public static func hasValidMac2(_ datagram: RawSpan, cookie: Bytes16) -> Bool {
        BLAKE2b.mac16(key: cookie, over: coveredByMac2(datagram)).matches(mac2(of: datagram))
    }

    /// Fills in both codes of a finished INIT or RESP, mac2 with zeros if there is no cookie.
    ///
    /// - Returns: mac1, which an answering COOKIE is sealed for.
    @discardableResult
    @_lifetime(datagram: copy datagram)
    public static func writeCodes(
        into datagram: inout MutableRawSpan, macKey: Bytes32, cookie: Bytes16?
    ) -> Bytes16 {
        let end = datagram.byteCount
        let mac1 = BLAKE2b.mac16(key: macKey, over: coveredByMac1(datagram.bytes))
        mac1.copy(into: &datagram, at: end - codesBytes)
        var mac2 = Bytes16()
        if let cookie { mac2 = BLAKE2b.mac16(key: cookie, over: coveredByMac2(datagram.bytes)) }
        mac2.copy(into: &datagram, at: end - Bytes16.count)
        return mac1
    }
}

/// Cookies: what a node under load sends instead of an answer.
extension Envelope {
    /// The cookie of `address`; `secret` is the receiver's and changes every two minutes.
    public static func cookie(secret: borrowing SecretBytes, address: Address) -> Bytes16 {
        cookie(secret: secret.bytes, address: address)
    }

    /// The cookie of `address` under a secret of 32 bytes that is none, as in vectors.
    public static func cookie(secret: Bytes32, address: Address) -> Bytes16 {
        secret.withBytes { cookie(secret: $0.bytes, address: address) }
    }

    private static func cookie(secret: RawSpan, address: Address) -> Bytes16 {
        var hasher = BLAKE2b.Hasher(outputBytes: Bytes16.count, key: secret)
        address.update(&hasher)
        return hasher.finish16()
    }

    /// The key that seals the cookies of the node with `receiver`; worth keeping.
    public static func cookieKey(of receiver: X25519.PublicKey) -> Bytes32 {
        BLAKE2b.hash32("kith/cookie\0", receiver.bytes)
    }

    /// Writes a whole COOKIE into `datagram`, which has exactly ``Cookie/bytes`` bytes.
    ///
    /// - Parameters:
    ///   - receiver: the initiator's index, from its INIT.
    ///   - mac1: the code of that INIT.
    ///   - nonce: 24 bytes that were never used before with this key: drawn at random.
    @_lifetime(datagram: copy datagram)
    public static func writeCookie(
        _ cookie: Bytes16, receiver: UInt32, mac1: Bytes16, cookieKey: Bytes32, nonce: RawSpan,
        into datagram: inout MutableRawSpan
    ) {
        precondition(datagram.byteCount == Cookie.bytes, "\(datagram.byteCount) bytes")
        precondition(nonce.byteCount == Cookie.nonceBytes, "\(nonce.byteCount) bytes of nonce")
        write(.cookie(receiver: receiver), into: &datagram)
        var sealed = InlineArray<32, UInt8>(repeating: 0)
        var elements = sealed.mutableSpan
        var text = elements.mutableBytes
        cookie.copy(into: &text, at: 0)
        mac1.withBytes { mac1 in
            XChaChaPoly.seal(
                &text, textBytes: Bytes16.count, key: XChaChaPoly.Key(cookieKey), nonce: nonce,
                authenticating: mac1.bytes)
        }
        put(nonce, at: Cookie.nonceOffset, &datagram)
        put(sealed.span.bytes, at: Cookie.sealedOffset, &datagram)
    }

    @_lifetime(datagram: copy datagram)
    private static func put(
        _ source: RawSpan, at offset: Int, _ datagram: inout MutableRawSpan
    ) {
        for index in 0..<source.byteCount {
            let byte = source.unsafeLoad(fromByteOffset: index, as: UInt8.self)
            datagram.storeBytes(of: byte, toByteOffset: offset + index, as: UInt8.self)
        }
    }

    /// Opens a COOKIE that answers our INIT with `mac1`.
    ///
    /// - Throws: ``DecodeError/notAuthentic``; ``DecodeError/wrongLength`` for another length.
    public static func openCookie(
        _ datagram: RawSpan, mac1: Bytes16, cookieKey: Bytes32
    ) throws(DecodeError) -> Bytes16 {
        guard datagram.byteCount == Cookie.bytes else { throw .wrongLength }
        let key = XChaChaPoly.Key(cookieKey)
        let nonce = datagram.extracting(Cookie.nonceOffset..<Cookie.sealedOffset)
        let sealed = datagram.extracting(Cookie.sealedOffset..<Cookie.bytes)
        var opened = InlineArray<16, UInt8>(repeating: 0)
        let isAuthentic = mac1.withBytes { mac1 in
            var elements = opened.mutableSpan
            var cookie = elements.mutableBytes
            do {
                _ = try XChaChaPoly.open(
                    sealed, into: &cookie, key: key, nonce: nonce, authenticating: mac1.bytes)
                return true
            } catch {
                return false
            }
        }
        guard isAuthentic else { throw .notAuthentic }
        return Bytes16(copying: opened.span.bytes)
    }
}
