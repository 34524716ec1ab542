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
