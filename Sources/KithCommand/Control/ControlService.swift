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
        case .publish: whenOpen(reply, host) { publish(reply, host) }
        case .unpublish: whenOpen(reply, host) { run(.hide, reply, host) }
        case .findName(let name, let limit): run(.findName(name, limit: limit), reply, host)
        case .findInterests(let interests, let minScore, let limit):
            run(.findInterests(interests, minScore: minScore, limit: limit), reply, host)
        case .ping(let target): run(try ping(target), reply, host)
        case .trace(let text): run(.lookup(try location(text)), reply, host, traced: true)
        case .lookup(let text): run(.lookup(try location(text)), reply, host)
        case .get(let text): run(.get(try location(text)), reply, host)
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

    private func publish(_ reply: ControlReply, _ host: NodeHost) {
        host.withStore { store in
            guard let store else { return fail(reply, .cancelled) }
            do throws(StoreError) {
                guard let kept = try store.presentation() else { return fail(reply, .noProfile) }
                do throws(ProfileError) {
                    run(.present(try Self.fresh(kept)), reply, host)
                } catch {
                    fail(reply, KithError(error))
                }
            } catch {
                reply.fail(ControlFailure(.store(error)))
            }
        }
    }

    /// What was kept, active now.
    private static func fresh(_ kept: Presentation) throws(ProfileError) -> Presentation {
        let profile = kept.profile
        return try Presentation(
            try KithWire.Profile(
                name: profile.name, interests: profile.interests, region: profile.region,
                bio: profile.bio, links: profile.links, avatar: profile.avatar,
                activeHour: SystemClock.unix().hour),
            level: kept.level, fields: kept.fields, isPassable: kept.isPassable)
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
