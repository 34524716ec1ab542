import KithCrypto
public import KithOverlay
public import KithWire

/// The state of one home: keys, profile, known nodes, the records kept for others, contacts.
///
/// One SQLite file, 0600, with a write-ahead log. Committed means: survives `kill -9` (see
/// ``StoreSchema/connection`` for what a power cut may take). Used by one thread at a time;
/// several processes may have it open.
public final class Store {
    /// Known nodes kept per network.
    public static let knownNodesMax = 500

    /// The network whose nodes, records and publication are read and written.
    public let network: String

    let database: Database
    private let statements: StoreStatements
    /// Why nothing can be written any more; nil while it can.
    private var lost: StoreError?

    /// Opens the state file at `path` and checks all of it.
    ///
    /// - Throws: ``StoreError/missing``, ``StoreError/foreign``, ``StoreError/corrupt(detail:)``,
    ///   ``StoreError/newerSchema(found:known:)``, ``StoreError/forbidden``.
    public init(path: String, network: String) throws(StoreError) {
        try StoreFile.check(path)
        self.network = network
        database = try Database(path: path)
        database.wait(milliseconds: StoreSchema.waitMilliseconds)
        try Store.check(database)
        guard try database.text("PRAGMA journal_mode = WAL") == "wal" else { throw .forbidden }
        try database.run(StoreSchema.connection)
        try Store.bringUpToDate(database)
        statements = try StoreStatements(database)
    }

    /// Makes a state file with the node's secret; it appears under `path` complete or not at all.
    ///
    /// - Throws: ``StoreError/exists``, ``StoreError/forbidden``, ``StoreError/diskFull``.
    static func create(
        path: String, nodeSeed: Secret32, proof: StoredProof, network: String
    ) throws(StoreError) {
        try StoreFile.create(path) { (temporary) throws(StoreError) in
            let database = try Database(path: temporary)
            try database.run("PRAGMA application_id = \(StoreSchema.applicationID)")
            try database.run("BEGIN; PRAGMA user_version = \(StoreSchema.version)")
            try database.run(StoreSchema.tables)
            let insert = try database.prepare("INSERT INTO secrets VALUES (?, ?)")
            insert.bind(1, Store.nodeName)
            try insert.run(lending: nodeSeed, as: 2)
            let proofs = try database.prepare("INSERT INTO proofs VALUES (?, ?, ?)")
            proofs.bind(1, network)
            proofs.bind(2, proof.nonce)
            proofs.bind(3, proof.id.bytes.bytes)
            try proofs.run()
            try database.run("COMMIT")
        }
    }

    /// The names of the seeds in the table `secrets`; the identity's is there in homes made before
    /// it had a file of its own.
    private static let identityName = "identity"
    private static let nodeName = "node"

    private static func check(_ database: Database) throws(StoreError) {
        guard try database.integer("PRAGMA application_id") == StoreSchema.applicationID else {
            throw .foreign
        }
        let version = try database.integer("PRAGMA user_version")
        guard version <= StoreSchema.version else {
            throw .newerSchema(found: Int(version), known: Int(StoreSchema.version))
        }
        guard version > 0 else { throw .corrupt(detail: "no version") }
        let verdict = try database.text("PRAGMA quick_check(1)") ?? "no answer"
        guard verdict == "ok" else { throw .corrupt(detail: verdict) }
    }

    /// Brings the tables of an earlier version to the present one, all or nothing.
    private static func bringUpToDate(_ database: Database) throws(StoreError) {
        guard try database.integer("PRAGMA user_version") == 1 else { return }
        try database.run("BEGIN IMMEDIATE")
        // Another process may have done it meanwhile.
        guard try database.integer("PRAGMA user_version") == 1 else {
            return try database.run("ROLLBACK")
        }
        let select = try database.prepare("SELECT body FROM profile")
        let profile = try select.step() ? select.bytes(0).flatMap(Profile.init(stored:)) : nil
        select.reset()
        try database.run(StoreSchema.fromVersion1)
        try database.run("DELETE FROM profile")
        if let profile, let shown = try? Presentation(profile, level: .everyone) {
            let insert = try database.prepare("INSERT INTO profile VALUES (?)")
            insert.bind(1, shown.encode())
            try insert.run()
        }
        try database.run("PRAGMA user_version = \(StoreSchema.version)")
        try database.run("COMMIT")
    }

    // MARK: Writing

    /// Makes all of `changes` durable, or none of them.
    ///
    /// - Throws: ``StoreError/diskFull``, ``StoreError/busy`` and others; nothing changed then.
    ///   After ``StoreError/lost(detail:)`` every further call throws it too.
    public func apply(_ changes: [Change]) throws(StoreError) {
        guard !changes.isEmpty else { return }
        if let lost { throw lost }
        try statements.begin.run()
        do throws(StoreError) {
            for change in changes {
                try statements.write(change, network: network)
            }
            try statements.commit.run()
        } catch {
            // Some errors, a full disk among them, already rolled back by themselves.
            if database.isInTransaction {
                try rollBack(after: error)
            }
            throw error
        }
    }

    /// Undoes the open transaction; when even that fails, no other one can begin, and the disk
    /// undoes it when the file is opened again.
    private func rollBack(after cause: StoreError) throws(StoreError) {
        do throws(StoreError) {
            try statements.rollback.run()
        } catch {
            let lost = StoreError.lost(detail: "\(cause.message), then \(error.message)")
            self.lost = lost
            throw lost
        }
    }

    // MARK: Reading

    /// The node's key.
    func nodeKey() throws(StoreError) -> Ed25519.SecretKey {
        guard let seed = try seed(Store.nodeName) else {
            throw .corrupt(detail: "the node key is missing")
        }
        return Ed25519.SecretKey(seed: seed)
    }

    /// The seed of the person's key, in a home made before identities had files; see
    /// ``Home/identity(beside:)``.
    func formerIdentitySeed() throws(StoreError) -> Secret32? {
        try seed(Store.identityName)
    }

    private func seed(_ name: String) throws(StoreError) -> Secret32? {
        let select = try database.prepare("SELECT value FROM secrets WHERE name = ?")
        select.bind(1, name)
        guard try select.step() else { return nil }
        guard let seed = select.secret(0, byteCount: Secret32.count) else {
            throw .corrupt(detail: "the \(name) key is too short")
        }
        return Secret32(seed)
    }

    /// Removes the seed of the person's key, which is in a file by now, and overwrites its place.
    func forgetFormerIdentity() throws(StoreError) {
        guard try formerIdentitySeed() != nil else { return }
        try database.run("PRAGMA secure_delete = ON")
        try database.run("DELETE FROM secrets WHERE name = '\(Store.identityName)'")
        // Until then the page with the seed stands in the file. It waits for other programs that
        // read, and a later checkpoint does the same.
        try database.run("PRAGMA wal_checkpoint(TRUNCATE)")
    }

    /// Forgets in every network what was published: it belongs to an identity that is replaced.
    func forgetPublications() throws(StoreError) {
        try database.run("DELETE FROM publications")
    }

    /// The node's proof of work in this network, or nil when none was made yet.
    public func proof() throws(StoreError) -> StoredProof? {
        let select = try database.prepare("SELECT nonce, id FROM proofs WHERE network = ?")
        select.bind(1, network)
        guard try select.step() else { return nil }
        guard let id = select.bytes(1).flatMap({ Bytes32($0) }) else {
            throw .corrupt(detail: "a proof without an id")
        }
        return StoredProof(nonce: select.unsigned(0), id: NodeID(id))
    }

    /// What the person is about to say of themselves, or nil.
    public func presentation() throws(StoreError) -> Presentation? {
        let select = try database.prepare("SELECT body FROM profile")
        guard try select.step(), let body = select.bytes(0) else { return nil }
        guard let presentation = Presentation(stored: body) else {
            throw .corrupt(detail: "the profile cannot be read")
        }
        return presentation
    }

    /// The sealed contact book of `identity` in this network, or nil.
    func sealedBook(of identity: Ed25519.PublicKey) throws(StoreError) -> SealedBook? {
        let select = try database.prepare(
            "SELECT body FROM books WHERE network = ? AND identity = ?")
        select.bind(1, network)
        select.bind(2, identity.bytes.bytes)
        guard try select.step(), let body = select.bytes(0) else { return nil }
        return SealedBook(identity: identity, sealed: body)
    }

    /// What was last published in this network, or nil when nothing was.
    public func publication() throws(StoreError) -> PublicationState? {
        let select = try database.prepare(
            "SELECT phase, sequence, body, changed FROM publications WHERE network = ?")
        select.bind(1, network)
        guard try select.step() else { return nil }
        guard let phase = PublicationState.Phase(rawValue: select.integer(0)) else {
            throw .corrupt(detail: "a publication in phase \(select.integer(0))")
        }
        return PublicationState(
            phase: phase, sequence: select.unsigned(1), body: select.bytes(2),
            changed: UnixTime(milliseconds: select.unsigned(3)))
    }

    /// The highest sequence of a seed list of this network that one of `keys` signed and that was
    /// accepted; 0 when there was none.
    public func seedListSequence(signedBy keys: [SeedListKey]) throws(StoreError) -> UInt64 {
        var highest: UInt64 = 0
        for key in keys {
            highest = max(highest, try statements.seedListSequence(key, network: network))
        }
        return highest
    }

    /// The guards of the node in this network.
    public func guards() throws(StoreError) -> [Guard] {
        try statements.guards(network: network)
    }

    /// Nodes met before in this network, the most reliable first.
    public func knownNodes(at now: UnixTime) throws(StoreError) -> [KnownNode] {
        let select = try database.prepare(
            "SELECT record, address, seen, missed, heard FROM nodes WHERE network = ? ORDER BY id")
        select.bind(1, network)
        var nodes: [KnownNode] = []
        while try select.step() {
            guard let encoded = select.bytes(0), let address = select.bytes(1),
                let record = NodeRecord(stored: encoded), let address = Address(stored: address)
            else { throw .corrupt(detail: "a node record cannot be read") }
            nodes.append(
                KnownNode(
                    record: record, address: address, seen: Int(select.integer(2)),
                    missed: Int(select.integer(3)),
                    lastHeard: UnixTime(milliseconds: select.unsigned(4))))
        }
        return KnownNode.mostReliable(nodes, at: now)
    }

    /// The records of this network whose time is not over.
    public func records(at now: UnixTime) throws(StoreError) -> [StoredRecord] {
        let select = try database.prepare(
            """
            SELECT encoded, source, expires FROM records WHERE network = ? AND expires > ?
            ORDER BY location, author
            """)
        select.bind(1, network)
        select.bind(2, now.milliseconds)
        var records: [StoredRecord] = []
        while try select.step() {
            guard let encoded = select.bytes(0), let source = select.bytes(1),
                let record = Record(stored: encoded), let source = Address(stored: source)
            else { throw .corrupt(detail: "a record cannot be read") }
            records.append(
                StoredRecord(
                    record: record, source: source,
                    until: UnixTime(milliseconds: select.unsigned(2))))
        }
        return records
    }
}
