import Glibc
import KithHost

/// The home of a node that lives for one measurement.
struct TemporaryHome {
    /// The home, in which nothing is initialised yet.
    let home: Home

    /// A fresh directory, of this user alone.
    init() throws(Failure) {
        var template = Array("/tmp/kith-bench-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { $0.baseAddress.map { mkdtemp($0) } }
        guard case let made?? = made else {
            throw Failure("no directory can be made in /tmp", hint: "make /tmp writable")
        }
        home = Home(path: String(cString: made))
    }

    /// Takes it away with everything in it.
    func remove() {
        if let directory = opendir(home.path) {
            while let entry = readdir(directory) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
                    name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                unlink("\(home.path)/\(name)")
            }
            closedir(directory)
        }
        rmdir(home.path)
    }
}
