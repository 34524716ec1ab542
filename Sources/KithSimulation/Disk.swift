public import KithOverlay
import KithWire

/// What a machine keeps across a crash.
struct Disk {
    /// Stored records; looked up by key, read back in the order of ``order``.
    private var records: [StoredRecord.Key: StoredRecord] = [:]
    /// Keys in the order in which they came, with gaps where one was removed.
    private var order: [StoredRecord.Key?] = []
    private var places: [StoredRecord.Key: Int] = [:]
    /// Nodes that were reliable when the shell last asked.
    var nodes: [NodeRecord] = []
    /// The profile that the person wants published, and its last sequence.
    var published: (profile: Profile, sequence: UInt64)?
    /// Whether writes fail.
    var isFull = false
    /// Whether writes seem to succeed and are lost: a disk that lies about its cache.
    var losesWrites = false

    var count: Int { records.count }

    func record(_ key: StoredRecord.Key) -> StoredRecord? { records[key] }

    mutating func put(_ record: StoredRecord) {
        guard !losesWrites else { return }
        let key = record.key
        if records.updateValue(record, forKey: key) == nil {
            places[key] = order.count
            order.append(key)
        }
    }

    mutating func remove(_ key: StoredRecord.Key) {
        guard records.removeValue(forKey: key) != nil else { return }
        if let place = places.removeValue(forKey: key) { order[place] = nil }
        if order.count > 64, records.count * 2 < order.count { compact() }
    }

    var all: [StoredRecord] {
        order.compactMap { key in key.flatMap { records[$0] } }
    }

    private mutating func compact() {
        let kept = order.compactMap { $0 }
        order = kept
        for (place, key) in kept.enumerated() { places[key] = place }
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
