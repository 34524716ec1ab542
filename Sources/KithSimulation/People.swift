import KithCrypto
public import KithWire

/// Invents people: names of syllables, interests out of a list.
struct People {
    private static let starts = [
        "ba", "bri", "da", "el", "fa", "gre", "ha", "i", "jo", "ka", "le", "ma", "ni", "o", "pe",
        "ro", "sa", "ti", "u", "vi", "wa", "xe", "ya", "ze",
    ]
    private static let middles = [
        "la", "men", "ri", "no", "lis", "ta", "mo", "nel", "ra", "vin", "so", "ke",
    ]
    private static let ends = [
        "nas", "ne", "rik", "bert", "lia", "mar", "son", "dis", "tha", "wen", "ko", "ler",
    ]
    private static let interests = [
        "chess", "sailing", "bread", "astronomy", "climbing", "choir", "go", "pottery", "birds",
        "cycling", "radio", "gardening", "film", "jazz", "juggling", "knitting", "maps", "mosses",
        "origami", "painting", "poetry", "rowing", "running", "sewing", "skating", "stamps",
        "swimming", "tango", "tea", "theatre", "trains", "typography", "violin", "walking",
        "weaving", "woodwork", "yoga", "beekeeping", "bouldering", "calligraphy", "cooking",
        "drawing", "fencing", "folklore", "genealogy", "geology", "hiking", "history",
    ]
    /// Interests of each person.
    private static let interestsEach = 4

    /// Somebody.
    static func invent(_ entropy: inout Entropy, activeHour: UInt32) -> Profile {
        var interests: [String] = []
        while interests.count < interestsEach {
            let one = pick(Self.interests, &entropy)
            if !interests.contains(one) { interests.append(one) }
        }
        let name = word(&entropy) + " " + word(&entropy)
        do {
            return try Profile(name: name, interests: interests, activeHour: activeHour)
        } catch {
            preconditionFailure("an invented person is refused: \(name), \(error)")
        }
    }

    /// The name with one letter of its first word left out, as somebody in a hurry types it.
    static func misspelt(_ name: String) -> String {
        let word = name.split(separator: " ").first.map(Array.init) ?? []
        return String(word.dropLast(2) + word.suffix(1))
    }

    private static func word(_ entropy: inout Entropy) -> String {
        let word = pick(starts, &entropy) + pick(middles, &entropy) + pick(ends, &entropy)
        return word.prefix(1).uppercased() + word.dropFirst()
    }

    private static func pick(_ list: [String], _ entropy: inout Entropy) -> String {
        list[Int(entropy.below(UInt64(list.count)))]
    }
}

extension Profile {
    /// The same person, who has something to say.
    var renewed: Profile {
        do {
            return try Profile(
                name: name, interests: interests, bio: "the second version",
                activeHour: activeHour)
        } catch {
            preconditionFailure("a renewed profile is refused: \(name), \(error)")
        }
    }
}

extension World {
    /// A person with a name and four interests, out of the world's seed.
    public func inventPerson() -> Profile {
        People.invent(&entropy, activeHour: World.noon.hour)
    }
}
