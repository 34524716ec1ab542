/// Records that newer versions took the place of, for as long as these may not reach the disk.
///
/// The shell drains the events of one or several inputs, writes what they ask for, and says when
/// that failed before it gives the node anything else. Until then the older version is the one on
/// disk, and its author has a receipt for it.
struct Superseded {
    private var versions: [StoredRecord] = []
    /// Whether the shell has all events that these belong to.
    private var isDrained = false

    /// Takes note of a version that has just been replaced.
    mutating func note(_ version: StoredRecord) {
        if isDrained { versions.removeAll(keepingCapacity: true) }
        isDrained = false
        versions.append(version)
    }

    /// The shell has taken all events; with the next ones it says that these are on disk.
    mutating func drained() {
        isDrained = true
    }

    /// The version of a record that is on disk, when the newer ones could not be written.
    mutating func take(_ key: StoredRecord.Key) -> StoredRecord? {
        guard let first = versions.first(where: { $0.key == key }) else { return nil }
        versions.removeAll { $0.key == key }
        return first
    }
}
