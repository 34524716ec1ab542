import KithOverlay
import KithWire
import Testing

@testable import KithHost

/// Some real nodes on loopback, each with its own home; they join through the first.
final class Neighbourhood {
    let homes: [TemporaryHome]
    private(set) var notices: [Mailbox<NodeHost.Notice>] = []
    private var hosts: [NodeHost] = []
    private let host: String

    init(count: Int, host: String = "127.0.0.1", seeds: [NodeRecord] = []) throws {
        self.host = host
        homes = (0..<count).map { _ in TemporaryHome() }
        for index in 0..<count {
            _ = try homes[index].home.initialise(network: .local)
            try start(index, seeds: index == 0 ? seeds : [try record(0)])
            if index > 0 { try #require(waitForJoin(index)) }
        }
        // The others were there too early to hear of each other; lookups find them through it.
        try #require(knows(count - 1, 0), "the first node knows too few")
    }

    deinit {
        for host in hosts { host.stop() }
        for host in hosts {
            host.stop()
            host.join()
        }
    }

    subscript(_ index: Int) -> NodeHost { hosts[index] }

    func record(_ index: Int) throws -> NodeRecord { try snapshot(index).status.node }

    func snapshot(_ index: Int) throws -> NodeHost.Snapshot {
        let answer = Mailbox<NodeHost.Snapshot?>()
        hosts[index].snapshot { answer.put($0) }
        return try #require(try answer.take())
    }

    /// Runs an operation to its end.
    func run(_ operation: KithOverlay.Operation, on index: Int) throws -> Outcome {
        let answer = Mailbox<Result<Outcome, OperationError>>()
        hosts[index].start(operation) { event in
            if case .finished(let result) = event { answer.put(result) }
        }
        return try answer.take().get()
    }

    func stop(_ index: Int) {
        hosts[index].stop()
        hosts[index].join()
    }

    /// Starts a stopped node again, at its old address and without any seed.
    func restart(_ index: Int) throws {
        let address = hosts[index].listening
        notices[index] = Mailbox()
        hosts[index] = try open(index, seeds: [], listen: address)
    }

    func waits(_ index: Int, for notice: NodeHost.Notice) -> Bool {
        waitUntil(within: .seconds(10)) { notices[index].all.contains(notice) }
    }

    func waitForJoin(_ index: Int) -> Bool {
        waitUntil(within: .seconds(10)) {
            notices[index].all.contains { if case .joined = $0 { true } else { false } }
        }
    }

    /// Whether a node comes to have so many neighbours; they check each other after joining.
    func knows(_ count: Int, _ index: Int) -> Bool {
        waitUntil(within: .seconds(20)) {
            let snapshot = try? snapshot(index)
            return snapshot.map { $0.neighbours.count >= count } ?? false
        }
    }

    /// Lets the state file grow no more.
    func fillDisk(_ index: Int) throws {
        let done = Mailbox<Bool>()
        hosts[index].withStore { store in
            do {
                let pages = try store?.database.integer("PRAGMA page_count") ?? 0
                try store?.database.run("PRAGMA max_page_count = \(pages)")
                try store?.fillFreePages()
                done.put(true)
            } catch {
                done.put(false)
            }
        }
        try #require(try done.take())
    }

    /// Lends the store of a running node.
    func withStore(of index: Int, _ body: @escaping @Sendable (Store) -> Void) throws {
        let done = Mailbox<Bool>()
        hosts[index].withStore { store in
            if let store { body(store) }
            done.put(store != nil)
        }
        try #require(try done.take())
    }

    private func start(_ index: Int, seeds: [NodeRecord]) throws {
        let address = try #require(Address("\(host):0"))
        notices.append(Mailbox())
        hosts.append(try open(index, seeds: seeds, listen: [address]))
    }

    private func open(
        _ index: Int, seeds: [NodeRecord], listen: [Address]
    ) throws -> NodeHost {
        var options = NodeHost.Options(network: .local, listen: listen)
        options.seeds = seeds
        let mailbox = notices[index]
        return try NodeHost.start(home: homes[index].home, options: options) { mailbox.put($0) }
    }
}

extension Store {
    /// Uses up the room inside the pages that the file has.
    fileprivate func fillFreePages() throws {
        var author: UInt64 = 1_000_000
        while true {
            author += 1
            do {
                try apply([.putRecord(try sampleRecord(author: author), received: someDay)])
            } catch StoreError.diskFull {
                return
            }
        }
    }
}
