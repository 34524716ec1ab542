"""An honest peer: one session, a request every 5 ms, and how long each answer took."""

import signal
import sys
import time

from garbage import target_of

from client import Broken, Stranger
from kith_wire import FIND_NODE, PING

EVERY = 0.005  # seconds from one request to the next
PATIENCE = 0.5  # seconds until a request counts as lost, as Specs/Wire.md has it


def main():
    """Prints "ready", then a line "WHEN SECONDS" for each request; SECONDS is - when lost.

    Goes on until SIGTERM, which ends it with 0; whatever else ends it does so with another code.
    """
    told = []
    signal.signal(signal.SIGTERM, lambda *_: told.append(True))
    target = target_of(sys.argv[1], sys.argv[2] == "public", 5_000)
    stranger = Stranger(target)
    channel = stranger.open()
    print("ready", flush=True)
    due, number, point = time.monotonic(), 0, stranger.key.id
    while not told:
        time.sleep(max(0.0, due - time.monotonic()))
        number += 1
        began = time.monotonic()
        call = channel.send({0: PING} if number % 2 else {0: FIND_NODE, 2: point})
        answered = channel.answer_to(call, PATIENCE) is not None
        took = time.monotonic() - began
        channel.counters.clear()  # the memory of what came is for tests
        print(f"{began:.6f} {took:.6f}" if answered else f"{began:.6f} -", flush=True)
        due = max(due + EVERY, time.monotonic() - EVERY)


if __name__ == "__main__":
    try:
        main()
    except Broken as broken:
        sys.exit(f"honest peer: {broken}")
