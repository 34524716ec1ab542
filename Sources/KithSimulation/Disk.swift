public import KithOverlay
import KithWire

/// What a machine keeps across a crash: bytes, which a restart decodes.
struct Disk {
    /// A record as it was written.
    private struct Entry {
        let bytes: [UInt8]
        let source: Address
        let until: UnixTime

        /// The record in it; nil when the bytes are none.
        var decoded: StoredRecord? {
            guard let record = try? Record.decode(bytes.span.bytes) else { return nil }
            return StoredRecord(record: record, source: source, until: until)
        }
    }

    /// What the person wants of their profile.
    struct Publication {
        private let body: [UInt8]
        /// The last sequence that was signed.
        var sequence: UInt64
        /// Until when it is to be kept withdrawn; nil while it is published.
        var withdrawnUntil: UnixTime?

        init(_ profile: Profile, sequence: UInt64) {
            body = profile.encode()
            self.sequence = sequence
        }

        /// The profile, decoded.
        var profile: Profile {
            do {
                return try Profile.decode(body.span.bytes)
            } catch {
                preconditionFailure("a profile on disk does not decode: \(error)")
            }
        }

        /// What is signed now: the profile, or nil for a withdrawal.
        var signed: Profile? { withdrawnUntil == nil ? profile : nil }
    }

    /// Stored records; looked up by key, read back in the order of ``order``.
    private var records: [StoredRecord.Key: Entry] = [:]
    /// Keys in the order in which they came, with gaps where one was removed.
    private var order: [StoredRecord.Key?] = []
    private var places: [StoredRecord.Key: Int] = [:]
    /// What was half written when the power failed.
    private var torn: Entry?
    private var nodeBytes: [[UInt8]] = []
    /// What the person wants published or withdrawn, and its last sequence.
    var publication: Publication?
    /// The node's guards.
    var guards: [Guard] = []
    private var bookBytes: [UInt8]?
    /// Whether writes fail.
    var isFull = false
    /// Whether writes seem to succeed and are lost: a disk that lies about its cache.
    var losesWrites = false

    /// The person's contact book, decoded; nil for somebody who has none.
    var book: ContactBook? {
        get { bookBytes.map(Self.book) }
        set { bookBytes = newValue?.encode() }
    }

    private static func book(in bytes: [UInt8]) -> ContactBook {
        do {
            return try ContactBook.decode(bytes.span.bytes)
        } catch {
            preconditionFailure("a contact book on disk does not decode: \(error)")
        }
    }

    var count: Int { records.count }

    /// Nodes that were reliable when the shell last asked.
    var nodes: [NodeRecord] {
        get { nodeBytes.compactMap { try? NodeRecord.decode($0.span.bytes) } }
        set { nodeBytes = newValue.map(\.encoded) }
    }

    func record(_ key: StoredRecord.Key) -> StoredRecord? { records[key]?.decoded }

    mutating func put(_ record: StoredRecord) {
        guard !losesWrites else { return }
        let key = record.key
        let entry = Entry(
            bytes: record.record.encoded, source: record.source, until: record.until)
        if records.updateValue(entry, forKey: key) == nil {
            places[key] = order.count
            order.append(key)
        }
    }

    /// Writes the first `share` of a record, 0…1, and no more: the power failed.
    mutating func tear(_ record: StoredRecord, at share: Double) {
        let bytes = record.record.encoded
        let written = Int(Double(bytes.count) * share)
        torn = Entry(
            bytes: Array(bytes.prefix(written)), source: record.source, until: record.until)
    }

    mutating func remove(_ key: StoredRecord.Key) {
        guard records.removeValue(forKey: key) != nil else { return }
        if let place = places.removeValue(forKey: key) { order[place] = nil }
        if order.count > 64, records.count * 2 < order.count { compact() }
    }

    /// Everything that decodes, in the order in which it came; what is torn comes last.
    var all: [StoredRecord] {
        order.compactMap { key in key.flatMap { records[$0]?.decoded } }
            + [torn].compactMap { $0?.decoded }
    }

    /// Flips the first byte of a record: what a failing disk does.
    mutating func spoil(_ key: StoredRecord.Key) {
        guard let entry = records[key], let first = entry.bytes.first else { return }
        records[key] = Entry(
            bytes: [~first] + entry.bytes.dropFirst(), source: entry.source, until: entry.until)
    }

    /// Whether something on it that was written whole does not decode.
    var isDamaged: Bool {
        order.contains { key in key.flatMap { records[$0] }.map { $0.decoded == nil } ?? false }
    }

    private mutating func compact() {
        let kept = order.compactMap { $0 }
        order = kept
        for (place, key) in kept.enumerated() { places[key] = place }
    }
}

extension Disk.Publication {
    /// What a shell that starts again asks its node for.
    var command: Command {
        if let withdrawnUntil {
            .keepWithdrawn(profile, lastSequence: sequence, until: withdrawnUntil)
        } else {
            .keepPublished(profile, lastSequence: sequence)
        }
    }
}

extension Machine {
    /// The records on its disk, in the order in which they came.
    public var stored: [StoredRecord] { disk.all }

    /// The record on its disk with this key.
    public func stored(_ key: StoredRecord.Key) -> StoredRecord? { disk.record(key) }

    /// Fills the disk, or makes room again: while it is full nothing can be made durable.
    public func setDiskFull(_ isFull: Bool) { disk.isFull = isFull }

    /// Lets every write seem to succeed and be lost, or ends that.
    public func loseWrites(_ loses: Bool) { disk.losesWrites = loses }

    /// Erases all records behind the back of a machine that is off, which still answers for what
    /// it acknowledged.
    public func damageDisk() {
        precondition(!isUp, "machine \(number) is on")
        for record in disk.all { disk.remove(record.key) }
    }

    /// Puts other records on the disk of a machine that is off: what a liar would hold.
    public func replaceStored(_ records: [StoredRecord]) {
        precondition(!isUp, "machine \(number) is on")
        for record in disk.all { disk.remove(record.key) }
        for record in records { disk.put(record) }
        acknowledged.removeAll()
    }
}
