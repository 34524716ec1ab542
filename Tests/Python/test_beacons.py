"""What is on the link: beacons that strangers cannot link, floods, forgeries, a Python contact."""

import contextlib
import itertools
import os
import subprocess
import time
from pathlib import Path

import pytest
from conftest import program
from kith_nearby import (
    AIMS, BEACON, BEACON_MAX, BEACON_MIN, CONTACTS, EVERYBODY, GREETING, GREETING_BYTES, ITEM_AT,
    Beacon, Ephemeral, Greeting, Introduction, WireError, beacon_tag, greeting_tag)
from kith_privacy import Pair
from kith_wire import INIT, LOCAL, PUBLIC, Identity, NodeKey, node_id, now_ms, type4
from lan import *  # noqa: F403
from test_interop import until

BURST = 3  # beacons in short order: at once, after 1 s, after 2 s
WINDOW = 6  # bytes: of random ones so many are equal somewhere once in 10^9 pairs of beacons
FLOOD_PER_SECOND, FLOOD_SECONDS = 1_000, 3
FAKETIME = "/usr/lib/{}-linux-gnu/faketime/libfaketime.so.1"


# The implementation in Python agrees with itself


def test_beacons_and_greetings_are_read_as_they_were_written(dice):
    key, me, you = NodeKey(LOCAL), Identity(dice.randbytes(32)), Identity(dice.randbytes(32))
    mine, yours = Ephemeral(dice.randbytes(32)), Ephemeral(dice.randbytes(32))
    source = ("192.168.54.7", PORT)
    said = Introduction.sign(LOCAL, me, key, mine.public, source, "Ada")
    assert said.holds(LOCAL, mine.public, source)
    assert not said.holds(LOCAL, mine.public, ("192.168.54.8", PORT))
    assert not said.holds(LOCAL, yours.public, source)
    for aim, introduction in itertools.product(AIMS, (None, said)):
        beacon = Beacon.of(mine.public, [bytes(8)], aim, introduction)
        data = beacon.encode(LOCAL)
        assert Beacon.decode(LOCAL, data) == beacon
        assert (len(data) == BEACON_MIN) == (introduction is None) and len(data) <= BEACON_MAX
        for at in range(len(data)):
            with pytest.raises(WireError):
                Beacon.decode(LOCAL, data[:at] + bytes([data[at] ^ 1]) + data[at + 1:])
        with pytest.raises(WireError):
            Beacon.decode(PUBLIC, data)
        greeting = Greeting(key.public, key.nonce, 1, bytes(16), introduction)
        sealed = greeting.seal(LOCAL, yours, mine.public)
        assert len(sealed) == GREETING_BYTES < BEACON_MIN
        assert Greeting.open(LOCAL, sealed, mine) == (greeting, yours.public)
        with pytest.raises(WireError):
            Greeting.open(LOCAL, sealed, yours)


# Beacons on the link


def beacons_of(host, person, capture, count: int, *arguments, **rest) -> list:
    """Runs a node until it has sent so many beacons to the group of IPv4."""
    since = time.monotonic()
    node = Node(host, person.home, *arguments, **rest)
    try:
        return until(
            lambda: (f := capture.of(BEACON, source=host.v4, to=V4_GROUP, after=since))[count - 1:]
            and f, 10, "beacons")
    finally:
        node.end()
        for left in ("faketime_shm", "sem.faketime_sem"):
            Path(f"/dev/shm/{left}_{node.process.pid}").unlink(missing_ok=True)


def test_a_node_begins_with_three_beacons_of_hop_limit_1_to_both_groups(lan, people):
    host, (ada,) = lan.host(), people("ada")
    capture = lan.capture()
    node = Node(host, ada.home)
    until(lambda: len(capture.of(BEACON)) >= 2 * BURST, 10, "the beacons")
    for group, source in ((V4_GROUP, host.v4), (V6_GROUP, host.v6)):
        sent = capture.of(BEACON, to=group)
        times = [p.moment - node.started for p in sent]
        print(f"{group}: after {', '.join(f'{t:.3f}' for t in times)} s")
        assert len(sent) == BURST and {p.hops for p in sent} == {1}
        assert {(p.source, p.source_port, p.destination_port) for p in sent} == {
            (source, PORT, PORT)}
        assert times[0] < 1 and 0.8 < times[1] - times[0] < 1.3 < times[2] - times[1] < 2.4
        # A key of its own for each.
        assert len({Beacon.decode(PUBLIC, p.payload).e for p in sent}) == BURST
        assert {Beacon.decode(PUBLIC, p.payload).aim for p in sent} == {EVERYBODY}
        assert {len(p.payload) for p in sent} == {BEACON_MIN}
    # A new network is news: three more.
    since = time.monotonic()
    host.change_address("192.168.54.77/24")
    until(lambda: len(capture.of(BEACON, source=host.v4)) >= BURST, 10, "beacons once more")
    first = capture.of(BEACON, source=host.v4)[0].moment - since
    print(f"{first:.3f} s after the address changed")
    # Two seconds after the last beacon at the latest, so that nobody makes it send more often.
    assert first < 2.5


def faketime() -> str:
    found = FAKETIME.format(os.uname().machine)
    if not Path(found).exists():
        pytest.skip("faketime is not installed, no other day can be had; run: Tools/install tests")
    return found


def windows(packet) -> set[bytes]:
    """All that stands in a beacon beside its first four bytes and its item."""
    parts = packet.payload[4:ITEM_AT], packet.payload[-16:]
    return {part[at:at + WINDOW] for part in parts for at in range(len(part) - WINDOW + 1)}


def unlinkable(packets):
    """No two beacons have anything in common but what all beacons have."""
    assert len({p.payload[:4] + p.payload[ITEM_AT:-16] for p in packets}) == 1
    assert {len(p.payload) for p in packets} == {BEACON_MIN}
    seen = [windows(p) for p in packets]
    for one, other in itertools.combinations(seen, 2):
        assert not one & other
    for packet in packets:
        tags = Beacon.decode(PUBLIC, packet.payload).tags
        assert len(set(tags)) == len(tags)


@pytest.mark.parametrize("knows", [0, 1, 3])
def test_two_days_of_one_persons_beacons_have_nothing_in_common(lan, people, knows):
    """The very same node, home and address, with 0, 1 or 3 contacts; one day, and the next."""
    other_day = {**os.environ, "LD_PRELOAD": faketime(), "FAKETIME": "+1d",
                 "DONT_FAKE_MONOTONIC": "1"}
    host, (ada, *friends) = lan.host(has_v6=False), people("ada", "bob", "cyd", "dee")
    for friend in friends[:knows]:
        ada.kith("contacts", "add", friend.uri, "--name", friend.name)
    capture = lan.capture()
    today = beacons_of(host, ada, capture, 2)
    # It is preloaded into env already: Swift finds no arguments in a program where it comes first.
    tomorrow = beacons_of(host, ada, capture, 2, env=other_day, through=("env",))
    unlinkable(today + tomorrow)
    # A contact recognises them, each on its day alone.
    sender, source, now = Identity(ada.seed).public, (host.v4, PORT), now_ms()
    for number, friend in enumerate(friends):
        pair = Pair(PUBLIC, friend.seed, sender)
        for packets, day in ((today, 0), (tomorrow, 1)):
            for packet in packets:
                beacon = Beacon.decode(PUBLIC, packet.payload)
                epoch = pair.epoch_at(now) + day
                expected = [
                    beacon_tag(pair, sender, e, beacon.e, source) in beacon.tags
                    for e in (epoch - 1, epoch, epoch + 1)]
                assert expected == [False, number < knows, False], (friend.name, day)


def test_places_of_tags_say_nothing(lan, people):
    """The tag of one contact is not always in one place."""
    host, (ada, bob) = lan.host(has_v6=False), people("ada", "bob")
    ada.kith("contacts", "add", bob.uri, "--name", bob.name)
    capture = lan.capture()
    sender = Identity(ada.seed).public
    pair, places = Pair(PUBLIC, bob.seed, sender), []
    node = Node(host, ada.home)
    looks = [host.start(program("kith"), "nearby", "--home", str(ada.home),
                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(8)]
    assert {look.wait(10) for look in looks} == {3}
    node.end()
    for packet in capture.of(BEACON):
        beacon = Beacon.decode(PUBLIC, packet.payload)
        tag = beacon_tag(
            pair, sender, pair.epoch_at(now_ms()), beacon.e, (packet.source, PORT))
        places.append(beacon.tags.index(tag))
    print(f"places {places}")
    assert len(places) > 8 and len(set(places)) > len(places) // 2


# A contact in Python


class Contact:
    """Somebody on a host, made from Specs/Nearby.md: a socket at the port of Kith, in the group."""

    def __init__(self, host, person, key: NodeKey):
        self.host, self.me, self.key = host, Identity(person.seed), key
        self.source = (host.v4, PORT)
        self.socket = host.udp(port=PORT)
        group = socket.inet_aton(V4_GROUP) + socket.inet_aton(host.v4)
        self.socket.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group)
        self.socket.setsockopt(
            socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(host.v4))
        self.socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def beacon(self, pair, e: Ephemeral, aim=CONTACTS, source=None, day=0) -> bytes:
        tag = beacon_tag(
            pair, self.me.public, pair.epoch_at(now_ms()) + day, e.public, source or self.source)
        return Beacon.of(e.public, [tag], aim).encode(PUBLIC)

    def send(self, data: bytes, to=(V4_GROUP, PORT)):
        self.socket.sendto(data, to)

    def hear(self, kind: int, seconds=5.0) -> tuple[bytes, tuple] | None:
        """The next datagram of this kind, and where it is from."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with contextlib.suppress(TimeoutError):
                data, source = self.socket.recvfrom(2_000)
                if data[:4] == type4(kind):
                    return data, source
        return None


@pytest.fixture(scope="module")
def node_key():
    return NodeKey(PUBLIC)


def test_a_greeting_to_a_contact_shows_who_sends_it(lan, people, node_key):
    a, b = lan.host(), lan.host()
    ada, bob = people("ada", "bob")
    meet(ada, bob)
    pair, her = Pair(PUBLIC, bob.seed, Identity(ada.seed).public), Identity(ada.seed).public
    node = Node(a, ada.home, "--visible", "contacts")
    with Contact(b, bob, node_key) as contact:
        e = Ephemeral()
        contact.send(contact.beacon(pair, e))
        data, source = contact.hear(GREETING)
        assert source == (a.v4, PORT)
        greeting, other = Greeting.open(PUBLIC, data, e)
        assert node_id(PUBLIC, greeting.node, greeting.nonce).hex() == (
            node.read[0][1]["node"])
        assert greeting.introduction is None
        assert greeting.tag == greeting_tag(
            pair, her, greeting.node, other, e.public, (a.v4, PORT))
        # She learns who is here from the beacon: a hint, since no node has answered.
        hint, = rows(node.nearby(), name="Bob")
        assert (hint["contact"], hint["confirmed"], hint["node"]) == (True, False, None)
        text, _ = a.says(ada.home, "nearby")
        assert "a hint: no node has answered there" in text
        # A greeting to a beacon is greeted back once by who has a contact there, if it holds.
        back = Greeting(node_key.public, node_key.nonce, 0, greeting_tag(
            pair, contact.me.public, node_key.public, e.public, other, contact.source))
        contact.send(back.seal(PUBLIC, e, other), (a.v4, PORT))
        assert contact.hear(INIT), "the node that greets is asked in a session"
        assert not contact.hear(GREETING, 1), "a greeting to a greeting is not answered"
        known = node.counters()
        assert known["greetingsHeard"] == 1


def test_a_greeting_of_a_contact_is_understood_and_greeted_back_once(lan, people, node_key):
    a, b = lan.host(), lan.host()
    ada, bob = people("ada", "bob")
    meet(ada, bob)
    pair, her = Pair(PUBLIC, bob.seed, Identity(ada.seed).public), Identity(ada.seed).public
    capture = lan.capture()
    node = Node(a, ada.home)
    watch = node.watch()
    capture.settle(1.5)  # the first look around is over
    with Contact(b, bob, node_key) as contact:
        data, source = contact.hear(BEACON)
        assert Beacon.decode(PUBLIC, data).is_of(pair, her, source, now_ms())
        e, own = Beacon.decode(PUBLIC, data).e, Ephemeral()
        sealed = Greeting(node_key.public, node_key.nonce, 1, greeting_tag(
            pair, contact.me.public, node_key.public, own.public, e, contact.source)).seal(
                PUBLIC, own, e)
        for _ in range(3):
            contact.send(sealed, source)
        assert contact.hear(INIT), "it is asked in a session, at that address"
        _, said = watch.wait(lambda o: o["event"] == "appeared", 3, "a hint at Bob")
        assert (said["person"]["name"], said["person"]["contact"]) == ("Bob", True)
        assert not said["person"]["confirmed"], "nobody answered in a session"
        capture.settle()
        answer = capture.of(GREETING, source=a.v4)[0].payload
        back, other = Greeting.open(PUBLIC, answer, own)
        assert other == e, "the key of the beacon is that of the greeting back"
        assert back.tag == greeting_tag(pair, her, back.node, e, own.public, source)
        assert len(capture.of(GREETING, source=a.v4)) == 1, "once"
        # Who does not answer in a session is forgotten.
        watch.wait(lambda o: o["event"] == "vanished", 10, "the hint to vanish")


def test_an_introduction_is_signed_as_specified_in_beacons_and_greetings(lan, people, node_key):
    a, b = lan.host(), lan.host()
    ada, bob = people("ada", "bob")
    ada.kith("profile", "set", "--name", "Ada Žižek")
    with Contact(b, bob, node_key) as stranger:
        Node(a, ada.home, "--visible", "everybody")
        data, source = stranger.hear(BEACON)
        beacon, e = Beacon.decode(PUBLIC, data), Ephemeral()
        stranger.send(Beacon.of(e.public).encode(PUBLIC))
        answer, _ = stranger.hear(GREETING)
    greeting, other = Greeting.open(PUBLIC, answer, e)
    for said, key in ((beacon.introduction, beacon.e), (greeting.introduction, other)):
        assert (said.name, said.person) == ("Ada Žižek", Identity(ada.seed).public)
        assert said.node == greeting.node
        assert not said.holds(PUBLIC, key, (b.v4, PORT))
        assert said.holds(PUBLIC, key, source)


@pytest.mark.parametrize("elsewhere", [False, True], ids=["here", "elsewhere"])
def test_an_introduction_is_taken_only_from_where_it_was_signed_for(
        lan, people, node_key, elsewhere):
    a, b = lan.host(), lan.host()
    ada, bob = people("ada", "bob")
    node = Node(a, ada.home)
    with Contact(b, bob, node_key) as stranger:
        e = Ephemeral().public
        place = ("192.168.54.99", PORT) if elsewhere else stranger.source
        said = Introduction.sign(PUBLIC, stranger.me, node_key, e, place, "Bob Weiß")
        stranger.send(Beacon.of(e, introduction=said).encode(PUBLIC))
        assert stranger.hear(GREETING), "whoever asks for a first node is answered"
        found = rows(node.nearby(codes=(0, 3)), name="Bob Weiß")
    assert len(found) == (0 if elsewhere else 1)
    if found:
        assert (found[0]["fingerprint"], found[0]["confirmed"]) == (bob.fingerprint, False)


@pytest.mark.parametrize("day, known", [(-1, True), (1, True), (-2, False), (2, False)])
def test_a_contact_whose_clock_is_a_day_off_is_recognised(lan, people, node_key, day, known):
    a, b = lan.host(), lan.host()
    ada, bob = people("ada", "bob")
    meet(ada, bob)
    pair = Pair(PUBLIC, bob.seed, Identity(ada.seed).public)
    node = Node(a, ada.home, "--visible", "contacts")
    with Contact(b, bob, node_key) as contact:
        contact.send(contact.beacon(pair, Ephemeral(), day=day))
        assert bool(contact.hear(GREETING, 2 if known else 0.7)) == known
    assert bool(rows(node.nearby(codes=(0, 3)), name="Bob")) == known


# Floods and forgeries


def flood(beacons, send) -> int:
    """Sends 1,000 a second for some seconds, evenly; how many."""
    began, sent = time.monotonic(), 0
    while (passed := time.monotonic() - began) < FLOOD_SECONDS:
        while sent < passed * FLOOD_PER_SECOND:
            send(next(beacons), sent)
            sent += 1
        time.sleep(0.002)  # the pace of the flood; nothing is waited for
    assert sent > FLOOD_PER_SECOND * FLOOD_SECONDS * 0.9
    return sent


def strangers_beacons(network=PUBLIC, aim=EVERYBODY):
    """Beacons such as strangers send who look for a first node, each with a key of its own."""
    made = [Beacon.of(Ephemeral().public, aim=aim).encode(network) for _ in range(200)]
    return itertools.cycle(made)


def test_a_flood_of_one_source_is_answered_at_most_once_in_30_seconds(lan, people):
    hosts = [lan.host() for _ in range(3)]
    ada, bob = people("ada", "bob")
    meet(ada, bob)
    node = Node(hosts[0], ada.home, "--visible", "everybody")
    capture = lan.capture()
    before = node.counters()
    with contextlib.ExitStack() as stack:
        ways = [stack.enter_context(contextlib.closing(hosts[1].udp())) for _ in range(4)]
        for each in ways:
            each.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
                            socket.inet_aton(hosts[1].v4))
        goals = itertools.cycle([(V4_GROUP, PORT), (hosts[0].v4, PORT)])
        sent = flood(
            strangers_beacons(), lambda data, n: ways[n % 4].sendto(data, next(goals)))
        # Somebody else is answered meanwhile and after it.
        b = Node(hosts[2], bob.home)
        found = until(lambda: rows(b.nearby(), name="Ada", confirmed=True), 10, "Ada")[0]
        assert found["contact"] and b.joined() < 5
    capture.settle()
    answers = capture.of(GREETING, source=hosts[0].v4, to=hosts[1].v4)
    after = node.counters()
    refused = after["refusedBeacons"] - before["refusedBeacons"]
    print(f"{sent} beacons, {len(answers)} answered, {refused} not even looked at")
    assert len(answers) == 1
    assert refused > sent / 2
    assert [p for p in capture.packets if p.source == hosts[0].v4
            and p.destination == hosts[1].v4 and p not in answers] == []


def test_a_flood_of_foreign_addresses_is_never_answered(lan, people, dice):
    """1,000 a second that claim to be from elsewhere: public, other subnets, groups, ourselves."""
    hosts = [lan.host() for _ in range(3)]
    lan.behind_a_router()  # so that there would be a way to them
    ada, bob = people("ada", "bob")
    meet(ada, bob)
    node = Node(hosts[0], ada.home, "--visible", "everybody")
    capture = lan.capture()
    own = {h.v4 for h in lan.hosts}

    def foreign() -> str:
        return dice.choice([
            f"8.8.{dice.randrange(256)}.{dice.randrange(1, 255)}",
            f"10.54.0.{dice.randrange(1, 255)}", f"192.168.55.{dice.randrange(1, 255)}",
            f"169.254.3.{dice.randrange(1, 255)}", "192.168.54.0", "192.168.54.255",
            "255.255.255.255", "0.0.0.0", "127.0.0.1", V4_GROUP, hosts[0].v4])

    with contextlib.closing(hosts[1].socket(socket.AF_PACKET, socket.SOCK_RAW)) as raw:
        raw.bind(("eth0", 0))
        sent = flood(strangers_beacons(), lambda data, n: raw.send(
            forged(foreign(), hosts[0].v4 if n % 2 else V4_GROUP, data, source_port=6_000)))
    b = Node(hosts[2], bob.home)
    assert until(lambda: rows(b.nearby(), name="Ada", confirmed=True), 10, "Ada")
    capture.settle()
    gone = {p.destination for p in capture.packets if p.port == lan.port(hosts[0])}
    print(f"{sent} beacons; what left went to {sorted(gone)}")
    assert {g for g in gone if ":" not in g} <= {V4_GROUP, hosts[2].v4}
    assert all(p["address"].split(":")[0] in own or p["address"].startswith("[fe80")
               for p in node.nearby()["people"])


def test_a_flood_that_claims_all_neighbours_is_bounded_for_all(lan, people):
    hosts = [lan.host() for _ in range(2)]
    ada, = people("ada")
    node = Node(hosts[0], ada.home)
    before = node.counters()
    with contextlib.closing(hosts[1].socket(socket.AF_PACKET, socket.SOCK_RAW)) as raw:
        raw.bind(("eth0", 0))
        began = time.monotonic()
        sent = flood(strangers_beacons(), lambda data, n: raw.send(
            forged(f"192.168.54.{3 + n % 250}", V4_GROUP, data, source_port=6_000)))
        after = node.counters()
        took = time.monotonic() - began
    answered = after["greetingsSent"] - before["greetingsSent"]
    print(f"{sent} beacons of 250 hosts, {answered} answered in {took:.1f} s")
    assert 0 < answered <= 100 + 20 * took + 1


def test_a_beacon_that_is_said_again_from_elsewhere_names_nobody(lan, people):
    """Of a contact, and of somebody who is visible to everybody."""
    hosts = [lan.host(has_v6=False) for _ in range(4)]
    ada, bob, cyd = people("ada", "bob", "cyd")
    meet(ada, bob)
    cyd.kith("profile", "set", "--name", "Cyd")
    capture = lan.capture()
    b, c = Node(hosts[1], bob.home), Node(hosts[2], cyd.home, "--visible", "everybody")
    heard = until(
        lambda: (x := capture.of(BEACON, source=hosts[1].v4)) and (
            y := capture.of(BEACON, source=hosts[2].v4)) and [x[0], y[0]], 5, "both beacons")
    assert Beacon.decode(PUBLIC, heard[1].payload).introduction.name == "Cyd"
    b.end()
    c.end()
    a = Node(hosts[0], ada.home, "--visible", "contacts")
    thief = hosts[3]
    with contextlib.closing(thief.udp(port=PORT)) as again:
        for packet in heard:
            again.sendto(packet.payload, (hosts[0].v4, PORT))
        until(lambda: a.counters()["beaconsHeard"] >= 2, 5, "both to be heard")
    assert a.nearby(codes=(3,))["people"] == []
    assert not capture.of(GREETING, to=thief.v4)


@pytest.mark.parametrize("group", [V4_GROUP, V6_GROUP])
def test_a_beacon_to_a_group_is_heard_once(lan, people, group):
    hosts = [lan.host(), lan.host()]
    node = Node(hosts[0], people("ada")[0].home, "--visible", "contacts")
    before = node.counters()
    with contextlib.closing(hosts[1].udp(
            socket.AF_INET if group == V4_GROUP else socket.AF_INET6)) as plain:
        if group == V4_GROUP:
            plain.setsockopt(
                socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(hosts[1].v4))
        else:
            plain.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, hosts[1].index())
        for _ in range(3):
            plain.sendto(Beacon.of(Ephemeral().public).encode(PUBLIC), (group, PORT))

    def seen() -> int:
        after = node.counters()
        return sum(after[name] - before[name] for name in ("beaconsHeard", "refusedBeacons"))

    until(lambda: seen() >= 3, 5, "three beacons")
    assert seen() == 3


def test_a_beacon_on_another_link_than_its_source_is_on_is_not_heard(lan, people):
    host, there = lan.host(has_v6=False), lan.host(has_v6=False)
    for interface in ("all", "default", "eth0"):
        host.set(f"ipv4/conf/{interface}/rp_filter", 0)
    with Lan() as other:
        other.plug(host, "eth1", "10.60.0.7/24")
        elsewhere = other.host("10.60.0.9/24", has_v6=False)
        node = Node(host, people("ada")[0].home, "--visible", "everybody")
        capture = lan.capture()
        # The second interface was plugged in a moment ago.
        until(lambda: node.counters()["beaconsSent"] >= 2, 5, "beacons on both links")
        before = node.counters()
        with contextlib.closing(elsewhere.socket(socket.AF_PACKET, socket.SOCK_RAW)) as raw:
            raw.bind(("eth0", 0))
            beacon = Beacon.of(Ephemeral().public).encode(PUBLIC)
            raw.send(forged(there.v4, V4_GROUP, beacon))
            # Behind it, one that is heard: then the first was seen.
            beacon = Beacon.of(Ephemeral().public).encode(PUBLIC)
            raw.send(forged("10.60.0.99", V4_GROUP, beacon))
        until(lambda: node.counters()["beaconsHeard"] > before["beaconsHeard"], 5, "the other one")
        capture.settle()
        assert node.counters()["beaconsHeard"] == before["beaconsHeard"] + 1
        assert not capture.of(GREETING, to=there.v4)


def test_damaged_beacons_and_those_of_other_networks_are_dropped_and_counted(lan, people, dice):
    hosts = [lan.host(), lan.host()]
    node = Node(hosts[0], people("ada")[0].home)
    good = Beacon.of(Ephemeral().public).encode(PUBLIC)
    damaged = bytearray(good)
    damaged[dice.randrange(4, len(good))] ^= 1 << dice.randrange(8)
    bad = [bytes(damaged), Beacon.of(Ephemeral().public).encode(LOCAL), good[:-1], good + b"\0",
           Beacon.of(bytes(32)).encode(PUBLIC)]
    with contextlib.closing(hosts[1].udp()) as plain:
        for data in bad:
            plain.sendto(data, (hosts[0].v4, PORT))
        until(lambda: node.counters()["refusedBeacons"] >= len(bad) - 1, 5, "the bad ones")
        with pytest.raises(TimeoutError):
            plain.recvfrom(2_000)
