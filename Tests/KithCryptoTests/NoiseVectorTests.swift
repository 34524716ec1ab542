import Testing

@testable import KithCrypto

@Suite("The public vectors of Noise IK")
struct NoiseVectorTests {
    struct File: Decodable {
        struct Vector: Decodable {
            struct Message: Decodable {
                let payload: String
                let ciphertext: String
            }
            let protocolName: String
            let initiatorPrologue: String
            let initiatorStatic: String
            let initiatorEphemeral: String
            let responderKey: String
            let responderPrologue: String
            let responderStatic: String
            let responderEphemeral: String
            let handshakeHash: String?
            let messages: [Message]

            enum CodingKeys: String, CodingKey {
                case protocolName = "protocol_name"
                case initiatorPrologue = "init_prologue"
                case initiatorStatic = "init_static"
                case initiatorEphemeral = "init_ephemeral"
                case responderKey = "init_remote_static"
                case responderPrologue = "resp_prologue"
                case responderStatic = "resp_static"
                case responderEphemeral = "resp_ephemeral"
                case handshakeHash = "handshake_hash"
                case messages
            }
        }
        let vectors: [Vector]
    }

    @Test(
        "come out byte for byte, transport messages too",
        arguments: [("cacophony", 6), ("snow", 4)])
    func vectors(name: String, messages: Int) throws {
        let file: File = try VectorFile.load("noise/\(name).json")
        let vector = try #require(file.vectors.first)
        #expect(vector.protocolName == "Noise_IK_25519_ChaChaPoly_SHA256")
        #expect(vector.messages.count == messages)
        try check(vector)
    }

    private func check(_ vector: File.Vector) throws {
        let localInitiator = try secretKey(vector.initiatorStatic)
        let localResponder = try secretKey(vector.responderStatic)
        var initiator = try NoiseIK.Initiator(
            prologue: bytes(vector.initiatorPrologue), local: localInitiator,
            remote: X25519.PublicKey(bytes32(vector.responderKey)),
            ephemeral: bytes32(vector.initiatorEphemeral))
        var responder = NoiseIK.Responder(
            prologue: try bytes(vector.responderPrologue), local: localResponder)

        let first = try initiator.first(bytes(vector.messages[0].payload))
        #expect(Hex.encode(first) == vector.messages[0].ciphertext)
        let read = try responder.first(first, local: localResponder)
        let expected = localInitiator.publicKey
        #expect(read.remote == expected)
        #expect(Hex.encode(read.payload) == vector.messages[0].payload)

        let second = try responder.second(
            bytes(vector.messages[1].payload), ephemeral: bytes32(vector.responderEphemeral))
        #expect(Hex.encode(second) == vector.messages[1].ciphertext)
        let payload = try initiator.second(second, local: localInitiator)
        #expect(Hex.encode(payload) == vector.messages[1].payload)

        try checkTransport(initiator.finish(), responder.finish(), vector)
    }

    private func checkTransport(
        _ initiator: consuming NoiseIK.Transport, _ responder: consuming NoiseIK.Transport,
        _ vector: File.Vector
    ) throws {
        let hashes = [initiator.handshakeHash, responder.handshakeHash]
        #expect(hashes[0] == hashes[1])
        if let hash = vector.handshakeHash { #expect(hashes[0].hex == hash) }
        for (index, message) in vector.messages.enumerated().dropFirst(2) {
            let text = try bytes(message.payload)
            let nonce = UInt64(index / 2 - 1)
            let fromInitiator = index.isMultiple(of: 2)
            let sealed =
                fromInitiator
                ? initiator.send.seal(text, nonce: nonce) : responder.send.seal(text, nonce: nonce)
            #expect(Hex.encode(sealed) == message.ciphertext, "message \(index)")
            let opened =
                fromInitiator
                ? try responder.receive.open(sealed, nonce: nonce)
                : try initiator.receive.open(sealed, nonce: nonce)
            #expect(opened == text)
        }
    }

    private func secretKey(_ hex: String) throws -> X25519.SecretKey {
        let scalar = try bytes(hex)
        return X25519.SecretKey(copying: scalar.span.bytes)
    }
}
