import KithCrypto
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

    package let home: Home

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
        let key = try home.identity(beside: store).identity
        return Identity(
            text: IdentityText.encode(key), fingerprint: IdentityText.fingerprint(of: key),
            path: home.path, home: home)
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
