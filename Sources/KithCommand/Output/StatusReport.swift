import KithHost

/// The state of the node on one screen, what needs attention first.
enum StatusReport {
    /// The rows.
    static func rows(_ answer: JSON) -> [(String, String)] {
        let neighbours = answer["neighbours"]
        let v4 = neighbours?["v4"]?.int ?? 0
        let v6 = neighbours?["v6"]?.int ?? 0
        var rows = [
            ("state", state(answer)),
            ("network", network(answer)),
            ("role", role(answer)),
            ("neighbours", "\(v4 + v6) (\(v4) IPv4, \(v6) IPv6)"),
            ("around", around(answer)),
            ("listening", Report.list(answer["listening"])),
            ("seen at", seen(answer)),
            ("profile", profile(answer)),
            ("contacts", contacts(answer)),
            ("near", near(answer)),
            ("mix", mix(answer)),
            ("identity", identity(answer)),
            ("keeps", kept(answer)),
            ("fingerprint", Report.text(answer["fingerprint"])),
            ("node", Report.text(answer["node"])),
        ]
        rows.removeAll { $0.1.isEmpty }
        if let uptime = answer["uptimeMs"]?.double {
            rows.append(("up for", Figures.time(milliseconds: uptime)))
        }
        // Last, because it is longer than a line.
        return rows + [("record", answer["record"]?.text ?? "? (no address others can use)")]
    }

    /// Whether the node has joined, is alone and why.
    static func state(_ answer: JSON) -> String {
        switch answer["phase"]?.text {
        case "joined": "joined"
        case "joining": "joining"
        case "alone": "alone: " + Report.text(answer["reason"])
        case "leaving": "leaving"
        default: "idle"
        }
    }

    /// The role over each family that is used, and why.
    private static func role(_ answer: JSON) -> String {
        let families = [("v4", "IPv4"), ("v6", "IPv6")].compactMap { key, name -> String? in
            let reach = answer["reach"]?[key]
            guard let why = reach?["why"]?.text, why != "no socket" else { return nil }
            return "\(name) \(Report.text(reach?["role"])): \(why)"
        }
        let island =
            answer["island"]?.bool == true && answer["phase"]?.text == "joined"
            ? ["full on this local network, beyond which there is no neighbour"] : []
        return families.isEmpty
            ? Report.text(answer["role"]) : (island + families).joined(separator: "; ")
    }

    private static func network(_ answer: JSON) -> String {
        let size = answer["networkSize"]?.int.map { ", about \($0) nodes" } ?? ""
        return Report.text(answer["network"]) + size
    }

    /// Whether somebody seems to have settled around us or around what we read and wrote lately.
    private static func around(_ answer: JSON) -> String {
        if let reason = answer["suspicion"]?["reason"]?.text {
            return "SUSPICIOUS: \(reason); writes go to up to 20 nodes, reads compare them"
        }
        let own = answer["neighbourhood"]
        let reason = Report.text(own?["reason"])
        switch own?["state"]?.text {
        case "normal": return "normal: \(reason)"
        case "unknown": return "? (\(reason))"
        default: return "SUSPICIOUS: \(reason)"
        }
    }

    /// Who is on the same network, and who there may learn of us.
    private static func near(_ answer: JSON) -> String {
        guard let visible = answer["visible"]?.text, visible != "nobody" else {
            return "nobody is told that this node is here"
        }
        let near = Figures.count(answer["near"]?.int ?? 0, "person or node", "people and nodes")
        return "\(near) on this network, where \(Terminal.safe(visible)) may see it: 'kith nearby'"
    }

    /// What is known of relays, and what cells cost.
    private static func mix(_ answer: JSON) -> String {
        guard let mix = answer["mix"] else { return "" }
        let relaying = mix["relaying"]?.bool == true ? "relays for others" : "relays nothing"
        guard mix["active"]?.bool == true, let interval = mix["cellIntervalMs"]?.double else {
            return relaying
        }
        let bytes = Int(1_232_000 / max(interval, 1))
        let metered = mix["metered"]?.bool == true ? ", metered" : ""
        return "\(relaying); \(mix["usable"]?.int ?? 0) relays to use, a cell every "
            + "\(Figures.time(milliseconds: interval)) (\(bytes) B/s\(metered))"
    }

    private static func seen(_ answer: JSON) -> String {
        let seen = [answer["seen"]?["v4"]?.text, answer["seen"]?["v6"]?.text].compactMap { $0 }
        return seen.isEmpty ? "? (nobody has said)" : seen.joined(separator: ", ")
    }

    private static func profile(_ answer: JSON) -> String {
        guard let profile = answer["profile"], profile["published"]?.bool == true else {
            return "not published"
        }
        return "published, \(profile["replicas"]?.int ?? 0) replicas acknowledged"
    }

    /// How many contacts there are, and who waits for an answer; nothing while it is locked.
    private static func contacts(_ answer: JSON) -> String {
        guard let contacts = answer["contacts"]?.int else { return "" }
        let requests = answer["requests"]?.int ?? 0
        guard requests > 0 else { return "\(contacts)" }
        return "\(contacts); \(Figures.count(requests, "request waits", "requests wait")): "
            + "'kith contacts requests'"
    }

    /// Said only while it is locked.
    private static func identity(_ answer: JSON) -> String {
        answer["locked"]?.bool == true
            ? "locked: nothing is published until 'kith unlock'" : ""
    }

    private static func kept(_ answer: JSON) -> String {
        let records = Figures.count(answer["records"]?.int ?? 0, "record", "records")
        let bytes = Figures.bytes(answer["recordBytes"]?.int ?? 0)
        return "\(records) of others, \(bytes), \(answer["load"]?.int ?? 0) % full"
    }
}
