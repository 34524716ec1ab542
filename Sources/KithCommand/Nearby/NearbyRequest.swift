import KithHost

/// What `kith nearby` asks of the running node.
struct NearbyRequest: Equatable, Sendable {
    /// Whether anybody is asked at all, or what is known already is told.
    var scans = true
    /// Whether every host of the subnet is asked.
    var sweeps = false
    /// The only interface whose subnet is asked; nil for all.
    var interface: String?
    /// Addresses that are asked besides.
    var addresses: [String] = []

    /// The arguments of the request.
    var json: JSON {
        [
            "scan": .bool(scans), "sweep": .bool(sweeps), "interface": JSON(interface),
            "addresses": .array(addresses.map(JSON.text)),
        ]
    }

    /// A request.
    init(
        scans: Bool = true, sweeps: Bool = false, interface: String? = nil,
        addresses: [String] = []
    ) {
        self.scans = scans
        self.sweeps = sweeps
        self.interface = interface
        self.addresses = addresses
    }

    /// Reads ``json``; nil when an address is no text.
    init?(_ json: JSON) {
        let texts = json["addresses"]?.array ?? []
        let addresses = texts.compactMap(\.text)
        guard addresses.count == texts.count else { return nil }
        self.init(
            scans: json["scan"]?.bool ?? true, sweeps: json["sweep"]?.bool ?? false,
            interface: json["interface"]?.text, addresses: addresses)
    }
}
