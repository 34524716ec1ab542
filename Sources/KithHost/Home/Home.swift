import Glibc
public import KithCrypto
import KithOverlay
public import KithWire

/// A directory that holds one person's state and one node's.
///
/// Contents: `identity.key` (``IdentityFile``), `state.db` (``Store``), `lock` (held by the
/// running node, ``HomeLock``) and `control.sock` (``ControlSocket``). The directory is 0700, the
/// files are 0600.
public struct Home: Sendable, Hashable {
    /// The directory, absolute unless it was given as a relative path.
    public let path: String

    /// The home at `path`, which need not exist.
    public init(path: String) {
        self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }

    /// Chooses the directory: `explicit`, else `KITH_HOME`, else `XDG_STATE_HOME/kith`, else
    /// `HOME/.local/state/kith` (XDG Base Directory Specification 0.8).
    ///
    /// - Throws: ``HostError/homeUnknown`` when none of them says anything.
    public static func resolve(
        explicit: String?, environment: [String: String]
    ) throws(HostError) -> Home {
        let named = { (name: String) -> String? in
            environment[name].flatMap { $0.isEmpty ? nil : $0 }
        }
        if let explicit, !explicit.isEmpty { return Home(path: explicit) }
        if let home = named("KITH_HOME") { return Home(path: home) }
        // The specification says that relative paths there are to be ignored.
        if let state = named("XDG_STATE_HOME"), state.hasPrefix("/") {
            return Home(path: "\(state)/kith")
        }
        if let user = named("HOME") { return Home(path: "\(user)/.local/state/kith") }
        throw .homeUnknown
    }

    /// The environment of this process, for ``resolve(explicit:environment:)``.
    public static var environment: [String: String] {
        var values: [String: String] = [:]
        for name in ["KITH_HOME", "XDG_STATE_HOME", "HOME"] {
            if let value = getenv(name) { values[name] = String(cString: value) }
        }
        return values
    }

    /// The state file.
    public var statePath: String { "\(path)/state.db" }
    /// The lock of the running node.
    public var lockPath: String { "\(path)/lock" }
    /// The control socket of the running node.
    public var controlPath: String { "\(path)/control.sock" }

    /// Whether something was initialised here.
    public var exists: Bool { access(statePath, F_OK) == 0 }

    /// What ``initialise(network:identity:)`` made.
    public struct Made: Sendable {
        /// The person's public key.
        public let identity: Ed25519.PublicKey
        /// The id of the node in the network that was named.
        public let node: NodeID
        /// Whether the identity is locked with a passphrase.
        public let isLocked: Bool
    }

    /// Makes the directory, an identity, a node key, and the node's proof of work.
    ///
    /// The proof takes about a second on the public network.
    /// - Parameter given: the identity of the home; nil makes a new one without a passphrase.
    /// - Throws: ``HostError/homeExists(path:)`` when there is a state file already.
    public func initialise(
        network: Network, identity given: IdentityFile? = nil
    ) throws(HostError) -> Made {
        guard !exists else { throw .homeExists(path: path) }
        try makeDirectory()
        var entropy = KernelEntropy.entropy()
        let identity: IdentityFile
        if let given {
            try write(given, meeting: .replace)
            identity = given
        } else {
            identity = try firstIdentity(from: &entropy)
        }
        // Never related to the person's.
        let seed = Secret32.generate(from: &entropy)
        let key = Ed25519.SecretKey(seed: seed).agreementKey().publicKey
        let proof = StoredProof.find(key: key, network: network, entropy: &entropy)
        // Last, because it is what makes this a home.
        do {
            try Store.create(path: statePath, nodeSeed: seed, proof: proof, network: network.name)
        } catch {
            throw error == .exists ? .homeExists(path: path) : .store(error)
        }
        return Made(identity: identity.identity, node: proof.id, isLocked: identity.isLocked)
    }

    /// Opens the state for use in one network.
    ///
    /// - Throws: ``HostError/homeMissing(path:)``, ``HostError/homeNotPrivate(path:)``,
    ///   ``HostError/store(_:)``.
    public func open(network: Network) throws(HostError) -> Store {
        try open(network: network.name)
    }

    /// Opens the state for use in the network of that name.
    public func open(network: String) throws(HostError) -> Store {
        guard exists else {
            if access(path, X_OK) != 0, errno == EACCES {
                throw .homeUnusable(path: path, reason: systemMessage(EACCES))
            }
            throw .homeMissing(path: path)
        }
        try checkDirectory()
        do {
            return try Store(path: statePath, network: network)
        } catch {
            throw .store(error)
        }
    }

    // MARK: The directory

    private func makeDirectory() throws(HostError) {
        var parent = ""
        for part in path.split(separator: "/", omittingEmptySubsequences: false).dropLast() {
            parent += "\(part)/"
            // Fails where it exists; what matters is whether the last one can be made.
            mkdir(parent, 0o700)
        }
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw .homeUnusable(path: path, reason: systemMessage(errno))
        }
        // A directory that was there already may be open to others.
        guard chmod(path, 0o700) == 0 else {
            throw .homeUnusable(path: path, reason: systemMessage(errno))
        }
        try checkDirectory()
    }

    private func checkDirectory() throws(HostError) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw .homeUnusable(path: path, reason: systemMessage(errno))
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw .homeUnusable(path: path, reason: systemMessage(ENOTDIR))
        }
        // Whoever may write here can put other keys in place.
        guard status.st_mode & 0o022 == 0 else { throw .homeNotPrivate(path: path) }
    }
}

extension StoredProof {
    /// Searches a proof of work for a node key in `network`.
    static func find(
        key: X25519.PublicKey, network: Network, entropy: inout Entropy
    ) -> StoredProof {
        let found = NodeProof.find(key: key, network: network, entropy: &entropy)
        return StoredProof(nonce: found.nonce, id: found.id)
    }
}

extension Store {
    /// The node's proof of work in `network`; searched and kept when this home never ran there,
    /// or when the kept one does not hold.
    public func proof(in network: Network) throws(StoreError) -> StoredProof {
        precondition(network.name == self.network, "a store of \(self.network)")
        let key = try nodeKey().agreementKey().publicKey
        if let kept = try proof(),
            NodeProof.id(key: key, nonce: kept.nonce, network: network) == kept.id
        {
            return kept
        }
        var entropy = KernelEntropy.entropy()
        let found = StoredProof.find(key: key, network: network, entropy: &entropy)
        try apply([.proof(found)])
        return found
    }
}
