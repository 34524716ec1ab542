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
        statements = try StoreStatements(database)
    }

    /// Makes a state file with these secrets; it appears under `path` complete or not at all.
    ///
    /// - Throws: ``StoreError/exists``, ``StoreError/forbidden``, ``StoreError/diskFull``.
    public static func create(
        path: String, secrets: Secrets, proof: StoredProof, network: String
    ) throws(StoreError) {
        try StoreFile.create(path) { (temporary) throws(StoreError) in
            let database = try Database(path: temporary)
            try database.run("PRAGMA application_id = \(StoreSchema.applicationID)")
            try database.run("BEGIN; PRAGMA user_version = \(StoreSchema.version)")
            try database.run(StoreSchema.tables)
            let insert = try database.prepare("INSERT INTO secrets VALUES (?, ?)")
            for (name, seed) in [
                ("identity", secrets.identitySeed), ("node", secrets.nodeSeed),
            ] {
                insert.bind(1, name)
                insert.bind(2, seed.bytes)
                try insert.run()
            }
            let proofs = try database.prepare("INSERT INTO proofs VALUES (?, ?, ?)")
            proofs.bind(1, network)
            proofs.bind(2, proof.nonce)
            proofs.bind(3, proof.id.bytes.bytes)
            try proofs.run()
            try database.run("COMMIT")
        }
    }

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

    // MARK: Writing

    /// Makes all of `changes` durable, or none of them.
    ///
    /// - Throws: ``StoreError/diskFull``, ``StoreError/busy`` and others; nothing changed then.
    public func apply(_ changes: [Change]) throws(StoreError) {
        guard !changes.isEmpty else { return }
        try statements.begin.run()
        do throws(StoreError) {
            for change in changes {
                try statements.write(change, network: network)
            }
            try statements.commit.run()
        } catch {
            // Some errors, a full disk among them, already rolled back by themselves.
            if database.isInTransaction {
                do throws(StoreError) {
                    try statements.rollback.run()
                } catch {
                    preconditionFailure("cannot roll back: \(error.message)")
                }
            }
            throw error
        }
    }

    // MARK: Reading

    /// The keys of this home.
    public func secrets() throws(StoreError) -> Secrets {
        var seeds: [String: Bytes32] = [:]
        let select = try database.prepare("SELECT name, value FROM secrets")
        while try select.step() {
            if let name = select.text(0), let value = select.bytes(1) {
                seeds[name] = Bytes32(value)
            }
        }
        guard let identity = seeds["identity"], let node = seeds["node"] else {
            throw .corrupt(detail: "keys are missing")
        }
        return Secrets(identitySeed: identity, nodeSeed: node)
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

    /// The encoded profile being edited, or nil.
    public func profile() throws(StoreError) -> [UInt8]? {
        let select = try database.prepare("SELECT body FROM profile")
        return try select.step() ? select.bytes(0) : nil
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

    /// The records of this network that have not expired.
    public func records(at now: UnixTime) throws(StoreError) -> [StoredRecord] {
        let select = try database.prepare(
            """
            SELECT encoded, source FROM records WHERE network = ? AND expires > ?
            ORDER BY location, author
            """)
        select.bind(1, network)
        select.bind(2, now.milliseconds)
        var records: [StoredRecord] = []
        while try select.step() {
            guard let encoded = select.bytes(0), let source = select.bytes(1),
                let record = Record(stored: encoded), let source = Address(stored: source)
            else { throw .corrupt(detail: "a record cannot be read") }
            records.append(StoredRecord(record: record, source: source))
        }
        return records
    }

    /// The contact book, in the order in which people were added.
    public func contacts() throws(StoreError) -> [Contact] {
        let select = try database.prepare(
            "SELECT identity, name, flags, added, seen FROM contacts ORDER BY added, identity")
        var contacts: [Contact] = []
        while try select.step() {
            guard let identity = select.bytes(0).flatMap({ Bytes32($0) }),
                let name = select.text(1)
            else { throw .corrupt(detail: "a contact cannot be read") }
            let seen = select.unsigned(4)
            contacts.append(
                Contact(
                    identity: Ed25519.PublicKey(identity), name: name,
                    flags: Contact.Flags(rawValue: select.integer(2)),
                    added: UnixTime(milliseconds: select.unsigned(3)),
                    lastSeen: seen == 0 ? nil : UnixTime(milliseconds: seen)))
        }
        return contacts
    }
}
