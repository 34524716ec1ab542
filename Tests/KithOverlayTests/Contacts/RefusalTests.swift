import KithCrypto
import KithWire
import Testing

@testable import KithOverlay

@Suite("A refused request")
struct RefusalTests {
    @Test("is not heard while it may still stand in the mailbox, and is news after that")
    func ages() throws {
        let now = UnixTime(milliseconds: 1_800_000_000_000)
        var entropy = Entropy(seed: 1)
        let limits = Settings.Contacts()
        let me = Ed25519.SecretKey(seed: entropy.bytes32()).publicKey
        let asker = Ed25519.SecretKey(seed: entropy.bytes32()).publicKey
        var book = ContactBook(at: now, entropy: &entropy)
        book.requests = [
            ContactBook.ReceivedRequest(
                request: try ContactRequest(sender: asker, name: "Ben", message: nil),
                received: now)
        ]
        try book.change(.refuse(asker), by: me, at: now, &entropy)
        #expect(book.requests.isEmpty)
        let refusal = try #require(book.refused.first)
        #expect(refusal.identity == asker)
        let day: Duration = .seconds(86_400)
        #expect(!refusal.isOver(at: now + day * Int(limits.refusalDays), limits))
        #expect(refusal.isOver(at: now + day * (Int(limits.refusalDays) + 1), limits))
        #expect(try ContactBook.decode(book.encode().span.bytes) == book)
        // Whoever is added is heard again.
        try book.change(
            .add(asker, name: "Ben", ownName: nil, message: nil), by: me, at: now, &entropy)
        #expect(book.refused.isEmpty)
    }
}
