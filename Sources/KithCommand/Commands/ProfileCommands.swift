import Foundation
import Kith
import KithHost
import KithOverlay
import KithWire

/// Commands about the person's own profile: `profile set`, `profile show`.
enum ProfileCommands {
    /// Writes the profile; nothing is published by that.
    static func set(_ context: Context) throws(Failure) -> ExitCode {
        let invocation = context.invocation
        let flags = ["name", "interests", "region", "bio", "link", "level", "field", "pass-on"]
        guard flags.contains(where: invocation.has) else {
            throw Failure(.conflict("there is nothing to set", verb: "profile set"))
        }
        let store = try context.store()
        let old = try draft(in: store)
        guard let name = invocation.text("name").map(composed) ?? old?.profile.name else {
            throw Failure(.conflict("a first profile needs --name", verb: "profile set"))
        }
        let level =
            invocation.text("level").flatMap(PrivacyLevel.init(word:)) ?? old?.level ?? .everyone
        let fields = try FieldLevels(old?.fields ?? [:], changedBy: invocation.texts("field"))
        try fields.check(against: level)
        let draft: Presentation
        do throws(ProfileError) {
            let profile = try KithWire.Profile(
                name: name,
                interests: invocation.list("interests")?.map(composed)
                    ?? old?.profile.interests ?? [],
                region: field("region", invocation, else: old?.profile.region),
                bio: field("bio", invocation, else: old?.profile.bio),
                links: invocation.has("link")
                    ? invocation.texts("link").filter { !$0.isEmpty } : old?.profile.links ?? [],
                avatar: old?.profile.avatar, activeHour: SystemClock.now().unix.hour)
            draft = try Presentation(
                profile, level: level, fields: fields.levels,
                isPassable: invocation.text("pass-on").map { $0 == "yes" } ?? old?.isPassable
                    ?? false)
        } catch {
            throw Failure(KithError(error))
        }
        do {
            try store.apply([.presentation(draft)])
        } catch {
            throw Failure(.store(error))
        }
        return try show(context, store, isNew: true)
    }

    /// Shows the profile, or what somebody else gets of it.
    static func show(_ context: Context) throws(Failure) -> ExitCode {
        if let whom = context.invocation.text("as") { return try show(context, as: whom) }
        return try show(context, try context.store(), isNew: false)
    }

    private static func show(
        _ context: Context, _ store: Store, isNew: Bool
    ) throws(Failure) -> ExitCode {
        guard let draft = try draft(in: store) else {
            if context.console.form == .json {
                context.console.data([
                    "profile": nil, "level": nil, "fields": [:], "passOn": false,
                    "published": false, "current": false,
                ])
            }
            let failure = Failure(KithError.noProfile)
            context.console.report(
                Failure(.nothingFound, failure.code, failure.message, hint: failure.hint),
                asData: false)
            return .nothingFound
        }
        let own = PresentationAnswer.presentation(draft)
        let shown = try shown(context, store)
        let isPublished = shown?["presented"]?.bool
        let isCurrent = isPublished == true && own.allSatisfy { shown?[$0.name] == $0.value }
        let answer = JSON.object(
            own + [
                JSON.Member("published", isPublished.map(JSON.bool) ?? .null),
                JSON.Member("current", isPublished == nil ? .null : .bool(isCurrent)),
            ])
        context.show(
            Report.profile(answer) + PresentationReport.levels(answer)
                + [("state", Report.published(answer))], answer)
        if isNew, context.console.form == .text, isPublished == false {
            context.console.say("saved; nobody can find it before 'kith publish'")
        }
        return .ok
    }

    /// What others are shown now; nil when that cannot be known without a passphrase.
    private static func shown(_ context: Context, _ store: Store) throws(Failure) -> JSON? {
        let book = try presented(context, store)
        if book?["presented"]?.bool == true { return book }
        // A home from before there were levels knows of it here alone; a locked one has the rest
        // in its book.
        guard let published = try published(in: store) else { return book }
        do throws(ProfileError) {
            return PresentationAnswer.shown(try Presentation(published, level: .everyone))
        } catch {
            preconditionFailure("what is published needs no card: \(error)")
        }
    }

    /// What the contact book says; nil when it cannot be read now.
    private static func presented(_ context: Context, _ store: Store) throws(Failure) -> JSON? {
        do throws(Failure) {
            return try context.ask(.presentation)
        } catch {
            guard error.exit == .notRunning else {
                if error == Failure(.identity(.locked)) { return nil }
                throw error
            }
        }
        guard let seed = try context.identity(beside: store).plainSeed else { return nil }
        return PresentationAnswer.shown(
            try ContactBookAccess.keeping {
                try store.book(readWith: seed, at: SystemClock.unix())
            }.presentation)
    }

    /// Shows what somebody else could get.
    private static func show(_ context: Context, as whom: String) throws(Failure) -> ExitCode {
        let (viewer, words) = try viewer(whom, context)
        let seen = try context.ask(.seeAs(viewer))
        let answer = JSON.object([JSON.Member("as", .text(whom))] + (seen.object ?? []))
        context.show(PresentationReport.seen(answer, by: words), answer)
        return .ok
    }

    /// Whom `--as` means, and what to call them.
    private static func viewer(
        _ whom: String, _ context: Context
    ) throws(Failure) -> (KithOverlay.Viewer, String) {
        if whom == "stranger" { return (.stranger, "a stranger") }
        let parts = whom.split(separator: ":", maxSplits: 1)
        guard parts.count == 2,
            let level: Letter.Level = ["contact": .contacts, "friend": .friends][parts[0]]
        else {
            throw Failure(
                .badValue(whom, flag: "as", wanted: "stranger, contact:NAME or friend:NAME"))
        }
        let list = try ContactList(try context.ask(.contacts))
        let person = try list.contact(try Whom(String(parts[1])))
        guard person.json["level"]?.text == level.word else {
            let name = Terminal.safe(person.name)
            throw Failure(
                .usage, "other-level",
                level == .friends ? "\(name) sees what is for contacts" : "\(name) is a friend",
                hint: level == .friends
                    ? "write contact:\(parts[1]); 'kith contacts friend' changes what they see"
                    : "write friend:\(parts[1])")
        }
        return (.contact(person.identity), Terminal.safe(person.name))
    }

    /// What is kept to be said, or nil.
    static func draft(in store: Store) throws(Failure) -> Presentation? {
        do {
            return try store.presentation()
        } catch {
            throw Failure(.store(error))
        }
    }

    /// The public profile that is kept published, or nil.
    private static func published(in store: Store) throws(Failure) -> KithWire.Profile? {
        do throws(StoreError) {
            guard let publication = try store.publication(), publication.phase == .published,
                let body = publication.body
            else { return nil }
            do throws(ProfileError) {
                return try decodeProfile(body)
            } catch {
                throw StoreError.corrupt(
                    detail: "a profile cannot be read: \(error.description)")
            }
        } catch {
            throw Failure(.store(error))
        }
    }

    private static func field(
        _ flag: String, _ invocation: Invocation, else old: String?
    ) -> String? {
        guard let text = invocation.text(flag) else { return old }
        return text.isEmpty ? nil : composed(text)
    }

    /// Text in Unicode normalisation form C, as profiles want it; keyboards and file names often
    /// give form D.
    static func composed(_ text: String) -> String {
        text.precomposedStringWithCanonicalMapping
    }
}

/// The levels of single fields, as `--field region=friends` sets them.
struct FieldLevels: Equatable {
    /// Fields that may have a level of their own; there is no way yet to set a picture.
    private static let settable: [Presentation.Field] = [.interests, .region, .bio, .links]

    /// The levels; a field that goes as far as the profile has none.
    private(set) var levels: [Presentation.Field: PrivacyLevel]
    /// Those that were named now.
    private var named: [Presentation.Field] = []

    /// Applies what was typed to the levels there are.
    init(
        _ levels: [Presentation.Field: PrivacyLevel], changedBy texts: [String]
    ) throws(Failure) {
        self.levels = levels
        for text in texts {
            let parts = text.split(separator: "=", omittingEmptySubsequences: false).map(
                String.init)
            let field = Presentation.Field(word: parts[0])
            let level = PrivacyLevel(word: parts.count == 2 ? parts[1] : "")
            let isTakenBack = parts.count == 2 && parts[1] == "profile"
            guard let field, Self.settable.contains(field), level != nil || isTakenBack else {
                let fields = Self.settable.map(\.word).joined(separator: ", ")
                throw Failure(
                    .badValue(
                        text, flag: "field",
                        wanted: "one of \(fields), then = and a level or profile"))
            }
            guard !named.contains(field) else {
                throw Failure(
                    .conflict("--field names \(field.word) twice", verb: "profile set"))
            }
            named.append(field)
            self.levels[field] = isTakenBack ? nil : level
        }
    }

    /// Refuses a field that was named now and is to go further than the profile.
    func check(against level: PrivacyLevel) throws(Failure) {
        for field in named {
            guard let own = levels[field], own < level else { continue }
            throw Failure(
                .conflict(
                    "\(field.word) cannot be \(own.word) where the profile is \(level.word)",
                    verb: "profile set"))
        }
    }
}
