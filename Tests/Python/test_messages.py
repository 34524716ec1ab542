"""Both implementations accept the same messages: vectors, damaged in every way dice find."""

import subprocess

import cbor2
from conftest import program, vectors
from kith_wire import NodeRecord, WireError, check_message, decode, encode

KINDS = {
    "ping", "pong", "findNode", "nodes", "findRecord", "records", "store", "stored", "refused",
    "probe", "probing", "ask", "shown", "relay", "relaying", "taken"}


def ask(messages: list) -> list:
    """Whether `kith-vectors message-decode` accepts each message, and what it said."""
    run = subprocess.run(
        [program("kith-vectors"), "message-decode"], timeout=120, capture_output=True, text=True,
        input="".join(m.hex() + "\n" for m in messages))
    assert run.returncode == 0, run.stderr
    answers = run.stdout.splitlines()
    assert len(answers) == len(messages)
    return [(answer in KINDS, answer) for answer in answers]


def accepts(data: bytes) -> bool:
    try:
        check_message(decode(data))
        return True
    except WireError:
        return False


def damaged(dice, data: bytes) -> bytes:
    """The message with a change in its bytes, or in the item that they encode."""
    if dice.random() < 0.5:
        changed = bytearray(data)
        at = dice.randrange(len(changed))
        what = dice.randrange(3)
        if what == 0:
            changed[at] ^= 1 << dice.randrange(8)
        elif what == 1:
            del changed[at]
        else:
            changed.insert(at, dice.getrandbits(8))
        return bytes(changed)
    item = cbor2.loads(data)
    key = dice.choice(list(item))
    what = dice.randrange(4)
    if what == 0:
        item[key] = dice.choice([
            0, 1, 7, 16, 255, 256, 2**32, 2**64 - 1, b"", bytes(6), bytes(15), bytes(16), bytes(18),
            bytes(31), bytes(32), bytes(64), b"\x7f\0\0\1\x15\x6c", [], [b"1"], {}, "text", True])
    elif what == 1:
        del item[key]
    elif what == 2:
        item[dice.randrange(14)] = dice.choice([0, 5, b"\0\1\0\2", bytes(16), []])
    elif isinstance(item[key], bytes):
        item[key] = dice.randbytes(max(0, len(item[key]) + dice.randrange(-2, 3)))
    elif isinstance(item[key], list) and item[key]:
        item[key] = item[key] * dice.randrange(1, 18)
    return encode(item)


def test_both_implementations_accept_the_same_damaged_messages(dice):
    good = [p.values[0].bytes for p in vectors("message") if p.values[0].is_ok]
    assert len(good) > 15
    messages = [damaged(dice, dice.choice(good)) for _ in range(20_000)]
    accepted = 0
    for message, (ours, answer) in zip(messages, ask(messages)):
        assert accepts(message) == ours, (message.hex(), answer)
        accepted += ours
    assert 0 < accepted < len(messages)


def test_both_implementations_accept_the_same_addresses(dice):
    """Where every bit of an address counts: what is seen of a PONG, and a node record."""
    messages = []
    for _ in range(5_000):
        ip4 = dice.choice([bytes(4), b"\x7f\0\0\1", dice.randbytes(4), b"\xe0\0\0\1", b"\xff" * 4])
        ip16 = dice.choice([
            bytes(16), bytes(15) + b"\1", bytes(10) + b"\xff\xff" + ip4,
            b"\xff" + dice.randbytes(15), dice.randbytes(16), b"\xfe\x80" + dice.randbytes(14),
            bytes(12) + ip4])
        port = dice.choice([b"\0\0", b"\0\1", b"\x15\x6c", b"\xff\xff"])
        address = dice.choice([ip4, ip16]) + port
        nodes = [[bytes(32), 1, bytes(32), *dice.choice([[address], [ip4 + port, ip16 + port]])]]
        messages.append(encode({0: 2, 1: 1, 10: 0, 11: address}))
        messages.append(encode({0: 4, 1: 1, 5: nodes, 10: 0, 11: b"\x7f\0\0\1\x15\x6c"}))
    for message, (ours, answer) in zip(messages, ask(messages)):
        assert accepts(message) == ours, (message.hex(), answer)


def test_texts_of_node_records_have_one_spelling(dice):
    found = [p.values[0] for p in vectors("node-record") if "text" in p.values[0].headers]
    assert found
    for vector in found:
        text = vector.headers["text"]
        assert NodeRecord.from_text(text).text == text
        for _ in range(200):
            at = dice.randrange(len(text))
            other = text[:at] + dice.choice("Aa0_-=+/ ") + text[at + 1:]
            if other == text:
                continue
            try:
                NodeRecord.from_text(other)
            except (WireError, ValueError):
                continue
            raise AssertionError(other)
