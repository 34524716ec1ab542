@testable import KithCrypto

// The handshake in terms of arrays, for tests; spans cannot go through `#expect`.

extension NoiseIK.Initiator {
    /// Begins with arrays and a prescribed ephemeral secret.
    init(
        prologue: [UInt8], local: borrowing X25519.SecretKey, remote: X25519.PublicKey,
        ephemeral: Bytes32
    ) throws(CryptoError) {
        try self.init(
            prologue: prologue.span.bytes, local: local, remote: remote, ephemeral: ephemeral)
    }

    /// The first message; written behind `offset` other bytes, which must stay as they are.
    mutating func first(_ payload: [UInt8], at offset: Int = 3) throws(CryptoError) -> [UInt8] {
        var buffer = [UInt8](repeating: 0xee, count: offset + payload.count + 96 + 2)
        var elements = buffer.mutableSpan
        var span = elements.mutableBytes
        let count = try writeFirst(payload: payload.span.bytes, into: &span, at: offset)
        return Array(buffer[offset..<offset + count])
    }

    /// The payload of the second message.
    mutating func second(
        _ message: [UInt8], local: borrowing X25519.SecretKey
    ) throws(CryptoError) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: message.count)
        var elements = buffer.mutableSpan
        var span = elements.mutableBytes
        let count = try readSecond(message.span.bytes, local: local, payloadInto: &span)
        return Array(buffer.prefix(count))
    }
}

extension NoiseIK.Responder {
    /// Waits with an array for the prologue.
    init(prologue: [UInt8], local: borrowing X25519.SecretKey) {
        self.init(prologue: prologue.span.bytes, local: local)
    }

    /// Whom the first message is from, and its payload.
    mutating func first(
        _ message: [UInt8], local: borrowing X25519.SecretKey
    ) throws(CryptoError) -> (remote: X25519.PublicKey, payload: [UInt8]) {
        var buffer = [UInt8](repeating: 0, count: message.count)
        var elements = buffer.mutableSpan
        var span = elements.mutableBytes
        let read = try readFirst(message.span.bytes, local: local, payloadInto: &span)
        return (read.remote, Array(buffer.prefix(read.payloadBytes)))
    }

    /// The second message, with a prescribed ephemeral secret.
    mutating func second(
        _ payload: [UInt8], ephemeral: Bytes32
    ) throws(CryptoError) -> [UInt8] {
        var buffer = [UInt8](repeating: 0xee, count: payload.count + 50)
        var elements = buffer.mutableSpan
        var span = elements.mutableBytes
        let count = try writeSecond(
            payload: payload.span.bytes, into: &span, at: 1, ephemeral: ephemeral)
        return Array(buffer[1..<1 + count])
    }

    /// The second message, with an ephemeral secret from `entropy`.
    mutating func second(
        _ payload: [UInt8], entropy: inout Entropy
    ) throws(CryptoError) -> [UInt8] {
        var buffer = [UInt8](repeating: 0xee, count: payload.count + 50)
        var elements = buffer.mutableSpan
        var span = elements.mutableBytes
        let count = try writeSecond(
            payload: payload.span.bytes, into: &span, at: 1, entropy: &entropy)
        return Array(buffer[1..<1 + count])
    }
}

extension ChaChaPoly.Key {
    /// A transport message without authenticated bytes.
    func seal(_ text: [UInt8], nonce: UInt64) -> [UInt8] {
        var buffer = text + [UInt8](repeating: 0, count: 16)
        var elements = buffer.mutableSpan
        var span = elements.mutableBytes
        ChaChaPoly.seal(
            &span, textBytes: text.count, key: self, nonce: nonce, authenticating: RawSpan())
        return buffer
    }

    /// The text of a transport message without authenticated bytes.
    func open(_ sealed: [UInt8], nonce: UInt64) throws(CryptoError) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: sealed.count)
        var elements = buffer.mutableSpan
        var span = elements.mutableBytes
        let count = try ChaChaPoly.open(
            sealed.span.bytes, into: &span, key: self, nonce: nonce, authenticating: RawSpan())
        return Array(buffer.prefix(count))
    }
}
