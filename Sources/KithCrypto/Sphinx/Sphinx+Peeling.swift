import CSodium

extension Sphinx {
    /// What the layer of a relay said.
    public enum Peeled: Sendable {
        /// The packet goes on as it now is.
        case onward(Instruction)
        /// This was the last relay; the body is checked with ``Sphinx/isUntouched(_:)``.
        case last(LastInstruction)
    }

    /// The bytes of an instruction; the first is ``onward``.
    public typealias Instruction = [53 of UInt8]
    /// The bytes of the last instruction; the first is ``last``.
    public typealias LastInstruction = [6 of UInt8]

    /// Where a relay opens packets: memory that is allocated once and wiped after each.
    ///
    /// ``open(_:with:)`` reads the header; its tag says whether the packet was seen before. Then
    /// ``peel(_:)`` takes the layer off, or ``wipe()`` forgets about it. Nothing is allocated.
    public struct Workbench: ~Copyable {
        private static let streamOffset = HopKeys.count
        private static let rootOffset = streamOffset + Sphinx.routeBytes + Sphinx.blockBytes
        private static let pointOffset = rootOffset + 32
        private static let count = pointOffset + 32

        private let memory: SecretBytes

        /// An empty one.
        public init() {
            memory = SecretBytes(count: Self.count)
        }

        /// Forgets the packet that was opened last.
        public mutating func wipe() {
            sodium_memzero(memory.base, Self.count)
        }

        /// Reads the header of a packet, ``Sphinx/packetBytes`` bytes; one agreement.
        ///
        /// - Returns: the tag by which the packet is recognised when it comes again.
        /// - Throws: ``CryptoError/authenticationFailed`` when the header was not made for the
        ///   owner of `key`, ``CryptoError/weakKey`` when α has low order.
        public mutating func open(
            _ packet: RawSpan, with key: borrowing X25519.SecretKey
        ) throws(CryptoError) -> Bytes16 {
            precondition(packet.byteCount == packetBytes, "a packet of \(packet.byteCount) bytes")
            let root = memory.base + Self.rootOffset
            let route = packet.extracting(routeOffset..<codeOffset)
            let code = Bytes16(copying: packet.extracting(codeOffset..<headerBytes))
            let point = packet.extracting(first: pointBytes)
            try key.agree(with: X25519.PublicKey(Bytes32(copying: point)), into: root)
            deriveRoot(root, shared: root, point: point)
            let keys = HopKeys(root: root, in: memory.base)
            guard keys.code(over: route).matches(code) else { throw .authenticationFailed }
            return keys.tag
        }

        /// Takes the layer off the packet that was opened last, in place: afterwards it is what the
        /// next relay gets, or, for the last, its body is text with zeros in front.
        ///
        /// One blinding.
        ///
        /// - Throws: ``CryptoError/authenticationFailed`` when its maker wrote nonsense,
        ///   ``CryptoError/weakKey`` when α leads nowhere; the packet is as it was then.
        @_lifetime(packet: copy packet)
        public mutating func peel(
            _ packet: inout MutableRawSpan
        ) throws(CryptoError) -> Peeled {
            precondition(packet.byteCount == packetBytes, "a packet of \(packet.byteCount) bytes")
            defer { wipe() }
            return try packet.withUnsafeMutableBytes { packet throws(CryptoError) in
                guard let base = packet.baseAddress else { throw .badLength }
                return try peel(base)
            }
        }

        private mutating func peel(
            _ packet: UnsafeMutableRawPointer
        ) throws(CryptoError) -> Peeled {
            let keys = HopKeys(in: memory.base)
            let stream = memory.base + Self.streamOffset
            stream.copyMemory(from: packet + routeOffset, byteCount: routeBytes)
            (stream + routeBytes).initializeMemory(as: UInt8.self, repeating: 0, count: blockBytes)
            StreamCipher.apply(keys.route, to: stream, count: routeBytes + blockBytes)
            let body = packet + headerBytes
            switch stream.load(as: UInt8.self) {
            case Sphinx.last:
                WideBlock.decrypt(body, count: bodyBytes, key: keys.body)
                return .last(stream.load(as: LastInstruction.self))
            case Sphinx.onward:
                break
            default:
                throw .authenticationFailed
            }
            let next = memory.base + Self.pointOffset
            try X25519.agree(
                keys.blinding, with: X25519.PublicKey(Bytes32(reading: packet)), into: next)
            WideBlock.decrypt(body, count: bodyBytes, key: keys.body)
            let instruction = stream.load(as: Instruction.self)
            packet.copyMemory(from: next, byteCount: pointBytes)
            (packet + routeOffset).copyMemory(from: stream + blockBytes, byteCount: routeBytes)
            (packet + codeOffset).copyMemory(
                from: stream + instructionBytes, byteCount: codeBytes)
            return .onward(instruction)
        }
    }
}
