import KithCrypto
import Testing

@Suite("BLAKE2b")
struct BLAKE2bTests {
    @Test("agrees with RFC 7693 appendix A")
    func known() {
        #expect(
            hash(64, key: [], [0x61, 0x62, 0x63])
                == Hex.decode(
                    "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
                        + "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923"))
    }

    /// RFC 7693 appendix E: one hash over the hashes of many sizes, with and without keys.
    @Test("passes the self-test of RFC 7693 appendix E")
    func selfTest() {
        var grand = BLAKE2b.Hasher(outputBytes: 32)
        for outputBytes in [20, 32, 48, 64] {
            for inputBytes in [0, 3, 128, 129, 255, 1_024] {
                let input = sequence(inputBytes, seed: inputBytes)
                grand.update(hash(outputBytes, key: [], input))
                let key = sequence(outputBytes, seed: outputBytes)
                grand.update(hash(outputBytes, key: key, input))
            }
        }
        let digest = grand.finish32()
        #expect(digest.hex == "c23a7800d98123bd10f506c61e29da5603d763b8bbad2e737f5e765a7bccd475")
    }

    /// The figures of this and the next test are those of an independent implementation.
    @Test("has a parameter for the length, so that a short hash is no prefix of a long one")
    func short() {
        #expect(
            BLAKE2b.hash32([0x61, 0x62, 0x63]).hex
                == "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319")
        #expect(
            BLAKE2b.hash32([]).hex
                == "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8")
    }

    @Test("takes labels, keys and integers as the protocol writes them")
    func parts() {
        #expect(
            labelled([0x61, 0x62, 0x63]).hex
                == "849cc374626e5f2c90968a9625699022cfa59c4789cc89ab5de490fe2f73e080")
        #expect(
            mac(key: Array(0..<32), [0x61, 0x62, 0x63]).hex == "1a64be47e4729d951c302ee543f97cf3")
        #expect(mixed().hex == "47ce3a9f71896dc4603be254ef25cc6c")
    }

    @Test("does not care how a message is cut into parts", arguments: [1, 7, 127, 128, 129, 300])
    func cutting(size: Int) {
        let message = sequence(1_000, seed: 5)
        var hasher = BLAKE2b.Hasher(outputBytes: 32)
        var start = 0
        while start < message.count {
            let end = min(start + size, message.count)
            hasher.update(Array(message[start..<end]))
            start = end
        }
        let digest = hasher.finish32()
        #expect(digest == BLAKE2b.hash32(message))
    }

    private func hash(_ count: Int, key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        var hasher = BLAKE2b.Hasher(outputBytes: count, key: key.span.bytes)
        hasher.update(message)
        return hasher.finish()
    }

    private func labelled(_ message: [UInt8]) -> Bytes32 {
        BLAKE2b.hash32("kith/test\0", message.span.bytes)
    }

    private func mac(key: [UInt8], _ message: [UInt8]) -> Bytes16 {
        BLAKE2b.mac16(key: key.span.bytes, over: message.span.bytes)
    }

    private func mixed() -> Bytes16 {
        var hasher = BLAKE2b.Hasher(outputBytes: 16)
        hasher.update("kith/test\0")
        if let bytes = Bytes32(Array(0..<32)) { hasher.update(bytes) }
        hasher.update(0x0102_0304_0506_0708 as UInt64)
        hasher.update(42 as UInt16)
        hasher.update(utf8: "é")
        return hasher.finish16()
    }

    /// The deterministic input of appendix E.
    private func sequence(_ count: Int, seed: Int) -> [UInt8] {
        var first = 0xdead_4bad &* UInt32(seed)
        var second: UInt32 = 1
        return (0..<count).map { _ in
            let sum = first &+ second
            first = second
            second = sum
            return UInt8(sum >> 24)
        }
    }
}
