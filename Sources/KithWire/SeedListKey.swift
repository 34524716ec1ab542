public import KithCrypto

/// A key that signs seed lists, with the name by which signatures call it.
///
/// Written as `name+hash+base64` (the verifier key of a C2SP signed note): hash is the key id in
/// eight hexadecimal digits, the base64 is one byte 1, for Ed25519, and the key.
public struct SeedListKey: Sendable, Hashable {
    /// The longest name in bytes.
    public static let nameBytesMax = 64

    /// Who signs; visible, without space and plus sign.
    public let name: String
    /// What the signatures are checked with.
    public let publicKey: Ed25519.PublicKey

    /// A key called `name`, or nil when that is no name (``isName(_:)``).
    public init?(name: String, publicKey: Ed25519.PublicKey) {
        guard SeedListKey.isName(name) else { return nil }
        self.name = name
        self.publicKey = publicKey
    }

    /// The key that `text` writes, or nil.
    public init?(text: String) {
        let parts = text.split(
            separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let bytes = Base64.decode(String(parts[2])),
            bytes.first == SeedListKey.algorithm,
            let raw = Bytes32(Array(bytes.dropFirst()))
        else { return nil }
        self.init(name: String(parts[0]), publicKey: Ed25519.PublicKey(raw))
        guard Hex.encode(id) == parts[1] else { return nil }
    }

    /// Four bytes that stand for the key in a signature: the start of SHA-256(name ‖ newline ‖ 1
    /// ‖ key).
    public var id: [UInt8] {
        let input = Array(name.utf8) + [0x0A, SeedListKey.algorithm] + publicKey.bytes.bytes
        return Array(SHA256.hash(input.span.bytes).bytes.prefix(SeedListKey.idBytes))
    }

    /// The key as text.
    public var text: String {
        "\(name)+\(Hex.encode(id))+"
            + Base64.encode([SeedListKey.algorithm] + publicKey.bytes.bytes)
    }

    /// Whether `name` can name a key: 1…64 bytes of visible ASCII without the plus sign.
    public static func isName(_ name: some StringProtocol) -> Bool {
        (1...nameBytesMax).contains(name.utf8.count)
            && name.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "+") }
    }

    static let idBytes = 4
    /// Ed25519 in a signed note.
    private static let algorithm: UInt8 = 1
}

/// Base 64 with padding (RFC 4648 section 4), which signed notes use.
enum Base64 {
    static func encode(_ bytes: [UInt8]) -> String {
        let digits = Base64URL.encode(bytes)
        let standard = digits.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }
        return String(standard) + String(repeating: "=", count: (4 - digits.utf8.count % 4) % 4)
    }

    /// The bytes, or nil for everything but the one spelling that ``encode(_:)`` gives them.
    static func decode(_ text: String) -> [UInt8]? {
        let digits = text.prefix { $0 != "=" }
        guard !digits.contains("-"), !digits.contains("_") else { return nil }
        let url = String(digits.map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 })
        guard let bytes = Base64URL.decode(url), encode(bytes) == text else { return nil }
        return bytes
    }
}
