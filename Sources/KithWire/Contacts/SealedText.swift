public import KithCrypto

/// A short text that only holders of a key can read, always of the same size when sealed.
///
/// Cards, letters and dummies look alike: a random nonce, then XChaCha20-Poly1305 over the text,
/// padded with 0x80 and zeros (ISO/IEC 7816-4) to the room there is.
public enum SealedText {
    /// What a sealed text has besides text and padding: nonce and tag.
    static let overheadBytes = XChaChaPoly.nonceBytes + XChaChaPoly.tagBytes

    /// The longest text in `count` sealed bytes: one byte at least is padding.
    public static func textBytesMax(in count: Int) -> Int { count - overheadBytes - 1 }

    /// Seals `text` to exactly `count` bytes.
    ///
    /// - Parameter header: what is authenticated besides: whose place it is for.
    /// - Throws: ``SealedTextError/tooLong(bytes:)``.
    public static func seal(
        _ text: [UInt8], to count: Int, key: borrowing XChaChaPoly.Key, header: Bytes32,
        entropy: inout Entropy
    ) throws(SealedTextError) -> [UInt8] {
        let room = count - overheadBytes
        guard text.count < room else { throw .tooLong(bytes: text.count) }
        let nonce = entropy.bytes(XChaChaPoly.nonceBytes)
        return nonce
            + XChaChaPoly.seal(
                pad(text, to: room), key: key, nonce: nonce, authenticating: header.bytes)
    }

    /// The text in `sealed`.
    ///
    /// - Throws: ``SealedTextError/unreadable`` when it was sealed under another key, for another
    ///   place, or not by ``seal(_:to:key:header:entropy:)``.
    public static func open(
        _ sealed: [UInt8], key: borrowing XChaChaPoly.Key, header: Bytes32
    ) throws(SealedTextError) -> [UInt8] {
        guard sealed.count > overheadBytes else { throw .unreadable }
        let padded: [UInt8]
        do throws(CryptoError) {
            padded = try XChaChaPoly.open(
                Array(sealed.dropFirst(XChaChaPoly.nonceBytes)), key: key,
                nonce: Array(sealed.prefix(XChaChaPoly.nonceBytes)),
                authenticating: header.bytes)
        } catch {
            throw .unreadable
        }
        return try unpad(padded)
    }

    /// `text` with at least one byte of padding, `count` bytes in all.
    static func pad(_ text: [UInt8], to count: Int) -> [UInt8] {
        precondition(text.count < count, "\(text.count) bytes in the room of \(count)")
        return text + [0x80] + [UInt8](repeating: 0, count: count - text.count - 1)
    }

    /// What ``pad(_:to:)`` padded.
    ///
    /// - Throws: ``SealedTextError/unreadable`` for anything else.
    static func unpad(_ padded: [UInt8]) throws(SealedTextError) -> [UInt8] {
        guard let end = padded.lastIndex(where: { $0 != 0 }), padded[end] == 0x80 else {
            throw .unreadable
        }
        return Array(padded[..<end])
    }
}

/// Why a text cannot be sealed or opened.
public enum SealedTextError: Error, Hashable, Sendable {
    /// It has so many bytes and does not fit.
    case tooLong(bytes: Int)
    /// Sealed with another key, or damaged: more is not to be known.
    case unreadable
}
