extension NoiseIK {
    /// The side that is called.
    ///
    /// In order: ``readFirst(_:local:payloadInto:)``, ``writeSecond(payload:into:at:entropy:)``,
    /// ``finish()``. Another order is a fault of the caller and traps.
    public struct Responder: ~Copyable, Sendable {
        private let symmetric: Symmetric
        private let local: X25519.PublicKey
        private var remote = X25519.PublicKey(Bytes32())
        private var remoteEphemeral = X25519.PublicKey(Bytes32())
        private var stage = Stage.fresh

        /// Awaits a handshake with the holder of `local`.
        public init(prologue: RawSpan, local: borrowing X25519.SecretKey) {
            symmetric = Symmetric(prologue: prologue, responder: local.publicKey)
            self.local = local.publicKey
        }

        /// Reads the first message and writes its payload to the start of `output`.
        ///
        /// `local` is the key this handshake awaits. The payload may be a replay of an earlier
        /// one: only an answer to the second message proves that somebody is there.
        /// After a throw the handshake is as before, ready for another message.
        /// - Returns: Whom the message is from, and how many bytes the payload has: 96 fewer
        ///   than `message`.
        /// - Throws: ``CryptoError/badLength``, ``CryptoError/weakKey`` or
        ///   ``CryptoError/authenticationFailed``.
        @_lifetime(output: copy output)
        public mutating func readFirst(
            _ message: RawSpan, local: borrowing X25519.SecretKey,
            payloadInto output: inout MutableRawSpan
        ) throws(CryptoError) -> (remote: X25519.PublicKey, payloadBytes: Int) {
            precondition(stage == .fresh, "the first message was read already")
            precondition(local.publicKey == self.local, "another key than at the start")
            let payloadBytes = message.byteCount - firstOverheadBytes
            guard payloadBytes >= 0, message.byteCount <= messageBytesMax,
                payloadBytes <= output.byteCount
            else { throw .badLength }
            symmetric.save()
            do throws(CryptoError) {
                try readFirst(message, local, &output)
            } catch {
                symmetric.restore()
                throw error
            }
            stage = .half
            return (remote, payloadBytes)
        }

        @_lifetime(output: copy output)
        private mutating func readFirst(
            _ message: RawSpan, _ local: borrowing X25519.SecretKey,
            _ output: inout MutableRawSpan
        ) throws(CryptoError) {
            remoteEphemeral = X25519.PublicKey(Bytes32(copying: message.extracting(first: 32)))
            try remoteEphemeral.requireCanonical()
            symmetric.mixHash(remoteEphemeral)
            try local.agree(with: remoteEphemeral, into: symmetric.shared)
            symmetric.mixShared()
            remote = try symmetric.openKey(message.extracting(32..<80))
            try remote.requireCanonical()
            try local.agree(with: remote, into: symmetric.shared)
            symmetric.mixShared()
            try symmetric.open(message.extracting(droppingFirst: 80), into: &output)
        }

        /// Writes the second message at `offset` of `output`; once.
        ///
        /// - Returns: How many bytes it has: 48 more than `payload`.
        /// - Throws: ``CryptoError/badLength`` when it does not fit; nothing has happened then.
        @_lifetime(output: copy output)
        public mutating func writeSecond(
            payload: RawSpan, into output: inout MutableRawSpan, at offset: Int,
            entropy: inout Entropy
        ) throws(CryptoError) -> Int {
            symmetric.drawEphemeral(from: &entropy)
            return try writeSecond(payload, &output, at: offset)
        }

        /// For public vectors, which prescribe the ephemeral secret.
        @_lifetime(output: copy output)
        mutating func writeSecond(
            payload: RawSpan, into output: inout MutableRawSpan, at offset: Int,
            ephemeral: Bytes32
        ) throws(CryptoError) -> Int {
            symmetric.takeEphemeral(ephemeral)
            return try writeSecond(payload, &output, at: offset)
        }

        @_lifetime(output: copy output)
        private mutating func writeSecond(
            _ payload: RawSpan, _ output: inout MutableRawSpan, at offset: Int
        ) throws(CryptoError) -> Int {
            precondition(stage == .half, "the second message comes once, after the first")
            let count = secondOverheadBytes + payload.byteCount
            guard offset >= 0, count <= messageBytesMax, count <= output.byteCount - offset else {
                throw .badLength
            }
            symmetric.save()
            do throws(CryptoError) {
                try output.withUnsafeMutableBytes { (output) throws(CryptoError) in
                    guard let start = output.baseAddress else { throw .badLength }
                    try writeSecond(payload, to: start + offset)
                }
            } catch {
                symmetric.restore()
                throw error
            }
            stage = .complete
            return count
        }

        private func writeSecond(
            _ payload: RawSpan, to message: UnsafeMutableRawPointer
        ) throws(CryptoError) {
            let ephemeral = X25519.publicKey(of: symmetric.ephemeral)
            ephemeral.bytes.withPointer { message.copyMemory(from: $0, byteCount: 32) }
            symmetric.mixHash(ephemeral)
            try X25519.agree(symmetric.ephemeral, with: remoteEphemeral, into: symmetric.shared)
            symmetric.mixShared()
            try X25519.agree(symmetric.ephemeral, with: remote, into: symmetric.shared)
            symmetric.mixShared()
            payload.withUnsafeBytes { symmetric.seal($0, to: message + 32) }
        }

        /// The transport keys, after both messages.
        public consuming func finish() -> Transport {
            precondition(stage == .complete, "the second message was not written")
            return symmetric.split(asInitiator: false)
        }
    }
}
