enum RunCommand {
    static func run(_ context: Context) throws(Failure) -> ExitCode { .failed }
}
