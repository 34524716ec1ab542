import KithCrypto
import Testing

@Suite("Argon2id")
struct Argon2idTests {
    /// From libsodium's own tests (`test/default/pwhash_argon2id`), which agree with the
    /// reference implementation: the seventh of the first table, and the third string.
    @Test("agrees with the published vectors")
    func known() throws {
        let secret = try secret(
            try bytes("b540beb016a5366524d4605156493f9874514a5aa58818cd0c6dfffaa9e90205f17b"),
            salt: try bytes("44071f6d181561670bda728d43fb79b4"), 1, 1_631_659, 231)
        #expect(
            Hex.encode(secret).hasPrefix(
                "7fb72409b0987f8190c3729710e98c3f80c5a8727d425fdcde7f3644d467fe97"
                    + "3f5b5fee683bd3fce812cb9ae5e9921a2d06c2f1905e4e839692f2b934b682f1"))
        #expect(Hex.encode(secret).hasSuffix("13303b3fe76285531a826b6fc0fe8e3dddecf"))
        // The library stores this one without padding in the other base64 alphabet.
        let salt = try #require(Base64URL.decode("bA81arsiXysd3WbTRzmEOw"))
        let hash = try #require(Base64URL.decode("Nm8QBM-7RH1DXo9rvp5cwKEOOOfD2g6JuxlXihoNcpE"))
        #expect(try derived([], salt: salt, 2, 4_882 << 10).bytes == hash)
    }

    @Test("depends on password, salt, passes and memory")
    func dependence() throws {
        let salt = [UInt8](0..<16)
        let usual = try derived([1], salt: salt, 1, 8 << 10)
        #expect(try derived([1], salt: salt, 1, 8 << 10) == usual)
        #expect(try derived([2], salt: salt, 1, 8 << 10) != usual)
        #expect(try derived([1], salt: salt.reversed(), 1, 8 << 10) != usual)
        #expect(try derived([1], salt: salt, 2, 8 << 10) != usual)
        #expect(try derived([1], salt: salt, 1, 16 << 10) != usual)
    }

    @Test(
        "refuses costs out of range",
        arguments: [
            (0, 8 << 10), (11, 8 << 10), (-1, 8 << 10), (1, 8191), (1, 1 << 30 + 1), (1, -1),
        ])
    func range(operations: Int, memoryBytes: Int) {
        #expect(throws: CryptoError.parametersOutOfRange) {
            try derived([1], salt: [UInt8](0..<16), operations, memoryBytes)
        }
        #expect(throws: CryptoError.parametersOutOfRange) {
            try secret([1], salt: [UInt8](0..<16), operations, memoryBytes, 32)
        }
    }

    @Test("refuses to derive too little or too much", arguments: [0, 15, 257])
    func outputRange(count: Int) {
        #expect(throws: CryptoError.parametersOutOfRange) {
            try secret([1], salt: [UInt8](0..<16), 1, 8 << 10, count)
        }
    }

    private func derived(
        _ password: [UInt8], salt: [UInt8], _ operations: Int, _ memoryBytes: Int
    ) throws(CryptoError) -> Bytes32 {
        try Argon2id.derive(
            password: password.span.bytes, salt: Bytes16(salt) ?? Bytes16(),
            operations: operations, memoryBytes: memoryBytes)
    }

    private func secret(
        _ password: [UInt8], salt: [UInt8], _ operations: Int, _ memoryBytes: Int, _ count: Int
    ) throws(CryptoError) -> [UInt8] {
        let secret = try Argon2id.deriveSecret(
            password: password.span.bytes, salt: Bytes16(salt) ?? Bytes16(),
            operations: operations, memoryBytes: memoryBytes, outputBytes: count)
        return secret.bytes.withUnsafeBytes { [UInt8]($0) }
    }
}
