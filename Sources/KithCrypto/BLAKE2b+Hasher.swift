import CSodium

extension BLAKE2b {
    /// Hashes a message that comes in parts.
    ///
    /// Lives on the stack; allocates nothing.
    ///
    /// libsodium wipes the state when it is finished. A hasher that is dropped earlier is not
    /// wiped, so key it only with secrets that are soon replaced.
    public struct Hasher: ~Copyable {
        /// libsodium's state: 384 bytes (`crypto_generichash_statebytes`).
        ///
        /// Its C type asks for more alignment than Swift can give and is therefore not
        /// imported; the functions themselves read and write it without assuming any.
        private typealias State = [24 of SIMD2<UInt64>]

        private var state: State
        private let outputBytes: Int

        /// Starts a hash of `outputBytes` bytes, 1…64, without a key.
        public init(outputBytes: Int) {
            self.init(outputBytes: outputBytes, key: RawSpan())
        }

        /// Starts a hash of `outputBytes` bytes, 1…64, under a `key` of 16…64 bytes; an empty
        /// key means none.
        public init(outputBytes: Int, key: RawSpan) {
            Sodium.initialise()
            precondition((1...64).contains(outputBytes), "a hash has 1…64 bytes")
            precondition(
                key.isEmpty || (16...64).contains(key.byteCount), "a key has 16…64 bytes")
            self.outputBytes = outputBytes
            state = State(repeating: SIMD2())
            let room = MemoryLayout<State>.size
            precondition(crypto_generichash_statebytes() <= room, "the hash state outgrew us")
            withState { state in
                key.withUnsafeBytes { key in
                    _ = crypto_generichash_init(state, key.baseAddress, key.count, outputBytes)
                }
            }
        }

        /// Starts a hash of `outputBytes` bytes, 1…64, under `key`.
        public init(outputBytes: Int, key: Bytes32) {
            self = key.withBytes { Hasher(outputBytes: outputBytes, key: $0.bytes) }
        }

        /// Appends `span`.
        public mutating func update(_ span: RawSpan) {
            span.withUnsafeBytes { append($0) }
        }

        /// Appends `bytes`.
        public mutating func update(_ bytes: [UInt8]) {
            bytes.withUnsafeBytes { append($0) }
        }

        /// Appends 32 bytes.
        public mutating func update(_ bytes: Bytes32) {
            bytes.withBytes { append($0) }
        }

        /// Appends 16 bytes.
        public mutating func update(_ bytes: Bytes16) {
            bytes.withBytes { append($0) }
        }

        /// Appends an integer as big-endian bytes, as many as its type has.
        public mutating func update<Integer: FixedWidthInteger & BitwiseCopyable>(
            _ integer: Integer
        ) {
            withUnsafeBytes(of: integer.bigEndian) { append($0) }
        }

        /// Appends a label; its closing zero byte must be written in it.
        public mutating func update(_ label: StaticString) {
            precondition(label.hasPointerRepresentation, "a label has two bytes or more")
            append(UnsafeRawBufferPointer(start: label.utf8Start, count: label.utf8CodeUnitCount))
        }

        /// Appends `text` as UTF-8.
        public mutating func update(utf8 text: String) {
            var text = text
            text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
        }

        /// The hash, `outputBytes` long.
        public consuming func finish() -> [UInt8] {
            let count = outputBytes
            var output = [UInt8](repeating: 0, count: count)
            output.withUnsafeMutableBytes { output in
                guard let base = output.baseAddress else { return }
                finish(into: base)
            }
            return output
        }

        /// The hash of a hasher that was made for 32 bytes.
        public consuming func finish32() -> Bytes32 {
            precondition(outputBytes == Bytes32.count, "a hasher for \(outputBytes) bytes")
            return Bytes32.written { finish(into: $0) }
        }

        /// The hash of a hasher that was made for 16 bytes.
        public consuming func finish16() -> Bytes16 {
            precondition(outputBytes == Bytes16.count, "a hasher for \(outputBytes) bytes")
            return Bytes16.written { finish(into: $0) }
        }

        /// The hash of a hasher that was made for 32 bytes, kept as a secret.
        public consuming func finishSecret() -> Secret32 {
            precondition(outputBytes == Secret32.count, "a hasher for \(outputBytes) bytes")
            let secret = SecretBytes(count: Secret32.count)
            finish(into: secret.base)
            return Secret32(secret)
        }

        mutating func finish(into output: UnsafeMutableRawPointer) {
            let count = outputBytes
            withState { _ = crypto_generichash_final($0, output, count) }
        }

        private mutating func append(_ input: UnsafeRawBufferPointer) {
            withState {
                _ = crypto_generichash_update($0, input.baseAddress, UInt64(input.count))
            }
        }

        private mutating func withState(_ body: (OpaquePointer) -> Void) {
            withUnsafeMutableBytes(of: &state) { state in
                guard let base = state.baseAddress else { return }
                body(OpaquePointer(base))
            }
        }
    }
}
