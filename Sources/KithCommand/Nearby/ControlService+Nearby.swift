import Kith
import KithHost
import KithOverlay
import KithWire

// Who is near, as the running node answers it.
extension ControlService {
    /// Looks around and tells who is near, or tells what is known already.
    func nearby(
        _ request: NearbyRequest, _ reply: ControlReply, _ host: NodeHost
    ) throws(ControlFailure) {
        let addresses = request.addresses.compactMap(HostAddress.parse)
        guard addresses.count == request.addresses.count else {
            throw .malformed("one of the addresses is none")
        }
        host.snapshot { snapshot in
            guard let snapshot else {
                reply.fail(ControlFailure(KithError.cancelled))
                return
            }
            guard request.scans else {
                reply.finish(NearbyAnswer(snapshot: snapshot, request: request).json)
                return
            }
            guard snapshot.surroundings.visibility != .nobody else {
                reply.fail(ControlFailure(KithError(ScanError.invisible)))
                return
            }
            // Without a network there is nothing to ask; the answer says why.
            guard request.sweeps || !addresses.isEmpty || !snapshot.surroundings.networks.isEmpty
            else {
                reply.finish(NearbyAnswer(snapshot: snapshot, request: request).json)
                return
            }
            do throws(KithError) {
                let subnets = try Subnets(request, snapshot.surroundings)
                look(
                    Scan(sweeping: subnets.allowed, addresses: addresses), subnets, request, reply,
                    host)
            } catch {
                reply.fail(ControlFailure(error))
            }
        }
    }

    private func look(
        _ scan: Scan, _ subnets: Subnets, _ request: NearbyRequest, _ reply: ControlReply,
        _ host: NodeHost
    ) {
        let operation = Operation.scan(scan)
        let id = host.start(operation) { event in
            switch event {
            case .progress(let progress):
                reply.event(["done": JSON(progress.done), "total": JSON(progress.total)])
            case .finished(.success(.nearby(_, let report))):
                host.snapshot { snapshot in
                    guard let snapshot else {
                        reply.fail(ControlFailure(KithError.cancelled))
                        return
                    }
                    let answer = NearbyAnswer(
                        snapshot: snapshot, request: request, swept: scan.sweeps,
                        unswept: subnets.refused, report: report)
                    reply.finish(answer.json)
                }
            case .finished(.failure(let error)):
                reply.fail(ControlFailure(Failure(KithError(error), after: operation)))
            case .hit, .finished(.success):
                break
            }
        }
        reply.whenAbandoned { host.cancel(id) }
    }
}

/// The IPv4 subnets of this machine, for a sweep: those whose hosts may be asked, and the others.
private struct Subnets {
    var allowed: [Link] = []
    var refused: [(Link, String)] = []

    /// - Throws: why, when a sweep is wanted and no subnet may be asked.
    init(_ request: NearbyRequest, _ surroundings: Surroundings) throws(KithError) {
        guard request.sweeps else { return }
        let networks = surroundings.networks.filter {
            $0.link.address.family == .v4 && (request.interface ?? $0.name) == $0.name
        }
        var first: ScanError?
        for network in networks {
            let link = network.link
            guard let objection = Scan.objection(toSweeping: link) else {
                allowed.append(link)
                continue
            }
            first = first ?? objection
            refused.append((link, KithError(objection).message))
        }
        if allowed.isEmpty { throw KithError(first ?? .noSubnet) }
    }
}
