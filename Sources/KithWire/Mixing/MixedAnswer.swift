public import KithCrypto

/// What an exit answers: one cell, whatever came of the query.
public enum MixedAnswer: Sendable, Equatable {
    /// Some of the records at the location, of which the nodes there say that they hold `total`;
    /// `isFull` when they say that the location is full.
    case found([[UInt8]], total: UInt32, isFull: Bool)
    /// Nodes that promised to keep the record; `newer` is the sequence of a newer one that was
    /// met.
    case kept([Promise], newer: UInt64?)
    /// The answer to an echo.
    case echo
    /// Nothing was done.
    case failed(Failure)

    /// One node's signed promise, from which a ``Receipt`` is put together.
    public struct Promise: Sendable, Equatable {
        /// Until when.
        public let expires: UnixTime
        /// The node's key A.
        public let signer: Ed25519.PublicKey
        /// Its signature.
        public let signature: Ed25519.Signature

        /// A promise as it was received.
        public init(expires: UnixTime, signer: Ed25519.PublicKey, signature: Ed25519.Signature) {
            self.expires = expires
            self.signer = signer
            self.signature = signature
        }
    }

    /// Why an exit did nothing.
    public enum Failure: UInt64, Sendable, CaseIterable {
        /// It has too much to do.
        case busy = 1
        /// No node answered it.
        case nobody = 2
        /// The record is none, or not for this network or time.
        case invalid = 3
    }

    /// The most promises in an answer.
    public static let promisesMax = 8
    /// The most records in an answer.
    public static let recordsMax = 16
    /// What an answer with records has besides them, in bytes at most.
    public static let overheadBytes = 1 + 2 + 1 + 1 + 1 + 5 + 2

    private enum Key {
        static let kind: UInt64 = 0
        static let newer: UInt64 = 2
        static let reason: UInt64 = 2
        static let promises: UInt64 = 5
        static let records: UInt64 = 6
        static let total: UInt64 = 8
        static let full: UInt64 = 9
    }

    private enum Kind: UInt64 {
        case found = 4
        case kept = 5
        case echo = 6
        case failed = 7
    }

    /// The text, without the zeros that follow it.
    public func encode() -> [UInt8] {
        var writer = CBORWriter(capacity: Sphinx.textBytes)
        switch self {
        case .found(let records, let total, let isFull):
            writer.map(isFull ? 4 : 3)
            writer.uint(Key.kind)
            writer.uint(Kind.found.rawValue)
            writer.uint(Key.records)
            writer.array(records.count)
            for record in records { writer.bytes(record) }
            writer.uint(Key.total)
            writer.uint(UInt64(total))
            if isFull {
                writer.uint(Key.full)
                writer.uint(1)
            }
        case .kept(let promises, let newer):
            writer.map(newer == nil ? 2 : 3)
            writer.uint(Key.kind)
            writer.uint(Kind.kept.rawValue)
            if let newer {
                writer.uint(Key.newer)
                writer.uint(newer)
            }
            writer.uint(Key.promises)
            writer.array(promises.count)
            for promise in promises {
                writer.array(3)
                writer.uint(promise.expires.milliseconds)
                writer.bytes(promise.signer.bytes)
                writer.bytes(promise.signature)
            }
        case .echo:
            writer.map(1)
            writer.uint(Key.kind)
            writer.uint(Kind.echo.rawValue)
        case .failed(let failure):
            writer.map(2)
            writer.uint(Key.kind)
            writer.uint(Kind.failed.rawValue)
            writer.uint(Key.reason)
            writer.uint(failure.rawValue)
        }
        precondition(!writer.overflowed, "an answer outgrew a cell")
        return writer.bytes
    }

    /// Reads the text of a packet that came back.
    ///
    /// - Throws: whatever does not encode to the same bytes is refused.
    public static func decode(_ text: RawSpan) throws(DecodeError) -> MixedAnswer {
        var reader = CBORReader(text)
        var map = try reader.map()
        try map.require(Key.kind, in: &reader)
        guard let kind = Kind(rawValue: try reader.uint()) else { throw .unknownKind }
        let answer: MixedAnswer
        switch kind {
        case .found:
            try map.require(Key.records, in: &reader)
            var records: [[UInt8]] = []
            for _ in 0..<(try reader.array(0...recordsMax)) {
                let range = try reader.byteRange(1...Message.recordBytesMax)
                records.append(reader.view(range).withUnsafeBytes { [UInt8]($0) })
            }
            try map.require(Key.total, in: &reader)
            let total = UInt32(try reader.uint(upTo: UInt64(UInt32.max)))
            let isFull = try map.accept(Key.full, in: &reader)
            if isFull, try reader.uint() != 1 { throw .outOfRange }
            answer = .found(records, total: total, isFull: isFull)
        case .kept:
            var newer: UInt64?
            if try map.accept(Key.newer, in: &reader) { newer = try reader.uint() }
            try map.require(Key.promises, in: &reader)
            var promises: [Promise] = []
            for _ in 0..<(try reader.array(0...promisesMax)) {
                _ = try reader.array(3...3)
                let expires = UnixTime(milliseconds: try reader.uint())
                let signer = Ed25519.PublicKey(try reader.bytes32())
                promises.append(
                    Promise(
                        expires: expires, signer: signer, signature: try reader.signature()))
            }
            answer = .kept(promises, newer: newer)
        case .echo:
            answer = .echo
        case .failed:
            try map.require(Key.reason, in: &reader)
            guard let failure = Failure(rawValue: try reader.uint()) else { throw .outOfRange }
            answer = .failed(failure)
        }
        try map.finish(in: &reader)
        try reader.finishPadded()
        return answer
    }
}
