import KithHost
import Synchronization

/// Lets tasks wait for the turns in the life of a node.
final class Life: Sendable {
    private struct State {
        var isSettled = false
        var hasEnded = false
        var awaitingSettled: [CheckedContinuation<Void, Never>] = []
        var awaitingEnd: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// Notes what the node says.
    func hear(_ notice: NodeHost.Notice) {
        let waiting = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            switch notice {
            case .joined, .alone, .stopped:
                state.isSettled = true
                if notice == .stopped { state.hasEnded = true }
            case .addressChanged, .roleChanged, .storageFailed, .contactRequest, .unlocked, .reload,
                .leaving:
                break
            }
            var ready: [CheckedContinuation<Void, Never>] = []
            if state.isSettled {
                ready += state.awaitingSettled
                state.awaitingSettled = []
            }
            if state.hasEnded {
                ready += state.awaitingEnd
                state.awaitingEnd = []
            }
            return ready
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Waits until the node has joined, knows that it is alone, or has ended.
    func settled() async {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                if !state.isSettled { state.awaitingSettled.append(continuation) }
                return state.isSettled
            }
            if isReady { continuation.resume() }
        }
    }

    /// Waits until the node has ended.
    func ended() async {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                if !state.hasEnded { state.awaitingEnd.append(continuation) }
                return state.hasEnded
            }
            if isReady { continuation.resume() }
        }
    }
}
