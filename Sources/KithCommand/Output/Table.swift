/// Rows under a header, fitted into the width of a terminal.
struct Table {
    /// A column.
    struct Column {
        /// The heading, in capitals.
        let title: String
        /// Cells it never goes below when space is short; nil: it is never shortened.
        var least: Int?
        /// Whether what does not fit goes on below, instead of being cut; at spaces.
        var wraps = false
        /// Whether cells stand to the right.
        var right = false
        /// How its cells are shown.
        var style: Terminal.Style?
    }

    /// Columns from left to right.
    let columns: [Column]
    /// Rows from top to bottom, one text per column.
    var rows: [[String]] = []
    /// A warning that follows a row: by its index.
    var remarks: [Int: String] = [:]
    /// What else is to be said about a row, below its second column and in full: by its index.
    var details: [Int: [String]] = [:]

    /// A table without rows.
    init(_ columns: [Column]) {
        self.columns = columns
    }

    /// The table as lines.
    func lines(in terminal: Terminal) -> [String] {
        let widths = fittedWidths(terminal.columns)
        var lines = [
            Self.trimmed(
                line(columns.map(\.title), widths) { text, _ in terminal.styled(text, .dim) })
        ]
        for (index, row) in rows.enumerated() {
            for part in Self.parts(of: row, columns, widths) {
                lines.append(
                    Self.trimmed(
                        line(part, widths) { text, column in
                            column.style.map { terminal.styled(text, $0) } ?? text
                        }))
            }
            if let remark = remarks[index] {
                lines.append("  " + terminal.styled(remark, .yellow))
            }
            let left = (widths.first ?? 0) + 2
            let indent = String(repeating: " ", count: left)
            for detail in details[index] ?? [] {
                lines += Terminal.wrapped(detail, to: max(20, terminal.columns - left))
                    .map { indent + terminal.styled($0, .dim) }
            }
        }
        return lines
    }

    /// A row, and below it what goes on of its cells that wrap.
    private static func parts(
        of row: [String], _ columns: [Column], _ widths: [Int]
    ) -> [[String]] {
        let cells = zip(zip(row, columns), widths).map { item, width in
            item.1.wraps ? Terminal.wrapped(item.0, to: width) : [item.0]
        }
        let count = cells.reduce(1) { max($0, $1.count) }
        return (0..<count).map { line in
            cells.map { line < $0.count ? $0[line] : "" }
        }
    }

    /// The rows with tabs between the fields and no header, for `--plain`.
    var plain: [String] {
        rows.map { $0.joined(separator: "\t") }
    }

    private func line(
        _ texts: [String], _ widths: [Int], _ style: (String, Column) -> String
    ) -> String {
        zip(zip(texts, columns), widths).map { item, width in
            let (text, column) = item
            let missing = width - Terminal.width(of: text)
            let placed =
                column.right && missing > 0
                ? String(repeating: " ", count: missing) + text
                : Terminal.fitted(text, to: width)
            return style(placed, column)
        }.joined(separator: "  ")
    }

    /// Natural widths, taken from the widest column that may give until the row fits.
    private func fittedWidths(_ room: Int) -> [Int] {
        var widths = columns.indices.map { column in
            rows.reduce(Terminal.width(of: columns[column].title)) {
                max($0, Terminal.width(of: $1[column]))
            }
        }
        let gaps = 2 * (columns.count - 1)
        while widths.reduce(gaps, +) > room {
            let giving = columns.indices
                .filter { widths[$0] > columns[$0].least ?? .max }
                .max { widths[$0] < widths[$1] }
            guard let giving else { break }
            widths[giving] -= 1
        }
        return widths
    }

    private static func trimmed(_ line: String) -> String {
        var line = line
        while line.last == " " { line.removeLast() }
        return line
    }
}
