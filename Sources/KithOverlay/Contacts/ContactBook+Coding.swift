import KithCrypto
public import KithWire

/// Why bytes are no contact book.
public enum ContactBookError: Error, Hashable, Sendable {
    /// Not a book in its one encoding, or one of a later version.
    case malformed(DecodeError)
    /// A profile, name or message in it breaks the rules of text, or does not fit on a card.
    case badText(ProfileError)
}

// The book as the shell keeps it. Nobody else reads it, so its form is ours alone: arrays with the
// fields in the order of the types, and what is optional as an array of none or one.
extension ContactBook {
    private static let version: UInt64 = 1
    /// About what a full book takes; more is doubled.
    private static let capacity = 64 << 10

    /// The book in bytes that ``decode(_:)`` reads.
    public func encode() -> [UInt8] {
        var capacity = Self.capacity
        while true {
            var writer = CBORWriter(capacity: capacity)
            write(to: &writer)
            if !writer.overflowed { return writer.bytes }
            capacity *= 2
        }
    }

    /// Reads what ``encode()`` writes and nothing else.
    ///
    /// - Throws: ``ContactBookError``.
    public static func decode(_ bytes: RawSpan) throws(ContactBookError) -> ContactBook {
        var reader = CBORReader(bytes)
        let book = try ContactBook(from: &reader)
        try wellFormed { () throws(DecodeError) in try reader.finish() }
        return book
    }

    private func write(to writer: inout CBORWriter) {
        writer.array(10)
        writer.uint(Self.version)
        writer.array(contacts.count)
        for contact in contacts { contact.write(to: &writer) }
        writer.keys(blocked)
        writer.array(requests.count)
        for waiting in requests {
            writer.array(4)
            writer.bytes(waiting.request.sender.bytes)
            writer.optional(waiting.request.name)
            writer.optional(waiting.request.message)
            writer.uint(waiting.received.milliseconds)
        }
        writer.array(refused.count)
        for refusal in refused {
            writer.array(2)
            writer.bytes(refusal.identity.bytes)
            writer.uint(UInt64(refusal.day))
        }
        writer.array(presentation == nil ? 0 : 1)
        if let presentation { writer.bytes(presentation.encode()) }
        writer.bool(isSharing)
        writer.optional(node)
        writer.array(levels.count)
        for own in levels {
            writer.array(4)
            writer.uint(UInt64(own.level.rawValue))
            writer.secret(own.secret)
            writer.uint(own.lastSequence)
            writer.bool(own.isShown)
        }
        writer.array(revoked.count)
        for old in revoked {
            writer.array(4)
            writer.uint(UInt64(old.level.rawValue))
            writer.secret(old.secret)
            writer.uint(old.lastSequence)
            writer.uint(old.at.milliseconds)
        }
    }

    private static func presentation(
        _ reader: inout CBORReader
    ) throws(ContactBookError) -> Presentation {
        let range: Range<Int>
        do throws(DecodeError) {
            range = try reader.byteRange(1...Presentation.bytesMax)
        } catch {
            throw .malformed(error)
        }
        do throws(PresentationError) {
            return try Presentation.decode(reader.view(range))
        } catch {
            switch error {
            case .malformed(let error): throw .malformed(error)
            case .badProfile(let error): throw .badText(error)
            }
        }
    }

    private init(from reader: inout CBORReader) throws(ContactBookError) {
        do throws(DecodeError) {
            _ = try reader.array(10...10)
            guard try reader.uint() == Self.version else { throw .unknownVersion }
        } catch {
            throw .malformed(error)
        }
        contacts = []
        for _ in 0..<(try count(&reader)) { contacts.append(try Contact(from: &reader)) }
        blocked = try keys(&reader)
        requests = []
        for _ in 0..<(try count(&reader)) { requests.append(try ReceivedRequest(from: &reader)) }
        refused = []
        for _ in 0..<(try count(&reader)) { refused.append(try Refusal(from: &reader)) }
        presentation = try count(&reader, 0...1) == 0 ? nil : try Self.presentation(&reader)
        do throws(DecodeError) {
            isSharing = try reader.bool()
            node = try reader.optionalNode()
            levels = []
            let kinds = Letter.Level.allCases
            _ = try reader.array(kinds.count...kinds.count)
            for kind in kinds {
                _ = try reader.array(4...4)
                guard try reader.level() == kind else { throw .outOfRange }
                levels.append(
                    OwnLevel(
                        level: kind, secret: try reader.secret(),
                        lastSequence: try reader.uint(), isShown: try reader.bool()))
            }
            revoked = []
            for _ in 0..<(try reader.array()) {
                _ = try reader.array(4...4)
                revoked.append(
                    RevokedLevel(
                        level: try reader.level(), secret: try reader.secret(),
                        lastSequence: try reader.uint(),
                        at: UnixTime(milliseconds: try reader.uint())))
            }
        } catch {
            throw .malformed(error)
        }
    }
}

extension Contact {
    fileprivate func write(to writer: inout CBORWriter) {
        writer.array(14)
        writer.bytes(identity.bytes)
        writer.text(name)
        writer.uint(UInt64(level.rawValue))
        writer.bool(isFavourite)
        writer.bool(isConfirmed)
        writer.array(invitation == nil ? 0 : 1)
        if let invitation {
            writer.array(4)
            writer.optional(invitation.name)
            writer.optional(invitation.message)
            writer.uint(UInt64(invitation.day))
            writer.uint(UInt64(invitation.times))
        }
        writer.uint(UInt64(number))
        writer.uint(UInt64(numberRead))
        writer.uint(lastSequence)
        writer.uint(UInt64(read))
        writer.array(grant == nil ? 0 : 2)
        if let grant {
            writer.uint(UInt64(grant.level.rawValue))
            writer.secret(grant.secret)
        }
        writer.optional(node)
        writer.array(card == nil ? 0 : 1)
        if let card { writer.bytes(card.encode()) }
        writer.uint(cardSequence)
    }

    fileprivate init(from reader: inout CBORReader) throws(ContactBookError) {
        do throws(DecodeError) {
            _ = try reader.array(14...14)
            self.init(
                identity: Ed25519.PublicKey(try reader.bytes32()), name: try reader.text(),
                level: try reader.level())
            isFavourite = try reader.bool()
            isConfirmed = try reader.bool()
            if try reader.array(0...1) == 1 {
                _ = try reader.array(4...4)
                invitation = Invitation(
                    name: try reader.optionalText(), message: try reader.optionalText(),
                    day: try reader.uint32(), times: Int(try reader.uint32()))
            }
            number = try reader.uint32()
            numberRead = try reader.uint32()
            lastSequence = try reader.uint()
            read = try reader.uint32()
            switch try reader.array(0...2) {
            case 0: break
            case 2: grant = Letter.Grant(level: try reader.level(), secret: try reader.secret())
            default: throw .outOfRange
            }
            node = try reader.optionalNode()
        } catch {
            throw .malformed(error)
        }
        card = try count(&reader, 0...1) == 0 ? nil : try Self.card(&reader)
        do throws(DecodeError) {
            cardSequence = try reader.uint()
        } catch {
            throw .malformed(error)
        }
        // What is said in a request is checked before it is said.
        do throws(ProfileError) {
            _ = try ContactRequest(sender: identity, name: name, message: nil)
            _ = try ContactRequest(
                sender: identity, name: invitation?.name, message: invitation?.message)
        } catch {
            throw .badText(error)
        }
    }

    private static func card(_ reader: inout CBORReader) throws(ContactBookError) -> Card {
        let range: Range<Int>
        do throws(DecodeError) {
            range = try reader.byteRange(1...SealedText.textBytesMax(in: Message.recordBytesMax))
        } catch {
            throw .malformed(error)
        }
        do throws(CardError) {
            return try Card.decode(reader.view(range))
        } catch {
            switch error {
            case .malformed(let error): throw .malformed(error)
            case .badProfile(let error): throw .badText(error)
            }
        }
    }
}

extension ContactBook.Refusal {
    fileprivate init(from reader: inout CBORReader) throws(ContactBookError) {
        do throws(DecodeError) {
            _ = try reader.array(2...2)
            identity = Ed25519.PublicKey(try reader.bytes32())
            day = try reader.uint32()
        } catch {
            throw .malformed(error)
        }
    }
}

extension ContactBook.ReceivedRequest {
    fileprivate init(from reader: inout CBORReader) throws(ContactBookError) {
        let sender: Ed25519.PublicKey
        let name: String?
        let message: String?
        do throws(DecodeError) {
            _ = try reader.array(4...4)
            sender = Ed25519.PublicKey(try reader.bytes32())
            name = try reader.optionalText()
            message = try reader.optionalText()
            received = UnixTime(milliseconds: try reader.uint())
        } catch {
            throw .malformed(error)
        }
        do throws(ProfileError) {
            request = try ContactRequest(sender: sender, name: name, message: message)
        } catch {
            throw .badText(error)
        }
    }
}

private func wellFormed(
    _ body: () throws(DecodeError) -> Void
) throws(ContactBookError) {
    do throws(DecodeError) {
        try body()
    } catch {
        throw .malformed(error)
    }
}

private func count(
    _ reader: inout CBORReader, _ counts: ClosedRange<Int> = 0...Int.max
) throws(ContactBookError) -> Int {
    do throws(DecodeError) {
        return try reader.array(counts)
    } catch {
        throw .malformed(error)
    }
}

private func keys(_ reader: inout CBORReader) throws(ContactBookError) -> [Ed25519.PublicKey] {
    var keys: [Ed25519.PublicKey] = []
    do throws(DecodeError) {
        for _ in 0..<(try reader.array()) { keys.append(Ed25519.PublicKey(try reader.bytes32())) }
    } catch {
        throw .malformed(error)
    }
    return keys
}

extension CBORWriter {
    fileprivate mutating func optional(_ text: String?) {
        array(text == nil ? 0 : 1)
        if let text { self.text(text) }
    }

    fileprivate mutating func optional(_ node: NodeRecord?) {
        array(node == nil ? 0 : 1)
        if let node { nodeRecord(node) }
    }

    fileprivate mutating func keys(_ keys: [Ed25519.PublicKey]) {
        array(keys.count)
        for key in keys { bytes(key.bytes) }
    }

    fileprivate mutating func secret(_ secret: LevelSecret) {
        array(4)
        uint(UInt64(secret.version))
        uint(UInt64(secret.offsetSeconds))
        uint(UInt64(secret.epoch))
        secret.secret.withBytes { bytes($0) }
    }
}

extension CBORReader {
    fileprivate mutating func optionalText() throws(DecodeError) -> String? {
        try array(0...1) == 0 ? nil : try text()
    }

    fileprivate mutating func optionalNode() throws(DecodeError) -> NodeRecord? {
        try array(0...1) == 0 ? nil : try nodeRecord()
    }

    fileprivate mutating func uint32() throws(DecodeError) -> UInt32 {
        UInt32(try uint(upTo: UInt64(UInt32.max)))
    }

    fileprivate mutating func level() throws(DecodeError) -> Letter.Level {
        guard let level = Letter.Level(rawValue: UInt8(try uint(upTo: 255))) else {
            throw .outOfRange
        }
        return level
    }

    fileprivate mutating func secret() throws(DecodeError) -> LevelSecret {
        _ = try array(4...4)
        let version = try uint32()
        let offset = UInt32(try uint(upTo: LevelSecret.epochSeconds - 1))
        let epoch = try uint32()
        let range = try byteRange(Secret32.count...Secret32.count)
        return LevelSecret(
            version: version, offsetSeconds: offset, epoch: epoch,
            secret: Secret32(copying: view(range)))
    }
}
