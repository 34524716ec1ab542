package import KithCrypto
package import KithHost
package import KithWire

/// A person on this machine: a home directory with the keys that make them who they are.
///
/// One home runs one node at a time. It holds the identity, the node's own key, the profile, and
/// what the node keeps for others; back it up only while no node runs on it.
public struct Identity: Sendable, Hashable {
    /// The public key as text to copy: `kith1…`.
    public let text: String
    /// Sixteen digits to read aloud: `7f2a-0c19-b3d4-9e55`.
    public let fingerprint: String
    /// The home directory.
    public let path: String

    /// Whether a passphrase is needed before the node can publish; see
    /// ``unlocked(with:)``.
    public let isLocked: Bool

    package let home: Home
    /// The seed of the key, when ``unlocked(with:)`` opened it.
    package let seed: Secret32?

    /// Opens the home at `path`; makes it with a new identity where there is none.
    ///
    /// - Parameter network: the network the node will use first. The public one asks for a proof
    ///   of work, which takes about a second when the home is made.
    /// - Throws: ``KithError/host(code:message:hint:)``, for example with the code
    ///   `state-corrupt`.
    public static func loadOrCreate(
        at path: String, network: KithNetwork = .public
    ) throws(KithError) -> Identity {
        let home = Home(path: path)
        do throws(HostError) {
            if !home.exists { _ = try home.initialise(network: network.parameters) }
            return try load(home, network)
        } catch {
            throw KithError(error)
        }
    }

    private static func load(
        _ home: Home, _ network: KithNetwork
    ) throws(HostError) -> Identity {
        let store = try home.open(network: network.parameters)
        let file = try home.identity(beside: store)
        return Identity(file, home, seed: nil)
    }

    private init(_ file: IdentityFile, _ home: Home, seed: Secret32?) {
        text = IdentityText.encode(file.identity)
        fingerprint = IdentityText.fingerprint(of: file.identity)
        path = home.path
        isLocked = file.isLocked && seed == nil
        self.home = home
        self.seed = seed
    }

    /// One line to hand over, as a link or a QR code: `kith:kith1…`.
    public var uri: String { ContactURI.scheme + text }

    /// The same person with their key opened; takes about a second and 256 MiB, so not on the
    /// main actor.
    ///
    /// - Throws: ``KithError/host(code:message:hint:)`` with the code
    ///   `identity-not-opened` and others.
    public func unlocked(with passphrase: String) throws(KithError) -> Identity {
        do throws(HostError) {
            return try opened(with: passphrase)
        } catch {
            throw KithError(error)
        }
    }

    private func opened(with passphrase: String) throws(HostError) -> Identity {
        guard let file = try home.storedIdentity(), file.isLocked else { return self }
        guard let passphrase = Passphrase(copying: Array(passphrase.utf8).span.bytes) else {
            throw .identity(.notOpened)
        }
        do throws(IdentityError) {
            return Identity(file, home, seed: try file.open(with: passphrase))
        } catch {
            throw .identity(error)
        }
    }

    /// Whether both are the same person in the same home.
    public static func == (left: Identity, right: Identity) -> Bool {
        left.text == right.text && left.path == right.path
    }

    /// Feeds what the comparison looks at.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(text)
        hasher.combine(path)
    }
}

/// Which network a node takes part in.
public enum KithNetwork: Sendable, Hashable {
    /// The network of everyone.
    case `public`
    /// For tests and trying out: loopback and private addresses, no proof of work.
    case local

    /// Its parameters.
    package var parameters: Network {
        switch self {
        case .public: .main
        case .local: .local
        }
    }
}
