import Glibc
import KithCrypto
import KithHost
import KithOverlay
import KithWire

/// A fresh directory that goes away with its owner.
final class TemporaryHome {
    let home: Home

    /// - Parameter suffix: appended to the name, to make paths long.
    init(suffix: String = "") {
        var template = Array("/tmp/kith-test-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { $0.baseAddress.map { mkdtemp($0) } }
        guard case let made?? = made else { fatalError("mkdtemp: \(errno)") }
        home = Home(path: String(cString: made) + suffix)
        if !suffix.isEmpty { mkdir(home.path, 0o700) }
    }

    deinit {
        for name in [
            "identity.key", "identity.key.new", "state.db", "state.db-wal", "state.db-shm", "lock",
            "control.sock",
        ] {
            unlink("\(home.path)/\(name)")
        }
        rmdir(home.path)
        if let slash = home.path.lastIndex(of: "/"), home.path[..<slash] != "/tmp" {
            rmdir(String(home.path[..<slash]))
        }
    }
}

/// Runs `body` on a store of a home initialised for the local network.
func withStore<R>(_ body: (Home, Store) throws -> R) throws -> R {
    let temporary = TemporaryHome()
    _ = try temporary.home.initialise(network: .local)
    return try body(temporary.home, try temporary.home.open(network: .local))
}

/// A wall clock time in 2026.
let someDay = UnixTime(milliseconds: 1_790_000_000_000)

/// A profile record of the author with this seed.
func sampleRecord(
    author: UInt64, sequence: UInt64 = 1, name: String = "Ada"
) throws -> StoredRecord {
    var entropy = Entropy(seed: author)
    let key = Ed25519.SecretKey.generate(from: &entropy)
    let profile = try Profile(name: name, activeHour: someDay.hour)
    let record = try Record.sign(
        kind: .profile, author: key, sequence: someDay.milliseconds << 16 | sequence,
        created: someDay, expires: someDay + .seconds(3_600), location: nil,
        body: profile.encode(), network: .local)
    return StoredRecord(
        record: record, source: Address(v4: 0x7F00_0001, port: 5_484), until: record.expires)
}

/// A known node with this seed.
func sampleNode(_ seed: UInt64, seen: Int, missed: Int, heard: UnixTime) -> KnownNode {
    var entropy = Entropy(seed: seed)
    let key = X25519.SecretKey.generate(from: &entropy).publicKey
    let address = Address(v4: 0x0A00_0000 + UInt32(seed), port: 5_484)
    let record = NodeRecord(key: key, nonce: seed, id: NodeID(entropy.bytes32()), v4: address)
    return KnownNode(
        record: record, address: address, seen: seen, missed: missed, lastHeard: heard)
}
