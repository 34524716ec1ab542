public import KithCrypto

/// How a person's key is written down: `kith1…` to copy, and a fingerprint to compare.
public enum IdentityText {
    /// What every identity starts with.
    public static let prefix = "kith1"

    /// Bytes of checksum: one typing error in four thousand million stays unnoticed.
    private static let checksumBytes = 4

    /// Why a text is no identity.
    public enum Fault: Error, Hashable, Sendable {
        /// Does not start with `kith1`.
        case missingPrefix
        /// A character other than a–z and 2–7 follows, or surplus bits are set.
        case foreignCharacter
        /// Too short or too long.
        case wrongLength
        /// The checksum does not fit: mistyped.
        case wrongChecksum
    }

    /// `kith1` and base32 of the key and four bytes of checksum: 63 characters.
    public static func encode(_ identity: Ed25519.PublicKey) -> String {
        prefix + Base32.encode(identity.bytes.bytes + checksum(of: identity))
    }

    /// The key that ``encode(_:)`` wrote as `text`; small letters only.
    public static func parse(_ text: String) throws(Fault) -> Ed25519.PublicKey {
        guard text.hasPrefix(prefix) else { throw .missingPrefix }
        let digits = text.dropFirst(prefix.count)
        // Base32 needs eight characters for five bytes.
        let length = ((Bytes32.count + checksumBytes) * 8 + 4) / 5
        guard digits.utf8.count == length else { throw .wrongLength }
        guard let bytes = Base32.decode(String(digits)),
            let key = Bytes32(Array(bytes.prefix(Bytes32.count)))
        else { throw .foreignCharacter }
        let identity = Ed25519.PublicKey(key)
        guard Array(bytes.dropFirst(Bytes32.count)) == checksum(of: identity) else {
            throw .wrongChecksum
        }
        return identity
    }

    /// Eight bytes of a hash in four groups, such as `7f2a-0c19-b3d4-9e55`.
    ///
    /// Short enough to read aloud, and 2^64 keys away from a second person with the same one;
    /// for more certainty compare the whole identity.
    public static func fingerprint(of identity: Ed25519.PublicKey) -> String {
        let digits = Array(
            BLAKE2b.hash32("kith/fingerprint/v1\0", identity.bytes).hex.utf8.prefix(16))
        return stride(from: 0, to: digits.count, by: 4)
            .map { String(decoding: digits[$0..<$0 + 4], as: UTF8.self) }
            .joined(separator: "-")
    }

    private static func checksum(of identity: Ed25519.PublicKey) -> [UInt8] {
        var hasher = BLAKE2b.Hasher(outputBytes: checksumBytes)
        hasher.update("kith/identity/v1\0" as StaticString)
        hasher.update(identity.bytes)
        return hasher.finish()
    }
}
