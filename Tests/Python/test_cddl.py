"""The grammar and the vectors agree: what is right fits, what is wrong does not."""

from io import BytesIO

import cbor2
import pytest
from conftest import vectors
from grammar import fault
from kith_nearby import ITEM_AT, Ephemeral, open_greeting
from kith_wire import LOCAL, encode

RULES = {
    "message": "message", "full": "message", "record": "record", "profile": "profile", "entry": "entry",
    "node-record": "node-record", "handshake-payload": "handshake-payload",
}
# Of the area `mixing` what is CBOR, by its form.
TEXTS = {"query": "mixed-query", "answer": "mixed-answer"}

# Faults that a grammar of values can see. Encodings (notCanonical), trailing bytes, signatures,
# clocks and Unicode are beyond CDDL, as kith.cddl says.
VISIBLE = {
    "wrongType", "wrongLength", "outOfRange", "unknownKind", "unknownKey", "missingKey",
    "locationMissing", "locationUnexpected", "tooMany", "tooLong", "empty",
}

# Faults of a visible kind that are beyond CDDL in this one case, and why.
BEYOND = {
    "full/too-long": "the difference of two fields",
    "message/digest-odd": "an even number of bytes",
    "record/digest-odd": "an even number of bytes",
    "message/call-before-kind": "the order of keys",
    "message/nodes-count-too-small": "bytes after an item that is complete",
    "mixing/find-digest-odd": "an even number of bytes",
}


def texts() -> list:
    return [p for p in vectors("mixing") if p.values[0].headers["form"] in TEXTS]


def item_of(vector) -> bytes:
    """The bytes, but for the padding of a good text."""
    if vector.area == "mixing" and vector.is_ok:
        stream = BytesIO(vector.bytes)
        cbor2.load(stream)
        return vector.bytes[:stream.tell()]
    return vector.bytes


@pytest.mark.parametrize("vector", vectors(*RULES) + texts())
def test_the_grammar_accepts_what_is_right_and_refuses_what_it_can_see(vector):
    rule = TEXTS[vector.headers["form"]] if vector.area == "mixing" else RULES[vector.area]
    refusal = fault(rule, item_of(vector))
    if vector.is_ok:
        assert refusal is None
    elif vector.fault in VISIBLE and f"{vector.area}/{vector.name}" not in BEYOND:
        assert refusal is not None, vector.headers["comment"]


def test_there_are_vectors_of_messages_and_records_and_texts_to_check():
    assert len(vectors("message")) > 30 and len(vectors("record")) > 15 and len(texts()) > 50


# ---- The grammar itself, without vectors ----

KEY = bytes(32)
NODE = [KEY, 5, KEY, bytes(6)]
TAIL = {10: 100, 11: bytes(18)}
BACK = bytes(274)
RECORD = {1: KEY, 2: 5, 3: 5, 4: 6, 7: bytes(64)}

FITTING = [
    ("message", {0: 1, 1: 7}),
    ("message", {0: 3, 1: 7, 2: KEY}),
    ("message", {0: 5, 1: 1, 2: KEY, 3: b"1234", 4: 255}),
    ("message", {0: 7, 1: 1, 2: bytes(896), 3: bytes(16)}),
    ("message", {0: 11, 1: 7}),
    ("message", {0: 11, 1: 7, 2: NODE, 3: bytes(72)}),
    ("message", {0: 12, 1: 7, **TAIL}),
    ("message", {0: 2, 1: 2**32 - 1, **TAIL}),
    ("message", {0: 4, 1: 1, 5: [NODE, [*NODE, bytes(18)], [*NODE[:3], bytes(18)]], **TAIL}),
    ("message", {0: 4, 1: 1, 5: [[*NODE, bytes(18)]], **TAIL}),
    ("handshake-payload", [5, 1, {0: 4, 1: 1, 5: [NODE, [*NODE, bytes(18)], NODE], **TAIL}]),
    ("message", {0: 6, 1: 1, 5: [], 6: [b"1"], 7: bytes(16), 8: 1, **TAIL}),
    ("message", {0: 6, 1: 1, 5: [NODE], 6: [], 8: 0, **TAIL}),
    ("message", {0: 6, 1: 1, 5: [], 6: [], 8: 192, 9: [5, KEY, bytes(64)], **TAIL}),
    ("message", {0: 8, 1: 1, 2: 5, 3: KEY, 4: bytes(64), **TAIL}),
    ("message", {0: 9, 1: 1, 2: 3, 3: 2**64 - 1, **TAIL}),
    ("message", {0: 15, 1: 7}),
    ("message", {0: 16, 1: 7, 2: KEY, 3: 7200, **TAIL}),
    ("message", {0: 18, 1: 7, **TAIL}),
    ("message", {0: 9, 1: 1, 2: 8, **TAIL}),
    ("mixed-query", {0: 1, 2: KEY, 3: b"12", 4: 255, 5: BACK}),
    ("mixed-query", {0: 2, 2: bytes(702), 5: BACK}),
    ("mixed-query", {0: 3, 5: BACK}),
    ("mixed-answer", {0: 4, 6: [b"1"], 8: 2**32 - 1, 9: 1}),
    ("mixed-answer", {0: 5, 2: 2**64 - 1, 5: [[5, KEY, bytes(64)]] * 8}),
    ("mixed-answer", {0: 6}),
    ("mixed-answer", {0: 7, 2: 3}),
    ("handshake-payload", [5, 1, {0: 1, 1: 7}]),
    ("node-record", NODE),
    ("record", {0: 1, **RECORD, 6: cbor2.dumps({0: "x", 1: ["é"], 6: 5})}),
    ("record", {0: 3, **RECORD, 5: KEY, 6: cbor2.dumps({0: 1, 1: 0, 2: b"12"})}),
    ("record", {0: 1, **RECORD}),
]

UNFITTING = [
    ("message", {0: 1}),
    ("message", {0: 1, 1: 1, 99: 1}),
    ("message", {0: 1, 1: 2**32}),
    ("message", {0: 10, 1: 1}),
    ("message", {0: 3, 1: 7, 2: bytes(31)}),
    ("message", {0: 5, 1: 1, 2: KEY, 4: 256}),
    ("message", {0: 7, 1: 1, 2: bytes(897), 3: bytes(16)}),
    ("message", {0: 2, 1: 1, 10: 101, 11: bytes(6)}),
    ("message", {0: 2, 1: 1, 10: 1, 11: bytes(17)}),
    ("message", {0: 4, 1: 1, 5: [[*NODE[:3], bytes(18), bytes(6)]], **TAIL}),
    ("message", {0: 4, 1: 1, 5: [NODE] * 17, **TAIL}),
    ("message", {0: 6, 1: 1, 5: [], 6: [b""], 8: 1, **TAIL}),
    ("message", {0: 9, 1: 1, 2: 9, **TAIL}),
    ("message", {0: 16, 1: 7, 2: KEY, 3: 7201, **TAIL}),
    ("message", {0: 17, 1: 7, **TAIL}),
    ("mixed-query", {0: 1, 2: KEY}),
    ("mixed-query", {0: 1, 2: KEY, 3: b"", 5: BACK}),
    ("mixed-query", {0: 2, 2: bytes(703), 5: BACK}),
    ("mixed-query", {0: 3, 5: BACK[:-1]}),
    ("mixed-query", {0: 6}),
    ("mixed-answer", {0: 3, 5: BACK}),
    ("mixed-answer", {0: 4, 6: [b"1"] * 17, 8: 0}),
    ("mixed-answer", {0: 4, 6: [], 8: 0, 9: 2}),
    ("mixed-answer", {0: 5, 5: [[5, KEY, bytes(64)]] * 9}),
    ("mixed-answer", {0: 5, 5: [[5, KEY]]}),
    ("mixed-answer", {0: 7, 2: 4}),
    ("node-record", NODE[:3]),
    ("node-record", [*NODE, bytes(6)]),
    ("node-record", [*NODE, bytes(18), bytes(6)]),
    ("handshake-payload", [5, 2, {0: 1, 1: 7}]),
    ("handshake-payload", [5, 1, {0: 1, 1: 7, 5: 1}]),
    ("record", {0: 1, **RECORD, 5: KEY}),
    ("record", {0: 4, **RECORD, 5: KEY}),
    ("record", {0: 1, **RECORD, 6: cbor2.dumps({0: "x" * 65, 1: [], 6: 5})}),
    ("record", {0: 1, **RECORD, 6: cbor2.dumps({0: "é" * 33, 1: [], 6: 5})}),
    ("record", {0: 2, **RECORD, 5: KEY, 6: cbor2.dumps({0: 1, 1: 0})}),
]


@pytest.mark.parametrize("rule, item", FITTING)
def test_a_fitting_item_passes(rule, item):
    assert fault(rule, cbor2.dumps(item, canonical=True)) is None


@pytest.mark.parametrize("rule, item", UNFITTING)
def test_an_unfitting_item_fails(rule, item):
    assert fault(rule, cbor2.dumps(item, canonical=True)) is not None


@pytest.mark.parametrize("vector", [p for p in vectors("nearby") if p.values[0].is_ok])
def test_the_grammar_accepts_what_beacons_and_greetings_say(vector):
    if vector.headers["form"] == "beacon":
        item = vector.bytes[ITEM_AT:-16]
        rule = "beacon-item-visible" if "name" in vector.headers else "beacon-item"
        others = {"beacon-item", "beacon-item-visible"} - {rule}
    else:
        own = Ephemeral(bytes.fromhex(vector.headers["ephemeral-secret"]))
        item = encode(open_greeting(LOCAL, vector.bytes, own)[0])
        kind = "-visible" if "name" in vector.headers else "-named" if "record" in vector.headers else ""
        rule = "greeting-item" + kind
        others = {"greeting-item", "greeting-item-visible", "greeting-item-named"} - {rule}
    assert fault(rule, item) is None
    assert all(fault(other, item) for other in others)
