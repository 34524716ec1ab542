// swift-tools-version: 6.2
import PackageDescription

/// Every target: warnings are errors, and nothing becomes public by an accidental import.
let house: [SwiftSetting] = [
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

/// A `~Escapable` reader that stores a `RawSpan` needs lifetimes to be spelled out.
let lifetimes: [SwiftSetting] = [.enableExperimentalFeature("Lifetimes")]

/// Tests are compiled without optimisation in a release build, too: that would take longer than to
/// run them.
let checks: [SwiftSetting] = [.unsafeFlags(["-Onone"])]

let package = Package(
    name: "Kith",
    products: [
        .library(name: "Kith", targets: ["Kith"]),
        .executable(name: "kith", targets: ["KithCommand"]),
        .executable(name: "kith-simulate", targets: ["Simulate"]),
        .executable(name: "kith-vectors", targets: ["Vectors"]),
        .executable(name: "kith-bench", targets: ["Bench"]),
    ],
    targets: [
        .systemLibrary(
            name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
        .systemLibrary(
            name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(
            name: "CQRencode", pkgConfig: "libqrencode", providers: [.apt(["libqrencode-dev"])]),
        .systemLibrary(
            name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
        .systemLibrary(name: "CLinux"),

        .target(name: "KithCrypto", dependencies: ["CSodium"], swiftSettings: house + lifetimes),
        .target(name: "KithWire", dependencies: ["KithCrypto"], swiftSettings: house + lifetimes),
        .target(
            name: "KithOverlay", dependencies: ["KithWire", "KithCrypto"],
            swiftSettings: house + lifetimes),
        .target(
            name: "KithSimulation", dependencies: ["KithOverlay", "KithWire", "KithCrypto"],
            swiftSettings: house + lifetimes),
        .target(
            name: "KithHost",
            dependencies: [
                "KithOverlay", "KithWire", "KithCrypto", "CSQLite", "CSystemd", "CLinux",
            ],
            swiftSettings: house + lifetimes),
        .target(
            name: "Kith", dependencies: ["KithHost", "KithOverlay", "KithWire", "KithCrypto"],
            swiftSettings: house),
        .executableTarget(
            name: "KithCommand",
            dependencies: [
                "Kith", "KithHost", "KithOverlay", "KithWire", "KithCrypto", "CQRencode",
            ],
            swiftSettings: house),

        .target(
            name: "Reporting", dependencies: ["KithSimulation"],
            path: "Tools/Programs/Reporting", swiftSettings: house),
        .executableTarget(
            name: "Simulate",
            dependencies: ["Reporting", "KithSimulation", "KithOverlay", "KithWire", "KithCrypto"],
            path: "Tools/Programs/Simulate", swiftSettings: house),
        .executableTarget(
            name: "Vectors", dependencies: ["KithWire", "KithCrypto"],
            path: "Tools/Programs/Vectors", swiftSettings: house + lifetimes),
        .target(name: "CAllocations", path: "Tools/Programs/Bench/Allocations"),
        .executableTarget(
            name: "Bench",
            dependencies: [
                "CAllocations", "Reporting", "KithSimulation", "KithHost", "KithOverlay",
                "KithWire", "KithCrypto",
            ],
            path: "Tools/Programs/Bench/Native", swiftSettings: house + lifetimes),

        .testTarget(
            name: "KithCryptoTests", dependencies: ["KithCrypto"],
            swiftSettings: house + lifetimes + checks),
        .testTarget(
            name: "KithWireTests", dependencies: ["KithWire", "KithCrypto"],
            swiftSettings: house + lifetimes + checks),
        .testTarget(
            name: "KithOverlayTests", dependencies: ["KithOverlay", "KithWire", "KithCrypto"],
            swiftSettings: house + lifetimes + checks),
        .testTarget(
            name: "KithSimulationTests",
            dependencies: ["KithSimulation", "KithOverlay", "KithWire", "KithCrypto"],
            swiftSettings: house + lifetimes + checks),
        .testTarget(
            name: "KithHostTests",
            dependencies: ["KithHost", "KithOverlay", "KithWire", "KithCrypto"],
            swiftSettings: house + lifetimes + checks),
        .testTarget(name: "KithTests", dependencies: ["Kith"], swiftSettings: house + checks),
        .testTarget(
            name: "KithCommandTests",
            dependencies: ["KithCommand", "KithHost", "KithOverlay", "KithWire", "KithCrypto"],
            swiftSettings: house + checks),
    ],
    swiftLanguageModes: [.v6]
)
