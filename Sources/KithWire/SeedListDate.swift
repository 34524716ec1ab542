/// A day of the calendar (UTC), as a seed list writes it: `2027-02-01`.
public struct SeedListDate: Sendable, Hashable, Comparable {
    /// Days since 1970-01-01.
    public let day: UInt32

    /// The last day that four digits of year can write, 9999-12-31.
    public static let last = SeedListDate(uncheckedDay: 2_932_896)

    /// The day `day` days after 1970-01-01, at most ``last``.
    public init(day: UInt32) {
        self.init(uncheckedDay: min(day, SeedListDate.last.day))
    }

    /// The day that `text` writes: ten characters, and the day must exist.
    public init?(_ text: Substring) {
        let digits = Array(text.utf8)
        let hyphen = UInt8(ascii: "-")
        guard digits.count == 10, digits[4] == hyphen, digits[7] == hyphen,
            let year = Self.number(digits[0..<4]), let month = Self.number(digits[5..<7]),
            let dayOfMonth = Self.number(digits[8..<10]),
            year >= 1970, (1...12).contains(month), dayOfMonth >= 1
        else { return nil }
        let day = Self.day(year: year, month: month, dayOfMonth: dayOfMonth)
        self.init(uncheckedDay: UInt32(day))
        // A day that does not exist, such as 2027-02-30, comes back as another one.
        guard description == text else { return nil }
    }

    private init(uncheckedDay day: UInt32) {
        self.day = day
    }

    /// The first moment of the day.
    public var start: UnixTime { UnixTime(milliseconds: UInt64(day) * 86_400_000) }

    /// Whether `left` is earlier.
    public static func < (left: SeedListDate, right: SeedListDate) -> Bool {
        left.day < right.day
    }

    /// Days since 1970-01-01 of a date in the Gregorian calendar.
    ///
    /// Counts from 0000-03-01, so that the leap day is the last of its year (Hinnant,
    /// "chrono-compatible low-level date algorithms", 2013).
    private static func day(year: Int, month: Int, dayOfMonth: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = year / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + dayOfMonth - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        var number = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            number = number * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return number
    }
}

extension SeedListDate: CustomStringConvertible {
    /// The day as year, month and day.
    public var description: String {
        let shifted = Int(day) + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let dayOfMonth = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return "\(Self.padded(year, to: 4))-\(Self.padded(month, to: 2))"
            + "-\(Self.padded(dayOfMonth, to: 2))"
    }

    private static func padded(_ number: Int, to width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
