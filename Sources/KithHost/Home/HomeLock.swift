import CLinux
import Glibc

/// The right to run the node of a home: only one process has it.
///
/// A `flock` on the file `lock`, so that it ends with the process however that ends. The file
/// holds the process id for messages and stays when the lock goes.
public struct HomeLock: ~Copyable {
    private let descriptor: FileDescriptor

    /// Takes the lock of `home`, whose directory must exist.
    ///
    /// - Throws: ``StoreError/locked(byProcess:)`` when another process has it.
    public init(_ home: Home) throws(HostError) {
        descriptor = try HomeLock.take(home)
    }

    private static func take(_ home: Home) throws(HostError) -> FileDescriptor {
        let flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW
        let number = Glibc.open(home.lockPath, flags, 0o600)
        guard number >= 0 else {
            switch errno {
            case ENOENT, ENOTDIR: throw .homeMissing(path: home.path)
            case EACCES, EPERM, EROFS, ELOOP: throw .store(.forbidden)
            case ENOSPC, EDQUOT: throw .store(.diskFull)
            default: throw .system(call: "open", errno: errno)
            }
        }
        let descriptor = FileDescriptor(owning: number)
        let result = retryingInterrupted { flock(number, LOCK_EX | LOCK_NB) }
        guard result == 0 else {
            guard errno == EWOULDBLOCK else { throw .system(call: "flock", errno: errno) }
            throw .store(.locked(byProcess: HomeLock.holder(number)))
        }
        let text = Array("\(getpid())\n".utf8)
        // Only words for a message: a full disk must not keep a node from starting.
        _ = ftruncate(number, 0)
        _ = text.withUnsafeBytes { pwrite(number, $0.baseAddress, $0.count, 0) }
        return descriptor
    }

    private static func holder(_ number: Int32) -> Int32? {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = bytes.withUnsafeMutableBytes { pread(number, $0.baseAddress, $0.count, 0) }
        guard count > 0 else { return nil }
        let text = String(decoding: bytes.prefix(count), as: UTF8.self)
        return Int32(text.prefix { $0.isNumber })
    }
}
