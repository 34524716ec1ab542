import KithCrypto
import KithWire

/// Gives out and checks the tokens without which nobody may store here.
///
/// A token proves that its bearer received a datagram at the address it stores from, shortly
/// before, with this key, for this location. It is a code over these under a secret that changes
/// every 300 s, so the node remembers nothing per token; the previous secret is accepted too.
struct StoreTokens: ~Copyable {
    private static let label: StaticString = "kith/token/v1\0"
    private static let inputBytes = 96

    private let life: Duration
    private var current: SecretBytes
    private var previous: SecretBytes
    /// When the secret changes next.
    private(set) var nextChange: Instant

    /// Tokens under a fresh secret.
    init(entropy: inout Entropy, at now: Instant, settings: Settings.Storage = .init()) {
        life = settings.tokenSecretLife
        current = Self.fresh(&entropy)
        previous = Self.fresh(&entropy)
        nextChange = now + life
    }

    /// Changes the secret if it is time; early or repeated calls change nothing.
    mutating func advance(to now: Instant, entropy: inout Entropy) {
        guard nextChange <= now else { return }
        swap(&current, &previous)
        current = Self.fresh(&entropy)
        if nextChange + life <= now {
            previous = Self.fresh(&entropy)
        }
        while nextChange <= now { nextChange = nextChange + life }
    }

    /// A token for whoever holds `key` at `address`, to store at `location`.
    func issue(to address: Address, key: X25519.PublicKey, location: Location) -> Bytes16 {
        Self.token(under: current, address, key, location)
    }

    /// Whether `token` was given to `key` at `address` for `location` 300…600 s ago at most.
    func accepts(
        _ token: Bytes16, from address: Address, key: X25519.PublicKey, location: Location
    ) -> Bool {
        token.matches(Self.token(under: current, address, key, location))
            || token.matches(Self.token(under: previous, address, key, location))
    }

    /// "kith/token/v1\0" 14 ‖ ip16 ‖ port2 ‖ N 32 ‖ location 32.
    private static func token(
        under secret: borrowing SecretBytes, _ address: Address, _ key: X25519.PublicKey,
        _ location: Location
    ) -> Bytes16 {
        var input = InlineArray<96, UInt8>(repeating: 0)
        var bytes = input.mutableSpan
        label.withUTF8Buffer { text in
            for index in text.indices { bytes[index] = text[index] }
        }
        var raw = bytes.mutableBytes
        address.copyIP16(into: &raw, at: 14)
        raw.storeBytes(of: address.port.bigEndian, toByteOffset: 30, as: UInt16.self)
        key.bytes.copy(into: &raw, at: 32)
        location.bytes.copy(into: &raw, at: 64)
        return BLAKE2b.mac16(key: secret.bytes, over: input.span.bytes)
    }

    private static func fresh(_ entropy: inout Entropy) -> SecretBytes {
        var secret = SecretBytes(count: Bytes32.count)
        secret.withMutableBytes { entropy.fill(&$0) }
        return secret
    }
}
