import CSodium

/// The function that costs memory and time on purpose: Argon2id version 1.3 with one lane
/// (RFC 9106), for passphrases and for proofs of work.
public enum Argon2id {
    /// How many passes are allowed; more than ten is somebody else's denial of service.
    public static let operationsRange = 1...10
    /// How much memory is allowed, in bytes: from Argon2's own least, eight blocks of 1 KiB, to
    /// 1 GiB, which a small machine still has.
    public static let memoryBytesRange = 8 << 10...1 << 30
    /// How many bytes may be derived: below 16 is no key, above 256 is nothing we need.
    public static let outputBytesRange = 16...256

    /// Thirty-two bytes that are not secret, as for a proof of work.
    ///
    /// - Throws: ``CryptoError/parametersOutOfRange`` outside the ranges above, or
    ///   ``CryptoError/outOfMemory``.
    public static func derive(
        password: RawSpan, salt: Bytes16, operations: Int, memoryBytes: Int
    ) throws(CryptoError) -> Bytes32 {
        var status: Int32 = 0
        let bytes = Bytes32.written { output in
            status = run(
                password, salt, operations, memoryBytes,
                to: UnsafeMutableRawBufferPointer(start: output, count: Bytes32.count))
        }
        try check(status)
        return bytes
    }

    /// `outputBytes` secret bytes, as for a key out of a passphrase.
    ///
    /// - Throws: ``CryptoError/parametersOutOfRange`` outside the ranges above, or
    ///   ``CryptoError/outOfMemory``.
    public static func deriveSecret(
        password: RawSpan, salt: Bytes16, operations: Int, memoryBytes: Int, outputBytes: Int
    ) throws(CryptoError) -> SecretBytes {
        guard outputBytesRange.contains(outputBytes) else { throw .parametersOutOfRange }
        let secret = SecretBytes(count: outputBytes)
        let status = run(
            password, salt, operations, memoryBytes,
            to: UnsafeMutableRawBufferPointer(start: secret.base, count: outputBytes))
        try check(status)
        return secret
    }

    /// What ``run(_:_:_:_:to:)`` answers before it asks libsodium anything.
    private static let refused: Int32 = 1

    private static func check(_ status: Int32) throws(CryptoError) {
        switch status {
        case 0: return
        case refused: throw .parametersOutOfRange
        // The ranges are checked, so the only failure left is the allocation.
        default: throw .outOfMemory
        }
    }

    private static func run(
        _ password: RawSpan, _ salt: Bytes16, _ operations: Int, _ memoryBytes: Int,
        to output: UnsafeMutableRawBufferPointer
    ) -> Int32 {
        guard operationsRange.contains(operations), memoryBytesRange.contains(memoryBytes) else {
            return refused
        }
        Sodium.initialise()
        return password.withUnsafeBytes { password in
            salt.withBytes { salt in
                withUnsafeBytes(of: UInt8(0)) { nothing in
                    guard let target = output.baseAddress, let salt = salt.baseAddress,
                        let text = password.baseAddress ?? nothing.baseAddress
                    else { return refused }
                    return crypto_pwhash(
                        target, UInt64(output.count), text, UInt64(password.count), salt,
                        UInt64(operations), memoryBytes, crypto_pwhash_ALG_ARGON2ID13)
                }
            }
        }
    }
}
