import KithHost
import KithOverlay

/// The node that runs on a home, as seen by a command.
enum RunningNode {
    /// Asks it something and waits for the answer; hands each event before it to `onEvent`.
    static func ask(
        _ command: ControlCommand, at home: Home, until deadline: Instant,
        onEvent: (JSON) -> Void = { _ in }
    ) throws(Failure) -> JSON {
        do throws(ControlClientError) {
            return try ControlClient(home)
                .ask(command.name, command.arguments, until: deadline, onEvent: onEvent)
        } catch {
            switch error {
            case .notRunning, .host(.homeMissing): throw .notRunning(home: home.path)
            case .timedOut: throw .timedOut
            default: throw Failure(error.failure)
            }
        }
    }
}
