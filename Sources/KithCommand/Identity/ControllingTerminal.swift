import Glibc
import KithCrypto
import KithHost

/// The terminal of this process, also where standard input and output are something else.
struct ControllingTerminal: ~Copyable {
    /// What people press, or others send, to end or stop a program.
    private static let signals = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP]

    private let number: Int32

    /// Opens it; nil when there is none, or when this process runs in its background and would
    /// only be stopped for asking.
    init?() {
        let opened = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
        guard opened >= 0 else { return nil }
        guard tcgetpgrp(opened) == getpgrp() else {
            close(opened)
            return nil
        }
        number = opened
    }

    deinit {
        close(number)
    }

    /// Asks for a passphrase, which does not appear while it is typed.
    func ask(_ question: String) throws(Failure) -> Passphrase {
        var line = SecretBytes(count: Passphrase.bytesMax + 2)
        while true {
            // Nil after a signal that the process has outlived: it was stopped and goes on.
            guard let count = try read(into: &line, asking: question) else { continue }
            let isWhole =
                count > 0
                && line.bytes.unsafeLoad(fromByteOffset: count - 1, as: UInt8.self)
                    == UInt8(ascii: "\n")
            guard
                let typed = Passphrase(
                    copying: line.bytes.extracting(first: isWhole ? count - 1 : count))
            else { throw PassphraseInput.unusable }
            return typed
        }
    }

    /// Reads one line with echo off; nil when a signal came first.
    ///
    /// Signals wait until the terminal is as it was: a shell without echo is a poor thing to
    /// leave behind.
    private func read(
        into line: inout SecretBytes, asking question: String
    ) throws(Failure) -> Int? {
        var held = sigset_t()
        sigemptyset(&held)
        for signal in Self.signals { sigaddset(&held, signal) }
        var before = sigset_t()
        pthread_sigmask(SIG_BLOCK, &held, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        let arrivals: SignalSource
        do {
            arrivals = try SignalSource(Self.signals)
        } catch {
            throw Failure(error)
        }
        var usual = termios()
        guard tcgetattr(number, &usual) == 0 else { throw PassphraseInput.unusable }
        var silent = usual
        silent.c_lflag &= ~tcflag_t(ECHO)
        // Discards what was typed before: it was seen.
        tcsetattr(number, TCSAFLUSH, &silent)
        defer {
            tcsetattr(number, TCSADRAIN, &usual)
            say("\n")
        }
        say(question)
        var waiting = [
            pollfd(fd: number, events: Int16(POLLIN), revents: 0),
            pollfd(fd: arrivals.number, events: Int16(POLLIN), revents: 0),
        ]
        while poll(&waiting, 2, -1) < 0, errno == EINTR {}
        guard waiting[1].revents == 0 else { return nil }
        let count = line.withMutableBytes { bytes in
            bytes.withUnsafeMutableBytes { Glibc.read(number, $0.baseAddress, $0.count) }
        }
        guard count >= 0 else { throw PassphraseInput.unusable }
        return count
    }

    private func say(_ text: String) {
        let bytes = Array(text.utf8)
        _ = bytes.withUnsafeBytes { write(number, $0.baseAddress, $0.count) }
    }
}
