import KithOverlay
import KithWire

/// Who got how many bytes: nobody gets more than it sent before it proved its address.
struct Meter {
    private enum Account {
        case unproved(received: Int, sent: Int)
        case proved
    }

    private var accounts: [Address: Account] = [:]

    /// An INIT arrived from `address`.
    mutating func initiated(from address: Address, bytes: Int) {
        switch accounts[address] {
        case .proved: break
        case .unproved(let received, let sent):
            accounts[address] = .unproved(received: received + bytes, sent: sent)
        case nil:
            accounts[address] = .unproved(received: bytes, sent: 0)
        }
    }

    /// What only the holder of a session's keys can have sealed arrived from `address`.
    mutating func proved(_ address: Address) {
        accounts[address] = .proved
    }

    /// The node sent something other than an INIT.
    mutating func answered(to address: Address, bytes: Int) {
        switch accounts[address] {
        case .proved: break
        case .unproved(let received, let sent):
            accounts[address] = .unproved(received: received, sent: sent + bytes)
            expect(
                sent + bytes <= received, "\(sent + bytes) bytes to \(address) for \(received)")
        case nil:
            fail("\(bytes) bytes to \(address), which sent nothing")
        }
    }
}

/// A hash over all that a node says, in order (FNV-1a).
struct Trace {
    private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func add(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }

    mutating func add(_ number: UInt64) {
        value = (value ^ number) &* 0x100_0000_01b3
    }
}

extension Counters {
    /// Datagrams that a node threw away before it knew that they were authentic.
    var refusedUnread: UInt64 {
        refusedSize + refusedHeader + refusedAddress + refusedRate + refusedSession + refusedMac
            + refusedAuthentication + refusedReplay
    }
}
