import KithCrypto

/// Why a text is not the record of a node.
public enum NodeRecordTextError: Error, Hashable, Sendable {
    /// It does not start with ``NodeRecord/textPrefix``.
    case notANodeRecord
    /// What follows the prefix is not unpadded base64url.
    case badEncoding
    /// The checksum does not fit: a character was lost or changed.
    case badChecksum
    /// The checksum fits, but what it covers is no node record.
    case malformed(DecodeError)
}

/// The text form: `kith-node:` and, in base64url without padding, the encoding followed by the
/// first checksum bytes; for seed lists and for people to paste.
extension NodeRecord {
    /// What every such text starts with.
    public static let textPrefix = "kith-node:"

    /// Four bytes: one paste in 4 × 10⁹ that was damaged at random goes unnoticed.
    private static let checksumBytes = 4

    /// The record as text.
    public var text: String {
        let encoded = self.encoded
        return NodeRecord.textPrefix
            + Base64URL.encode(encoded + NodeRecord.checksum(encoded.span.bytes))
    }

    /// Reads the text form; blanks around it are not accepted.
    public init(text: String) throws(NodeRecordTextError) {
        guard text.utf8.starts(with: NodeRecord.textPrefix.utf8) else { throw .notANodeRecord }
        // Dropped as bytes: a combining mark behind the colon makes one Character of both.
        let coded = String(Substring(text.utf8.dropFirst(NodeRecord.textPrefix.utf8.count)))
        guard let bytes = Base64URL.decode(coded) else { throw .badEncoding }
        guard bytes.count > NodeRecord.checksumBytes else { throw .badChecksum }
        let end = bytes.count - NodeRecord.checksumBytes
        let encoded = bytes.span.bytes.extracting(0..<end)
        guard Array(bytes[end...]) == NodeRecord.checksum(encoded) else { throw .badChecksum }
        do {
            self = try NodeRecord.decode(encoded)
        } catch {
            throw .malformed(error)
        }
    }

    private static func checksum(_ encoded: RawSpan) -> [UInt8] {
        var hasher = BLAKE2b.Hasher(outputBytes: checksumBytes)
        hasher.update(encoded)
        return hasher.finish()
    }
}
