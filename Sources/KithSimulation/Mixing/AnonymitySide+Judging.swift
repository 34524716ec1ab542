import KithOverlay

// What came of it: whom spies and who watches all lines could name.
extension AnonymitySide {
    func judge(over time: Duration) {
        let answered = queries.filter { $0.ended != nil && $0.guardian != nil }
        var (linked, named, bits, tried) = (0.0, 0.0, 0.0, 0.0)
        for (index, members) in coalitions.enumerated() {
            let coalition = Coalition(
                members, log: observer.log, delay: plan.settings.mixing.delay, links: plan.links,
                over: time)
            for query in answered where !members[query.asker] {
                tried += 1
                if let guardian = query.guardian, members[guardian],
                    query.exits.contains(where: { members[$0] })
                {
                    linked += 1
                }
                var suspicion = Suspicion(of: plan.nodes)
                for question in observer.questions(of: query) {
                    if let more = coalition.suspicion(of: question) { suspicion.combine(more) }
                }
                named += suspicion.names(query.asker)
                bits += suspicion.bits
            }
            onProgress?("judge", Double(index) / Double(coalitions.count))
        }
        guard tried > 0 else { return }
        (side.linked, side.named, side.bits) = (linked / tried, named / tried, bits / tried)
        (named, bits) = (0, 0)
        for query in answered {
            var suspicion = Suspicion(of: plan.nodes)
            for question in observer.questions(of: query) {
                for more in observer.suspicions(of: question) { suspicion.combine(more) }
            }
            named += suspicion.names(query.asker)
            bits += suspicion.bits
        }
        side.namedByAll = named / Double(answered.count)
        side.bitsOfAll = bits / Double(answered.count)
    }

    /// What those spies learn that keep the record or are asked for it.
    ///
    /// Whom they saw read it meanwhile asked, when people ask directly; else these are exits, of whom
    /// nobody asked: it was anybody else.
    func judgeKeepers(_ side: inout AnonymityFindings.Side, asksDirectly: Bool) {
        let answered = queries.filter { $0.ended != nil }
        var (named, bits, tried) = (0.0, 0.0, 0.0)
        for members in coalitions {
            for query in answered where !members[query.asker] {
                tried += 1
                var weights = Array(repeating: asksDirectly ? 0.0 : 1, count: plan.nodes)
                for read in observer.readers(of: query) where members[read.keeper] {
                    weights[read.reader] = asksDirectly ? 1 : 0
                }
                let isSeen = weights.contains { $0 > 0 }
                let suspicion = isSeen ? Suspicion(weights: weights) : Suspicion(of: plan.nodes)
                named += suspicion.names(query.asker)
                bits += suspicion.bits
            }
        }
        guard tried > 0 else { return }
        (side.namedByKeepers, side.bitsOfKeepers) = (named / tried, bits / tried)
    }
}
