import KithCrypto
import KithWire

@testable import KithHost

/// Decoders of what people and programs type, paste and download.
let textTargets = [
    Target(
        name: "identity-text", summary: "kith1…, and the digits of hex, base32 and base64url",
        areas: ["identity", "fuzz"], bytesMax: 128, run: runIdentityText),
    Target(
        name: "seed-list", summary: "a seed list and a signer's key, written again",
        areas: ["seed-list"], bytesMax: 4_096, run: runSeedList),
    Target(
        name: "json", summary: "JSON of the control socket, written and read again; requests",
        areas: ["json"], bytesMax: 1_024, run: runJSON),
    Target(
        name: "text", summary: "normalising, words of names, look-alikes",
        areas: ["text", "profile"], bytesMax: 128, run: runText),
]

private func runIdentityText(_ bytes: [UInt8]) {
    let typed = String(decoding: bytes, as: UTF8.self)
    if let identity = try? IdentityText.parse(typed) {
        expectSame(IdentityText.encode(identity), typed, "an identity")
    }
    if let raw = Hex.decode(typed) {
        expectSame(Hex.encode(raw), typed.lowercased(), "hex")
    }
    if let raw = Base32.decode(typed) { expectSame(Base32.encode(raw), typed, "base32") }
    if let raw = Base64URL.decode(typed) { expectSame(Base64URL.encode(raw), typed, "base64url") }
    // With a checksum that fits, a key of any bytes is read again.
    guard let key = Bytes32([UInt8](bytes.prefix(Bytes32.count))) else { return }
    let identity = Ed25519.PublicKey(key)
    let text = IdentityText.encode(identity)
    expect((try? IdentityText.parse(text)) == identity, "\(text) is read as another identity")
    expect(IdentityText.fingerprint(of: identity).utf8.count == 19, "a fingerprint")
    var digits = Array(text.utf8)
    let place = bytes.count % (digits.count - 5) + 5
    digits[place] = digits[place] == UInt8(ascii: "a") ? UInt8(ascii: "b") : UInt8(ascii: "a")
    let mistyped = String(decoding: digits, as: UTF8.self)
    expect((try? IdentityText.parse(mistyped)) == nil, "\(mistyped) is mistyped")
}

private func runSeedList(_ bytes: [UInt8]) {
    let typed = String(decoding: bytes, as: UTF8.self)
    if let key = SeedListKey(text: typed) {
        expectSame(key.text, typed, "a key")
        expect(SeedListKey.isName(key.name), "a key of no name")
    }
    let list: SeedList
    do throws(SeedListError) {
        list = try SeedList.parse(bytes)
    } catch {
        expect(!error.description.isEmpty && !error.word.isEmpty, "an error without words")
        return
    }
    expectSame(list.text, typed, "a seed list")
    expect((1...SeedList.seedsMax).contains(list.seeds.count), "\(list.seeds.count) seeds")
    expect(list.signatures.count <= SeedList.signaturesMax, "\(list.signatures.count) signers")
    expect(Network.isName(list.network), "a list of no network")
}

private func runJSON(_ bytes: [UInt8]) {
    guard let value = accepted({ () throws(JSONError) in try JSON(decoding: bytes) }) else {
        return
    }
    for text in [value.encoded, value.pretty] {
        let again = accepted { () throws(JSONError) in try JSON(decoding: text) }
        expect(again == value, "\(text) is read as another value")
    }
    expect(!value.encodedBytes.contains(0x0A), "a value of two lines")
    checkNames(of: value, depth: 0)
    let request = accepted { () throws(ControlFailure) in try ControlRequest(value) }
    if let request {
        let again = accepted { () throws(ControlFailure) in try ControlRequest(request.json) }
        expect(again == request, "a request changes when it is sent on")
    }
    _ = ControlFailure(json: value)
}

private func checkNames(of value: JSON, depth: Int) {
    expect(depth <= JSON.depthMax, "nested deeper than \(JSON.depthMax)")
    for item in value.array ?? [] { checkNames(of: item, depth: depth + 1) }
    let members = value.object ?? []
    expect(Set(members.map(\.name)).count == members.count, "a name twice")
    for member in members { checkNames(of: member.value, depth: depth + 1) }
}

private func runText(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    let folded = Text.normalise(text)
    expectSame(Text.normalise(folded), folded, "folded text")
    // At most 18 scalars come out of one (U+FDFA), each of up to 3 bytes.
    expect(folded.utf8.count <= 54 * text.unicodeScalars.count, "text that explodes")
    let trimmed = Text.trimmed(text)
    expect(!Text.isPadded(trimmed), "trimmed text is padded")
    expectSame(Text.trimmed(trimmed), trimmed, "trimmed text")
    // The rest normalises every word twice more.
    guard !isOften(bytes) else { return }
    checkTokens(of: text)
    _ = Text.skeleton(text)
    _ = Text.isNFC(text)
    let set = InterestSet(text.split(separator: " ").map(String.init))
    let again = InterestSet(set.interests)
    expect(again == set, "a set of interests changes when it is made of itself")
}

/// The words under which a name is indexed are words, within their bounds, each once.
func checkTokens(of name: String) {
    let tokens = Text.nameTokens(name)
    expect(tokens.count <= Text.nameTokensMax, "\(tokens.count) words")
    for (index, token) in tokens.enumerated() {
        expect((1...Text.tokenBytesMax).contains(token.utf8.count), "\(token.utf8.count) bytes")
        expect(!tokens[..<index].contains(token), "a word twice")
        expect(Text.nameTokens(token).first == token, "a word that is none by itself: \(token)")
    }
}
