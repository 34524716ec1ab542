import CSodium

/// The message authentication code HMAC-SHA-256 (RFC 2104).
public enum HMACSHA256 {
    /// The 32-byte code of `message` under `key`, which may have any length.
    public static func mac(key: RawSpan, over message: RawSpan) -> Bytes32 {
        Bytes32.written { output in
            key.withUnsafeBytes { key in
                message.withUnsafeBytes { message in
                    mac(key: key, over: message, to: output)
                }
            }
        }
    }

    /// Whether `code` is the code of `message` under `key`, in constant time.
    public static func verify(_ code: Bytes32, key: RawSpan, over message: RawSpan) -> Bool {
        let right = mac(key: key, over: message)
        return right.withPointer { right in
            code.withPointer { sodium_memcmp(right, $0, Bytes32.count) == 0 }
        }
    }

    /// Writes the code of `first`, then `second`, then the byte `last` if there is one, to the
    /// 32 bytes at `output`; without heap, and the state on the stack is wiped.
    ///
    /// `output` may be where an input is: it is written after all of them were read.
    static func mac(
        key: UnsafeRawBufferPointer, over first: UnsafeRawBufferPointer,
        _ second: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0),
        last: UInt8? = nil, to output: UnsafeMutableRawPointer
    ) {
        var state = crypto_auth_hmacsha256_state()
        // The hash dereferences the key even when it has no bytes.
        withUnsafeBytes(of: UInt8(0)) { nothing in
            guard let start = key.baseAddress ?? nothing.baseAddress else { return }
            _ = crypto_auth_hmacsha256_init(&state, start, key.count)
        }
        if first.count > 0 {
            _ = crypto_auth_hmacsha256_update(&state, first.baseAddress, UInt64(first.count))
        }
        if second.count > 0 {
            _ = crypto_auth_hmacsha256_update(&state, second.baseAddress, UInt64(second.count))
        }
        if var last {
            _ = crypto_auth_hmacsha256_update(&state, &last, 1)
        }
        _ = crypto_auth_hmacsha256_final(&state, output)
        sodium_memzero(&state, MemoryLayout<crypto_auth_hmacsha256_state>.size)
    }
}
