"""DATA: replay, window, spoofing, damage, and what is not a message: Specs/Wire.md."""

import os
import random

import cbor2
from client import Skip, Stranger, expect
from kith_wire import (
    DATA, FIND_NODE, FIND_RECORD, NODES, PAYLOAD_MAX, PING, PONG, PROBE, PROBING, RECORDS,
    REFUSED, STORE, STORED, address_bytes, encode, type4)
from suite import must

WINDOW = 2048


def session(target, **how):
    return Stranger(target, **how).open()


def counts_as_new(channel, counter: int) -> bool:
    """Whether a PING with that counter is answered."""
    for _ in range(3):
        call = channel.send({0: PING}, counter)
        if channel.answer_to(call, 0.15 + 2 * channel.target.round_trip):
            return True
        channel.target.barrier()
    return False


def is_dropped(channel, packets, what: str):
    """None of the packets is answered, and the session lives on."""
    channel.stranger.meets_silence(packets, what)
    channel.lives()


@must("Wire.md, Handshake")
def a_session_works_both_ways(target):
    """After RESP both split: the initiator sends with the first key, the node with the second."""
    channel = session(target)
    for _ in range(20):
        channel.lives()
    expect(channel.counters[0] == 0, "its first counter in the session is not 0")
    expect(channel.counters == sorted(set(channel.counters)), "its counters go back")


@must("Wire.md, Sessions")
def replayed_data_meets_silence(target):
    """The receiver drops a counter that it has seen."""
    channel = session(target)
    packet = channel.packet({0: PING, 1: 77})
    channel.stranger.send(packet)
    expect(channel.answer_to(77, 1), "no answer to the first copy")
    is_dropped(channel, [packet] * 3, "replayed DATA")


@must("Wire.md, Sessions")
def reordered_counters_are_accepted(target):
    """Within the window each counter counts once, in any order."""
    channel = session(target)
    order = list(range(100, 160))
    random.shuffle(order)
    for counter in order:
        expect(counts_as_new(channel, counter), f"counter {counter} was not accepted")
    channel.counter = 200
    channel.lives()


@must("Wire.md, Sessions")
def the_window_ends_where_it_ends(target):
    """The window reaches 2,048 behind the highest authenticated counter; older is dropped."""
    channel = session(target)
    top = 10_000
    expect(counts_as_new(channel, top), "a jump of the counter was not accepted")
    for back in (1, 64, WINDOW // 2, WINDOW - 2):
        expect(counts_as_new(channel, top - back), f"{back} behind the highest was dropped")
    for back in (WINDOW + 1, WINDOW + 2, 2 * WINDOW, top - 1):
        packet = channel.packet({0: PING, 1: 5}, top - back)
        channel.stranger.meets_silence([packet], f"a counter {back} behind the highest")
    for far in (1 << 32, 1 << 48, (1 << 63) - 1):
        expect(counts_as_new(channel, far), f"a jump to counter {far} was not accepted")
    packet = channel.packet({0: PING, 1: 5}, top)
    channel.stranger.meets_silence([packet], "a counter far behind the highest")
    channel.counter = far + 1
    channel.lives()


@must("Wire.md, Sessions")
def a_forged_counter_does_not_move_the_window(target):
    """Only an authenticated counter moves the window."""
    channel = session(target)
    header = type4(DATA) + channel.remote_index + (1 << 40).to_bytes(8, "big")
    is_dropped(channel, [header + os.urandom(25)], "DATA that does not authenticate")


@must("Wire.md, Sessions")
def data_from_another_port_meets_silence(target):
    """DATA from another port than the session's is dropped."""
    channel, thief = session(target), Stranger(target)
    thief.meets_silence([channel.packet({0: PING, 1: 9}) for _ in range(3)], "a stolen session")
    channel.lives()


@must("Wire.md, Sessions")
def data_from_another_address_meets_silence(target):
    """DATA from another address than the session's is dropped."""
    thief = Stranger(target, host=1)
    channel = session(target)
    thief.meets_silence([channel.packet({0: PING, 1: 9}) for _ in range(3)], "a stolen session")
    channel.lives()


@must("Wire.md, Sessions")
def a_node_that_moved_makes_a_new_handshake(target):
    """A new address needs a new handshake, and the old session stays valid where it was."""
    old = session(target)
    new = session(target, host=1 if len(target.hosts) > 1 else 0)
    new.lives()
    old.lives()


@must("Wire.md, Sessions")
def several_sessions_stay_valid_at_once(target):
    """Two nodes may have several sessions; answers use the session of the request."""
    stranger = Stranger(target)
    first, second, third = stranger.open(), stranger.open(), stranger.open()
    for channel in (first, third, second, first, second):
        channel.lives()


@must("Wire.md, Drop order")
def a_flipped_bit_of_data_meets_silence(target):
    """The header, the ciphertext and the tag of DATA are authenticated."""
    channel = session(target)
    damaged = []
    whole = channel.packet({0: FIND_NODE, 1: 9, 2: os.urandom(32)})
    for at in range(len(whole)):
        packet = bytearray(whole)
        packet[at] ^= 1 << random.randrange(8)
        damaged.append(bytes(packet))
    is_dropped(channel, damaged, "DATA with a flipped bit")
    channel.stranger.send(whole)
    expect(channel.answer_to(9, 1), "and the undamaged one was not answered")


@must("Wire.md, Drop order")
def cut_or_extended_data_meets_silence(target):
    """Every truncation and every extension of DATA is dropped."""
    channel = session(target)
    whole = channel.packet({0: FIND_NODE, 1: 9, 2: os.urandom(32)})
    packets = [whole[:size] for size in range(len(whole))]
    packets += [whole + bytes(n) for n in (1, 4, 16, 32, 1_000)]
    large = channel.packet(bytes(PAYLOAD_MAX))
    is_dropped(channel, [*packets, large], "cut or extended DATA")


def not_messages() -> dict:
    """What to send: the words for what is wrong with it."""
    ping, seen = encode({0: PING, 1: 7}), address_bytes(("192.0.2.1", 9))
    seen6 = address_bytes(("2001:db8::1", 9))
    node = [os.urandom(32), 0, os.urandom(32), seen]
    target = os.urandom(32)
    plain = {
        "an empty map": {}, "an array": [PING, 7], "a number": 7, "no kind": {1: 7},
        "no call": {0: PING}, "kind 0": {0: 0, 1: 7}, "kind 200": {0: 200, 1: 7},
        "a kind of text": {0: "1", 1: 7}, "a negative call": {0: PING, 1: -1},
        "a call of 33 bits": {0: PING, 1: 1 << 32}, "a call of true": {0: PING, 1: True},
        "an unknown key": {0: PING, 1: 7, 200: 0}, "a key of text": {0: PING, 1: 7, "a": 0},
        "a negative key": {0: PING, 1: 7, -1: 0}, "a float": {0: PING, 1: 7.5},
        "null": {0: PING, 1: None}, "a tag": {0: PING, 1: cbor2.CBORTag(2, b"\7")},
        "no target": {0: FIND_NODE, 1: 7}, "a target of 31": {0: FIND_NODE, 1: 7, 2: bytes(31)},
        "a target of 33": {0: FIND_NODE, 1: 7, 2: bytes(33)},
        "a target of text": {0: FIND_NODE, 1: 7, 2: "a" * 32},
        "skip 0": {0: FIND_RECORD, 1: 7, 2: target, 4: 0},
        "skip 256": {0: FIND_RECORD, 1: 7, 2: target, 4: 256},
        "an odd digest": {0: FIND_RECORD, 1: 7, 2: target, 3: bytes(3)},
        "a digest of 66": {0: FIND_RECORD, 1: 7, 2: target, 3: bytes(66)},
        "a falling digest": {0: FIND_RECORD, 1: 7, 2: target, 3: b"\0\2\0\1"},
        "a digest with one twice": {0: FIND_RECORD, 1: 7, 2: target, 3: b"\0\1\0\1"},
        "STORE without a token": {0: STORE, 1: 7, 2: b"\xa0"},
        "a token of 15": {0: STORE, 1: 7, 2: b"\xa0", 3: bytes(15)},
        "a token of 17": {0: STORE, 1: 7, 2: b"\xa0", 3: bytes(17)},
        "an empty record": {0: STORE, 1: 7, 2: b"", 3: bytes(16)},
        "a record of 897": {0: STORE, 1: 7, 2: bytes(897), 3: bytes(16)},
        "keep 0": {0: STORE, 1: 7, 2: b"\xa0", 3: bytes(16), 4: 0},
        "keep 86,401": {0: STORE, 1: 7, 2: b"\xa0", 3: bytes(16), 4: 86_401},
        "PROBE without padding": {0: PROBE, 1: 7, 2: node},
        "PROBE without a node": {0: PROBE, 1: 7, 3: bytes(100)},
        "PROBE of two addresses": {0: PROBE, 1: 7, 2: [*node, seen6], 3: bytes(100)},
        "padding of 129": {0: PROBE, 1: 7, 2: node, 3: bytes(129)},
        "padding with a one": {0: PROBE, 1: 7, 2: node, 3: bytes(99) + b"\1"},
        "17 nodes": {0: NODES, 1: 7, 5: [node] * 17, 10: 0, 11: seen},
        "load 101": {0: PONG, 1: 7, 10: 101, 11: seen},
        "reason 0": {0: REFUSED, 1: 7, 2: 0, 10: 0, 11: seen},
        "keys of an answer in a request": {0: PING, 1: 7, 10: 0, 11: seen}}
    raw = {
        "trailing bytes": ping + b"\0", "padding": ping + bytes(100),
        "an indefinite map": b"\xbf" + ping[1:] + b"\xff",
        "a long head of the map": b"\xb8\x02" + ping[1:],
        "a long head of a number": b"\xa2\x00\x01\x01\x18\x07",
        "a number in 8 bytes": b"\xa2\x00\x01\x01\x1b" + bytes(7) + b"\x07",
        "keys in another order": b"\xa2\x01\x07\x00\x01",
        "a key twice": b"\xa3\x00\x01\x01\x07\x01\x07",
        "text that is not UTF-8": b"\xa3\x00\x01\x01\x07\x18\xc8\x61\xff",
        "a cut item": ping[:-1] + b"\x19", "a map that never ends": b"\xba\xff\xff\xff\xff" + ping,
        "a string that never ends": b"\x5a\xff\xff\xff\xff" + ping,
        "arrays in arrays": b"\x81" * 1_000 + b"\x01", "breaks": b"\xff" * 8,
        "zeros": bytes(40), "noise": os.urandom(900)}
    return {encode(m): what for what, m in plain.items()} | {m: w for w, m in raw.items()}


@must("Wire.md, CBOR; Messages")
def what_is_no_message_meets_silence(target):
    """What does not re-encode to the same bytes, or is no message, MUST be refused in silence."""
    channel = session(target)
    cases = not_messages()
    channel.stranger.meets_silence([channel.packet(text) for text in cases], "one of them")
    channel.lives()
    # Sent one by one, since a packet lost among many would pass unnoticed.
    for text, what in cases.items():
        channel.stranger.send(channel.packet(text))
        call = channel.send({0: PING})
        message = channel.receive(1)
        expect(message, f"after {what} the session is dead")
        expect(message[1] == call, f"{what} was answered with {message}")


@must("Wire.md, Drop order")
def answers_that_nobody_asked_for_are_ignored(target):
    """A reply counts when its call is in flight to this very node; else it is dropped."""
    channel = session(target)
    seen, zeros = address_bytes(("192.0.2.1", 9)), bytes(32)
    common = {10: 0, 11: seen}
    node = [os.urandom(32), 0, os.urandom(32), seen]
    answers = [
        {0: PONG}, {0: PROBING}, {0: NODES, 5: []}, {0: NODES, 5: [node]},
        {0: RECORDS, 5: [node], 6: [], 8: 0}, {0: RECORDS, 5: [], 6: [bytes(300)], 8: 1},
        {0: STORED, 2: 1 << 41, 3: zeros, 4: bytes(64)},
        {0: REFUSED, 2: 1}, {0: REFUSED, 2: 3, 3: 1 << 63}]
    for call in (0, 1, 2, 255, 65_536, 2**32 - 1):
        packets = [channel.packet(answer | common | {1: call}) for answer in answers]
        channel.stranger.meets_silence(packets, f"an answer to call {call}")
    channel.lives()
    found = channel.ask({0: FIND_NODE, 2: node[2]})[5]
    expect(all(item[0] != node[0] for item in found), "a node of an unasked answer is handed on")


@must("Wire.md, Messages")
def the_call_is_echoed(target):
    """`call` is a uint32 chosen by the asker, echoed in the reply."""
    channel = session(target)
    for call in (0, 23, 24, 255, 256, 65_535, 65_536, 2**32 - 1):
        for kind in ({0: PING}, {0: FIND_NODE, 2: bytes(32)}, {0: FIND_RECORD, 2: bytes(32)}):
            expect(channel.ask(kind | {1: call})[1] == call, f"call {call} was not echoed")


@must("Wire.md, Messages")
def every_answer_says_load_and_our_address(target):
    """Every reply carries the load, 0…100, and the address it saw the asker at."""
    channel = session(target)
    requests = [
        {0: PING}, {0: FIND_NODE, 2: os.urandom(32)}, {0: FIND_RECORD, 2: os.urandom(32)},
        {0: STORE, 2: b"\xa0", 3: bytes(16)}]
    for request in requests:
        reply = channel.ask(request)  # the form of both was checked when it was read
        expect(0 <= reply[10] <= 100, "load")
        address = channel.stranger.address
        expect(
            address is None or reply[11] == address_bytes(address), "it saw us elsewhere")


@must("Wire.md, Sessions")
def garbage_between_does_not_end_a_session(target):
    """Everything that fails is dropped in silence, and the session goes on."""
    channel = session(target)
    thief = Stranger(target)
    for _ in range(10):
        for _ in range(30):
            size = random.randrange(1, 1_400)
            thief.send(bytes((random.randrange(2, 5), 1, 0, 0)) + os.urandom(size))
            channel.stranger.send(os.urandom(size))
            channel.stranger.send(type4(DATA) + channel.remote_index + os.urandom(60))
        channel.lives()


@must("Wire.md, Handshake")
def an_unproved_session_gets_little(target):
    """Before DATA a session's address may be forged: RESP and one PING together fit in INIT."""
    if target.network.proof_bits:
        raise Skip("proofs of visitors are rationed there; routing.* looks at one of them")
    watched = []
    for size in (200, 260, 400, PAYLOAD_MAX):
        stranger = Stranger(target, number=1, role=1)
        opening = stranger.init(size=size)
        stranger.send(opening.packet)
        watched.append((size, stranger))
    target.barrier()
    for number, (size, stranger) in enumerate(watched):
        back = stranger.drain(3.5 if number == 0 else 0.05)
        weight = sum(map(len, back))
        expect(weight <= stranger.sent, f"INIT of {size} bytes brought {weight}")
        data = [p for p in back if p[0] == DATA]
        expect(len(data) <= 1, f"{len(data)} requests before the address was proved")
        expect(all(len(p) <= 41 for p in data), "a request that is more than a PING")
