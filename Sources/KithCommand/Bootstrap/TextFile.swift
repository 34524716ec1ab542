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
