import CLinux
import Glibc
public import KithCrypto

/// The kernel's random generator; the only place that asks for dice.
public enum KernelEntropy {
    /// 32 random bytes from `getrandom`, which waits until the kernel's pool is ready.
    public static func seed() -> SecretBytes {
        var seed = SecretBytes(count: 32)
        let count = seed.withMutableBytes { bytes in
            bytes.withUnsafeMutableBytes { buffer -> Int in
                guard let start = buffer.baseAddress else { return 0 }
                return retryingInterrupted { getrandom(start, buffer.count, 0) }
            }
        }
        // Up to 256 bytes come whole or not at all (getrandom(2)); Linux before 3.17 has none.
        precondition(count == 32, "getrandom: \(systemMessage(errno))")
        return seed
    }

    /// A generator seeded by the kernel.
    public static func entropy() -> Entropy {
        let seed = seed()
        return Entropy(copyingSeed: seed.bytes)
    }
}
