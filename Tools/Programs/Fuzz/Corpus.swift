import Foundation
import KithCrypto
import KithHost
import KithWire

/// Inputs to start from: the vectors, and what cannot be a vector.
enum Corpus {
    /// Writes the inputs of `target` into `directory`, one file each.
    static func write(_ target: Target, vectors: String, into directory: String) throws {
        let files = FileManager.default
        try files.createDirectory(atPath: directory, withIntermediateDirectories: true)
        var inputs: [[UInt8]] = made(for: target)
        for area in target.areas {
            let folder = "\(vectors)/\(area)"
            let names = (try? files.contentsOfDirectory(atPath: folder)) ?? []
            for name in names.sorted() where name.hasSuffix(".txt") {
                inputs += try read("\(folder)/\(name)", area: area)
            }
        }
        for (number, input) in inputs.enumerated() {
            try Data(input).write(to: URL(fileURLWithPath: "\(directory)/\(number)"))
        }
    }

    /// The bytes of a vector, and its text form if it has one.
    private static func read(_ path: String, area: String) throws -> [[UInt8]] {
        let content = try String(contentsOfFile: path, encoding: .utf8)
        if area == "text" {
            return content.split(separator: "\n").prefix(400).map { line in
                let scalars = line.prefix { $0 != ";" }.split(separator: " ")
                    .compactMap { UInt32($0, radix: 16).flatMap(Unicode.Scalar.init) }
                var text = String.UnicodeScalarView()
                text.append(contentsOf: scalars)
                return Array(String(text).utf8)
            }
        }
        let lines = content.split(separator: "\n", omittingEmptySubsequences: false)
        let head = lines.prefix { !$0.isEmpty }
        guard let bytes = Hex.decode(lines.dropFirst(head.count).joined()) else { return [] }
        let texts = head.filter { $0.hasPrefix("text: ") }.map { Array($0.dropFirst(6).utf8) }
        return [bytes] + texts
    }

    private static func made(for target: Target) -> [[UInt8]] {
        switch target.name {
        case "handshake-payload":
            return [[0x83, 0x18, 0x63, 0x01, 0xa2, 0, 1, 1, 1, 0, 0, 0, 0]]
        case "entry":
            return [IndexEntry(day: 20_000, shard: 3, digest: [1, 2, 0xffff]).encode(), []]
        case "privacy":
            return sealedTexts()
        case "contact-book":
            return contactBooks()
        case "identity-file":
            return identityFiles()
        case "receipt":
            return [[UInt8](0..<176)]
        case "identity-text":
            let key = Ed25519.PublicKey(Bytes32(bigEndianWords: (1, 2, 3, 4)))
            return [Array(IdentityText.encode(key).utf8), Array("00ffAB".utf8)]
        case "seed-list":
            let key = Ed25519.SecretKey(seed: Bytes32())
            let text = SeedListKey(name: "seeds.example", publicKey: key.publicKey)?.text
            return [Array((text ?? "").utf8)]
        case "json":
            return [
                #"{"id":1,"command":"find","arguments":{"name":"é\ud83d\ude00","limit":-0}}"#,
                #"[1,-2.5e+10,18446744073709551615,true,false,null,"\"\\\/\b\f\n\r\t",[],{}]"#,
            ].map { Array($0.utf8) }
        case "packet":
            return packets
        case "node":
            return scripts
        default:
            return []
        }
    }

    /// Scripts for packets: a good one, one touched in the header, in the body, and one of nonsense.
    ///
    /// The dice, who touches it where and how, then kind and rest of each instruction.
    private static var packets: [[UInt8]] {
        let good = [UInt8](repeating: 7, count: Sphinx.instructionBytes - 1)
        let short = [UInt8](repeating: 0, count: Sphinx.lastInstructionBytes - 1)
        func script(_ touch: [UInt8], kinds: [UInt8] = [0, 0, 0]) -> [UInt8] {
            [1] + touch + [kinds[0]] + good + [kinds[1]] + good + [kinds[2]] + short + [1, 2, 3]
        }
        return [
            script([0, 255, 255, 0]), script([1, 0, 40, 1]), script([2, 2, 0, 1]),
            script([0, 255, 255, 0], kinds: [0, 0xf3, 0]),
            script([0, 255, 255, 0], kinds: [0, 0, 0xf1]),
        ]
    }

    /// Scripts for a node that get somewhere: sessions, a kept record, neighbours, a profile.
    ///
    /// What the numbers mean stands in `NodeRun`; a wrong one is an odd script, no fault.
    private static var scripts: [[UInt8]] {
        let knock: [UInt8] = [3, 0, 0, 1, 9, 0, 0, 0, 0, 255]
        let answered: [UInt8] = [4, 0]
        let find: [UInt8] = [14, 0, 1, 2, 0, 0, 0, 2, 0, 0, 0]
        let store: [UInt8] = [14, 0, 2, 3, 0, 0, 0, 0, 0, 1, 100, 0, 1, 0, 0, 0, 0, 0, 0]
        let join: [UInt8] = [9, 0, 2, 0, 0, 1, 4]
        let nodes: [UInt8] = [
            4, 0, 1, 1, 0, 0, 0, 3, 0, 0, 2, 1, 4, 2, 2, 8, 2, 0,
            4, 1, 2, 1, 0, 0, 0, 3, 0, 0, 2, 1, 4, 2, 2, 8, 2, 0,
        ]
        let publish: [UInt8] = [9, 9, 0, 0, 11, 11]
        let flood: [UInt8] = [12, 0, 0, 9, 0, 0, 0, 0, 255, 15, 4, 0, 4, 6]
        let later: [UInt8] = [0, 10, 11, 0, 12, 11, 11]
        let scenes: [[[UInt8]]] = [
            [knock, answered, find, store, later], [join, nodes, publish, later],
            [flood, knock, answered, find, store],
            [join, nodes, knock, answered, find, store, publish, find, store],
        ]
        // Little room or a lot, with limits per subnet or without.
        var scripts: [[UInt8]] = []
        for choice in 0..<UInt8(4) {
            for scene in scenes { scripts.append([choice] + Array(scene.joined())) }
        }
        return scripts
    }

    /// A card, a letter and a request with everything that they may have.
    private static func sealedTexts() -> [[UInt8]] {
        let key = Ed25519.SecretKey(seed: Bytes32())
        let node = NodeRecord(
            key: key.agreementKey().publicKey, nonce: 1, id: Point(),
            v4: Address(v4: 0x0808_0808, port: 5_484))
        let secret = LevelSecret(
            version: 1, offsetSeconds: 2, epoch: 3,
            secret: Bytes32().withBytes { Secret32(copying: $0.bytes) })
        let letter = Letter(
            number: 1, read: 2, grant: .init(level: .contacts, secret: secret), node: node)
        var made = [letter.encode()]
        if let profile = try? Profile(name: "Ada", activeHour: 500_000),
            let card = try? Card.passable(profile, day: 20_000, network: .main, by: key)
        {
            made.append(card.encode())
        }
        // Key 0 the sender, key 1 a name, key 2 a message.
        made.append(
            [0xa3, 0, 0x58, 0x20] + [UInt8](0..<32) + [1, 0x63] + Array("Ada".utf8)
                + [2, 0x62] + Array("hi".utf8))
        return made
    }
}
