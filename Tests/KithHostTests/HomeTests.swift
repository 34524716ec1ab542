import Glibc
import KithWire
import Testing

@testable import KithHost

@Suite("A home")
struct HomeTests {
    static let choices: [(String?, [String: String], String)] = [
        ("/x/", ["KITH_HOME": "/y"], "/x"),
        (nil, ["KITH_HOME": "/y", "XDG_STATE_HOME": "/s"], "/y"),
        (nil, ["KITH_HOME": "", "XDG_STATE_HOME": "/s", "HOME": "/h"], "/s/kith"),
        (nil, ["XDG_STATE_HOME": "relative", "HOME": "/h"], "/h/.local/state/kith"),
    ]

    @Test("is where the flag says, else KITH_HOME, else the XDG directory", arguments: choices)
    func resolving(_ explicit: String?, _ environment: [String: String], _ path: String) throws {
        #expect(try Home.resolve(explicit: explicit, environment: environment).path == path)
    }

    @Test("cannot be chosen when nothing says where")
    func unknown() {
        #expect(throws: HostError.homeUnknown) {
            try Home.resolve(explicit: nil, environment: [:])
        }
    }

    @Test("is made with its parents, for its owner only")
    func modes() throws {
        let temporary = TemporaryHome(suffix: "/deep")
        let home = temporary.home
        _ = try home.initialise(network: .local)
        let store = try home.open(network: .local)
        try store.apply([.forgetExpired(at: someDay)])
        #expect(mode(home.path) == 0o700)
        for suffix in ["", "-wal", "-shm"] { #expect(mode(home.statePath + suffix) == 0o600) }
    }

    @Test("is never initialised twice")
    func twice() throws {
        let temporary = TemporaryHome()
        let first = try temporary.home.initialise(network: .local)
        #expect(throws: HostError.homeExists(path: temporary.home.path)) {
            try temporary.home.initialise(network: .local)
        }
        let store = try temporary.home.open(network: .local)
        #expect(try store.proof()?.id == first.node)
    }

    @Test("says so when nothing was initialised")
    func missing() {
        let temporary = TemporaryHome()
        #expect(throws: HostError.homeMissing(path: temporary.home.path)) {
            try temporary.home.open(network: .local)
        }
        let nowhere = Home(path: temporary.home.path + "/no/where")
        #expect(throws: HostError.homeMissing(path: nowhere.path)) {
            try nowhere.open(network: .local)
        }
    }

    @Test("is refused when others may write to it")
    func writable() throws {
        let temporary = TemporaryHome()
        _ = try temporary.home.initialise(network: .local)
        chmod(temporary.home.path, 0o770)
        #expect(throws: HostError.homeNotPrivate(path: temporary.home.path)) {
            try temporary.home.open(network: .local)
        }
    }

    @Test("has one running node at a time, and the next can start when it ends")
    func locking() throws {
        let temporary = TemporaryHome()
        _ = try temporary.home.initialise(network: .local)
        do {
            let lock = try HomeLock(temporary.home)
            #expect(throws: HostError.store(.locked(byProcess: getpid()))) {
                _ = try HomeLock(temporary.home)
            }
            _ = consume lock
        }
        _ = try HomeLock(temporary.home)
    }
}

@Suite("A state file that is not as it should be")
struct StateFileTests {
    @Test("is refused when it is no database, and stays as it is")
    func noDatabase() throws {
        try withBrokenState([UInt8]("just some text, longer than a header\n".utf8) + padding) {
            home, content in
            #expect(opening(home) == .store(.foreign))
            #expect(readFile(home.statePath) == content)
        }
    }

    @Test("is refused when it is empty or ends in its header")
    func cutOff() throws {
        try withBrokenState([]) { home, _ in
            #expect(opening(home) == .store(.corrupt(detail: "the file is empty")))
        }
        let whole = try goodState()
        for count in [50, 100, 4_096, whole.count - 4_096] {
            try withBrokenState(Array(whole.prefix(count))) { home, _ in
                #expect(isCorruptOrForeign(opening(home)), "\(count) bytes")
            }
        }
    }

    @Test("is refused when another program made it, and stays as it is")
    func foreign() throws {
        try withBrokenState(try goodState { "PRAGMA application_id = 1; \($0)" }) {
            home, content in
            #expect(opening(home) == .store(.foreign))
            #expect(readFile(home.statePath) == content)
        }
    }

    @Test("is refused when a newer Kith wrote it, and stays as it is")
    func newer() throws {
        let known = StoreSchema.version
        try withBrokenState(try goodState { "PRAGMA user_version = \(known + 1); \($0)" }) {
            home, content in
            let error = StoreError.newerSchema(found: Int(known) + 1, known: Int(known))
            #expect(opening(home) == .store(error))
            #expect(readFile(home.statePath) == content)
        }
    }

    @Test("is refused as damaged when its pages are overwritten")
    func damaged() throws {
        var content = try goodState()
        for offset in stride(from: 4_096, to: content.count, by: 4_096) {
            for index in offset..<min(offset + 512, content.count) { content[index] = 0xA5 }
        }
        try withBrokenState(content) { home, _ in
            guard case .store(.corrupt)? = opening(home) else {
                Issue.record("opened, or another error: \(String(describing: opening(home)))")
                return
            }
        }
    }

    @Test("is refused when it is a directory")
    func directory() throws {
        let temporary = TemporaryHome()
        mkdir(temporary.home.statePath, 0o700)
        defer { rmdir(temporary.home.statePath) }
        #expect(opening(temporary.home) == .store(.foreign))
    }

    @Test("opens when its path has characters that mean something in a URI")
    func oddPath() throws {
        let temporary = TemporaryHome(suffix: "/a b?c#d%25é")
        _ = try temporary.home.initialise(network: .local)
        #expect(opening(temporary.home) == nil)
    }

    private let padding = [UInt8](repeating: 0x20, count: 8_192)

    private func opening(_ home: Home) -> HostError? {
        do {
            _ = try home.open(network: .local)
            return nil
        } catch {
            return error
        }
    }

    private func isCorruptOrForeign(_ error: HostError?) -> Bool {
        switch error {
        case .store(.corrupt), .store(.foreign): true
        default: false
        }
    }

    /// The bytes of a state file with some records, after `change` of its last statement.
    private func goodState(_ change: (String) -> String = { $0 }) throws -> [UInt8] {
        let temporary = TemporaryHome()
        _ = try temporary.home.initialise(network: .local)
        do {
            let store = try temporary.home.open(network: .local)
            try store.apply(
                (1..<20).map { .putRecord(try sampleRecord(author: $0), received: someDay) })
            try store.database.run(change("PRAGMA wal_checkpoint(TRUNCATE)"))
        }
        return try #require(readFile(temporary.home.statePath))
    }

    private func withBrokenState(
        _ content: [UInt8], _ body: (Home, [UInt8]) throws -> Void
    ) throws {
        let temporary = TemporaryHome()
        try #require(writeFile(temporary.home.statePath, content))
        try body(temporary.home, content)
    }
}

private func mode(_ path: String) -> mode_t? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o777 : nil
}
