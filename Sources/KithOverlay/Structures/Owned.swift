/// Keeps a value that cannot be copied out of the value that has it.
///
/// For the same reason as ``Boxed``: what is behind a pointer is no field that the compiler
/// follows.
struct Owned<Value: ~Copyable>: ~Copyable {
    private let place: UnsafeMutablePointer<Value>

    /// Keeps `value`.
    init(_ value: consuming Value) {
        place = .allocate(capacity: 1)
        place.initialize(to: value)
    }

    deinit {
        place.deinitialize(count: 1)
        place.deallocate()
    }

    /// The value.
    var value: Value {
        _read { yield place.pointee }
        _modify { yield &place.pointee }
    }
}
