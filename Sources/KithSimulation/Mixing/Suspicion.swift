import KithOverlay

/// Whom an observer takes for the one who asked: for each person how likely it is that it was they.
struct Suspicion {
    private(set) var shares: [Double]

    /// Anybody of so many people, one like the other.
    init(of people: Int) {
        shares = Array(repeating: 1 / Double(people), count: people)
    }

    /// Somebody, as likely as `weights` say, or anybody with what is left of 1.
    ///
    /// Weights that are more than 1 together are scaled down.
    init(weights: [Double]) {
        let sum = max(1, weights.reduce(0, +))
        let rest = max(0, 1 - weights.reduce(0, +) / sum)
        shares = weights.map { $0 / sum + rest / Double(weights.count) }
    }

    /// Takes what was learned elsewhere, independently of it (Bayes, with equal priors).
    mutating func combine(_ other: Suspicion) {
        var sum = 0.0
        for index in shares.indices {
            shares[index] *= other.shares[index]
            sum += shares[index]
        }
        guard sum > 0 else {
            self = Suspicion(of: shares.count)
            return
        }
        for index in shares.indices { shares[index] /= sum }
    }

    /// The entropy of the anonymity set, in bits (Serjantov and Danezis, PET 2002): 2 to its power
    /// people who are all as likely would be as hard to tell apart.
    var bits: Double {
        -shares.reduce(0) { $1 > 0 ? $0 + $1 * Logarithm.natural($1) : $0 } / Logarithm.natural(2)
    }

    /// The probability that naming one of the most likely is right, when `person` is it.
    func names(_ person: Int) -> Double {
        let most = shares.max() ?? 0
        guard shares[person] >= most * (1 - 1e-9) else { return 0 }
        return 1 / Double(shares.count { $0 >= most * (1 - 1e-9) })
    }
}
