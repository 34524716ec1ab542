extension SeedList {
    /// Reads a published list.
    ///
    /// Says nothing about who signed it, see ``verify(keys:network:now:newest:)``.
    ///
    /// - Throws: the fault of the first line that has one.
    public static func parse(_ bytes: [UInt8]) throws(SeedListError) -> SeedList {
        guard bytes.count <= bytesMax else { throw .tooLarge }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .invalidText }
        return try parse(text: text)
    }

    /// Reads a published list from text, see ``parse(_:)``.
    public static func parse(text: String) throws(SeedListError) -> SeedList {
        guard text.utf8.count <= bytesMax else { throw .tooLarge }
        // Split at the byte: a carriage return in front would make one Character of both.
        var lines = text.utf8
            .split(separator: 0x0A, maxSplits: .max, omittingEmptySubsequences: false)
            .map { Substring($0) }
        let isTerminated = lines.removeLast().isEmpty
        let end = lines.firstIndex(where: \.isEmpty) ?? lines.endIndex
        guard let header = lines.first, let network = value(of: header, after: "kith-seeds v1 "),
            Network.isName(String(network))
        else { throw .badHeader }
        guard end > 1, let digits = value(of: lines[1], after: "sequence "),
            let sequence = UInt64(digits), String(sequence) == digits
        else { throw .badSequence }
        guard end > 2, let date = value(of: lines[2], after: "expires "),
            let expires = SeedListDate(date)
        else { throw .badExpiry }
        let seeds = try seeds(of: lines[3..<end])
        guard isTerminated, end < lines.endIndex - 1 else { throw .unsigned }
        let signatures = try signatures(of: lines[(end + 1)...])
        return SeedList(
            checked: String(network), sequence: sequence, expires: expires, seeds: seeds,
            signatures: signatures)
    }

    private static func seeds(
        of lines: ArraySlice<Substring>
    ) throws(SeedListError) -> [NodeRecord] {
        guard !lines.isEmpty else { throw .noSeeds }
        guard lines.count <= seedsMax else { throw .tooManySeeds }
        var seeds: [NodeRecord] = []
        for (index, line) in zip(lines.indices, lines) {
            let seed: NodeRecord
            do throws(NodeRecordTextError) {
                seed = try NodeRecord(text: String(line))
            } catch {
                throw .badSeed(line: index + 1)
            }
            guard !seeds.contains(where: { $0.id == seed.id }) else {
                throw .repeatedSeed(line: index + 1)
            }
            seeds.append(seed)
        }
        return seeds
    }

    private static func signatures(
        of lines: ArraySlice<Substring>
    ) throws(SeedListError) -> [SeedListSignature] {
        guard lines.count <= signaturesMax else { throw .tooManySignatures }
        var signatures: [SeedListSignature] = []
        for (index, line) in zip(lines.indices, lines) {
            guard let signature = SeedListSignature(line: line) else {
                throw .badSignatureLine(line: index + 1)
            }
            guard
                !signatures.contains(where: {
                    $0.name == signature.name && $0.id == signature.id
                })
            else { throw .tooManySignatures }
            signatures.append(signature)
        }
        return signatures
    }

    private static func value(of line: Substring, after label: String) -> Substring? {
        line.utf8.starts(with: label.utf8)
            ? Substring(line.utf8.dropFirst(label.utf8.count)) : nil
    }
}
