import KithWire
import Testing

@testable import KithOverlay

@Suite("The walk of an entry")
struct EntryWalkTests {
    private func walk(_ aim: EntryWalk.Aim, known: [Int] = []) -> EntryWalk {
        var depths = Depths()
        for depth in known { depths.insert(depth) }
        return EntryWalk(
            target: IndexTarget(kind: .interestEntry, string: "chess"), day: 1,
            expires: UnixTime(milliseconds: 1), aim: aim, known: depths)
    }

    @Test("ends at the first location that is not full")
    func deeper() {
        var walk = walk(.standing)
        for depth in 0..<2 {
            #expect(walk.depth == depth)
            #expect(walk.found(isFull: true, showsOurs: false) == .deeper)
            walk.deepen()
        }
        #expect(walk.found(isFull: false, showsOurs: false) == .place)
        #expect(walk.placed(isStored: true) == .done)
        #expect(walk.depth == 2)
        #expect(walk.isStored)
    }

    @Test("stays in a full location where the entry stands, as it remembers or is shown")
    func renewal() {
        var remembered = walk(.standing, known: [0])
        #expect(!remembered.passesFull)
        #expect(remembered.found(isFull: true, showsOurs: false) == .place)
        var shown = walk(.standing)
        #expect(shown.found(isFull: true, showsOurs: true) == .place)
    }

    @Test("goes below a full location that has no room for a renewal after all")
    func noRoom() {
        var walk = walk(.standing, known: [0])
        #expect(walk.found(isFull: true, showsOurs: false) == .place)
        #expect(walk.placed(isStored: false) == .deeper)
    }

    @Test("looks once more where too few took it and nobody had said that it is full")
    func again() {
        var walk = walk(.standing)
        _ = walk.found(isFull: false, showsOurs: false)
        #expect(walk.placed(isStored: false) == .again)
        _ = walk.found(isFull: false, showsOurs: false)
        #expect(walk.placed(isStored: false) == .done)
        #expect(!walk.isStored)
    }

    @Test("goes no deeper than the deepest shard")
    func bottom() {
        var walk = walk(.standing)
        for _ in 0..<Shard.depthMax {
            #expect(walk.found(isFull: true, showsOurs: false) == .deeper)
            walk.deepen()
        }
        #expect(walk.found(isFull: true, showsOurs: false) == .place)
        #expect(walk.placed(isStored: false) == .done)
    }

    @Test("of a tombstone goes to every depth at which the entry stands, and no other")
    func known() {
        var walk = walk(.gone(isSure: true), known: [1, 3])
        #expect(walk.depth == 1)
        #expect(walk.found(isFull: false, showsOurs: false) == .place)
        #expect(walk.placed(isStored: true) == .deeper)
        walk.deepen()
        #expect(walk.depth == 3)
        #expect(walk.found(isFull: true, showsOurs: false) == .place)
        #expect(walk.placed(isStored: true) == .done)
        #expect(walk.isStored)
    }

    @Test("of a tombstone leaves one in each full location when it does not know where")
    func unknown() {
        var walk = walk(.gone(isSure: false), known: [2])
        for _ in 0..<2 {
            #expect(walk.found(isFull: true, showsOurs: false) == .place)
            #expect(walk.placed(isStored: true) == .deeper)
            walk.deepen()
        }
        #expect(walk.found(isFull: false, showsOurs: false) == .place)
        #expect(walk.placed(isStored: true) == .done)
        #expect(walk.depth == 2)
    }
}
