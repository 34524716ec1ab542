import KithCrypto
import KithWire

/// Whether kinds of sealed records can be told apart by their form: size, structure, and how often
/// each byte occurs in the parts that vary.
struct Likeness {
    /// The form of the records of one kind.
    struct Form {
        /// How many there are.
        var records = 0
        /// Authors, each once: versions of one record have the same.
        var author = ByteCounts(.halves)
        /// Bodies.
        var body = ByteCounts()
        /// Signatures.
        var signature = ByteCounts()
        /// The low bits of the sequence: its counter and the last byte of its milliseconds.
        var lowBits = ByteCounts(.halves)
    }

    /// Sizes in bytes, each once.
    private(set) var sizes: Set<Int> = []
    /// Structures, each once: key, type and length of each item.
    private(set) var structures: Set<[Int]> = []
    private var forms = [Form](repeating: Form(), count: Disclosure.Kind.allCases.count)
    /// What is inside of those that open: the control.
    private(set) var opened = ByteCounts()

    /// Looks at all of these.
    init(_ items: [Disclosure.Item]) {
        var authors: Set<Ed25519.PublicKey> = []
        for item in items {
            let record = item.record
            sizes.insert(record.encoded.count)
            structures.insert(Self.structure(of: record.encoded))
            let kind = Self.index(item.kind)
            forms[kind].records += 1
            if authors.insert(record.author).inserted {
                forms[kind].author.add(record.author.bytes.bytes)
            }
            forms[kind].body.add(record.body ?? [])
            forms[kind].signature.add(record.signature.bytes)
            let low = record.sequence
            forms[kind].lowBits.add((0..<3).map { UInt8(truncatingIfNeeded: low >> (8 * $0)) })
            opened.add(item.text)
        }
    }

    private static func index(_ kind: Disclosure.Kind) -> Int {
        switch kind {
        case .contactsCard: 0
        case .friendsCard: 1
        case .letter: 2
        case .cover: 3
        }
    }

    /// How many records of this kind there are.
    func count(_ kind: Disclosure.Kind) -> Int { forms[Self.index(kind)].records }

    /// By how many standard deviations the bytes of a part of one kind are further from those of all
    /// other kinds than chance explains; nil where there are too few of them to tell.
    func excess(of kind: Disclosure.Kind, _ part: KeyPath<Form, ByteCounts>) -> Double? {
        var others = Form()[keyPath: part]
        for (index, form) in forms.enumerated() where index != Self.index(kind) {
            others.add(form[keyPath: part])
        }
        return forms[Self.index(kind)][keyPath: part].excess(over: others)
    }

    /// The same against bytes that were drawn, for the parts that are to look so.
    func excessOverDrawn(of kind: Disclosure.Kind, _ part: KeyPath<Form, ByteCounts>) -> Double? {
        forms[Self.index(kind)][keyPath: part].excess
    }

    /// Key, type and length in bytes of each item of a map.
    private static func structure(of encoded: [UInt8]) -> [Int] {
        do throws(DecodeError) {
            var reader = CBORReader(encoded.span.bytes)
            var map = try reader.map()
            var structure = [map.count]
            while let key = try map.next(in: &reader) {
                _ = try map.accept(key, in: &reader)
                let start = reader.offset
                let type = try reader.nextType()
                switch type {
                case .bytes: _ = try reader.bytes()
                case .unsigned: _ = try reader.uint()
                case .negative, .text, .array, .map, .bool: throw .wrongType
                }
                structure += [Int(key), Int(type.rawValue), reader.offset - start]
            }
            try reader.finish()
            return structure
        } catch {
            preconditionFailure("a record of another form was stored: \(error)")
        }
    }
}
