import KithOverlay
import KithWire

/// What somebody who watches a line sees of a datagram.
struct Passage {
    /// The machine that sent it.
    let sender: Int
    /// Its size.
    let bytes: Int
    /// Whether it is part of a session that is there.
    let isData: Bool
    /// When it left.
    let sent: Instant
    /// The machine that gets it, and when; nil when it is lost.
    let arrival: (receiver: Int, at: Instant)?

    /// A datagram of this form.
    init(
        sender: Int, bytes: Int, isData: Bool, sent: Instant,
        arrival: (receiver: Int, at: Instant)?
    ) {
        self.sender = sender
        self.bytes = bytes
        self.isData = isData
        self.sent = sent
        self.arrival = arrival
    }

    init(_ datagram: Agenda.Datagram, sent: Instant, arrival: (receiver: Int, at: Instant)?) {
        var isData = false
        if case .data = try? Envelope.parse(datagram.bytes.span.bytes) { isData = true }
        self.init(
            sender: datagram.sender, bytes: datagram.bytes.count, isData: isData, sent: sent,
            arrival: arrival)
    }

    /// Whether it has the form of a cell: a DATA of the greatest size.
    var isLikeCell: Bool { isData && bytes == Envelope.datagramBytes.upperBound }
}
