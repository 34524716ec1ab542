import KithHost
import Testing

@testable import KithCommand

@Suite("What the contact commands print")
struct ContactReportTests {
    private static let identity = "kith1" + String(repeating: "a", count: 58)

    private static func contact(
        _ name: String, _ level: String, shows: JSON, favourite: Bool = false,
        confirmed: Bool = true
    ) -> JSON {
        [
            "name": .text(name), "identity": .text(identity),
            "fingerprint": "7f2a-0c19-b3d4-9e55", "level": .text(level), "shows": shows,
            "favourite": .bool(favourite), "confirmed": .bool(confirmed),
        ]
    }

    private let answer: JSON = [
        "contacts": [
            contact("Marta Kovač", "friends", shows: "contacts", favourite: true),
            contact(
                "Jonas Maximilian von und zu Weber-Hohenstein", "contacts", shows: nil,
                confirmed: false),
            contact("田中 愛子\u{202E}", "contacts", shows: "friends"),
        ],
        "blocked": [["identity": .text(identity), "fingerprint": "37aa-390b-3cf7-6fba"]],
    ]

    @Test("lists contacts in 80 cells, with nothing that steers a terminal")
    func table() {
        let lines = ContactReport.contacts(answer, blocked: true).lines(in: Terminal())
        #expect(
            lines == [
                "   NAME                       SEES      SHOWS     FINGERPRINT          STATE",
                "*  Marta Kovač                friends   contacts  7f2a-0c19-b3d4-9e55  confirmed",
                "   Jonas Maximilian von und   contacts  -         7f2a-0c19-b3d4-9e55  waiting",
                "   zu Weber-Hohenstein",
                "   田中 愛子\u{FFFD}                 contacts  friends   7f2a-0c19-b3d4-9e55  confirmed",
                "   -                          -         -         37aa-390b-3cf7-6fba  blocked",
            ])
        for line in lines { #expect(Terminal.width(of: line) <= 80) }
        #expect(ContactReport.contacts(answer, blocked: false).rows.count == 3)
    }

    @Test("has every field between tabs with --plain")
    func plain() {
        let lines = ContactReport.plainContacts(answer, blocked: true)
        #expect(
            lines[0]
                == "Marta Kovač\tfriends\tcontacts\t7f2a-0c19-b3d4-9e55\t\(Self.identity)"
                + "\tconfirmed\tfavourite")
        #expect(lines[3] == "\t\t\t37aa-390b-3cf7-6fba\t\(Self.identity)\tblocked\t")
    }

    @Test("shows a safety number in lines of four groups")
    func safety() {
        let groups = (10_000..<10_012).map(String.init)
        let rows = ContactReport.safety([
            "name": "Jonas", "safetyNumber": .text(groups.joined(separator: " ")),
        ])
        #expect(rows.map(\.0) == ["name", "safety number", "", ""])
        #expect(rows[3].1 == "10008 10009 10010 10011")
    }

    @Test("says what was published, sealed and withdrawn")
    func published() {
        func lines(_ level: String, stored: JSON, withdrawn: Bool, cards: Int) -> [String] {
            PresentationReport.published([
                "level": .text(level), "stored": stored, "wanted": 3, "quorum": 2,
                "entries": 5, "entriesWanted": 6, "expires": "2026-11-21T20:31:05Z",
                "withdrawn": .bool(withdrawn), "cards": JSON(cards), "cardsWanted": JSON(cards),
            ])
        }
        #expect(
            lines("public", stored: 3, withdrawn: false, cards: 0) == [
                "stored on 3 of 3 nodes (majority 2)",
                "found by 5 of 6 words · until 2026-11-21T20:31:05Z · refreshed while the node "
                    + "runs",
            ])
        #expect(
            lines("contacts", stored: nil, withdrawn: false, cards: 2)
                == ["sealed for your contacts and friends: 2 of 2 cards stored"])
        #expect(
            lines("friends", stored: 2, withdrawn: true, cards: 2) == [
                "withdrawn: said so to 2 of 3 nodes (majority 2)",
                "sealed for your friends: 2 of 2 cards stored",
            ])
        #expect(
            lines("private", stored: nil, withdrawn: false, cards: 0)
                == ["private: nobody sees anything"])
    }

    @Test("says what somebody else could get, and that it is nothing")
    func seen() {
        let profile: JSON = ["name": "Marta", "interests": ["chess"], "links": []]
        let nothing = PresentationReport.seen(
            ["published": nil, "card": nil, "level": nil], by: "a stranger")
        #expect(nothing.map(\.1) == ["a stranger", "nothing"])
        let card = PresentationReport.seen(
            ["published": nil, "card": profile, "level": "friends"], by: "Jonas")
        #expect(card.map(\.1) == ["Jonas", "your card for friends", "Marta", "chess"])
        let published = PresentationReport.seen(
            ["published": profile, "card": nil, "level": nil], by: "a stranger")
        #expect(published.map(\.0) == ["seen by", "through", "name", "interests"])
    }
}
