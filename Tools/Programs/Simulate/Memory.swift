import Glibc

/// What the kernel says about memory.
enum Memory {
    /// The most that this process had, in bytes (`VmHWM`).
    static var peakBytes: Double? { value("VmHWM:", of: "/proc/self/status") }

    /// The value of the line that begins with `key`, which the kernel writes in KiB.
    private static func value(_ key: String, of path: String) -> Double? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, Int32(line.count), file) != nil {
            let bytes = line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            let words = String(decoding: bytes, as: UTF8.self).split { $0 == " " || $0 == "\t" }
            if words.count > 1, words[0] == key, let kibibytes = Double(words[1]) {
                return kibibytes * 1_024
            }
        }
        return nil
    }
}
