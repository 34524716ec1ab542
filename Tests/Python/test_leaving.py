"""Nodes that are told to end (SIGTERM) hand over what they keep: real processes, one by one."""

import tempfile
from pathlib import Path

from test_interop import Process, until

NODES = 14


def keeps(node) -> int:
    return (node.ask("status") or {}).get("records", 0)


def test_a_profile_outlives_all_who_kept_it_when_they_leave_one_by_one():
    with tempfile.TemporaryDirectory(prefix="kith-") as folder:
        nodes = [Process(Path(folder) / "node0")]
        try:
            for number in range(1, NODES):
                nodes.append(Process(Path(folder) / f"node{number}", [nodes[0].record.text]))
            until(lambda: all(n.phase() == "joined" for n in nodes), 60)
            owner, reader = nodes[1], nodes[0]
            owner.ask("profile", "set", "--name", "Leonhard Euler")
            owner.ask("publish")
            until(lambda: sum(keeps(n) > 0 for n in nodes) >= 8, 30)
            # From now on nobody publishes again.
            owner.process.kill()
            keepers = [n for n in nodes if n not in (owner, reader) and keeps(n) > 0]
            for node in keepers[:8]:
                node.stop()
            assert sum(n.process.poll() is None for n in nodes) <= NODES - 7
            found = reader.ask("find", "euler", codes=(0, 3))
            assert [h["name"] for h in found["results"]] == ["Leonhard Euler"], found
        finally:
            for node in nodes:
                if node.process.poll() is None:
                    node.process.kill()
                node.process.wait()
