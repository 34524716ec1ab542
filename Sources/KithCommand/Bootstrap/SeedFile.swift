import KithCrypto
import KithHost
import KithWire

/// A signed seed list in a file, as `kith run --seeds` uses it.
struct SeedFile {
    /// Keys that are trusted without being named.
    ///
    /// None yet: the public network has no list of
    /// its own before somebody runs entry nodes for it.
    static let builtInKeys: [SeedListKey] = []

    /// Where it is.
    let path: String
    /// Whose signatures count.
    let keys: [SeedListKey]
    /// The network it must be for.
    let network: Network

    /// The file that the flags name, or nil.
    init?(_ invocation: Invocation, network: Network) throws(Failure) {
        guard let path = invocation.text("seeds") else {
            guard !invocation.has("seeds-key") else {
                throw Failure(.conflict("--seeds-key belongs to --seeds", verb: "run"))
            }
            return nil
        }
        self.path = path
        self.keys = try Self.keys(invocation)
        self.network = network
    }

    /// The keys that `--seeds-key` names, and those built in.
    static func keys(_ invocation: Invocation) throws(Failure) -> [SeedListKey] {
        var keys = builtInKeys
        for text in invocation.texts("seeds-key") {
            guard let key = SeedListKey(text: text) else {
                throw Failure(
                    .invalidData, "invalid-key", "this is no key of a seed list",
                    hint: "it is the line NAME+HASH+KEY that 'kith bootstrap key' printed")
            }
            keys.append(key)
        }
        guard !keys.isEmpty else {
            throw Failure(
                .conflict(
                    "nobody's signature is trusted; give --seeds-key", verb: invocation.verb.name))
        }
        return keys
    }

    /// The list, when it is well formed, for this network, in date and signed by a trusted key.
    ///
    /// Whether it is the newest known, ``admit(_:in:)`` says.
    func read() throws(Failure) -> SeedList {
        try Self.read(path, keys: keys, network: network)
    }

    /// Refuses a list that is older than one this home has used, by the same signers; else
    /// remembers how new it is.
    func admit(_ list: SeedList, in store: Store) throws(Failure) {
        let signers = list.signers(among: keys)
        let newest: UInt64
        do throws(StoreError) {
            newest = try store.seedListSequence(signedBy: signers)
            if list.sequence > newest {
                try store.apply([.seedList(sequence: list.sequence, signers: signers)])
            }
        } catch {
            throw Failure(.store(error))
        }
        guard list.sequence >= newest else {
            throw Failure(
                .invalidData, "invalid-seed-list",
                "\(Terminal.safe(path)) was refused: \(SeedListError.rolledBack.description)"
                    + " (sequence \(list.sequence) after \(newest))",
                hint: "get the current list from those who sign it; "
                    + "--seed RECORD works without a list")
        }
    }

    /// The list in a file, checked.
    static func read(
        _ path: String, keys: [SeedListKey], network: Network
    ) throws(Failure) -> SeedList {
        let bytes = try TextFile.read(path, bytesMax: SeedList.bytesMax)
        do throws(SeedListError) {
            let list = try SeedList.parse(bytes)
            try list.verify(keys: keys, network: network, now: SystemClock.unix())
            return list
        } catch {
            throw Failure(
                .invalidData, "invalid-seed-list",
                "\(Terminal.safe(path)) was refused: \(error.description)",
                hint: "'kith bootstrap check FILE' says more; --seed RECORD works without a list")
        }
    }
}
