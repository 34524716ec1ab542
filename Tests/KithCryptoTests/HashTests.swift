import KithCrypto
import Testing

@Suite("SHA-2")
struct SHA2Tests {
    @Test("agrees with FIPS 180-4 for \"abc\"")
    func known() throws {
        let message = Array("abc".utf8)
        #expect(
            SHA256.hash(message).hex
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            SHA512.hash(message)
                == (try bytes(
                    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                        + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f")))
    }
}

@Suite("HMAC-SHA-256")
struct HMACTests {
    struct Group: Decodable {
        struct Case: Decodable {
            let tcId: Int
            let key: String
            let msg: String
            let tag: String
            let result: Verdict
        }
        let tagSize: Int
        let tests: [Case]
    }

    @Test("agrees with RFC 4231 case 1")
    func known() {
        #expect(
            mac(key: [UInt8](repeating: 0x0b, count: 20), Array("Hi There".utf8)).hex
                == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
    }

    @Test("passes all 174 vectors of Wycheproof")
    func wycheproof() throws {
        let file: Wycheproof<Group> = try VectorFile.load("wycheproof/hmac_sha256_test.json")
        var checked = 0
        for group in file.testGroups {
            for test in group.tests {
                let code = mac(key: try bytes(test.key), try bytes(test.msg)).bytes
                let right = Array(code.prefix(group.tagSize / 8)) == (try bytes(test.tag))
                #expect(right == (test.result == .valid), "case \(test.tcId)")
                checked += 1
            }
        }
        #expect(checked == 174)
    }

    @Test("tells a right code from a wrong one")
    func verifying() {
        let message = Array("message".utf8)
        let code = mac(key: [1], message)
        #expect(verify(code, key: [1], message))
        #expect(!verify(code, key: [2], message))
        #expect(!verify(code, key: [1], message + [0]))
    }

    private func mac(key: [UInt8], _ message: [UInt8]) -> Bytes32 {
        HMACSHA256.mac(key: key.span.bytes, over: message.span.bytes)
    }

    private func verify(_ code: Bytes32, key: [UInt8], _ message: [UInt8]) -> Bool {
        HMACSHA256.verify(code, key: key.span.bytes, over: message.span.bytes)
    }
}

@Suite("HKDF")
struct HKDFTests {
    struct Group: Decodable {
        struct Case: Decodable {
            let tcId: Int
            let ikm: String
            let salt: String
            let info: String
            let size: Int
            let okm: String
            let result: Verdict
        }
        let tests: [Case]
    }

    @Test("agrees with RFC 5869 appendix A.1, key and output")
    func known() throws {
        let secret = [UInt8](repeating: 0x0b, count: 22)
        #expect(
            extracted(salt: try bytes("000102030405060708090a0b0c"), secret)
                == (try bytes("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5")))
        #expect(
            try derived(
                salt: try bytes("000102030405060708090a0b0c"), secret,
                info: try bytes("f0f1f2f3f4f5f6f7f8f9"), 42)
                == (try bytes(
                    "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
                        + "34007208d5b887185865")))
    }

    @Test("passes all 86 vectors of Wycheproof, RFC 5869 A.1 to A.3 among them")
    func wycheproof() throws {
        let file: Wycheproof<Group> = try VectorFile.load("wycheproof/hkdf_sha256_test.json")
        var checked = 0
        for test in file.testGroups.flatMap(\.tests) {
            let secret = try bytes(test.ikm)
            let salt = try bytes(test.salt)
            let info = try bytes(test.info)
            switch test.result {
            case .valid, .acceptable:
                #expect(
                    try derived(salt: salt, secret, info: info, test.size) == bytes(test.okm),
                    "case \(test.tcId)")
            case .invalid:
                #expect(throws: CryptoError.parametersOutOfRange, "case \(test.tcId)") {
                    try derived(salt: salt, secret, info: info, test.size)
                }
            }
            checked += 1
        }
        #expect(checked == 86)
    }

    private func extracted(salt: [UInt8], _ secret: [UInt8]) -> [UInt8] {
        let key = HKDF.extract(salt: salt.span.bytes, secret: secret.span.bytes)
        return key.bytes.withUnsafeBytes { [UInt8]($0) }
    }

    private func derived(
        salt: [UInt8], _ secret: [UInt8], info: [UInt8], _ count: Int
    ) throws(CryptoError) -> [UInt8] {
        let output = try HKDF.derive(
            salt: salt.span.bytes, secret: secret.span.bytes, info: info.span.bytes,
            outputBytes: count)
        return output.bytes.withUnsafeBytes { [UInt8]($0) }
    }
}
