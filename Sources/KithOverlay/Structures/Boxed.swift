/// Keeps a large value out of the value that has it.
///
/// The compiler checks every borrow of a ``Node`` field by field, nested fields included, in time
/// that grows with their square; some hundred constants inline made it take minutes. Value
/// semantics as before: copies share memory until one of them is changed.
@propertyWrapper
public struct Boxed<Value: Sendable>: Sendable {
    private var box: [Value]

    /// Keeps `wrappedValue`.
    public init(wrappedValue: Value) {
        box = [wrappedValue]
    }

    /// The value.
    public var wrappedValue: Value {
        get { box[0] }
        _modify { yield &box[0] }
    }
}
