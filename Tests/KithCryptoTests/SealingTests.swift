import Testing

@testable import KithCrypto

/// The AEAD groups of Wycheproof.
struct AEADGroup: Decodable {
    struct Case: Decodable {
        let tcId: Int
        let key: String
        let iv: String
        let aad: String
        let msg: String
        let ct: String
        let tag: String
        let result: Verdict
    }
    let ivSize: Int
    let tests: [Case]
}

@Suite("ChaCha20-Poly1305")
struct ChaChaPolyTests {
    let key = [UInt8](0..<32)

    @Test("agrees with RFC 8439 section 2.8.2")
    func rfc() throws {
        let text =
            "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for "
            + "the future, sunscreen would be it."
        let sealed = sealed(
            Array(text.utf8), key: [UInt8](0x80...0x9f),
            rawNonce: try bytes("070000004041424344454647"),
            header: try bytes("50515253c0c1c2c3c4c5c6c7"))
        #expect(Hex.encode(sealed).hasPrefix("d31a8d34648e60db7b86afbc53ef7ec2"))
        #expect(Hex.encode(sealed).hasSuffix("61161ae10b594f09e26a7e902ecbd0600691"))
        #expect(sealed.count == text.utf8.count + 16)
    }

    @Test("passes the 316 vectors of Wycheproof that have a nonce of 12 bytes")
    func wycheproof() throws {
        let file: Wycheproof<AEADGroup> = try VectorFile.load(
            "wycheproof/chacha20_poly1305_test.json")
        var checked = 0
        var skipped = 0
        for group in file.testGroups {
            guard group.ivSize == 96 else {
                skipped += group.tests.count
                continue
            }
            for test in group.tests {
                try check(test)
                checked += 1
            }
        }
        #expect(checked == 316)
        #expect(skipped == 9)
    }

    private func check(_ test: AEADGroup.Case) throws {
        let (key, nonce) = (try bytes(test.key), try bytes(test.iv))
        let (text, header) = (try bytes(test.msg), try bytes(test.aad))
        let (good, opened) = (try bytes(test.ct) + bytes(test.tag), test.result == .valid)
        #expect(
            self.opened(good, key: key, rawNonce: nonce, header: header)
                == (opened ? text : nil), "case \(test.tcId)")
        let sealed = sealed(text, key: key, rawNonce: nonce, header: header)
        #expect((sealed == good) == opened, "case \(test.tcId)")
    }

    @Test("counts nonces as Noise does: four zero bytes, then the counter, little end first")
    func nonce() throws {
        let counter: UInt64 = 0x0102_0304_0506_0708
        let raw = try bytes("000000000807060504030201")
        let byCounter = sealed([1, 2, 3], nonce: counter, header: [9])
        #expect(byCounter == sealed([1, 2, 3], key: key, rawNonce: raw, header: [9]))
    }

    @Test("opens what it sealed", arguments: [0, 1, 63, 64, 65, 1_200])
    func roundTrip(count: Int) throws {
        let text = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let sealed = sealed(text, nonce: 5, header: [1, 2])
        #expect(sealed.count == count + 16)
        #expect(try opened(sealed, nonce: 5, header: [1, 2]) == text)
    }

    @Test("refuses any changed byte, another nonce, another header and another length")
    func tampering() {
        let sealed = sealed([UInt8](0..<20), nonce: 5, header: [1, 2])
        for index in sealed.indices {
            var bad = sealed
            bad[index] ^= 0x40
            #expect(throws: CryptoError.authenticationFailed) {
                try opened(bad, nonce: 5, header: [1, 2])
            }
        }
        #expect(throws: CryptoError.authenticationFailed) {
            try opened(sealed, nonce: 6, header: [1, 2])
        }
        #expect(throws: CryptoError.authenticationFailed) {
            try opened(sealed, nonce: 5, header: [1, 3])
        }
        #expect(throws: CryptoError.authenticationFailed) {
            try opened(Array(sealed.dropLast()), nonce: 5, header: [1, 2])
        }
        #expect(throws: CryptoError.authenticationFailed) {
            try opened(sealed, nonce: .max, header: [1, 2])
        }
        #expect(throws: CryptoError.badLength) {
            try opened(Array(sealed.prefix(15)), nonce: 5, header: [1, 2])
        }
    }

    @Test("leaves nothing of a forged text behind")
    func noLeftovers() {
        var sealed = sealed([UInt8](repeating: 7, count: 40), nonce: 5, header: [])
        sealed[50] ^= 1
        #expect(leftovers(sealed) == [UInt8](repeating: 0, count: 40))
    }

    @Test("refuses to open into a buffer that is too small")
    func room() {
        let sealed = sealed([1, 2, 3], nonce: 0, header: [])
        #expect(throws: CryptoError.badLength) {
            try opened(sealed, nonce: 0, header: [], room: 2)
        }
    }

    @Test("seals behind a header in one buffer as it does with the header apart")
    func oneBuffer() {
        let header = [UInt8](0..<16)
        let text = [UInt8](40..<80)
        #expect(
            sealedBehind(header, text, nonce: 3) == header + sealed(text, nonce: 3, header: header))
    }

    private func sealed(_ text: [UInt8], nonce: UInt64, header: [UInt8]) -> [UInt8] {
        let key = ChaChaPoly.Key(copying: key.span.bytes)
        var buffer = text + [UInt8](repeating: 0, count: 16)
        var elements = buffer.mutableSpan
        var span = elements.mutableBytes
        ChaChaPoly.seal(
            &span, textBytes: text.count, key: key, nonce: nonce, authenticating: header.span.bytes)
        return buffer
    }

    private func sealedBehind(_ header: [UInt8], _ text: [UInt8], nonce: UInt64) -> [UInt8] {
        let key = ChaChaPoly.Key(copying: key.span.bytes)
        var buffer = header + text + [UInt8](repeating: 0, count: 16)
        var elements = buffer.mutableSpan
        var span = elements.mutableBytes
        ChaChaPoly.seal(
            &span, headerBytes: header.count, textBytes: text.count, key: key, nonce: nonce)
        return buffer
    }

    private func opened(
        _ sealed: [UInt8], nonce: UInt64, header: [UInt8], room: Int? = nil
    ) throws(CryptoError) -> [UInt8] {
        let key = ChaChaPoly.Key(copying: key.span.bytes)
        var text = [UInt8](repeating: 0xee, count: room ?? sealed.count)
        var elements = text.mutableSpan
        var span = elements.mutableBytes
        let count = try ChaChaPoly.open(
            sealed.span.bytes, into: &span, key: key, nonce: nonce,
            authenticating: header.span.bytes)
        return Array(text.prefix(count))
    }

    /// What the buffer holds after a text was refused.
    private func leftovers(_ sealed: [UInt8]) -> [UInt8]? {
        let key = ChaChaPoly.Key(copying: key.span.bytes)
        var text = [UInt8](repeating: 0xee, count: sealed.count - 16)
        var refused = false
        do throws(CryptoError) {
            var elements = text.mutableSpan
            var span = elements.mutableBytes
            _ = try ChaChaPoly.open(
                sealed.span.bytes, into: &span, key: key, nonce: 5, authenticating: RawSpan())
        } catch {
            refused = true
        }
        return refused ? text : nil
    }

    private func sealed(
        _ text: [UInt8], key: [UInt8], rawNonce: [UInt8], header: [UInt8]
    ) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: text.count + 16)
        let nonce = ChaChaPoly.Nonce(copying: rawNonce.span.bytes)
        text.withUnsafeBytes { text in
            key.withUnsafeBytes { key in
                header.withUnsafeBytes { header in
                    output.withUnsafeMutableBytes { output in
                        guard let base = output.baseAddress, let key = key.baseAddress else {
                            return
                        }
                        ChaChaPoly.seal(text, to: base, key: key, nonce: nonce, header: header)
                    }
                }
            }
        }
        return output
    }

    private func opened(
        _ sealed: [UInt8], key: [UInt8], rawNonce: [UInt8], header: [UInt8]
    ) -> [UInt8]? {
        var output = [UInt8](repeating: 0, count: sealed.count - 16)
        let nonce = ChaChaPoly.Nonce(copying: rawNonce.span.bytes)
        let right = sealed.withUnsafeBytes { sealed in
            key.withUnsafeBytes { key in
                header.withUnsafeBytes { header in
                    output.withUnsafeMutableBytes { output in
                        guard let key = key.baseAddress else { return false }
                        return ChaChaPoly.open(
                            sealed, to: output.baseAddress, key: key, nonce: nonce, header: header)
                    }
                }
            }
        }
        return right ? output : nil
    }
}

@Suite("XChaCha20-Poly1305")
struct XChaChaPolyTests {
    @Test("passes the 306 vectors of Wycheproof that have a nonce of 24 bytes")
    func wycheproof() throws {
        let file: Wycheproof<AEADGroup> = try VectorFile.load(
            "wycheproof/xchacha20_poly1305_test.json")
        var checked = 0
        var skipped = 0
        for group in file.testGroups {
            guard group.ivSize == 192 else {
                skipped += group.tests.count
                continue
            }
            for test in group.tests {
                try check(test)
                checked += 1
            }
        }
        #expect(checked == 306)
        #expect(skipped == 9)
    }

    private func check(_ test: AEADGroup.Case) throws {
        let (key, nonce) = (try bytes32(test.key), try bytes(test.iv))
        let (text, header) = (try bytes(test.msg), try bytes(test.aad))
        let good = try bytes(test.ct) + bytes(test.tag)
        let valid = test.result == .valid
        let sealed = XChaChaPoly.seal(
            text, key: XChaChaPoly.Key(key), nonce: nonce, authenticating: header)
        #expect((sealed == good) == valid, "case \(test.tcId)")
        let result: Result<[UInt8], CryptoError> = opened(good, key, nonce, header)
        #expect(
            result == (valid ? .success(text) : .failure(.authenticationFailed)),
            "case \(test.tcId)")
    }

    @Test("refuses what is shorter than a tag")
    func length() {
        #expect(
            opened(
                [UInt8](repeating: 0, count: 15), Bytes32(), [UInt8](repeating: 0, count: 24), [])
                == .failure(.badLength))
    }

    private func opened(
        _ sealed: [UInt8], _ key: Bytes32, _ nonce: [UInt8], _ header: [UInt8]
    ) -> Result<[UInt8], CryptoError> {
        do throws(CryptoError) {
            return .success(
                try XChaChaPoly.open(
                    sealed, key: XChaChaPoly.Key(key), nonce: nonce, authenticating: header))
        } catch {
            return .failure(error)
        }
    }
}
