import KithCrypto
import KithWire
import Testing

@Suite("The vectors in Specs/Vectors")
struct VectorTests {
    static let areas = ["cbor", "address", "node-record", "message", "envelope"]

    static func recoding(_ area: String) -> Recoding {
        switch area {
        case "address": recodeAddress
        case "node-record": recodeNodeRecord
        case "message": recodeMessage
        case "envelope": recodeHeader
        default: recodeItem
        }
    }

    @Test("are decided as they say", arguments: areas)
    func outcomes(area: String) throws {
        let vectors = try VectorFile.all(area)
        #expect(vectors.count >= 15)
        // What needs keys is judged in the tests of the envelope.
        for vector in vectors where vector.expect != DecodeError.notAuthentic.rawValue {
            let found = outcome(vector.bytes, Self.recoding(area))
            #expect(found == vector.expect, "\(vector)")
        }
    }

    @Test("encode again to themselves where they are good", arguments: areas)
    func identity(area: String) throws {
        for vector in try VectorFile.all(area) where vector.expect == "ok" {
            let again = try Self.recoding(area)(vector.bytes)
            #expect(again == vector.bytes, "\(vector)")
        }
    }

    @Test("cut off anywhere are refused, or are good in their own right", arguments: areas)
    func truncation(area: String) throws {
        let recode = Self.recoding(area)
        for vector in try VectorFile.all(area) {
            for count in 0..<vector.bytes.count {
                let cut = [UInt8](vector.bytes[..<count])
                guard let again = try? recode(cut) else { continue }
                #expect(again == cut, "\(vector) cut to \(count) bytes")
                // A datagram may be shorter; an item of CBOR never is a part of another.
                #expect(area == "envelope" || vector.expect == "trailingBytes", "\(vector)")
            }
        }
    }

    @Test("with any bit turned over are refused, or encode again to themselves", arguments: areas)
    func flippedBits(area: String) throws {
        let recode = Self.recoding(area)
        for vector in try VectorFile.all(area) {
            for bit in 0..<vector.bytes.count * 8 {
                var bytes = vector.bytes
                bytes[bit / 8] ^= 0x80 >> UInt8(bit % 8)
                guard let again = try? recode(bytes) else { continue }
                // Compared first: a comment for each of 100,000 flips would take minutes.
                if again != bytes { Issue.record("\(vector) with bit \(bit) turned over") }
            }
        }
    }

    @Test("have every error of the decoder among them")
    func completeness() throws {
        let found = Set(try Self.areas.flatMap { try VectorFile.all($0) }.map(\.expect))
        for error in DecodeError.allCases {
            #expect(found.contains(error.rawValue), "no vector for \(error)")
        }
    }

    @Test("of node records carry the text form and true proofs of work")
    func nodeRecords() throws {
        let good = try VectorFile.all("node-record").filter { $0.expect == "ok" }
        for vector in good {
            let text = try #require(vector.headers["text"])
            let record = try NodeRecord(text: text)
            #expect(record.encoded == vector.bytes)
            #expect(record.text == text)
            #expect(record.proves(in: .local))
            #expect(record.id.description == vector.headers["id"])
        }
        #expect(good.count == 3)
    }

    @Test("of addresses carry the text form")
    func addresses() throws {
        for vector in try VectorFile.all("address") where vector.expect == "ok" {
            let text = try #require(vector.headers["text"])
            let address = try #require(Address(text))
            #expect(address.description == text)
            #expect(written { $0.address(address) } == vector.bytes)
        }
    }
}
