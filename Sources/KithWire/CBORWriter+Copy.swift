extension CBORWriter {
    /// Writes the next item of `reader` again, whatever it is, and everything in it.
    ///
    /// For tools and tests: what the reader accepts comes out as the same bytes. Maps have
    /// unsigned keys, as all of the protocol's have.
    /// - Parameter depthMax: how deep arrays and maps may nest; strangers could nest them until
    ///   the stack ends.
    /// - Throws: ``DecodeError/outOfRange`` beyond that depth.
    public mutating func copyItem(
        from reader: inout CBORReader, depthMax: Int = 16
    ) throws(DecodeError) {
        switch try reader.nextType() {
        case .unsigned: uint(try reader.uint())
        case .negative: negative(try reader.negative())
        case .bool: bool(try reader.bool())
        case .bytes: bytes(try reader.bytes())
        case .text: text(utf8: try reader.utf8())
        case .array:
            guard depthMax > 0 else { throw .outOfRange }
            let count = try reader.array()
            array(count)
            for _ in 0..<count { try copyItem(from: &reader, depthMax: depthMax - 1) }
        case .map:
            guard depthMax > 0 else { throw .outOfRange }
            var keys = try reader.map()
            map(keys.count)
            while let key = try keys.next(in: &reader) {
                _ = try keys.accept(key, in: &reader)
                uint(key)
                try copyItem(from: &reader, depthMax: depthMax - 1)
            }
        }
    }
}
