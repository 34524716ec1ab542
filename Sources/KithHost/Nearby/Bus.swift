import CSystemd
import Glibc
import KithOverlay

/// The system's message bus (D-Bus), over libsystemd, on an ``EventLoop``.
///
/// Nothing here waits: calls are answered later, on the loop's thread. Belongs to one thread.
final class Bus {
    /// A message that came; good until the handler returns.
    struct Incoming {
        fileprivate let message: OpaquePointer

        /// The name of the error, when it is the failure of a call.
        var error: String? {
            guard sd_bus_message_is_method_error(message, nil) > 0,
                let error = sd_bus_message_get_error(message)
            else { return nil }
            return error.pointee.name.map { String(cString: $0) } ?? "unknown"
        }

        /// The path of the object that sent a signal.
        var path: String { sd_bus_message_get_path(message).map { String(cString: $0) } ?? "" }
        /// The interface of a signal.
        var interface: String {
            sd_bus_message_get_interface(message).map { String(cString: $0) } ?? ""
        }
        /// The name of a signal.
        var member: String { sd_bus_message_get_member(message).map { String(cString: $0) } ?? "" }

        /// Takes the next value, of type `i`.
        func int32() -> Int32? {
            var value: Int32 = 0
            return sd_bus_message_read_basic(message, CChar(UInt8(ascii: "i")), &value) > 0
                ? value : nil
        }

        /// Takes the next value, of type `u`.
        func uint32() -> UInt32? {
            var value: UInt32 = 0
            return sd_bus_message_read_basic(message, CChar(UInt8(ascii: "u")), &value) > 0
                ? value : nil
        }

        /// Takes the next value, of type `q`.
        func uint16() -> UInt16? {
            var value: UInt16 = 0
            return sd_bus_message_read_basic(message, CChar(UInt8(ascii: "q")), &value) > 0
                ? value : nil
        }

        /// Takes the next value, of type `s` or `o`.
        func text(_ type: UInt8 = UInt8(ascii: "s")) -> String? {
            var value: UnsafePointer<CChar>?
            guard sd_bus_message_read_basic(message, CChar(type), &value) > 0 else { return nil }
            return value.map { String(cString: $0) }
        }

        /// Takes the next value, of type `aay`, as text; what is no UTF-8 is repaired.
        func texts() -> [String]? {
            guard sd_bus_message_enter_container(message, CChar(UInt8(ascii: "a")), "ay") > 0
            else { return nil }
            var found: [String] = []
            while true {
                var bytes: UnsafeRawPointer?
                var count = 0
                let result = sd_bus_message_read_array(
                    message, CChar(UInt8(ascii: "y")), &bytes, &count)
                guard result > 0 else { break }
                let buffer = UnsafeRawBufferPointer(start: bytes, count: count)
                found.append(String(decoding: buffer, as: UTF8.self))
            }
            return sd_bus_message_exit_container(message) >= 0 ? found : nil
        }
    }

    /// A value of a call.
    enum Value {
        case int32(Int32)
        case uint32(UInt32)
        case uint16(UInt16)
        case text(String)
        case texts([String])
    }

    /// Whom a call is for.
    struct Target {
        let service: String
        let path: String
        let interface: String
    }

    private final class Handler {
        let body: (Incoming) -> Void

        init(_ body: @escaping (Incoming) -> Void) {
            self.body = body
        }
    }

    /// Microseconds until a call has failed.
    private static let patience: UInt64 = 10_000_000

    /// When ``process()`` is to be called without anything to read.
    private(set) var due = Instant.never
    /// Told once when the bus goes away.
    var afterLoss: (() -> Void)?

    private let loop: EventLoop
    private let bus: OpaquePointer
    private var token: EventLoop.Token?
    private var handlers: [UInt64: Handler] = [:]
    private var handlersSoFar: UInt64 = 0

    /// Connects to the system bus.
    ///
    /// - Throws: ``HostError/system(call:errno:)`` when there is none.
    init(_ loop: EventLoop) throws(HostError) {
        var bus: OpaquePointer?
        let result = sd_bus_open_system(&bus)
        guard result >= 0, let bus else {
            throw .system(call: "sd_bus_open_system", errno: -result)
        }
        self.loop = loop
        self.bus = bus
        token = try loop.watch(sd_bus_get_fd(bus), for: .readable) { [unowned self] _ in
            process()
        }
    }

    deinit {
        if let token { loop.unwatch(token) }
        // Without a flush, which would wait for a bus that is silent and call handlers of what goes
        // away. Whoever has something of ours frees it when the connection ends.
        sd_bus_close_unref(bus)
    }

    /// Calls a method; `answer` gets what comes back, an error as well.
    ///
    /// No service is started for it.
    func call(
        _ target: Target, _ member: String, _ values: [Value] = [],
        answer: @escaping (Incoming) -> Void
    ) {
        var message: OpaquePointer?
        guard
            sd_bus_message_new_method_call(
                bus, &message, target.service, target.path, target.interface, member) >= 0,
            let message
        else { return }
        defer { sd_bus_message_unref(message) }
        sd_bus_message_set_auto_start(message, 0)
        for value in values { Self.append(value, to: message) }
        let id = handlersSoFar
        let handler = Handler { [unowned self] incoming in
            handlers[id] = nil
            answer(incoming)
        }
        keep(handler)
        let result = sd_bus_call_async(
            bus, nil, message, Self.dispatch, Unmanaged.passUnretained(handler).toOpaque(),
            Self.patience)
        if result < 0 { handlers[id] = nil }
        plan()
    }

    /// Hands every signal that fits `rule` to `body`, for as long as the bus is there.
    func watch(_ rule: String, _ body: @escaping (Incoming) -> Void) {
        let handler = Handler(body)
        keep(handler)
        _ = sd_bus_add_match_async(
            bus, nil, rule, Self.dispatch, nil, Unmanaged.passUnretained(handler).toOpaque())
        plan()
    }

    /// Keeps a handler while the bus may call it, under the number of handlers so far.
    private func keep(_ handler: Handler) {
        handlers[handlersSoFar] = handler
        handlersSoFar += 1
    }

    /// Does what there is to do: reads, answers, sends.
    func process() {
        while true {
            let result = sd_bus_process(bus, nil)
            if result > 0 { continue }
            guard result < 0 else { break }
            if let token { loop.unwatch(token) }
            token = nil
            due = .never
            let lost = afterLoss
            afterLoss = nil
            lost?()
            return
        }
        plan()
    }

    private func plan() {
        guard let token else { return }
        let events = sd_bus_get_events(bus)
        guard events >= 0 else { return }
        loop.change(token, to: events & POLLOUT != 0 ? [.readable, .writable] : .readable)
        var microseconds: UInt64 = 0
        let hasDeadline =
            sd_bus_get_timeout(bus, &microseconds) > 0 && microseconds != .max
        due = hasDeadline ? Instant(nanoseconds: microseconds * 1_000) : .never
    }

    private static let dispatch: sd_bus_message_handler_t = { message, place, _ in
        guard let message, let place else { return 0 }
        let handler = Unmanaged<Handler>.fromOpaque(place).takeUnretainedValue()
        handler.body(Incoming(message: message))
        return 0
    }

    private static func append(_ value: Value, to message: OpaquePointer) {
        switch value {
        case .int32(var number):
            sd_bus_message_append_basic(message, CChar(UInt8(ascii: "i")), &number)
        case .uint32(var number):
            sd_bus_message_append_basic(message, CChar(UInt8(ascii: "u")), &number)
        case .uint16(var number):
            sd_bus_message_append_basic(message, CChar(UInt8(ascii: "q")), &number)
        case .text(let text):
            _ = text.withCString {
                sd_bus_message_append_basic(message, CChar(UInt8(ascii: "s")), $0)
            }
        case .texts(let texts):
            sd_bus_message_open_container(message, CChar(UInt8(ascii: "a")), "ay")
            for text in texts {
                let bytes = Array(text.utf8)
                _ = bytes.withUnsafeBytes {
                    sd_bus_message_append_array(
                        message, CChar(UInt8(ascii: "y")), $0.baseAddress, $0.count)
                }
            }
            sd_bus_message_close_container(message)
        }
    }
}
