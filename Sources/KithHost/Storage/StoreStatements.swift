import KithCrypto
import KithOverlay
import KithWire

/// The compiled statements that change the state file.
final class StoreStatements {
    /// Opens a transaction and takes the right to write at once.
    let begin: Statement
    /// Ends a transaction.
    let commit: Statement
    /// Undoes a transaction.
    let rollback: Statement

    private let putRecord: Statement
    private let forgetRecord: Statement
    private let forgetExpired: Statement
    private let clearProfile: Statement
    private let putProfile: Statement
    private let putPublication: Statement
    private let raiseSequence: Statement
    private let clearNodes: Statement
    private let putNode: Statement
    private let putProof: Statement
    private let selectMeta: Statement
    private let putMeta: Statement
    private let putBook: Statement

    /// Compiles everything once.
    init(_ database: Database) throws(StoreError) {
        begin = try database.prepare("BEGIN IMMEDIATE")
        commit = try database.prepare("COMMIT")
        rollback = try database.prepare("ROLLBACK")
        putRecord = try database.prepare(
            """
            INSERT INTO records VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
            ON CONFLICT (network, location, author) DO UPDATE SET
            encoded = ?4, source = ?5, received = ?6, expires = ?7
            """)
        forgetRecord = try database.prepare(
            "DELETE FROM records WHERE network = ? AND location = ? AND author = ?")
        forgetExpired = try database.prepare(
            "DELETE FROM records WHERE network = ? AND expires <= ?")
        clearProfile = try database.prepare("DELETE FROM profile")
        putProfile = try database.prepare("INSERT INTO profile VALUES (?)")
        putPublication = try database.prepare(
            "INSERT OR REPLACE INTO publications VALUES (?, ?, ?, ?, ?)")
        raiseSequence = try database.prepare(
            "UPDATE publications SET sequence = max(sequence, ?2) WHERE network = ?1")
        clearNodes = try database.prepare("DELETE FROM nodes WHERE network = ?")
        putNode = try database.prepare("INSERT INTO nodes VALUES (?, ?, ?, ?, ?, ?, ?)")
        putProof = try database.prepare("INSERT OR REPLACE INTO proofs VALUES (?, ?, ?)")
        selectMeta = try database.prepare("SELECT value FROM meta WHERE name = ?")
        putMeta = try database.prepare("INSERT OR REPLACE INTO meta VALUES (?, ?)")
        putBook = try database.prepare("INSERT OR REPLACE INTO books VALUES (?, ?, ?)")
    }

    /// Writes one change inside the open transaction.
    func write(_ change: Change, network: String) throws(StoreError) {
        switch change {
        case .putRecord(let record, let received):
            try put(record, received: received, network: network)
        case .forgetRecord(let key):
            forgetRecord.bind(1, network)
            forgetRecord.bind(2, key.location.bytes.bytes)
            forgetRecord.bind(3, key.author.bytes.bytes)
            try forgetRecord.run()
        case .forgetExpired(let now):
            forgetExpired.bind(1, network)
            forgetExpired.bind(2, now.milliseconds)
            try forgetExpired.run()
        case .presentation(let presentation):
            try clearProfile.run()
            guard let presentation else { return }
            putProfile.bind(1, presentation.encode())
            try putProfile.run()
        case .publication(let state):
            putPublication.bind(1, network)
            putPublication.bind(2, state.phase.rawValue)
            putPublication.bind(3, state.sequence)
            putPublication.bind(4, state.body)
            putPublication.bind(5, state.changed.milliseconds)
            try putPublication.run()
        case .signedSequence(let sequence):
            raiseSequence.bind(1, network)
            raiseSequence.bind(2, sequence)
            try raiseSequence.run()
        case .knownNodes(let nodes, let now):
            try put(nodes, at: now, network: network)
        case .proof(let proof):
            putProof.bind(1, network)
            putProof.bind(2, proof.nonce)
            putProof.bind(3, proof.id.bytes.bytes)
            try putProof.run()
        case .seedList(let sequence, let signers):
            for signer in signers {
                let kept = try seedListSequence(signer, network: network)
                guard sequence > kept else { continue }
                putMeta.bind(1, Self.seedListName(signer, network: network))
                putMeta.bind(2, String(sequence))
                try putMeta.run()
            }
        case .guards(let guards):
            putMeta.bind(1, Self.guardsName(network: network))
            putMeta.bind(2, guards.map(\.stored).joined(separator: "\n"))
            try putMeta.run()
        case .book(let book):
            putBook.bind(1, network)
            putBook.bind(2, book.identity.bytes.bytes)
            putBook.bind(3, book.sealed)
            try putBook.run()
        }
    }

    /// The highest sequence of a seed list signed by `key`; 0 when there was none.
    func seedListSequence(
        _ key: SeedListKey, network: String
    ) throws(StoreError) -> UInt64 {
        selectMeta.bind(1, Self.seedListName(key, network: network))
        defer { selectMeta.reset() }
        guard try selectMeta.step(), let text = selectMeta.text(0) else { return 0 }
        guard let sequence = UInt64(text) else {
            throw .corrupt(detail: "the sequence of a seed list is no number")
        }
        return sequence
    }

    /// The node's guards in a network.
    func guards(network: String) throws(StoreError) -> [Guard] {
        selectMeta.bind(1, Self.guardsName(network: network))
        defer { selectMeta.reset() }
        guard try selectMeta.step(), let text = selectMeta.text(0) else { return [] }
        return try text.split(separator: "\n").map { line throws(StoreError) in
            guard let found = Guard(stored: line) else {
                throw .corrupt(detail: "a guard cannot be read")
            }
            return found
        }
    }

    private static func guardsName(network: String) -> String { "guards \(network)" }

    /// Where the table `meta` keeps it; neither part has a space.
    private static func seedListName(_ key: SeedListKey, network: String) -> String {
        "seed-list \(network) \(key.text)"
    }

    private func put(
        _ stored: StoredRecord, received: UnixTime, network: String
    ) throws(StoreError) {
        putRecord.bind(1, network)
        putRecord.bind(2, stored.record.location.bytes.bytes)
        putRecord.bind(3, stored.record.author.bytes.bytes)
        putRecord.bind(4, stored.record.encoded)
        putRecord.bind(5, stored.source.storedBytes)
        putRecord.bind(6, received.milliseconds)
        putRecord.bind(7, stored.until.milliseconds)
        try putRecord.run()
    }

    private func put(
        _ nodes: [KnownNode], at now: UnixTime, network: String
    ) throws(StoreError) {
        clearNodes.bind(1, network)
        try clearNodes.run()
        for node in KnownNode.mostReliable(nodes, at: now) {
            putNode.bind(1, network)
            putNode.bind(2, node.record.id.bytes.bytes)
            putNode.bind(3, node.record.encoded)
            putNode.bind(4, node.address.storedBytes)
            putNode.bind(5, Int64(node.seen))
            putNode.bind(6, Int64(node.missed))
            putNode.bind(7, node.lastHeard.milliseconds)
            try putNode.run()
        }
    }
}

extension KnownNode {
    /// The best ``Store/knownNodesMax`` of `nodes`, best first.
    static func mostReliable(_ nodes: [KnownNode], at now: UnixTime) -> [KnownNode] {
        let ranked = nodes.sorted { a, b in
            let (left, right) = (a.reliability(at: now), b.reliability(at: now))
            return left == right ? a.record.id < b.record.id : left > right
        }
        return Array(ranked.prefix(Store.knownNodesMax))
    }
}
