import KithCrypto
import KithWire

/// What this node has signed about locations of its own that are nearly full.
///
/// A signature costs 23 us, so a statement is given to everybody until half of its life is over.
/// Who was said to be full stays so until half is empty: otherwise readers would not find
/// anybody deeper whenever one entry of a just full location expires.
struct FullStatements: Sendable {
    @Boxed private var settings: Settings.Storage
    private var given: LRU<Location, FullStatement>

    /// No statement yet.
    init(settings: Settings.Storage) {
        self.settings = settings
        given = LRU(capacity: settings.fullStatementsMax)
    }

    /// How many are remembered.
    var count: Int { given.count }

    /// The statement about `location`, at which `held` live records are, or nil when there is
    /// room.
    mutating func statement(
        about location: Location, holding held: Int, network: Network,
        key: borrowing Ed25519.SecretKey, at now: Moment
    ) -> FullStatement? {
        guard held * 100 >= settings.locationRecordsMax * settings.staysFullPercent else {
            return nil
        }
        let before = given.value(for: location, at: now.instant)
        let isFull = held * 100 >= settings.locationRecordsMax * settings.fullPercent
        guard isFull || before != nil else { return nil }
        let life = FullStatement.lifeMax
        if let before, before.until - now.unix > life.scaled(by: 0.5),
            before.until - now.unix <= life
        {
            return before
        }
        let statement = FullStatement.sign(
            location, until: now.unix + life, network: network, with: key)
        given.insert(statement, for: location, expires: now.instant + settings.fullMemory)
        return statement
    }

    /// Whether `location`, at which `held` live records are, counts as full.
    func isFull(_ location: Location, holding held: Int, at now: Instant) -> Bool {
        let isFull = held * 100 >= settings.locationRecordsMax * settings.fullPercent
        let staysFull = held * 100 >= settings.locationRecordsMax * settings.staysFullPercent
        return isFull || staysFull && given.peek(location, at: now) != nil
    }
}
