import Foundation

/// What the command line chose; see ``start``.
nonisolated(unsafe) private var chosen: Target?

/// The first call of libFuzzer: looks for `--target=NAME`, and does what else is asked.
///
/// `--list` prints the targets. `--target=NAME --vectors=DIR --write-corpus=DIR` writes the
/// inputs to start from. Options with one hyphen are libFuzzer's own.
@_cdecl("LLVMFuzzerInitialize")
func start(
    _ count: UnsafeMutablePointer<Int32>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>
) -> Int32 {
    var options: [String: String] = [:]
    for index in 1..<max(1, Int(count.pointee)) {
        guard let pointer = arguments.pointee[index] else { continue }
        let parts = String(cString: pointer).split(separator: "=", maxSplits: 1)
        guard let name = parts.first, name.hasPrefix("--") else { continue }
        options[String(name)] = parts.count > 1 ? String(parts[1]) : ""
    }
    if options["--list"] != nil {
        for target in Target.all { print("\(target.name)\t\(target.bytesMax)\t\(target.summary)") }
        exit(0)
    }
    guard let target = Target.all.first(where: { $0.name == options["--target"] }) else {
        FileHandle.standardError.write(Data("kith: error: no target of this name\n".utf8))
        exit(2)
    }
    if let directory = options["--write-corpus"] {
        do {
            try Corpus.write(target, vectors: options["--vectors"] ?? "", into: directory)
        } catch {
            FileHandle.standardError.write(Data("kith: error: \(error)\n".utf8))
            exit(1)
        }
        exit(0)
    }
    chosen = target
    return 0
}

/// Every other call of libFuzzer: one input.
@_cdecl("LLVMFuzzerTestOneInput")
func runOne(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    guard let chosen else { return -1 }
    chosen.run(Array(UnsafeBufferPointer(start: bytes, count: count)))
    return 0
}
