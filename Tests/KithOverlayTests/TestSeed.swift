import Foundation

/// The seed of a random test: from the environment (`KITH_SEED`) or the one written in the test.
///
/// Printed, so that a failing run can be repeated.
func testSeed(default seed: UInt64, _ name: String = #function) -> UInt64 {
    let given = ProcessInfo.processInfo.environment["KITH_SEED"].flatMap { UInt64($0) }
    print("\(name): KITH_SEED=\(given ?? seed)")
    return given ?? seed
}
