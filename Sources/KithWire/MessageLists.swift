public import KithCrypto

/// The list of node records in a reply that is being written.
///
/// It never takes what would leave no room for the rest of the reply.
public struct NodeList: ~Copyable {
    private var list: OpenList

    init(_ list: consuming OpenList) {
        self.list = list
    }

    /// How many node records are in the list.
    public var count: Int { list.count }

    /// How many bytes of node records still fit.
    public var room: Int { list.room }

    /// Adds a node record if it has an address and fits.
    ///
    /// - Returns: whether it was added.
    @discardableResult
    public mutating func append(_ record: NodeRecord) -> Bool {
        guard record.isReachable, list.take(record.encodedBytes) else { return false }
        list.writer.nodeRecord(record)
        return true
    }

    consuming func finish() -> CBORWriter { list.finish() }
}

/// The list of records in a reply that is being written.
///
/// It never takes what would leave no room for the rest of the reply.
public struct RecordList: ~Copyable {
    private var list: OpenList

    init(_ list: consuming OpenList) {
        self.list = list
    }

    /// How many records are in the list.
    public var count: Int { list.count }

    /// How many bytes of records, with two or three of head for each, still fit.
    public var room: Int { list.room }

    /// Adds an encoded record if it fits.
    ///
    /// - Returns: whether it was added.
    @discardableResult
    public mutating func append(_ record: RawSpan) -> Bool {
        guard (1...Message.recordBytesMax).contains(record.byteCount),
            list.take(CBORWriter.stringBytes(record.byteCount))
        else { return false }
        list.writer.bytes(record)
        return true
    }

    /// Adds an encoded record if it fits.
    ///
    /// - Returns: whether it was added.
    @discardableResult
    public mutating func append(_ record: [UInt8]) -> Bool {
        append(record.span.bytes)
    }

    consuming func finish() -> CBORWriter { list.finish() }
}

/// The list of cards in a reply that is being written.
///
/// It never takes what would leave no room for the rest of the reply.
public struct CardList: ~Copyable {
    private var list: OpenList

    init(_ list: consuming OpenList) {
        self.list = list
    }

    /// How many cards are in the list.
    public var count: Int { list.count }

    /// Adds the encoded card of `identity` if it fits.
    ///
    /// - Returns: whether it was added.
    @discardableResult
    public mutating func append(_ card: RawSpan, of identity: Ed25519.PublicKey) -> Bool {
        guard (1...Message.cardBytesMax).contains(card.byteCount),
            list.take(
                1 + CBORWriter.stringBytes(Bytes32.count) + CBORWriter.stringBytes(card.byteCount))
        else { return false }
        list.writer.array(2)
        list.writer.bytes(identity.bytes)
        list.writer.bytes(card)
        return true
    }

    consuming func finish() -> CBORWriter { list.finish() }
}

/// An array whose number of items is filled in at the end; keeps bytes free for what follows it.
struct OpenList: ~Copyable {
    var writer: CBORWriter
    private let mark: Int
    private let reserve: Int
    private(set) var count = 0

    /// Opens a list in `writer`, after which `reserve` more bytes will be written.
    init(in writer: consuming CBORWriter, reserve: Int) {
        var writer = writer
        mark = writer.openList()
        self.writer = writer
        self.reserve = reserve
    }

    /// How many bytes the list can still take.
    var room: Int {
        count < Message.itemsMax ? max(0, writer.room - reserve) : 0
    }

    /// Counts an item of `byteCount` bytes, which the caller then writes, if it fits.
    mutating func take(_ byteCount: Int) -> Bool {
        guard byteCount <= room else { return false }
        count += 1
        return true
    }

    consuming func finish() -> CBORWriter {
        writer.closeList(mark, count: count)
        return writer
    }
}
