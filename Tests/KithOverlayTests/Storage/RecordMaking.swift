import KithCrypto
import KithWire

@testable import KithOverlay

/// Makes signed records of numbered authors for tests of what keeps and ranks them.
struct RecordMaker {
    static let network = Network(
        name: "test", proofBits: 0, proofMemoryBytes: 8_192, replication: 3, isLocal: false)

    /// Noon of a day, so that nothing in a test crosses midnight by accident.
    static let noon = Moment(
        instant: .start + .seconds(1_000),
        unix: UnixTime(milliseconds: 20_000 * 86_400_000 + 43_200_000))

    /// The public key of author `number`.
    static func author(_ number: UInt64) -> Ed25519.PublicKey {
        secret(number).publicKey
    }

    /// A profile record; without a profile a tombstone.
    static func profile(
        _ author: UInt64, _ profile: Profile?, sequence: UInt64 = 1, at now: Moment = noon,
        life: Duration = .seconds(3_600)
    ) throws -> Record {
        try Record.sign(
            kind: .profile, author: secret(author), sequence: sequence, created: now.unix,
            expires: now.unix + life, location: nil, body: profile?.encode(), network: network)
    }

    /// A name entry under `token`; without a digest a tombstone.
    static func entry(
        _ author: UInt64, under token: String, digest: [UInt16]? = [], sequence: UInt64 = 1,
        at now: Moment = noon, life: Duration = .seconds(3_600)
    ) throws -> Record {
        let body = digest.map { IndexEntry(day: now.unix.day, digest: $0).encode() }
        return try Record.sign(
            kind: .nameEntry, author: secret(author), sequence: sequence, created: now.unix,
            expires: now.unix + life, location: location(token, at: now), body: body,
            network: network)
    }

    /// Where entries under `token` live.
    static func location(_ token: String, at now: Moment = noon) -> Location {
        Record.sharedLocation(.nameEntry, token: token, day: now.unix.day)
    }

    /// The address of a host in block `block` (a /24 of its own).
    static func address(_ block: Int, host: Int = 1) -> Address {
        Address(v4: 0x0505_0000 + UInt32(block) << 8 + UInt32(host), port: 5484)
    }

    private static func secret(_ number: UInt64) -> Ed25519.SecretKey {
        Ed25519.SecretKey(seed: Bytes32(bigEndianWords: (number, 1, 2, 3)))
    }
}
