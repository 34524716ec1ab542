import CSodium

/// Keys out of secrets that are not uniform: HKDF with HMAC-SHA-256 (RFC 5869).
public enum HKDF {
    /// The most that can be derived from one secret: 255 blocks of 32 bytes (RFC 5869
    /// section 2.3).
    public static let outputBytesMax = 255 * Bytes32.count

    /// The 32-byte pseudorandom key of `secret`; `salt` may be empty.
    public static func extract(salt: RawSpan, secret: RawSpan) -> SecretBytes {
        let key = SecretBytes(count: Bytes32.count)
        salt.withUnsafeBytes { salt in
            secret.withUnsafeBytes { secret in
                HMACSHA256.mac(key: salt, over: secret, to: key.base)
            }
        }
        return key
    }

    /// `outputBytes` bytes for the purpose `info` from a pseudorandom key.
    ///
    /// - Throws: ``CryptoError/parametersOutOfRange`` unless 1…8,160 bytes are wanted.
    public static func expand(
        key: borrowing SecretBytes, info: RawSpan, outputBytes: Int
    ) throws(CryptoError) -> SecretBytes {
        guard (1...outputBytesMax).contains(outputBytes) else { throw .parametersOutOfRange }
        let output = SecretBytes(count: outputBytes)
        let block = SecretBytes(count: Bytes32.count)
        let key = UnsafeRawBufferPointer(start: key.base, count: key.count)
        info.withUnsafeBytes { info in
            var previous = UnsafeRawBufferPointer(start: nil, count: 0)
            var done = 0
            var number: UInt8 = 1
            while done < outputBytes {
                HMACSHA256.mac(key: key, over: previous, info, last: number, to: block.base)
                let count = min(Bytes32.count, outputBytes - done)
                (output.base + done).copyMemory(from: block.base, byteCount: count)
                previous = UnsafeRawBufferPointer(start: block.base, count: Bytes32.count)
                done += count
                number &+= 1
            }
        }
        return output
    }

    /// `outputBytes` bytes for the purpose `info` from `secret`; extract, then expand.
    ///
    /// - Throws: ``CryptoError/parametersOutOfRange`` unless 1…8,160 bytes are wanted.
    public static func derive(
        salt: RawSpan, secret: RawSpan, info: RawSpan, outputBytes: Int
    ) throws(CryptoError) -> SecretBytes {
        let key = extract(salt: salt, secret: secret)
        return try expand(key: key, info: info, outputBytes: outputBytes)
    }
}
