import KithCrypto
import KithOverlay
import KithWire

// A node whose identity is opened later: it serves others meanwhile.
extension NodeRunner {
    /// Opens the identity, and goes on with what was published before.
    func unlock(with seed: Secret32, at now: Moment) -> NodeHost.UnlockAnswer {
        guard isLocked else { return .wasOpen }
        guard IdentityFile.publicKey(of: seed) == identity else { return .otherIdentity }
        do throws(StoreError) {
            let book = try store.book(openedWith: seed, at: now.unix)
            node.perform(.takeIdentity(seed, book: book), at: now, into: &outbox)
        } catch {
            return .failed(error)
        }
        self.seed = seed
        isLocked = false
        if options.keepsPublished { keepPublished(at: now) }
        refreshVisibility(at: now)
        notice(.unlocked)
        return .unlocked
    }
}

extension NodeRunner {
    /// Who on the same links may learn that the node is here: everybody only by a name that the
    /// person has written, and while their identity is open.
    var visibility: Visibility {
        switch options.visibility {
        case .nobody: return .nobody
        case .contacts: return .contacts
        case .nodes: return .nodes
        case .everybody:
            // Without a name there is nothing to show; a store that cannot be read shows nothing.
            let draft = try? store.presentation()
            guard !isLocked, let name = draft?.profile.name else { return .nodes }
            return .everybody(name: name)
        }
    }
}

extension IdentityFile {
    /// The seed to run a node with: the one that was opened before, or that needs no passphrase;
    /// nil while it is locked.
    ///
    /// - Throws: ``IdentityError/damaged(detail:)`` when `given` is another identity's.
    func seed(given: Secret32?) throws(HostError) -> Secret32? {
        guard let given else { return plainSeed }
        guard IdentityFile.publicKey(of: given) == identity else {
            throw .identity(.damaged(detail: "it was replaced while it was opened"))
        }
        return given
    }
}
