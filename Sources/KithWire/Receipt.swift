public import KithCrypto

/// A replica's signed promise to keep one version of a record.
///
/// Lets an owner prove a majority, and name a replica that lies. Signed with the replica's
/// Ed25519 key A, which otherwise never appears; A belongs to the node whose key N it converts
/// to. The signature covers "kith/receipt/v1\0" ‖ network ‖ 0 ‖ location ‖ author ‖ sequence ‖
/// expires, both numbers in eight bytes, big-endian.
public struct Receipt: Sendable, Hashable {
    /// Where the record lives.
    public let location: Location
    /// Whose record it is.
    public let author: Ed25519.PublicKey
    /// Which version.
    public let sequence: UInt64
    /// Until when the replica keeps it.
    public let expires: UnixTime
    /// The replica's key A.
    public let signer: Ed25519.PublicKey
    /// The replica's signature.
    public let signature: Ed25519.Signature

    /// Puts together what an asker knows and what the STORED reply says; nothing is checked.
    public init(
        location: Location, author: Ed25519.PublicKey, sequence: UInt64, expires: UnixTime,
        signer: Ed25519.PublicKey, signature: Ed25519.Signature
    ) {
        self.location = location
        self.author = author
        self.sequence = sequence
        self.expires = expires
        self.signer = signer
        self.signature = signature
    }

    /// Promises to keep `record` until `expires`.
    public static func sign(
        _ record: Record, until expires: UnixTime, network: Network,
        with key: borrowing Ed25519.SecretKey
    ) -> Receipt {
        sign(
            location: record.location, author: record.author, sequence: record.sequence,
            until: expires, network: network, with: key)
    }

    /// Promises to keep the version `sequence` of what `author` has at `location`.
    public static func sign(
        location: Location, author: Ed25519.PublicKey, sequence: UInt64,
        until expires: UnixTime, network: Network, with key: borrowing Ed25519.SecretKey
    ) -> Receipt {
        let statement = statement(
            location: location, author: author, sequence: sequence, expires: expires,
            network: network)
        return Receipt(
            location: location, author: author, sequence: sequence, expires: expires,
            signer: key.publicKey, signature: key.sign(statement.span.bytes))
    }

    /// Confirms that the node with agreement key `node` signed this in `network`.
    public func verify(network: Network, node: X25519.PublicKey) throws(ReceiptError) {
        let converted: X25519.PublicKey
        do throws(CryptoError) {
            converted = try signer.agreementKey()
        } catch {
            throw .weakSigner
        }
        guard converted == node else { throw .foreignSigner }
        try verifySignature(network: network)
    }

    /// Confirms that its signer signed this in `network`: enough where it is known already which
    /// node the signer is, and less than half of the work.
    public func verifySignature(network: Network) throws(ReceiptError) {
        let statement = Receipt.statement(
            location: location, author: author, sequence: sequence, expires: expires,
            network: network)
        guard signer.verify(signature, over: statement.span.bytes) else { throw .badSignature }
    }

    private static func statement(
        location: Location, author: Ed25519.PublicKey, sequence: UInt64, expires: UnixTime,
        network: Network
    ) -> [UInt8] {
        var statement = Array("kith/receipt/v1\0".utf8)
        statement.append(contentsOf: network.nameBytes)
        statement.append(0)
        location.bytes.withBytes { statement.append(contentsOf: $0) }
        author.bytes.withBytes { statement.append(contentsOf: $0) }
        for number in [sequence, expires.milliseconds] {
            withUnsafeBytes(of: number.bigEndian) { statement.append(contentsOf: $0) }
        }
        return statement
    }
}

/// Why a receipt proves nothing.
public enum ReceiptError: Error, Hashable, Sendable {
    /// The signer's key is no point of full order.
    case weakSigner
    /// The signer is another node than the one that answered.
    case foreignSigner
    /// The signer did not sign this, or not for this network.
    case badSignature
}
