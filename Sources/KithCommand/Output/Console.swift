import Glibc
import KithHost

/// Where a command writes: data to standard output, talk to standard error.
struct Console: Sendable {
    /// How data is written.
    enum Form: Sendable {
        /// For people.
        case text
        /// Tab-separated.
        case plain
        /// One JSON object.
        case json
    }

    /// How data is written.
    let form: Form
    /// What standard output can show.
    let output: Terminal
    /// What standard error can show.
    let talk: Terminal

    /// A console that writes data in this form.
    ///
    /// - Parameter colour: the value of `--color`.
    init(form: Form, colour: String?) {
        self.form = form
        output = Terminal.detect(STDOUT_FILENO, colour: colour)
        talk = Terminal.detect(STDERR_FILENO, colour: colour)
    }

    /// The console that the flags ask for.
    init(_ invocation: Invocation) {
        let form: Form =
            invocation.has("json") ? .json : invocation.has("plain") ? .plain : .text
        self.init(form: form, colour: invocation.text("color"))
    }

    /// Writes lines of data.
    func data(_ lines: [String]) {
        Self.write(lines, to: STDOUT_FILENO)
    }

    /// Writes one JSON value on a line of its own.
    func data(_ json: JSON) {
        Self.write([json.encoded], to: STDOUT_FILENO)
    }

    /// Says something that is not data.
    func say(_ text: String) {
        Self.write(["kith: " + text], to: STDERR_FILENO)
    }

    /// Says something below or beside data, without the program's name.
    func remark(_ lines: [String]) {
        Self.write(lines.map { talk.styled($0, .dim) }, to: STDERR_FILENO)
    }

    /// Says why a command failed.
    ///
    /// - Parameter data: whether the error is also the command's JSON; false where the command
    ///   has printed an object already.
    func report(_ failure: Failure, asData data: Bool = true) {
        Self.write(failure.lines(in: talk), to: STDERR_FILENO)
        if form == .json, data { self.data(failure.json) }
    }

    /// Writes at once and completely, so that a reader of a pipe sees each line when it is said.
    private static func write(_ lines: [String], to descriptor: Int32) {
        var bytes: [UInt8] = []
        for line in lines {
            bytes.append(contentsOf: line.utf8)
            bytes.append(UInt8(ascii: "\n"))
        }
        bytes.withUnsafeBytes { buffer in
            var sent = 0
            while sent < buffer.count {
                let count = Glibc.write(
                    descriptor, buffer.baseAddress?.advanced(by: sent), buffer.count - sent)
                if count < 0, errno == EINTR { continue }
                if count <= 0 { return }
                sent += count
            }
        }
    }
}
