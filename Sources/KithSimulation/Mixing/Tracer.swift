import KithOverlay

/// Who watches every line at once, and follows cells through the relays as far as chance lets him.
///
/// He sees when a datagram of a cell's size leaves and arrives, and knows everybody's guard, how often
/// everybody sends cells of their own, when an exit acts on a question and when it answers. A cell
/// that leaves a relay is one of those that came, with the probability of that delay, or one of its
/// own; so each cell on its way carries for each person the probability that it began with them.
/// Who made it and how far it is are followed for each cell by itself, as if cells were
/// independent: an estimate of what the whole would tell, which Danezis and Troncoso sample ("Vida",
/// PETS 2009).
struct Tracer {
    /// What may be known of a cell on a line or in a relay: how likely it is at each stage of its
    /// way.
    fileprivate struct Trace {
        let arrives: Instant
        /// Who sent it over this line: whoever made it, if it is at its first one.
        let sender: Int
        /// How likely it is on its first line.
        var first = 0.0
        /// How likely it is on its second line, and began with each.
        var second: [Double]
        /// How likely it is on its third line, and began with each.
        var third: [Double]
        /// How likely it is on the first, second and third line of the way back.
        var back = (first: 0.0, second: 0.0, third: 0.0)
        /// How likely it is this answer, at this line of the way back.
        var answers: [(answer: Int, line: Int, share: Double)] = []
        /// How likely it has not left yet.
        var remains = 1.0
    }

    private let people: Int
    /// The mean delay in a relay, in seconds.
    private let delay: Double
    /// The longest that is looked back.
    private let memory: Duration
    /// The share of cells that end at an exit and ask for nothing.
    private let echoes: Double
    /// Of each machine the one that its own cells go by.
    var guards: [Int?]
    /// Cells that came to a machine, the oldest first, and those on their way to it.
    private var held: [[Trace]]
    private var coming: [[Trace]]
    /// Answers that are about to leave an exit: for whom.
    private var leaving: [[(receiver: Int, answer: Int?)]]
    /// Who an answer that was followed may have got to.
    private(set) var receivers: [Int: [Double]] = [:]

    /// Nothing was seen yet.
    ///
    /// - Parameters:
    ///   - people: machines, of which anybody may ask.
    ///   - echoes: share of the cells that end at an exit and ask for nothing.
    init(people: Int, delay: Duration, delayCap: Duration, echoes: Double) {
        self.people = people
        guards = Array(repeating: nil, count: people)
        self.delay = delay.seconds
        memory = delayCap + .milliseconds(1)
        self.echoes = echoes
        held = Array(repeating: [], count: people)
        coming = held
        leaving = Array(repeating: [], count: people)
    }

    /// A cell left a machine.
    ///
    /// - Parameter ownRate: cells of its own that the sender makes in a second.
    mutating func saw(_ cell: Passage, ownRate: Double) {
        guard let (next, arrives) = cell.arrival else { return }
        let place = cell.sender
        settle(place, at: cell.sent)
        var trace = Trace(arrives: arrives, sender: place, second: zeros, third: zeros)
        if let index = leaving[place].firstIndex(where: { $0.receiver == next }) {
            let answer = leaving[place].remove(at: index).answer
            trace.back.first = 1
            if let answer { trace.answers = [(answer, 1, 1)] }
            coming[next].append(trace)
            return
        }
        // Only the last line before the asker goes from their guard to them.
        let endsBack = guards[next] == place
        let own = guards[place] == next ? ownRate : 0
        let weights = held[place].map { $0.weights(at: cell.sent, delay, endsBack, echoes) }
        let all = weights.reduce(own) { $0 + $1.passing + $1.echo }
        guard all > 0 else { return }
        trace.first = own / all
        for (index, weight) in weights.enumerated() {
            let came = held[place][index]
            let scale = weight.rate / all
            trace.second[came.sender] += scale * came.first
            for person in 0..<people where came.second[person] > 0 {
                trace.third[person] += scale * came.second[person]
            }
            trace.back.first += weight.echo / all
            trace.back.second += scale * came.back.first
            if endsBack { trace.back.third += scale * came.back.second }
            for (answer, line, share) in came.answers where line == 1 || line == 2 && endsBack {
                trace.answers.append((answer, line + 1, scale * share))
            }
            held[place][index].remains *= 1 - (weight.passing + weight.echo) / all
        }
        trace.answers.removeAll { $0.share < 1e-6 }
        coming[next].append(trace)
    }

    /// An exit begins to act on a question.
    ///
    /// - Returns: how likely each person is the one who asked.
    mutating func acted(_ exit: Int, at now: Instant) -> [Double] {
        settle(exit, at: now)
        var origins = zeros
        var all = 0.0
        let rates = held[exit].map { $0.rate(at: now, delay) }
        for (index, rate) in rates.enumerated() {
            for person in 0..<people {
                origins[person] += rate * held[exit][index].third[person]
                all += rate * held[exit][index].third[person]
            }
        }
        guard all > 0 else { return origins }
        for (index, rate) in rates.enumerated() {
            let share = rate * held[exit][index].third.reduce(0, +) / all
            held[exit][index].remains *= 1 - share
        }
        return origins.map { $0 / all }
    }

    /// An exit sends an answer: the next cell to `receiver` is it.
    ///
    /// - Parameter answer: a number under which it is followed; nil when nobody asks for it.
    mutating func answered(_ exit: Int, to receiver: Int, as answer: Int?) {
        leaving[exit].append((receiver, answer))
    }

    private var zeros: [Double] { Array(repeating: 0, count: people) }

    /// Takes in what came to a machine, and forgets what must have left.
    private mutating func settle(_ place: Int, at now: Instant) {
        held[place].removeAll { now - $0.arrives > memory || $0.remains < 1e-4 }
        coming[place].removeAll { trace in
            guard trace.arrives <= now else { return false }
            for (answer, line, share) in trace.answers where line == 3 {
                receivers[answer, default: Array(repeating: 0, count: people)][place] += share
            }
            held[place].append(trace)
            return true
        }
    }

    /// Takes in what is still on its way, after the end.
    mutating func end(at now: Instant) {
        for place in 0..<people { settle(place, at: now) }
    }
}

extension Tracer.Trace {
    /// How often cells like this leave in a second, if it is one that does (an exponential delay).
    fileprivate func rate(at now: Instant, _ delay: Double) -> Double {
        remains * Exponential.natural(-(now - arrives).seconds / delay) / delay
    }

    /// The rate, that of passing on and that of being an echo that is answered.
    fileprivate func weights(
        at now: Instant, _ delay: Double, _ endsBack: Bool, _ echoes: Double
    ) -> (rate: Double, passing: Double, echo: Double) {
        let rate = rate(at: now, delay)
        let passing =
            first + second.reduce(0, +) + back.first + (endsBack ? back.second : 0)
        return (rate, rate * passing, rate * echoes * third.reduce(0, +))
    }
}
