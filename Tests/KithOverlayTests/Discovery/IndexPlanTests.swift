import KithWire
import Testing

@testable import KithOverlay

@Suite("An index plan")
struct IndexPlanTests {
    @Test("puts the most telling strings first")
    func order() {
        let plan = IndexPlan(name: "Zoë Weber", interests: ["Chess", "  Rock Climbing "])
        #expect(plan.strings(of: .interestEntry) == ["chess", "rock climbing"])
        #expect(
            plan.strings(of: .nameEntry) == [
                "zoe", "weber",  // the tokens
                "web",  // the heads
                "eber", "wber", "weer",  // without one of the first letters
                "webe",  // longer prefixes
                "webr",  // without one of the other letters
            ])
        #expect(plan.targets.prefix(2).map(\.string) == ["zoe", "weber"])
        #expect(plan.targets[2] == IndexTarget(kind: .interestEntry, string: "chess"))
        #expect(plan.isComplete)
    }

    @Test("lets tokens take turns, the longest first")
    func turns() {
        let plan = IndexPlan(name: "Jonas Maximilian", interests: [])
        let names = plan.strings(of: .nameEntry)
        #expect(
            names.prefix(10) == [
                "jonas", "maximilian", "max", "jon", "aximilian", "onas", "mximilian", "jnas",
                "maimilian", "joas",
            ])
        #expect(names[10...12] == ["maxi", "jona", "maxim"])
    }

    @Test("has at most 32 strings, none twice, and every head, however much there is")
    func bounds() {
        let name = "alexander bernhardt christoph dominikus eleonora friedrich gottfried heinrich"
        let interests = (1...16).map { "interest number \($0)" }
        let plan = IndexPlan(name: name, interests: interests)
        #expect(plan.targets.count == 32)
        #expect(Set(plan.targets).count == 32)
        #expect(!plan.isComplete)
        let heads = ["ale", "ber", "chr", "dom", "ele", "fri", "got", "hei"]
        #expect(Set(heads).isSubset(of: plan.strings(of: .nameEntry)))
        #expect(plan.strings(of: .interestEntry).count == 16)
    }

    @Test("has room for a typo at the start of three tokens beside sixteen interests")
    func typosFit() {
        let interests = (1...16).map { "interest \($0)" }
        let names = IndexPlan(name: "Anna Lena Schmidt", interests: interests)
            .strings(of: .nameEntry)
        let wanted = [
            "nna", "ana", "ana", "ena", "lna", "lea", "chmidt", "shmidt", "scmidt",
        ]
        #expect(Set(wanted).isSubset(of: names))
    }

    @Test("forgives no typo in three letters and indexes no prefix of them")
    func short() {
        #expect(IndexPlan(name: "Jan Li", interests: []).strings(of: .nameEntry) == ["jan", "li"])
    }

    @Test("starts prefixes of Han, Hangul and Kana names at one sign")
    func dense() {
        #expect(
            IndexPlan(name: "김민준", interests: []).strings(of: .nameEntry) == [
                "김민준", "김", "민준", "김민", "김준",
            ])
        #expect(IndexPlan(name: "李娜", interests: []).strings(of: .nameEntry) == ["李娜", "李"])
        #expect(Letters("さくら").isDense)
        #expect(Letters("サクラ").isDense)
        #expect(!Letters("李jonas").isDense)
        #expect(!Letters("иван").isDense)
        #expect(!Letters("").isDense)
    }
}

@Suite("A name query")
struct NameQueryTests {
    @Test("asks first for what was typed, then for what is one letter away")
    func stages() {
        let query = NameQuery("  Jonnas ")
        #expect(query.exact == ["jonnas"])
        #expect(
            query.near == [
                "onnas", "jnnas", "jonas",  // without one of the first letters (the n is double)
                "jon",  // the head
                "jonns", "jonna",  // without one of the other letters
                "jonn",  // longer prefixes, "jonna" is there already
            ])
    }

    @Test("is bounded, and keeps what the guarantee needs for six tokens")
    func bounds() {
        let typed = "alexander bernhardt christoph dominikus eleonora friedrich"
        let query = NameQuery(typed)
        #expect(query.near.count == NameQuery.nearMax)
        #expect(Set(query.near).count == query.near.count)
        for token in query.exact {
            let word = Letters(token)
            #expect(query.near.contains(word.prefix(3)))
            for index in 0...3 { #expect(query.near.contains(word.deleting(index))) }
        }
    }

    @Test("with no letter and no number in it is empty", arguments: ["", "  ", "!?", "🙂"])
    func empty(text: String) {
        #expect(NameQuery(text).isEmpty)
        #expect(NameQuery(text).near == [])
    }

    @Test("is the same whatever the case, the marks and the order of words")
    func equality() {
        #expect(NameQuery("Zoë Weber") == NameQuery("WEBER, zoe"))
        #expect(NameQuery("Zoë Weber").hashValue == NameQuery("WEBER, zoe").hashValue)
        #expect(NameQuery("Zoë") != NameQuery("Zoë Weber"))
    }
}
