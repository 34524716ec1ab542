/// The nodes that a newcomer asks first, signed by who keeps the list.
///
/// A C2SP signed note (c2sp.org/signed-note) of at most 64 KiB whose text is
///
/// ```
/// kith-seeds v1 kith
/// sequence 7
/// expires 2027-02-01
/// kith-node:…
/// kith-node:…
///
/// — seeds.kith.example TnVtYmVyIDUg…
/// ```
///
/// Every line ends with one newline; the first two words of each line are separated by one space;
/// numbers have no leading zero. `expires` is the first day (UTC) on which the list is no longer
/// used. A list has 1…64 node records, in the order in which they should be tried, none twice. An
/// empty line ends the text; what is signed are all bytes before that empty line. Then 1…8
/// signature lines: an em dash, a space, the name of the key, a space, and base64 of the key id
/// (4 bytes, see ``SeedListKey``) and the Ed25519 signature (64 bytes). Signatures by keys that a
/// reader does not know are ignored, so that keys can be rotated.
///
/// There are no comments, and every list has exactly one spelling.
public struct SeedList: Sendable, Hashable {
    /// The largest list in bytes.
    public static let bytesMax = 65_536
    /// The most nodes: a newcomer needs one that answers.
    public static let seedsMax = 64
    /// The most signatures: old and new keys during a rotation, with room.
    public static let signaturesMax = 8
    /// How long a list should be valid: whoever holds old ones back gets a month at most.
    public static let recommendedLife: Duration = .seconds(30 * 86_400)

    /// The name of the network that the nodes belong to.
    public let network: String
    /// Grows with every list; a reader never goes back.
    public let sequence: UInt64
    /// The first day on which the list is no longer used.
    public let expires: SeedListDate
    /// The nodes, the one to try first in front.
    public let seeds: [NodeRecord]
    /// Who signed, in the order of the lines.
    public internal(set) var signatures: [SeedListSignature]

    /// A list that nobody signed yet.
    public init(
        network: Network, sequence: UInt64, expires: SeedListDate, seeds: [NodeRecord]
    ) throws(SeedListError) {
        guard !seeds.isEmpty else { throw .noSeeds }
        guard seeds.count <= SeedList.seedsMax else { throw .tooManySeeds }
        for (index, seed) in seeds.enumerated()
        where seeds[..<index].contains(where: { $0.id == seed.id }) {
            throw .repeatedSeed(line: index + 4)
        }
        self.init(
            checked: network.name, sequence: sequence, expires: expires, seeds: seeds,
            signatures: [])
    }

    /// A list whose parts were checked one by one.
    init(
        checked network: String, sequence: UInt64, expires: SeedListDate, seeds: [NodeRecord],
        signatures: [SeedListSignature]
    ) {
        self.network = network
        self.sequence = sequence
        self.expires = expires
        self.seeds = seeds
        self.signatures = signatures
    }

    /// The lines that are signed, each with its newline.
    public var statement: String {
        var text = "kith-seeds v1 \(network)\nsequence \(sequence)\nexpires \(expires)\n"
        for seed in seeds { text += seed.text + "\n" }
        return text
    }

    /// The whole list as it is published.
    public var text: String {
        statement + "\n" + signatures.map { $0.line + "\n" }.joined()
    }
}
