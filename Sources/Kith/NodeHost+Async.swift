import KithHost
import KithOverlay
import Synchronization

extension NodeHost {
    /// Runs an operation to its end; cancelling the task cancels it.
    func outcome(of operation: Operation) async throws(KithError) -> Outcome {
        let running = Mutex<OperationID?>(nil)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let id = start(operation) { event in
                    if case .finished(let result) = event { continuation.resume(returning: result) }
                }
                running.withLock { $0 = id }
                // The task may have been cancelled before there was an id.
                if Task.isCancelled { cancel(id) }
            }
        } onCancel: {
            if let id = running.withLock({ $0 }) { cancel(id) }
        }
        do {
            return try result.get()
        } catch {
            throw KithError(error)
        }
    }
}
