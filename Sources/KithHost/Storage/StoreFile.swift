import Glibc

/// The state file as the file system sees it.
enum StoreFile {
    /// Looks at the file without changing anything, not even a log left by a crash, so that a
    /// foreign file is never touched.
    ///
    /// Through SQLite, not `open`: closing our own descriptor would drop the POSIX locks that
    /// other connections of this process hold on the file (howtocorrupt.html section 2.2).
    static func check(_ path: String) throws(StoreError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw error(errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .foreign }
        guard status.st_size > 0 else { throw .corrupt(detail: "the file is empty") }
        let database = try Database(untouched: path)
        guard try database.integer("PRAGMA application_id") == StoreSchema.applicationID else {
            throw .foreign
        }
        let version = try database.integer("PRAGMA user_version")
        guard version <= StoreSchema.version else {
            throw .newerSchema(found: Int(version), known: Int(StoreSchema.version))
        }
    }

    /// Lets `fill` write a temporary file (0600) beside `path`, and gives it that name when
    /// it is complete and on disk; an existing file is never replaced.
    static func create(
        _ path: String, fill: (String) throws(StoreError) -> Void
    ) throws(StoreError) {
        guard access(path, F_OK) != 0 else { throw .exists }
        let temporary = "\(path).new-\(getpid())"
        unlink(temporary)
        let number = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard number >= 0 else { throw error(errno) }
        let descriptor = FileDescriptor(owning: number)
        defer {
            unlink(temporary)
            unlink(temporary + "-journal")
        }
        try fill(temporary)
        guard fsync(descriptor.number) == 0 else { throw error(errno) }
        // link fails where rename would overwrite what another process made meanwhile.
        guard link(temporary, path) == 0 else { throw error(errno) }
        try synchroniseDirectory(of: path)
    }

    private static func synchroniseDirectory(of path: String) throws(StoreError) {
        let directory = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let number = open(directory.isEmpty ? "/" : directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { throw error(errno) }
        let descriptor = FileDescriptor(owning: number)
        guard fsync(descriptor.number) == 0 else { throw error(errno) }
    }

    private static func error(_ number: Int32) -> StoreError {
        switch number {
        case ENOENT, ENOTDIR: .missing
        case EEXIST: .exists
        case EACCES, EPERM, EROFS, ELOOP: .forbidden
        case ENOSPC, EDQUOT: .diskFull
        default: .failed(code: number, detail: systemMessage(number))
        }
    }
}
