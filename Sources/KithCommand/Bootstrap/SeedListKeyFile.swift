import KithCrypto
import KithHost
import KithWire

/// The file with the private key that signs seed lists: one line, `kith-seed-key NAME HEX`.
///
/// The digits are never in a String or an array: those leave copies behind.
struct SeedListKeyFile: ~Copyable {
    /// The first word of the line.
    private static let mark = "kith-seed-key"
    private static let digitCount = 2 * Ed25519.SecretKey.seedBytes
    /// The longest line: mark, name, digits, two spaces and the end of line.
    private static let bytesMax =
        mark.utf8.count + SeedListKey.nameBytesMax + digitCount + 3

    /// What signatures call the key.
    let name: String
    /// What signs.
    let key: Ed25519.SecretKey

    /// What others check lists with; nil when the name cannot name a key.
    var verifier: SeedListKey? {
        SeedListKey(name: name, publicKey: key.publicKey)
    }

    /// Makes a key and keeps it in a new file.
    static func make(_ path: String, name: String) throws(Failure) -> SeedListKeyFile {
        guard SeedListKey.isName(name) else {
            throw Failure(
                .usage, "usage", "'\(Terminal.safe(name))' cannot name a key",
                hint: "use a host name of yours, such as seeds.example.net")
        }
        let seed = KernelEntropy.seed()
        let digits = seed.hexDigits()
        let head = Array("\(mark) \(name) ".utf8)
        let end = [UInt8(ascii: "\n")]
        var line = SecretBytes(count: head.count + digits.count + end.count)
        line.withMutableBytes { line in
            line.withUnsafeMutableBytes { line in
                line.copyBytes(from: head)
                digits.bytes.withUnsafeBytes { digits in
                    UnsafeMutableRawBufferPointer(rebasing: line[head.count...])
                        .copyBytes(from: digits)
                }
                UnsafeMutableRawBufferPointer(rebasing: line.suffix(end.count))
                    .copyBytes(from: end)
            }
        }
        try TextFile.create(path, line)
        return SeedListKeyFile(name: name, key: Ed25519.SecretKey(copyingSeed: seed.bytes))
    }

    /// Reads the file.
    static func read(_ path: String) throws(Failure) -> SeedListKeyFile {
        let text = try TextFile.readSecret(path, bytesMax: bytesMax)
        guard let file = parse(text.bytes.bytes.extracting(first: text.count)) else {
            throw Failure(
                .invalidData, "invalid-key", "\(Terminal.safe(path)) holds no seed list key",
                hint: "make one with 'kith bootstrap key FILE --name NAME'")
        }
        return file
    }

    private static func parse(_ line: RawSpan) -> SeedListKeyFile? {
        // From the end, where everything has a fixed place: newline, digits, space.
        let headCount = line.byteCount - digitCount - 1
        guard headCount > 0,
            line.unsafeLoad(fromByteOffset: line.byteCount - 1, as: UInt8.self)
                == UInt8(ascii: "\n")
        else { return nil }
        let head = line.extracting(first: headCount).withUnsafeBytes {
            String(decoding: $0, as: UTF8.self)
        }
        let words = head.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3, words[0] == mark, words[2].isEmpty, SeedListKey.isName(words[1]),
            let seed = SecretBytes(
                hexDigits: line.extracting(headCount..<(headCount + digitCount)))
        else { return nil }
        return SeedListKeyFile(
            name: String(words[1]), key: Ed25519.SecretKey(copyingSeed: seed.bytes))
    }
}
