import KithOverlay
import KithWire

/// Relays in one hand, which do their work and put together what they saw.
///
/// Two of them that stand next to each other on a path recognise the cell. Where one stands between
/// them they go by the time: what left a member for that relay, shortly before something came from
/// it, is the same cell with the probability of that delay.
struct Coalition {
    private let members: [Bool]
    private let log: RelayLog
    /// The mean delay of a relay, and the delay of a line and how far it may be off, in seconds.
    private let delay: Double
    private let line: Double
    private let spread: Double
    /// Cells in a second for which a relay is the second of their way, by the members' own count.
    private let rate: Double
    /// How likely a cell that a relay passes on is at a certain line of its way: a cell is passed on
    /// twice on its way and twice on the way back.
    private static let atOneLine = 0.25

    /// These members, with what they saw of `log`.
    init(_ members: [Bool], log: RelayLog, delay: Duration, links: Links, over time: Duration) {
        self.members = members
        self.log = log
        self.delay = delay.seconds
        line = links.latency.seconds
        spread = max(links.spread.seconds, 0.001)
        var passed = 0
        for index in members.indices where members[index] { passed += log.passed(by: index) }
        let each = Double(passed) / Double(max(1, members.count { $0 }))
        rate = Self.atOneLine * each / time.seconds
    }

    /// Whom the members take for the one who asked, from what one of them did as the exit; nil when
    /// the exit is none of them.
    func suspicion(of question: RelayLog.Question) -> Suspicion? {
        guard members[question.exit] else { return nil }
        var suspicion = Suspicion(weights: origins(of: question))
        if let answer = log.answer(to: question) {
            suspicion.combine(Suspicion(weights: receivers(of: answer)))
        }
        return suspicion
    }

    /// Who sent what came to the exit.
    private func origins(of question: RelayLog.Question) -> [Double] {
        var weights = Array(repeating: 0.0, count: members.count)
        if members[question.sender] {
            if let before = log.sighting(leftAs: question.mark), members[before.sender],
                let first = log.sighting(leftAs: before.mark)
            {
                weights[first.sender] = 1
            }
            return weights
        }
        let came = question.came.seconds
        for cell in log.sightings(sentTo: question.sender, around: question.came)
        where members[cell.relay] {
            weights[cell.sender] += likelihood(came - cell.left.seconds)
        }
        return scaled(weights)
    }

    /// Who got what left the exit as its answer.
    private func receivers(of answer: RelayLog.Answer) -> [Double] {
        var weights = Array(repeating: 0.0, count: members.count)
        if members[answer.receiver] {
            if let back = log.sighting(cameAs: answer.mark), members[back.receiver],
                let last = log.sighting(cameAs: back.leftMark)
            {
                weights[last.receiver] = 1
            }
            return weights
        }
        let left = answer.left.seconds
        for cell in log.sightings(cameFrom: answer.receiver, around: answer.left)
        where members[cell.relay] {
            weights[cell.receiver] += likelihood(cell.came.seconds - left)
        }
        return scaled(weights)
    }

    /// The density of what passes between leaving one relay and coming to the next but one: a delay,
    /// exponential, and two lines.
    private func likelihood(_ seconds: Double) -> Double {
        func share(_ x: Double) -> Double { x > 0 ? 1 - Exponential.natural(-x / delay) : 0 }
        let rest = seconds - 2 * line
        return Self.atOneLine * (share(rest + spread) - share(rest - spread)) / (2 * spread)
    }

    /// Against what is likely anyway: a cell of somebody whose guard is not one of the members.
    private func scaled(_ weights: [Double]) -> [Double] {
        let others = Double(members.count { !$0 }) / Double(members.count) * rate
        let all = weights.reduce(others, +)
        return all > 0 ? weights.map { $0 / all } : weights
    }
}

extension Instant {
    /// Seconds since the start.
    fileprivate var seconds: Double { (self - .start).seconds }
}
