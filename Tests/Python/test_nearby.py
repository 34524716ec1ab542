"""`kith nearby` on local networks of network namespaces: who is found and who is not, and how."""

import contextlib
import os
import pty
import re
import select
import time

import pytest
from conftest import program
from kith_nearby import BEACON, GREETING, ONE, Beacon, Ephemeral, beacon_tag
from kith_privacy import Pair
from kith_wire import PUBLIC, Identity, now_ms
from lan import *  # noqa: F403
from test_interop import until

LEAST = 1.0  # seconds in which a scan listens
AT_ONCE = 5  # seconds in which somebody new is seen, and a first node found


def contact_of(node, name: str, seconds=AT_ONCE) -> dict:
    """The row of a contact whose node has answered, as soon as there is one."""
    return until(
        lambda: next(iter(rows(node.nearby(), name=name, contact=True, confirmed=True)), None),
        seconds, f"{name} in `kith nearby`")


# Who is seen by whom


@pytest.mark.parametrize("family", ["v4", "v6"])
def test_contacts_recognise_each_other_and_a_stranger_sees_no_name(lan, people, family):
    hosts = [
        lan.host(v4="192.168.54.{}/24" if family == "v4" else None, has_v6=family == "v6")
        for _ in range(3)]
    ada, bob, cyd = people("ada", "bob", "cyd")
    meet(ada, bob)
    capture = lan.capture()
    a, b, c = (Node(host, who.home) for host, who in zip(hosts, (ada, bob, cyd)))
    found = contact_of(a, "Bob")
    print(f"{found['roundTripMs']} ms to {found['address']}")
    assert (found["identity"], found["fingerprint"]) == (bob.identity, bob.fingerprint)
    assert (found["medium"], found["interface"]) == ("multicast", "eth0")
    assert found["roundTripMs"] > 0 and found["role"] in ("full", "client")
    assert ("fe80::" in found["address"]) == (family == "v6")
    assert contact_of(b, "Ada")["identity"] == ada.identity
    # All three are nodes of an island, which others may join through; nobody is named.
    until(lambda: len(c.nearby()["people"]) == 2, AT_ONCE, "two nodes")
    for row in c.nearby()["people"]:
        assert (row["name"], row["identity"], row["contact"]) == (None, None, False)
    stranger, = rows(a.nearby(), contact=False)
    assert (stranger["name"], stranger["identity"]) == (None, None)
    group = V4_GROUP if family == "v4" else V6_GROUP
    sent = [p for p in capture.of(BEACON) if p.is_to_group]
    assert {p.destination for p in sent} == {group}
    assert {p.port for p in sent} == {lan.port(host) for host in hosts}


def test_contacts_with_both_families_are_one_row(lan, people):
    ada, bob = people("ada", "bob")
    meet(ada, bob)
    a, _ = Node(lan.host(), ada.home), Node(lan.host(), bob.home)
    contact_of(a, "Bob")
    answer = a.nearby()
    row, = answer["people"]
    assert len(row["addresses"]) == 2 and row["address"] in row["addresses"]
    assert {":5484" in address for address in row["addresses"]} == {True}
    assert answer["visible"] == "nodes" and answer["durationMs"] >= LEAST * 1000
    text, _ = a.host.says(ada.home, "nearby")
    titles, line = (found.split() for found in text.splitlines()[:2])
    assert set(titles) == {"NAME", "WHO", "LEVEL", "MEDIUM", "TIME", "ADDRESS"}
    assert {"Bob", "contact", "multicast", row["address"]} <= set(line)
    assert re.search(r"\b[\d.]+ [mµ]s\b", text), "the round trip"


def test_who_is_visible_to_everybody_shows_name_and_fingerprint_to_strangers(lan, people):
    ada, bob = people("ada", "bob")
    bob.kith("profile", "set", "--name", "Bob Weiß")
    a = Node(lan.host(), ada.home)
    b = Node(lan.host(), bob.home, "--visible", "everybody")
    found = until(
        lambda: next(iter(rows(a.nearby(), name="Bob Weiß", confirmed=True)), None), AT_ONCE,
        "Bob")
    assert (found["identity"], found["fingerprint"]) == (bob.identity, bob.fingerprint)
    assert (found["contact"], found["level"]) == (False, "public")
    row, = b.nearby()["people"]
    assert (row["name"], row["identity"]) == (None, None), "Ada did not say so"
    # A contact of that name is shown as one calls them.
    ada.kith("contacts", "add", bob.uri, "--name", "My Bob")
    assert contact_of(a, "My Bob")["identity"] == bob.identity


def test_blocked_people_are_not_shown(lan, people):
    ada, bob = people("ada", "bob")
    bob.kith("profile", "set", "--name", "Bob Weiß")
    ada.kith("contacts", "block", bob.uri)
    a = Node(lan.host(), ada.home)
    Node(lan.host(), bob.home, "--visible", "everybody").joined()
    for _ in range(2):
        assert not rows(a.nearby(codes=(0, 3)), identity=bob.identity)
        assert not rows(a.nearby(codes=(0, 3)), name="Bob Weiß")


def test_who_is_blocked_while_they_are_here_is_shown_no_more(lan, people):
    ada, bob = people("ada", "bob")
    meet(ada, bob)
    a, _ = Node(lan.host(), ada.home), Node(lan.host(), bob.home)
    contact_of(a, "Bob")
    ada.kith("contacts", "block", "Bob")
    assert not rows(a.nearby(), identity=bob.identity)


def test_who_is_visible_to_contacts_answers_them_alone(lan, people):
    ada, bob, cyd = people("ada", "bob", "cyd")
    meet(ada, bob)
    hosts = [lan.host() for _ in range(3)]
    capture = lan.capture()
    a, b = (Node(host, who.home, "--visible", "contacts") for host, who in zip(hosts, (ada, bob)))
    c = Node(hosts[2], cyd.home)
    contact_of(a, "Bob")
    assert c.nearby(codes=(3,))["people"] == []
    contact_of(b, "Ada")
    capture.settle()
    assert not [p for p in capture.of(GREETING) if p.destination in (hosts[2].v4, hosts[2].v6)]
    assert capture.of(BEACON, port=lan.port(hosts[0])), "contacts are told"


def test_who_is_visible_to_nobody_sends_and_answers_nothing(lan, people):
    ada, bob = people("ada", "bob")
    meet(ada, bob)
    hosts = [lan.host(), lan.host()]
    capture = lan.capture()
    a = Node(hosts[0], ada.home, "--visible", "nobody")
    b = Node(hosts[1], bob.home)
    assert b.nearby(codes=(3,))["people"] == []
    assert b.nearby(hosts[0].v4, codes=(3,))["people"] == []
    error = a.nearby(codes=(7,))["error"]
    assert error["code"] == "invisible" and "--visible" in error["hint"]
    capture.settle()
    assert capture.of(port=lan.port(hosts[0])) == []
    # What stands in the way is said, whatever is asked for.
    assert a.nearby("--sweep", codes=(1, 7))["error"]["code"] == "invisible"


# A first seed


def test_a_machine_without_a_seed_joins_through_its_link_within_5_seconds(lan, people):
    ada, bob, cyd = people("ada", "bob", "cyd")
    first = Node(lan.host(), ada.home)
    first.wait(lambda o: o.get("event") == "alone", 15, "the first node to be alone")
    second = Node(lan.host(), bob.home)
    third = Node(lan.host(), cyd.home)
    times = [node.joined(AT_ONCE) for node in (second, third)]
    print(f"joined after {times[0]:.3f} and {times[1]:.3f} s")
    assert max(times) < AT_ONCE
    first.joined(AT_ONCE + 30)
    nodes = {node.kith("status", code=0)["node"] for node in (first, second, third)}
    own = third.kith("status")["node"]
    until(lambda: {p["node"] for p in third.kith("peers")["neighbours"]} == nodes - {own}, 30,
          "both as neighbours")


# Beyond the link


def test_nothing_beyond_the_link_is_answered_or_shown(lan, people):
    near, beside = lan.host(), lan.host()
    far = lan.behind_a_router()
    ada, bob = people("ada", "bob")
    meet(ada, bob)
    a = Node(near, ada.home)
    b = Node(far, bob.home)
    capture = lan.capture()
    pair, me = Pair(PUBLIC, bob.seed, Identity(ada.seed).public), Identity(bob.seed)

    def beacon(source) -> bytes:
        e = Ephemeral().public
        tag = beacon_tag(pair, me.public, pair.epoch_at(now_ms()), e, source)
        return Beacon.of(e, [tag], ONE).encode(PUBLIC)

    with contextlib.closing(far.udp()) as outside, contextlib.closing(beside.udp()) as inside:
        port = outside.getsockname()[1]
        with contextlib.closing(near.udp()) as probe:
            probe.sendto(b"the way is open", (far.v4, port))
            assert outside.recvfrom(100)[1][0] == near.v4
        outside.sendto(beacon((far.v4, port)), (near.v4, PORT))
        until(lambda: capture.of(BEACON, source=far.v4), 5, "the beacon from beyond")
        # The router, or who claims to be far away, says the same to the group.
        with contextlib.closing(beside.socket(socket.AF_PACKET, socket.SOCK_RAW)) as raw:
            raw.bind(("eth0", 0))
            raw.send(forged(far.v4, V4_GROUP, beacon((far.v4, PORT))))
        inside.sendto(beacon((beside.v4, inside.getsockname()[1])), (near.v4, PORT))
        assert inside.recvfrom(2000)[0][0] == GREETING, "who is beside it is answered"
    assert b.nearby(near.v4, codes=(8,))["error"]["code"] == "off-link"
    error = a.nearby(far.v4, codes=(8,))["error"]
    assert error["code"] == "off-link" and error["hint"]
    sent = a.nearby("--sweep")
    assert not [p for p in sent["people"] if far.v4 in p["address"]]
    capture.settle()
    assert [p for p in capture.packets if p.port == lan.port(near) and p.destination == far.v4
            and p.source_port == PORT] == []


# The sweep


def test_a_sweep_finds_whom_multicast_does_not_reach_at_50_a_second(lan, people):
    ada, bob, cyd = people("ada", "bob", "cyd")
    meet(ada, bob)
    hosts = [lan.host() for _ in range(3)]
    lan.drop_multicast()
    a, b, c = (Node(host, who.home) for host, who in zip(hosts, (ada, bob, cyd)))
    answer = a.nearby(codes=(3,))
    for went in answer["media"][:2]:
        assert (went["medium"], went["state"], went["found"]) == ("multicast", "empty", 0)
        assert went["reason"] and "--sweep" in went["hint"]
    # What is sent to hosts that are not there is to be seen on the link.
    hosts[0].ip(*(
        f"neigh add 192.168.54.{n} lladdr 02:00:00:00:00:99 dev eth0 nud permanent"
        for n in range(4, 255)))
    capture = lan.capture()
    began = time.monotonic()
    answer = a.nearby("--sweep", timeout=30)
    took = time.monotonic() - began
    went = medium(answer, "sweep")
    assert (went["state"], went["found"], went["network"]) == ("ok", 2, "192.168.54.0/24")
    found, = rows(answer, contact=True)
    assert (found["name"], found["medium"], found["confirmed"]) == ("Bob", "sweep", True)
    other, = rows(answer, contact=False)
    assert (other["name"], other["medium"]) == (None, "sweep")
    assert other["address"].startswith(hosts[2].v4)

    capture.settle()
    sent = [p for p in capture.of(BEACON, port=lan.port(hosts[0])) if not p.is_to_group]
    assert {p.destination for p in sent} == {f"192.168.54.{n}" for n in range(2, 255)}
    assert {p.destination_port for p in sent} == {PORT}
    moments = [p.moment for p in sent]
    most = max(sum(m <= n < m + 1 for n in moments) for m in moments)
    print(f"{len(sent)} beacons in {moments[-1] - moments[0]:.2f} s, at most {most} in any second;"
          f" the command took {took:.2f} s")
    assert most <= 50


@pytest.mark.parametrize("address, code", [
    ("10.7.0.5/16", "subnet-too-large"), ("172.16.4.5/23", "subnet-too-large"),
    ("93.184.216.5/24", "subnet-public"), ("93.184.216.5/28", "subnet-public")])
def test_a_sweep_of_too_many_or_public_addresses_is_refused(lan, people, address, code):
    host = lan.host(v4=address)
    capture = lan.capture()
    node = Node(host, people("ada")[0].home)
    error = node.nearby("--sweep", codes=(7,))["error"]
    assert error["code"] == code and error["message"] and error["hint"]
    _, said = host.says(node.home, "nearby", "--sweep", code=7)
    assert code in said and "hint:" in said
    capture.settle()
    assert not [p for p in capture.of(BEACON) if not p.is_to_group]


def test_a_sweep_takes_only_the_subnets_that_it_may(lan, people):
    host = lan.host()
    ada, bob = people("ada", "bob")
    lan.plug(host, "eth1", "10.7.0.5/16")
    node, _ = Node(host, ada.home), Node(lan.host(), bob.home)
    answer = node.nearby("--sweep", timeout=30)
    assert medium(answer, "sweep", interface="eth0")["network"] == "192.168.54.0/24"
    left = medium(answer, "sweep", interface="eth1")
    assert left["state"] == "skipped" and "/24" in left["reason"]
    refused = node.nearby("--sweep", "--interface", "eth1", codes=(7,))
    assert refused["error"]["code"] == "subnet-too-large"
    assert node.nearby("--sweep", "--interface", "eth7", codes=(1, 3, 7, 8))["error"]


def test_a_progress_bar_is_drawn_on_a_terminal_and_nowhere_else(lan, people):
    host = lan.host(v4="192.168.54.1/26")
    node = Node(host, people("ada")[0].home)
    _, said = host.says(node.home, "nearby", "--sweep", code=3)
    assert "asking hosts" not in said and "\r" not in said
    master, terminal = pty.openpty()
    process = host.start(
        program("kith"), "nearby", "--sweep", "--home", str(node.home), stdout=terminal,
        stderr=terminal, env={**os.environ, "TERM": "xterm", "LANG": "C.UTF-8"})
    os.close(terminal)
    seen = b""
    try:
        while select.select([master], [], [], 10)[0]:
            seen += os.read(master, 4096)
    except OSError:
        pass  # the other end was closed
    os.close(master)
    assert process.wait(10) == 3
    drawn = [part for part in seen.decode().split("\r") if "asking hosts" in part]
    print(repr(drawn[:2] + drawn[-1:]))
    assert len(drawn) > 10, "it moves"
    shares = [int(found[0]) for part in drawn if (found := re.findall(r"(\d+) of 61", part))]
    assert shares == sorted(shares) and shares[-1] > shares[0]


# Interfaces come and go


def test_a_node_meets_others_on_an_interface_that_comes_and_forgets_who_was_on_one_that_goes(
        lan, people):
    ada, bob = people("ada", "bob")
    meet(ada, bob)
    with Lan() as other:
        host = lan.host()
        a = Node(host, ada.home)
        Node(other.host(v4="10.60.0.9/24"), bob.home).wait(
            lambda o: o.get("event") == "alone", 15, "Bob to be alone")
        capture = other.capture()
        watch = a.watch()
        assert a.nearby(codes=(3,))["people"] == []
        for _ in range(2):
            plugged = time.monotonic()
            other.plug(host, "eth1", "10.60.0.7/24")
            moment, said = watch.wait(
                lambda o: o["event"] == "appeared", AT_ONCE, "Bob to appear", plugged)
            print(f"met {moment - plugged:.3f} s after the interface came")
            assert (said["person"]["name"], said["person"]["interface"]) == ("Bob", "eth1")
            assert {p.destination for p in capture.of(BEACON, port=other.port(host, "eth1"))} >= {
                V4_GROUP, V6_GROUP}
            joined = host.run("ip", "maddr", "show", "dev", "eth1").stdout
            assert V4_GROUP in joined and V6_GROUP in joined
            unplugged = time.monotonic()
            other.unplug(host, "eth1")
            moment, said = watch.wait(
                lambda o: o["event"] == "vanished", AT_ONCE, "Bob to vanish", unplugged)
            print(f"forgotten {moment - unplugged:.3f} s after it went")
        watch.end()


def test_two_nodes_on_one_machine_share_the_group_and_no_port(lan, people):
    host, other = lan.host(), lan.host()
    ada, bob, cyd = people("ada", "bob", "cyd")
    meet(ada, bob)
    # The one that is not on the port of the group comes first.
    first = Node(host, ada.home, "--listen", "0.0.0.0:5485", "--listen", "[::]:5485")
    second = Node(host, bob.home)
    there = Node(other, cyd.home)
    until(lambda: {"5484", "5485"} <= {
        row["address"].rpartition(":")[2] for row in there.nearby(codes=(0, 3))["people"]},
        AT_ONCE, "both nodes, elsewhere")
    assert contact_of(first, "Bob")["address"].endswith(":5484")
    assert contact_of(second, "Ada")["address"].endswith(":5485")
    # A home of its own, which is made on the way.
    _, said = host.says(str(cyd.home) + "-2", "run", code=1)
    assert "port-in-use" in said
