import Glibc
import KithCrypto
import KithOverlay
import KithWire
import Testing

@testable import KithHost

@Suite("The store")
struct StoreTests {
    @Test("gives back after opening again everything that was put in")
    func roundTrip() throws {
        let temporary = TemporaryHome()
        let made = try temporary.home.initialise(network: .local)
        let record = try sampleRecord(author: 1)
        let presentation = try samplePresentation("Ada")
        let seed = Secret32(copying: [UInt8](repeating: 9, count: 32).span.bytes)
        var entropy = Entropy(seed: 1)
        let book = ContactBook(at: someDay, entropy: &entropy)
        let state = PublicationState(
            phase: .published, sequence: 1 << 60, body: [1, 2], changed: someDay)
        let node = sampleNode(1, seen: 3, missed: 1, heard: someDay)
        let keys: [Ed25519.PublicKey]
        do {
            let store = try temporary.home.open(network: .local)
            keys = try publicKeys(temporary.home, store)
            try store.apply([
                .putRecord(record, received: someDay), store.keeping(book, sealedWith: seed),
                .publication(state), .presentation(presentation), .knownNodes([node], at: someDay),
            ])
        }
        let store = try temporary.home.open(network: .local)
        #expect(try store.records(at: someDay).map(\.record) == [record.record])
        #expect(try store.records(at: someDay).map(\.source) == [record.source])
        #expect(try store.book(openedWith: seed, at: someDay) == book)
        #expect(try store.publication() == state)
        #expect(try store.presentation() == presentation)
        #expect(try store.knownNodes(at: someDay) == [node])
        #expect(try publicKeys(temporary.home, store) == keys)
        #expect(keys[0] == made.identity)
        #expect(keys[0] != keys[1])
        #expect(try store.proof()?.id == made.node)
    }

    /// The person's and the node's.
    private func publicKeys(_ home: Home, _ store: Store) throws -> [Ed25519.PublicKey] {
        [try home.identity(beside: store).identity, try store.nodeKey().publicKey]
    }

    @Test("takes over what a home of version 1 has, once")
    func fromVersion1() throws {
        let temporary = TemporaryHome()
        _ = try temporary.home.initialise(network: .local)
        let profile = try Profile(name: "Ada", interests: ["chess"], activeHour: someDay.hour)
        let record = try sampleRecord(author: 1)
        do {
            let store = try temporary.home.open(network: .local)
            try store.apply([.putRecord(record, received: someDay)])
            try store.database.run(
                """
                DROP TABLE books;
                CREATE TABLE contacts (identity BLOB PRIMARY KEY, name TEXT NOT NULL);
                INSERT INTO profile VALUES (x'\(Hex.encode(profile.encode()))');
                PRAGMA user_version = 1;
                """)
        }
        let seed = Secret32(copying: [UInt8](repeating: 9, count: 32).span.bytes)
        for _ in 0..<2 {
            let store = try temporary.home.open(network: .local)
            let presentation = try store.presentation()
            #expect(presentation?.profile == profile)
            #expect(presentation?.level == .everyone)
            #expect(try store.records(at: someDay).map(\.record) == [record.record])
            #expect(try store.database.integer("PRAGMA user_version") == StoreSchema.version)
            let book = try store.book(openedWith: seed, at: someDay)
            #expect(try store.book(openedWith: seed, at: someDay) == book)
        }
    }

    @Test("opens a contact book with the seed of its owner only, and notices any damage")
    func sealedBook() throws {
        try withStore { _, store in
            let seed = Secret32(copying: [UInt8](repeating: 9, count: 32).span.bytes)
            let other = Secret32(copying: [UInt8](repeating: 8, count: 32).span.bytes)
            let book = try store.book(openedWith: seed, at: someDay)
            #expect(try store.book(openedWith: other, at: someDay) != book)
            let sealed = try #require(
                try store.sealedBook(of: IdentityFile.publicKey(of: seed)))
            #expect(sealed.sealed.count == SealedBook.step)
            #expect(try sealed.open(with: seed, network: store.network) == book)
            #expect(throws: StoreError.corrupt(detail: "the contact book does not open")) {
                try sealed.open(with: other, network: store.network)
            }
            #expect(throws: StoreError.corrupt(detail: "the contact book does not open")) {
                try sealed.open(with: seed, network: "another")
            }
            for place in stride(from: 0, to: sealed.sealed.count, by: 101) {
                var bytes = sealed.sealed
                bytes[place] ^= 1
                let damaged = SealedBook(identity: sealed.identity, sealed: bytes)
                #expect(throws: StoreError.corrupt(detail: "the contact book does not open")) {
                    try damaged.open(with: seed, network: store.network)
                }
            }
        }
    }

    @Test("refuses a home whose keys are gone or too short")
    func lostKeys() throws {
        try withStore { home, store in
            try store.database.run("UPDATE secrets SET value = x'0102' WHERE name = 'node'")
            #expect(throws: StoreError.corrupt(detail: "the node key is too short")) {
                _ = try store.nodeKey()
            }
            try store.database.run("DELETE FROM secrets")
            #expect(throws: StoreError.corrupt(detail: "the node key is missing")) {
                _ = try store.nodeKey()
            }
            unlink(home.identityPath)
            #expect(throws: HostError.identity(.missing(path: home.path))) {
                _ = try home.identity(beside: store)
            }
        }
    }

    @Test("replaces a record with the same author and location, and forgets on request")
    func replacing() throws {
        try withStore { _, store in
            let old = try sampleRecord(author: 1, sequence: 1)
            let new = try sampleRecord(author: 1, sequence: 2, name: "Ada L.")
            let other = try sampleRecord(author: 2)
            try store.apply([
                .putRecord(old, received: someDay), .putRecord(other, received: someDay),
            ])
            try store.apply([.putRecord(new, received: someDay)])
            let kept = try store.records(at: someDay).map(\.record)
            #expect(Set(kept) == [new.record, other.record])
            try store.apply([.forgetRecord(new.key)])
            #expect(try store.records(at: someDay).map(\.record) == [other.record])
        }
    }

    @Test("does not give back what has expired")
    func expiry() throws {
        try withStore { _, store in
            let record = try sampleRecord(author: 1)
            try store.apply([.putRecord(record, received: someDay)])
            let expires = record.record.expires
            #expect(try store.records(at: expires - .milliseconds(1)).count == 1)
            #expect(try store.records(at: expires).isEmpty)
            try store.apply([.forgetExpired(at: expires - .milliseconds(1))])
            #expect(try store.database.integer("SELECT count(*) FROM records") == 1)
            try store.apply([.forgetExpired(at: expires)])
            #expect(try store.database.integer("SELECT count(*) FROM records") == 0)
        }
    }

    @Test("keeps the networks of one home apart")
    func networks() throws {
        try withStore { home, store in
            try store.apply([
                .putRecord(try sampleRecord(author: 1), received: someDay),
                .knownNodes([sampleNode(1, seen: 1, missed: 0, heard: someDay)], at: someDay),
                .publication(
                    PublicationState(phase: .published, sequence: 5, body: nil, changed: someDay)),
            ])
            let other = try home.open(network: "other")
            #expect(try other.records(at: someDay).isEmpty)
            #expect(try other.knownNodes(at: someDay).isEmpty)
            #expect(try other.publication() == nil)
            #expect(try other.proof() == nil)
        }
    }

    @Test("searches a proof once for a network where this home never ran")
    func proofs() throws {
        try withStore { home, _ in
            let network = Network(
                name: "other", proofBits: 2, proofMemoryBytes: 8_192, replication: 3,
                isLocal: true)
            let found = try home.open(network: network).proof(in: network)
            #expect(try home.open(network: network).proof() == found)
            #expect(try home.open(network: network).proof(in: network) == found)
        }
    }

    @Test("never lowers the last sequence signed")
    func sequences() throws {
        try withStore { _, store in
            let state = PublicationState(
                phase: .published, sequence: 100, body: nil, changed: someDay)
            try store.apply([.publication(state), .signedSequence(90)])
            #expect(try store.publication()?.sequence == 100)
            try store.apply([.signedSequence(101)])
            #expect(try store.publication()?.sequence == 101)
        }
    }

    @Test("remembers the highest sequence of a seed list, per signer and network")
    func seedLists() throws {
        try withStore { home, store in
            let keys = try ["a", "b"].map { name in
                var entropy = Entropy(seed: UInt64(name.utf8.count))
                let key = Ed25519.SecretKey.generate(from: &entropy).publicKey
                return try #require(SeedListKey(name: name, publicKey: key))
            }
            #expect(try store.seedListSequence(signedBy: keys) == 0)
            try store.apply([.seedList(sequence: 7, signers: [keys[0]])])
            try store.apply([.seedList(sequence: .max, signers: [keys[1]])])
            try store.apply([.seedList(sequence: 6, signers: [keys[0]])])
            #expect(try store.seedListSequence(signedBy: [keys[0]]) == 7)
            #expect(try store.seedListSequence(signedBy: keys) == .max)
            #expect(try home.open(network: "other").seedListSequence(signedBy: keys) == 0)
            #expect(try home.open(network: .local).seedListSequence(signedBy: [keys[0]]) == 7)
        }
    }

    @Test("keeps the 500 most reliable nodes, best first")
    func knownNodes() throws {
        try withStore { _, store in
            let day: Duration = .seconds(86_400)
            let steady = sampleNode(1, seen: 100, missed: 0, heard: someDay)
            let flaky = sampleNode(2, seen: 50, missed: 50, heard: someDay)
            let old = sampleNode(3, seen: 100, missed: 0, heard: someDay - day - day - day - day)
            let many = (10..<510).map { sampleNode($0, seen: 1, missed: 3, heard: someDay) }
            try store.apply([.knownNodes(many + [old, flaky, steady], at: someDay)])
            let kept = try store.knownNodes(at: someDay)
            #expect(kept.count == Store.knownNodesMax)
            #expect(kept.prefix(3) == [steady, flaky, old])
        }
    }
}

@Suite("A store whose process dies")
struct StoreDurabilityTests {
    /// `kill -9` leaves exactly what the kernel has of the files at that moment: copies of the
    /// database and its log taken while the connection is still open.
    @Test("has lost nothing that was acknowledged and shows nothing that was not")
    func abandoned() throws {
        try withStore { home, store in
            var acknowledged: Set<Record> = []
            for round in 1...25 as ClosedRange<UInt64> {
                let first = try sampleRecord(author: round)
                try store.apply([.putRecord(first, received: someDay)])
                acknowledged.insert(first.record)

                // A transaction is open at the moment of death.
                try store.database.run("BEGIN IMMEDIATE")
                try store.database.run("DELETE FROM records")
                let corpse = try copyState(of: home)
                try store.database.run("ROLLBACK")

                let heir = try corpse.home.open(network: .local)
                #expect(Set(try heir.records(at: someDay).map(\.record)) == acknowledged)
            }
        }
    }

    @Test("shows what is committed to a second connection while the first stays open")
    func visible() throws {
        try withStore { home, store in
            for author in 1...10 as ClosedRange<UInt64> {
                let record = try sampleRecord(author: author)
                try store.apply([.putRecord(record, received: someDay)])
                let other = try home.open(network: .local)
                #expect(try other.records(at: someDay).count == Int(author))
            }
        }
    }

    private func copyState(of home: Home) throws -> TemporaryHome {
        let copy = TemporaryHome()
        for (from, to) in [
            (home.statePath, copy.home.statePath),
            (home.statePath + "-wal", copy.home.statePath + "-wal"),
        ] {
            try #require(writeFile(to, try #require(readFile(from))))
        }
        return copy
    }
}

@Suite("A store without room")
struct StoreRoomTests {
    @Test("says that the disk is full, changes nothing, and works again later")
    func diskFull() throws {
        try withStore { _, store in
            let kept = try sampleRecord(author: 1)
            try store.apply([.putRecord(kept, received: someDay)])
            // SQLite answers with the same SQLITE_FULL when a file may not grow.
            let pages = try store.database.integer("PRAGMA page_count")
            try store.database.run("PRAGMA max_page_count = \(pages)")
            let many = try (2..<200).map {
                Change.putRecord(try sampleRecord(author: $0), received: someDay)
            }
            #expect(throws: StoreError.diskFull) {
                try store.apply([.forgetRecord(kept.key)] + many)
            }
            #expect(try store.records(at: someDay).map(\.record) == [kept.record])
            try store.database.run("PRAGMA max_page_count = 1000000")
            try store.apply(many)
            #expect(try store.records(at: someDay).count == 199)
        }
    }

    @Test("that can neither finish nor undo a transaction says so from then on")
    func lost() throws {
        let temporary = TemporaryHome()
        _ = try temporary.home.initialise(network: .local)
        do {
            let store = try temporary.home.open(network: .local)
            try store.apply([.presentation(try samplePresentation("1"))])
            store.refuseRecordsAndRollback()
            let record = try sampleRecord(author: 1)
            #expect(throws: StoreError.lostInTest) {
                try store.apply([
                    .presentation(try samplePresentation("2")),
                    .putRecord(record, received: someDay),
                ])
            }
            #expect(throws: StoreError.lostInTest) {
                try store.apply([.presentation(try samplePresentation("3"))])
            }
        }
        let heir = try temporary.home.open(network: .local)
        #expect(try heir.presentation()?.profile.name == "1")
        try heir.apply([.presentation(try samplePresentation("4"))])
        #expect(try heir.presentation()?.profile.name == "4")
    }

    @Test("says that it is busy when another program keeps a transaction open")
    func busy() throws {
        try withStore { home, store in
            let other = try home.open(network: .local)
            try other.database.run("BEGIN IMMEDIATE")
            store.database.wait(milliseconds: 1)
            let presentation = try samplePresentation("Ada")
            #expect(throws: StoreError.busy) { try store.apply([.presentation(presentation)]) }
            try other.database.run("ROLLBACK")
            try store.apply([.presentation(presentation)])
            #expect(try store.presentation() == presentation)
        }
    }
}

/// The whole content of a file, nil when it cannot be read.
func readFile(_ path: String) -> [UInt8]? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var content: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 65_536)
    while case let count = fread(&part, 1, part.count, file), count > 0 {
        content.append(contentsOf: part[..<count])
    }
    return content
}

/// Replaces a file.
func writeFile(_ path: String, _ content: [UInt8]) -> Bool {
    guard let file = fopen(path, "w") else { return false }
    defer { fclose(file) }
    return fwrite(content, 1, content.count, file) == content.count
}

private func samplePresentation(_ name: String) throws -> Presentation {
    try Presentation(
        Profile(name: name, activeHour: someDay.hour), level: .contacts,
        fields: [.bio: .friends], isPassable: true)
}
