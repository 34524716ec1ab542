import Kith
import KithCrypto
import KithHost
import KithOverlay
import KithWire

/// The contact book of a home while a command works with it: the running node's, or, where none
/// runs, the one on disk.
struct ContactBookAccess {
    private enum Place {
        case node(Context)
        case disk(ContactBook, owner: Ed25519.PublicKey)
    }

    private var place: Place
    /// Whether a node runs, which tells others of a change by itself.
    let isNodeRunning: Bool

    private init(_ place: Place, isNodeRunning: Bool) {
        self.place = place
        self.isNodeRunning = isNodeRunning
    }

    /// Runs `body` with the book.
    ///
    /// On disk all of its changes are kept, or none when it throws; a running node makes each at
    /// once.
    static func with<Value>(
        _ context: Context,
        _ body: (inout ContactBookAccess, ContactList) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        if let answer = try running(context) {
            var access = ContactBookAccess(.node(context), isNodeRunning: true)
            return try body(&access, try ContactList(answer))
        }
        let (home, store, owner, seed) = try opened(context)
        return try Self.keeping {
            try home.withBook(seed: seed, beside: store) { book, _ in
                var access = ContactBookAccess(.disk(book, owner: owner), isNodeRunning: false)
                let value = try body(&access, try ContactList(BookAnswer.book(book)))
                if case .disk(let changed, _) = access.place { book = changed }
                return value
            }
        }
    }

    /// The book, only to be looked at: neither locked nor written.
    static func list(_ context: Context) throws(Failure) -> ContactList {
        if let answer = try running(context) { return try ContactList(answer) }
        let (_, store, _, seed) = try opened(context)
        return try ContactList(
            BookAnswer.book(try keeping { try store.book(readWith: seed, at: SystemClock.unix()) }))
    }

    /// The home with its identity open.
    private static func opened(
        _ context: Context
    ) throws(Failure) -> (Home, Store, Ed25519.PublicKey, Secret32) {
        let home = try context.home
        let store = try context.store()
        let file = try context.identity(beside: store)
        let seed = try IdentityCommands.open(
            file, PassphraseInput(context.invocation), asking: "Passphrase of \(home.path): ")
        return (home, store, file.identity, seed)
    }

    /// Does something with the book on disk.
    static func keeping<Value>(_ body: () throws -> Value) throws(Failure) -> Value {
        do {
            return try body()
        } catch let failure as Failure {
            throw failure
        } catch let error as HostError {
            throw Failure(error)
        } catch let error as StoreError {
            throw Failure(.store(error))
        } catch {
            preconditionFailure("neither ours nor the host's nor the store's: \(error)")
        }
    }

    /// What the running node answers; nil when none runs.
    private static func running(_ context: Context) throws(Failure) -> JSON? {
        do throws(Failure) {
            return try context.ask(.contacts)
        } catch {
            guard error.exit == .notRunning else { throw error }
            return nil
        }
    }

    /// Changes the book.
    mutating func change(_ change: ContactChange) throws(Failure) {
        switch place {
        case .node(let context): _ = try context.ask(.change(change))
        case .disk(var book, let owner):
            var entropy = KernelEntropy.entropy()
            do throws(ContactError) {
                try book.change(change, by: owner, at: SystemClock.unix(), &entropy)
            } catch {
                throw Failure(KithError(error))
            }
            place = .disk(book, owner: owner)
        }
    }

    /// The book as it is now.
    func list() throws(Failure) -> ContactList {
        switch place {
        case .node(let context): try ContactList(try context.ask(.contacts))
        case .disk(let book, _): try ContactList(BookAnswer.book(book))
        }
    }
}
