import KithHost
import KithOverlay
import KithWire

/// The state of the running node as JSON.
enum StatusAnswer {
    /// One word for where joining stands.
    static func phase(_ phase: Status.Phase) -> String {
        switch phase {
        case .idle: "idle"
        case .joining: "joining"
        case .joined: "joined"
        case .alone: "alone"
        case .leaving: "leaving"
        }
    }

    /// Why a node is alone, in words.
    static func reason(_ reason: AloneReason) -> String {
        switch reason {
        case .noSeeds: "no seed was given and no node is known from before"
        case .seedsSilent(let asked):
            "\(Figures.count(asked, "node", "nodes")) asked, none answered"
        }
    }

    /// What to try when a node is alone.
    static func remedy(_ reason: AloneReason) -> String {
        switch reason {
        case .noSeeds: "give a node to join through with --seed RECORD"
        case .seedsSilent:
            "check that UDP may leave this machine, that --network is theirs, or try another --seed"
        }
    }

    /// The members that come from the node itself.
    static func members(_ status: Status, network: Network) -> [JSON.Member] {
        var members = [
            JSON.Member("phase", .text(phase(status.phase))),
            JSON.Member("network", .text(name(of: network))),
            JSON.Member("node", .text(status.node.id.description)),
            JSON.Member("record", JSON(status.node.isReachable ? status.node.text : nil)),
            JSON.Member(
                "neighbours", ["v4": JSON(status.neighboursV4), "v6": JSON(status.neighboursV6)]),
            JSON.Member("sessions", JSON(status.sessions)),
            JSON.Member("records", JSON(status.records)),
            JSON.Member("recordBytes", JSON(status.recordBytes)),
            JSON.Member("load", JSON(status.load)),
            JSON.Member("networkSize", status.networkSize.map { JSON($0) } ?? .null),
            JSON.Member("neighbourhood", neighbourhood(status.neighbourhood)),
            JSON.Member("suspicion", status.suspicion.map(neighbourhood) ?? .null),
            JSON.Member("role", .text(role(status.role))),
            JSON.Member("island", .bool(status.isIsland)),
            JSON.Member(
                "reach", ["v4": reach(status.reachV4), "v6": reach(status.reachV6)]),
            JSON.Member(
                "seen",
                [
                    "v4": JSON(status.seenV4?.description), "v6": JSON(status.seenV6?.description),
                ]),
            JSON.Member(
                "profile",
                [
                    "published": .bool(status.publishedSequence != nil),
                    "sequence": status.publishedSequence.map { JSON($0) } ?? .null,
                    "replicas": JSON(status.publishedReplicas),
                ]),
        ]
        members.append(JSON.Member("mix", mix(status.mix)))
        if case .alone(let why) = status.phase {
            members.append(JSON.Member("reason", .text(reason(why))))
            members.append(JSON.Member("hint", .text(remedy(why))))
        }
        return members
    }

    /// What is mixed.
    private static func mix(_ mix: MixStatus) -> JSON {
        [
            "relaying": .bool(mix.relaysCells), "active": .bool(mix.isAwake),
            "relays": JSON(mix.relays), "usable": JSON(mix.usable),
            "resting": JSON(mix.resting.count),
            "guards": .array(
                mix.guards.map { one in
                    [
                        "node": .text(one.node.id.description),
                        "address": .text(one.address.description),
                        "since": .text(Calendar.text(one.chosen)),
                    ]
                }),
            "cellIntervalMs": Answer.milliseconds(mix.interval),
            "metered": .bool(mix.isMetered), "waiting": JSON(mix.waiting),
        ]
    }

    /// How a part of the id space looks: a word, whether it is suspicious, and a sentence.
    static func neighbourhood(_ neighbourhood: Neighbourhood) -> JSON {
        let word: String
        let sentence: String
        switch neighbourhood {
        case .unknown:
            word = "unknown"
            sentence = "too few nodes are known to tell"
        case .normal:
            word = "normal"
            sentence = "ids and subnets are spread as chance would spread them"
        case .crowded(let nodes, let expected):
            word = "crowded"
            let tenths = Int(expected * 10 + 0.5)
            let chance = tenths == 0 ? "hardly any" : "\(tenths / 10).\(tenths % 10)"
            sentence =
                "\(Figures.count(nodes, "node stands", "nodes stand")) where "
                + "\(chance) are expected: somebody chose these ids"
        case .oneSubnet(let percent):
            word = "oneSubnet"
            sentence = "\(percent) % of the nodes are in one subnet"
        }
        return [
            "state": .text(word), "suspicious": .bool(neighbourhood.isSuspicious),
            "reason": .text(sentence),
        ]
    }

    /// One word for whether others may route and store through a node.
    static func role(_ role: HandshakePayload.Role) -> String {
        switch role {
        case .client: "client"
        case .full: "full"
        }
    }

    /// The role over one family, and why, in words.
    private static func reach(_ reach: Status.Reach) -> JSON {
        ["role": .text(role(reach.role)), "why": .text(why(reach))]
    }

    /// Why others may route and store through the node over one family, or may not.
    static func why(_ reach: Status.Reach) -> String {
        switch reach {
        case .unused: "no socket"
        case .told(.full): "as told"
        case .told(.client): "as told"
        case .noAddress: "too few others have said where they see this node"
        case .changingPorts: "behind a NAT that changes ports"
        case .settling: "the address is not known for long enough yet"
        case .unreached: "nobody outside has reached this node yet"
        case .reached: "strangers have reached this node"
        }
    }

    /// A neighbour.
    static func neighbour(_ neighbour: NeighbourStatus) -> JSON {
        [
            "node": .text(neighbour.record.id.description),
            "address": .text(neighbour.address.description),
            "record": .text(neighbour.record.text),
            "roundTripMs": neighbour.roundTrip.map(Answer.milliseconds) ?? .null,
            "silenceMs": Answer.milliseconds(neighbour.silence),
            "failures": JSON(neighbour.failures),
            "load": neighbour.load.map { JSON($0) } ?? .null,
        ]
    }

    /// The counters, each under its own name.
    static func counters(_ counters: Counters) -> JSON {
        .object(
            Mirror(reflecting: counters).children.compactMap { child in
                guard let name = child.label, let value = child.value as? UInt64 else {
                    return nil
                }
                return JSON.Member(name, JSON(value))
            })
    }

    /// The word for a network on the command line.
    static func name(of network: Network) -> String {
        network == .main ? "public" : network.name
    }
}
