import KithCrypto
import KithHost
import KithWire

/// Commands about the home: `init`, `id`, `paths`.
enum HomeCommands {
    /// Makes an identity and a node key.
    static func initialise(_ context: Context) throws(Failure) -> ExitCode {
        let home = try context.home
        let network = try context.network()
        let made: Home.Made
        do {
            if network == .main, !home.exists {
                context.console.say("looking for a proof of work for the node key")
            }
            made = try home.initialise(network: network)
        } catch {
            throw Failure(error)
        }
        let answer = describe(
            identity: made.identity, node: made.node, network: network, home)
        context.show(Report.identity(answer), answer)
        if context.console.form == .text {
            context.console.say("nothing is published; next: kith profile set --name NAME")
        }
        return .ok
    }

    /// Shows who this home is.
    static func identify(_ context: Context) throws(Failure) -> ExitCode {
        let network = try context.network()
        let store = try context.store()
        let home = try context.home
        do throws(StoreError) {
            let identity = try store.identity()
            let proof = try store.proof()
            let answer = describe(
                identity: identity, node: proof?.id, network: network, home)
            context.show(Report.identity(answer), answer)
        } catch {
            throw Failure(.store(error))
        }
        return .ok
    }

    /// Lists the files.
    static func paths(_ context: Context) throws(Failure) -> ExitCode {
        let home = try context.home
        let rows = [
            ("home", home.path), ("state", home.statePath), ("lock", home.lockPath),
            ("socket", home.controlPath),
        ]
        context.show(rows, .object(rows.map { JSON.Member($0.0, .text($0.1)) }))
        return .ok
    }

    private static func describe(
        identity: Ed25519.PublicKey, node: NodeID?, network: Network, _ home: Home
    ) -> JSON {
        [
            "identity": .text(IdentityText.encode(identity)),
            "fingerprint": .text(IdentityText.fingerprint(of: identity)),
            "node": JSON(node?.description), "network": .text(StatusAnswer.name(of: network)),
            "home": .text(home.path),
        ]
    }
}
