import KithCrypto
import KithHost
import KithWire

/// The file with the private key that signs seed lists: one line, `kith-seed-key NAME HEX`.
struct SeedListKeyFile {
    /// The first word of the line.
    private static let mark = "kith-seed-key"
    /// The longest line: mark, name, seed, two spaces and the end of line.
    private static let bytesMax = mark.utf8.count + SeedListKey.nameBytesMax + 64 + 3

    /// What signatures call the key.
    let name: String
    /// The seed of the Ed25519 key.
    let seed: Bytes32

    /// What others check lists with; nil when the name cannot name a key.
    var verifier: SeedListKey? {
        SeedListKey(name: name, publicKey: Ed25519.SecretKey(seed: seed).publicKey)
    }

    /// Makes a key and keeps it in a new file.
    static func make(_ path: String, name: String) throws(Failure) -> SeedListKeyFile {
        guard SeedListKey.isName(name) else {
            throw Failure(
                .usage, "usage", "'\(Terminal.safe(name))' cannot name a key",
                hint: "use a host name of yours, such as seeds.example.net")
        }
        let file = SeedListKeyFile(name: name, seed: KernelEntropy.seed())
        try TextFile.create(path, "\(mark) \(name) \(file.seed.hex)\n")
        return file
    }

    /// Reads the file.
    static func read(_ path: String) throws(Failure) -> SeedListKeyFile {
        let text = String(
            decoding: try TextFile.read(path, bytesMax: bytesMax), as: UTF8.self)
        let words = text.split(separator: " ")
        guard words.count == 3, words[0] == mark, text.hasSuffix("\n"),
            let seed = Bytes32(hex: String(words[2].dropLast())), SeedListKey.isName(words[1])
        else {
            throw Failure(
                .invalidData, "invalid-key", "\(Terminal.safe(path)) holds no seed list key",
                hint: "make one with 'kith bootstrap key FILE --name NAME'")
        }
        return SeedListKeyFile(name: String(words[1]), seed: seed)
    }
}
