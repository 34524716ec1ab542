import KithCrypto
import KithHost
import KithOverlay
import KithWire

/// What the running node answers to `kith nearby`: who is near, and how each medium went.
struct NearbyAnswer {
    let snapshot: NodeHost.Snapshot
    let request: NearbyRequest
    /// The links whose hosts were asked one by one.
    var swept: [Link] = []
    /// Links that were not swept, and why.
    var unswept: [(Link, String)] = []
    /// What looking around did; nil when nobody looked.
    var report: ScanReport?

    /// The object that `--json` prints.
    var json: JSON {
        [
            "visible": .text(snapshot.surroundings.visibility.word),
            "people": .array(people), "media": .array(media),
            "durationMs": report.map { Answer.milliseconds($0.duration) } ?? .null,
        ]
    }

    // MARK: Who is near

    /// Somebody, at one address or several.
    private struct Group {
        var best: Bystander
        var addresses: [Address]
    }

    /// One row per node; what is no more than a hint at somebody who is there anyway is left out.
    private var groups: [Group] {
        var groups: [Group] = []
        let all = snapshot.bystanders
        for bystander in all.filter({ $0.node != nil }) + all.filter({ $0.node == nil }) {
            let place = groups.firstIndex { group in
                if let node = bystander.node { return group.best.node?.key == node.key }
                return bystander.person != nil && group.best.person == bystander.person
            }
            if let place {
                groups[place].addresses.append(bystander.address)
            } else {
                groups.append(Group(best: bystander, addresses: [bystander.address]))
            }
        }
        return groups
    }

    /// How many people and nodes are near.
    var count: Int { groups.count }

    private var people: [JSON] {
        let groups = groups
        let known = Set(groups.flatMap(\.addresses))
        let own = Set(snapshot.surroundings.networks.map(\.link.address))
        let listed = snapshot.surroundings.services.filter {
            !known.contains($0.address) && !own.contains($0.address)
        }
        return groups.map(person) + listed.map(service)
    }

    private func person(_ group: Group) -> JSON {
        let best = group.best
        // Who introduces themselves is believed once the node that they named has answered.
        let isKnown = best.isContact || best.isConfirmed
        let contact = isKnown ? best.person.flatMap { snapshot.book?[$0] } : nil
        let level =
            contact?.grantedLevel?.word ?? (contact == nil && best.name != nil ? "public" : nil)
        return [
            "name": JSON(contact?.name ?? best.name),
            "identity": JSON(best.person.map(IdentityText.encode)),
            "fingerprint": JSON(best.person.map(IdentityText.fingerprint)),
            "contact": .bool(contact != nil), "level": JSON(level),
            "node": JSON(best.node?.id.description),
            "role": JSON(best.role.map { $0 == .full ? "full" : "client" }),
            "confirmed": .bool(best.isConfirmed), "medium": .text(best.medium.rawValue),
            "roundTripMs": best.roundTrip.map(Answer.milliseconds) ?? .null,
            "address": .text(best.address.description),
            "addresses": .array(group.addresses.map { .text($0.description) }),
            "interface": JSON(Interface.name(of: best.interface)),
            "service": .null,
            "sinceMs": Answer.milliseconds(snapshot.moment.instant - best.since),
        ]
    }

    /// An entry of the directory at whose address nobody answered.
    private func service(_ service: Service) -> JSON {
        let link = snapshot.surroundings.networks.first { $0.link.contains(service.address) }
        return [
            "name": .null, "identity": .null, "fingerprint": .null, "contact": .bool(false),
            "level": .null, "node": .null, "role": .null, "confirmed": .bool(false),
            "medium": .text(Bystander.Medium.directory.rawValue), "roundTripMs": .null,
            "address": .text(service.address.description),
            "addresses": [.text(service.address.description)], "interface": JSON(link?.name),
            "service": .text(service.name), "sinceMs": .null,
        ]
    }

    // MARK: How each medium went

    private var media: [JSON] {
        multicast + sweep + directory + byHand
    }

    private func medium(
        _ medium: Bystander.Medium, on interface: String? = nil, of network: String? = nil,
        state: String, found: Int = 0, reason: String? = nil, hint: String? = nil
    ) -> JSON {
        [
            "medium": .text(medium.rawValue), "interface": JSON(interface),
            "network": JSON(network), "state": .text(state), "found": JSON(found),
            "reason": JSON(reason), "hint": JSON(hint),
        ]
    }

    private func found(_ medium: Bystander.Medium, on link: Link? = nil) -> Int {
        snapshot.bystanders.count {
            $0.medium == medium && (link?.contains($0.address) ?? true)
        }
    }

    private var multicast: [JSON] {
        let surroundings = snapshot.surroundings
        let links =
            surroundings.networks.filter { $0.link.address.family == .v4 }
            + surroundings.networks.filter { $0.link.address.scope == .linkLocal }
        guard !links.isEmpty else {
            let others = surroundings.others.map { "\($0.name): \($0.reason)" }
            let reason =
                others.isEmpty
                ? "this machine has no network adapter that is up" : others.joined(separator: "; ")
            return [
                medium(
                    .multicast, state: "unavailable", reason: reason,
                    hint: "connect to a network; see 'ip address'")
            ]
        }
        return links.map { network in
            let found = found(.multicast, on: network.link)
            let isV4 = network.link.address.family == .v4
            var state = "ok"
            var reason: String?
            var hint: String?
            if let trouble = network.muteness ?? network.deafness {
                state = "failed"
                reason = trouble
                hint = Self.remedy(network)
            } else if found == 0 {
                state = "empty"
                reason = "nobody answered"
                hint =
                    "a firewall may drop it: allow UDP port \(Beacon.port) to "
                    + "\(network.link.group.host), or try 'kith nearby --sweep'"
            }
            return medium(
                .multicast, on: network.name,
                of: isV4 ? network.link.description : "\(network.link.group.host)%\(network.name)",
                state: state, found: found, reason: reason, hint: hint)
        }
    }

    /// What helps where beacons do not get out or in.
    private static func remedy(_ network: Surroundings.Network) -> String {
        let group = network.link.group.host
        if network.isBlocked { return "allow UDP to \(group) port \(Beacon.port) to leave" }
        if network.muteness != nil {
            return
                "add one: ip route add \(group)/\(network.link.address.family == .v4 ? 32 : 128) "
                + "dev \(network.name)"
        }
        return "stop the other program, or turn multicast on: "
            + "ip link set \(network.name) multicast on"
    }

    private var sweep: [JSON] {
        guard request.sweeps else { return [] }
        let done = swept.map { link in
            let found = found(.sweep, on: link)
            return medium(
                .sweep, on: Interface.name(of: link.interface), of: link.description,
                state: found == 0 ? "empty" : "ok", found: found,
                reason: found == 0 ? "no host answered that was not known already" : nil,
                hint: found == 0 ? "a node on another port: 'kith nearby ADDR:PORT'" : nil)
        }
        return done
            + unswept.map { link, reason in
                medium(
                    .sweep, on: Interface.name(of: link.interface), of: link.description,
                    state: "skipped", reason: reason, hint: "ask one host: 'kith nearby ADDR'")
            }
    }

    private var directory: [JSON] {
        guard let state = snapshot.surroundings.directory else { return [] }
        let count = snapshot.surroundings.services.count
        switch state {
        case .starting:
            return [medium(.directory, state: "starting", reason: "the daemon was not asked yet")]
        case .noBus(let reason):
            return [
                medium(
                    .directory, state: "unavailable", reason: "no message bus: \(reason)",
                    hint: "it is optional; where D-Bus runs, start avahi-daemon as well")
            ]
        case .noDaemon:
            return [
                medium(
                    .directory, state: "unavailable", reason: "avahi-daemon is not running",
                    hint: "it is optional; start it with 'systemctl start avahi-daemon'")
            ]
        case .refused(let error):
            return [
                medium(
                    .directory, state: "failed", reason: "avahi-daemon refused: \(error)",
                    hint: "see the log of avahi-daemon")
            ]
        case .running(let name):
            return [
                medium(
                    .directory, state: count == 0 ? "empty" : "ok", found: count,
                    reason: count == 0
                        ? "no other node is in the directory"
                            + (name == nil ? "" : "; this one is \(name ?? "")") : nil)
            ]
        }
    }

    private var byHand: [JSON] {
        request.addresses.compactMap(HostAddress.parse).map { address in
            let isThere = snapshot.bystanders.contains {
                $0.address == address && $0.node != nil
            }
            let verdict = snapshot.surroundings.knocks.first { $0.address == address }?.verdict
            let (reason, hint) = isThere ? (nil, nil) : Self.words(verdict ?? .silence)
            return medium(
                .hand, of: address.description, state: isThere ? "ok" : "empty",
                found: isThere ? 1 : 0, reason: reason, hint: hint)
        }
    }

    /// Why nobody answered at an address, and what to try.
    private static func words(_ verdict: Knock.Verdict) -> (String?, String?) {
        switch verdict {
        case .silence:
            (
                "nothing came back",
                "the host may be off, a firewall may drop UDP, or its node is for contacts only"
            )
        case .closed:
            (
                "the host is there, but no program listens on that port",
                "try another port: ADDR:PORT"
            )
        case .forbidden:
            ("a firewall answered that it is forbidden", "allow UDP port \(Beacon.port) there")
        case .unreachable:
            ("no host has this address now", "check the address")
        }
    }
}
