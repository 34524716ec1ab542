import KithHost
import KithOverlay
import KithWire

/// An address as a person types it: with or without a port, with or without an interface.
enum HostAddress {
    /// Reads an address; nil for what is none.
    ///
    /// `192.168.1.7`, `192.168.1.7:5484`, `fe80::7%eth0` and `[fe80::7%eth0]:5484`: without a port it
    /// is that of Kith.
    static func parse(_ text: String) -> Address? {
        guard let (host, port, zone) = parts(text), let address = Address("\(host):\(port)")
        else { return nil }
        guard let zone else { return address }
        guard let interface = Interface.number(of: zone), address.scope == .linkLocal,
            address.family == .v6
        else { return nil }
        return address.with(zone: interface)
    }

    /// Host as ``Address`` reads it, port, and interface.
    private static func parts(_ text: String) -> (String, String, String?)? {
        var host = Substring(text)
        var port = Substring("\(Beacon.port)")
        if host.first == "[" {
            guard let end = host.firstIndex(of: "]") else { return nil }
            let rest = host[host.index(after: end)...]
            if !rest.isEmpty {
                guard rest.first == ":" else { return nil }
                port = rest.dropFirst()
            }
            host = host[host.index(after: host.startIndex)..<end]
        } else if host.count(where: { $0 == ":" }) == 1, let colon = host.firstIndex(of: ":") {
            port = host[host.index(after: colon)...]
            host = host[..<colon]
        }
        guard host.contains(":") else { return (String(host), String(port), nil) }
        var zone: String?
        if let mark = host.firstIndex(of: "%") {
            zone = String(host[host.index(after: mark)...])
            host = host[..<mark]
        }
        return ("[\(host)]", String(port), zone)
    }
}
