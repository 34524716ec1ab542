import Glibc
import KithCrypto
import KithHost

/// A passphrase that another program hands over: one line from a descriptor it left open.
enum DescriptorLine {
    /// Reads up to the end of the line or of the file, and not a byte further, so that the next
    /// line can be the next passphrase.
    static func read(_ number: Int32) throws(Failure) -> Passphrase {
        // What this process opened itself closes on exec; what was handed to it does not. So a
        // wrong number never reads from a file of ours.
        let flags = fcntl(number, F_GETFD)
        guard flags >= 0, flags & FD_CLOEXEC == 0 else { throw unreadable(number, EBADF) }
        var line = SecretBytes(count: Passphrase.bytesMax + 1)
        var filled = 0
        while filled < line.count {
            let count = line.withMutableBytes { bytes in
                bytes.withUnsafeMutableBytes { place in
                    Glibc.read(number, place.baseAddress.map { $0 + filled }, 1)
                }
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw unreadable(number, errno) }
            let byte = line.bytes.unsafeLoad(fromByteOffset: filled, as: UInt8.self)
            if count == 0 || byte == UInt8(ascii: "\n") { break }
            filled += 1
        }
        guard let passphrase = Passphrase(copying: line.bytes.extracting(first: filled)) else {
            throw PassphraseInput.unusable
        }
        return passphrase
    }

    private static func unreadable(_ number: Int32, _ reason: Int32) -> Failure {
        Failure(
            .failed, "passphrase-unreadable",
            "descriptor \(number) cannot be read: \(String(cString: strerror(reason)))",
            hint: "open it in the shell, as in: --passphrase-fd 3 3<FILE")
    }
}
