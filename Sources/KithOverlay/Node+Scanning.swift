import KithCrypto
import KithWire

// A person looks around: the groups are asked, hosts of a subnet one by one, addresses by hand.
extension Node {
    mutating func scan(
        _ scan: Scan, as id: OperationID, at now: Moment, _ outbox: inout Outbox
    ) {
        if let error = objection(to: scan) {
            tell(.finished(id, .failure(.nearby(error))))
            return
        }
        var hosts: [Address] = []
        for link in scan.sweeps { hosts += link.hosts(port: Beacon.port) }
        // The pace is that of the node, whoever wants a sweep.
        let isSweeping = vicinity.sweeping.map { scans[$0]?.hosts.isEmpty == false } ?? false
        guard hosts.isEmpty || !isSweeping else {
            tell(.finished(id, .failure(.busy)))
            return
        }
        sendBeacons(aim(.everybody), at: now, &outbox)
        operations[id] = .scanning
        scans[id] = ScanRun(
            scan: scan, started: now.instant, hosts: hosts.reversed(), total: hosts.count)
        if !hosts.isEmpty {
            var dice = entropy.fork()
            vicinity.sweeping = id
            let settings = settings.nearby
            let life = settings.sweepPause * hosts.count + settings.beaconLife
            let ephemeral =
                vicinity.makeKey(
                    for: .init(medium: .sweep, aim: aim(.one)), life: life, at: now.instant, &dice
                ).publicKey
            scans[id]?.ephemeral = ephemeral
        }
        ask(scan.addresses, of: id, at: now, &outbox)
        sweep(id, at: now, &outbox)
    }

    private func objection(to scan: Scan) -> ScanError? {
        guard vicinity.visibility != .nobody else { return .invisible }
        for link in scan.sweeps {
            if let objection = Scan.objection(toSweeping: link) { return objection }
        }
        guard scan.addresses.count <= settings.nearby.addressesMax else {
            return .tooManyAddresses(scan.addresses.count)
        }
        for address in scan.addresses where vicinity.links.link(of: address) == nil {
            return .offLink(address)
        }
        return vicinity.links.all.isEmpty ? .noLink : nil
    }

    /// Asks the next host of a sweep, at the pace of the node.
    mutating func sweep(_ id: OperationID, at now: Moment, _ outbox: inout Outbox) {
        guard let run = scans[id], run.phase == .sweeping else { return }
        guard let host = run.hosts.last, let ephemeral = run.ephemeral else {
            scans[id]?.phase = .listening
            timers.push(.scan(id), at: now.instant + settings.nearby.scanListening)
            return
        }
        scans[id]?.hosts.removeLast()
        if let link = vicinity.links.link(of: host) {
            var dice = entropy.fork()
            sendBeacon(aim(.one), ephemeral, to: host, over: link, at: now, &dice, &outbox)
        }
        let done = run.total - run.hosts.count + 1
        tell(.progress(id, Progress(done: done, of: run.total)))
        timers.push(.sweep(id), at: now.instant + settings.nearby.sweepPause)
    }

    /// Asks addresses that were typed, a few times: who has answered is not asked again.
    private mutating func ask(
        _ addresses: [Address], of id: OperationID, at now: Moment, _ outbox: inout Outbox
    ) {
        guard let run = scans[id] else { return }
        let open = addresses.filter { isUnanswered($0) }
        guard !open.isEmpty else { return }
        var dice = entropy.fork()
        let key = vicinity.makeKey(
            for: .init(medium: .hand, aim: aim(.one)), at: now.instant, &dice)
        for address in open {
            guard let link = vicinity.links.link(of: address) else { continue }
            sendBeacon(aim(.one), key.publicKey, to: address, over: link, at: now, &dice, &outbox)
        }
        scans[id]?.tries = run.tries + 1
        if run.tries + 1 < settings.calls.tries {
            timers.push(.scanAgain(id), at: now.instant + settings.nearby.scanAgain)
        }
    }

    /// Asks those once more who have not answered.
    mutating func askAgain(_ id: OperationID, at now: Moment, _ outbox: inout Outbox) {
        guard let run = scans[id] else { return }
        ask(run.scan.addresses, of: id, at: now, &outbox)
    }

    /// Goes on with a scan that waited long enough: first all who are near are asked whether they
    /// still are, then it ends.
    mutating func scanDue(_ id: OperationID, at now: Moment, _ outbox: inout Outbox) {
        guard let run = scans[id] else { return }
        switch run.phase {
        case .sweeping: break
        case .listening:
            if isAwaited(run), now.instant - run.started < settings.nearby.handPatience {
                timers.push(.scan(id), at: now.instant + settings.nearby.scanAgain)
                return
            }
            scans[id]?.phase = .checking
            for bystander in vicinity.bystanders
            where check(bystander, for: id, at: now, &outbox) {
                scans[id]?.open += 1
            }
            if scans[id]?.open == 0 {
                endScan(id, at: now)
            } else {
                timers.push(.scan(id), at: now.instant + settings.nearby.scanPatience)
            }
        case .checking:
            endScan(id, at: now)
        }
    }

    /// Whether nobody has answered yet at an address that was typed.
    private func isAwaited(_ run: ScanRun) -> Bool {
        run.scan.addresses.contains { isUnanswered($0) }
    }

    private func isUnanswered(_ address: Address) -> Bool {
        vicinity.index(of: address).map { vicinity.bystanders[$0].node == nil } ?? true
    }

    /// One question of a scan less is open.
    mutating func checkEnded(of id: OperationID, at now: Moment) {
        guard let run = scans[id], run.phase == .checking else { return }
        scans[id]?.open = run.open - 1
        if run.open == 1 { endScan(id, at: now) }
    }

    private mutating func endScan(_ id: OperationID, at now: Moment) {
        guard let run = scans.removeValue(forKey: id) else { return }
        let report = ScanReport(
            links: vicinity.links.all, swept: run.total, duration: now.instant - run.started)
        finish(id, .success(.nearby(bystanders, report)))
    }
}
