extension NoiseIK {
    /// The side that begins.
    ///
    /// In order: ``writeFirst(payload:into:at:)``, ``readSecond(_:local:payloadInto:)``,
    /// ``finish()``. Another order is a fault of the caller and traps.
    public struct Initiator: ~Copyable, Sendable {
        private let symmetric: Symmetric
        private let local: X25519.PublicKey
        private let remote: X25519.PublicKey
        private let ephemeral: X25519.PublicKey
        private var stage = Stage.fresh

        /// Begins a handshake of `local` with the holder of `remote`.
        ///
        /// - Throws: ``CryptoError/weakKey`` when `remote` has low order.
        public init(
            prologue: RawSpan, local: borrowing X25519.SecretKey, remote: X25519.PublicKey,
            entropy: inout Entropy
        ) throws(CryptoError) {
            let symmetric = Symmetric(prologue: prologue, responder: remote)
            symmetric.drawEphemeral(from: &entropy)
            try self.init(symmetric, local: local, remote: remote)
        }

        /// For public vectors, which prescribe the ephemeral secret.
        init(
            prologue: RawSpan, local: borrowing X25519.SecretKey, remote: X25519.PublicKey,
            ephemeral: Bytes32
        ) throws(CryptoError) {
            let symmetric = Symmetric(prologue: prologue, responder: remote)
            symmetric.takeEphemeral(ephemeral)
            try self.init(symmetric, local: local, remote: remote)
        }

        private init(
            _ symmetric: consuming Symmetric, local: borrowing X25519.SecretKey,
            remote: X25519.PublicKey
        ) throws(CryptoError) {
            try remote.requireCanonical()
            try local.agree(with: remote, into: symmetric.staticShared)
            ephemeral = X25519.publicKey(of: symmetric.ephemeral)
            self.local = local.publicKey
            self.remote = remote
            self.symmetric = symmetric
        }

        /// Writes the first message at `offset` of `output`; once.
        ///
        /// - Returns: How many bytes it has: 96 more than `payload`.
        /// - Throws: ``CryptoError/badLength`` when it does not fit; nothing has happened then.
        @_lifetime(output: copy output)
        public mutating func writeFirst(
            payload: RawSpan, into output: inout MutableRawSpan, at offset: Int
        ) throws(CryptoError) -> Int {
            precondition(stage == .fresh, "the first message was written already")
            let count = firstOverheadBytes + payload.byteCount
            guard offset >= 0, count <= messageBytesMax, count <= output.byteCount - offset else {
                throw .badLength
            }
            try output.withUnsafeMutableBytes { (output) throws(CryptoError) in
                guard let start = output.baseAddress else { throw .badLength }
                try writeFirst(payload, to: start + offset)
            }
            stage = .half
            return count
        }

        private func writeFirst(
            _ payload: RawSpan, to message: UnsafeMutableRawPointer
        ) throws(CryptoError) {
            try X25519.agree(symmetric.ephemeral, with: remote, into: symmetric.shared)
            ephemeral.bytes.withPointer { message.copyMemory(from: $0, byteCount: 32) }
            symmetric.mixHash(ephemeral)
            symmetric.mixShared()
            local.bytes.withBytes { symmetric.seal($0, to: message + 32) }
            symmetric.mixStaticShared()
            payload.withUnsafeBytes { symmetric.seal($0, to: message + 80) }
        }

        /// Reads the second message and writes its payload to the start of `output`.
        ///
        /// `local` is the key this handshake began with. After a throw the handshake is as
        /// before, ready for another message: a forger cannot end it.
        /// - Returns: How many bytes the payload has: 48 fewer than `message`.
        /// - Throws: ``CryptoError/badLength``, ``CryptoError/weakKey`` or
        ///   ``CryptoError/authenticationFailed``.
        @_lifetime(output: copy output)
        public mutating func readSecond(
            _ message: RawSpan, local: borrowing X25519.SecretKey,
            payloadInto output: inout MutableRawSpan
        ) throws(CryptoError) -> Int {
            precondition(stage == .half, "the second message comes once, after the first")
            precondition(local.publicKey == self.local, "another key than at the start")
            let payloadBytes = message.byteCount - secondOverheadBytes
            guard payloadBytes >= 0, message.byteCount <= messageBytesMax,
                payloadBytes <= output.byteCount
            else { throw .badLength }
            symmetric.save()
            do throws(CryptoError) {
                try readSecond(message, local, &output)
            } catch {
                symmetric.restore()
                throw error
            }
            stage = .complete
            return payloadBytes
        }

        @_lifetime(output: copy output)
        private func readSecond(
            _ message: RawSpan, _ local: borrowing X25519.SecretKey,
            _ output: inout MutableRawSpan
        ) throws(CryptoError) {
            let other = X25519.PublicKey(Bytes32(copying: message.extracting(first: 32)))
            try other.requireCanonical()
            symmetric.mixHash(other)
            try X25519.agree(symmetric.ephemeral, with: other, into: symmetric.shared)
            symmetric.mixShared()
            try local.agree(with: other, into: symmetric.shared)
            symmetric.mixShared()
            try symmetric.open(message.extracting(droppingFirst: 32), into: &output)
        }

        /// The transport keys, after both messages.
        public consuming func finish() -> Transport {
            precondition(stage == .complete, "the second message was not read")
            return symmetric.split(asInitiator: true)
        }
    }
}
