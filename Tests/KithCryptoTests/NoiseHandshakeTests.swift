import Testing

@testable import KithCrypto

@Suite("A handshake")
struct NoiseHandshakeTests {
    private let prologue = Array("kith/1\0local".utf8)

    @Test("gives both sides the same two keys, crossed")
    func success() throws {
        var entropy = Entropy(seed: seed(41))
        let ada = X25519.SecretKey.generate(from: &entropy)
        let bob = X25519.SecretKey.generate(from: &entropy)
        let prologue = prologue
        var initiator = try NoiseIK.Initiator(
            prologue: prologue.span.bytes, local: ada, remote: bob.publicKey, entropy: &entropy)
        var responder = NoiseIK.Responder(prologue: prologue, local: bob)
        let first = try initiator.first([1, 2, 3])
        #expect(first.count == 99)
        let read = try responder.first(first, local: bob)
        let adaKey = ada.publicKey
        #expect(read.remote == adaKey)
        #expect(read.payload == [1, 2, 3])
        let second = try responder.second([], entropy: &entropy)
        #expect(second.count == 48)
        let payload = try initiator.second(second, local: ada)
        #expect(payload.isEmpty)

        let atAda = initiator.finish()
        let atBob = responder.finish()
        let hashes = [atAda.handshakeHash, atBob.handshakeHash]
        #expect(hashes[0] == hashes[1])
        let toBob = try atBob.receive.open(atAda.send.seal([7], nonce: 0), nonce: 0)
        let toAda = try atAda.receive.open(atBob.send.seal([8], nonce: 0), nonce: 0)
        #expect(toBob == [7])
        #expect(toAda == [8])
        let crossed = atAda.send.seal([7], nonce: 0) == atBob.send.seal([7], nonce: 0)
        #expect(!crossed)
    }

    @Test("survives every forged answer and then takes the true one")
    func forgedSecond() throws {
        var ends = try Ends(prologue, seed: seed(42))
        let first = try ends.initiator.first([1])
        _ = try ends.responder.first(first, local: ends.bob)
        let second = try ends.responder.second([5, 6], entropy: &ends.entropy)
        for index in second.indices {
            var forged = second
            forged[index] ^= 1
            let failure = ends.failureOfSecond(forged)
            #expect(failure == .authenticationFailed, "byte \(index)")
        }
        #expect(ends.failureOfSecond(Array(second.dropLast())) == .authenticationFailed)
        #expect(ends.failureOfSecond(Array(second.prefix(47))) == .badLength)
        #expect(ends.failureOfSecond([UInt8](repeating: 0, count: 48)) == .weakKey)
        let payload = try ends.initiator.second(second, local: ends.ada)
        #expect(payload == [5, 6])
    }

    @Test("survives every forged call and then takes the true one")
    func forgedFirst() throws {
        var ends = try Ends(prologue, seed: seed(43))
        let first = try ends.initiator.first([9])
        for index in first.indices {
            var forged = first
            forged[index] ^= 1
            #expect(ends.failureOfFirst(forged) == .authenticationFailed, "byte \(index)")
        }
        #expect(ends.failureOfFirst(Array(first.prefix(95))) == .badLength)
        let zeros = [UInt8](repeating: 0, count: 32)
        #expect(ends.failureOfFirst(zeros + Array(first.dropFirst(32))) == .weakKey)
        let read = try ends.responder.first(first, local: ends.bob)
        #expect(read.payload == [9])
    }

    @Test("fails between different networks")
    func otherPrologue() throws {
        var ends = try Ends(prologue, seed: seed(44))
        let bob = ends.bob.publicKey
        let other = Array("kith/1\0kith".utf8)
        var stranger = try NoiseIK.Initiator(
            prologue: other, local: ends.ada, remote: bob, ephemeral: ends.entropy.bytes32())
        let first = try stranger.first([])
        #expect(ends.failureOfFirst(first) == .authenticationFailed)
    }

    @Test("fails when the responder is somebody else")
    func otherResponder() throws {
        var ends = try Ends(prologue, seed: seed(45))
        let first = try ends.initiator.first([])
        let eve = X25519.SecretKey.generate(from: &ends.entropy)
        var responder = NoiseIK.Responder(prologue: prologue, local: eve)
        var failure: CryptoError?
        do throws(CryptoError) {
            _ = try responder.first(first, local: eve)
        } catch {
            failure = error
        }
        #expect(failure == .authenticationFailed)
    }

    @Test("does not begin with a key of low order", arguments: [0, 1] as [UInt8])
    func weakRemote(first: UInt8) throws {
        let point = try #require(Bytes32([first] + [UInt8](repeating: 0, count: 31)))
        #expect(throws: CryptoError.weakKey) { try begin(with: X25519.PublicKey(point)) }
    }

    @Test("refuses keys in a second form: one key pair has one name")
    func otherForm() throws {
        var ends = try Ends(prologue, seed: seed(47))
        let first = try ends.initiator.first([1])
        // Above the prime, 2^255 - 19 + 9, stands for the base point; the next has bit 255 set.
        let above: [UInt8] = [0xf6] + [UInt8](repeating: 0xff, count: 30) + [0x7f]
        var highest = Array(first.prefix(32))
        highest[31] |= 0x80
        for form in [above, highest] {
            #expect(ends.failureOfFirst(form + Array(first.dropFirst(32))) == .weakKey)
            let point = try #require(Bytes32(form))
            #expect(throws: CryptoError.weakKey) { try begin(with: X25519.PublicKey(point)) }
        }
        _ = try ends.responder.first(first, local: ends.bob)
        let second = try ends.responder.second([2], entropy: &ends.entropy)
        #expect(ends.failureOfSecond(above + Array(second.dropFirst(32))) == .weakKey)
        let payload = try ends.initiator.second(second, local: ends.ada)
        #expect(payload == [2])
    }

    @Test("takes the largest key there is, and none above it")
    func largestKey() throws {
        let ff = [UInt8](repeating: 0xff, count: 30)
        let largest = try #require(Bytes32([0xec] + ff + [0x7f]))
        try X25519.PublicKey(largest).requireCanonical()
        let prime = try #require(Bytes32([0xed] + ff + [0x7f]))
        #expect(throws: CryptoError.weakKey) {
            try X25519.PublicKey(prime).requireCanonical()
        }
    }

    @Test("can be tried again after a message that did not fit")
    func room() throws {
        var ends = try Ends(prologue, seed: seed(46))
        #expect(ends.failureOfWritingFirst(room: 96, payload: [1]) == .badLength)
        let first = try ends.initiator.first([1])
        let read = try ends.responder.first(first, local: ends.bob)
        #expect(read.payload == [1])
        #expect(ends.failureOfWritingSecond(room: 48, payload: [1]) == .badLength)
        let second = try ends.responder.second([2], entropy: &ends.entropy)
        let payload = try ends.initiator.second(second, local: ends.ada)
        #expect(payload == [2])
    }

    @Test("uses a new ephemeral key each time, so equal handshakes look different")
    func freshness() throws {
        var entropy = Entropy(seed: 47)
        let ada = X25519.SecretKey.generate(from: &entropy)
        let bob = X25519.SecretKey.generate(from: &entropy).publicKey
        var messages: [[UInt8]] = []
        for _ in 0..<2 {
            let prologue = prologue
            var initiator = try NoiseIK.Initiator(
                prologue: prologue.span.bytes, local: ada, remote: bob, entropy: &entropy)
            messages.append(try initiator.first([]))
        }
        #expect(messages[0].prefix(32) != messages[1].prefix(32))
        #expect(messages[0].suffix(16) != messages[1].suffix(16))
    }

    private func begin(with remote: X25519.PublicKey) throws(CryptoError) {
        var entropy = Entropy(seed: 48)
        let ada = X25519.SecretKey.generate(from: &entropy)
        _ = try NoiseIK.Initiator(
            prologue: [], local: ada, remote: remote, ephemeral: entropy.bytes32())
    }

    /// Two ends of one handshake, and what attempts on them fail with.
    private struct Ends: ~Copyable {
        let ada: X25519.SecretKey
        let bob: X25519.SecretKey
        var initiator: NoiseIK.Initiator
        var responder: NoiseIK.Responder
        var entropy: Entropy

        init(_ prologue: [UInt8], seed: UInt64) throws(CryptoError) {
            entropy = Entropy(seed: seed)
            ada = X25519.SecretKey.generate(from: &entropy)
            bob = X25519.SecretKey.generate(from: &entropy)
            initiator = try NoiseIK.Initiator(
                prologue: prologue, local: ada, remote: bob.publicKey,
                ephemeral: entropy.bytes32())
            responder = NoiseIK.Responder(prologue: prologue, local: bob)
        }

        mutating func failureOfFirst(_ message: [UInt8]) -> CryptoError? {
            do throws(CryptoError) {
                _ = try responder.first(message, local: bob)
                return nil
            } catch {
                return error
            }
        }

        mutating func failureOfSecond(_ message: [UInt8]) -> CryptoError? {
            do throws(CryptoError) {
                _ = try initiator.second(message, local: ada)
                return nil
            } catch {
                return error
            }
        }

        mutating func failureOfWritingFirst(room: Int, payload: [UInt8]) -> CryptoError? {
            var buffer = [UInt8](repeating: 0, count: room)
            var elements = buffer.mutableSpan
            var span = elements.mutableBytes
            do throws(CryptoError) {
                _ = try initiator.writeFirst(payload: payload.span.bytes, into: &span, at: 0)
                return nil
            } catch {
                return error
            }
        }

        mutating func failureOfWritingSecond(room: Int, payload: [UInt8]) -> CryptoError? {
            var buffer = [UInt8](repeating: 0, count: room)
            var elements = buffer.mutableSpan
            var span = elements.mutableBytes
            do throws(CryptoError) {
                _ = try responder.writeSecond(
                    payload: payload.span.bytes, into: &span, at: 0, entropy: &entropy)
                return nil
            } catch {
                return error
            }
        }
    }
}
