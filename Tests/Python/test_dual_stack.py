"""Nodes with both address families know each other in both, so a node with IPv6 only takes part."""

import tempfile
from pathlib import Path

import pytest
from test_interop import Process, has_ipv6, until


@pytest.fixture(scope="module")
def village():
    """Three nodes with both families and one with IPv6 only."""
    if not has_ipv6():
        pytest.skip("this machine has no IPv6 on its loopback interface")
    with tempfile.TemporaryDirectory(prefix="kith-") as folder:
        running = []
        try:
            running.append(Process(Path(folder) / "n0"))
            for number in (1, 2):
                running.append(Process(Path(folder) / f"n{number}", [running[0].record.text]))
            running.append(
                Process(Path(folder) / "n3", [running[0].record.text], hosts=["[::1]"]))
            yield running
        finally:
            for each in running:
                each.stop()


def neighbours(node) -> dict:
    """How many neighbours a node has in each family."""
    return node.ask("status", codes=(0, 5))["neighbours"]


def test_each_node_finds_the_others_in_each_family_it_has(village):
    for node in village[:3]:
        until(lambda n=node: neighbours(n) == {"v4": 2, "v6": 3}, 60, "neighbours in both families")
    until(lambda: neighbours(village[3]) == {"v4": 0, "v6": 3}, 60, "neighbours over IPv6")


def test_who_has_ipv6_only_publishes_and_is_found(village):
    alone, other = village[3], village[1]
    alone.ask("profile", "set", "--name", "Six Only", "--interests", "addresses")
    assert alone.ask("publish")["stored"] == 3
    found = other.ask("find", "six")
    assert [hit["name"] for hit in found["results"]] == ["Six Only"]
