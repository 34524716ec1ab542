import KithCrypto
import KithOverlay
public import KithWire

/// The directory of services on the links of this machine (DNS-SD, RFC 6763), which the Avahi daemon
/// keeps: this node is written into it, and others are read from it.
///
/// The daemon may come and go. What it says of others are hints: addresses to ask.
public final class ServiceDirectory {
    /// The type under which nodes stand.
    static let type = "_kith._udp"

    /// What this node says of itself.
    struct Entry: Equatable {
        /// The port it listens on, over these families.
        var port: UInt16
        var families: [Address.Family]
        /// The texts beside it (RFC 6763 section 6): `v=1`, `net=` the network's name, and of a
        /// person who wants to be seen by everybody `name=` and `id=` their fingerprint.
        var texts: [String]
    }

    /// How it stands.
    public enum State: Sendable, Equatable {
        /// Nobody was asked yet.
        case starting
        /// There is no message bus to reach a daemon by, and why.
        case noBus(String)
        /// No daemon runs.
        case noDaemon
        /// The daemon has us in the directory, by this name, or only reads it for us.
        case running(name: String?)
        /// The daemon refused, with this error.
        case refused(String)
    }

    private static let service = "org.freedesktop.Avahi"
    private static let server = Bus.Target(
        service: service, path: "/", interface: "org.freedesktop.Avahi.Server")
    /// Any interface, either family (avahi-common/address.h).
    private static let unspecified: Int32 = -1
    /// The server is ready (avahi-common/defs.h).
    private static let serverRunning: Int32 = 2
    /// An entry stands; somebody else has its name; it failed.
    private static let groupEstablished: Int32 = 2
    private static let groupCollision: Int32 = 3
    private static let groupFailure: Int32 = 4
    /// Entries whose addresses are looked for at once.
    private static let resolvingMax = 16
    /// The daemon has another entry of this name.
    private static let collision = "org.freedesktop.Avahi.CollisionError"
    /// Entries of others that are remembered.
    private static let servicesMax = 256
    /// How long one waits for a bus that was not there.
    private static let retry: Duration = .seconds(30)
    /// How long one name stands, so that it does not tell from day to day who is here.
    private static let nameLife: Duration = .seconds(86_400)

    /// Something that the daemon keeps for us.
    private enum Object: Equatable {
        case absent
        /// It was asked for.
        case coming
        case there(path: String)
    }

    private struct Key: Hashable {
        let interface: Int32
        let family: Int32
        let name: String
    }

    /// How it stands.
    private(set) var state = State.starting
    /// Called with the address of a service that was not known before.
    var afterFinding: ((Address) -> Void)?
    /// When ``tend(at:)`` is to be called.
    var due: Instant { min(bus?.due ?? .never, nextTry) }

    private let loop: EventLoop
    private let network: String
    private var entry: Entry?
    private var bus: Bus?
    private var nextTry: Instant
    private var group = Object.absent
    private var browser = Object.absent
    private var resolving = 0
    private var name: String
    private var found: [Key: Service] = [:]

    /// A directory that says `entry` of us; nil only reads.
    init(_ loop: EventLoop, network: Network, entry: Entry?, at now: Instant) {
        self.loop = loop
        self.network = network.name
        self.entry = entry
        name = Self.freshName()
        nextTry = now
    }

    /// The services of others, by name.
    var services: [Service] { found.values.sorted { $0.address < $1.address } }

    /// Says this of us from now on; nil: nothing.
    func say(_ entry: Entry?) {
        guard entry != self.entry else { return }
        self.entry = entry
        guard case .running = state else { return }
        if entry == nil { freeGroup() }
        begin()
    }

    /// Takes another name: the links are others, where nobody is to know the old one again.
    func rename() {
        name = Self.freshName()
        guard case .running = state else { return }
        publish()
    }

    private func freeGroup() {
        guard case .there(let path) = group else { return }
        bus?.call(Self.target(of: path), "Reset") { _ in }
    }

    private static func target(of path: String) -> Bus.Target {
        Bus.Target(service: service, path: path, interface: "org.freedesktop.Avahi.EntryGroup")
    }

    /// Does what is due.
    func tend(at now: Instant) {
        // A bus that was lost is let go here, where nothing of it runs any more.
        if case .noBus = state { bus = nil }
        if let bus, bus.due <= now { bus.process() }
        guard nextTry <= now else { return }
        guard bus == nil else {
            // A day is over: the next name says nothing of the last.
            nextTry = now + Self.nameLife
            rename()
            return
        }
        connect(at: now)
    }

    private static func freshName() -> String {
        var dice = KernelEntropy.entropy()
        return "kith-" + String(dice.next(), radix: 16)
    }

    private func connect(at now: Instant) {
        do throws(HostError) {
            let bus = try Bus(loop)
            self.bus = bus
            nextTry = now + Self.nameLife
            bus.afterLoss = { [unowned self] in
                forgetDaemon()
                state = .noBus("the connection ended")
                nextTry = SystemClock.instant() + Self.retry
            }
            bus.watch(
                "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',"
                    + "arg0='\(Self.service)'"
            ) { [unowned self] signal in
                _ = signal.text()
                _ = signal.text()
                if signal.text()?.isEmpty == false { meetDaemon() } else { loseDaemon() }
            }
            // All signals of the daemon: a browser tells what it knows before its path is known here.
            bus.watch("type='signal',sender='\(Self.service)'") { [unowned self] signal in
                hear(signal)
            }
            meetDaemon()
        } catch {
            state = .noBus(error.busReason)
            nextTry = now + Self.retry
        }
    }

    // MARK: The daemon

    private func meetDaemon() {
        bus?.call(Self.server, "GetState") { [unowned self] answer in
            if answer.error != nil {
                state = .noDaemon
            } else if answer.int32() == Self.serverRunning {
                begin()
            }
        }
    }

    private func loseDaemon() {
        forgetDaemon()
        state = .noDaemon
    }

    private func forgetDaemon() {
        group = .absent
        browser = .absent
        resolving = 0
        found = [:]
    }

    private func begin() {
        if browser == .absent {
            browser = .coming
            bus?.call(
                Self.server, "ServiceBrowserNew",
                [
                    .int32(Self.unspecified), .int32(Self.unspecified), .text(Self.type), .text(""),
                    .uint32(0),
                ]
            ) { [unowned self] answer in
                if let error = answer.error {
                    browser = .absent
                    return fail(error)
                }
                browser = answer.text(UInt8(ascii: "o")).map(Object.there) ?? .absent
            }
        }
        guard entry != nil else {
            state = .running(name: nil)
            return
        }
        publish()
    }

    private func publish() {
        guard entry != nil else { return }
        switch group {
        case .there(let path): write(to: path)
        case .coming: break
        case .absent:
            group = .coming
            bus?.call(Self.server, "EntryGroupNew") { [unowned self] answer in
                group = .absent
                if let error = answer.error { return fail(error) }
                guard let path = answer.text(UInt8(ascii: "o")) else { return }
                group = .there(path: path)
                write(to: path)
            }
        }
    }

    private func write(to path: String) {
        guard let entry else { return }
        let target = Self.target(of: path)
        let family: Int32 =
            entry.families.count > 1 ? Self.unspecified : entry.families == [.v4] ? 0 : 1
        bus?.call(target, "Reset") { _ in }
        bus?.call(
            target, "AddService",
            [
                .int32(Self.unspecified), .int32(family), .uint32(0), .text(name), .text(Self.type),
                .text(""), .text(""), .uint16(entry.port), .texts(entry.texts),
            ]
        ) { [unowned self] answer in
            switch answer.error {
            case .none: break
            case .some(Self.collision): rename()
            case .some(let error): fail(error)
            }
        }
        bus?.call(target, "Commit") { [unowned self] answer in
            if let error = answer.error { fail(error) }
        }
    }

    private func fail(_ error: String) {
        state = .refused(error)
    }

    // MARK: Signals

    private func hear(_ signal: Bus.Incoming) {
        switch (signal.interface, signal.member) {
        case ("org.freedesktop.Avahi.Server", "StateChanged"):
            if signal.int32() == Self.serverRunning { begin() }
        case ("org.freedesktop.Avahi.EntryGroup", "StateChanged"):
            guard group == .there(path: signal.path) else { return }
            switch signal.int32() {
            case Self.groupEstablished: state = .running(name: name)
            case Self.groupCollision:
                rename()
            case Self.groupFailure: fail(signal.text() ?? "unknown")
            default: break
            }
        case ("org.freedesktop.Avahi.ServiceBrowser", "ItemNew"): resolve(signal)
        case ("org.freedesktop.Avahi.ServiceBrowser", "ItemRemove"):
            if let key = Self.key(signal) { found[key] = nil }
        default: break
        }
    }

    /// Which entry a signal is about; nil for another type than ours.
    private static func key(_ signal: Bus.Incoming) -> Key? {
        guard let interface = signal.int32(), let family = signal.int32(),
            let name = signal.text(), signal.text() == type
        else { return nil }
        return Key(interface: interface, family: family, name: name)
    }

    private func resolve(_ signal: Bus.Incoming) {
        guard let key = Self.key(signal), key.name != name, found.count < Self.servicesMax,
            resolving < Self.resolvingMax, let domain = signal.text()
        else { return }
        resolving += 1
        bus?.call(
            Self.server, "ResolveService",
            [
                .int32(key.interface), .int32(key.family), .text(key.name), .text(Self.type),
                .text(domain), .int32(key.family), .uint32(0),
            ]
        ) { [unowned self] answer in
            resolving = max(0, resolving - 1)
            guard answer.error == nil, let service = service(key, answer),
                found.count < Self.servicesMax
            else { return }
            let isNew = found.updateValue(service, forKey: key)?.address != service.address
            if isNew { afterFinding?(service.address) }
        }
    }

    /// interface, protocol, name, type, domain, host, protocol, address, port, texts, flags.
    private func service(_ key: Key, _ answer: Bus.Incoming) -> Service? {
        _ = answer.int32()
        _ = answer.int32()
        for _ in 0..<3 { _ = answer.text() }
        guard let host = answer.text(), answer.int32() != nil, let text = answer.text(),
            let port = answer.uint16(), let texts = answer.texts()
        else { return nil }
        let written = text.contains(":") ? "[\(text)]:\(port)" : "\(text):\(port)"
        guard let address = Address(written) else { return nil }
        let own = "net=\(network)"
        let isForeign = texts.contains { $0.hasPrefix("net=") && $0 != own }
        guard !isForeign else { return nil }
        return Service(
            name: key.name, host: host,
            address: address.with(zone: UInt16(exactly: key.interface) ?? 0), texts: texts)
    }
}

/// A node that stands in the directory of a link.
public struct Service: Sendable, Hashable {
    /// The name of the entry.
    public let name: String
    /// The machine's name.
    public let host: String
    /// Where it is said to be.
    public let address: Address
    /// What is said beside it.
    public let texts: [String]
}

extension HostError {
    /// Why there is no bus, in a few words.
    fileprivate var busReason: String {
        guard case .system(_, let error) = self else { return message }
        return systemMessage(error)
    }
}
