import Glibc

/// What the place that output goes to can show.
struct Terminal: Sendable {
    /// Cells per line; 80 where there is no terminal.
    var columns = 80
    /// Whether escape sequences for colour may be written.
    var colour = false

    /// Colours and weights, always beside words that say the same.
    enum Style: String, Sendable {
        /// Headings and names.
        case bold = "1"
        /// What matters less.
        case dim = "2"
        /// Errors.
        case red = "31"
        /// Good things, bars.
        case green = "32"
        /// Warnings.
        case yellow = "33"
    }

    /// `text` in a style, or plain where there is no colour.
    func styled(_ text: String, _ style: Style) -> String {
        colour && !text.isEmpty ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }

    /// What file descriptor `descriptor` can show.
    ///
    /// - Parameter choice: the value of `--color`.
    static func detect(_ descriptor: Int32, colour choice: String?) -> Terminal {
        let interactive = isatty(descriptor) == 1
        var terminal = Terminal()
        if interactive {
            var size = winsize()
            if ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col >= 40 {
                terminal.columns = Int(size.ws_col)
            }
        }
        switch choice {
        case "always": terminal.colour = true
        case "never": terminal.colour = false
        default:
            let refused = Environment["NO_COLOR"] != nil || Environment["TERM"] == "dumb"
            terminal.colour = interactive && !refused
        }
        return terminal
    }

    /// Text from strangers without anything that could steer a terminal or hide letters:
    /// control and format characters become U+FFFD.
    static func safe(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate:
                scalars.append("\u{FFFD}")
            default:
                scalars.append(scalar)
            }
        }
        return String(scalars)
    }

    /// The cells a text takes in a terminal.
    static func width(of text: String) -> Int {
        text.reduce(0) { $0 + width(of: $1) }
    }

    /// The cells of one character: two for East Asian wide characters and emoji, none for a
    /// lone combining mark.
    static func width(of character: Character) -> Int {
        guard let first = character.unicodeScalars.first else { return 0 }
        switch first.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97C,
            0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
            0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1FAFF,
            0x20000...0x3FFFD:
            return 2
        default:
            if first.properties.isEmojiPresentation { return 2 }
            if first.properties.generalCategory == .nonspacingMark { return 0 }
            return character.unicodeScalars.contains("\u{FE0F}") ? 2 : 1
        }
    }

    /// `text` in exactly `cells` cells: filled with spaces, or cut with an ellipsis.
    static func fitted(_ text: String, to cells: Int) -> String {
        let width = width(of: text)
        if width <= cells { return text + String(repeating: " ", count: cells - width) }
        if cells == 0 { return "" }
        var kept = ""
        var used = 0
        for character in text {
            let next = Self.width(of: character)
            if used + next > cells - 1 { break }
            kept.append(character)
            used += next
        }
        return kept + "…" + String(repeating: " ", count: cells - 1 - used)
    }

    /// `text` broken at spaces into lines of at most `cells` cells; longer words stand alone.
    static func wrapped(_ text: String, to cells: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            let joined = line.isEmpty ? String(word) : line + " " + word
            if line.isEmpty || width(of: joined) <= cells {
                line = joined
            } else {
                lines.append(line)
                line = String(word)
            }
        }
        if !line.isEmpty { lines.append(line) }
        return lines
    }
}

/// The variables this process was started with.
enum Environment {
    /// The value of a variable, nil when it is not set.
    static subscript(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }
}
