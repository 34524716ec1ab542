import KithWire

/// The indices of at most 16 neighbours, closest first; fixed storage, no allocation.
///
/// Valid until the table that filled it changes.
struct Nearest: Sendable {
    /// The most indices it holds: what one reply can carry.
    static let capacity = 16

    private var indices: [16 of UInt16] = .init(repeating: 0)
    /// How many it holds.
    private(set) var count = 0

    /// Holds nothing.
    init() {}

    /// The index of the neighbour at `position`, 0 being the closest.
    subscript(position: Int) -> Int {
        precondition(position < count, "position \(position) of \(count)")
        return Int(indices[position])
    }

    /// Puts `index` at `position`, moves those behind it back, and keeps at most `limit`.
    fileprivate mutating func insert(_ index: Int, at position: Int, limit: Int) {
        var place = min(count, limit - 1)
        while place > position {
            indices[place] = indices[place - 1]
            place -= 1
        }
        indices[position] = UInt16(index)
        count = min(count + 1, limit)
    }
}

/// Finds the nearest of many points in one pass, keeping the best in order.
struct NearestSearch {
    private let limit: Int
    private var distances: [16 of Point] = .init(repeating: Point())
    private(set) var nearest = Nearest()

    /// Looks for at most `limit` points, 1…16.
    init(limit: Int) {
        precondition(limit > 0 && limit <= Nearest.capacity, "\(limit) nearest")
        self.limit = limit
    }

    /// Whether a point at `distance` would be among the nearest so far.
    @inline(__always)
    func wants(_ distance: Point) -> Bool {
        nearest.count < limit || distance < distances[limit - 1]
    }

    /// Takes the neighbour at `index` in, whose `distance` is wanted.
    mutating func take(index: Int, distance: Point) {
        var position = nearest.count
        while position > 0, distance < distances[position - 1] { position -= 1 }
        var place = min(nearest.count, limit - 1)
        while place > position {
            distances[place] = distances[place - 1]
            place -= 1
        }
        distances[position] = distance
        nearest.insert(index, at: position, limit: limit)
    }
}
