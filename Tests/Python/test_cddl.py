"""The grammar and the vectors agree: what is right fits, what is wrong does not."""

import cbor2
import pytest
from conftest import vectors
from grammar import fault

RULES = {
    "message": "message", "full": "message", "record": "record", "profile": "profile", "entry": "entry",
    "node-record": "node-record", "handshake-payload": "handshake-payload",
}

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
}


@pytest.mark.parametrize("vector", vectors(*RULES))
def test_the_grammar_accepts_what_is_right_and_refuses_what_it_can_see(vector):
    refusal = fault(RULES[vector.area], vector.bytes)
    if vector.is_ok:
        assert refusal is None
    elif vector.fault in VISIBLE and f"{vector.area}/{vector.name}" not in BEYOND:
        assert refusal is not None, vector.headers["comment"]


def test_there_are_vectors_of_messages_and_records_to_check():
    assert len(vectors("message")) > 30 and len(vectors("record")) > 15


# ---- The grammar itself, without vectors ----

KEY = bytes(32)
NODE = [KEY, 5, KEY, bytes(6)]
TAIL = {10: 100, 11: bytes(18)}
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
    ("message", {0: 9, 1: 1, 2: 8, **TAIL}),
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
