import KithWire
import Testing

@testable import KithOverlay

private func address(_ block: UInt32, port: UInt16 = 5_484) -> Address {
    Address(v4: 0x0800_0000 | block << 8 | 1, port: port)
}

private func instant(_ seconds: Int) -> Instant { .start + .seconds(seconds) }

@Suite("Votes on one's own address")
struct AddressVotesTests {
    private let network = Network(
        name: "votes", proofBits: 0, proofMemoryBytes: 8_192, replication: 3, isLocal: false)
    private let own = Address(v4: 0x5000_0001, port: 5_484)
    private let other = Address(v4: 0x5000_0002, port: 5_484)
    private let sixth = Address(v6: 0x2001_0db8_0000_0000, low: 1, port: 5_484)

    @Test("three blocks that agree decide, and one block never does, however often it votes")
    func oneBlock() {
        var votes = AddressVotes(network: network)
        for time in 0..<100 { votes.add(own, from: address(1), at: instant(time)) }
        #expect(votes.winner(.v4, at: instant(100)) == nil)
        votes.add(own, from: address(2), at: instant(100))
        votes.add(own, from: address(3), at: instant(100))
        #expect(votes.winner(.v4, at: instant(100)) == own)
        for time in 0..<100 { votes.add(other, from: address(4), at: instant(100 + time)) }
        #expect(votes.winner(.v4, at: instant(200)) == own)
    }

    @Test("another address wins only when more blocks see it than see the old one")
    func change() {
        var votes = AddressVotes(network: network)
        for block in 0..<6 { votes.add(own, from: address(UInt32(block)), at: instant(0)) }
        for block in 6..<12 { votes.add(other, from: address(UInt32(block)), at: instant(1)) }
        #expect(votes.winner(.v4, at: instant(1)) == own)
        votes.add(other, from: address(0), at: instant(2))
        #expect(votes.winner(.v4, at: instant(2)) == other)
    }

    @Test("a vote is forgotten after an hour")
    func expiry() {
        var votes = AddressVotes(network: network)
        for block in 0..<3 { votes.add(own, from: address(UInt32(block)), at: instant(0)) }
        #expect(votes.winner(.v4, at: instant(3_599)) == own)
        #expect(votes.winner(.v4, at: instant(3_600)) == nil)
    }

    @Test("votes of one family never touch the other")
    func families() {
        var votes = AddressVotes(network: network)
        for block in 0..<3 { votes.add(own, from: address(UInt32(block)), at: instant(0)) }
        for block: UInt64 in 0..<16 {
            let voter = Address(v6: 0x2001_0000_0000_0000 | block << 16, low: 1, port: 1)
            votes.add(sixth, from: voter, at: instant(0))
            // Seen over IPv6 at an IPv4 address: nonsense, and no vote.
            votes.add(other, from: voter, at: instant(0))
        }
        #expect(votes.winner(.v4, at: instant(0)) == own)
        #expect(votes.winner(.v6, at: instant(0)) == sixth)
    }

    @Test("a host seen with another port by everybody is behind a NAT that changes ports")
    func ports() {
        var votes = AddressVotes(network: network)
        for block in 0..<3 {
            let seen = own.with(port: UInt16(1_000 + block))
            votes.add(seen, from: address(UInt32(block)), at: instant(0))
        }
        #expect(!votes.changesPorts(.v4, at: instant(0)))
        votes.add(own.with(port: 2_000), from: address(3), at: instant(0))
        #expect(votes.changesPorts(.v4, at: instant(0)))
        #expect(votes.winner(.v4, at: instant(0)) == nil)
    }
}

@Suite("Whether strangers reach a node")
struct ReachabilityStateTests {
    private let settings = Settings.Reachability()

    private func fresh() -> Reachability {
        Reachability(policy: .automatic, addressSince: .start, settings: settings)
    }

    /// A reachability that was proved at 900 s.
    private func proved() -> Reachability {
        var reach = fresh()
        for block in 0..<2 {
            reach.heard(from: address(UInt32(block)).block, isStranger: true, at: instant(700))
        }
        _ = reach.step(at: instant(900))
        return reach
    }

    @Test("two strange blocks prove it, one does not, and nobody who was written to")
    func evidence() {
        var reach = fresh()
        for _ in 0..<5 {
            reach.heard(from: address(1).block, isStranger: true, at: instant(800))
        }
        for block in 2..<9 {
            reach.heard(from: address(UInt32(block)).block, isStranger: false, at: instant(800))
        }
        #expect(reach.step(at: instant(900)) != .promoted)
        #expect(reach.role == .client)
        reach.heard(from: address(9).block, isStranger: true, at: instant(901))
        #expect(reach.step(at: instant(902)) == .promoted)
        #expect(reach.role == .full)
    }

    @Test("proof counts for ten minutes, and only once the address has held for fifteen")
    func times() {
        var reach = fresh()
        reach.heard(from: address(1).block, isStranger: true, at: instant(200))
        reach.heard(from: address(2).block, isStranger: true, at: instant(700))
        #expect(reach.step(at: instant(899)) != .promoted)
        #expect(reach.step(at: instant(900)) != .promoted)
        reach.heard(from: address(3).block, isStranger: true, at: instant(901))
        #expect(reach.step(at: instant(901)) == .promoted)
    }

    @Test("another address voids the proof")
    func addressChange() {
        var reach = proved()
        #expect(reach.role == .full)
        let isDemoted = reach.addressChanged(isElsewhere: true, at: instant(1_000))
        #expect(isDemoted)
        #expect(reach.role == .client)
        #expect(reach.step(at: instant(1_001)) == .wait)
    }

    @Test("three probes in vain end it, two do not, and one that arrives begins the count anew")
    func demotion() {
        var reach = proved()
        var now = 900 + 3_600
        func fail() -> Reachability.Step {
            #expect(reach.step(at: instant(now)) == .ask)
            reach.promised(askedAt: instant(now))
            let step = reach.step(at: instant(now + 10))
            now += 300
            return step
        }
        #expect(fail() == .wait)
        #expect(fail() == .wait)
        reach.heard(from: address(7).block, isStranger: true, at: instant(now))
        now += 3_600
        #expect(reach.step(at: instant(now)) == .ask)
        reach.promised(askedAt: instant(now))
        reach.heard(from: address(8).block, isStranger: true, at: instant(now + 1))
        #expect(reach.step(at: instant(now + 1)) == .wait)
        now += 3_601
        #expect(fail() == .wait)
        #expect(fail() == .wait)
        #expect(fail() == .demoted)
        #expect(reach.role == .client)
    }

    @Test("a probe that only a node arrives from that was written to counts neither way")
    func inconclusive() {
        var reach = fresh()
        for round in 0..<20 {
            let now = 600 + round * 60
            #expect(reach.step(at: instant(now)) == .ask)
            reach.promised(askedAt: instant(now))
            reach.heard(from: address(1).block, isStranger: false, at: instant(now + 1))
            #expect(reach.step(at: instant(now + 10)) == .wait)
        }
        #expect(reach.state == .seeking(failures: 0))
    }

    @Test("eight probes in vain are followed by a rest, which doubles up to six hours")
    func rest() {
        var reach = fresh()
        var rests: [Int] = []
        var restingSince: Int?
        for now in 0..<(100 * 3_600) {
            if reach.step(at: instant(now)) == .ask { reach.promised(askedAt: instant(now)) }
            if case .resting = reach.state {
                restingSince = restingSince ?? now
            } else if let since = restingSince {
                rests.append((now - since) / 3_600)
                restingSince = nil
            }
        }
        #expect(rests.prefix(5) == [1, 2, 4, 6, 6])
    }

    @Test("who was told what to say never asks and never changes")
    func told() {
        for policy in [RolePolicy.full, .client] {
            var reach = Reachability(policy: policy, addressSince: .start, settings: settings)
            let role = reach.role
            for block in 0..<5 {
                reach.heard(from: address(UInt32(block)).block, isStranger: true, at: instant(900))
            }
            #expect(reach.step(at: instant(1_000)) == .wait)
            let isDemoted = reach.addressChanged(isElsewhere: true, at: instant(1_001))
            #expect(!isDemoted)
            #expect(reach.role == role)
        }
    }
}
