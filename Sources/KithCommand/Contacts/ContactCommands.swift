import Kith
import KithCrypto
import KithHost
import KithOverlay
import KithWire

/// Commands about becoming and being contacts: `contacts …`.
enum ContactCommands {
    /// Does what `kith contacts` asks for.
    static func perform(_ context: Context) throws(Failure) -> ExitCode {
        switch context.invocation.verb.words[1] {
        case "add": try add(context)
        case "requests": try requests(context)
        case "accept": try accept(context)
        case "refuse": try refuse(context)
        case "list": try list(context)
        case "show": try show(context)
        case "verify": try verify(context)
        case "favourite": try favourite(context)
        case "friend": try friend(context)
        case "rename": try rename(context)
        case "remove": try remove(context)
        case "block": try block(context)
        case "unblock": try unblock(context)
        case "sharing": try sharing(context)
        case "export": try ContactFile.export(context)
        case "import": try ContactFile.import(context)
        default: preconditionFailure("\(context.invocation.verb.name) is in the table only")
        }
    }

    // MARK: Becoming contacts

    /// Takes somebody among the contacts.
    private static func add(_ context: Context) throws(Failure) -> ExitCode {
        let invocation = context.invocation
        let line = try Whom.line(of: invocation.words[0])
        let ownName = invocation.text("as").map(ProfileCommands.composed)
        return try changing(context) { access, list throws(Failure) in
            let asked = list.requests.first { $0.identity == line.identity }
            let name =
                invocation.text("name").map(ProfileCommands.composed) ?? line.name
                ?? asked.flatMap { $0.name.isEmpty ? nil : $0.name }
                ?? IdentityText.fingerprint(of: line.identity)
            try access.change(
                .add(
                    line.identity, name: name, ownName: ownName,
                    message: invocation.text("message").map(ProfileCommands.composed)))
            if invocation.has("friend") { try access.change(.level(line.identity, .friends)) }
            var remarks = ["compare the fingerprint with what their screen says"]
            if asked == nil {
                remarks.append(
                    access.isNodeRunning
                        ? "your node leaves a request, unless they have added you as well"
                        : "your node leaves a request when it runs, unless they have added you "
                            + "as well")
                if ownName == nil { remarks.append("it names nobody; --as NAME would") }
            }
            return try done("add", line.identity, name, access, remarks)
        }
    }

    /// Becomes a contact of somebody who asked.
    private static func accept(_ context: Context) throws(Failure) -> ExitCode {
        let whom = try Whom(context.invocation.words[0])
        return try changing(context) { access, list throws(Failure) in
            let asked = try list.request(whom)
            try access.change(.accept(asked.identity))
            if context.invocation.has("friend") {
                try access.change(.level(asked.identity, .friends))
            }
            return try done("accept", asked.identity, asked.name, access)
        }
    }

    /// Forgets a request.
    private static func refuse(_ context: Context) throws(Failure) -> ExitCode {
        let whom = try Whom(context.invocation.words[0])
        return try changing(context) { access, list throws(Failure) in
            let asked = try list.request(whom)
            try access.change(.refuse(asked.identity))
            return try done(
                "refuse", asked.identity, asked.name, access, ["they are told nothing"])
        }
    }

    /// Lists who asks.
    private static func requests(_ context: Context) throws(Failure) -> ExitCode {
        let list = try ContactBookAccess.list(context)
        let answer: JSON = ["requests": list.json["requests"] ?? []]
        switch context.console.form {
        case .json: context.console.data(answer)
        case .plain: context.console.data(ContactReport.plainRequests(answer))
        case .text where list.requests.isEmpty: context.console.say("nobody asks")
        case .text: context.show(ContactReport.requests(answer), answer)
        }
        return .ok
    }

    // MARK: Being contacts

    /// Lists the contacts.
    private static func list(_ context: Context) throws(Failure) -> ExitCode {
        let list = try ContactBookAccess.list(context)
        let answer: JSON = [
            "contacts": list.json["contacts"] ?? [], "blocked": list.json["blocked"] ?? [],
            "sharing": list.json["sharing"] ?? false,
        ]
        let showsBlocked = context.invocation.has("blocked")
        switch context.console.form {
        case .json: context.console.data(answer)
        case .plain:
            context.console.data(ContactReport.plainContacts(answer, blocked: showsBlocked))
        case .text:
            let table = ContactReport.contacts(answer, blocked: showsBlocked)
            if !table.rows.isEmpty { context.console.data(table.lines(in: context.console.output)) }
            context.console.remark([ContactReport.summary(list)])
        }
        return .ok
    }

    /// Shows what a contact lets us see.
    private static func show(_ context: Context) throws(Failure) -> ExitCode {
        let whom = try Whom(context.invocation.words[0])
        let contact = try ContactList(try context.ask(.contacts)).contact(whom)
        let card = try context.ask(.card(contact.identity))
        // As it is known after reading: a letter may have come with it.
        let known = try ContactList(try context.ask(.contacts))[contact.identity] ?? contact
        let isCard = card["card"]?.object != nil
        let profile = (isCard ? card["card"] : card["published"]) ?? .null
        let through: JSON = isCard ? "card" : profile == .null ? nil : "published"
        let answer = JSON.object(
            (known.json.object ?? [])
                + [JSON.Member("profile", profile), JSON.Member("through", through)])
        guard answer["profile"]?.object == nil else {
            context.show(ContactReport.card(answer), answer)
            return .ok
        }
        if context.console.form == .json { context.console.data(answer) }
        let hint =
            known.json["confirmed"]?.bool == true
            ? "they may have withdrawn it, removed you, or not been online for a day"
            : "they have not added you yet, or their letter is still on its way"
        context.console.report(
            Failure(
                .nothingFound, "nothing-found",
                "\(Terminal.safe(known.name)) shows you nothing", hint: hint), asData: false)
        return .nothingFound
    }

    /// Prints the safety number.
    private static func verify(_ context: Context) throws(Failure) -> ExitCode {
        let whom = try Whom(context.invocation.words[0])
        let me = try context.identity(beside: try context.store()).identity
        let them: Whom.Candidate
        switch whom {
        // A key alone is enough, and needs no passphrase.
        case .line(let line):
            them = Whom.Candidate(identity: line.identity, name: line.name ?? "")
        case .name:
            them = try ContactBookAccess.list(context).contact(whom).candidate
        }
        guard them.identity != me else { throw Failure(KithError(ContactError.ownKey)) }
        let number = SafetyNumber.text(of: me, and: them.identity)
        let answer = JSON.object(
            [JSON.Member("name", .text(them.name))] + BookAnswer.person(them.identity)
                + [JSON.Member("safetyNumber", .text(number))])
        switch context.console.form {
        case .json: context.console.data(answer)
        case .plain: context.console.data(["safety-number\t\(number)"])
        case .text: context.show(ContactReport.safety(answer), answer)
        }
        return .ok
    }

    /// Puts a contact first in lists, or no longer.
    private static func favourite(_ context: Context) throws(Failure) -> ExitCode {
        let isOn = !context.invocation.has("off")
        return try change(context, "favourite") { .favourite($0, isOn) }
    }

    /// Lets a contact see what is for friends, or no longer.
    private static func friend(_ context: Context) throws(Failure) -> ExitCode {
        let level: Letter.Level = context.invocation.has("off") ? .contacts : .friends
        return try change(context, "friend") { .level($0, level) }
    }

    /// Calls a contact otherwise.
    private static func rename(_ context: Context) throws(Failure) -> ExitCode {
        let name = ProfileCommands.composed(context.invocation.words[1])
        return try change(context, "rename") { .rename($0, name) }
    }

    /// Changes something about a contact.
    private static func change(
        _ context: Context, _ word: String, _ make: (Ed25519.PublicKey) -> ContactChange
    ) throws(Failure) -> ExitCode {
        let whom = try Whom(context.invocation.words[0])
        return try changing(context) { access, list throws(Failure) in
            let contact = try list.contact(whom)
            try access.change(make(contact.identity))
            return try done(word, contact.identity, contact.name, access)
        }
    }

    // MARK: No longer being contacts

    /// Takes somebody out.
    private static func remove(_ context: Context) throws(Failure) -> ExitCode {
        let whom = try Whom(context.invocation.words[0])
        return try changing(context) { access, list throws(Failure) in
            let contact = try list.contact(whom)
            try access.change(.remove(contact.identity))
            return try done(
                "remove", contact.identity, contact.name, access,
                [
                    access.isNodeRunning
                        ? "within half a minute what they could read is covered; what they have "
                            + "read they keep"
                        : "what they could read is covered when your node runs"
                ])
        }
    }

    /// Ignores somebody from now on.
    private static func block(_ context: Context) throws(Failure) -> ExitCode {
        let whom = try Whom(context.invocation.words[0])
        return try changing(context) { access, list throws(Failure) in
            let person = try list.anybody(whom)
            try access.change(.block(person.identity))
            return try done("block", person.identity, person.name, access)
        }
    }

    /// No longer ignores somebody.
    private static func unblock(_ context: Context) throws(Failure) -> ExitCode {
        let whom = try Whom(context.invocation.words[0])
        return try changing(context) { access, list throws(Failure) in
            let person = try whom.found(
                among: list.blocked.map(\.candidate), "the people you have blocked",
                orFail: "not-blocked", "'kith contacts list --blocked' shows them")
            try access.change(.unblock(person.identity))
            return try done("unblock", person.identity, person.name, access)
        }
    }

    /// Helps contacts find each other, or not.
    private static func sharing(_ context: Context) throws(Failure) -> ExitCode {
        let isOn = context.invocation.words[0] == "on"
        try ContactBookAccess.with(context) { access, _ throws(Failure) in
            try access.change(.sharing(isOn))
        }
        context.show([("sharing", isOn ? "on" : "off")], ["sharing": .bool(isOn)])
        return .ok
    }

    /// What is said once a change is kept.
    private struct Done {
        let answer: JSON
        let remarks: [String]
    }

    /// Changes the book, and says so when that is kept.
    private static func changing(
        _ context: Context,
        _ body: (inout ContactBookAccess, ContactList) throws(Failure) -> Done
    ) throws(Failure) -> ExitCode {
        let done = try ContactBookAccess.with(context, body)
        context.show(ContactReport.change(done.answer), done.answer)
        if context.console.form == .text { done.remarks.forEach(context.console.say) }
        return .ok
    }

    /// What was done, and how the person stands in the book now.
    private static func done(
        _ word: String, _ identity: Ed25519.PublicKey, _ name: String,
        _ access: ContactBookAccess, _ remarks: [String] = []
    ) throws(Failure) -> Done {
        let contact = try access.list()[identity]
        return Done(
            answer: .object(
                [
                    JSON.Member("change", .text(word)),
                    JSON.Member("name", .text(contact?.name ?? name)),
                ] + BookAnswer.person(identity)
                    + [JSON.Member("contact", contact?.json ?? .null)]),
            remarks: remarks)
    }
}
