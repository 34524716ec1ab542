import Synchronization
import Testing

@testable import KithCrypto

@Suite("A secret")
struct SecretBytesTests {
    @Test("is all zero when its memory is given back")
    func wiping() {
        let witness = Witness()
        scope(witness)
        #expect(witness.seen == [[UInt8](repeating: 0, count: 48)])
    }

    @Test("was there until then")
    func positiveControl() {
        let witness = Witness()
        #expect(scope(witness) == [UInt8](repeating: 0xa5, count: 48))
    }

    @Test("holds a copy of what it was made from")
    func copying() {
        #expect(copied([1, 2, 3]) == [1, 2, 3])
    }

    @Test("matches an equal one and no other")
    func matching() {
        #expect(matches([1, 2, 3], [1, 2, 3]))
        #expect(!matches([1, 2, 3], [1, 2, 4]))
        #expect(!matches([1, 2, 3], [1, 2, 3, 4]))
    }

    @Test("is written as hexadecimal digits and read back")
    func hexadecimal() {
        let bytes: [UInt8] = [0x00, 0x7f, 0xa5, 0xff]
        #expect(digits(of: bytes) == "007fa5ff")
        #expect(read("007fa5ff") == bytes)
        #expect(read("007FA5FF") == bytes)
        for text in ["", "0", "007", "0g", "0x", " 0"] { #expect(read(text) == nil, "\(text)") }
    }

    private func digits(of bytes: [UInt8]) -> String {
        let digits = SecretBytes(copying: bytes.span.bytes).hexDigits()
        return digits.bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }

    private func read(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard let secret = SecretBytes(hexDigits: digits.span.bytes) else { return nil }
        return secret.bytes.withUnsafeBytes { [UInt8]($0) }
    }

    /// Remembers what memory looked like when it was given back.
    private final class Witness: Sendable {
        private let blocks = Mutex<[[UInt8]]>([])

        var seen: [[UInt8]] { blocks.withLock { $0 } }

        func see(_ block: [UInt8]) {
            blocks.withLock { $0.append(block) }
        }
    }

    @discardableResult
    private func scope(_ witness: Witness) -> [UInt8] {
        var secret = SecretBytes(count: 48) { witness.see([UInt8]($0)) }
        secret.withMutableBytes { span in
            for offset in 0..<48 { span.storeBytes(of: 0xa5, toByteOffset: offset, as: UInt8.self) }
        }
        return secret.withBytes { span in span.withUnsafeBytes { [UInt8]($0) } }
    }

    private func copied(_ bytes: [UInt8]) -> [UInt8] {
        let secret = SecretBytes(copying: bytes.span.bytes)
        return secret.bytes.withUnsafeBytes { [UInt8]($0) }
    }

    private func matches(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        SecretBytes(copying: left.span.bytes).matches(SecretBytes(copying: right.span.bytes))
    }
}
