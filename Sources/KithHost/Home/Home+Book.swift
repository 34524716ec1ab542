public import KithCrypto
public import KithOverlay

// The contact book of a home in which no node runs.
extension Home {
    /// Lends the contact book to `body` and keeps what becomes of it, all or nothing.
    ///
    /// Nobody is told: the node does that when it runs next.
    /// - Parameter seed: of the identity of this home.
    /// - Throws: ``StoreError/locked(byProcess:)`` while a node runs, ``StoreError/corrupt(detail:)``
    ///   when the book cannot be read, and what `body` throws.
    public func withBook<Value>(
        seed: Secret32, beside store: Store,
        _ body: (inout ContactBook, inout Entropy) throws -> Value
    ) throws -> Value {
        let lock = try HomeLock(self)
        return try holding(lock) {
            var book = try store.book(openedWith: seed, at: SystemClock.unix())
            let before = book
            var entropy = KernelEntropy.entropy()
            let value = try body(&book, &entropy)
            if book != before { try store.apply([store.keeping(book, sealedWith: seed)]) }
            return value
        }
    }

    /// Has the lock until `body` has ended.
    private func holding<Value>(
        _ lock: borrowing HomeLock, _ body: () throws -> Value
    ) rethrows -> Value {
        try body()
    }
}
