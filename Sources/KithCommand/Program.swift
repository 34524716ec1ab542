import Glibc
import Kith
import KithHost

/// Runs one command line.
enum Program {
    /// The version of the command and of the protocol it speaks.
    static let version = "kith 0.1.0 (protocol 1)"

    /// Does what the arguments ask for and returns the exit status.
    static func run(_ arguments: [String]) -> Int32 {
        CoreDumps.forbid()
        // A reader that goes away is an error of write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        do throws(Failure) {
            switch try parse(arguments) {
            case .help(let words): return try help(words).rawValue
            case .version:
                Console(form: .text, colour: nil).data([version])
                return ExitCode.ok.rawValue
            case .invocation(let invocation): return perform(invocation).rawValue
            }
        } catch {
            // The command line may not have been understood, so look for --json by hand.
            let wantsJSON = arguments.prefix { $0 != "--" }.contains("--json")
            Console(form: wantsJSON ? .json : .text, colour: nil).report(error)
            return error.exit.rawValue
        }
    }

    private static func parse(_ arguments: [String]) throws(Failure) -> Parsed {
        do {
            return try Parser.parse(arguments)
        } catch {
            throw Failure(error)
        }
    }

    private static func help(_ words: [String]) throws(Failure) -> ExitCode {
        do {
            let text = try Help.text(on: words)
            Console(form: .text, colour: nil).data(
                text.split(separator: "\n", omittingEmptySubsequences: false)
                    .dropLast().map(String.init))
            return .ok
        } catch {
            throw Failure(error)
        }
    }

    /// Lets Ctrl-C end the process at once with 130: all but `run` only wait for an answer, or
    /// write a file that appears complete or not at all.
    private static func endOnInterrupt() {
        signal(SIGINT) { _ in _exit(ExitCode.interrupted.rawValue) }
        // Whoever started this process may have blocked signals, and that is inherited.
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGINT)
        sigaddset(&set, SIGTERM)
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
    }

    private static func perform(_ invocation: Invocation) -> ExitCode {
        let console = Console(invocation)
        do throws(Failure) {
            return try perform(invocation, console)
        } catch {
            console.report(error)
            return error.exit
        }
    }

    private static func perform(
        _ invocation: Invocation, _ console: Console
    ) throws(Failure) -> ExitCode {
        if invocation.verb.name == "completion" {
            console.data([Completion.script(for: invocation.words[0]) ?? ""])
            return .ok
        }
        let context = Context(invocation, console)
        if invocation.verb.name == "run" { return try RunCommand.run(context) }
        endOnInterrupt()
        if invocation.verb.words[0] == "contacts" { return try ContactCommands.perform(context) }
        switch invocation.verb.name {
        case "init": return try HomeCommands.initialise(context)
        case "id": return try IdentityCommands.show(context)
        case "id passphrase": return try IdentityCommands.passphrase(context)
        case "id export": return try IdentityCommands.export(context)
        case "id import": return try IdentityCommands.import(context)
        case "unlock": return try IdentityCommands.unlock(context)
        case "paths": return try HomeCommands.paths(context)
        case "status": return try NodeCommands.status(context)
        case "peers": return try NodeCommands.peers(context)
        case "profile set": return try ProfileCommands.set(context)
        case "profile show": return try ProfileCommands.show(context)
        case "publish": return try PeopleCommands.publish(context)
        case "unpublish": return try PeopleCommands.unpublish(context)
        case "find": return try PeopleCommands.find(context)
        case "nearby": return try NearbyCommand.perform(context)
        case "ping": return try NodeCommands.ping(context)
        case "trace": return try NodeCommands.trace(context)
        case "dht get": return try NodeCommands.get(context)
        case "bootstrap key": return try BootstrapCommands.key(context)
        case "bootstrap sign": return try BootstrapCommands.sign(context)
        case "bootstrap check": return try BootstrapCommands.check(context)
        case "dht lookup": return try NodeCommands.lookup(context)
        default: preconditionFailure("\(invocation.verb.name) is in the table but not here")
        }
    }
}
