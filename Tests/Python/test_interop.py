"""The Python node among real `kith` processes on loopback: the main job, both ways.

Everything that the Python node receives and decrypts is kept and must be accepted by kith.cddl.
"""

import json
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from conftest import program
from grammar import fault
from kith_node import *  # noqa: F403

NODES = 4
READY_SECONDS = 60


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
        return True
    except OSError:
        return False


def until(condition, seconds=30, what="the condition"):
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"waited {seconds} s in vain for {what}"
        time.sleep(0.05)
    return found


class Process:
    """One `kith run` in a home of its own."""

    def __init__(self, home: Path, seeds=(), network="local", advertise=(), hosts=None):
        self.home, self.log = home, open(home.with_suffix(".log"), "w+")
        port = free_port()
        arguments = ["run", "--network", network]
        both = has_ipv6() and not advertise
        for host in hosts or (["127.0.0.1", "[::1]"] if both else ["127.0.0.1"]):
            arguments += ["--listen", f"{host}:{port}"]
        for address in advertise:
            arguments += ["--advertise", address]
        for seed in seeds:
            arguments += ["--seed", seed]
        if not seeds:
            arguments.append("--bootstrap")
        self.process = subprocess.Popen(
            [program("kith"), *arguments, "--home", str(home)], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.record = NodeRecord.from_text(self.first_line())

    def first_line(self) -> str:
        """The node record, which stands alone on the first line of standard output."""
        line = self.process.stdout.readline().strip()
        assert line.startswith("kith-node:"), f"{line!r}, and on stderr: {self.stderr()}"
        return line

    def stderr(self) -> str:
        self.log.flush()
        return Path(self.log.name).read_text()[-2000:]

    def ask(self, *arguments, codes=(0,), seconds=40):
        """Runs a command against this node; its JSON."""
        run = subprocess.run(
            [program("kith"), *arguments, "--json", "--home", str(self.home)],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds)
        assert run.returncode in codes, f"{arguments}: {run.returncode} {run.stdout} {run.stderr}"
        return json.loads(run.stdout) if run.stdout.strip() else None

    def phase(self):
        return (self.ask("status", codes=(0, 4, 5)) or {}).get("phase")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.log.close()


@pytest.fixture(scope="module")
def network():
    program("kith")
    with tempfile.TemporaryDirectory(prefix="kith-") as folder:
        running = []
        try:
            running.append(Process(Path(folder) / "n0"))
            for number in range(1, NODES):
                running.append(Process(Path(folder) / f"n{number}", [running[0].record.text]))
            for number, each in enumerate(running[1:], 1):
                until(lambda e=each: e.phase() == "joined", READY_SECONDS, f"node {number} to join")
            yield running
        finally:
            for each in running:
                each.stop()


@pytest.fixture(scope="module")
def python(network):
    with KithNode(LOCAL) as node:
        node.join([network[0].record])
        until(lambda: len(node.table) == NODES or (node.join([]) and False), 30, "all nodes")
        yield node


def test_every_real_node_answers_ping_and_sees_our_address(network, python):
    for each in network:
        reply = python.ping(each.record)
        assert address_tuple(reply[11]) == python.address
        assert each.record.proves(LOCAL)


def test_find_node_leads_to_nodes_that_prove_their_ids(network, python):
    found = python.find_node(network[0].record, network[-1].record.id)
    assert found[0].id == network[-1].record.id, "closest first"
    assert all(node.proves(LOCAL) for node in found)
    order = [distance(node.id, network[-1].record.id) for node in found]
    assert order == sorted(order)


def test_real_nodes_admit_us_as_a_neighbour_and_pass_us_on(network, python):
    def admitted():
        return all(
            python.record.text in json.dumps(each.ask("peers")) for each in network)

    until(admitted, 30, "every node to list us")
    answer = network[1].ask("ping", python.record.text)
    assert answer["node"] == python.record.id.hex() and answer["roundTripMs"] > 0
    lookup = network[2].ask("dht", "lookup", python.record.id.hex())
    assert lookup["closest"][0]["record"] == python.record.text


def test_probes_reach_us_and_we_make_them_for_others(network, python):
    def handshakes():
        return sum(rule == "handshake-payload" for rule, _ in python.captured)

    before = handshakes()
    assert python.probe_me(network[0].record)[0] == PROBING
    until(lambda: handshakes() > before, 10, "the handshake of another node")

    whole = network[1].record
    target = NodeRecord(whole.key, whole.nonce, whole.id, whole.addresses[:1]).item()
    with pytest.raises(Refusal) as refused:  # too short for the handshake that it asks for
        python.call(network[0].record, PROBE, record=target, padding=bytes(20))
    assert refused.value.reason == RATE
    reply = python.call(network[0].record, PROBE, record=target, padding=bytes(100))
    assert reply[0] == PROBING
    until(lambda: network[0].ask("status")["counters"]["probesMade"] == 1, 10, "the probe")


def test_a_record_is_stored_and_fetched_with_receipts(network, python):
    now, identity = now_ms(), Identity()
    record = Record.sign(
        LOCAL, identity, PROFILE, identity.next_sequence(now), now, now + DAY_MS,
        Profile("Ada Python", ("Chess",)).encode())
    receipts = python.put(record)
    assert len(receipts) == 3 and all(kept <= record.expires for _, kept in receipts)
    assert python.get(record.location) == [record]
    shown = network[3].ask("dht", "get", identity.text)["record"]
    assert (shown["author"], shown["sequence"]) == (identity.text, record.sequence)
    assert shown["profile"]["name"] == "Ada Python"

    older = Record.sign(LOCAL, identity, PROFILE, record.sequence - 1, now, now + DAY_MS, None)
    token = python.find_record(receipts[0][0], record.location)[7]
    with pytest.raises(Refusal) as refused:
        python.store(receipts[0][0], older, token)
    assert (refused.value.reason, refused.value.newer) == (OLDER, record.sequence)
    with pytest.raises(Refusal) as refused:
        python.store(receipts[0][0], record, bytes(16))
    assert refused.value.reason == BAD_TOKEN


def test_a_python_person_is_found_by_name_typo_prefix_and_interests_then_withdrawn(
        network, python):
    profile = Profile("Jonas Weiß", ("Chess", "Sailing"), region="Graz", bio="hello")
    python.publish(profile)
    for node, query in ((0, "jonas"), (1, "jonnas"), (2, "jon"), (3, "WEISS"), (0, "jnoas")):
        (hit,) = network[node].ask("find", query)["results"]
        assert hit["name"] == "Jonas Weiß" and hit["identity"] == python.identity.text
        assert hit["fingerprint"] == python.identity.fingerprint
        assert hit["source"] == "network" and hit["why"] and 0 < hit["score"] <= 1
    (hit,) = network[1].ask("find", "--interests", "chess,SAILING,go")["results"]
    assert hit["score"] == pytest.approx(2 / 3, abs=1e-4)
    assert network[2].ask("find", "nobody", codes=(3,))["results"] == []
    python.publish(profile, tombstone=True)
    assert network[3].ask("find", "jonas", codes=(3,))["results"] == []


def test_a_real_person_is_found_by_us_then_withdrawn(network, python):
    network[0].ask("profile", "set", "--name", "Marta Kovač", "--interests", "Chess,Jazz")
    report = network[0].ask("publish")
    assert report["stored"] == report["wanted"] == 3 and report["quorum"] == 2
    identity = network[0].ask("id")["identity"]
    for query in ("marta", "Kovac", "mar", "marrta"):
        ((score, author, profile),) = python.find_name(query)
        assert identity_text(author) == identity and profile.name == "Marta Kovač"
        assert 0 < score <= 1
    ((score, _, _),) = python.find_interests(["jazz"])
    assert score == pytest.approx(1 / 2)
    assert python.store_kept, "with four other nodes, some of 32 entries belong to us"
    network[0].ask("unpublish")
    assert python.find_name("marta") == []


def test_a_full_location_is_split_alike_by_both(network, python):
    """200 people crowd an interest; the next of either implementation goes to a shard below."""
    now, token = now_ms(), "crowded"
    day, crowd = now // DAY_MS, interest_digest(f"other {number}" for number in range(10))
    location = shared_location(INTEREST_ENTRY, token, day)
    found = python.lookup(location, kind=FIND_RECORD)
    for _ in range(200):
        body, identity = encode_entry(day, 0, crowd), Identity()
        python.put(Record.sign(
            LOCAL, identity, INTEREST_ENTRY, identity.next_sequence(now), now,
            min(now + DAY_MS, (day + 1) * DAY_MS), body, location), found)
    found = python.lookup(location, kind=FIND_RECORD)
    signed = [node for node, reply in found if 9 in reply]
    assert len(signed) >= 2 and python.is_full(location, found)

    python.identity, before = Identity(), python.identity
    python.publish(Profile("☆", (token,)))
    assert (INTEREST_ENTRY, token, day, 1) in python.placed
    network[0].ask("profile", "set", "--name", "☆", "--interests", token)
    network[0].ask("publish")
    identity = network[0].ask("id")["identity"]
    python_text, python.identity = python.identity.text, before

    wanted = {identity, python_text}
    assert {identity_text(a) for _, a, _ in python.find_interests([token])} == wanted
    results = network[2].ask("find", "--interests", token)["results"]
    assert {hit["identity"] for hit in results} == wanted
    network[0].ask("unpublish")
    assert {identity_text(a) for _, a, _ in python.find_interests([token])} == {python_text}


def test_garbage_gets_silence_and_the_node_lives_on(network, python, dice):
    target = network[0].record
    noise = Initiator(LOCAL.prologue, python.key.secret, target.key)
    payload = encode([python.key.nonce, 1, {0: PING, 1: 7}]) + bytes(60)
    body = type4(INIT) + b"abcd" + noise.first(payload)
    init = body + mac1(target.key, body) + bytes(16)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plain:
        plain.bind(("127.0.0.1", 0))
        plain.settimeout(1)
        garbage = [init[:size] for size in range(len(init))]
        for at in range(len(init) - 32):
            damaged = bytearray(init)
            damaged[at] ^= 1 << dice.randrange(8)
            garbage.append(damaged)
        garbage += [dice.randbytes(dice.randrange(1, 1400)) for _ in range(200)]
        for number, packet in enumerate(garbage):
            plain.sendto(packet, target.addresses[0])
            if number % 50 == 0:
                python.ping(target)  # it keeps up, and its receive buffer does not overflow
        plain.sendto(bytes(65_507), target.addresses[0])
        with pytest.raises(TimeoutError):
            plain.recvfrom(65_535)
        plain.sendto(init, target.addresses[0])
        answer = plain.recvfrom(65_535)[0]
    assert answer[0] == RESP and len(answer) <= len(init)
    assert network[0].phase() == "joined" and network[0].process.poll() is None


@pytest.mark.parametrize("padding", [0, 100, 500, 1096])
def test_resp_is_never_longer_than_init(network, python, padding):
    target = network[0].record
    noise = Initiator(LOCAL.prologue, python.key.secret, target.key)
    payload = encode([python.key.nonce, 0, {0: FIND_NODE, 1: 7, 2: bytes(32)}])
    payload += bytes(max(0, padding - len(payload)))
    body = type4(INIT) + b"abcd" + noise.first(payload)
    init = body + mac1(target.key, body) + bytes(16)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plain:
        plain.bind(("127.0.0.1", 0))
        plain.settimeout(0.5 if padding == 0 else 3)
        plain.sendto(init, target.addresses[0])
        try:
            answer = plain.recvfrom(65_535)[0]
        except TimeoutError:
            assert padding == 0, "an INIT with room has to be answered"
            return
    assert len(answer) <= len(init)
    assert answer[-32:-16] == mac1(python.key.public, answer[:-32])


def test_a_node_is_reached_over_ipv6_too(network, python):
    if not has_ipv6():
        pytest.skip("this machine has no IPv6 loopback")
    assert len(network[0].record.addresses) == 2
    with KithNode(LOCAL, bind=("::1", 0)) as six:
        reply = six.ping(network[0].record)
        assert len(reply[11]) == 18 and address_tuple(reply[11]) == six.address
        assert six.ping(network[0].record)[1] != reply[1]
        python.captured += six.captured


def test_a_proof_of_work_for_the_public_network_holds(tmp_path):
    """The node is told an address of documentation; nothing is sent there."""
    program("kith")
    process = Process(tmp_path / "public", network="public", advertise=["192.0.2.7:5484"])
    try:
        assert process.record.addresses == (("192.0.2.7", 5484),)
        assert process.record.proves(PUBLIC) and not process.record.proves(LOCAL)
    finally:
        process.stop()


def next_packet(plain) -> bytes:
    """The next datagram, or nothing when none comes in time."""
    try:
        return plain.recvfrom(65_535)[0]
    except TimeoutError:
        return b""


def test_under_load_a_stranger_has_to_bring_a_cookie_and_then_gets_in(network, python):
    target = network[1].record
    noise = Initiator(LOCAL.prologue, python.key.secret, target.key)
    payload = encode([python.key.nonce, 0, {0: PING, 1: 7}]) + bytes(60)
    body = type4(INIT) + b"abcd" + noise.first(payload)
    body += mac1(target.key, body)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plain:
        plain.bind(("127.0.0.1", 0))
        plain.settimeout(0.01)
        answer, deadline = b"", time.monotonic() + 20
        while answer[:1] != bytes((COOKIE,)):
            assert time.monotonic() < deadline, "no cookie was demanded"
            for _ in range(20):  # at thousands a second, far beyond what goes without cookies
                plain.sendto(body + bytes(16), target.addresses[0])
            answer = next_packet(plain) or answer
        assert len(answer) == COOKIE_BYTES and answer[4:8] == b"abcd"
        cookie = open_cookie(answer, target.key, body[-16:])
        plain.settimeout(0.5)
        while next_packet(plain):
            pass  # answers and cookies of the flood, until it is quiet
        plain.sendto(body + mac2(cookie, body), target.addresses[0])
        plain.settimeout(5)
        answer = plain.recvfrom(65_535)[0]
        assert answer[0] == RESP
        reply = decode(noise.second(answer[12:-32])[0], padded=True)[2]
    assert reply[0] == PONG and reply[1] == 7


def test_zz_everything_received_is_valid_under_the_grammar(network, python):
    """Runs last: what the tests above made the real nodes send."""
    received = dict.fromkeys(python.captured)
    kinds = {decode(data)[0] for rule, data in received if rule == "message"}
    kinds |= {decode(data)[2][0] for rule, data in received if rule == "handshake-payload"}
    assert kinds == {*range(1, 10), PROBING}, "every kind was received"
    assert any(rule == "record" for rule, _ in received)
    for rule, data in received:
        assert fault(rule, data) is None, (rule, data.hex())
    stored = [m[2] for m in (decode(d) for r, d in received if r == "message") if m[0] == STORE]
    for record in stored:
        assert fault("record", record) is None
    print(f"{len(received)} packets and records, {len(stored)} stored with us")
