import KithWire

/// A profile from the bytes that a store or a record keeps of it.
func decodeProfile(_ bytes: [UInt8]) throws(ProfileError) -> KithWire.Profile {
    try KithWire.Profile.decode(bytes.span.bytes)
}
