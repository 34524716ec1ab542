import Foundation
import Kith
import Testing

@Suite("Contacts in an app", .serialized)
struct ContactsTests {
    @Test("read each other's cards once each has added the other, and strangers do not")
    func cards() async throws {
        try await withNetwork(of: 5) { nodes, homes in
            let (ada, ben, eve) = (nodes[0], nodes[1], nodes[2])
            let adaID = try homes.configuration("node 0").identity
            let benID = try homes.configuration("node 1").identity
            let whole = Profile(
                name: "Ada Lovelace", interests: ["chess"], bio: "to friends only")
            let presented = try await ada.profile.present(
                whole, to: .contacts, fields: [.bio: .friends])
            #expect(presented.published == nil)
            #expect(presented.cards == 2)

            try await ada.contacts.add(benID.uri, name: "Ben")
            try await ben.contacts.add(adaID.text, name: "Ada")
            try await eventually {
                try await ben.contacts.profile(of: adaID.text)?.interests == ["chess"]
            }
            #expect(try await ben.contacts.profile(of: adaID.text)?.bio == nil)
            let known = try await ben.contacts.all
            #expect(known.map(\.name) == ["Ada"])
            #expect(known.map(\.isConfirmed) == [true])
            #expect(known.map(\.countsUsAsFriend) == [false])
            let hits = try await ben.search(.name("lovelace")).ranked()
            #expect(hits.map(\.source) == [.contacts])
            #expect(try await eve.search(.name("lovelace")).ranked().isEmpty)

            let asBen = try await ada.profile.seen(by: .contact(benID.text))
            #expect(asBen.card?.name == "Ada Lovelace")
            #expect(asBen.card?.bio == nil)
            let asStranger = try await ada.profile.seen(by: .stranger)
            #expect(asStranger.card == nil && asStranger.published == nil)
            let number = try await ada.contacts.safetyNumber(with: benID.text)
            #expect(number.filter(\.isNumber).count == 60)
            #expect(try await ben.contacts.safetyNumber(with: adaID.text) == number)

            try await ada.contacts.remove(benID.text)
            try await eventually {
                try await ben.contacts.profile(of: adaID.text) == nil
            }
            #expect(try await ada.contacts.all.isEmpty)
        }
    }

    @Test("hear of requests, and are told what cannot be done")
    func requests() async throws {
        try await withNetwork(of: 4) { nodes, homes in
            let (ada, ben) = (nodes[0], nodes[1])
            let adaID = try homes.configuration("node 0").identity
            let arriving = ada.contacts.arriving
            try await ben.contacts.add(
                adaID.uri, name: "Ada", introduction: ("Ben", "from the club"))
            let known = try await #require(throws: KithError.self) {
                try await ben.contacts.add(adaID.uri, name: "Ada")
            }
            #expect(known.code == "known-contact")
            let own = try await #require(throws: KithError.self) {
                try await ada.contacts.add(adaID.uri, name: "Me")
            }
            #expect(own.code == "own-identity")
            await #expect(throws: KithError.invalidLocation) {
                try await ada.contacts.add("kith:kith1nonsense", name: "Nobody")
            }
            _ = arriving
            #expect(try await ada.contacts.requests.isEmpty)
        }
    }

    @Test("of an identity with a passphrase are there once it is opened")
    func locked() async throws {
        let homes = try TemporaryHomes()
        let open = try homes.configuration("ada")
        #expect(!open.identity.isLocked)
        #expect(open.identity.uri == "kith:" + open.identity.text)
        // Without a passphrase there is nothing to open.
        #expect(try open.identity.unlocked(with: "anything") == open.identity)
        try await KithNode.withNode(open) { node async throws in
            #expect(try await node.contacts.all.isEmpty)
            #expect(try await node.contacts.blocked.isEmpty)
        }
    }
}
