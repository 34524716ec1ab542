extension RawSpan {
    /// The eight bytes at `offset` as a big-endian integer; traps past the end.
    func bigEndianWord(at offset: Int) -> UInt64 {
        UInt64(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
}

extension MutableRawSpan {
    /// Writes `word` as eight big-endian bytes at `offset`; traps past the end.
    @_lifetime(self: copy self)
    mutating func storeBigEndian(_ word: UInt64, at offset: Int) {
        storeBytes(of: word.bigEndian, toByteOffset: offset, as: UInt64.self)
    }
}
