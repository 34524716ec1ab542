"""The vectors of beacons and greetings, judged by the implementation that is made from Specs/ alone."""

import pytest
from conftest import vectors
from kith_identity import public_key
from kith_nearby import Beacon, Ephemeral, Greeting, Named, beacon_tag, greeting_tag
from kith_noise import NoiseError
from kith_privacy import Pair
from kith_wire import LOCAL, PUBLIC, WireError, encode

NETWORKS = {"kith": PUBLIC, "local": LOCAL}


def place(text: str) -> tuple:
    """(host, port) of an address as it is written."""
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


def introduced(introduction, network, e: bytes, head: dict):
    """Somebody introduces themselves where the vector says so, and nowhere else."""
    assert (introduction is not None) == ("name" in head)
    if introduction:
        assert introduction.name == head["name"]
        assert introduction.person.hex() == head["identity"]
        assert (introduction.node.hex(), str(introduction.nonce)) == (head["node"], head["nonce"])
        day = int(head["day"])
        assert introduction.holds(network, e, place(head["address"]), day)
        assert not introduction.holds(network, e, place(head["address"]), day + 2)
        assert not introduction.holds(network, e, ("192.168.1.99", 5484), day)


def judge_beacon(data: bytes, head: dict):
    network = NETWORKS[head["network"]]
    beacon = Beacon.decode(network, data)
    assert beacon.encode(network) == data
    if "reader-seed" not in head:
        return
    assert beacon.e == Ephemeral(bytes.fromhex(head["ephemeral-secret"])).public
    sender = public_key(bytes.fromhex(head["sender-seed"]))
    pair = Pair(network, bytes.fromhex(head["reader-seed"]), sender)
    tag = beacon_tag(pair, sender, int(head["epoch"]), beacon.e, place(head["address"]))
    assert beacon.tags[0] == tag and beacon.tags.count(tag) == 1
    introduced(beacon.introduction, network, beacon.e, head)


def judge_greeting(data: bytes, head: dict):
    network = NETWORKS[head["network"]]
    own, other = (
        Ephemeral(bytes.fromhex(head[name])) for name in ("ephemeral-secret", "greeting-secret"))
    kind = Named if "record" in head else Greeting
    greeting, sender_key = kind.open(network, data, own)
    assert sender_key == other.public
    assert greeting.seal(network, other, own.public) == data
    if kind is Named:
        assert encode(greeting.nodes[-1].item()).hex() == head["record"]
        return
    if "node" not in head:
        return
    sender = public_key(bytes.fromhex(head["sender-seed"]))
    pair = Pair(network, bytes.fromhex(head["reader-seed"]), sender)
    assert (greeting.node.hex(), str(greeting.nonce), str(greeting.role)) == (
        head["node"], head["nonce"], head["role"])
    assert greeting.tag == greeting_tag(
        pair, sender, greeting.node, other.public, own.public, place(head["address"]))
    introduced(greeting.introduction, network, other.public, head)


@pytest.mark.parametrize("vector", vectors("nearby"))
def test_a_vector_is_taken_or_refused(vector):
    judge = {"beacon": judge_beacon, "greeting": judge_greeting}[vector.headers["form"]]
    if vector.is_ok:
        judge(vector.bytes, vector.headers)
    else:
        with pytest.raises((WireError, NoiseError)):
            judge(vector.bytes, vector.headers)


def test_there_are_vectors_of_both():
    forms = [v.values[0].headers["form"] for v in vectors("nearby") if v.values[0].is_ok]
    assert {"beacon", "greeting"} <= set(forms)
