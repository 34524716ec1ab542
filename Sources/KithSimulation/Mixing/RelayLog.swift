import KithCrypto
import KithOverlay
import KithWire

/// What all relays saw, so that it can be asked afterwards what some of them would know.
///
/// A cell is known by its first bytes, its *mark*, which change at every relay.
struct RelayLog {
    /// A cell that a relay passed on.
    struct Sighting {
        let relay: Int
        let sender: Int
        let mark: Bytes16
        let came: Instant
        let receiver: Int
        let leftMark: Bytes16
        let left: Instant
    }

    /// A question that a relay acted on as an exit.
    struct Question {
        let exit: Int
        /// The number that the exit gives it.
        let errand: UInt32
        let location: Location
        let sender: Int
        let mark: Bytes16
        let came: Instant
        /// When the exit began to look.
        let acted: Instant
    }

    /// An answer that left an exit.
    struct Answer {
        let mark: Bytes16
        let receiver: Int
        let left: Instant
    }

    private struct Errand: Hashable {
        let exit: Int
        let number: UInt32
    }

    private var sightings: [Sighting] = []
    private var byMark: [Bytes16: Int] = [:]
    private var byLeftMark: [Bytes16: Int] = [:]
    /// Places in ``sightings``, in the order in which cells came, by where they went or came from.
    private var sentTo: [[Int]]
    private var cameFrom: [[Int]]
    private var counts: [Int]
    private var answers: [Errand: Answer] = [:]
    private var numbers: [Errand: Int] = [:]
    /// All questions, in the order in which they came.
    private(set) var questions: [Question] = []

    /// Nothing of so many machines.
    init(machines: Int) {
        sentTo = Array(repeating: [], count: machines)
        cameFrom = sentTo
        counts = Array(repeating: 0, count: machines)
    }

    mutating func add(_ sighting: Sighting) {
        let place = sightings.count
        sightings.append(sighting)
        byMark[sighting.mark] = place
        byLeftMark[sighting.leftMark] = place
        sentTo[sighting.receiver].append(place)
        cameFrom[sighting.sender].append(place)
        counts[sighting.relay] += 1
    }

    /// - Returns: the number of the question.
    mutating func add(_ question: Question) -> Int {
        let number = questions.count
        numbers[Errand(exit: question.exit, number: question.errand)] = number
        questions.append(question)
        return number
    }

    /// - Returns: the number of the question that is answered; nil when it was an echo.
    mutating func add(_ answer: Answer, to errand: UInt32, of exit: Int) -> Int? {
        let errand = Errand(exit: exit, number: errand)
        guard let number = numbers[errand] else { return nil }
        answers[errand] = answer
        return number
    }

    func number(of question: Question) -> Int? {
        numbers[Errand(exit: question.exit, number: question.errand)]
    }

    func passed(by relay: Int) -> Int { counts[relay] }

    func answer(to question: Question) -> Answer? {
        answers[Errand(exit: question.exit, number: question.errand)]
    }

    func sighting(cameAs mark: Bytes16) -> Sighting? { byMark[mark].map { sightings[$0] } }

    func sighting(leftAs mark: Bytes16) -> Sighting? { byLeftMark[mark].map { sightings[$0] } }

    /// Cells that came to some relay at most two seconds from `moment`, and went on to `receiver`.
    func sightings(sentTo receiver: Int, around moment: Instant) -> [Sighting] {
        near(moment, in: sentTo[receiver])
    }

    /// Cells that came from `sender` at most two seconds from `moment`.
    func sightings(cameFrom sender: Int, around moment: Instant) -> [Sighting] {
        near(moment, in: cameFrom[sender])
    }

    private func near(_ moment: Instant, in places: [Int]) -> [Sighting] {
        var (low, high) = (0, places.count)
        while low < high {
            let middle = (low + high) / 2
            if sightings[places[middle]].came < moment - Self.window {
                low = middle + 1
            } else {
                high = middle
            }
        }
        var found: [Sighting] = []
        for place in places[low...] {
            guard sightings[place].came <= moment + Self.window else { break }
            found.append(sightings[place])
        }
        return found
    }

    /// Twice the longest delay of a relay.
    private static let window: Duration = .seconds(2)
}
