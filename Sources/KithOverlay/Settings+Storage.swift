extension Settings {
    /// Bounds of what a node keeps for others.
    public struct Storage: Sendable, Equatable {
        /// Bytes kept for everybody together: 64 MiB, as OpenDHT's default for a node.
        public var bytesMax = 64 << 20
        /// Bytes kept for one /24 or /48: a sixteenth of the total.
        ///
        /// Sixteen of them are needed to fill a node. Off on local networks, where everybody has
        /// one address.
        public var sourceBytesMax = 4 << 20
        /// Records at one shared location: what a reader can page through (`skip` is one byte).
        public var locationRecordsMax = 256
        /// Records at one shared location out of one /24 or /48 (DESIGN section 6).
        ///
        /// Off on local networks.
        public var locationBlockRecordsMax = 8
        /// Charged for each record besides its own bytes, for the indexes around it.
        ///
        /// Measured (release build, resident memory): 50,000 profiles of 661 bytes with their
        /// bodies take 1,254 bytes each, 20,000 name entries of 198 bytes 653 each, so a full
        /// store takes no more memory than ``bytesMax``.
        public var bookkeepingBytes = 640
        /// Life of the secret behind STORE tokens; the one before is accepted too, so a token
        /// is good for 300…600 s (BEP 5 changes it every 5 min and accepts 10).
        public var tokenSecretLife: Duration = .seconds(300)

        /// The defaults.
        public init() {}
    }
}
