import KithCrypto
import KithWire

/// Inputs that `Tools/fuzz` found something with, kept so that it stays found.
///
/// `Tools/fuzz TARGET --vector FILE` prints the lines for this table. Each file names the decoder
/// that judges it. What a decoder of the shell or a whole node was fed with becomes a test there.
func fuzzVectors() -> [Vector] {
    func vector(
        _ name: String, decoder: String, _ expect: String, _ comment: String, _ bytes: String
    ) -> Vector {
        Vector(
            area: "fuzz", name: name, expect: expect, comment: comment,
            headers: [("decoder", decoder)], bytes: hex(bytes),
            judge: { judgeFound(decoder, $0) })
    }
    return [
        vector(
            "node-record-text-mark-behind-colon", decoder: "node-record-text", "badEncoding",
            "U+0301 joins the colon of the prefix, and was skipped with it",
            "6b6974682d6e6f64653acc8168466767484b43305676766b75504764416773614c3055475943"
                + "5f4358766f3256414f4c434757634171735848557762717462443151537251646459494b6669"
                + "5464382d6d322d4c66466753723741756c674d6d6373527a39364e47377130726c6f47666242"
                + "4f6c5273414141676356624368656d4245"),
        vector(
            "node-record-text-mark-alone", decoder: "node-record-text", "badEncoding",
            "nothing but the prefix with U+0301", "6b6974682d6e6f64653a cc81"),
    ]
}

/// What our decoder of this name says.
private func judgeFound(_ decoder: String, _ bytes: [UInt8]) -> String {
    let span = bytes.span.bytes
    switch decoder {
    case "cbor": return judgeItem(bytes)
    case "envelope": return judgeHeader(bytes)
    case "message": return judgeMessage(bytes)
    case "node-record": return judgeNodeRecord(bytes)
    case "address": return judgeAddress(bytes)
    case "handshake-payload":
        return outcome { () throws(DecodeError) in _ = try HandshakePayload.decode(span) }
    case "entry": return outcome { () throws(DecodeError) in _ = try IndexEntry.decode(span) }
    case "record":
        do throws(RecordError) { _ = try Record.decode(span) } catch { return error.word }
    case "profile":
        do throws(ProfileError) { _ = try Profile.decode(span) } catch { return error.word }
    case "node-record-text":
        do throws(NodeRecordTextError) {
            _ = try NodeRecord(text: String(decoding: bytes, as: UTF8.self))
        } catch {
            return "\(error)"
        }
    default: preconditionFailure("no decoder is called \(decoder)")
    }
    return "ok"
}
