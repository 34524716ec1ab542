"""Our CBOR and cbor2 agree, both ways, on random items and on broken ones."""

import subprocess
from io import BytesIO

import cbor2
from conftest import program, vectors


def ask(lines: list) -> list:
    """What `kith-vectors cbor-decode` says about each encoding."""
    run = subprocess.run(
        [program("kith-vectors"), "cbor-decode"], input="".join(x.hex() + "\n" for x in lines),
        capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    answers = run.stdout.splitlines()
    assert len(answers) == len(lines)
    return answers


def random_item(dice, depth=0):
    """Any item of the protocol's types; heads of every size are likely."""
    kind = dice.choice("unbtfi" if depth > 3 else "unbtfiamm")
    if kind == "u":
        return dice.getrandbits(dice.choice((1, 4, 5, 8, 16, 32, 33, 64)))
    if kind == "n":
        return -1 - dice.getrandbits(dice.choice((4, 8, 16, 32, 64)))
    if kind == "b":
        return dice.randbytes(dice.choice((0, 1, 6, 23, 24, 32, 255, 256, 300)))
    if kind == "t":
        alphabet = "aZ ~éßЖ中\U0001f600\u0301"
        return "".join(dice.choice(alphabet) for _ in range(dice.choice((0, 1, 7, 23, 24, 90))))
    if kind in "fi":
        return dice.random() < 0.5
    if kind == "a":
        return [random_item(dice, depth + 1) for _ in range(dice.choice((0, 1, 3, 23, 24)))]
    keys = {dice.getrandbits(dice.choice((3, 5, 8, 16, 64))) for _ in range(dice.randrange(5))}
    return {key: random_item(dice, depth + 1) for key in keys}


def encode(item) -> bytes:
    return cbor2.dumps(item, canonical=True)


def test_what_cbor2_writes_we_read_and_write_again(dice):
    encodings = [encode(random_item(dice)) for _ in range(2_000)]
    for encoding, answer in zip(encodings, ask(encodings)):
        assert answer == "ok " + encoding.hex()


def test_what_we_accept_of_damaged_items_cbor2_writes_the_same(dice):
    damaged = []
    for _ in range(4_000):
        bytes_ = bytearray(encode(random_item(dice)))
        for _ in range(dice.randrange(1, 3)):
            what, at = dice.randrange(3), dice.randrange(len(bytes_) or 1)
            if what == 0 and bytes_:
                bytes_[at] ^= 1 << dice.randrange(8)
            elif what == 1:
                del bytes_[at:]
            else:
                bytes_.insert(at, dice.getrandbits(8))
        damaged.append(bytes(bytes_))
    accepted = 0
    for encoding, answer in zip(damaged, ask(damaged)):
        if answer.startswith("ok "):
            accepted += 1
            assert answer == "ok " + encoding.hex()
            assert encode(cbor2.loads(encoding)) == encoding
        else:
            assert answer.isalpha(), answer
    assert 0 < accepted < len(damaged)


def test_what_we_refuse_has_no_canonical_reading_within_our_types(dice):
    """The other direction: a refusal is never about an item that cbor2 would write the same."""
    noise = [dice.randbytes(dice.randrange(1, 6)) for _ in range(20_000)]
    for encoding, answer in zip(noise, ask(noise)):
        if answer.startswith("ok "):
            continue
        try:
            stream = BytesIO(encoding)
            item = cbor2.load(stream)
            readable = stream.tell() == len(encoding) and encode(item) == encoding
        except Exception:
            readable = False
        assert not (readable and is_ours(item)), (encoding.hex(), answer)


def is_ours(item) -> bool:
    """Whether an item has only types that the protocol uses."""
    if isinstance(item, bool):
        return True
    if isinstance(item, int):
        return -(2**64) <= item < 2**64
    if isinstance(item, (bytes, str)):
        return True
    if isinstance(item, list):
        return all(map(is_ours, item))
    if isinstance(item, dict):
        return all(
            isinstance(k, int) and not isinstance(k, bool) and k >= 0 and is_ours(v)
            for k, v in item.items())
    return False


def test_the_vectors_of_encodings_mean_the_same_to_cbor2():
    found = [parameter.values[0] for parameter in vectors("cbor")]
    assert len(found) > 20
    for vector in found:
        try:
            item = cbor2.loads(vector.bytes)
            same = encode(item) == vector.bytes and is_ours(item)
        except Exception:
            same = False
        if vector.name.startswith("nested"):
            continue  # a bound of ours, not of CBOR
        assert same == vector.is_ok, vector.name
