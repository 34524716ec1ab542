import CLinux
import Glibc

/// Addresses of Unix sockets, and who is at the other end.
enum UnixSocket {
    /// Opens a stream socket.
    static func open(nonBlocking: Bool) throws(HostError) -> FileDescriptor {
        var kind = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue
        if nonBlocking { kind |= SOCK_NONBLOCK.rawValue }
        return try FileDescriptor(socket(AF_UNIX, Int32(kind), 0), from: "socket")
    }

    /// Calls `body` with the socket address of the file `name` in the directory that
    /// `directory` is open on.
    ///
    /// A socket address holds 108 bytes and homes may have longer paths, so the directory is
    /// named through its descriptor in `/proc`.
    static func withAddress<R>(
        of name: String, in directory: Int32, _ body: (UnsafePointer<sockaddr>, socklen_t) -> R
    ) -> R {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = Array("/proc/self/fd/\(directory)/\(name)".utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { place in
            precondition(path.count < place.count, "the name \(name) is too long")
            place.copyBytes(from: path)
        }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, size) }
        }
    }

    /// Opens a directory to name things in it.
    static func directory(_ path: String) throws(HostError) -> FileDescriptor {
        let number = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else {
            switch errno {
            case ENOENT, ENOTDIR: throw .homeMissing(path: path)
            default: throw .homeUnusable(path: path, reason: systemMessage(errno))
            }
        }
        return FileDescriptor(owning: number)
    }

    /// The user at the other end of a connected socket, nil when the kernel does not say.
    static func peer(of number: Int32) -> uid_t? {
        var credentials = ucred()
        var size = socklen_t(MemoryLayout<ucred>.size)
        let result = getsockopt(number, SOL_SOCKET, SO_PEERCRED, &credentials, &size)
        return result == 0 ? credentials.uid : nil
    }

    /// Whether the user `peer` may give orders to a process of the user `own`.
    static func admits(peer: uid_t, own: uid_t) -> Bool {
        peer == own || peer == 0
    }
}
