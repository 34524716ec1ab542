import KithCrypto
import KithWire
import Testing

@Suite("What was found by fuzzing")
struct FoundTests {
    /// What our decoder of this name says: `ok` or the word of the error.
    static func judge(_ decoder: String, _ bytes: [UInt8]) -> String? {
        switch decoder {
        case "cbor": outcome(bytes, recodeItem)
        case "envelope": outcome(bytes, recodeHeader)
        case "message": outcome(bytes, recodeMessage)
        case "handshake-payload": outcome(bytes, recodePayload)
        case "node-record": outcome(bytes, recodeNodeRecord)
        case "address": outcome(bytes, recodeAddress)
        case "entry":
            outcome(bytes) { bytes throws(DecodeError) in
                try IndexEntry.decode(bytes.span.bytes).encode()
            }
        case "record": Self.word { _ = try Record.decode(bytes.span.bytes) }
        case "profile": Self.word { _ = try Profile.decode(bytes.span.bytes) }
        case "node-record-text":
            Self.word { _ = try NodeRecord(text: String(decoding: bytes, as: UTF8.self)) }
        default: nil
        }
    }

    private static func word(_ decode: () throws -> Void) -> String {
        do {
            try decode()
            return "ok"
        } catch let error as RecordError {
            return error.word
        } catch let error as ProfileError {
            return error.word
        } catch {
            return "\(error)"
        }
    }

    @Test("is decided as the vectors say")
    func outcomes() throws {
        let vectors = try VectorFile.all("fuzz")
        #expect(vectors.count >= 2)
        for vector in vectors {
            let decoder = try #require(vector.headers["decoder"], "\(vector)")
            let found = try #require(Self.judge(decoder, vector.bytes), "no decoder \(decoder)")
            #expect(found == vector.expect, "\(vector)")
        }
    }

    @Test("a mark behind the colon is no part of the prefix of a node record")
    func markBehindColon() throws {
        let vectors = try VectorFile.all("node-record").filter { $0.expect == "ok" }
        for vector in vectors {
            let text = try #require(vector.headers["text"])
            _ = try NodeRecord(text: text)
            for mark in ["\u{301}", "\u{200D}", "\u{FE0F}"] {
                let marked = NodeRecord.textPrefix + mark + text.dropFirst(10)
                #expect(throws: NodeRecordTextError.badEncoding) { try NodeRecord(text: marked) }
            }
        }
        #expect(!vectors.isEmpty)
    }
}
