import KithCrypto
import KithOverlay
import KithWire

/// What liars tell each other: who is one of them, whom they met, and what they were given.
///
/// The strongest form of collusion: whatever one learns all know at once, at no cost.
public final class Conspiracy {
    /// The liars.
    private(set) var members: [NodeRecord] = []
    /// Honest nodes that one of them has heard of.
    private(set) var met: [NodeRecord] = []
    private var known: Set<X25519.PublicKey> = []
    /// The first version of every record that one of them was given.
    private var firsts: [StoredRecord.Key: Record] = [:]
    /// Keys of ``firsts`` by location, in the order in which they came.
    private var keys: [Location: [StoredRecord.Key]] = [:]
    /// Keys of ``firsts`` in the order in which they came.
    private var all: [StoredRecord.Key] = []
    /// Altered records, made once.
    private var forgeries: [StoredRecord.Key: [UInt8]] = [:]

    /// Records kept; enough for every experiment.
    private static let recordsMax = 20_000
    /// Honest nodes remembered.
    private static let metMax = 20_000

    /// Nobody yet.
    public init() {}

    func join(_ record: NodeRecord) {
        members.append(record)
        known.insert(record.key)
    }

    func meet(_ record: NodeRecord) {
        guard met.count < Conspiracy.metMax, known.insert(record.key).inserted else { return }
        met.append(record)
    }

    /// Whether the node with this key is one of them, or one of them has met it.
    func knows(_ key: X25519.PublicKey) -> Bool { known.contains(key) }

    /// Takes note of a record that a liar was asked to keep.
    func take(_ record: Record) {
        let key = StoredRecord.Key(location: record.location, author: record.author)
        guard firsts[key] == nil, all.count < Conspiracy.recordsMax else { return }
        firsts[key] = record
        keys[record.location, default: []].append(key)
        all.append(key)
    }

    /// The first versions of what is at `location`.
    func firsts(at location: Location) -> [[UInt8]] {
        (keys[location] ?? []).prefix(Message.itemsMax).compactMap { firsts[$0]?.encoded }
    }

    /// Forgeries of what is at `location`; when nothing is known of it, somebody else's record.
    func forgeries(
        at location: Location, network: Network, entropy: inout Entropy
    ) -> [[UInt8]] {
        guard let here = keys[location] else {
            guard let other = entropy.element(of: all) else { return [] }
            return firsts[other].map { [$0.encoded] } ?? []
        }
        return here.prefix(Message.itemsMax).compactMap { key in
            if let made = forgeries[key] { return made }
            guard let record = firsts[key] else { return nil }
            let made = record.forged(network: network, entropy: &entropy)
            forgeries[key] = made
            return made
        }
    }

    /// The liars closest to `target`.
    func members(near target: Location) -> [NodeRecord] {
        members.closest(Message.itemsMax, to: target)
    }

    /// The nodes closest to `target`, honest or not, as an honest node would name them.
    func everyone(near target: Location) -> [NodeRecord] {
        (members(near: target) + met.closest(Message.itemsMax, to: target))
            .closest(Message.itemsMax, to: target)
    }
}

extension [NodeRecord] {
    /// The `count` records whose ids are closest to `target`, closest first.
    func closest(_ count: Int, to target: Location) -> [NodeRecord] {
        var found: [(distance: Point, record: NodeRecord)] = []
        for record in self {
            let distance = target.distance(to: record.id)
            if found.count == count, let last = found.last, last.distance < distance { continue }
            let place = found.firstIndex { distance < $0.distance } ?? found.count
            found.insert((distance, record), at: place)
            if found.count > count { found.removeLast() }
        }
        return found.map(\.record)
    }
}

extension Record {
    /// The same author's record with another body and a later sequence, signed by somebody else.
    ///
    /// Only the signature tells it from a true one.
    fileprivate func forged(network: Network, entropy: inout Entropy) -> [UInt8]? {
        let forger = Ed25519.SecretKey(seed: entropy.bytes32())
        let later = sequence &+ (1 + entropy.below(1_000)) << 16
        do {
            let made = try Record.sign(
                kind: kind, author: forger, sequence: later, created: created,
                expires: expires, location: kind.isShared ? location : nil,
                body: kind == .profile ? nil : body, network: network)
            return made.encoded.replacing(forger.publicKey.bytes, with: author.bytes)
        } catch {
            return nil
        }
    }
}

extension [UInt8] {
    /// These bytes with the first occurrence of 32 bytes replaced by others.
    fileprivate func replacing(_ old: Bytes32, with new: Bytes32) -> [UInt8]? {
        let old = old.withBytes { Array($0) }
        guard let start = indices.first(where: { self[$0...].starts(with: old) }) else {
            return nil
        }
        var bytes = self
        bytes.replaceSubrange(start..<start + old.count, with: new.withBytes { Array($0) })
        return bytes
    }
}
