import Glibc

/// One open file descriptor; closed when its owner goes away.
struct FileDescriptor: ~Copyable {
    /// The number the kernel knows it by.
    let number: Int32

    /// Takes ownership of `number`, which must be open.
    init(owning number: Int32) {
        precondition(number >= 0, "descriptor \(number)")
        self.number = number
    }

    deinit {
        close(number)
    }

    /// Takes ownership of what a system call returned.
    ///
    /// - Throws: ``HostError/system(call:errno:)`` when the call failed.
    init(_ result: Int32, from call: StaticString) throws(HostError) {
        guard result >= 0 else { throw .system(call: "\(call)", errno: errno) }
        number = result
    }
}

/// Repeats a system call while a signal interrupts it.
///
/// - Returns: what the call returned at last; `errno` belongs to that try.
@inline(__always)
func retryingInterrupted<R: SignedInteger>(_ call: () -> R) -> R {
    while true {
        let result = call()
        if result >= 0 || errno != EINTR { return result }
    }
}

/// The kernel's words for an error number, such as "Permission denied".
func systemMessage(_ number: Int32) -> String {
    String(cString: strerror(number))
}
