import Glibc
import KithCrypto

/// Small files that people name on the command line.
enum TextFile {
    /// All bytes of a file, at most `bytesMax`; `-` is standard input.
    static func read(_ path: String, bytesMax: Int) throws(Failure) -> [UInt8] {
        let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("read", path) }
        defer { if path != "-" { close(descriptor) } }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while bytes.count <= bytesMax {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("read", path) }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
        throw tooLarge(path, bytesMax)
    }

    /// All bytes of a file that holds a secret, at the beginning of the result, and how many;
    /// `-` is standard input.
    static func readSecret(
        _ path: String, bytesMax: Int
    ) throws(Failure) -> Secret {
        let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("read", path) }
        defer { if path != "-" { close(descriptor) } }
        var bytes = SecretBytes(count: bytesMax + 1)
        var filled = 0
        while filled <= bytesMax {
            let count = bytes.withMutableBytes { bytes in
                bytes.withUnsafeMutableBytes { buffer in
                    Glibc.read(
                        descriptor, buffer.baseAddress?.advanced(by: filled),
                        buffer.count - filled)
                }
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("read", path) }
            if count == 0 { return Secret(bytes: bytes, count: filled) }
            filled += count
        }
        throw tooLarge(path, bytesMax)
    }

    /// What a file held.
    struct Secret: ~Copyable {
        /// The bytes, and room for more.
        let bytes: SecretBytes
        /// How many bytes at the beginning are those of the file.
        let count: Int
    }

    /// Makes a file that only this user may read; one that is there already is not touched.
    static func create(_ path: String, _ secret: borrowing SecretBytes) throws(Failure) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("make", path) }
        let count = secret.withBytes { bytes in
            bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        }
        let isSafe = count == secret.count && fsync(descriptor) == 0
        let reason = errno
        close(descriptor)
        guard isSafe else {
            unlink(path)
            errno = reason
            throw failure("write", path)
        }
    }

    /// Writes a file that only this user may read; it appears under its name whole or not at all.
    ///
    /// - Parameter replacing: whether a file that is there may go.
    static func write(_ path: String, _ text: String, replacing: Bool) throws(Failure) {
        let temporary = "\(path).new-\(getpid())"
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
        let descriptor = open(temporary, flags, 0o600)
        guard descriptor >= 0 else { throw failure("make", temporary) }
        defer { unlink(temporary) }
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            sent += count
        }
        let isSafe = sent == bytes.count && fsync(descriptor) == 0
        let reason = errno
        close(descriptor)
        errno = reason
        guard isSafe else { throw failure("write", temporary) }
        try name(temporary, path, replacing: replacing)
    }

    private static func name(
        _ temporary: String, _ path: String, replacing: Bool
    ) throws(Failure) {
        let exists = Failure(
            .failed, "file-exists", "\(Terminal.safe(path)) exists already",
            hint: "choose another name, or write --force to replace it")
        if !replacing {
            // link fails where rename would overwrite what another process made meanwhile.
            if link(temporary, path) == 0 { return }
            if errno == EEXIST { throw exists }
            // A file system without links, as on a memory stick.
            guard errno == EPERM || errno == EOPNOTSUPP else { throw failure("make", path) }
            guard access(path, F_OK) != 0 else { throw exists }
        }
        guard rename(temporary, path) == 0 else { throw failure("make", path) }
    }

    private static func tooLarge(_ path: String, _ bytesMax: Int) -> Failure {
        Failure(
            .invalidData, "file-too-large",
            "\(Terminal.safe(path)) has more than \(bytesMax) bytes",
            hint: "is it the right file?")
    }

    private static func failure(_ verb: String, _ path: String) -> Failure {
        let reason = String(cString: strerror(errno))
        return Failure(
            .failed, "file-unusable", "cannot \(verb) \(Terminal.safe(path)): \(reason)",
            hint: errno == EEXIST ? "choose another name; nothing was changed" : "")
    }
}
