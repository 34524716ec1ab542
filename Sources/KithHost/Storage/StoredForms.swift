import KithOverlay
import KithWire

extension Address {
    /// Sixteen bytes of address (`::ffff:` for IPv4) and two of port.
    var storedBytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(18)
        withUnsafeBytes(of: high.bigEndian) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: low.bigEndian) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: port.bigEndian) { bytes.append(contentsOf: $0) }
        return bytes
    }

    /// Reads what ``storedBytes`` made.
    init?(stored bytes: [UInt8]) {
        guard bytes.count == 18 else { return nil }
        let fold = { (range: Range<Int>) in
            bytes[range].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        }
        self.init(v6: fold(0..<8), low: fold(8..<16), port: UInt16(fold(16..<18)))
    }
}

extension Record {
    /// Reads an encoded record; its signature was checked before it was stored.
    init?(stored bytes: [UInt8]) {
        guard let record = try? Record.decode(bytes.span.bytes) else { return nil }
        self = record
    }
}

extension NodeRecord {
    /// Reads an encoded node record.
    init?(stored bytes: [UInt8]) {
        guard let record = try? NodeRecord.decode(bytes.span.bytes) else { return nil }
        self = record
    }
}

extension Presentation {
    /// Reads an encoded presentation.
    init?(stored bytes: [UInt8]) {
        guard let presentation = try? Presentation.decode(bytes.span.bytes) else { return nil }
        self = presentation
    }
}

extension Profile {
    /// Reads an encoded profile.
    init?(stored bytes: [UInt8]) {
        guard let profile = try? Profile.decode(bytes.span.bytes) else { return nil }
        self = profile
    }
}

extension Guard {
    /// Node, address and the time of its choice, with blanks between; none of them has one.
    var stored: String { "\(node.text) \(address) \(chosen.milliseconds)" }

    /// Reads what ``stored`` made.
    init?(stored text: Substring) {
        let words = text.split(separator: " " as Character).map(String.init)
        guard words.count == 3, let node = try? NodeRecord(text: words[0]),
            let address = Address(words[1]), let chosen = UInt64(words[2])
        else { return nil }
        self.init(node: node, address: address, chosen: UnixTime(milliseconds: chosen))
    }
}
