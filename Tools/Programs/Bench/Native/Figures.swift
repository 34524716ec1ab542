extension [Double] {
    /// The middle one, of an even number the mean of both; there must be one.
    var median: Double {
        precondition(!isEmpty, "a median of nothing")
        let ordered = sorted()
        let middle = count / 2
        return count % 2 == 1 ? ordered[middle] : (ordered[middle - 1] + ordered[middle]) / 2
    }
}
