"""Datagrams that a node has to bear, made before they are sent, and somebody who sends them.

Run as a program it is the flooder: a process of its own, so that making load does not delay the
honest peer.
"""

import os
import random
import socket
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "Conformance"), str(HERE.parents[2] / "Tests" / "Python")]

from client import Stranger, Target, again_sealed  # noqa: E402
from kith_wire import FIND_NODE, LOCAL, PUBLIC, NodeRecord, type4  # noqa: E402

SHARES = {  # of the mix, in percent
    "noise": 20,  # random bytes of 1…1,400
    "headers": 20,  # a valid type and version before random bytes: INIT, RESP, COOKIE, DATA
    "forged": 20,  # INIT with the right mac1 and random bytes for a handshake
    "replayed": 20,  # one valid INIT, again and again, from everywhere
    "flipped": 20,  # DATA of a real session with one bit flipped, from its own address
}
MADE = 2_000  # datagrams of each kind that are made before the flood, and then repeated


def noise(target, _):
    return os.urandom(random.randrange(1, 1_400))


def headers(target, _):
    return type4(random.randrange(1, 5)) + os.urandom(random.randrange(33, 1_229))


def forged(target, _):
    body = type4(1) + os.urandom(random.randrange(132, 1_196))
    return again_sealed(body, target.key)


def replayed(target, session):
    return session.replay


def flipped(target, session):
    packet = bytearray(session.packet({0: FIND_NODE, 1: 7, 2: os.urandom(32)}))
    packet[random.randrange(8, len(packet))] ^= 1 << random.randrange(8)
    return bytes(packet)


MAKERS = {f.__name__: f for f in (noise, headers, forged, replayed, flipped)}


def host_of(number: int, is_public: bool) -> str:
    """Spread over blocks of addresses, so that no limit of one block holds all back."""
    start = "198.18" if is_public else "127.77"
    return f"{start}.{number % 256}.{1 + number // 256 % 250}"


def make(target, kind: str, session) -> list:
    """(packet, whether it has to come from the session's own socket)."""
    return [(MAKERS[kind](target, session), kind == "flipped") for _ in range(MADE)]


class Flooder:
    """Sockets, each with an address and a port of its own, and datagrams made beforehand."""

    def __init__(self, target, is_public: bool, sources: int):
        self.target = target
        self.attacker = Stranger(target)
        session = self.attacker.open()
        session.replay = self.attacker.init().packet
        self.made = {kind: make(target, kind, session) for kind in SHARES}
        self.sockets = []
        for number in range(sources):
            one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)  # answers are not read
            one.bind((host_of(number, is_public), 0))
            self.sockets.append(one)

    def plan(self, kinds: list) -> list:
        """What is sent, in order; repeated when it is at its end."""
        order = random.choices(kinds, [SHARES[k] for k in kinds], k=20_000)
        places = {kind: iter(self.made[kind] * (1 + 20_000 // MADE)) for kind in kinds}
        return [next(places[kind]) for kind in order]

    def flood(self, kinds: list, rate: int, seconds: float) -> int:
        """Sends `rate` datagrams a second for so long; how many were sent."""
        plan, sent, at = self.plan(kinds), 0, 0
        began = time.monotonic()
        while (passed := time.monotonic() - began) < seconds:
            due = int(passed * rate)
            # After a pause of this process the rest is not sent in one burst.
            for number in range(max(at, due - rate // 20), due):
                packet, is_ours = plan[number % len(plan)]
                source = self.sockets[number % len(self.sockets)]
                if is_ours:
                    source = self.attacker.socket
                source.sendto(packet, self.target.address)
                sent += 1
            at = due
            time.sleep(0.002)
        return sent


def target_of(text: str, is_public: bool, number: int) -> Target:
    record = NodeRecord.from_text(text)
    network = PUBLIC if is_public else LOCAL
    return Target(
        network, record.key, record.addresses[0], record, [host_of(number, is_public)])


def main():
    """Says "ready", then floods once for each line "RATE SECONDS KINDS", and says how many."""
    text, is_public = sys.argv[1], sys.argv[2] == "public"
    flooder = Flooder(target_of(text, is_public, 0), is_public, int(sys.argv[3]))
    print("ready", flush=True)
    for line in sys.stdin:
        rate, seconds, kinds = line.split()
        print(flooder.flood(kinds.split(","), int(rate), float(seconds)), flush=True)


if __name__ == "__main__":
    main()
