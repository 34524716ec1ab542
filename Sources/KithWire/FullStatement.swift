public import KithCrypto

/// A replica's signed word that a shared location of its is nearly full, so that writers go one
/// shard deeper and readers look there too.
///
/// Signed with the replica's Ed25519 key A, like a ``Receipt``. The signature covers
/// "kith/full/v1\0" ‖ network ‖ 0 ‖ location ‖ until, which is in eight bytes, big-endian. One
/// statement alone moves nobody: it takes a majority of the closest three.
public struct FullStatement: Sendable, Hashable {
    /// The longest time a statement may be valid for.
    ///
    /// Short, because it cannot be taken back; it only has to outlast one walk.
    public static let lifeMax: Duration = .seconds(600)

    /// The location that is nearly full.
    public let location: Location
    /// Until when that may be believed.
    public let until: UnixTime
    /// The replica's key A.
    public let signer: Ed25519.PublicKey
    /// The replica's signature.
    public let signature: Ed25519.Signature

    /// Puts together what an asker knows and what the RECORDS reply says; nothing is checked.
    public init(
        location: Location, until: UnixTime, signer: Ed25519.PublicKey,
        signature: Ed25519.Signature
    ) {
        self.location = location
        self.until = until
        self.signer = signer
        self.signature = signature
    }

    /// States that `location` is nearly full.
    public static func sign(
        _ location: Location, until: UnixTime, network: Network,
        with key: borrowing Ed25519.SecretKey
    ) -> FullStatement {
        let statement = statement(about: location, until: until, network: network)
        return FullStatement(
            location: location, until: until, signer: key.publicKey,
            signature: key.sign(statement.span.bytes))
    }

    /// Confirms that the node with agreement key `node` signed this in `network`, and that it
    /// holds at `now`: neither over, nor longer than ``lifeMax`` and the clocks' difference
    /// ahead.
    public func verify(
        network: Network, node: X25519.PublicKey, now: UnixTime
    ) throws(FullStatementError) {
        guard until > now else { throw .over }
        guard until <= now + FullStatement.lifeMax + Record.clockSkewMax else { throw .tooLong }
        let converted: X25519.PublicKey
        do throws(CryptoError) {
            converted = try signer.agreementKey()
        } catch {
            throw .weakSigner
        }
        guard converted == node else { throw .foreignSigner }
        let statement = FullStatement.statement(about: location, until: until, network: network)
        guard signer.verify(signature, over: statement.span.bytes) else { throw .badSignature }
    }

    private static func statement(
        about location: Location, until: UnixTime, network: Network
    ) -> [UInt8] {
        var statement = Array("kith/full/v1\0".utf8)
        statement.append(contentsOf: network.nameBytes)
        statement.append(0)
        location.bytes.withBytes { statement.append(contentsOf: $0) }
        withUnsafeBytes(of: until.milliseconds.bigEndian) { statement.append(contentsOf: $0) }
        return statement
    }
}

/// Why a statement that a location is nearly full proves nothing.
public enum FullStatementError: String, Error, Hashable, Sendable {
    /// It was true until some time ago.
    case over
    /// It claims to know what will be in a long time.
    case tooLong
    /// The signer's key is no point of full order.
    case weakSigner
    /// The signer is another node than the one that answered.
    case foreignSigner
    /// The signer did not sign this, or not for this network.
    case badSignature
}
