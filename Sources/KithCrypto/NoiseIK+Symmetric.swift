import CSodium

extension NoiseIK {
    /// What both sides compute alike: the chaining key, the transcript hash and the current key
    /// (the symmetric state of Noise section 5.2).
    ///
    /// In IK every key seals exactly one text before the next is mixed in, so the nonce of the
    /// handshake is always 0 and no counter is kept.
    struct Symmetric: ~Copyable {
        /// One block, 32 bytes per slot, wiped as a whole.
        private let block = SecretBytes(count: Slot.count * 32)

        private enum Slot {
            static let chainingKey = 0
            static let hash = 1
            static let key = 2
            static let temporary = 3
            static let savedChainingKey = 4
            static let savedHash = 5
            static let ephemeral = 6
            static let shared = 7
            static let staticShared = 8
            static let text = 9
            static let count = 10
        }

        private static let name: StaticString = "Noise_IK_25519_ChaChaPoly_SHA256"

        /// Starts as both sides do: with the protocol's name, the prologue and the responder's
        /// static key.
        init(prologue: RawSpan, responder: X25519.PublicKey) {
            precondition(Self.name.utf8CodeUnitCount == 32, "a name of 32 bytes is its own hash")
            slot(Slot.hash).copyMemory(from: Self.name.utf8Start, byteCount: 32)
            slot(Slot.chainingKey).copyMemory(from: Self.name.utf8Start, byteCount: 32)
            prologue.withUnsafeBytes { mixHash($0) }
            mixHash(responder)
        }

        /// The 32 bytes of this side's ephemeral secret.
        var ephemeral: UnsafeMutableRawPointer { slot(Slot.ephemeral) }
        /// Where a shared secret is written before ``mixShared()``.
        var shared: UnsafeMutableRawPointer { slot(Slot.shared) }
        /// What the two static keys share, kept by the initiator from start to first message.
        var staticShared: UnsafeMutableRawPointer { slot(Slot.staticShared) }

        /// Makes a new ephemeral secret.
        func drawEphemeral(from entropy: inout Entropy) {
            entropy.fill(UnsafeMutableRawBufferPointer(start: ephemeral, count: 32))
        }

        /// Makes `secret` the ephemeral secret.
        func takeEphemeral(_ secret: Bytes32) {
            secret.withPointer { ephemeral.copyMemory(from: $0, byteCount: 32) }
        }

        /// Remembers the state, for ``restore()``.
        func save() {
            copy(Slot.chainingKey, to: Slot.savedChainingKey)
            copy(Slot.hash, to: Slot.savedHash)
        }

        /// Forgets everything since ``save()``.
        func restore() {
            copy(Slot.savedChainingKey, to: Slot.chainingKey)
            copy(Slot.savedHash, to: Slot.hash)
        }

        func mixHash(_ data: UnsafeRawBufferPointer) {
            var state = crypto_hash_sha256_state()
            _ = crypto_hash_sha256_init(&state)
            _ = crypto_hash_sha256_update(&state, slot(Slot.hash), 32)
            if data.count > 0 {
                _ = crypto_hash_sha256_update(&state, data.baseAddress, UInt64(data.count))
            }
            _ = crypto_hash_sha256_final(&state, slot(Slot.hash))
        }

        func mixHash(_ key: X25519.PublicKey) {
            key.bytes.withBytes { mixHash($0) }
        }

        /// Mixes what ``shared`` holds into the chaining key and makes the next key of it.
        func mixShared() {
            mixKey(from: shared)
        }

        /// Mixes what ``staticShared`` holds into the chaining key.
        func mixStaticShared() {
            mixKey(from: staticShared)
        }

        /// Seals `text` to `output` under the transcript so far and adds it to the transcript.
        func seal(_ text: UnsafeRawBufferPointer, to output: UnsafeMutableRawPointer) {
            ChaChaPoly.seal(
                text, to: output, key: slot(Slot.key), nonce: ChaChaPoly.Nonce(counter: 0),
                header: buffer(Slot.hash))
            mixHash(
                UnsafeRawBufferPointer(start: output, count: text.count + ChaChaPoly.tagBytes))
        }

        /// Opens `sealed` to the start of `output`, which has room for its text, under the
        /// transcript so far and adds it to the transcript.
        @_lifetime(output: copy output)
        func open(
            _ sealed: RawSpan, into output: inout MutableRawSpan
        ) throws(CryptoError) {
            try output.withUnsafeMutableBytes { (output) throws(CryptoError) in
                try open(sealed, to: output.baseAddress)
            }
        }

        /// Opens a sealed static key.
        func openKey(_ sealed: RawSpan) throws(CryptoError) -> X25519.PublicKey {
            try open(sealed, to: slot(Slot.text))
            return X25519.PublicKey(Bytes32(copying: span(Slot.text)))
        }

        private func open(
            _ sealed: RawSpan, to output: UnsafeMutableRawPointer?
        ) throws(CryptoError) {
            try sealed.withUnsafeBytes { (sealed) throws(CryptoError) in
                let opened = ChaChaPoly.open(
                    sealed, to: output, key: slot(Slot.key),
                    nonce: ChaChaPoly.Nonce(counter: 0), header: buffer(Slot.hash))
                guard opened else { throw .authenticationFailed }
                mixHash(sealed)
            }
        }

        /// The transport keys: first the initiator's for sending, then the responder's.
        consuming func split(asInitiator: Bool) -> Transport {
            derive(from: UnsafeRawBufferPointer(start: nil, count: 0))
            let first = ChaChaPoly.Key(copying: span(Slot.chainingKey))
            let second = ChaChaPoly.Key(copying: span(Slot.key))
            let hash = Bytes32(copying: span(Slot.hash))
            return asInitiator
                ? Transport(send: first, receive: second, handshakeHash: hash)
                : Transport(send: second, receive: first, handshakeHash: hash)
        }

        private func mixKey(from secret: UnsafeRawPointer) {
            derive(from: UnsafeRawBufferPointer(start: secret, count: 32))
        }

        /// Noise's HKDF with two outputs: to the chaining key and to the key.
        private func derive(from secret: UnsafeRawBufferPointer) {
            HMACSHA256.mac(
                key: buffer(Slot.chainingKey), over: secret, to: slot(Slot.temporary))
            let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
            HMACSHA256.mac(
                key: buffer(Slot.temporary), over: nothing, last: 1, to: slot(Slot.chainingKey))
            HMACSHA256.mac(
                key: buffer(Slot.temporary), over: buffer(Slot.chainingKey), last: 2,
                to: slot(Slot.key))
        }

        private func slot(_ index: Int) -> UnsafeMutableRawPointer {
            block.base + index * 32
        }

        private func buffer(_ index: Int) -> UnsafeRawBufferPointer {
            UnsafeRawBufferPointer(start: slot(index), count: 32)
        }

        @_lifetime(borrow self)
        private func span(_ index: Int) -> RawSpan {
            block.bytes.extracting(index * 32..<index * 32 + 32)
        }

        private func copy(_ source: Int, to target: Int) {
            slot(target).copyMemory(from: slot(source), byteCount: 32)
        }
    }
}
