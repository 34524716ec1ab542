import KithCrypto

/// The keys of a home; made once by ``Home/initialise(network:)``, wiped after each use.
///
/// What SQLite and the kernel hold of the state file is theirs; this is the only other place.
struct Secrets: ~Copyable {
    /// Seed of the person's Ed25519 key.
    let identitySeed: SecretBytes
    /// Seed of the node's Ed25519 key; never related to the person's.
    let nodeSeed: SecretBytes

    /// Secrets with these seeds of 32 bytes.
    init(identitySeed: consuming SecretBytes, nodeSeed: consuming SecretBytes) {
        self.identitySeed = identitySeed
        self.nodeSeed = nodeSeed
    }

    /// New secrets, drawn from `entropy`.
    static func generate(from entropy: inout Entropy) -> Secrets {
        Secrets(identitySeed: seed(from: &entropy), nodeSeed: seed(from: &entropy))
    }

    /// The person's key.
    func identityKey() -> Ed25519.SecretKey {
        Ed25519.SecretKey(copyingSeed: identitySeed.bytes)
    }

    /// The node's key.
    func nodeKey() -> Ed25519.SecretKey {
        Ed25519.SecretKey(copyingSeed: nodeSeed.bytes)
    }

    private static func seed(from entropy: inout Entropy) -> SecretBytes {
        var seed = SecretBytes(count: Ed25519.SecretKey.seedBytes)
        var span = seed.mutableBytes
        entropy.fill(&span)
        return seed
    }
}
