public import KithCrypto

/// Where the content of a byte string is, in the bytes that a message was decoded from.
public struct Field: Hashable, Sendable, BitwiseCopyable {
    /// Where the content starts.
    public let offset: Int
    /// How long it is.
    public let byteCount: Int

    init(_ range: Range<Int>) {
        offset = range.lowerBound
        byteCount = range.count
    }

    /// The content; `span` must be what the message was decoded from.
    @_lifetime(copy span)
    public func bytes(in span: RawSpan) -> RawSpan {
        span.extracting(offset..<offset + byteCount)
    }
}

/// Where the items of a list are, in the bytes that a message was decoded from.
public struct Items: Hashable, Sendable, BitwiseCopyable {
    /// Where the first item starts.
    public let offset: Int
    /// How many bytes the items take.
    public let byteCount: Int
    /// How many items there are, 0…``Message/itemsMax``.
    public let count: Int

    /// Goes through a list of node records.
    @_lifetime(copy span)
    public func nodes(in span: RawSpan) -> NodeCursor {
        NodeCursor(span.extracting(offset..<offset + byteCount), count: count)
    }

    /// Goes through a list of byte strings.
    @_lifetime(copy span)
    public func strings(in span: RawSpan) -> StringCursor {
        StringCursor(span.extracting(0..<offset + byteCount), offset: offset, count: count)
    }

    /// Goes through a list of cards.
    @_lifetime(copy span)
    public func cards(in span: RawSpan) -> CardCursor {
        CardCursor(span.extracting(0..<offset + byteCount), offset: offset, count: count)
    }
}

/// Hands out the node records of a list, one after the other.
public struct NodeCursor: ~Escapable {
    private var reader: CBORReader
    private var remaining: Int

    @_lifetime(copy list)
    init(_ list: RawSpan, count: Int) {
        reader = CBORReader(list)
        remaining = count
    }

    /// The next node record, nil at the end.
    @_lifetime(self: copy self)
    public mutating func next() -> NodeRecord? {
        guard remaining > 0 else { return nil }
        remaining -= 1
        do {
            return try reader.nodeRecord()
        } catch {
            preconditionFailure("a list that was checked does not decode: \(error)")
        }
    }
}

/// Hands out the byte strings of a list, such as encoded records, one after the other.
public struct StringCursor: ~Escapable {
    private var reader: CBORReader
    private var remaining: Int

    @_lifetime(copy span)
    init(_ span: RawSpan, offset: Int, count: Int) {
        reader = CBORReader(span, from: offset)
        remaining = count
    }

    /// Where the next string is in the bytes of the message, nil at the end.
    @_lifetime(self: copy self)
    public mutating func next() -> Field? {
        guard remaining > 0 else { return nil }
        remaining -= 1
        do {
            return Field(try reader.byteRange(1...Message.recordBytesMax))
        } catch {
            preconditionFailure("a list that was checked does not decode: \(error)")
        }
    }
}

/// Hands out the cards of a list, one after the other.
public struct CardCursor: ~Escapable {
    private var reader: CBORReader
    private var remaining: Int

    @_lifetime(copy span)
    init(_ span: RawSpan, offset: Int, count: Int) {
        reader = CBORReader(span, from: offset)
        remaining = count
    }

    /// Whose the next card is and where it is in the bytes of the message, nil at the end.
    @_lifetime(self: copy self)
    public mutating func next() -> (identity: Ed25519.PublicKey, card: Field)? {
        guard remaining > 0 else { return nil }
        remaining -= 1
        do {
            _ = try reader.array(2...2)
            let identity = Ed25519.PublicKey(try reader.bytes32())
            return (identity, Field(try reader.byteRange(1...Message.cardBytesMax)))
        } catch {
            preconditionFailure("a list that was checked does not decode: \(error)")
        }
    }
}
