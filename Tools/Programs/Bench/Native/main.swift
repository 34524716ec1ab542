import Glibc
import Reporting

// One program in two roles: it measures, and it is what is measured, as a process of its own.
do {
    let words = CommandLine.arguments.dropFirst()
    switch words.first {
    case "relay":
        let request = try RelayRequest(words.dropFirst())
        guard !request.wantsManual else {
            print(RelayRequest.manual)
            exit(0)
        }
        let report = RelayReport(request, try RelayBench.run(request))
        print(request.asJSON ? report.json : report.text)
        exit(report.isGood ? 0 : 1)
    case "serve":
        try await Server.run(words.dropFirst())
    default:
        throw Failure("no such benchmark", hint: "Tools/bench --list")
    }
} catch let failure as Failure {
    Terminal.say("bench: error: \(failure.text)\nbench: hint: \(failure.hint)\n")
    exit(2)
}
