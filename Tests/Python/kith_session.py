"""What an independent Kith node keeps about others: sessions, handshakes, calls, rates."""

import threading
import time

from kith_wire import address_block

WINDOW = 2048
SESSIONS_MAX = 4096


class Session:
    def __init__(self, index, remote_index, send, receive, peer, address, confirmed):
        self.index, self.remote_index = index, remote_index
        self.send_key, self.receive_key = send, receive
        self.peer, self.address = peer, address  # N of the other node; where it is
        self.confirmed = confirmed  # a responder has heard DATA; an initiator always
        self.counter, self.highest, self.seen = 0, -1, 0
        self.heard = time.monotonic()

    def fresh(self, counter: int) -> bool:
        if counter > self.highest:
            return True
        back = self.highest - counter
        return back < WINDOW and not self.seen >> back & 1

    def accept(self, counter: int):
        self.heard = time.monotonic()
        if counter > self.highest:
            ahead = min(counter - self.highest, WINDOW)  # anybody may name any counter
            self.seen = (self.seen << ahead | 1) & ((1 << WINDOW) - 1)
            self.highest = counter
        else:
            self.seen |= 1 << (self.highest - counter)


class Pending:
    def __init__(self, kind: int, peer: bytes, address: tuple):
        self.kind, self.peer, self.address = kind, peer, address
        self.done, self.reply = threading.Event(), None


class Handshake:
    def __init__(self, noise, peer, address, packet):
        self.noise, self.peer, self.address, self.packet = noise, peer, address, packet
        self.cookie = None


class Bucket:
    """So many at once and so many a second."""

    def __init__(self, per_second: float, burst: float):
        self.per_second, self.burst = per_second, burst
        self.left, self.filled = burst, time.monotonic()

    def take(self) -> bool:
        now = time.monotonic()
        self.left = min(self.burst, self.left + (now - self.filled) * self.per_second)
        self.filled = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


class Gate:
    """Which INIT are answered without a cookie: Specs/Wire.md, Drop order."""

    def __init__(self, network):
        self.network, self.handshakes, self.sources = network, Bucket(200, 200), {}

    def admits(self, source: tuple) -> bool:
        if not self.network.is_local:
            if len(self.sources) > 4096:
                self.sources.clear()
            if not self.sources.setdefault(source[0], Bucket(20, 40)).take():
                return False
        return self.handshakes.take()


class Favours:
    """Which PROBE are done: Specs/Routing.md, Roles."""

    def __init__(self, network):
        self.network, self.all, self.blocks = network, Bucket(2, 20), {}

    def admits(self, address: tuple) -> bool:
        if not self.network.is_local:
            if len(self.blocks) > 1024:
                self.blocks.clear()
            if not self.blocks.setdefault(address_block(address), Bucket(1 / 30, 4)).take():
                return False
        return self.all.take()


def make_room(sessions: dict):
    """Forgets the oldest unproved session when there are too many, else the oldest."""
    if len(sessions) >= SESSIONS_MAX:
        unproved = (index for index, session in sessions.items() if not session.confirmed)
        del sessions[next(unproved, next(iter(sessions)))]
