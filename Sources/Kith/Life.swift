import KithHost
import Synchronization

/// Lets tasks wait for the turns in the life of a node.
final class Life: Sendable {
    private struct State {
        var isSettled = false
        var hasEnded = false
        var awaitingSettled: [CheckedContinuation<Void, Never>] = []
        var awaitingEnd: [CheckedContinuation<Void, Never>] = []
        var listeners: [Int: AsyncStream<ContactRequest>.Continuation] = [:]
        var listenersSoFar = 0
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
        tellListeners(notice)
    }

    private func tellListeners(_ notice: NodeHost.Notice) {
        let listeners = state.withLock { Array($0.listeners.values) }
        switch notice {
        case .contactRequest(let request):
            for listener in listeners { listener.yield(ContactRequest(request)) }
        case .stopped:
            for listener in listeners { listener.finish() }
        case .joined, .alone, .addressChanged, .roleChanged, .storageFailed, .unlocked, .reload,
            .leaving:
            break
        }
    }

    /// Requests from now on, until the node has ended; the last 64 wait for a slow reader.
    func requests() -> AsyncStream<ContactRequest> {
        let (stream, continuation) = AsyncStream<ContactRequest>.makeStream(
            bufferingPolicy: .bufferingNewest(64))
        let number = state.withLock { state -> Int? in
            guard !state.hasEnded else { return nil }
            state.listenersSoFar += 1
            state.listeners[state.listenersSoFar] = continuation
            return state.listenersSoFar
        }
        guard let number else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { state in state.listeners[number] = nil }
        }
        return stream
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
