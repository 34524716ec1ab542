import Foundation
import KithCrypto
import KithWire

let usage = """
    usage: kith-vectors write DIR        write every vector to DIR/<area>/<name>.txt
           kith-vectors cbor-decode      hex lines in; `ok <hex again>` or an error per line
           kith-vectors message-decode   hex lines in; a kind or an error per line
           kith-vectors mixed-decode     hex lines in; `query`, `answer` or an error per line
           kith-vectors packet-peel      hex lines of a secret and a packet in; the instruction and
                                         the packet as it goes on, or an error per line

    """

/// Reads hexadecimal lines and answers each with one line.
func answerLines(_ answer: ([UInt8]) -> String) {
    while let line = readLine() {
        print(Hex.decode(line).map(answer) ?? "noHex")
    }
}

/// What `cbor-decode` says: the item encoded again, or why it is refused.
func describeItem(_ bytes: [UInt8]) -> String {
    do {
        return "ok " + Hex.encode(try recoded(bytes))
    } catch {
        return error.rawValue
    }
}

/// What `message-decode` says: the kind of the message, or why it is refused.
func describeMessage(_ bytes: [UInt8]) -> String {
    do {
        return "\(try recodedMessage(bytes))"
    } catch {
        return error.rawValue
    }
}

/// What `mixed-decode` says: what the text of a packet is, or why it is refused.
func describeText(_ bytes: [UInt8]) -> String {
    // No kind is one of both.
    let asQuery = MixingVectors.judgeQuery(bytes)
    if asQuery == "ok" { return "query" }
    let asAnswer = MixingVectors.judgeAnswer(bytes)
    if asAnswer == "ok" { return "answer" }
    return asQuery == DecodeError.unknownKind.rawValue ? asAnswer : asQuery
}

/// What `packet-peel` says: instruction and packet, or why the relay with this secret refuses it.
func describePacket(_ bytes: [UInt8]) -> String {
    guard bytes.count == Bytes32.count + Sphinx.packetBytes else { return "wrongLength" }
    let secret = X25519.SecretKey(copying: bytes.span.bytes.extracting(first: Bytes32.count))
    do throws(CryptoError) {
        let step = try PacketVectors.peel(Array(bytes.dropFirst(Bytes32.count)), by: secret)
        return Hex.encode(step.instruction + step.packet)
    } catch {
        return "\(error)"
    }
}

/// Replaces what `directory` holds of the areas by what the generators make.
func write(to directory: String) throws {
    let vectors =
        cborVectors() + addressVectors() + nodeRecordVectors() + messageVectors()
        + envelopeVectors() + recordVectors() + fuzzVectors() + ShardVectors.all()
        + PrivacyVectors.all() + MixingVectors.all() + NearbyVectors.all()
    let files = FileManager.default
    for area in Set(vectors.map(\.area)).sorted() {
        let folder = "\(directory)/\(area)"
        try? files.removeItem(atPath: folder)
        try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }
    var wrong = 0
    for vector in vectors {
        let found = vector.judge(vector.bytes)
        if found != vector.expect {
            wrong += 1
            print("\(vector.area)/\(vector.name): expected \(vector.expect), found \(found)")
        }
        let path = "\(directory)/\(vector.area)/\(vector.name).txt"
        if files.fileExists(atPath: path) {
            wrong += 1
            print("\(vector.area)/\(vector.name): two vectors of this name")
        }
        try Data(vector.text.utf8).write(to: URL(fileURLWithPath: path))
    }
    print("\(vectors.count) vectors, \(wrong) wrong")
    if wrong > 0 { exit(1) }
}

let arguments = Array(CommandLine.arguments.dropFirst())
switch (arguments.first, arguments.count) {
case ("write", 2): try write(to: arguments[1])
case ("cbor-decode", 1): answerLines(describeItem)
case ("message-decode", 1): answerLines(describeMessage)
case ("mixed-decode", 1): answerLines(describeText)
case ("packet-peel", 1): answerLines(describePacket)
default:
    FileHandle.standardError.write(Data(usage.utf8))
    exit(2)
}
