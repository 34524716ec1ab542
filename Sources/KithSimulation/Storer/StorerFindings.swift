public import KithOverlay
import KithWire

/// What a ``StorerExperiment`` measured.
public struct StorerFindings: Sendable {
    /// Common strings longer than this would join two records (issue "Privacy levels are keys").
    public static let commonBytesMax = 8
    /// Standard deviations beyond which chance is ruled out: one in a million.
    static let deviationsMax = 4.75
    /// From which share on cards are readable: as of any FIND.
    static let wantedShare = 0.99

    /// People, each with a machine.
    public internal(set) var people = 0
    /// Records of each kind that were kept.
    public internal(set) var counts: [(name: String, count: Int)] = []
    /// Sealed records and requests of another size than 640 bytes.
    public internal(set) var otherSizes = 0
    /// Sealed records and requests that a judge with all secret keys cannot explain, or of which
    /// the keys name another writer than they came from.
    public internal(set) var unexplained = 0
    /// The fewest epochs of which cards of a level and person were kept, of those who have cards.
    public internal(set) var epochsMin: Int?
    /// Cards read at the end that showed what they should, or nothing where they should not.
    public internal(set) var cards = Tally()

    /// A string that two records of one person have in common.
    public struct Common: Sendable {
        /// The longest there is.
        public let string: CommonString
        /// Whose it is.
        public let writer: Int
    }

    /// The longest string that two sealed records or requests of one person have in common.
    ///
    /// Versions of one record are not compared here: they have the same author, since each takes
    /// the place of the one before.
    public internal(set) var common: Common?
    /// The longest that bodies and signatures have in common, those of versions of one record, too.
    public internal(set) var commonOfVersions: Common?
    /// The same as ``common`` after nine bytes of a record were put into another: the control.
    public internal(set) var planted: Common?

    /// Sealed records that all public keys lead to.
    public internal(set) var found: Int?
    /// Profiles in the clear that they lead to, of all there are: the control.
    public internal(set) var profiles: (found: Int, there: Int)?
    /// Requests that they lead to, by whom they are for: mailboxes of strangers are public.
    public internal(set) var requests: (found: Int, there: Int)?
    /// Sealed records that they lead to together with one secret of one person, and how many there
    /// are under it: the other control.
    public internal(set) var leaked: (found: Int, there: Int)?

    /// Sizes and structures of sealed records.
    public internal(set) var shapes: Int?
    /// The farthest that a part of one kind is from those of all other kinds, in standard
    /// deviations.
    public internal(set) var unlike: Double?
    /// Which kind and part that is.
    public internal(set) var unlikeWhat = ""
    /// The farthest that bodies and low bits of a kind are from drawn ones.
    public internal(set) var uneven: Double?
    /// How far what is inside of them is from drawn bytes: the control.
    public internal(set) var unevenInside: Double?

    /// How much virtual time passed.
    public internal(set) var virtualTime: Duration = .zero
    /// Datagrams delivered.
    public internal(set) var delivered: UInt64 = 0
    /// Counters of all machines.
    public internal(set) var counters = Counters()
    /// What should never have happened.
    public internal(set) var violations: [Violation] = []
    /// The hash of every delivery and event.
    public internal(set) var trace = ""
}

extension StorerFindings {
    mutating func take(_ archive: Archive, _ disclosure: Disclosure) {
        let hidden = archive.items(of: .sealed, .request)
        otherSizes = hidden.count { $0.record.encoded.count != Record.sealedBytes }
        unexplained =
            disclosure.unexplained + disclosure.misattributed + disclosure.unreadable
        let likeness = Likeness(disclosure.items)
        counts = Disclosure.Kind.allCases.map { ($0.rawValue, likeness.count($0)) }
        counts.append(("request", disclosure.requests))
        counts.append(("profile", archive.items(of: .profile).count))
        shapes = max(likeness.sizes.count, likeness.structures.count)
        unevenInside = likeness.opened.excess
        takeLikeness(likeness)
        takeEpochs(disclosure)
        profiles = (0, archive.items(of: .profile).count)
        requests = (0, disclosure.requests)
    }

    private mutating func takeLikeness(_ likeness: Likeness) {
        let parts: [(String, KeyPath<Likeness.Form, ByteCounts>)] = [
            ("author", \.author), ("body", \.body), ("signature", \.signature),
            ("low bits", \.lowBits),
        ]
        // What could not be measured is no figure at all.
        var (worst, worstDrawn): (Double?, Double?) = (-.infinity, -.infinity)
        for kind in Disclosure.Kind.allCases {
            for (name, part) in parts {
                let what = "\(name) of a \(kind.rawValue)"
                guard let excess = likeness.excess(of: kind, part) else {
                    (worst, unlikeWhat) = (nil, "\(what) cannot be compared")
                    continue
                }
                guard let known = worst, excess > known else { continue }
                (worst, unlikeWhat) = (excess, what)
            }
            for part in [\Likeness.Form.body, \.lowBits] {
                let excess = likeness.excessOverDrawn(of: kind, part)
                worstDrawn = excess.flatMap { new in worstDrawn.map { max($0, new) } }
            }
        }
        (unlike, uneven) = (worst, worstDrawn)
    }

    private mutating func takeEpochs(_ disclosure: Disclosure) {
        struct Level: Hashable {
            let writer: Int
            let isFriends: Bool
        }
        var epochs: [Level: Set<UInt32>] = [:]
        for item in disclosure.items {
            switch item.kind {
            case .contactsCard:
                epochs[Level(writer: item.writer, isFriends: false), default: []].insert(item.epoch)
            case .friendsCard:
                epochs[Level(writer: item.writer, isFriends: true), default: []].insert(item.epoch)
            case .letter, .cover: break
            }
        }
        epochsMin = epochs.values.map(\.count).min()
    }

    mutating func take(
        _ string: CommonString?, of writer: Int, as kind: WritableKeyPath<Self, Common?>
    ) {
        guard let string, string.bytes.count > self[keyPath: kind]?.string.bytes.count ?? 0
        else { return }
        self[keyPath: kind] = Common(string: string, writer: writer)
    }

    mutating func take(_ found: Stalker.Catch) {
        self.found = found.sealed
        profiles?.found = found.profiles
        requests?.found = found.requests
    }

    /// The goals of a run, and what was measured of them.
    public var goals: [Goal] {
        [
            Goal("other sizes than 640 bytes", .count, .atMost(0), measured: Double(otherSizes)),
            Goal("not explained by keys", .count, .atMost(0), measured: Double(unexplained)),
            Goal("epochs of each level", .count, .atLeast(2), measured: epochsMin.map(Double.init)),
            Goal(
                "string common to two records of one, bytes", .count,
                .atMost(Double(Self.commonBytesMax)), measured: Self.length(common)),
            Goal(
                "common to bodies and signatures of one, bytes", .count,
                .atMost(Double(Self.commonBytesMax)), measured: Self.length(commonOfVersions)),
            Goal(
                "the same with 9 bytes planted", .count,
                .atLeast(Double(Self.commonBytesMax + 1)), measured: Self.length(planted)),
            Goal(
                "found with all public keys", .count, .atMost(0),
                measured: found.map(Double.init)),
            Goal("profiles found by them", .share, .atLeast(1), measured: Self.share(profiles)),
            Goal("requests found by them", .share, .atLeast(1), measured: Self.share(requests)),
            Goal("found with one secret", .share, .atLeast(1), measured: Self.share(leaked)),
            Goal("shapes", .count, .atMost(1), measured: shapes.map(Double.init)),
            Goal(
                "unlike the other kinds, deviations", .deviations, .below(Self.deviationsMax),
                measured: unlike),
            Goal(
                "unlike drawn bytes, deviations", .deviations, .below(Self.deviationsMax),
                measured: uneven),
            Goal(
                "the same of what is inside", .deviations, .atLeast(Self.deviationsMax),
                measured: unevenInside),
            Goal(
                "cards shown as they should", .share, .atLeast(Self.wantedShare),
                measured: cards.tried == 0 ? nil : cards.success),
            Goal("invariants violated", .count, .atMost(0), measured: Double(violations.count)),
        ]
    }

    private static func length(_ common: Common?) -> Double? {
        common.map { Double($0.string.bytes.count) }
    }

    private static func share(_ part: (found: Int, there: Int)?) -> Double? {
        guard let part, part.there > 0 else { return nil }
        return part.found == part.there ? 1 : Double(part.found) / Double(part.there)
    }
}
