public import KithCrypto

/// By what name a person wants to be seen by everybody on the local network.
///
/// Signed by the person for one exchange, one address and one day, so that nobody can show it elsewhere
/// as their own, or when the person has left.
public struct Introduction: Sendable, Hashable {
    /// U: who it is.
    public let identity: Ed25519.PublicKey
    /// What they call themselves.
    public let name: String
    /// Over "kith/introduction/v1\0" ‖ network ‖ 0 ‖ day4 ‖ e ‖ N ‖ nonce8 ‖ ip16 ‖ port2 ‖ name, where
    /// the day is counted from 1970.
    public let signature: Ed25519.Signature

    /// What an introduction is good for: one exchange of one node at one address.
    public struct Occasion: Sendable, Hashable {
        /// The key that its sender made for the exchange.
        public let ephemeral: X25519.PublicKey
        /// N of the person's node.
        public let node: X25519.PublicKey
        /// The nonce of its proof of work.
        public let nonce: UInt64
        /// Where it is sent from.
        public let address: Address

        /// This occasion.
        public init(
            ephemeral: X25519.PublicKey, node: X25519.PublicKey, nonce: UInt64, address: Address
        ) {
            self.ephemeral = ephemeral
            self.node = node
            self.nonce = nonce
            self.address = address
        }
    }

    /// Whether a profile may have this name.
    public static func isName(_ name: String) -> Bool {
        do throws(ProfileError) {
            return try Profile(name: name, activeHour: 0).name == name
        } catch {
            return false
        }
    }

    init(identity: Ed25519.PublicKey, name: String, signature: Ed25519.Signature) {
        self.identity = identity
        self.name = name
        self.signature = signature
    }

    /// The person whose key is `key` introduces themselves.
    ///
    /// - Parameter name: one that ``isName(_:)`` accepts.
    public init(
        _ name: String, on occasion: Occasion, at now: UnixTime, network: Network,
        by key: borrowing Ed25519.SecretKey
    ) {
        precondition(Self.isName(name), "no name of a profile: \(name)")
        self.init(
            identity: key.publicKey, name: name,
            signature: key.sign(
                Self.statement(of: name, on: occasion, day: now.day, network: network)))
    }

    /// Whether the person said so, on this occasion, today or a day before or after by our clock.
    public func isGood(on occasion: Occasion, at now: UnixTime, network: Network) -> Bool {
        [now.day, now.day &- 1, now.day &+ 1].contains { day in
            identity.verify(
                signature,
                over: Self.statement(of: name, on: occasion, day: day, network: network))
        }
    }

    private static func statement(
        of name: String, on occasion: Occasion, day: UInt32, network: Network
    ) -> [UInt8] {
        var writer = CBORWriter(capacity: 512)
        writer.raw(Array("kith/introduction/v1\0".utf8).span.bytes)
        writer.raw(network.nameBytes.span.bytes)
        writer.raw([UInt8(0)].span.bytes)
        writer.bigEndian(day)
        writer.raw(occasion.ephemeral.bytes)
        writer.raw(occasion.node.bytes)
        writer.bigEndian(occasion.nonce)
        writer.raw(occasion.address)
        writer.raw(Array(name.utf8).span.bytes)
        return writer.bytes
    }
}

extension CBORWriter {
    /// Appends the first four bytes of a datagram that belongs to no session.
    mutating func header(_ header: Envelope.Header) {
        var start = [UInt8](repeating: 0, count: 4)
        var elements = start.mutableSpan
        var bytes = elements.mutableBytes
        Envelope.write(header, into: &bytes)
        raw(start.span.bytes)
    }

    /// Appends 32 bytes without a head.
    mutating func raw(_ bytes: Bytes32) {
        bytes.withBytes { raw($0.bytes) }
    }

    /// Appends an address as it goes into hashes: sixteen bytes and the port.
    mutating func raw(_ address: Address) {
        let plain = address.withoutZone
        bigEndian(plain.high)
        bigEndian(plain.low)
        bigEndian(plain.port)
    }

    /// Writes an introduction as three items: key, name, signature.
    mutating func introduction(_ introduction: Introduction) {
        bytes(introduction.identity.bytes)
        text(introduction.name)
        bytes(introduction.signature)
    }
}

extension CBORReader {
    /// Takes the three items of an introduction; its signature is for the caller to check.
    @_lifetime(self: copy self)
    mutating func introduction() throws(DecodeError) -> Introduction {
        let identity = Ed25519.PublicKey(try bytes32())
        let name = try text()
        guard Introduction.isName(name) else { throw .outOfRange }
        return Introduction(identity: identity, name: name, signature: try signature())
    }
}
