"""Packets, ways back and texts of Specs/Mixing.md: vectors both ways, and random ones."""

import subprocess

import pytest
from conftest import program, vectors
from kith_cells import *  # noqa: F403
from nacl import bindings as sodium
from test_messages import damaged as damaged_message

FOUND_VECTORS = vectors("mixing")


def of_form(*forms: str) -> list:
    return [p for p in FOUND_VECTORS if p.values[0].headers["form"] in forms]


def hexes(vector, *names: str) -> list:
    return [bytes.fromhex(vector.headers[name]) for name in names]


def numbered(vector, name: str) -> list:
    return hexes(vector, *(f"{name}-{n}" for n in (1, 2, 3)))


def padded(text: bytes) -> bytes:
    return text + bytes(TEXT_MAX - len(text))


# ---- Packets and ways back --------------------------------------------------


def cross(vector, packet: bytes) -> list:
    """What relays 1, 2 and 3 made of a packet, until one refuses it."""
    steps = []
    for secret in numbered(vector, "relay-secret"):
        try:
            steps.append(peel(secret, packet))
        except WireError:
            break
        packet = steps[-1].packet
    return steps


def header_of(vector) -> Header:
    path = [sodium.crypto_scalarmult_base(s) for s in numbered(vector, "relay-secret")]
    return make_header(*hexes(vector, "x"), path, numbered(vector, "instruction"))


def text_in(vector) -> bytes:
    return bytes.fromhex(vector.headers.get("text", ""))


def check_way(vector, header: Header, steps: list):
    """Every value that the specification names."""
    packets = [vector.bytes, *(s.packet for s in steps)]
    assert packets[1:3] == hexes(vector, "packet-2", "packet-3")
    assert [p[:32] for p in packets[:3]] == numbered(vector, "alpha")
    assert [p[176:192] for p in packets[:3]] == numbered(vector, "gamma")
    for keys in (header.hops, [s.keys for s in steps]):
        assert [k.root for k in keys] == numbered(vector, "root")
        assert [k.tag for k in keys] == numbered(vector, "tag")
    assert [s.instruction for s in steps] == numbered(vector, "instruction")
    assert [s.is_last for s in steps] == [False, False, True]
    assert [steps[2].body] == hexes(vector, "body")


@pytest.mark.parametrize("vector", of_form("packet"))
def test_packets_are_made_alike_and_opened_alike(vector):
    steps = cross(vector, vector.bytes)
    if not vector.is_ok:
        # Who refuses it, or whose layer was the last before the text was seen to be touched.
        hop = int(vector.headers["hop"])
        if hop > len(steps):
            assert len(steps) == hop - 1
        else:
            with pytest.raises(WireError):
                text_of(steps[2].body)
        return
    header = header_of(vector)
    assert header.packet(text_in(vector)) == vector.bytes
    check_way(vector, header, steps)
    assert text_of(steps[2].body) == padded(text_in(vector))


@pytest.mark.parametrize("vector", of_form("reply"))
def test_ways_back_are_made_alike_and_opened_alike(vector):
    steps = cross(vector, vector.bytes)
    header, (key,) = header_of(vector), hexes(vector, "key")
    if not vector.is_ok:
        if len(steps) == 3:
            with pytest.raises(WireError):
                header.open_reply(steps[2].body, key)
        assert min(len(steps) + 1, 3) == int(vector.headers["hop"])
        return
    block = ReplyBlock.decode(*hexes(vector, "block"))
    assert (block.header, block.key) == (header.bytes, key)
    assert [block.encode()] == hexes(vector, "block")
    assert block.packet(text_in(vector)) == vector.bytes
    check_way(vector, header, steps)
    assert header.open_reply(steps[2].body, key) == padded(text_in(vector))


def way(dice, last_key=None) -> tuple:
    """Three random secrets and instructions that lead from one to the next."""
    secrets = [dice.randbytes(32) for _ in range(HOPS)]
    path = [sodium.crypto_scalarmult_base(s) for s in secrets]
    hosts = ["192.0.2.1", "2001:db8::1"]
    told = [
        Instruction(
            dice.randrange(1 << 16), dice.randbytes(32),
            (dice.choice(hosts), dice.randrange(1, 1 << 16))).encode()
        for _ in range(HOPS - 1)]
    told.append(Instruction(dice.randrange(1 << 16)).encode())
    return secrets, told, make_header(dice.randbytes(32), path, told)


def test_a_random_packet_peels_and_the_way_back_too(dice):
    for _ in range(25):
        secrets, told, header = way(dice)
        text = dice.randbytes(dice.randrange(TEXT_MAX + 1))
        packet = header.packet(text)
        for secret, instruction, keys in zip(secrets, told, header.hops):
            assert len(packet) == PACKET
            peeled = peel(secret, packet)
            assert peeled.instruction == instruction and peeled.keys.tag == keys.tag
            assert Instruction.decode(instruction).encode() == instruction
            packet = peeled.packet
        assert text_of(peeled.body) == padded(text)

        secrets, told, header = way(dice)
        block = ReplyBlock(
            sodium.crypto_scalarmult_base(secrets[0]), ("192.0.2.1", 1), header.bytes,
            dice.randbytes(32))
        packet = ReplyBlock.decode(block.encode()).packet(text)
        for secret, instruction in zip(secrets, told):
            peeled = peel(secret, packet)
            assert peeled.instruction == instruction
            packet = peeled.packet
        assert header.open_reply(peeled.body, block.key) == padded(text)


def test_a_bit_turned_over_is_noticed(dice):
    secrets, _, header = way(dice)
    packet = header.packet(b"text")
    for _ in range(200):
        at = dice.randrange(HEADER)
        with pytest.raises(WireError):
            peel(secrets[0], packet[:at] + bytes((packet[at] ^ 1 << dice.randrange(8),)) + packet[at + 1:])
    for _ in range(5):
        at = dice.randrange(HEADER, PACKET)
        touched = packet[:at] + bytes((packet[at] ^ 1 << dice.randrange(8),)) + packet[at + 1:]
        for secret in secrets:
            peeled = peel(secret, touched)
            touched = peeled.packet
        with pytest.raises(WireError):
            text_of(peeled.body)


def test_the_wide_block_comes_back_and_the_stream_is_the_one_of_the_rfc(dice):
    """RFC 8439 appendix A.1, vectors 1 and 2: key and nonce 0, blocks 0 and 1."""
    assert chacha20(bytes(32), 80).hex() == (
        "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7"
        "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586"
        "9f07e7be5551387a98ba977c732d080d")
    keys, body = HopKeys(dice.randbytes(32)), dice.randbytes(BODY)
    assert keys.decrypt(keys.encrypt(body)) == body == keys.encrypt(keys.decrypt(body))


# ---- Both implementations at random -----------------------------------------


def ask(mode: str, lines: list) -> list:
    """What `kith-vectors MODE` says of each line."""
    run = subprocess.run(
        [program("kith-vectors"), mode], timeout=120, capture_output=True, text=True,
        input="".join(x.hex() + "\n" for x in lines))
    assert run.returncode == 0, run.stderr
    answers = run.stdout.splitlines()
    assert len(answers) == len(lines)
    return answers


def test_what_one_implementation_makes_the_other_peels(dice):
    lines, expected = [], []
    for _ in range(30):
        secrets, told, header = way(dice)
        packet = header.packet(dice.randbytes(dice.randrange(TEXT_MAX + 1)))
        for secret in secrets:
            lines.append(secret + packet)
            peeled = peel(secret, packet)
            packet = peeled.packet
            expected.append((peeled.instruction + packet).hex())
            at = dice.randrange(HEADER)
            flipped = bytes((lines[-1][32 + at] ^ 1 << dice.randrange(8),))
            lines.append(lines[-1][:32 + at] + flipped + lines[-1][33 + at:])
            expected.append("authenticationFailed")
    assert ask("packet-peel", lines) == expected


def kind_of(text: bytes):
    """query or answer, or None when it is refused."""
    for word, decode_kind in (("query", decode_query), ("answer", decode_answer)):
        try:
            decode_kind(text)
            return word
        except WireError:
            continue
    return None


def test_both_implementations_accept_the_same_damaged_texts(dice):
    good = [p.values[0].bytes for p in of_form("query", "answer") if p.values[0].is_ok]
    texts = [damaged(dice, dice.choice(good)) for _ in range(10_000)]
    texts = [t for t in texts if len(t) <= TEXT_MAX]
    accepted = 0
    for text, answer in zip(texts, ask("mixed-decode", texts)):
        ours = kind_of(text)
        assert answer == ours if ours else answer not in ("query", "answer"), (text.hex(), answer)
        accepted += ours is not None
    assert 0 < accepted < len(texts)


def damaged(dice, text: bytes) -> bytes:
    """The text with a change in its bytes, or in the item that they encode, or in its zeros."""
    item, what = decode(text, padded=True), dice.randrange(4)
    if what == 0:
        return text + dice.choice([bytes(dice.randrange(9)), b"\0\1", b"\1"])
    if what == 1:
        return damaged_message(dice, encode(item))
    key = dice.choice(list(item))
    if what == 2 and key == 5 and isinstance(item[5], bytes):
        # Where the first relay of the way back is.
        ip4 = dice.choice([bytes(4), dice.randbytes(4), b"\xe0\0\0\1", b"\xff" * 4])
        ip16 = dice.choice([
            bytes(16), bytes(15) + b"\1", bytes(10) + b"\xff\xff" + ip4, bytes(12) + ip4,
            b"\xff" + dice.randbytes(15), dice.randbytes(16)])
        port = dice.choice([b"\0\0", b"\0\1", b"\x15\x6c", b"\xff\xff"])
        item[5] = item[5][:32] + ip16 + port + item[5][50:]
    else:
        item[key] = dice.choice([
            0, 1, 2, 3, 4, 8, 255, 256, 2**32, 2**64 - 1, b"", bytes(2), b"\0\1\0\2", b"\0\1\0\1",
            bytes(32), bytes(273), bytes(274), [], [b"1"], [[5, bytes(32), bytes(64)]], {}, "", True])
    return encode(item)


# ---- Instructions, reply blocks, cells, texts -------------------------------


def recoded(form: str, data: bytes) -> bytes:
    """What the bytes are, encoded again; WireError when they are refused."""
    match form:
        case "instruction":
            return Instruction.decode(data).encode()
        case "reply-block":
            return ReplyBlock.decode(data).encode()
        case "cell":
            need(is_cell(data), "no cell")
            return cell(int.from_bytes(data[1:5], "big"), data[5:])
        case "query" | "answer":
            text = encode_text((decode_query if form == "query" else decode_answer)(data))
            return text + bytes(len(data) - len(text))
    pytest.fail(f"no form is called {form}")


@pytest.mark.parametrize(
    "vector", of_form("instruction", "reply-block", "cell", "query", "answer"))
def test_what_is_in_packets_is_judged_alike(vector):
    form = vector.headers["form"]
    if vector.is_ok:
        assert recoded(form, vector.bytes) == vector.bytes
    else:
        with pytest.raises(WireError):
            recoded(form, vector.bytes)


def address_text(address: tuple) -> str:
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


@pytest.mark.parametrize("vector", [
    p for p in of_form("instruction", "reply-block", "cell") if p.values[0].is_ok])
def test_the_parts_are_where_the_headers_say(vector):
    headers, form = vector.headers, vector.headers["form"]
    if form == "instruction":
        told = Instruction.decode(vector.bytes)
        assert told.delay_ms == int(headers["delay"])
        assert (told.key is None) == ("next" not in headers)
        if told.key is not None:
            assert told.key.hex() == headers["next"]
            assert address_text(told.address) == headers["address"]
    elif form == "reply-block":
        block = ReplyBlock.decode(vector.bytes)
        assert [block.first, block.header, block.key] == hexes(vector, "first", "header", "key")
        assert address_text(block.address) == headers["address"]
    else:
        packet, call = hexes(vector, "packet")[0], int(headers["call"])
        assert cell(call, packet) == vector.bytes


def test_there_are_vectors_of_every_form_right_and_wrong():
    forms = {"packet", "reply", "instruction", "reply-block", "cell", "query", "answer"}
    found = {(p.values[0].headers["form"], p.values[0].is_ok) for p in FOUND_VECTORS}
    assert found == {(form, is_ok) for form in forms for is_ok in (True, False)}
