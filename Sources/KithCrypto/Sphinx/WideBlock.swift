import CSodium

/// A permutation of a whole body under one key: change any bit and all of it is another.
///
/// LIONESS (Anderson and Biham 1996) as Sphinx uses it (Danezis and Goldberg 2009, section 3), of
/// ChaCha20 and keyed BLAKE2b. Who flips a bit on the way, to recognise the body further on, leaves
/// nothing to recognise.
enum WideBlock {
    /// Four keys of 32 bytes.
    static let keyBytes = 128
    /// The left part, which is the key of the right one.
    private static let leftBytes = 32

    /// Encrypts `count` bytes in place under the 128 bytes at `key`.
    static func encrypt(
        _ body: UnsafeMutableRawPointer, count: Int, key: UnsafeRawPointer
    ) {
        stream(body, count, key)
        hash(body, count, key + 32)
        stream(body, count, key + 64)
        hash(body, count, key + 96)
    }

    /// Undoes ``encrypt(_:count:key:)``.
    static func decrypt(
        _ body: UnsafeMutableRawPointer, count: Int, key: UnsafeRawPointer
    ) {
        hash(body, count, key + 96)
        stream(body, count, key + 64)
        hash(body, count, key + 32)
        stream(body, count, key)
    }

    /// The right part is masked with a stream under the left part and `key`.
    private static func stream(
        _ body: UnsafeMutableRawPointer, _ count: Int, _ key: UnsafeRawPointer
    ) {
        precondition(count > leftBytes, "a body of \(count) bytes has no right part")
        withUnsafeTemporaryAllocation(byteCount: leftBytes, alignment: 16) { mixed in
            guard let mask = mixed.baseAddress else { return }
            mask.copyMemory(from: body, byteCount: leftBytes)
            exclusiveOr(mask, with: key, count: leftBytes)
            StreamCipher.apply(
                mask, to: body + leftBytes, count: count - leftBytes)
            sodium_memzero(mask, leftBytes)
        }
    }

    /// The left part is masked with the hash of the right part under `key`.
    private static func hash(
        _ body: UnsafeMutableRawPointer, _ count: Int, _ key: UnsafeRawPointer
    ) {
        withUnsafeTemporaryAllocation(byteCount: leftBytes, alignment: 16) { digest in
            guard let mask = digest.baseAddress else { return }
            _ = crypto_generichash(
                mask, leftBytes, body + leftBytes, UInt64(count - leftBytes), key, 32)
            exclusiveOr(body, with: mask, count: leftBytes)
            sodium_memzero(mask, leftBytes)
        }
    }

    private static func exclusiveOr(
        _ target: UnsafeMutableRawPointer, with mask: UnsafeRawPointer, count: Int
    ) {
        for offset in stride(from: 0, to: count, by: 8) {
            let value =
                target.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                ^ mask.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            target.storeBytes(of: value, toByteOffset: offset, as: UInt64.self)
        }
    }
}

/// ChaCha20 (RFC 8439 section 2.4) with nonce 0, for keys that are used once.
enum StreamCipher {
    /// How many bytes a nonce has.
    private static let nonceBytes = 12

    /// Masks `count` bytes in place with the stream of the 32 bytes at `key`.
    static func apply(
        _ key: UnsafeRawPointer, to bytes: UnsafeMutableRawPointer, count: Int
    ) {
        withUnsafeTemporaryAllocation(byteCount: nonceBytes, alignment: 4) { nonce in
            nonce.initializeMemory(as: UInt8.self, repeating: 0)
            guard let nonce = nonce.baseAddress else { return }
            _ = crypto_stream_chacha20_ietf_xor(
                bytes, bytes, UInt64(count), nonce, key)
        }
    }
}
