import KithHost
import KithOverlay
import KithWire

/// Commands that ask the running node about itself and the network.
enum NodeCommands {
    /// Shows how the node is; 0 when it has joined, 5 when it has not.
    static func status(_ context: Context) throws(Failure) -> ExitCode {
        let answer = try context.ask(.status)
        context.show(StatusReport.rows(answer), answer)
        if answer["phase"]?.text == "joined" { return .ok }
        if let hint = answer["hint"]?.text, context.console.form == .text {
            context.console.say("hint: \(hint)")
        }
        return .noPeers
    }

    /// Lists the neighbours.
    static func peers(_ context: Context) throws(Failure) -> ExitCode {
        let answer = try context.ask(.peers)
        context.show(Report.peers(answer), answer)
        return .ok
    }

    /// Measures the round trip to a node.
    static func ping(_ context: Context) throws(Failure) -> ExitCode {
        let target = context.invocation.words[0]
        try check(target)
        let answer = try context.ask(.ping(target))
        let rows = [
            ("node", Report.text(answer["node"])),
            ("time", Report.time(answer["roundTripMs"])),
            ("sees us at", answer["seen"]?.text ?? "?"),
            ("load", answer["load"]?.int.map { "\($0) %" } ?? "?"),
        ]
        context.show(rows, answer)
        return .ok
    }

    /// Shows each node that a lookup asks.
    static func trace(_ context: Context) throws(Failure) -> ExitCode {
        let via = Inputs.via(context.invocation) ?? .direct
        let answer = try context.ask(.trace(try location(context), via: via))
        if answer["paths"] != nil {
            context.show(Report.paths(answer), answer)
            remarkOnExits(context, answer)
            return .ok
        }
        context.show(Report.steps(answer), answer)
        remark(context, Report.lookup(answer))
        return .ok
    }

    /// Finds the nodes closest to a location.
    static func lookup(_ context: Context) throws(Failure) -> ExitCode {
        let answer = try context.ask(.lookup(try location(context)))
        context.show(Report.closest(answer), answer)
        remark(context, Report.lookup(answer))
        return .ok
    }

    /// Fetches the newest record at a location.
    static func get(_ context: Context) throws(Failure) -> ExitCode {
        let via = Inputs.via(context.invocation) ?? .direct
        let answer = try context.ask(.get(try location(context), via: via))
        let rows = Report.record(answer)
        guard !rows.isEmpty else {
            if context.console.form == .json { context.console.data(answer) }
            context.console.report(
                Failure(
                    .nothingFound, "nothing-found", "there is no record at this location",
                    hint: "profiles are gone a day after their owner was last online"),
                asData: false)
            return .nothingFound
        }
        context.show(rows, answer)
        if answer["paths"] == nil {
            remark(context, Report.lookup(answer))
        } else {
            remarkOnExits(context, answer)
        }
        return .ok
    }

    /// Tells when one of the exits knows less than the other, or lies.
    private static func remarkOnExits(_ context: Context, _ answer: JSON) {
        guard answer["exitsDiffer"]?.bool == true else { return }
        remark(context, "the exits answered differently: the newest valid record counts")
    }

    private static func remark(_ context: Context, _ text: String) {
        if context.console.form == .text { context.console.remark([text]) }
    }

    /// Refuses what is neither a node record nor an address, before the node is asked.
    private static func check(_ target: String) throws(Failure) {
        if target.hasPrefix(NodeRecord.textPrefix) {
            _ = try Inputs.nodeRecord(target)
        } else {
            _ = try Inputs.address(target)
        }
    }

    private static func location(_ context: Context) throws(Failure) -> String {
        let text = context.invocation.words[0]
        _ = try Inputs.location(text)
        return text
    }
}
