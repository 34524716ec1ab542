import CSodium

/// The hash SHA-256 (FIPS 180-4), for Noise and for other people's formats.
public enum SHA256 {
    /// The hash of `span`.
    public static func hash(_ span: RawSpan) -> Bytes32 {
        Bytes32.written { output in
            span.withUnsafeBytes { input in
                _ = crypto_hash_sha256(output, input.baseAddress, UInt64(input.count))
            }
        }
    }

    /// The hash of `bytes`.
    public static func hash(_ bytes: [UInt8]) -> Bytes32 {
        hash(bytes.span.bytes)
    }
}

/// The hash SHA-512 (FIPS 180-4), for other people's formats.
public enum SHA512 {
    /// How many bytes a hash has.
    public static let count = 64

    /// The hash of `span`, 64 bytes.
    public static func hash(_ span: RawSpan) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: count)
        span.withUnsafeBytes { input in
            _ = crypto_hash_sha512(&output, input.baseAddress, UInt64(input.count))
        }
        return output
    }

    /// The hash of `bytes`, 64 bytes.
    public static func hash(_ bytes: [UInt8]) -> [UInt8] {
        hash(bytes.span.bytes)
    }
}
