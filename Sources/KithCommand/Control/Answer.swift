import KithCrypto
import KithHost
import KithOverlay
import KithWire

/// What the running node answers: the objects that `--json` prints.
///
/// Keys are stable. Times are UTC in RFC 3339, lengths of time are milliseconds in names that end in `Ms`.
enum Answer {
    /// The end of an operation that went well; nodes and records in the network `network`.
    static func outcome(_ outcome: Outcome, traced: Bool) -> JSON {
        switch outcome {
        case .ping(let report): ping(report)
        case .lookup(let report): .object(lookup(report, traced: traced))
        case .record(let record, let report):
            .object(
                [JSON.Member("record", record.map(fetched) ?? .null)]
                    + lookup(report, traced: false))
        case .mixedRecord(let record, let report):
            .object([JSON.Member("record", record.map(fetched) ?? .null)] + mixed(report))
        case .published(let report), .unpublished(let report): published(report)
        case .found(let hits, let report): found(hits, report)
        case .contactsChanged: ["done": true]
        // What is known of the links besides is put together by ``NearbyAnswer``.
        case .nearby(_, let report): ["durationMs": milliseconds(report.duration)]
        case .presented(let report): PresentationAnswer.presented(report)
        case .card(let report): card(report)
        case .seen(let report): PresentationAnswer.seen(report)
        }
    }

    /// By which relays a query went, in the order of the way; for its owner alone.
    private static func mixed(_ report: MixReport) -> [JSON.Member] {
        [
            JSON.Member("exitsDiffer", .bool(report.exitsDiffer)),
            JSON.Member("paths", .array(report.steps.map(path))),
        ]
    }

    private static func path(_ step: MixReport.Step) -> JSON {
        let roles = ["guard", "middle", "exit", "back"]
        let hops = zip(step.hops, roles).map { node, role in
            [
                "role": .text(role), "node": .text(node.id.description),
                "address": JSON(node.addresses.first?.description),
            ] as JSON
        }
        var suspect: Int?
        if case .lost(let hop) = step.end { suspect = hop + 1 }
        return [
            "hops": .array(hops), "end": .text(step.end.word),
            "suspectHop": suspect.map { JSON($0) } ?? .null,
            "durationMs": milliseconds(step.duration),
        ]
    }

    private static func card(_ report: CardReport) -> JSON {
        [
            "identity": .text(IdentityText.encode(report.identity)),
            "level": JSON(report.level?.word),
            "card": report.card.map { profile($0.profile) } ?? .null,
            "published": report.published.map(profile) ?? .null,
        ]
    }

    /// A profile as its owner wrote it.
    static func profile(_ profile: Profile) -> JSON {
        [
            "name": .text(profile.name),
            "interests": .array(profile.interests.map(JSON.text)),
            "region": JSON(profile.region), "bio": JSON(profile.bio),
            "links": .array(profile.links.map(JSON.text)),
        ]
    }

    /// A length of time in milliseconds, to the microsecond.
    static func milliseconds(_ duration: Duration) -> JSON {
        .number((duration.seconds * 1_000_000).rounded() / 1_000)
    }

    private static func ping(_ report: PingReport) -> JSON {
        [
            "node": .text(report.node.id.description), "record": .text(report.node.text),
            "roundTripMs": milliseconds(report.roundTrip),
            "seen": JSON(report.seen?.description),
            "load": report.load.map { JSON($0) } ?? .null,
        ]
    }

    private static func lookup(_ report: LookupReport, traced: Bool) -> [JSON.Member] {
        var members = [
            JSON.Member("location", .text(report.target.description)),
            JSON.Member("hops", JSON(report.hops)),
            JSON.Member("requests", JSON(report.requests)),
            JSON.Member("failures", JSON(report.failures)),
            JSON.Member("durationMs", milliseconds(report.duration)),
            JSON.Member("closest", .array(report.closest.map(node))),
        ]
        if traced {
            members.append(JSON.Member("steps", .array(report.steps.map(step))))
        }
        return members
    }

    private static func step(_ step: LookupReport.Step) -> JSON {
        [
            "depth": JSON(step.depth), "node": .text(step.node.id.description),
            "address": .text(address(of: step.node)),
            "roundTripMs": step.roundTrip.map(milliseconds) ?? .null,
        ]
    }

    private static func node(_ node: NodeRecord) -> JSON {
        [
            "node": .text(node.id.description), "address": .text(address(of: node)),
            "record": .text(node.text),
        ]
    }

    private static func address(of node: NodeRecord) -> String {
        (node.v4 ?? node.v6)?.description ?? ""
    }

    private static func published(_ report: PublishReport) -> JSON {
        .object(stored(report) + [JSON.Member("durationMs", milliseconds(report.duration))])
    }

    /// Where a record went.
    static func stored(_ report: PublishReport) -> [JSON.Member] {
        let json: JSON = [
            "stored": JSON(report.stored), "wanted": JSON(report.wanted),
            "quorum": JSON(report.quorum), "location": .text(report.location.description),
            "sequence": JSON(report.sequence), "expires": .text(Calendar.text(report.expires)),
            "entries": JSON(report.entries), "entriesWanted": JSON(report.entriesWanted),
            "receipts": .array(report.receipts.map(receipt)),
        ]
        return json.object ?? []
    }

    private static func receipt(_ receipt: Receipt) -> JSON {
        [
            "signer": .text(receipt.signer.bytes.hex), "sequence": JSON(receipt.sequence),
            "expires": .text(Calendar.text(receipt.expires)),
            "signature": .text(Hex.encode(receipt.signature.bytes)),
        ]
    }

    private static func found(_ hits: [Hit], _ report: SearchReport) -> JSON {
        [
            "results": .array(hits.map(hit)), "requests": JSON(report.requests),
            "lookups": JSON(report.lookups), "dropped": JSON(report.dropped),
            "partial": .bool(report.partial), "via": .text(report.via.rawValue),
            "durationMs": milliseconds(report.duration),
        ]
    }

    private static func hit(_ hit: Hit) -> JSON {
        [
            "name": .text(hit.profile.name), "identity": .text(IdentityText.encode(hit.identity)),
            "fingerprint": .text(IdentityText.fingerprint(of: hit.identity)),
            "score": .number((hit.score * 10_000).rounded() / 10_000),
            "source": .text(hit.source.rawValue),
            "why": .array(hit.why.map { .text($0.description) }),
            "interests": .array(hit.profile.interests.map(JSON.text)),
            "region": JSON(hit.profile.region), "bio": JSON(hit.profile.bio),
            "links": .array(hit.profile.links.map(JSON.text)),
            "lookAlike": .bool(hit.lookAlike), "sequence": JSON(hit.sequence),
            "expires": .text(Calendar.text(hit.expires)),
        ]
    }

    private static func fetched(_ record: Record) -> JSON {
        var profile = JSON.null
        if record.kind == .profile, let body = record.body {
            do throws(ProfileError) {
                profile = Self.profile(try decodeProfile(body))
            } catch {
                // The node hands out verified records only, so the body is a profile.
                preconditionFailure("a verified profile does not decode: \(error)")
            }
        }
        return [
            "kind": .text(name(of: record.kind)),
            "author": .text(IdentityText.encode(record.author)),
            "fingerprint": .text(IdentityText.fingerprint(of: record.author)),
            "sequence": JSON(record.sequence), "created": .text(Calendar.text(record.created)),
            "expires": .text(Calendar.text(record.expires)),
            "withdrawn": .bool(record.isTombstone), "profile": profile,
        ]
    }

    private static func name(of kind: Record.Kind) -> String {
        switch kind {
        case .profile: "profile"
        case .nameEntry: "name-entry"
        case .interestEntry: "interest-entry"
        case .sealed: "sealed"
        case .request: "request"
        }
    }
}
