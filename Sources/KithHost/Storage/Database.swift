import CSQLite
import Glibc
import KithCrypto

/// One SQLite connection; used by one thread at a time.
final class Database {
    let handle: OpaquePointer

    /// What SQLite itself should do with bound bytes: copy them before `bind` returns.
    static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    /// Opens the file at `path`, which must exist.
    convenience init(path: String) throws(StoreError) {
        try self.init(name: path, flags: SQLITE_OPEN_READWRITE)
    }

    /// Opens the file at `path` for reading, without locks and without looking at its logs.
    convenience init(untouched path: String) throws(StoreError) {
        var name = "file:"
        for byte in path.utf8 {
            // What has a meaning in the URI form (uri.html section 3.1), and all that is no ASCII.
            if byte < 0x80, !"?#%".utf8.contains(byte) {
                name.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                name += "%" + String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
            }
        }
        name += "?immutable=1"
        try self.init(name: name, flags: SQLITE_OPEN_READONLY | SQLITE_OPEN_URI)
    }

    private init(name: String, flags: Int32) throws(StoreError) {
        var opened: OpaquePointer?
        let result = sqlite3_open_v2(
            name, &opened, flags | SQLITE_OPEN_FULLMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard let opened else { throw .failed(code: SQLITE_NOMEM, detail: "out of memory") }
        guard result == SQLITE_OK else {
            let error = Database.error(of: opened, result)
            sqlite3_close_v2(opened)
            throw error
        }
        handle = opened
    }

    deinit {
        // The last connection to close folds the write-ahead log into the file.
        sqlite3_close_v2(handle)
    }

    /// Runs statements that answer nothing.
    func run(_ sql: String) throws(StoreError) {
        let result = sqlite3_exec(handle, sql, nil, nil, nil)
        guard result == SQLITE_OK else { throw failure(result) }
    }

    /// Compiles one statement, to be used many times.
    func prepare(_ sql: String) throws(StoreError) -> Statement {
        var prepared: OpaquePointer?
        let flags = UInt32(SQLITE_PREPARE_PERSISTENT)
        let result = sqlite3_prepare_v3(handle, sql, -1, flags, &prepared, nil)
        guard result == SQLITE_OK, let prepared else { throw failure(result) }
        return Statement(prepared, of: self)
    }

    /// The first column of the first row as a whole number; 0 when there is no row.
    func integer(_ sql: String) throws(StoreError) -> Int64 {
        let statement = try prepare(sql)
        return try statement.step() ? statement.integer(0) : 0
    }

    /// The first column of the first row as text.
    func text(_ sql: String) throws(StoreError) -> String? {
        let statement = try prepare(sql)
        return try statement.step() ? statement.text(0) : nil
    }

    /// Whether a transaction is open.
    var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// How long a statement waits for another program's transaction, in milliseconds.
    func wait(milliseconds: Int32) {
        sqlite3_busy_timeout(handle, milliseconds)
    }

    /// The error for a result code of this connection.
    func failure(_ result: Int32) -> StoreError {
        Database.error(of: handle, result)
    }

    private static func error(of handle: OpaquePointer, _ result: Int32) -> StoreError {
        let detail = String(cString: sqlite3_errmsg(handle))
        switch result & 0xFF {
        case SQLITE_FULL: return .diskFull
        case SQLITE_IOERR:
            let cause = sqlite3_system_errno(handle)
            if cause == ENOSPC || cause == EDQUOT { return .diskFull }
            return .failed(code: result, detail: detail)
        case SQLITE_BUSY, SQLITE_LOCKED: return .busy
        case SQLITE_CORRUPT: return .corrupt(detail: detail)
        case SQLITE_NOTADB: return .foreign
        case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH: return .forbidden
        case SQLITE_CANTOPEN:
            switch sqlite3_system_errno(handle) {
            case EACCES, EPERM: return .forbidden
            case ENOENT: return .missing
            case ENOSPC, EDQUOT: return .diskFull
            default: return .failed(code: result, detail: detail)
            }
        default: return .failed(code: result, detail: detail)
        }
    }
}

/// One compiled statement of a ``Database``.
final class Statement {
    private let handle: OpaquePointer
    private let database: Database

    /// Takes ownership of a compiled statement.
    init(_ handle: OpaquePointer, of database: Database) {
        self.handle = handle
        self.database = database
    }

    deinit {
        sqlite3_finalize(handle)
    }

    /// Sets parameter `index`, counted from 1, to a whole number.
    func bind(_ index: Int32, _ value: Int64) {
        expect(sqlite3_bind_int64(handle, index, value))
    }

    /// Sets parameter `index` to 64 bits, whose upper half reads as negative numbers.
    func bind(_ index: Int32, _ value: UInt64) {
        bind(index, Int64(bitPattern: value))
    }

    /// Sets parameter `index` to a number.
    func bind(_ index: Int32, _ value: Double) {
        expect(sqlite3_bind_double(handle, index, value))
    }

    /// Sets parameter `index` to a copy of these bytes; nil is NULL.
    func bind(_ index: Int32, _ value: [UInt8]?) {
        guard let value else {
            expect(sqlite3_bind_null(handle, index))
            return
        }
        let result = value.withUnsafeBytes { bytes in
            // An empty array has no address, and no address would bind NULL.
            bytes.isEmpty
                ? sqlite3_bind_zeroblob(handle, index, 0)
                : sqlite3_bind_blob(
                    handle, index, bytes.baseAddress, Int32(bytes.count), Database.copied)
        }
        expect(result)
    }

    /// Sets parameter `index` to text.
    func bind(_ index: Int32, _ value: String) {
        expect(sqlite3_bind_text(handle, index, value, -1, Database.copied))
    }

    /// Moves to the next row.
    ///
    /// - Returns: whether there is one; when not, the statement is ready for its next use.
    func step() throws(StoreError) -> Bool {
        let result = sqlite3_step(handle)
        switch result {
        case SQLITE_ROW: return true
        case SQLITE_DONE:
            reset()
            return false
        default:
            let error = database.failure(result)
            reset()
            throw error
        }
    }

    /// Runs the statement to its end.
    func run() throws(StoreError) {
        while try step() {}
    }

    /// Runs the statement to its end with parameter `index` set to a secret, of which SQLite
    /// makes no copy outside its pages.
    func run(lending secret: Secret32, as index: Int32) throws(StoreError) {
        try secret.withBytes { (bytes) throws(StoreError) in
            try bytes.withUnsafeBytes { (buffer) throws(StoreError) in
                // No destructor means that the memory is ours and outlives the binding.
                expect(
                    sqlite3_bind_blob(
                        handle, index, buffer.baseAddress, Int32(buffer.count), nil))
                defer { sqlite3_bind_null(handle, index) }
                try run()
            }
        }
    }

    /// Makes the statement ready for its next use.
    func reset() {
        sqlite3_reset(handle)
    }

    /// Column `index`, counted from 0, as a whole number.
    func integer(_ index: Int32) -> Int64 {
        sqlite3_column_int64(handle, index)
    }

    /// Column `index` as 64 bits.
    func unsigned(_ index: Int32) -> UInt64 {
        UInt64(bitPattern: integer(index))
    }

    /// Column `index` as a number.
    func double(_ index: Int32) -> Double {
        sqlite3_column_double(handle, index)
    }

    /// Column `index` as text, nil for NULL.
    func text(_ index: Int32) -> String? {
        sqlite3_column_text(handle, index).map { String(cString: $0) }
    }

    /// A copy of column `index`, nil for NULL.
    func bytes(_ index: Int32) -> [UInt8]? {
        guard sqlite3_column_type(handle, index) == SQLITE_BLOB else { return nil }
        let count = Int(sqlite3_column_bytes(handle, index))
        guard count > 0, let start = sqlite3_column_blob(handle, index) else { return [] }
        return Array(UnsafeRawBufferPointer(start: start, count: count))
    }

    /// Column `index` when it is a blob of `byteCount` bytes, read straight into a secret.
    func secret(_ index: Int32, byteCount: Int) -> SecretBytes? {
        guard sqlite3_column_type(handle, index) == SQLITE_BLOB,
            Int(sqlite3_column_bytes(handle, index)) == byteCount,
            let start = sqlite3_column_blob(handle, index)
        else { return nil }
        return SecretBytes(copying: RawSpan(_unsafeStart: start, byteCount: byteCount))
    }

    private func expect(_ result: Int32) {
        // Only a wrong index, a step without reset, or exhausted memory can fail here.
        precondition(result == SQLITE_OK, "binding failed with \(result)")
    }
}
