import Kith
import KithCrypto
import KithHost
import KithOverlay
import KithWire

/// Commands about the identity at rest: `id`, `id passphrase`, `id export`, `id import`, `unlock`.
enum IdentityCommands {
    /// Shows who this home is.
    static func show(_ context: Context) throws(Failure) -> ExitCode {
        if context.invocation.has("with-name"), !context.invocation.has("qr") {
            throw Failure(.conflict("--with-name belongs to --qr", verb: "id"))
        }
        let network = try context.network()
        let store = try context.store()
        let home = try context.home
        let file = try context.identity(beside: store)
        do throws(StoreError) {
            let proof = try store.proof()
            let answer = describe(
                file.identity, node: proof?.id, network: network, home, isLocked: file.isLocked)
            guard context.invocation.has("qr") else {
                context.show(Report.identity(answer), answer)
                return .ok
            }
        } catch {
            throw Failure(.store(error))
        }
        return try showCode(of: file.identity, store, context)
    }

    /// Shows the line of a person as a QR code; with `--json` and `--plain` the line alone, which
    /// other programs can draw.
    private static func showCode(
        of identity: Ed25519.PublicKey, _ store: Store, _ context: Context
    ) throws(Failure) -> ExitCode {
        var name: String?
        if context.invocation.has("with-name") {
            guard let draft = try ProfileCommands.draft(in: store) else {
                throw Failure(KithError.noProfile)
            }
            name = draft.profile.name
        }
        let uri: ContactURI
        do throws(ProfileError) {
            uri = try ContactURI(identity, name: name)
        } catch {
            preconditionFailure("the name of a profile is a name: \(error)")
        }
        guard context.console.form == .text else {
            context.show([("uri", uri.text)], ["uri": .text(uri.text), "name": JSON(uri.name)])
            return .ok
        }
        guard let code = QRCode(uri.text) else {
            preconditionFailure("\(uri.text.utf8.count) bytes are too many for a code")
        }
        let output = context.console.output
        let width = code.side + 2 * QRCode.quietSquares
        guard width <= output.columns else {
            throw Failure(
                .failed, "terminal-narrow",
                "the code takes \(width) columns, the terminal has \(output.columns)",
                hint: "make the window wider, or hand over the line that 'kith id' prints")
        }
        context.console.data(code.lines(in: output) + [uri.text])
        return .ok
    }

    /// Sets, changes or removes the passphrase.
    static func passphrase(_ context: Context) throws(Failure) -> ExitCode {
        let home = try context.home
        let store = try context.store()
        let input = PassphraseInput(context.invocation)
        let file = try context.identity(beside: store)
        let removes = context.invocation.has("remove")
        if removes, !file.isLocked {
            return done(context, file, "none", "there was no passphrase; nothing was changed")
        }
        let seed = try open(file, input, asking: "Passphrase now: ")
        let next: IdentityFile
        if removes {
            next = .plain(seed)
        } else {
            next = try lock(seed, try input.new())
        }
        do {
            try home.keep(next, beside: store)
        } catch {
            throw Failure(error)
        }
        if removes {
            return done(
                context, next, "removed",
                "removed the passphrase; whoever reads \(home.identityPath) can be you now")
        }
        return file.isLocked
            ? done(context, next, "changed", "changed the passphrase; copies keep the one before")
            : done(context, next, "set", "set the passphrase; nobody can restore a forgotten one")
    }

    /// Writes a copy of the identity that only its passphrase opens.
    static func export(_ context: Context) throws(Failure) -> ExitCode {
        let store = try context.store()
        let path = context.invocation.words[0]
        var file = try context.identity(beside: store)
        if let seed = file.plainSeed {
            file = try lock(seed, try PassphraseInput(context.invocation).new())
        } else if context.invocation.has("new-passphrase-fd") {
            throw Failure(
                .conflict(
                    "the identity is locked already, and its copy has the same passphrase",
                    verb: "id export"))
        }
        do {
            try file.write(to: path, replacing: context.invocation.has("force"))
        } catch {
            throw Failure(.identity(error))
        }
        let name = IdentityText.encode(file.identity)
        context.show(
            [("identity", name), ("file", path)],
            ["identity": .text(name), "file": .text(path)])
        if context.console.form == .text {
            context.console.say("keep it apart from this machine, and the passphrase apart from it")
        }
        return .ok
    }

    /// Makes the identity in a file that of this home, and the home where there is none.
    static func `import`(_ context: Context) throws(Failure) -> ExitCode {
        let home = try context.home
        let path = context.invocation.words[0]
        let file: IdentityFile
        do {
            file = try IdentityFile.read(path)
        } catch {
            throw Failure(.identity(error))
        }
        try refuseOther(file, home, context)
        // A copy that does not open must not replace one that does.
        _ = try open(file, PassphraseInput(context.invocation), asking: "Passphrase of the file: ")
        if home.exists {
            try replace(file, home, context)
        } else {
            let network = try context.network()
            do {
                _ = try home.initialise(network: network, identity: file)
            } catch {
                throw Failure(error)
            }
        }
        return done(
            context, file, "imported", "nothing is published by this; 'kith publish' does it")
    }

    /// Hands the opened identity to the node that runs locked.
    static func unlock(_ context: Context) throws(Failure) -> ExitCode {
        let home = try context.home
        // Before anybody types in vain.
        let status = try context.ask(.status)
        if status["locked"]?.bool != true { return unlocked(context, already: true) }
        let file = try context.identity(beside: try context.store())
        let seed = try open(
            file, PassphraseInput(context.invocation), asking: "Passphrase of \(home.path): ")
        let answer = try context.ask(.unlock(seed))
        return unlocked(context, already: answer["already"]?.bool == true)
    }

    // MARK: Parts

    /// The seed of an identity, asked for where it is locked.
    static func open(
        _ file: IdentityFile, _ input: PassphraseInput, asking question: String
    ) throws(Failure) -> Secret32 {
        if let seed = file.plainSeed { return seed }
        return try open(file, try input.needed(question))
    }

    /// The seed of an identity that `passphrase` opens.
    static func open(
        _ file: IdentityFile, _ passphrase: borrowing Passphrase
    ) throws(Failure) -> Secret32 {
        do {
            return try file.open(with: passphrase)
        } catch {
            throw Failure(.identity(error))
        }
    }

    private static func lock(
        _ seed: Secret32, _ passphrase: consuming Passphrase
    ) throws(Failure) -> IdentityFile {
        do {
            return try IdentityFile.locked(seed, with: passphrase)
        } catch {
            throw Failure(.identity(error))
        }
    }

    /// Refuses an identity in place of another, or of one that cannot be read any more, unless
    /// that is what was asked for.
    private static func refuseOther(
        _ file: IdentityFile, _ home: Home, _ context: Context
    ) throws(Failure) {
        guard !context.invocation.has("force") else { return }
        let store = home.exists ? try context.store() : nil
        do throws(HostError) {
            let current =
                if let store { try home.identity(beside: store) } else { try home.storedIdentity() }
            if let current, current.identity != file.identity {
                throw .identity(.other(path: home.path))
            }
        } catch {
            if case .identity(.missing) = error { return }
            throw Failure(error)
        }
    }

    /// Replaces the identity of a home in which no node runs.
    private static func replace(
        _ file: IdentityFile, _ home: Home, _ context: Context
    ) throws(Failure) {
        let store = try context.store()
        do throws(HostError) {
            let lock = try HomeLock(home)
            try home.replaceIdentity(with: file, beside: store, holding: lock)
        } catch {
            throw Failure(error)
        }
    }

    private static func done(
        _ context: Context, _ file: IdentityFile, _ action: String, _ remark: String
    ) -> ExitCode {
        let name = IdentityText.encode(file.identity)
        let fingerprint = IdentityText.fingerprint(of: file.identity)
        context.show(
            [
                ("identity", name), ("fingerprint", fingerprint),
                ("passphrase", file.isLocked ? "set" : "none"),
            ],
            [
                "identity": .text(name), "fingerprint": .text(fingerprint),
                "passphrase": .bool(file.isLocked), "action": .text(action),
            ])
        if context.console.form == .text { context.console.say(remark) }
        return .ok
    }

    private static func unlocked(_ context: Context, already: Bool) -> ExitCode {
        if context.console.form == .json {
            context.console.data(["unlocked": true, "already": .bool(already)])
        } else {
            context.console.say(already ? "the identity is open already" : "the identity is open")
        }
        return .ok
    }

    /// An identity with the node and the home that it is in.
    static func describe(
        _ identity: Ed25519.PublicKey, node: NodeID?, network: Network, _ home: Home,
        isLocked: Bool
    ) -> JSON {
        [
            "identity": .text(IdentityText.encode(identity)),
            "fingerprint": .text(IdentityText.fingerprint(of: identity)),
            "uri": .text(ContactURI(identity).text),
            "node": JSON(node?.description), "network": .text(StatusAnswer.name(of: network)),
            "home": .text(home.path), "passphrase": .bool(isLocked),
        ]
    }
}
