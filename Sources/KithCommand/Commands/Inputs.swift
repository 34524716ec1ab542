import Kith
import KithCrypto
import KithOverlay
import KithWire

/// Words that name something in the network.
enum Inputs {
    /// The node record that a text writes.
    static func nodeRecord(_ text: String) throws(Failure) -> NodeRecord {
        do throws(NodeRecordTextError) {
            return try NodeRecord(text: text)
        } catch {
            let reason =
                switch error {
                case .notANodeRecord: "a node record begins with \(NodeRecord.textPrefix)"
                case .badEncoding: "the node record has a character that does not belong there"
                case .badChecksum: "the node record is damaged: its checksum does not fit"
                case .malformed: "the node record is damaged"
                }
            throw Failure(KithError.invalidRecord(reason))
        }
    }

    /// How a question is to travel, when the command line says so.
    static func via(_ invocation: Invocation) -> KithOverlay.Via? {
        invocation.text("via").flatMap(KithOverlay.Via.init(rawValue:))
    }

    /// The address that a text writes.
    static func address(_ text: String) throws(Failure) -> Address {
        guard let address = Address(text) else {
            throw Failure(
                .invalidData, "invalid-address", "'\(Terminal.safe(text))' is no address",
                hint: "write 192.0.2.7:5484 or [2001:db8::7]:5484")
        }
        return address
    }

    /// The location that a text writes, or that of an identity's profile.
    static func location(_ text: String) throws(Failure) -> Location {
        if text.utf8.count == 2 * Bytes32.count, let location = Location(hex: text) {
            return location
        }
        do throws(IdentityText.Fault) {
            return Record.ownedLocation(.profile, author: try IdentityText.parse(text))
        } catch {
            throw Failure(KithError.invalidLocation)
        }
    }
}
