import CSodium

extension Sphinx {
    /// What one relay and the maker of a packet share, in 256 bytes of lent memory.
    ///
    /// ```
    /// root    = BLAKE2b(32, key = X25519(…); "kith/cell/v1\0" ‖ α)
    /// block i = BLAKE2b(64, key = root; i as one byte), i = 0…3
    /// blocks  = route 32 | code 32 | body 128 | blinding 32 | tag 16 | unused 16
    /// ```
    struct HopKeys {
        /// The size of the memory.
        static let count = 256

        private let memory: UnsafeMutableRawPointer

        /// Keys that grow from `root`, written to `memory`.
        init(root: UnsafeRawPointer, in memory: UnsafeMutableRawPointer) {
            Sodium.initialise()
            self.memory = memory
            for index in 0..<4 {
                var number = UInt8(index)
                _ = crypto_generichash(memory + 64 * index, 64, &number, 1, root, 32)
            }
        }

        /// Keys that stand in `memory` already.
        init(in memory: UnsafeMutableRawPointer) {
            self.memory = memory
        }

        /// Masks the route.
        var route: UnsafeRawPointer { UnsafeRawPointer(memory) }
        /// Permutes the body.
        var body: UnsafeRawPointer { UnsafeRawPointer(memory + 64) }
        /// Blinds α.
        var blinding: UnsafeRawPointer { UnsafeRawPointer(memory + 192) }
        /// By which the relay recognises a packet that it has seen.
        var tag: Bytes16 {
            Bytes16(copying: RawSpan(_unsafeStart: memory + 224, byteCount: Bytes16.count))
        }

        /// Forgets the keys.
        func wipe() {
            sodium_memzero(memory, Self.count)
        }

        /// γ of a route.
        func code(over route: RawSpan) -> Bytes16 {
            BLAKE2b.mac16(key: RawSpan(_unsafeStart: memory + 32, byteCount: 32), over: route)
        }
    }

    /// Writes the root of a hop's keys to `root`: of the point both have at `shared`, and of α.
    static func deriveRoot(
        _ root: UnsafeMutableRawPointer, shared: UnsafeRawPointer, point: RawSpan
    ) {
        var hasher = BLAKE2b.Hasher(
            outputBytes: 32, key: RawSpan(_unsafeStart: shared, byteCount: 32))
        hasher.update("kith/cell/v1\0")
        hasher.update(point)
        hasher.finish(into: root)
    }
}
