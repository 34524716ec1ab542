import KithHost
import Testing

@testable import KithCommand

@Suite("Text for a terminal")
struct TerminalTests {
    @Test(
        "is measured in cells",
        arguments: [
            ("abc", 3), ("Kovač", 5), ("Kovac\u{30C}", 5), ("日本", 4), ("👩‍🚀", 2), ("…", 1), ("", 0),
        ])
    func width(text: String, cells: Int) {
        #expect(Terminal.width(of: text) == cells)
    }

    @Test(
        "is filled or cut to a number of cells",
        arguments: [
            ("ab", 4, "ab  "), ("abcdef", 4, "abc…"), ("日本語", 5, "日本…"), ("日本語", 4, "日… "),
            ("abc", 0, ""),
        ])
    func fitting(text: String, cells: Int, fitted: String) {
        #expect(Terminal.fitted(text, to: cells) == fitted)
    }

    @Test("cannot steer the terminal or turn the line around")
    func safety() {
        #expect(Terminal.safe("a\u{1B}[2Jb\u{202E}c\u{7}d") == "a\u{FFFD}[2Jb\u{FFFD}c\u{FFFD}d")
        #expect(Terminal.safe("Marta Kovač 日本") == "Marta Kovač 日本")
    }

    @Test("is coloured only where that is wanted")
    func colour() {
        #expect(Terminal(columns: 80, colour: false).styled("x", .red) == "x")
        #expect(Terminal(columns: 80, colour: true).styled("x", .red) == "\u{1B}[31mx\u{1B}[0m")
    }
}

@Suite("Figures")
struct FiguresTests {
    @Test(
        "show a score as a bar",
        arguments: [(0.0, "·····"), (0.31, "█▌···"), (0.5, "██▌··"), (1.0, "█████"), (7, "█████")])
    func bars(score: Double, bar: String) {
        #expect(Figures.bar(score, cells: 5) == bar)
    }

    @Test(
        "show times in fitting units",
        arguments: [
            (0.42, "0.42 ms"), (7.04, "7.0 ms"), (88.4, "88 ms"), (1_300, "1.3 s"),
            (754_000, "12 min"), (9_000_000, "2.5 h"),
        ])
    func times(milliseconds: Double, text: String) {
        #expect(Figures.time(milliseconds: milliseconds) == text)
    }

    @Test("round to a fixed number of digits")
    func rounding() {
        #expect(Figures.fixed(0.333_3, digits: 2) == "0.33")
        #expect(Figures.fixed(0.999, digits: 2) == "1.00")
        #expect(Figures.fixed(0.05, digits: 2) == "0.05")
        #expect(Figures.fixed(-0.5, digits: 1) == "-0.5")
        #expect(Figures.fixed(12.6, digits: 0) == "13")
    }
}

@Suite("What find prints")
struct FindReportTests {
    private static let identity = "kith1" + String(repeating: "a", count: 58)

    private static func hit(
        _ name: String, score: Double, interests: [String], lookAlike: Bool = false
    ) -> JSON {
        [
            "name": .text(name), "identity": .text(identity), "fingerprint": "7f2a-0c19-b3d4-9e55",
            "score": .number(score), "source": "network",
            "why": ["name like \"jonnas\" (one letter differs)"],
            "interests": .array(interests.map(JSON.text)), "lookAlike": .bool(lookAlike),
        ]
    }

    private let answer: JSON = [
        "results": [
            hit("Marta Kovač", score: 1, interests: ["chess", "sailing"]),
            hit(
                "Jonas Maximilian von und zu Weber-Hohenstein", score: 0.5,
                interests: ["chess", "jazz", "mountaineering", "bread"], lookAlike: true),
            hit("田中 愛子", score: 0.333, interests: ["囲碁"]),
        ], "requests": 14, "durationMs": 88.2, "partial": false,
    ]

    @Test("fits a row per person into 80 cells and says the rest below it, nothing cut")
    func table() {
        let lines = FindReport.table(answer).lines(in: Terminal())
        let why = "            name like \"jonnas\" (one letter differs)"
        let identity = "            " + Self.identity
        let name = "Jonas Maximilian von und zu           "
        #expect(
            lines == [
                "SCORE       NAME                                    FINGERPRINT          SOURCE",
                "1.00 █████  Marta Kovač                             7f2a-0c19-b3d4-9e55  network",
                identity, why + " · likes chess, sailing",
                "0.50 ██▌··  \(name)  7f2a-0c19-b3d4-9e55  network",
                "            Weber-Hohenstein",
                "  ! looks like another name here; check the fingerprint",
                identity, why + " · likes chess, jazz,", "            mountaineering, bread",
                "0.33 █▌···  田中 愛子                               7f2a-0c19-b3d4-9e55  network",
                identity, why + " · likes 囲碁",
            ])
        for line in lines {
            #expect(Terminal.width(of: line) <= 80)
        }
    }

    @Test("has every field unshortened between tabs with --plain")
    func plain() {
        #expect(
            FindReport.plain(answer)[0]
                == "1.0000\tMarta Kovač\t7f2a-0c19-b3d4-9e55\t\(Self.identity)\tnetwork\tchess,sailing"
                + "\tname like \"jonnas\" (one letter differs)")
    }

    @Test("ends with what the search took")
    func summary() {
        #expect(FindReport.summary(answer) == "3 people · 14 requests · 88 ms")
    }
}
