import Foundation

/// The seed of a random test: the one it names, or `KITH_SEED` to replay another; printed.
func testSeed(_ name: String, usual seed: UInt64) -> UInt64 {
    let given = ProcessInfo.processInfo.environment["KITH_SEED"].flatMap { UInt64($0) }
    print("\(name): KITH_SEED=\(given ?? seed)")
    return given ?? seed
}
