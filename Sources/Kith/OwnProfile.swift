import KithHost
import KithOverlay
import KithWire

/// What one says of oneself on the network.
public struct OwnProfile: Sendable {
    private let host: NodeHost

    init(host: NodeHost) {
        self.host = host
    }

    /// Says this to everybody in `audience`.
    ///
    /// It is refreshed for as long as the node runs, also after a restart. What was said before to
    /// others is withdrawn.
    ///
    /// - Parameters:
    ///   - fields: fields that fewer people are to see.
    ///   - mayBeShownOn: whether contacts may show the card for contacts to theirs.
    ///   - via: how what everybody may see is written.
    /// - Throws: ``KithError/quorumMissed(stored:wanted:quorum:)`` when fewer nodes than a
    ///   majority acknowledged it, ``KithError/invalidProfile(_:)``,
    ///   ``KithError/profileTooLarge`` when it does not fit on a card of 400 bytes,
    ///   ``KithError/noPeers``. After the first and the last the node goes on trying every minute
    ///   while it runs.
    @discardableResult
    public func present(
        _ profile: Profile, to audience: Audience, fields: [Profile.Field: Audience] = [:],
        mayBeShownOn: Bool = false, via: Via = .auto
    ) async throws(KithError) -> Presented {
        let presentation: Presentation
        do throws(ProfileError) {
            var levels: [Presentation.Field: PrivacyLevel] = [:]
            for (field, audience) in fields { levels[field.field] = audience.level }
            presentation = try Presentation(
                profile.checked(), level: audience.level, fields: levels,
                isPassable: mayBeShownOn)
        } catch {
            throw KithError(error)
        }
        return try await presented(.present(presentation, via: via.route))
    }

    /// Publishes a profile for everybody.
    ///
    /// - Throws: those of ``present(_:to:fields:mayBeShownOn:via:)``.
    @discardableResult
    public func publish(_ profile: Profile) async throws(KithError) -> PublishReceipt {
        guard let receipt = try await present(profile, to: .everyone).published else {
            preconditionFailure("publishing ended without a receipt")
        }
        return receipt
    }

    /// Withdraws what was said: the nodes that kept it are told to forget it, and what contacts
    /// could read is covered.
    ///
    /// - Throws: ``KithError/nothingPublished`` and those of ``present(_:to:fields:mayBeShownOn:via:)``.
    ///   A withdrawal that too few have heard of stays one, and the node goes on telling others
    ///   every minute.
    @discardableResult
    public func withdraw() async throws(KithError) -> Presented {
        try await presented(.hide)
    }

    /// What somebody gets who looks for oneself, found as they would find it.
    ///
    /// - Throws: ``KithError/contacts(code:message:hint:)`` with the code `unknown-contact`.
    public func seen(by viewer: Viewer) async throws(KithError) -> Seen {
        let eyes: KithOverlay.Viewer =
            switch viewer {
            case .stranger: .stranger
            case .contact(let identity): .contact(try OwnContacts.key(identity))
            }
        guard case .seen(let report) = try await host.outcome(of: .look(eyes)) else {
            preconditionFailure("looking ended as something else")
        }
        return Seen(report)
    }

    private func presented(_ operation: Operation) async throws(KithError) -> Presented {
        guard case .presented(let report) = try await host.outcome(of: operation) else {
            preconditionFailure("presenting ended as something else")
        }
        return Presented(report)
    }
}

/// Who may see something of a person; each includes those who come after it.
public enum Audience: Sendable, Hashable, CaseIterable {
    /// Everybody: it is published in the clear and found by search.
    case everyone
    /// Contacts and friends.
    case contacts
    /// Friends alone.
    case friends
    /// Nobody: it stays on this machine.
    case nobody

    var level: PrivacyLevel {
        switch self {
        case .everyone: .everyone
        case .contacts: .contacts
        case .friends: .friends
        case .nobody: .nobody
        }
    }
}

/// Where what one says of oneself went.
public struct Presented: Sendable, Hashable {
    /// Where the public profile went; nil when there is none.
    public let published: PublishReceipt?
    /// Who was told that the public profile is withdrawn; nil when there was none.
    public let withdrawn: PublishReceipt?
    /// Cards for contacts and friends, or covers of them, that a majority of their nodes took.
    public let cards: Int

    init(_ report: PresentReport) {
        published = report.published.map(PublishReceipt.init)
        withdrawn = report.withdrawn.map(PublishReceipt.init)
        cards = report.cards
    }
}

/// With whose eyes one looks at oneself.
public enum Viewer: Sendable, Hashable {
    /// Somebody who is no contact.
    case stranger
    /// The contact with this identity: `kith1…`.
    case contact(String)
}

/// What somebody gets who looks for a person.
public struct Seen: Sendable, Hashable {
    /// What anybody finds; nil when that is nothing.
    public let published: Profile?
    /// What stands on the card that the contact can read; nil for strangers, and without one.
    public let card: Profile?
    /// What a stranger may be shown who has a contact in common whose node shares; nil unless the
    /// card may be shown on.
    public let shownOn: Profile?

    init(_ report: SeenReport) {
        published = report.published.map(Profile.init)
        card = report.card.map { Profile($0.profile) }
        shownOn = report.shownOn.map(Profile.init)
    }
}
