import KithHost
import KithOverlay
import KithWire
import Synchronization

/// What a running node says: lines for people, or one object per event with `--json`.
///
/// Called on the node's thread and the main thread. A node that stays alone says so once, not
/// at every attempt.
final class RunTalk: Sendable {
    private let console: Console
    /// Whether being the first node is what was asked for.
    private let isEntry: Bool
    private let lostState = Atomic<Bool>(false)
    private let lastAlone = Mutex<AloneReason?>(nil)
    /// Notices that came before the node was said to listen; nil afterwards.
    private let early = Mutex<[NodeHost.Notice]?>([])

    /// Talk on `console`.
    init(console: Console, isEntry: Bool) {
        self.console = console
        self.isEntry = isEntry
    }

    /// The node listens; its record goes to standard output, to be pasted.
    func listening(_ snapshot: NodeHost.Snapshot, network: Network, home: Home) {
        sayListening(snapshot, network, home)
        let held = early.withLock { early in
            defer { early = nil }
            return early ?? []
        }
        for notice in held { say(notice) }
    }

    private func sayListening(
        _ snapshot: NodeHost.Snapshot, _ network: Network, _ home: Home
    ) {
        let addresses = snapshot.listening.map(\.description)
        let node = snapshot.status.node
        let record = node.isReachable ? node.text : nil
        if console.form == .json {
            return event(
                "listening",
                [
                    "addresses": .array(addresses.map(JSON.text)), "record": JSON(record),
                    "node": .text(node.id.description),
                    "network": .text(StatusAnswer.name(of: network)), "home": .text(home.path),
                    "locked": .bool(snapshot.isLocked),
                ])
        }
        defer {
            if snapshot.isLocked {
                console.say("the identity is locked: nothing is published until 'kith unlock'")
            }
        }
        let place = addresses.joined(separator: " and ")
        let name = StatusAnswer.name(of: network)
        if let record {
            console.say("listening on \(place) (\(name)); join it with --seed and this record:")
            console.data([record])
        } else {
            console.say(
                "listening on \(place) (\(name)); no address that others can use is known yet")
            console.say("hint: if they can reach you, say where with --advertise ADDR:PORT")
        }
    }

    /// Whether the node ends because it can keep nothing any more.
    var hasLostState: Bool { lostState.load(ordering: .acquiring) }

    /// Something happened to the node as a whole.
    func say(_ notice: NodeHost.Notice) {
        if case .storageFailed(.lost) = notice { lostState.store(true, ordering: .releasing) }
        let isEarly = early.withLock { early in
            early?.append(notice)
            return early != nil
        }
        if isEarly { return }
        switch notice {
        case .joined(let neighbours):
            lastAlone.withLock { $0 = nil }
            if console.form == .json {
                event("joined", ["neighbours": JSON(neighbours)])
            } else {
                console.say("joined: \(Figures.count(neighbours, "neighbour", "neighbours"))")
            }
        case .alone(let reason): alone(reason)
        case .addressChanged(let before, let address):
            if console.form == .json {
                event(
                    "address",
                    ["from": JSON(before?.description), "to": .text(address.description)])
            } else {
                console.say("others see this node at \(address)")
            }
        case .roleChanged(let role, let family): changed(role, family)
        case .storageFailed(let error):
            complain("storage-failed", error.message, error.hint)
        case .contactRequest(let request): asked(request)
        case .unlocked:
            if console.form == .json {
                event("unlocked")
            } else {
                console.say("the identity is open from now on")
            }
        case .leaving:
            if console.form == .json { event("leaving") } else { console.say("leaving") }
        case .stopped:
            if console.form == .json { event("stopped") } else { console.say("stopped") }
        case .reload: break
        }
    }

    /// The seed list was read again; nil when none was named.
    func reloaded(_ list: SeedList?) {
        if console.form == .json {
            event("reloaded", ["seeds": JSON(list?.seeds.count ?? 0)])
        } else if let list {
            console.say("read the seed list again: \(list.seeds.count) nodes")
        } else {
            console.say("nothing to read again: no --seeds was given")
        }
    }

    /// The seed list cannot be used any more.
    func refused(_ failure: Failure) {
        complain(failure.code, failure.message, failure.hint)
    }

    private func changed(_ role: HandshakePayload.Role, _ family: Address.Family) {
        let name = family == .v4 ? "IPv4" : "IPv6"
        if console.form == .json {
            event(
                "role", ["role": .text(StatusAnswer.role(role)), "family": .text(name)])
        } else if role == .full {
            console.say("strangers reach this node over \(name): it serves others from now on")
        } else {
            console.say("strangers do not reach this node over \(name): it is a client for now")
        }
    }

    private func asked(_ request: ContactRequest) {
        if console.form == .json { return event("request", BookAnswer.request(request)) }
        let fingerprint = IdentityText.fingerprint(of: request.sender)
        let name = request.name.map { "'\(Terminal.safe($0))'" } ?? "somebody"
        console.say("\(name) (\(fingerprint)) wants to become a contact")
        console.say("hint: see 'kith contacts requests'")
    }

    private func alone(_ reason: AloneReason) {
        let isNews = lastAlone.withLock { last in
            defer { last = reason }
            return last == nil
        }
        guard isNews else { return }
        let words = StatusAnswer.reason(reason)
        let remedy = StatusAnswer.remedy(reason)
        if console.form == .json {
            return event("alone", ["reason": .text(words), "hint": .text(remedy)])
        }
        if isEntry, reason == .noSeeds {
            console.say("waiting for others to join through this node")
        } else {
            console.say("alone: \(words)")
            console.say("hint: \(remedy); still trying")
        }
    }

    private func complain(_ code: String, _ message: String, _ hint: String) {
        if console.form == .json {
            event("error", ["code": .text(code), "message": .text(message), "hint": .text(hint)])
        } else {
            console.say("error: \(message) [\(code)]")
            if !hint.isEmpty { console.say("hint: \(hint)") }
        }
    }

    private func event(_ name: String, _ rest: JSON = [:]) {
        console.data(.object([JSON.Member("event", .text(name))] + (rest.object ?? [])))
    }
}
