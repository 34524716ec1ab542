import CSodium

/// ChaCha20-Poly1305 with 24-byte nonces, which may be drawn at random
/// (draft-irtf-cfrg-xchacha-03).
///
/// For what is sealed rarely and without a counter: cookies and files.
public enum XChaChaPoly {
    /// How many bytes a nonce has.
    public static let nonceBytes = 24
    /// How many bytes sealing adds.
    public static let tagBytes = 16

    /// A key for sealing and opening; wiped when it goes out of use.
    public typealias Key = ChaChaPoly.Key

    /// Seals the first `textBytes` of `buffer` in place; the tag lands right behind them.
    ///
    /// `buffer` must have room for the tag, and `nonce` have 24 bytes.
    @_lifetime(buffer: copy buffer)
    public static func seal(
        _ buffer: inout MutableRawSpan, textBytes: Int, key: borrowing Key, nonce: RawSpan,
        authenticating header: RawSpan
    ) {
        precondition(nonce.byteCount == nonceBytes, "a nonce has 24 bytes")
        precondition(
            textBytes >= 0 && textBytes + tagBytes <= buffer.byteCount, "no room for the tag")
        buffer.withUnsafeMutableBytes { buffer in
            header.withUnsafeBytes { header in
                nonce.withUnsafeBytes { nonce in
                    guard let text = buffer.baseAddress, let nonce = nonce.baseAddress
                    else { return }
                    _ = crypto_aead_xchacha20poly1305_ietf_encrypt(
                        text, nil, text, UInt64(textBytes),
                        header.baseAddress, UInt64(header.count), nil, nonce, key.secret.base)
                }
            }
        }
    }

    /// Opens `sealed` (text and tag) and writes the text to the start of `output`.
    ///
    /// - Returns: How many bytes the text has: 16 fewer than `sealed`.
    /// - Throws: ``CryptoError/badLength`` when `sealed` is shorter than a tag or its text does
    ///   not fit into `output`; ``CryptoError/authenticationFailed`` when key, nonce, header and
    ///   text do not belong together. No unauthenticated text is left in `output`.
    @_lifetime(output: copy output)
    public static func open(
        _ sealed: RawSpan, into output: inout MutableRawSpan, key: borrowing Key, nonce: RawSpan,
        authenticating header: RawSpan
    ) throws(CryptoError) -> Int {
        precondition(nonce.byteCount == nonceBytes, "a nonce has 24 bytes")
        let textBytes = sealed.byteCount - tagBytes
        guard textBytes >= 0, textBytes <= output.byteCount else { throw .badLength }
        let status = output.withUnsafeMutableBytes { output in
            sealed.withUnsafeBytes { sealed in
                header.withUnsafeBytes { header in
                    nonce.withUnsafeBytes { nonce -> Int32 in
                        guard let nonce = nonce.baseAddress, let text = sealed.baseAddress
                        else { return -1 }
                        return crypto_aead_xchacha20poly1305_ietf_decrypt(
                            output.baseAddress, nil, nil, text, UInt64(sealed.count),
                            header.baseAddress, UInt64(header.count), nonce, key.secret.base)
                    }
                }
            }
        }
        guard status == 0 else { throw .authenticationFailed }
        return textBytes
    }

    /// `text` sealed, 16 bytes longer.
    public static func seal(
        _ text: [UInt8], key: borrowing Key, nonce: [UInt8], authenticating header: [UInt8]
    ) -> [UInt8] {
        var buffer = text + [UInt8](repeating: 0, count: tagBytes)
        var elements = buffer.mutableSpan
        var span = elements.mutableBytes
        seal(
            &span, textBytes: text.count, key: key, nonce: nonce.span.bytes,
            authenticating: header.span.bytes)
        return buffer
    }

    /// The text of `sealed`.
    ///
    /// - Throws: As the form with spans.
    public static func open(
        _ sealed: [UInt8], key: borrowing Key, nonce: [UInt8], authenticating header: [UInt8]
    ) throws(CryptoError) -> [UInt8] {
        guard sealed.count >= tagBytes else { throw .badLength }
        var text = [UInt8](repeating: 0, count: sealed.count - tagBytes)
        var elements = text.mutableSpan
        var span = elements.mutableBytes
        _ = try open(
            sealed.span.bytes, into: &span, key: key, nonce: nonce.span.bytes,
            authenticating: header.span.bytes)
        return text
    }
}
