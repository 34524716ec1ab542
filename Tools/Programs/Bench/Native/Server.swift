import CAllocations
import Glibc
import KithCrypto
import KithHost
import KithOverlay
import KithWire

/// What is measured: one real node in a process of its own, on loopback.
///
/// Run as `kith-bench serve [RECORD]`, where RECORD is a node to join through. It writes its own
/// record once it takes part, then answers each line that it reads with a line of numbers, and
/// ends with its input:
///
/// ```
/// usage          see ``ServerProcess/Usage``
/// allocations    how often the node's thread asked for heap memory
/// multiply N     nanoseconds of processor for N multiplications on Curve25519
/// ```
struct Server {
    private let host: NodeHost

    /// Runs a node until the input ends.
    static func run(_ words: some Sequence<String>) async throws(Failure) {
        let temporary = try TemporaryHome()
        defer { temporary.remove() }
        let server = try await Server(in: temporary.home, seed: words.first { _ in true })
        while let line = readLine() { server.say(try await server.answer(to: line)) }
        server.host.stop()
        server.host.join()
    }

    private init(in home: Home, seed: String?) async throws(Failure) {
        var options = NodeHost.Options(
            network: .local, listen: [Address(v4: 0x7F00_0001, port: 0)])
        options.settings = .withoutRates
        options.takesSignals = true
        do {
            if let seed { options.seeds = [try NodeRecord(text: seed)] }
            _ = try home.initialise(network: .local)
            host = try NodeHost.start(home: home, options: options)
        } catch let error as HostError {
            throw Failure(error)
        } catch {
            throw Failure("\(error)", hint: "give the record of a node")
        }
        // A node relays once it has a neighbour.
        for _ in 0..<1_000 {
            guard let snapshot = await host.snapshot() else { break }
            if seed == nil || snapshot.status.phase == .joined {
                say(snapshot.status.node.text)
                return
            }
            poll(nil, 0, 10)
        }
        throw Failure("the node found nobody", hint: "try again on a machine that is less busy")
    }

    private func say(_ line: String) {
        print(line)
        fflush(nil)
    }

    private func answer(to line: String) async throws(Failure) -> String {
        let words = line.split(separator: " ")
        switch words.first {
        case "usage":
            guard let counters = await host.snapshot()?.counters else { break }
            let usage = ServerProcess.Usage(
                processor: ProcessorTime.processNanoseconds,
                kernel: ProcessorTime.kernelNanoseconds, taken: counters.cellsTaken,
                passedOn: counters.cellsPassedOn, lost: counters.cellsLost,
                refused: counters.refusedCells)
            return usage.line
        case "allocations":
            return "\(await allocations())"
        case "multiply":
            guard words.count == 2, let count = Int(words[1]) else { break }
            return "\(try multiply(count))"
        default:
            break
        }
        throw Failure("\"\(line)\" cannot be answered", hint: "see Tools/bench --help")
    }

    /// How often the node's thread asked for heap memory so far.
    private func allocations() async -> UInt64 {
        await withCheckedContinuation { continuation in
            host.withStore { _ in continuation.resume(returning: kith_thread_allocations()) }
        }
    }

    /// Multiplies points of Curve25519, each product by the same secret, as relays do.
    ///
    /// - Returns: nanoseconds of processor.
    private func multiply(_ count: Int) throws(Failure) -> UInt64 {
        var entropy = KernelEntropy.entropy()
        let secret = X25519.SecretKey.generate(from: &entropy)
        var point = X25519.SecretKey.generate(from: &entropy).publicKey
        let began = ProcessorTime.threadNanoseconds
        do {
            for _ in 0..<count {
                let product = try secret.agree(with: point)
                point = X25519.PublicKey(Bytes32(copying: product.bytes))
            }
        } catch {
            throw Failure("a product was zero", hint: "try again")
        }
        return ProcessorTime.threadNanoseconds - began
    }
}

extension Settings {
    /// Those of a node that does for anybody whatever it can.
    ///
    /// How much a node lets in is one thing, how much it could do another, which is measured.
    fileprivate static var withoutRates: Settings {
        var settings = Settings(for: .local)
        settings.mixing.cellsPerSecond = 1_000_000
        settings.mixing.cellBurst = 1_000_000
        settings.mixing.waitingMax = 4_096
        settings.mixing.tagsMax = 1 << 22
        settings.mixing.loadMax = 100
        settings.sessions.rekeyPackets = .max
        return settings
    }
}
