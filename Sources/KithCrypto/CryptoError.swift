/// Why a cryptographic operation was refused.
///
/// Nothing here says which byte was wrong: a forger must not learn more than "no".
public enum CryptoError: Error, Equatable, Sendable {
    /// The ciphertext, its tag, its key, its nonce or the authenticated bytes do not belong
    /// together.
    case authenticationFailed
    /// A public key of low or mixed order, not on the curve, or not in canonical form: a shared
    /// secret made with it would not be secret.
    case weakKey
    /// A message or buffer is too short or too long for the operation.
    case badLength
    /// The memory that argon2id was asked to fill could not be had.
    case outOfMemory
    /// A cost or size parameter lies outside the bounds of the function.
    case parametersOutOfRange
    /// The cryptographic library accepted a point that ``Ed25519/selfTest()`` knows to be
    /// dangerous.
    case unsafeLibrary
}
