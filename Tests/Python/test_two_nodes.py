"""Two Python nodes on 127.0.0.1: the specification agrees with itself."""

import socket
import time

import pytest
from kith_node import *  # noqa: F403


def until(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


@pytest.fixture
def ring():
    nodes = [KithNode() for _ in range(5)]
    for node in nodes[1:]:
        node.join([nodes[0].record])
        until(lambda: node.key.id in nodes[0].table)
    for node in nodes:
        node.join([])
    until(lambda: all(len(n.table) == 4 for n in nodes))
    yield nodes
    for node in nodes:
        node.close()


def raw_socket():
    plain = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    plain.bind(("127.0.0.1", 0))
    plain.settimeout(0.3)
    return plain


def init_packet(node, message, receiver=None, wanted=0):
    asker = NodeKey(LOCAL)
    noise = Initiator(LOCAL.prologue, asker.secret, node.key.public)
    payload = encode([asker.nonce, 1, message])
    body = type4(INIT) + b"abcd" + noise.first(payload + bytes(max(0, wanted - len(payload))))
    body += mac1(receiver or node.key.public, body)
    return noise, body + bytes(16)


def answer_to(node, packet):
    plain = raw_socket()
    plain.sendto(packet, node.address)
    try:
        return plain.recvfrom(65_535)[0]
    except TimeoutError:
        return None
    finally:
        plain.close()


def test_a_record_text_and_an_address_survive_a_round_trip():
    with KithNode() as node:
        assert NodeRecord.from_text(node.record.text) == node.record
    assert address_tuple(address_bytes(("::ffff:127.0.0.1", 5484))) == ("127.0.0.1", 5484)
    with pytest.raises(WireError):
        address_tuple(bytes(10) + b"\xff\xff\x7f\0\0\1" + b"\x15\x6c")


def test_ping_works_in_the_handshake_and_in_the_session(ring):
    a, b = ring[0], ring[1]
    first = b.ping(a.record, fresh=True)
    second = b.ping(a.record)
    assert address_tuple(first[11]) == address_tuple(second[11]) == b.address


def test_a_record_is_stored_on_three_and_found_by_another(ring):
    body = Profile("Ada Lovelace", ("Chess",), active_hour=1).encode()
    now = now_ms()
    identity = Identity()
    record = Record.sign(
        LOCAL, identity, PROFILE, identity.next_sequence(now), now, now + DAY_MS, body)
    assert len(ring[1].put(record)) == 3
    assert ring[4].get(record.location) == [record]


def test_a_person_is_found_by_name_typo_prefix_and_interest_and_then_withdrawn(ring):
    profile = Profile("Jonas Weiß", ("Chess", "Sailing", "café"), region="Berlin")
    ring[1].publish(profile)
    for typed in ("jonas", "Jonnas", "jon", "jnoas", "weiss"):
        assert [p for _, _, p in ring[3].find_name(typed)] == [profile], typed
    assert ring[3].find_name("peter") == []
    assert [(s, p) for s, _, p in ring[4].find_interests(["chess", "CAFE"])] == [(2 / 3, profile)]
    assert ring[4].find_interests(["chess", "a", "b"]) == []  # 1/5 is not above 0.3
    ring[1].publish(profile, tombstone=True)
    assert ring[3].find_name("jonas") == []


def test_older_and_conflicting_records_are_refused_with_the_newer_sequence(ring):
    a, b, identity, now = ring[0], ring[1], Identity(), now_ms()
    body = Profile("Ada").encode()
    make = lambda sequence, life=DAY_MS: Record.sign(  # noqa: E731
        LOCAL, identity, PROFILE, sequence, now, now + life, body)
    newer, older, twin = make(now << 16 | 5), make(now << 16 | 4), make(now << 16 | 5, 1000)
    token = b.find_record(a.record, newer.location)[7]
    assert b.store(a.record, newer, token) == newer.expires
    assert b.store(a.record, newer, token) == newer.expires  # the same bytes refresh
    for refused in (older, twin):
        with pytest.raises(Refusal) as fault:
            b.store(a.record, refused, token)
        assert (fault.value.reason, fault.value.newer) == (OLDER, newer.sequence)
    with pytest.raises(Refusal) as fault:
        ring[2].store(a.record, newer, token)  # a token is bound to address and node
    assert fault.value.reason == BAD_TOKEN


def test_store_in_a_handshake_is_refused(ring):
    message = {0: STORE, 1: 7, 2: bytes(10), 3: bytes(16)}
    noise, packet = init_packet(ring[0], message, wanted=200)
    answer = answer_to(ring[0], packet)
    payload, _, _ = noise.second(answer[12:-32])
    assert decode(payload, padded=True)[2][2] == IN_HANDSHAKE


@pytest.mark.parametrize("wanted", [0, 200, 1096])
def test_resp_is_never_longer_than_init(ring, wanted):
    _, packet = init_packet(ring[0], {0: FIND_NODE, 1: 7, 2: bytes(32)}, wanted=wanted)
    answer = answer_to(ring[0], packet)
    assert answer[0] == RESP and len(answer) <= len(packet)


def test_a_wrong_mac1_and_every_truncation_get_silence(ring):
    _, packet = init_packet(ring[0], {0: PING, 1: 7}, receiver=bytes(32))
    assert answer_to(ring[0], packet) is None
    _, packet = init_packet(ring[0], {0: PING, 1: 7})
    plain = raw_socket()
    for size in range(len(packet)):
        plain.sendto(packet[:size], ring[0].address)
    with pytest.raises(TimeoutError):
        plain.recvfrom(65_535)
    plain.sendto(packet, ring[0].address)
    assert plain.recvfrom(65_535)[0][0] == RESP
    plain.close()


def test_under_load_a_cookie_comes_first_and_is_small(ring):
    _, packet = init_packet(ring[0], {0: PING, 1: 7})
    ring[0].under_load = True
    answer = answer_to(ring[0], packet)
    assert answer[0] == COOKIE and len(answer) == COOKIE_BYTES < len(packet)
    assert ring[1].ping(ring[0].record, fresh=True)[0] == PONG  # it brings the cookie back


def test_a_replayed_packet_is_dropped(ring):
    a, b = ring[0], ring[1]
    b.ping(a.record)
    session = b.session_of[a.key.public, a.address]
    header = type4(DATA) + session.remote_index + (1000).to_bytes(8, "big")
    before = len(a.drops)
    session.counter = 1001
    packet = header + seal(session.send_key, 1000, header, encode({0: PING, 1: 1}))
    for _ in range(2):
        b.socket.sendto(packet, a.address)
    until(lambda: "replayed" in a.drops[before:])
    assert a.drops[before:].count("replayed") == 1


def test_the_proof_of_work_of_the_public_network_is_checked():
    public = NodeKey(PUBLIC)
    assert node_id(PUBLIC, public.public, public.nonce) == public.id
    weak = sum(node_id(PUBLIC, public.public, public.nonce + n) is not None for n in range(1, 9))
    assert weak < 8
