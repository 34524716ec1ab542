import Glibc
import KithCrypto

/// A small file that only its owner may read, replaced in one step: whoever reads its name, also
/// after a crash at any moment, finds the old bytes or the new ones, whole.
enum PrivateFile {
    /// What a file held.
    struct Contents: ~Copyable {
        /// The bytes, and room for more.
        let buffer: SecretBytes
        /// How many at the beginning are those of the file; one more than asked for when there
        /// were more.
        let count: Int

        /// The bytes of the file.
        var bytes: RawSpan {
            @_lifetime(borrow self)
            get { buffer.bytes.extracting(first: count) }
        }
    }

    /// Reads at most `bytesMax` bytes and one more.
    ///
    /// - Throws: ``IdentityError/missing(path:)``, ``IdentityError/unusable(path:reason:)``.
    static func read(_ path: String, bytesMax: Int) throws(IdentityError) -> Contents {
        let number = open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else {
            throw errno == ENOENT ? .missing(path: path) : unusable(path)
        }
        let descriptor = FileDescriptor(owning: number)
        var buffer = SecretBytes(count: bytesMax + 1)
        var filled = 0
        while filled <= bytesMax {
            let count = buffer.withMutableBytes { bytes in
                bytes.withUnsafeMutableBytes { place in
                    retryingInterrupted {
                        Glibc.read(
                            descriptor.number, place.baseAddress.map { $0 + filled },
                            place.count - filled)
                    }
                }
            }
            guard count >= 0 else { throw unusable(path) }
            if count == 0 { break }
            filled += count
        }
        return Contents(buffer: buffer, count: filled)
    }

    /// What happens to a file that is there already.
    enum Meeting {
        /// It is replaced.
        case replace
        /// It stays: ``IdentityError/exists(path:)``.
        case refuse
    }

    /// Writes `bytes` to `temporary` (0600), and gives it the name `path` when it is on disk.
    ///
    /// The caller sees to it that nobody else uses `temporary`, which is removed first: a crash
    /// may have left it.
    static func write(
        _ bytes: borrowing SecretBytes, to path: String, through temporary: String,
        meeting: Meeting
    ) throws(IdentityError) {
        unlink(temporary)
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
        let number = open(temporary, flags, 0o600)
        guard number >= 0 else { throw unusable(temporary) }
        let descriptor = FileDescriptor(owning: number)
        defer { unlink(temporary) }
        let count = bytes.withBytes { bytes in
            bytes.withUnsafeBytes { Glibc.write(descriptor.number, $0.baseAddress, $0.count) }
        }
        guard count == bytes.count, fsync(descriptor.number) == 0 else {
            throw unusable(temporary)
        }
        let former = meeting == .replace ? open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW) : -1
        defer { if former >= 0 { close(former) } }
        try name(temporary, path, meeting)
        try synchroniseDirectory(of: path)
        overwrite(former)
    }

    private static func name(
        _ temporary: String, _ path: String, _ meeting: Meeting
    ) throws(IdentityError) {
        switch meeting {
        case .replace:
            guard rename(temporary, path) == 0 else { throw unusable(path) }
        case .refuse:
            // link fails where rename would overwrite what another process made meanwhile.
            if link(temporary, path) == 0 { return }
            if errno == EEXIST { throw .exists(path: path) }
            // A file system without links, as on a memory stick.
            guard errno == EPERM || errno == EOPNOTSUPP else { throw unusable(path) }
            guard access(path, F_OK) != 0 else { throw .exists(path: path) }
            guard rename(temporary, path) == 0 else { throw unusable(path) }
        }
    }

    private static func synchroniseDirectory(of path: String) throws(IdentityError) {
        let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let number = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { throw unusable(directory) }
        let descriptor = FileDescriptor(owning: number)
        guard fsync(descriptor.number) == 0 else { throw unusable(directory) }
    }

    /// Overwrites a file that has lost its last name, so that a seed that was readable does not
    /// stay on the disk.
    ///
    /// As far as a program can: a disk that writes elsewhere, a snapshot or a backup keeps it.
    private static func overwrite(_ number: Int32) {
        var status = stat()
        guard number >= 0, fstat(number, &status) == 0, status.st_nlink == 0,
            status.st_size <= IdentityFile.bytesMax
        else { return }
        let zeros = [UInt8](repeating: 0, count: Int(status.st_size))
        _ = zeros.withUnsafeBytes { pwrite(number, $0.baseAddress, $0.count, 0) }
        fsync(number)
    }

    private static func unusable(_ path: String) -> IdentityError {
        .unusable(path: path, reason: systemMessage(errno))
    }
}
