import Glibc
import KithCrypto
import KithOverlay
import KithWire
import Testing

@testable import KithHost

@Suite("The identity of a home")
struct HomeIdentityTests {
    @Test("is in a file of its own, for its owner only, and not in the state file")
    func place() throws {
        try withStore { home, store in
            let file = try #require(try home.storedIdentity())
            var status = stat()
            #expect(stat(home.identityPath, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600)
            #expect(try store.formerIdentitySeed() == nil)
            #expect(try home.identity(beside: store) == file)
        }
    }

    @Test("is replaced by another file, and nothing else stays")
    func replacing() throws {
        try withStore { home, store in
            let seed = try #require(try home.identity(beside: store).plainSeed)
            let locked = try cheaplyLocked(seed)
            // What a crash leaves is in nobody's way.
            #expect(writeFile(home.temporaryIdentityPath, [1, 2, 3]))
            try home.keep(locked, beside: store)
            #expect(access(home.temporaryIdentityPath, F_OK) != 0)
            let kept = try #require(readFile(home.identityPath))
            #expect(kept == bytes(of: locked))
        }
    }

    @Test("is not put back in place of another one that came meanwhile")
    func meanwhile() throws {
        try withStore { home, store in
            let own = try home.identity(beside: store)
            var entropy = Entropy(seed: 4)
            let other = IdentityFile.plain(Secret32.generate(from: &entropy))
            let lock = try HomeLock(home)
            try home.replaceIdentity(with: other, beside: store, holding: lock)
            #expect(throws: HostError.identity(.other(path: home.path))) {
                try home.keep(own, beside: store)
            }
            #expect(try home.identity(beside: store) == other)
        }
    }

    @Test("of an old home is read from its state file, and moves when it is kept")
    func moving() throws {
        try withStore { home, store in
            let (seed, digits) = try makeOld(home, store)
            #expect(try home.storedIdentity() == nil)
            #expect(try home.identity(beside: store) == .plain(seed))

            try home.keep(try cheaplyLocked(seed), beside: store)
            #expect(try store.formerIdentitySeed() == nil)
            for suffix in ["", "-wal"] {
                let state = try #require(readFile(home.statePath + suffix))
                #expect(!contains(state, digits), "the seed is still in state.db\(suffix)")
            }
        }
    }

    @Test("that a crash left half moved is moved when the next node starts")
    func halfMoved() throws {
        try withStore { home, store in
            let (seed, _) = try makeOld(home, store)
            try home.write(.plain(seed), meeting: .replace)
            #expect(writeFile(home.temporaryIdentityPath, [1, 2, 3]))
            try home.tidyIdentity(beside: store)
            #expect(try store.formerIdentitySeed() == nil)
            #expect(access(home.temporaryIdentityPath, F_OK) != 0)
            #expect(try home.identity(beside: store) == .plain(seed))
        }
    }

    @Test("is what it was when its file is damaged: refused, not made anew")
    func damaged() throws {
        try withStore { home, store in
            #expect(writeFile(home.identityPath, [UInt8]("KITHID".utf8)))
            #expect(throws: HostError.identity(.damaged(detail: "it ends after 6 bytes"))) {
                try home.identity(beside: store)
            }
        }
    }

    @Test("survives a crash before the home was complete")
    func leftFromInitialising() throws {
        let temporary = TemporaryHome()
        var entropy = Entropy(seed: 1)
        let file = IdentityFile.plain(Secret32.generate(from: &entropy))
        try temporary.home.write(file, meeting: .refuse)
        let made = try temporary.home.initialise(network: .local)
        #expect(made.identity == file.identity)
    }

    @Test("takes what was published for another one with it")
    func publications() throws {
        try withStore { home, store in
            let state = PublicationState(
                phase: .published, sequence: 7, body: [1], changed: someDay)
            try store.apply([.publication(state)])
            let lock = try HomeLock(home)
            let own = try home.identity(beside: store)
            try home.replaceIdentity(with: own, beside: store, holding: lock)
            #expect(try store.publication() == state)

            var entropy = Entropy(seed: 2)
            let other = IdentityFile.plain(Secret32.generate(from: &entropy))
            try home.replaceIdentity(with: other, beside: store, holding: lock)
            #expect(try store.publication() == nil)
            #expect(try home.identity(beside: store) == other)
        }
    }

    @Test("is exported without touching a file that is there, unless told to")
    func exporting() throws {
        try withStore { home, store in
            let file = try home.identity(beside: store)
            let path = home.path + "/copy"
            defer { unlink(path) }
            try file.write(to: path, replacing: false)
            #expect(try IdentityFile.read(path) == file)
            #expect(throws: IdentityError.exists(path: path)) {
                try file.write(to: path, replacing: false)
            }
            #expect(writeFile(path, [1]))
            try file.write(to: path, replacing: true)
            #expect(try IdentityFile.read(path) == file)
            #expect(access("\(path).new-\(getpid())", F_OK) != 0)
        }
    }

    @Test("is read no further than an identity is long")
    func endless() {
        #expect(throws: IdentityError.foreign) { try IdentityFile.read("/dev/zero") }
    }

    /// Makes `home` one of before there were identity files; its seed, and the bytes of that.
    private func makeOld(_ home: Home, _ store: Store) throws -> (Secret32, [UInt8]) {
        let seed = try #require(try home.identity(beside: store).plainSeed)
        let bytes = seed.withBytes { $0.withUnsafeBytes { [UInt8]($0) } }
        try store.database.run(
            "INSERT INTO secrets VALUES ('identity', x'\(Hex.encode(bytes))')")
        try store.database.run("PRAGMA wal_checkpoint(TRUNCATE)")
        unlink(home.identityPath)
        #expect(contains(try #require(readFile(home.statePath)), bytes))
        return (seed, bytes)
    }

    private func cheaplyLocked(_ seed: Secret32) throws -> IdentityFile {
        var entropy = Entropy(seed: 3)
        let text = [UInt8]("correct horse".utf8)
        guard let passphrase = Passphrase(copying: text.span.bytes) else {
            fatalError("no passphrase")
        }
        return try IdentityFile.locked(
            seed, with: passphrase, cost: PassphraseCost(operations: 1, memoryKiB: 8),
            entropy: &entropy)
    }

    private func bytes(of file: IdentityFile) -> [UInt8] {
        file.encoded().withBytes { $0.withUnsafeBytes { [UInt8]($0) } }
    }

    private func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
        guard bytes.count >= part.count else { return false }
        return (0...(bytes.count - part.count)).contains {
            bytes[$0] == part[0] && bytes[$0..<($0 + part.count)].elementsEqual(part)
        }
    }
}

@Suite("A node whose identity is locked")
struct LockedNodeTests {
    @Test("starts without it, publishes nothing, and does when it is opened")
    func unlocking() async throws {
        let temporary = TemporaryHome()
        let home = temporary.home
        _ = try home.initialise(network: .local)
        let seed = try lock(home)
        var options = NodeHost.Options(
            network: .local, listen: [Address(v4: 0x7F00_0001, port: 0)])
        options.role = .full
        let host = try NodeHost.start(home: home, options: options)
        defer {
            host.stop()
            host.join()
        }
        #expect(await host.snapshot()?.isLocked == true)
        let profile = try Profile(name: "Ada", activeHour: 0)
        #expect(await failure(of: .publish(profile), host) == .noIdentity)

        var entropy = Entropy(seed: 9)
        let other = Secret32.generate(from: &entropy)
        #expect(await unlock(host, other) == .otherIdentity)
        #expect(await host.snapshot()?.isLocked == true)
        #expect(await unlock(host, seed) == .unlocked)
        #expect(await host.snapshot()?.isLocked == false)
        #expect(await unlock(host, seed) == .wasOpen)
        // Alone, so it is refused for another reason now.
        #expect(await failure(of: .publish(profile), host) == .noPeers)
    }

    @Test("goes on with what was published before as soon as it is opened")
    func keeping() async throws {
        let temporary = TemporaryHome()
        let home = temporary.home
        _ = try home.initialise(network: .local)
        let body = try Profile(name: "Ada", activeHour: 0).encode()
        do {
            let store = try home.open(network: .local)
            let state = PublicationState(
                phase: .published, sequence: 7 << 16, body: body, changed: someDay)
            try store.apply([.publication(state)])
        }
        let seed = try lock(home)
        let host = try NodeHost.start(
            home: home,
            options: .init(network: .local, listen: [Address(v4: 0x7F00_0001, port: 0)]))
        defer {
            host.stop()
            host.join()
        }
        #expect(await host.snapshot()?.status.publishedSequence == nil)
        #expect(await unlock(host, seed) == .unlocked)
        #expect(await host.snapshot()?.status.publishedSequence == 7 << 16)
    }

    @Test("is not started with the seed of another one")
    func otherSeed() throws {
        let temporary = TemporaryHome()
        _ = try temporary.home.initialise(network: .local)
        _ = try lock(temporary.home)
        var options = NodeHost.Options(
            network: .local, listen: [Address(v4: 0x7F00_0001, port: 0)])
        var entropy = Entropy(seed: 9)
        options.identity = Secret32.generate(from: &entropy)
        #expect(throws: HostError.self) {
            try NodeHost.start(home: temporary.home, options: options)
        }
    }

    /// Locks the identity at the least cost that a file may have; its seed.
    private func lock(_ home: Home) throws -> Secret32 {
        let store = try home.open(network: .local)
        let seed = try #require(try home.identity(beside: store).plainSeed)
        var entropy = Entropy(seed: 8)
        guard let passphrase = Passphrase(copying: [UInt8]("correct horse".utf8).span.bytes) else {
            fatalError("no passphrase")
        }
        let file = try IdentityFile.locked(
            seed, with: passphrase, cost: PassphraseCost(operations: 2, memoryKiB: 64 << 10),
            entropy: &entropy)
        try home.keep(file, beside: store)
        return seed
    }

    private func unlock(_ host: NodeHost, _ seed: Secret32) async -> NodeHost.UnlockAnswer {
        await withCheckedContinuation { continuation in
            host.unlock(with: seed) { continuation.resume(returning: $0) }
        }
    }

    private func failure(of operation: KithOverlay.Operation, _ host: NodeHost) async
        -> OperationError?
    {
        await withCheckedContinuation { continuation in
            host.start(operation) { event in
                guard case .finished(let result) = event else { return }
                switch result {
                case .success: continuation.resume(returning: nil)
                case .failure(let error): continuation.resume(returning: error)
                }
            }
        }
    }
}
