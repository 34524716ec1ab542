import Glibc
import KithSimulation
import Reporting

// The order of a run: understand the request, run it, say what came out.
do {
    let words = CommandLine.arguments.dropFirst()
    let own: [any OwnScenario.Type] = [
        HotRequest.self, StorerRequest.self, MixingRequest.self, AnonymityRequest.self,
    ]
    for scenario in own {
        guard let (report, asJSON) = try scenario.report(asked: words) else { continue }
        print(asJSON ? report.json : report.text)
        exit(report.exitCode)
    }
    switch try Request(words) {
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
