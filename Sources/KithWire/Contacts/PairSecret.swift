public import KithCrypto

/// What two people share without ever having talked: each computes it from the own secret key and
/// the other's public one.
///
/// It names the mailboxes in which they leave letters for each other, one in each direction, at
/// another place every day, and seals the letters. Nobody else can find a mailbox, or tell it from
/// a card. It does not change, so whoever steals one of the two keys can read letters that
/// somebody kept; the level secrets in them are carried forward daily and lead to nothing before.
public struct PairSecret: Sendable, Equatable {
    private let secret: Secret32
    /// When the days of the two begin, in seconds after midnight UTC, so that not everybody's
    /// letters move at once.
    public let offsetSeconds: UInt32

    /// What the owner of `own` shares with `other`.
    ///
    /// - Throws: ``CryptoError/weakKey`` when `other` is no key of the main group, or one's own.
    public init(
        own: borrowing Ed25519.SecretKey, other: Ed25519.PublicKey, network: Network
    ) throws(CryptoError) {
        let me = own.publicKey
        guard me != other else { throw .weakKey }
        let shared = Secret32(try own.agreementKey().agree(with: other.agreementKey()))
        var hasher = shared.hasher()
        hasher.update("kith/pair/v1\0" as StaticString)
        hasher.update(network.nameBytes)
        hasher.update(UInt8(0))
        hasher.update(min(me, other).bytes)
        hasher.update(max(me, other).bytes)
        secret = hasher.finishSecret()
        var offset = secret.hasher()
        offset.update("kith/pair-offset/v1\0" as StaticString)
        let words = offset.finish32().bigEndianWords
        offsetSeconds = UInt32(words.0 % LevelSecret.epochSeconds)
    }

    /// The day of the two that `now` is in.
    public func epoch(at now: UnixTime) -> UInt32 {
        LevelSecret.epoch(at: now, offsetSeconds: offsetSeconds)
    }

    /// What signs the letters of `sender` on one day, and where they are with that.
    public func mailbox(from sender: Ed25519.PublicKey, epoch: UInt32) -> Ed25519.SecretKey {
        Ed25519.SecretKey(seed: derive("kith/mailbox/v1\0", sender, epoch))
    }

    /// What seals them.
    public func letterKey(from sender: Ed25519.PublicKey, epoch: UInt32) -> XChaChaPoly.Key {
        derive("kith/letter/v1\0", sender, epoch).sealingKey()
    }

    /// What `asker` shows a node to be answered as a contact: only the two can make it, and it is
    /// good between these two nodes only.
    public func pass(
        of asker: Ed25519.PublicKey, from node: X25519.PublicKey, to other: X25519.PublicKey
    ) -> Bytes16 {
        var hasher = hasher(labelled: "kith/pass/v1\0", outputBytes: Bytes16.count)
        hasher.update(asker.bytes)
        hasher.update(node.bytes)
        hasher.update(other.bytes)
        return hasher.finish16()
    }

    /// A hasher under the secret, for one purpose.
    func hasher(labelled label: StaticString, outputBytes: Int) -> BLAKE2b.Hasher {
        var hasher = secret.hasher(outputBytes: outputBytes)
        hasher.update(label)
        return hasher
    }

    private func derive(
        _ label: StaticString, _ sender: Ed25519.PublicKey, _ epoch: UInt32
    ) -> Secret32 {
        var hasher = hasher(labelled: label, outputBytes: Secret32.count)
        hasher.update(sender.bytes)
        hasher.update(epoch)
        return hasher.finishSecret()
    }
}
