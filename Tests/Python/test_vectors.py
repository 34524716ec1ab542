"""The vectors, judged by the independent implementation instead of the one that made them."""

import pytest
from conftest import vectors
from kith_wire import (
    LOCAL, PUBLIC, NodeRecord, Profile, Record, WireError, check_message, decode, decode_entry,
    need, shared_location)

NETWORKS = {"kith": PUBLIC, "local": LOCAL}


def judge(vector):
    """Raises WireError when the vector's bytes must be refused."""
    if vector.area == "message":
        check_message(decode(vector.bytes))
    elif vector.area == "node-record":
        record = NodeRecord.parse(decode(vector.bytes))
        if "text" in vector.headers:
            assert record.text == vector.headers["text"]
            assert record.proves(NETWORKS[vector.headers["network"]])
            assert record.id.hex() == vector.headers["id"]
    elif vector.area == "profile":
        Profile.decode(vector.bytes)
    elif vector.area == "record":
        record = Record.decode(vector.bytes)
        record.verify(NETWORKS[vector.headers["network"]], int(vector.headers["now"]))
        if "token" in vector.headers and record.body is not None:
            day, shard, _ = decode_entry(record.body)
            home = shared_location(record.kind, vector.headers["token"], day, shard)
            need(home == record.location, "entry of another location")


@pytest.mark.parametrize("vector", vectors("message", "node-record", "profile", "record"))
def test_the_other_implementation_judges_alike(vector):
    if vector.is_ok:
        judge(vector)
    else:
        with pytest.raises(WireError):
            judge(vector)
