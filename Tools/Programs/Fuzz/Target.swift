import KithWire

/// One thing that is fuzzed: a decoder with an oracle, or a node.
struct Target: Sendable {
    /// What `Tools/fuzz` calls it.
    let name: String
    /// What is fed with what, in one line.
    let summary: String
    /// Folders of `Specs/Vectors` that the corpus starts with.
    let areas: [String]
    /// The longest input, in bytes.
    let bytesMax: Int
    /// Runs one input; ends the process with ``fail(_:)`` when something is wrong.
    let run: @Sendable ([UInt8]) -> Void

    /// All of them, in the order in which `Tools/fuzz all` runs them.
    static let all =
        wireTargets + recordTargets + privacyTargets + mixingTargets + nearbyTargets + textTargets
        + [nodeTarget]
}

/// Ends the process as a finding.
func fail(_ what: String) -> Never {
    fatalError("FINDING: \(what)")
}

/// What an oracle expects to hold.
func expect(_ holds: Bool, _ what: @autoclosure () -> String) {
    if !holds { fail(what()) }
}

/// What a decoder makes of `bytes`, or nil when it refuses.
func accepted<Value, Fault: Error>(_ decode: () throws(Fault) -> Value) -> Value? {
    do {
        return try decode()
    } catch {
        return nil
    }
}

/// What is written into a writer of `capacity` bytes.
func written(_ capacity: Int = 4_096, _ write: (inout CBORWriter) -> Void) -> [UInt8] {
    var writer = CBORWriter(capacity: capacity)
    write(&writer)
    expect(!writer.overflowed, "an encoding of more than \(capacity) bytes")
    return writer.bytes
}

/// Confirms that what was accepted has one spelling.
func expectSame(_ again: [UInt8], _ bytes: [UInt8], _ what: String) {
    expect(again == bytes, "\(what) was accepted, but encodes differently")
}

/// Confirms that text that was accepted has one spelling; `==` would take e\u{301} for é.
func expectSame(_ again: String, _ text: String, _ what: String) {
    expect(again.utf8.elementsEqual(text.utf8), "\(what) was accepted, but is written differently")
}
