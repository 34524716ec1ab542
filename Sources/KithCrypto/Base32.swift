/// Lowercase base32 without padding (RFC 4648 section 6), for text that people read aloud.
///
/// Reading refuses every spelling but the one that is written; capitals too.
public enum Base32 {
    private static let text = RadixText(
        alphabet: "abcdefghijklmnopqrstuvwxyz234567", digitBits: 5)

    /// Eight characters for five bytes, fewer for what is left over.
    public static func encode(_ span: RawSpan) -> String {
        text.encode(span)
    }

    /// Eight characters for five bytes, fewer for what is left over.
    public static func encode(_ bytes: [UInt8]) -> String {
        text.encode(bytes.span.bytes)
    }

    /// The bytes, or nil for padding, capitals, foreign characters or surplus bits that are not
    /// zero.
    public static func decode(_ string: String) -> [UInt8]? {
        text.decode(string)
    }
}
