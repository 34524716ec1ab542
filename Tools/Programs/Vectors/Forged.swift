import KithWire

/// A value in a map that is put together by hand, right or wrong.
enum Forged {
    case uint(UInt64)
    case bytes([UInt8])
    case text(String)
    case texts([String])
    /// Bytes that are written as they are.
    case encoded([UInt8])

    /// A map of `pairs` in the order in which they are given.
    static func map(_ pairs: [(UInt64, Forged)]) -> [UInt8] {
        cbor { writer in
            writer.map(pairs.count)
            for (key, value) in pairs {
                writer.uint(key)
                value.write(to: &writer)
            }
        }
    }

    /// An array of `items`.
    static func array(_ items: [Forged]) -> [UInt8] {
        cbor { writer in
            writer.array(items.count)
            for item in items { item.write(to: &writer) }
        }
    }

    private func write(to writer: inout CBORWriter) {
        switch self {
        case .uint(let value): writer.uint(value)
        case .bytes(let content): writer.bytes(content)
        case .text(let content): writer.text(content)
        case .texts(let items):
            writer.array(items.count)
            for item in items { writer.text(item) }
        case .encoded(let content): writer.raw(content.span.bytes)
        }
    }
}
