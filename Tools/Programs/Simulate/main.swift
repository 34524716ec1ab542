import Glibc
import KithSimulation

// The order of a run: understand the request, run it, say what came out.
do {
    switch try Request(CommandLine.arguments.dropFirst()) {
    case .help:
        print(Request.manual)
    case .simulate(let plan, let asJSON):
        let findings = Run(plan).findings()
        print(asJSON ? findings.json : findings.text)
        exit(findings.measured.violations.isEmpty ? 0 : 1)
    }
} catch {
    Terminal.say("kith-simulate: error: \(error.text)\nkith-simulate: hint: \(error.hint)\n")
    exit(2)
}
