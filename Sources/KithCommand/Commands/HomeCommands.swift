import KithHost
import KithWire

/// Commands about the home: `init`, `paths`.
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
        let answer = IdentityCommands.describe(
            made.identity, node: made.node, network: network, home, isLocked: made.isLocked)
        context.show(Report.identity(answer), answer)
        if context.console.form == .text {
            context.console.say("nothing is published; next: kith profile set --name NAME")
        }
        return .ok
    }

    /// Lists the files.
    static func paths(_ context: Context) throws(Failure) -> ExitCode {
        let home = try context.home
        let rows = [
            ("home", home.path), ("identity", home.identityPath), ("state", home.statePath),
            ("lock", home.lockPath), ("socket", home.controlPath),
        ]
        context.show(rows, .object(rows.map { JSON.Member($0.0, .text($0.1)) }))
        return .ok
    }
}
