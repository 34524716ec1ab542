public import KithCrypto

/// What readers of one level of a person's profile have: a secret that changes every day.
///
/// With it and the person's key they compute where the card of a day is, who signs there, and what
/// opens it; without it the place cannot even be found. The secret of a day leads to those of
/// later days and to none before: a stolen one does not open what was earlier.
/// `Specs/Privacy.md` has the derivations.
public struct LevelSecret: Sendable, Equatable {
    /// The length of an epoch in seconds: a day.
    public static let epochSeconds: UInt64 = 86_400
    /// The most epochs that a secret is carried forward: who was away for longer is told anew.
    public static let advanceMax: UInt32 = 400

    /// Grows by one whenever a new secret takes the place of one that somebody must not have.
    public let version: UInt32
    /// When this person's epochs begin, in seconds after midnight UTC; drawn for each version, so
    /// that not all cards of the world move at once, and nobody is known by when theirs does.
    public let offsetSeconds: UInt32
    /// The epoch that ``secret`` is of.
    public let epoch: UInt32
    /// The secret of that epoch.
    public let secret: Secret32

    /// A secret as it stands in a letter or a book.
    ///
    /// - Parameter offsetSeconds: less than ``epochSeconds``.
    public init(version: UInt32, offsetSeconds: UInt32, epoch: UInt32, secret: Secret32) {
        precondition(UInt64(offsetSeconds) < Self.epochSeconds, "an offset of \(offsetSeconds) s")
        self.version = version
        self.offsetSeconds = offsetSeconds
        self.epoch = epoch
        self.secret = secret
    }

    /// A new secret of the epoch that `now` is in.
    public static func generate(
        version: UInt32, at now: UnixTime, from entropy: inout Entropy
    ) -> LevelSecret {
        let offset = UInt32(entropy.below(epochSeconds))
        return LevelSecret(
            version: version, offsetSeconds: offset, epoch: epoch(at: now, offsetSeconds: offset),
            secret: .generate(from: &entropy))
    }

    /// The epoch that `now` is in, for this person.
    public func epoch(at now: UnixTime) -> UInt32 {
        Self.epoch(at: now, offsetSeconds: offsetSeconds)
    }

    /// When `epoch` begins.
    public func start(of epoch: UInt32) -> UnixTime {
        UnixTime(
            milliseconds: (UInt64(epoch) * Self.epochSeconds + UInt64(offsetSeconds)) * 1_000)
    }

    static func epoch(at now: UnixTime, offsetSeconds: UInt32) -> UInt32 {
        let seconds = now.milliseconds / 1_000
        let shifted = seconds >= UInt64(offsetSeconds) ? seconds - UInt64(offsetSeconds) : 0
        return UInt32(clamping: shifted / epochSeconds)
    }

    /// The same secret carried forward to `epoch`; nil for an earlier one, which nobody can
    /// compute, and for one more than ``advanceMax`` ahead.
    public func advanced(to epoch: UInt32) -> LevelSecret? {
        guard epoch >= self.epoch, epoch - self.epoch <= Self.advanceMax else { return nil }
        var secret = secret
        for _ in self.epoch..<epoch {
            var hasher = secret.hasher()
            hasher.update("kith/ratchet/v1\0" as StaticString)
            secret = hasher.finishSecret()
        }
        return LevelSecret(
            version: version, offsetSeconds: offsetSeconds, epoch: epoch, secret: secret)
    }

    /// What the key of `identity` is multiplied by in this epoch.
    public func blinding(of identity: Ed25519.PublicKey) -> Ed25519.BlindingFactor {
        var hasher = secret.hasher(outputBytes: Ed25519.BlindingFactor.uniformBytes)
        hasher.update("kith/blind/v1\0" as StaticString)
        hasher.update(identity.bytes)
        hasher.update(version)
        hasher.update(epoch)
        return Ed25519.BlindingFactor(reducing: hasher.finish().span.bytes)
    }

    /// Who signs the card of `identity` in this epoch; where it lives follows from that.
    ///
    /// - Throws: ``CryptoError/weakKey`` when `identity` is no key.
    public func author(of identity: Ed25519.PublicKey) throws(CryptoError) -> Ed25519.PublicKey {
        try identity.blinded(by: blinding(of: identity))
    }

    /// What seals the card that `author` signs.
    public func cardKey(of author: Ed25519.PublicKey) -> XChaChaPoly.Key {
        var hasher = secret.hasher()
        hasher.update("kith/card/v1\0" as StaticString)
        hasher.update(author.bytes)
        return hasher.finishSecret().sealingKey()
    }
}
