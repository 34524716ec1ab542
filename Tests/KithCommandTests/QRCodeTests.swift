import Testing

@testable import KithCommand

@Suite("A QR code")
struct QRCodeTests {
    private let uri = "kith:kith1pg2vmlup4zkpsqdywejorkmlu6ib7bj242k35v7a4oiqxlieszsb4wg7yu"

    /// The squares that lines show, light ones as false; what is drawn is dark or light.
    private func squares(_ lines: [String], drawnIsDark: Bool) -> [[Bool]] {
        lines.flatMap { line -> [[Bool]] in
            let cells = line.map { cell -> (Bool, Bool) in
                switch cell {
                case "█": (true, true)
                case "▀": (true, false)
                case "▄": (false, true)
                default: (false, false)
                }
            }
            return [cells.map { $0.0 == drawnIsDark }, cells.map { $0.1 == drawnIsDark }]
        }
    }

    @Test("of an identity fits into 24 lines with its text, and into 80 columns with any name")
    func size() throws {
        let code = try #require(QRCode(uri))
        let lines = code.lines(in: Terminal())
        #expect(lines.count <= 22)
        #expect(lines.allSatisfy { Terminal.width(of: $0) == code.side + 8 })
        let longest = uri + "?name=" + String(repeating: "%C3%A9", count: 32)
        let wide = try #require(QRCode(longest))
        #expect(wide.side + 8 <= 80)
    }

    @Test("has four light squares on each side, and finder patterns in three corners")
    func form() throws {
        let code = try #require(QRCode(uri))
        let rows = squares(code.lines(in: Terminal()), drawnIsDark: false)
        let side = code.side
        for row in rows.indices {
            for column in rows[row].indices {
                let isInside =
                    (4..<4 + side).contains(row) && (4..<4 + side).contains(column)
                if !isInside { #expect(!rows[row][column], "row \(row), column \(column)") }
            }
        }
        let finder = [
            "1111111", "1000001", "1011101", "1011101", "1011101", "1000001", "1111111",
        ].map { $0.map { $0 == "1" } }
        for (top, left) in [(4, 4), (4, 4 + side - 7), (4 + side - 7, 4)] {
            let pattern = (0..<7).map { Array(rows[top + $0][left..<left + 7]) }
            #expect(pattern == finder)
        }
    }

    @Test("says both colours where colour is allowed, and then draws the dark squares")
    func colours() throws {
        let code = try #require(QRCode(uri))
        let head = "\u{1B}[38;5;16;48;5;231m"
        let lines = code.lines(in: Terminal(columns: 80, colour: true))
        #expect(lines.allSatisfy { $0.hasPrefix(head) && $0.hasSuffix("\u{1B}[0m") })
        let drawn = lines.map { String($0.dropFirst(head.count).dropLast(4)) }
        #expect(
            squares(drawn, drawnIsDark: true)
                == squares(code.lines(in: Terminal()), drawnIsDark: false))
    }

    @Test("is not made of nothing or of too much")
    func bounds() {
        #expect(QRCode("") == nil)
        #expect(QRCode(String(repeating: "x", count: 3_000)) == nil)
    }
}
