/// The tables of the state file, and how a connection to it is set up.
enum StoreSchema {
    /// "Kith" in ASCII; `file` and SQLite show it, and no other program's file has it.
    static let applicationID: Int64 = 0x4B69_7468
    /// Raised whenever the tables change.
    static let version: Int64 = 2

    /// A contact book is sealed, see ``SealedBook``; each identity that the home has
    /// had keeps its own.
    private static let books = """
        CREATE TABLE books (
            network TEXT NOT NULL, identity BLOB NOT NULL, body BLOB NOT NULL,
            PRIMARY KEY (network, identity)
        ) WITHOUT ROWID;
        """

    /// Makes the tables of an empty file.
    ///
    /// What belongs to one network carries its name: a home can run on several in turn. A record
    /// `expires` when this node may forget it, which may be before its author's expiry.
    static let tables = """
        CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
        CREATE TABLE proofs (
            network TEXT PRIMARY KEY, nonce INTEGER NOT NULL, id BLOB NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE profile (body BLOB NOT NULL);
        \(books)
        CREATE TABLE publications (
            network TEXT PRIMARY KEY, phase INTEGER NOT NULL, sequence INTEGER NOT NULL,
            body BLOB, changed INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE nodes (
            network TEXT NOT NULL, id BLOB NOT NULL, record BLOB NOT NULL,
            address BLOB NOT NULL, seen INTEGER NOT NULL, missed INTEGER NOT NULL,
            heard INTEGER NOT NULL, PRIMARY KEY (network, id)
        );
        CREATE TABLE records (
            network TEXT NOT NULL, location BLOB NOT NULL, author BLOB NOT NULL,
            encoded BLOB NOT NULL, source BLOB NOT NULL, received INTEGER NOT NULL,
            expires INTEGER NOT NULL, PRIMARY KEY (network, location, author)
        );
        """

    /// Makes a file of version 1 one of version 2.
    ///
    /// The profile that is being written became a presentation, and contacts, which nothing ever
    /// wrote, a sealed book.
    static let fromVersion1 = """
        DROP TABLE contacts;
        \(books)
        """

    /// Set on every connection.
    ///
    /// `synchronous=NORMAL` with a write-ahead log: a commit is a `write`, which survives
    /// `kill -9` of this program because the pages are the kernel's by then. Only a power cut
    /// can take the last commits back, and it leaves the file whole; `FULL` would wait for the
    /// disk at each acknowledgement, and two other replicas hold the record anyway.
    static let connection = """
        PRAGMA synchronous = NORMAL;
        PRAGMA trusted_schema = OFF;
        PRAGMA cell_size_check = ON;
        PRAGMA temp_store = MEMORY;
        """

    /// How long a statement waits for another program's transaction, in milliseconds: the node
    /// stands still meanwhile, and the command line's transactions take about one.
    static let waitMilliseconds: Int32 = 2_000
}
