/// An experiment that takes a while.
public protocol Measuring: AnyObject {
    /// Called now and then with what is going on and how much of it is done, 0…1.
    var onProgress: ((String, Double) -> Void)? { get set }

    /// Does all of it.
    func run()
}
