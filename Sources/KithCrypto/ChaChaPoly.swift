import CSodium

/// ChaCha20-Poly1305 with Noise's counter nonces (RFC 8439; Noise section 12.3).
///
/// Sealing hides the text and proves it and the authenticated bytes to whoever holds the key.
/// A nonce must never be used twice with one key. Nothing is allocated.
public enum ChaChaPoly {
    /// How many bytes sealing adds.
    public static let tagBytes = 16
    /// The largest nonce; Noise keeps the number after it for itself.
    public static let nonceMax = UInt64.max - 1

    /// A key for sealing and opening; wiped when it goes out of use.
    public struct Key: ~Copyable, Sendable {
        /// How many bytes a key has.
        public static let count = 32

        let secret: SecretBytes

        /// The key whose 32 bytes are `span`; the original is the caller's to wipe.
        public init(copying span: RawSpan) {
            self.init(SecretBytes(copying: span))
        }

        /// The key whose 32 bytes are `secret`.
        public init(_ secret: consuming SecretBytes) {
            precondition(secret.count == Self.count, "a key has 32 bytes, not \(secret.count)")
            self.secret = secret
        }

        /// The key whose 32 bytes are `bytes`, for keys that are no secret of long life.
        public init(_ bytes: Bytes32) {
            self = bytes.withBytes { Key(copying: $0.bytes) }
        }
    }

    /// Seals the first `textBytes` of `buffer` in place; the tag lands right behind them.
    ///
    /// `buffer` must have room for the tag, and `nonce` be at most ``nonceMax``.
    @_lifetime(buffer: copy buffer)
    public static func seal(
        _ buffer: inout MutableRawSpan, textBytes: Int, key: borrowing Key, nonce: UInt64,
        authenticating header: RawSpan
    ) {
        precondition(nonce <= nonceMax, "the key is used up")
        precondition(
            textBytes >= 0 && textBytes + tagBytes <= buffer.byteCount, "no room for the tag")
        buffer.withUnsafeMutableBytes { buffer in
            header.withUnsafeBytes { header in
                guard let text = buffer.baseAddress else { return }
                seal(
                    UnsafeRawBufferPointer(start: text, count: textBytes), to: text,
                    key: key.secret.base, nonce: Nonce(counter: nonce), header: header)
            }
        }
    }

    /// Seals in place the `textBytes` that follow a header of `headerBytes` in the same buffer,
    /// and authenticates that header; the tag lands right behind the text.
    @_lifetime(buffer: copy buffer)
    public static func seal(
        _ buffer: inout MutableRawSpan, headerBytes: Int, textBytes: Int,
        key: borrowing Key, nonce: UInt64
    ) {
        precondition(nonce <= nonceMax, "the key is used up")
        precondition(
            headerBytes >= 0 && textBytes >= 0
                && headerBytes + textBytes + tagBytes <= buffer.byteCount,
            "no room for the tag")
        buffer.withUnsafeMutableBytes { buffer in
            guard let header = buffer.baseAddress else { return }
            let text = header + headerBytes
            seal(
                UnsafeRawBufferPointer(start: text, count: textBytes), to: text,
                key: key.secret.base, nonce: Nonce(counter: nonce),
                header: UnsafeRawBufferPointer(start: header, count: headerBytes))
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
        _ sealed: RawSpan, into output: inout MutableRawSpan, key: borrowing Key, nonce: UInt64,
        authenticating header: RawSpan
    ) throws(CryptoError) -> Int {
        let textBytes = sealed.byteCount - tagBytes
        guard textBytes >= 0, textBytes <= output.byteCount else { throw .badLength }
        guard nonce <= nonceMax else { throw .authenticationFailed }
        let opened = output.withUnsafeMutableBytes { output in
            sealed.withUnsafeBytes { sealed in
                header.withUnsafeBytes { header in
                    open(
                        sealed, to: output.baseAddress, key: key.secret.base,
                        nonce: Nonce(counter: nonce), header: header)
                }
            }
        }
        guard opened else { throw .authenticationFailed }
        return textBytes
    }
}

extension ChaChaPoly {
    /// The 12 bytes of RFC 8439; in Noise four zero bytes and the counter, little-endian.
    struct Nonce {
        /// In memory order; three words, because a tuple with an eight-byte one has padding.
        private let words: (UInt32, UInt32, UInt32)

        init(counter: UInt64) {
            words = (
                0, UInt32(truncatingIfNeeded: counter).littleEndian,
                UInt32(truncatingIfNeeded: counter >> 32).littleEndian
            )
        }

        /// Any 12 bytes, for the vectors of RFC 8439.
        init(copying span: RawSpan) {
            precondition(span.byteCount == 12, "a nonce has 12 bytes, not \(span.byteCount)")
            words = (
                span.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt32.self),
                span.unsafeLoadUnaligned(fromByteOffset: 4, as: UInt32.self),
                span.unsafeLoadUnaligned(fromByteOffset: 8, as: UInt32.self)
            )
        }

        func withPointer<Result>(_ body: (UnsafeRawPointer) -> Result) -> Result {
            withUnsafeBytes(of: words) { bytes in
                guard let base = bytes.baseAddress else { preconditionFailure("a nonce at nil") }
                return body(base)
            }
        }
    }

    /// Seals `text` to `output`, which may be where the text is and has 16 bytes more.
    static func seal(
        _ text: UnsafeRawBufferPointer, to output: UnsafeMutableRawPointer,
        key: UnsafeRawPointer, nonce: Nonce, header: UnsafeRawBufferPointer
    ) {
        nonce.withPointer { nonce in
            _ = crypto_aead_chacha20poly1305_ietf_encrypt(
                output, nil, text.baseAddress, UInt64(text.count),
                header.baseAddress, UInt64(header.count), nil, nonce, key)
        }
    }

    /// Opens `sealed`, at least 16 bytes, to `output`, which has room for all but the tag.
    static func open(
        _ sealed: UnsafeRawBufferPointer, to output: UnsafeMutableRawPointer?,
        key: UnsafeRawPointer, nonce: Nonce, header: UnsafeRawBufferPointer
    ) -> Bool {
        guard let text = sealed.baseAddress else { return false }
        return nonce.withPointer { nonce in
            crypto_aead_chacha20poly1305_ietf_decrypt(
                output, nil, nil, text, UInt64(sealed.count),
                header.baseAddress, UInt64(header.count), nonce, key) == 0
        }
    }
}
