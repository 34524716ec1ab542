import CQRencode

/// A text as the dark and light squares that a camera reads (ISO/IEC 18004), for a terminal.
struct QRCode: Equatable {
    /// Light squares on each side, without which a camera does not find the code.
    static let quietSquares = 4

    /// Squares on a side, without the quiet ones.
    let side: Int
    /// Whether a square is dark, row by row.
    private let dark: [Bool]

    /// The code of a text; nil when the text is too long for one.
    ///
    /// With the least redundancy that there is: a screen gets no scratches, and the code of an
    /// identity, with its text below it, fits into 24 lines.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty,
            let code = QRcode_encodeData(Int32(bytes.count), bytes, 0, QR_ECLEVEL_L)
        else { return nil }
        defer { QRcode_free(code) }
        let side = Int(code.pointee.width)
        self.side = side
        // The other bits of a byte say what a square is for.
        dark = (0..<side * side).map { code.pointee.data[$0] & 1 == 1 }
    }

    /// Whether a square is dark; all around the code are light.
    subscript(row: Int, column: Int) -> Bool {
        guard (0..<side).contains(row), (0..<side).contains(column) else { return false }
        return dark[row * side + column]
    }

    /// The code with its quiet squares, two rows to a line.
    ///
    /// With colour both colours are said, so that dark is dark on every terminal: the first and
    /// the last of the colour cube, which themes leave alone. Without colour the light squares
    /// are the ones that are drawn: most terminals are dark, and most cameras take either.
    func lines(in terminal: Terminal) -> [String] {
        let all = -Self.quietSquares..<side + Self.quietSquares
        return stride(from: all.lowerBound, to: all.upperBound, by: 2).map { row in
            let cells = all.map { column -> Character in
                let upper = self[row, column] == terminal.colour
                let lower = self[row + 1, column] == terminal.colour
                return switch (upper, lower) {
                case (true, true): "█"
                case (true, false): "▀"
                case (false, true): "▄"
                case (false, false): " "
                }
            }
            let line = String(cells)
            return terminal.colour ? "\u{1B}[38;5;16;48;5;231m\(line)\u{1B}[0m" : line
        }
    }
}
