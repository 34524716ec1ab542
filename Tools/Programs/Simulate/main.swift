import Glibc
import KithSimulation

// The order of a run: understand the request, run it, say what came out.
do {
    if let hot = try HotRequest(CommandLine.arguments.dropFirst()) {
        let report = HotReport(hot.plan)
        print(hot.asJSON ? report.json : report.text)
        exit(report.exitCode)
    }
    if let storer = try StorerRequest(CommandLine.arguments.dropFirst()) {
        let report = StorerReport(storer.plan)
        print(storer.asJSON ? report.json : report.text)
        exit(report.exitCode)
    }
    if let anonymity = try AnonymityRequest(CommandLine.arguments.dropFirst()) {
        let report = AnonymityReport(anonymity.plan)
        print(anonymity.asJSON ? report.json : report.text)
        exit(report.exitCode)
    }
    if let mixing = try MixingRequest(CommandLine.arguments.dropFirst()) {
        let report = MixingReport(mixing.plan)
        print(mixing.asJSON ? report.json : report.text)
        exit(report.exitCode)
    }
    switch try Request(CommandLine.arguments.dropFirst()) {
    case .help:
        print(Request.manual)
    case .list:
        print(Request.scenarios)
    case .simulate(let plan, let asJSON):
        let report = Run(plan).report()
        print(asJSON ? report.json : report.text)
        exit(report.isGood ? 0 : 1)
    case .series(let plan, let seeds, let keepsGoing):
        exit(Series(plan, seeds, keepsGoing: keepsGoing).run() ? 0 : 1)
    }
} catch {
    Terminal.say("kith-simulate: error: \(error.text)\nkith-simulate: hint: \(error.hint)\n")
    exit(2)
}
