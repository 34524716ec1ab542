import CSodium

/// The hash of this network: BLAKE2b (RFC 7693) with 1…64 bytes of output and an optional key.
public enum BLAKE2b {
    /// The hash of `span`, 32 bytes.
    public static func hash32(_ span: RawSpan) -> Bytes32 {
        Sodium.initialise()
        return Bytes32.written { output in
            span.withUnsafeBytes { input in
                _ = crypto_generichash(
                    output, Bytes32.count, input.baseAddress, UInt64(input.count), nil, 0)
            }
        }
    }

    /// The hash of `bytes`, 32 bytes.
    public static func hash32(_ bytes: [UInt8]) -> Bytes32 {
        hash32(bytes.span.bytes)
    }

    /// The hash of `label` followed by `span`, 32 bytes.
    ///
    /// Labels end with a zero byte.
    public static func hash32(_ label: StaticString, _ span: RawSpan) -> Bytes32 {
        var hasher = Hasher(outputBytes: Bytes32.count)
        hasher.update(label)
        hasher.update(span)
        return hasher.finish32()
    }

    /// The hash of `label` followed by `bytes`, 32 bytes.
    ///
    /// Labels end with a zero byte.
    public static func hash32(_ label: StaticString, _ bytes: Bytes32) -> Bytes32 {
        var hasher = Hasher(outputBytes: Bytes32.count)
        hasher.update(label)
        hasher.update(bytes)
        return hasher.finish32()
    }

    /// The 16-byte message authentication code of `message` under a `key` of 16…64 bytes.
    public static func mac16(key: RawSpan, over message: RawSpan) -> Bytes16 {
        Sodium.initialise()
        precondition((16...64).contains(key.byteCount), "a key has 16…64 bytes")
        return Bytes16.written { output in
            message.withUnsafeBytes { input in
                key.withUnsafeBytes { key in
                    _ = crypto_generichash(
                        output, Bytes16.count, input.baseAddress, UInt64(input.count),
                        key.baseAddress, key.count)
                }
            }
        }
    }

    /// The 16-byte message authentication code of `message` under `key`.
    public static func mac16(key: Bytes32, over message: RawSpan) -> Bytes16 {
        key.withBytes { mac16(key: $0.bytes, over: message) }
    }

    /// The 16-byte message authentication code of `message` under `key`.
    public static func mac16(key: Bytes16, over message: RawSpan) -> Bytes16 {
        key.withBytes { mac16(key: $0.bytes, over: message) }
    }
}
