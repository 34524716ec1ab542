/// Base64 with the alphabet that is safe in addresses and file names, without padding (RFC 4648
/// section 5).
///
/// Reading refuses every spelling but the one that is written.
public enum Base64URL {
    private static let text = RadixText(
        alphabet: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
        digitBits: 6)

    /// Four characters for three bytes, two or three for what is left over.
    public static func encode(_ span: RawSpan) -> String {
        text.encode(span)
    }

    /// Four characters for three bytes, two or three for what is left over.
    public static func encode(_ bytes: [UInt8]) -> String {
        text.encode(bytes.span.bytes)
    }

    /// The bytes, or nil for padding, foreign characters or surplus bits that are not zero.
    public static func decode(_ string: String) -> [UInt8]? {
        text.decode(string)
    }
}
