extension Profile {
    /// The rules that all free text has.
    static func check(
        _ field: ProfileError.Field, _ text: String, bytesMax: Int
    ) throws(ProfileError) {
        let bytes = text.utf8.count
        guard bytes > 0 else { throw .empty(field) }
        guard bytes <= bytesMax else { throw .tooLong(field, bytes: bytes, bytesMax: bytesMax) }
        for scalar in text.unicodeScalars where !Text.isAllowedInName(scalar) {
            throw .forbidden(field, scalar)
        }
        guard !Text.isPadded(text) else { throw .padded(field) }
        guard Text.isNFC(text) else { throw .notComposed(field) }
    }

    /// Interests follow the rules of text and differ after normalisation.
    static func check(interests: [String]) throws(ProfileError) {
        guard interests.count <= interestsMax else {
            throw .tooMany(.interest, count: interests.count, countMax: interestsMax)
        }
        var seen: [String] = []
        for interest in interests {
            try check(.interest, interest, bytesMax: interestBytesMax)
            let meaning = Text.trimmed(Text.normalise(interest))
            // Marks without a letter are all that normalises to nothing.
            guard !meaning.isEmpty else { throw .empty(.interest) }
            guard !seen.contains(meaning) else { throw .repeated(.interest, interest) }
            seen.append(meaning)
        }
    }

    /// Links are visible ASCII with a scheme at the front (RFC 3986 section 3.1).
    static func check(links: [String]) throws(ProfileError) {
        guard links.count <= linksMax else {
            throw .tooMany(.link, count: links.count, countMax: linksMax)
        }
        for (index, link) in links.enumerated() {
            let bytes = link.utf8.count
            guard bytes > 0 else { throw .empty(.link) }
            guard bytes <= linkBytesMax else {
                throw .tooLong(.link, bytes: bytes, bytesMax: linkBytesMax)
            }
            for scalar in link.unicodeScalars where !(0x21...0x7E).contains(scalar.value) {
                throw .forbidden(.link, scalar)
            }
            guard hasScheme(link) else { throw .linkWithoutScheme(link) }
            guard !links[..<index].contains(link) else { throw .repeated(.link, link) }
        }
    }

    /// `interests` trimmed, and of several that mean the same only the first.
    static func distinct(_ interests: [String]) -> [String] {
        var kept: [String] = []
        var seen: [String] = []
        for interest in interests.map(Text.trimmed) {
            let meaning = Text.trimmed(Text.normalise(interest))
            if !meaning.isEmpty, seen.contains(meaning) { continue }
            seen.append(meaning)
            kept.append(interest)
        }
        return kept
    }

    /// Digits of any script, circled and raised ones too; not numerals that are words, such as
    /// the first character of 三重.
    static func isDigit(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.numericType {
        case .decimal, .digit: true
        default: false
        }
    }

    private static func hasScheme(_ link: String) -> Bool {
        guard let colon = link.firstIndex(of: ":"), link.index(after: colon) < link.endIndex,
            let first = link.first, first.isLetter
        else { return false }
        return link[..<colon].allSatisfy {
            $0.isLetter || $0.isNumber || $0 == "+" || $0 == "-" || $0 == "."
        }
    }
}
