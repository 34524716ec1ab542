import CLinux
import Glibc
import KithCrypto

// The identity of a home: `identity.key`. Homes made before there was such a file have the seed in
// their state file; it moves to the file when the identity is next written.
extension Home {
    /// The person's identity.
    public var identityPath: String { "\(path)/identity.key" }

    /// What a crash may leave of one that was being written.
    var temporaryIdentityPath: String { identityPath + ".new" }

    /// The identity of this home, whose state `store` is.
    ///
    /// - Throws: ``HostError/identity(_:)``, ``HostError/store(_:)``.
    public func identity(beside store: Store) throws(HostError) -> IdentityFile {
        if let file = try storedIdentity() { return file }
        do throws(StoreError) {
            if let seed = try store.formerIdentitySeed() { return .plain(seed) }
        } catch {
            throw .store(error)
        }
        throw .identity(.missing(path: path))
    }

    /// The identity in the file, or nil when there is no file.
    public func storedIdentity() throws(HostError) -> IdentityFile? {
        do throws(IdentityError) {
            return try IdentityFile.read(identityPath)
        } catch {
            if case .missing = error { return nil }
            throw .identity(error)
        }
    }

    /// Keeps the identity of this home as `file` has it from now on, with or without a passphrase.
    ///
    /// - Throws: ``IdentityError/other(path:)`` when the home holds another one by now: somebody
    ///   imported it while a passphrase was typed.
    public func keep(_ file: IdentityFile, beside store: Store) throws(HostError) {
        try write(file, meeting: .replace, expecting: file.identity)
        try forgetFormerIdentity(in: store)
    }

    /// Makes `file` the identity of this home, also in place of another; no node may run here.
    ///
    /// What was published for another identity, or one that cannot be read any more, is forgotten
    /// first, so that no node goes on with it under the new name.
    public func replaceIdentity(
        with file: IdentityFile, beside store: Store, holding lock: borrowing HomeLock
    ) throws(HostError) {
        if try readableIdentity(beside: store)?.identity != file.identity {
            do {
                try store.forgetPublications()
            } catch {
                throw .store(error)
            }
        }
        try write(file, meeting: .replace)
        try forgetFormerIdentity(in: store)
    }

    /// The identity of this home; nil where there is none, or none that can be read.
    private func readableIdentity(beside store: Store) throws(HostError) -> IdentityFile? {
        do throws(HostError) {
            return try identity(beside: store)
        } catch {
            if case .identity = error { return nil }
            throw error
        }
    }

    /// Finishes what a crash may have interrupted: nothing of an identity stays but the file.
    func tidyIdentity(beside store: Store) throws(HostError) {
        guard try storedIdentity() != nil else { return }
        try forgetFormerIdentity(in: store)
        guard access(temporaryIdentityPath, F_OK) == 0 else { return }
        _ = try withIdentityLock { unlink(temporaryIdentityPath) }
    }

    /// The first identity of a home: the one in the file, which a crash may have left there, else
    /// a new one.
    func firstIdentity(from entropy: inout Entropy) throws(HostError) -> IdentityFile {
        if let file = try storedIdentity() { return file }
        let file = IdentityFile.plain(Secret32.generate(from: &entropy))
        do throws(HostError) {
            try write(file, meeting: .refuse)
            return file
        } catch {
            guard case .identity(.exists) = error, let other = try storedIdentity() else {
                throw error
            }
            return other
        }
    }

    /// Writes the file, one writer at a time.
    ///
    /// - Parameter expected: whose identity a file that is there has to be; nil for anybody's.
    func write(
        _ file: IdentityFile, meeting: PrivateFile.Meeting,
        expecting expected: Ed25519.PublicKey? = nil
    ) throws(HostError) {
        let result = try withIdentityLock { () -> IdentityError? in
            do throws(IdentityError) {
                if let expected, access(identityPath, F_OK) == 0,
                    try IdentityFile.read(identityPath).identity != expected
                {
                    throw .other(path: path)
                }
                try PrivateFile.write(
                    file.encoded(), to: identityPath, through: temporaryIdentityPath,
                    meeting: meeting)
                return nil
            } catch {
                return error
            }
        }
        if let result { throw .identity(result) }
    }

    private func forgetFormerIdentity(in store: Store) throws(HostError) {
        do {
            try store.forgetFormerIdentity()
        } catch {
            throw .store(error)
        }
    }

    /// Runs `body` while no other process writes the identity; ends with the process, however
    /// that ends.
    private func withIdentityLock<Result>(_ body: () -> Result) throws(HostError) -> Result {
        let directory = try UnixSocket.directory(path)
        let result = retryingInterrupted { flock(directory.number, LOCK_EX) }
        guard result == 0 else { throw .system(call: "flock", errno: errno) }
        return body()
    }
}

extension IdentityFile {
    /// Reads a file.
    ///
    /// - Throws: ``IdentityError/missing(path:)`` and all that a file can be refused for.
    public static func read(_ path: String) throws(IdentityError) -> IdentityFile {
        let contents = try PrivateFile.read(path, bytesMax: bytesMax)
        return try IdentityFile(decoding: contents.bytes)
    }

    /// Writes a copy for somewhere else.
    ///
    /// - Throws: ``IdentityError/exists(path:)`` unless it may replace a file.
    public func write(to path: String, replacing: Bool) throws(IdentityError) {
        try PrivateFile.write(
            encoded(), to: path, through: "\(path).new-\(getpid())",
            meeting: replacing ? .replace : .refuse)
    }
}
