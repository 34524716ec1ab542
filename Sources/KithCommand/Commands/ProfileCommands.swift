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
        guard ["name", "interests", "region", "bio", "link"].contains(where: invocation.has) else {
            throw Failure(.conflict("there is nothing to set", verb: "profile set"))
        }
        let store = try context.store()
        let old = try kept(in: store)
        guard let name = invocation.text("name").map(composed) ?? old?.name else {
            throw Failure(.conflict("a first profile needs --name", verb: "profile set"))
        }
        let profile: KithWire.Profile
        do throws(ProfileError) {
            profile = try KithWire.Profile(
                name: name,
                interests: invocation.list("interests")?.map(composed) ?? old?.interests ?? [],
                region: field("region", invocation, else: old?.region),
                bio: field("bio", invocation, else: old?.bio),
                links: invocation.has("link")
                    ? invocation.texts("link").filter { !$0.isEmpty } : old?.links ?? [],
                avatar: old?.avatar, activeHour: SystemClock.now().unix.hour)
        } catch {
            throw Failure(KithError(error))
        }
        do {
            let presentation = try Presentation(profile, level: .everyone)
            try store.apply([.presentation(presentation)])
        } catch let error as StoreError {
            throw Failure(.store(error))
        } catch let error as ProfileError {
            throw Failure(KithError(error))
        } catch {
            preconditionFailure("a profile ended with \(error)")
        }
        return try show(context, store, isNew: true)
    }

    /// Shows the profile and whether it is published.
    static func show(_ context: Context) throws(Failure) -> ExitCode {
        try show(context, try context.store(), isNew: false)
    }

    private static func show(
        _ context: Context, _ store: Store, isNew: Bool
    ) throws(Failure) -> ExitCode {
        guard let profile = try kept(in: store) else {
            if context.console.form == .json {
                context.console.data(["profile": nil, "published": false, "current": false])
            }
            let failure = Failure(KithError.noProfile)
            context.console.report(
                Failure(.nothingFound, failure.code, failure.message, hint: failure.hint),
                asData: false)
            return .nothingFound
        }
        let own = Answer.profile(profile)
        let published = try published(in: store).map(Answer.profile)
        let answer: JSON = [
            "profile": own, "published": .bool(published != nil),
            "current": .bool(published == own),
        ]
        context.show(Report.profile(answer) + [("state", Report.published(answer))], answer)
        if isNew, context.console.form == .text, published == nil {
            context.console.say("saved; nobody can find it before 'kith publish'")
        }
        return .ok
    }

    /// The profile in the home, or nil.
    static func kept(in store: Store) throws(Failure) -> KithWire.Profile? {
        do {
            return try store.presentation()?.profile
        } catch {
            throw Failure(.store(error))
        }
    }

    /// The profile that is kept published, or nil.
    private static func published(in store: Store) throws(Failure) -> KithWire.Profile? {
        do {
            guard let publication = try store.publication(), publication.phase == .published
            else { return nil }
            return try publication.body.map(decoded)?.get()
        } catch {
            throw Failure(.store(error))
        }
    }

    private static func decoded(_ body: [UInt8]) -> Result<KithWire.Profile, StoreError> {
        do throws(ProfileError) {
            return .success(try decodeProfile(body))
        } catch {
            let detail = "a profile cannot be read: \(error.description)"
            return .failure(.corrupt(detail: detail))
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
