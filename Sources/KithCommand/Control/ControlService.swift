import Kith
import KithCrypto
import KithHost
import KithOverlay
import KithWire

/// The running node's side of ``ControlCommand``; works on the node's thread and never waits.
struct ControlService: Sendable {
    /// The network of the node.
    let network: Network
    /// The home of the node.
    let home: Home

    /// Answers a request, now or when its operation has ended.
    func answer(_ request: ControlRequest, _ reply: ControlReply, _ host: NodeHost) {
        do throws(ControlFailure) {
            try answer(try ControlCommand(request), reply, host)
        } catch {
            reply.fail(error)
        }
    }

    private func answer(
        _ command: ControlCommand, _ reply: ControlReply, _ host: NodeHost
    ) throws(ControlFailure) {
        switch command {
        case .status: status(reply, host)
        case .peers: peers(reply, host)
        case .publish(let via): whenOpen(reply, host) { publish(via, reply, host) }
        case .unpublish: whenOpen(reply, host) { run(.hide, reply, host) }
        case .presentation: presentation(reply, host)
        case .seeAs(let viewer): whenOpen(reply, host) { run(.look(viewer), reply, host) }
        case .contacts: contacts(reply, host)
        case .change(let change): whenOpen(reply, host) { run(.contacts(change), reply, host) }
        case .card(let key): whenOpen(reply, host) { run(.readCard(key), reply, host) }
        case .findName(let name, let limit, let layers, let via):
            run(.findName(name, limit: limit, layers: layers, via: via), reply, host)
        case .findInterests(let interests, let minScore, let limit, let layers, let via):
            run(
                .findInterests(
                    interests, minScore: minScore, limit: limit, layers: layers, via: via),
                reply, host)
        case .nearby(let request): try nearby(request, reply, host)
        case .ping(let target): run(try ping(target), reply, host)
        case .trace(let text, .direct):
            run(.lookup(try location(text)), reply, host, traced: true)
        case .trace(let text, let via): run(.get(try location(text), via: via), reply, host)
        case .lookup(let text): run(.lookup(try location(text)), reply, host)
        case .get(let text, let via): run(.get(try location(text), via: via), reply, host)
        case .unlock(let seed): unlock(seed, reply, host)
        case .stop:
            reply.finish(["stopping": true])
            host.stop()
        }
    }

    // MARK: Operations

    /// Starts an operation and answers with its end; a client that goes away cancels it.
    private func run(
        _ operation: Operation, _ reply: ControlReply, _ host: NodeHost, traced: Bool = false
    ) {
        let id = host.start(operation) { event in
            guard case .finished(let result) = event else { return }
            switch result {
            case .success(let outcome): reply.finish(Answer.outcome(outcome, traced: traced))
            case .failure(let error):
                reply.fail(ControlFailure(Failure(KithError(error), after: operation)))
            }
        }
        reply.whenAbandoned { host.cancel(id) }
    }

    private func publish(_ via: KithOverlay.Via, _ reply: ControlReply, _ host: NodeHost) {
        host.withStore { store in
            guard let store else { return fail(reply, .cancelled) }
            do throws(StoreError) {
                guard let draft = try store.presentation() else { return fail(reply, .noProfile) }
                do throws(ProfileError) {
                    run(.present(try Self.fresh(draft), via: via), reply, host)
                } catch {
                    fail(reply, KithError(error))
                }
            } catch {
                reply.fail(ControlFailure(.store(error)))
            }
        }
    }

    /// What was kept, active now.
    private static func fresh(_ draft: Presentation) throws(ProfileError) -> Presentation {
        let kept = draft.profile
        let profile = try KithWire.Profile(
            name: kept.name, interests: kept.interests, region: kept.region, bio: kept.bio,
            links: kept.links, avatar: kept.avatar, activeHour: SystemClock.unix().hour)
        return try Presentation(
            profile, level: draft.level, fields: draft.fields, isPassable: draft.isPassable)
    }

    private func ping(_ target: String) throws(ControlFailure) -> Operation {
        do throws(Failure) {
            if target.hasPrefix(NodeRecord.textPrefix) {
                return .ping(try Inputs.nodeRecord(target))
            }
            return .pingAddress(try Inputs.address(target))
        } catch {
            throw ControlFailure(error)
        }
    }

    private func location(_ text: String) throws(ControlFailure) -> Location {
        do throws(Failure) {
            return try Inputs.location(text)
        } catch {
            throw ControlFailure(error)
        }
    }

    private func fail(_ reply: ControlReply, _ error: KithError) {
        reply.fail(ControlFailure(error))
    }

    // MARK: The identity

    /// Goes on when the identity is open: a locked node has nothing published that it knows of,
    /// and would say so.
    private func whenOpen(
        _ reply: ControlReply, _ host: NodeHost, _ body: @escaping @Sendable () -> Void
    ) {
        host.snapshot { snapshot in
            guard let snapshot else { return fail(reply, .cancelled) }
            if snapshot.isLocked {
                reply.fail(ControlFailure(.identity(.locked)))
            } else {
                body()
            }
        }
    }

    private func unlock(_ seed: Secret32, _ reply: ControlReply, _ host: NodeHost) {
        host.unlock(with: seed) { answer in
            switch answer {
            case .unlocked: reply.finish(["unlocked": true, "already": false])
            case .wasOpen: reply.finish(["unlocked": true, "already": true])
            case .otherIdentity:
                reply.fail(ControlFailure(.identity(.other(path: home.path))))
            case .failed(let error): reply.fail(ControlFailure(.store(error)))
            case .ended: fail(reply, .cancelled)
            }
        }
    }

    // MARK: Contacts

    private func contacts(_ reply: ControlReply, _ host: NodeHost) {
        withBook(reply, host) { reply.finish(BookAnswer.book($0)) }
    }

    /// What others are shown now; with contacts and friends it is in the book alone.
    private func presentation(_ reply: ControlReply, _ host: NodeHost) {
        withBook(reply, host) { reply.finish(PresentationAnswer.shown($0.presentation)) }
    }

    private func withBook(
        _ reply: ControlReply, _ host: NodeHost, _ body: @escaping @Sendable (ContactBook) -> Void
    ) {
        host.snapshot { snapshot in
            guard let snapshot else { return fail(reply, .cancelled) }
            guard let book = snapshot.book else {
                reply.fail(ControlFailure(.identity(.locked)))
                return
            }
            body(book)
        }
    }

    // MARK: The node itself

    private func status(_ reply: ControlReply, _ host: NodeHost) {
        host.snapshot { snapshot in
            guard let snapshot else { return fail(reply, .cancelled) }
            reply.finish(status(snapshot))
        }
    }

    private func status(_ snapshot: NodeHost.Snapshot) -> JSON {
        let own: [JSON.Member] = [
            JSON.Member("running", true),
            JSON.Member("home", .text(home.path)),
            JSON.Member("identity", .text(IdentityText.encode(snapshot.identity))),
            JSON.Member("fingerprint", .text(IdentityText.fingerprint(of: snapshot.identity))),
            JSON.Member("locked", .bool(snapshot.isLocked)),
            JSON.Member("contacts", snapshot.book.map { JSON($0.contacts.count) } ?? .null),
            JSON.Member("requests", snapshot.book.map { JSON($0.requests.count) } ?? .null),
            JSON.Member("visible", .text(snapshot.surroundings.visibility.word)),
            JSON.Member("near", JSON(NearbyAnswer(snapshot: snapshot, request: .init()).count)),
            JSON.Member("listening", .array(snapshot.listening.map { .text($0.description) })),
            JSON.Member(
                "uptimeMs", Answer.milliseconds(snapshot.moment.instant - snapshot.started.instant)),
        ]
        let counters = StatusAnswer.counters(snapshot.counters)
        return .object(
            own + StatusAnswer.members(snapshot.status, network: network)
                + [JSON.Member("counters", counters)])
    }

    private func peers(_ reply: ControlReply, _ host: NodeHost) {
        host.snapshot { snapshot in
            guard let snapshot else { return fail(reply, .cancelled) }
            let neighbours = snapshot.neighbours.map(StatusAnswer.neighbour)
            reply.finish(["neighbours": .array(neighbours)])
        }
    }
}

extension ControlFailure {
    /// What the library says, with the exit status that belongs to it.
    init(_ error: KithError) {
        self.init(Failure(error))
    }

    /// A failure of this command, sent to another.
    init(_ failure: Failure) {
        self.init(
            code: failure.code, message: failure.message, hint: failure.hint,
            exitCode: failure.exit.rawValue)
    }
}
