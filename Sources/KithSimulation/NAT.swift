public import KithOverlay
public import KithWire

/// A box between a machine and the internet, which gives it another address and decides who
/// may reach it there.
///
/// RFC 4787 in its words: mapping and filtering each depend on the endpoint or not. Only what the
/// machine sends keeps a mapping; a mapping that was given up comes back under another port.
/// Hairpins are not supported: nobody behind a box reaches itself by its outside address.
public struct NAT: Sendable {
    /// Who may reach a machine behind the box.
    public enum Kind: Sendable, CaseIterable {
        /// Everybody, at one port for all (endpoint-independent mapping and filtering).
        case fullCone
        /// Hosts that the machine wrote to (address-dependent filtering).
        case restricted
        /// Addresses and ports that the machine wrote to (address and port-dependent filtering).
        case portRestricted
        /// Only whom the machine wrote to, and each sees another port of it (address and
        /// port-dependent mapping).
        case symmetric
    }

    /// A port of the box that stands for the machine.
    private struct Mapping {
        let port: UInt16
        var lastSent: Instant
    }

    /// Who may reach the machine.
    public let kind: Kind
    /// How long a mapping outlives the last datagram of the machine.
    public let timeout: Duration
    /// The box's address on the internet; its port is the one it gave last.
    public internal(set) var outside: Address

    /// By whom a mapping is for: each destination, or the box itself for all of them.
    private var mappings: [Address: Mapping] = [:]
    private var purposes: [UInt16: Address] = [:]
    /// When the machine last wrote to hosts or addresses, whichever the filter looks at.
    private var sent: [Address: Instant] = [:]
    /// Whether the machine's own port is kept, as by a firewall that translates nothing.
    private let keepsPort: Bool
    private static var firstPort: UInt16 { 20_000 }

    init(_ kind: Kind, outside: Address, timeout: Duration, keepsPort: Bool = false) {
        self.kind = kind
        self.timeout = timeout
        self.keepsPort = keepsPort
        self.outside = keepsPort ? outside : outside.with(port: NAT.firstPort)
    }

    /// Where a datagram of the machine seems to come from.
    mutating func translate(to destination: Address, at now: Instant) -> Address {
        sent[filtered(destination)] = now
        let purpose = kind == .symmetric ? destination : outside.with(port: 0)
        if let mapping = mappings[purpose], now - mapping.lastSent < timeout {
            mappings[purpose]?.lastSent = now
            return outside.with(port: mapping.port)
        }
        let next = outside.port == .max ? NAT.firstPort : outside.port + 1
        let port = keepsPort ? outside.port : next
        outside = outside.with(port: port)
        mappings[purpose] = Mapping(port: port, lastSent: now)
        purposes[port] = purpose
        return outside
    }

    /// Whether a datagram from `source` to this port of the box reaches the machine.
    func admits(_ source: Address, to port: UInt16, at now: Instant) -> Bool {
        guard let purpose = purposes[port], let mapping = mappings[purpose], mapping.port == port,
            now - mapping.lastSent < timeout
        else { return false }
        if kind == .fullCone { return true }
        guard let last = sent[filtered(source)] else { return false }
        return now - last < timeout && (kind != .symmetric || purpose == source)
    }

    private func filtered(_ address: Address) -> Address {
        kind == .restricted ? address.with(port: 0) : address
    }
}

// Machines that do not know their address, and those behind a box.
extension World {
    /// Adds a machine that is switched off and has to learn its address from others.
    ///
    /// - Parameters:
    ///   - kind: the box it stands behind; nil for an address of its own.
    ///   - timeout: how long the box keeps a mapping; many keep it no longer than 30 s.
    @discardableResult
    public func addMachine(
        behind kind: NAT.Kind?, timeout: Duration = .seconds(30), role: RolePolicy = .automatic
    ) -> Machine {
        let machine = addMachine()
        machine.knowsAddress = false
        machine.policy = role
        guard let kind else { return machine }
        byAddress[machine.address] = nil
        machine.nat = NAT(kind, outside: machine.address, timeout: timeout)
        byHost[machine.address.with(port: 0)] = machine.number
        return machine
    }

    /// Gives a machine that learns its address another one, as when a phone changes networks.
    public func move(_ machine: Machine) {
        precondition(!machine.knowsAddress, "machine \(machine.number) has a fixed address")
        let address = freeAddress()
        if let nat = machine.nat {
            byHost[nat.outside.with(port: 0)] = nil
            byHost[address.with(port: 0)] = machine.number
            machine.nat = NAT(nat.kind, outside: address, timeout: nat.timeout)
        } else {
            byAddress[machine.address] = nil
            byAddress[address] = machine.number
        }
        machine.address = address
    }

    /// Puts a running machine that has an address of its own behind a box that keeps this address
    /// and its ports: a firewall.
    public func putBehind(_ kind: NAT.Kind, keepingAddressOf machine: Machine) {
        precondition(machine.nat == nil, "machine \(machine.number) has a box")
        byAddress[machine.address] = nil
        byHost[machine.address.with(port: 0)] = machine.number
        machine.nat = NAT(
            kind, outside: machine.address, timeout: .seconds(30), keepsPort: true)
    }

    /// Where a datagram of `machine` to `destination` seems to come from.
    func source(of machine: Machine, to destination: Address) -> Address {
        machine.nat?.translate(to: destination, at: now) ?? machine.address
    }

    /// Who gets a datagram from `source`; nil when nobody is there or a box drops it.
    func receiver(at destination: Address, from source: Address) -> Int? {
        if let number = byAddress[destination] { return number }
        guard let number = byHost[destination.with(port: 0)],
            machines[number].nat?.admits(source, to: destination.port, at: now) == true
        else { return nil }
        return number
    }

    /// What a running machine's table holds of `other`, by address; nil when it is no neighbour.
    public func address(of other: Machine, inTableOf machine: Machine) -> Address? {
        machine.node?.neighbourStatuses(at: now).first { $0.record.id == other.record.id }?.address
    }

    /// How many running machines have `machine` as a neighbour.
    public func knowing(_ machine: Machine) -> Int {
        machines.count { address(of: machine, inTableOf: $0) != nil }
    }
}
