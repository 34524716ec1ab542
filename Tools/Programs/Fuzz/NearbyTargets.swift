import KithCrypto
import KithWire

/// What comes from anybody on a link.
let nearbyTargets = [
    Target(
        name: "beacon", summary: "beacons, whose check is made to fit", areas: ["nearby"],
        bytesMax: Beacon.bytesMax, run: runBeacon),
    Target(
        name: "greeting", summary: "greetings, whole or touched", areas: ["nearby"],
        bytesMax: Greeting.bytes, run: runGreeting),
]

private let network = Network.local

private func runBeacon(_ bytes: [UInt8]) {
    readBeacon(bytes)
    // Few inputs have a check that fits, so it is made for this one.
    guard bytes.count >= Beacon.bytesMin else { return }
    var hasher = BLAKE2b.Hasher(outputBytes: Bytes32.count)
    hasher.update("kith/beacon/v1\0" as StaticString)
    hasher.update(network.nameBytes)
    let covered = [5, 1, 0, 0] + bytes[4..<bytes.count - Bytes16.count]
    readBeacon(covered + BLAKE2b.mac16(key: hasher.finish32(), over: covered.span.bytes).bytes)
}

private func readBeacon(_ bytes: [UInt8]) {
    let span = bytes.span.bytes
    guard (try? Envelope.parse(span)) == .beacon,
        let beacon = accepted({ () throws(DecodeError) in try Beacon.decode(span, in: network) })
    else { return }
    expect(beacon.tags.count == Beacon.tagCount, "\(beacon.tags.count) tags")
    expectSame(beacon.encode(in: network), bytes, "a beacon")
    if let visible = beacon.visible {
        expect(Introduction.isName(visible.introduction.name), "a name that no profile has")
    }
}

private func runGreeting(_ bytes: [UInt8]) {
    let own = X25519.SecretKey(
        copying: BLAKE2b.hash32(Array("kith/vector/beacon".utf8)).bytes.span.bytes)
    guard Greeting.open(bytes.span.bytes, with: own, network: network) != nil else { return }
    for index in stride(from: 4, to: bytes.count, by: 7) {
        var copy = bytes
        copy[index] ^= 1
        let touched = Greeting.open(copy.span.bytes, with: own, network: network)
        expect(touched == nil, "a greeting with byte \(index) touched opens")
    }
}
