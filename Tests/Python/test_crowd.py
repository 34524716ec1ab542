"""Fifty nodes on one local network find each other, with few datagrams and no seed."""

import time

from kith_nearby import BEACON, GREETING
from kith_wire import PAYLOAD_MAX
from lan import *  # noqa: F403
from test_interop import until

CROWD = 50
ALL_JOINED = 30  # seconds on a machine of two cores, which start fifty programs meanwhile


def test_fifty_nodes_on_one_network_join_without_a_seed(lan, tmp_path):
    hosts = [lan.host() for _ in range(CROWD)]
    lan.introduce()
    capture = lan.capture()
    began = time.monotonic()
    nodes = [
        Node(host, tmp_path / f"n{n}", network="local") for n, host in enumerate(hosts)]
    started = time.monotonic() - began
    joined = [
        until(lambda n=node: n.first(lambda o: o.get("event") == "joined"), ALL_JOINED,
              f"node {number}")[0] - node.read[0][0]
        for number, node in enumerate(nodes)]
    print(f"{CROWD} nodes were started within {started:.1f} s; the last joined "
          f"{max(joined):.2f} s after it listened, the median {sorted(joined)[CROWD // 2]:.2f} s")
    # Each alone takes at most 5 s; here they take turns on few cores.
    assert sorted(joined)[CROWD // 2] < 5

    # Whoever asks is answered by all: by half of them in one family at least, of 20 a second.
    asker = nodes[CROWD // 2]
    capture.settle()
    sent, since = len(capture.packets), time.monotonic()
    answer = until(lambda: (a := asker.nearby()) and len(a["people"]) >= CROWD - 1 and a, 60,
                   "everybody in `kith nearby`")
    others = {n.read[0][1]["node"] for n in nodes if n is not asker}
    assert {p["node"] for p in answer["people"]} == others
    assert all(p["confirmed"] for p in answer["people"])
    trips = [p["roundTripMs"] for p in answer["people"]]
    print(f"all {CROWD - 1} shown after {time.monotonic() - since:.1f} s; round trips "
          f"{trips[0]} to {trips[-1]} ms")
    assert trips == sorted(trips), "the nearest first"
    capture.settle()
    beacons, greetings = capture.of(BEACON), capture.of(GREETING)
    print(f"{len(beacons)} beacons and {len(greetings)} greetings; of all {len(capture.packets)} "
          f"datagrams {len(capture.packets) - sent} since the look around")
    assert max(len(p.payload) for p in capture.packets) <= PAYLOAD_MAX
    # At most one greeting of each to each address, and as many back.
    pairs = {}
    for p in greetings:
        pairs[p.source, p.destination] = pairs.get((p.source, p.destination), 0) + 1
    assert max(pairs.values()) <= 2
