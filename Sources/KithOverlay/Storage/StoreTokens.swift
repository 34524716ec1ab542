import KithCrypto
import KithWire

/// Gives out and checks the tokens without which nobody may store here.
///
/// A token proves that its bearer received a datagram at the address it stores from, shortly
/// before, with this key, for this location. It is a code over these under a secret that changes
/// every 300 s, so the node remembers nothing per token; the previous secret is accepted too.
struct StoreTokens: ~Copyable {
    private static let label: StaticString = "kith/token/v1\0"

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

    /// Changes the secret if it is time; an early or repeated call changes nothing.
    private mutating func advance(to now: Instant, _ entropy: inout Entropy) {
        guard nextChange <= now else { return }
        swap(&current, &previous)
        current = Self.fresh(&entropy)
        if nextChange + life <= now {
            previous = Self.fresh(&entropy)
        }
        while nextChange <= now { nextChange = nextChange + life }
    }

    /// A token for `peer`, to store at `location`.
    mutating func issue(
        to peer: Peer, for location: Location, at now: Instant, entropy: inout Entropy
    ) -> Bytes16 {
        advance(to: now, &entropy)
        return Self.token(under: current, peer, location)
    }

    /// Whether `token` was given to `peer` for `location` under the current secret or the one
    /// before: at most 300…600 s ago.
    mutating func accepts(
        _ token: Bytes16, from peer: Peer, for location: Location, at now: Instant,
        entropy: inout Entropy
    ) -> Bool {
        advance(to: now, &entropy)
        return token.matches(Self.token(under: current, peer, location))
            || token.matches(Self.token(under: previous, peer, location))
    }

    /// "kith/token/v1\0" 14 ‖ ip16 ‖ port2 ‖ N 32 ‖ location 32.
    private static func token(
        under secret: borrowing SecretBytes, _ peer: Peer, _ location: Location
    ) -> Bytes16 {
        var input = InlineArray<96, UInt8>(repeating: 0)
        var bytes = input.mutableSpan
        label.withUTF8Buffer { text in
            for index in text.indices { bytes[index] = text[index] }
        }
        var raw = bytes.mutableBytes
        peer.address.copyIP16(into: &raw, at: 14)
        raw.storeBytes(of: peer.address.port.bigEndian, toByteOffset: 30, as: UInt16.self)
        peer.key.bytes.copy(into: &raw, at: 32)
        location.bytes.copy(into: &raw, at: 64)
        return BLAKE2b.mac16(key: secret.bytes, over: input.span.bytes)
    }

    private static func fresh(_ entropy: inout Entropy) -> SecretBytes {
        var secret = SecretBytes(count: Bytes32.count)
        secret.withMutableBytes { entropy.fill(&$0) }
        return secret
    }
}
