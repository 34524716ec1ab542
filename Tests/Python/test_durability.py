"""A replica that is killed between two acknowledgements forgets nothing that it acknowledged.

One real node with one home is killed (SIGKILL) a hundred times while the Python node stores
records on it as fast as it can; after each restart all that was acknowledged must be there.
"""

import tempfile
import threading
import time
from pathlib import Path

import kith_node
from kith_node import *  # noqa: F403
from test_interop import Process

KILLS = 100
DAY_MS = 24 * 3600 * 1000


def fresh_record(dice) -> Record:
    """A profile of somebody new, so that each has a location of its own."""
    person = Identity(dice.randbytes(32))
    now = now_ms()
    body = Profile(
        f"Person {dice.getrandbits(40)}", active_hour=now // 3_600_000).encode()
    return Record.sign(LOCAL, person, 1, now << 16, now, now + DAY_MS, body)


def store_until_dead(client, replica, dice, acknowledged, monkeypatch):
    """Stores until the replica falls silent; the record in flight is not acknowledged."""
    with monkeypatch.context() as patch:
        # A dead process answers nobody: one try is enough to see it.
        patch.setattr(kith_node, "TRIES", 1)
        patch.setattr(kith_node, "SESSION_PATIENCE", 0.25)
        while True:
            record = fresh_record(dice)
            try:
                token = client.find_record(replica, record.location)[7]
                client.store(replica, record, token)
            except NoAnswer:
                return
            acknowledged.append(record)


def missing(client, replica, records) -> list:
    return [r for r in records
            if r.encoded not in client.find_record(replica, r.location)[6]]


def test_no_acknowledged_record_is_lost_when_a_replica_is_killed(dice, monkeypatch):
    acknowledged, killed_between = [], 0
    with tempfile.TemporaryDirectory(prefix="kith-") as folder, KithNode(LOCAL) as client:
        home = Path(folder) / "replica"
        running = Process(home)
        try:
            for _ in range(KILLS):
                client.ping(running.record)
                fresh = []
                pause = dice.uniform(0.005, 0.06)
                killer = threading.Thread(
                    target=lambda p=running.process: (time.sleep(pause), p.kill()))
                killer.start()
                store_until_dead(client, running.record, dice, fresh, monkeypatch)
                killer.join()
                running.process.wait()
                running.process.stdout.close()
                running.log.close()
                acknowledged += fresh
                killed_between += bool(fresh)
                running = Process(home)
                client.ping(running.record)
                gone = missing(client, running.record, fresh)
                assert not gone, f"{len(gone)} of {len(fresh)} acknowledged records are gone"
            gone = missing(client, running.record, acknowledged)
            assert not gone, f"{len(gone)} of {len(acknowledged)} are gone in the end"
            print(f"{KILLS} kills, {killed_between} after an acknowledgement, "
                  f"{len(acknowledged)} acknowledged records, none missing")
            assert killed_between > KILLS // 2, "most kills must hit between acknowledgements"
        finally:
            running.stop()
