import CSQLite

@testable import KithHost

extension Store {
    /// From now on no record can be written; the rest can.
    func refuseRecords() {
        sqlite3_set_authorizer(
            database.handle,
            { _, action, name, _, _, _ in
                guard let name = name.map({ String(cString: $0) }) else { return SQLITE_OK }
                return action == SQLITE_INSERT && name == "records" ? SQLITE_DENY : SQLITE_OK
            }, nil)
    }

    /// From now on no contact book can be written; the rest can.
    func refuseBooks() {
        sqlite3_set_authorizer(
            database.handle,
            { _, action, name, _, _, _ in
                guard let name = name.map({ String(cString: $0) }) else { return SQLITE_OK }
                return action == SQLITE_INSERT && name == "books" ? SQLITE_DENY : SQLITE_OK
            }, nil)
    }

    /// From now on no record can be written and no transaction undone, as on a disk that fails.
    func refuseRecordsAndRollback() {
        sqlite3_set_authorizer(
            database.handle,
            { _, action, name, _, _, _ in
                guard let name = name.map({ String(cString: $0) }) else { return SQLITE_OK }
                switch action {
                case SQLITE_INSERT where name == "records": return SQLITE_DENY
                case SQLITE_TRANSACTION where name == "ROLLBACK": return SQLITE_DENY
                default: return SQLITE_OK
                }
            }, nil)
    }
}

extension StoreError {
    /// What a store says after ``Store/refuseRecordsAndRollback()``.
    static let lostInTest = StoreError.lost(
        detail: "\(StoreError.forbidden.message), then \(StoreError.forbidden.message)")
}
