"""Beacons and greetings, from Specs/Nearby.md alone."""

import os
import random
from dataclasses import dataclass

import nacl.bindings as sodium

from kith_noise import NoiseError, agree, open_, seal
from kith_privacy import Pair
from kith_wire import *  # noqa: F403

BEACON, GREETING = 5, 6
TAGS, TAG_BYTES = 64, 8
BEACON_MIN, BEACON_MAX, GREETING_BYTES = 566, 1_024, 448
NAMED_MAX = 3  # nodes that a greeting names
DAY_MS = 86_400_000
CONTACTS, EVERYBODY, ONE = AIMS = 0, 1, 2  # who may answer; the last for one address
TAGS_AT, ITEM_AT = 36, 36 + TAGS * TAG_BYTES
HEAD_BYTES = 44  # of a greeting: what is not sealed
NAME_MAX = 64


class Ephemeral:
    """A key e that is made for one beacon or greeting."""

    def __init__(self, secret: bytes = b""):
        self.secret = secret or os.urandom(32)
        self.public = sodium.crypto_scalarmult_base(self.secret)


def beacon_tag(pair: Pair, sender: bytes, epoch: int, e: bytes, source: tuple) -> bytes:
    """By what a contact recognises a beacon of `sender`; `source` is (host, port)."""
    return blake2b(
        16, b"kith/beacon-tag/v1\0", sender, epoch.to_bytes(4, "big"), e, address_ip16(source),
        key=pair.secret)[:TAG_BYTES]


def greeting_tag(pair: Pair, sender: bytes, node: bytes, own: bytes, other: bytes,
                 source: tuple) -> bytes:
    """What shows a contact that a greeting with the key `own` is of `sender`."""
    return blake2b(
        16, b"kith/greeting-tag/v1\0", sender, node, own, other, address_ip16(source),
        key=pair.secret)


@dataclass(frozen=True)
class Introduction:
    """Who a person is whom everybody may see, and at which node."""

    node: bytes
    nonce: int
    person: bytes
    name: str
    signature: bytes

    @staticmethod
    def covered(network, day, e, node, nonce, source, name) -> bytes:
        return (b"kith/introduction/v1\0" + network.net + b"\0" + day.to_bytes(4, "big") + e + node
                + nonce.to_bytes(8, "big") + address_ip16(source) + name.encode())

    @staticmethod
    def sign(network, person: Identity, key, e: bytes, source: tuple, name: str, day=None):
        day = now_ms() // DAY_MS if day is None else day
        signature = person.sign(
            Introduction.covered(network, day, e, key.public, key.nonce, source, name))
        return Introduction(key.public, key.nonce, person.public, name, signature)

    def holds(self, network, e: bytes, source: tuple, day=None) -> bool:
        """Today, or by a clock that is a day off."""
        today = now_ms() // DAY_MS if day is None else day
        return any(
            verify(self.person, self.covered(
                network, day, e, self.node, self.nonce, source, self.name), self.signature)
            for day in (today - 1, today, today + 1))

    @property
    def person_items(self) -> list:
        return [self.person, self.name, self.signature]


def parse_introduction(node, nonce, person, name, signature) -> Introduction:
    need(is_bytes(node, 32) and is_uint(nonce), "node of an introduction")
    need(is_bytes(person, 32) and is_bytes(signature, 64), "person of an introduction")
    check_text(name, NAME_MAX, "name")
    return Introduction(node, nonce, person, name, signature)


def beacon_check(network, covered: bytes) -> bytes:
    return blake2b(16, covered, key=blake2b(32, b"kith/beacon/v1\0", network.net))


@dataclass(frozen=True)
class Beacon:
    e: bytes
    tags: tuple
    aim: int
    introduction: Introduction | None = None

    @staticmethod
    def of(e: bytes, tags=(), aim=EVERYBODY, introduction=None) -> "Beacon":
        """With random bytes where no tag is, in an order that says nothing."""
        filled = [*tags, *(os.urandom(TAG_BYTES) for _ in range(TAGS - len(tags)))]
        random.SystemRandom().shuffle(filled)
        return Beacon(e, tuple(filled), aim, introduction)

    def encode(self, network) -> bytes:
        item = [self.aim]
        if self.introduction:
            item += [self.introduction.node, self.introduction.nonce]
            item += self.introduction.person_items
        covered = type4(BEACON) + self.e + b"".join(self.tags) + encode(item)
        return covered + beacon_check(network, covered)

    @staticmethod
    def decode(network, data: bytes) -> "Beacon":
        need(BEACON_MIN <= len(data) <= BEACON_MAX, "size")
        need(data[:4] == type4(BEACON), "type")
        need(data[-16:] == beacon_check(network, data[:-16]), "check")
        item = decode(data[ITEM_AT:-16])
        need(type(item) is list and len(item) in (1, 6), "item")
        need(is_uint(item[0]) and item[0] in AIMS, "aim")
        tags = tuple(data[at:at + TAG_BYTES] for at in range(TAGS_AT, ITEM_AT, TAG_BYTES))
        return Beacon(data[4:TAGS_AT], tags, item[0],
                      parse_introduction(*item[1:]) if len(item) == 6 else None)

    def is_of(self, pair: Pair, sender: bytes, source: tuple, unix_ms: int) -> bool:
        """Whether a contact sent it: today, or by a clock that is a day off."""
        today = pair.epoch_at(unix_ms)
        return any(
            beacon_tag(pair, sender, epoch, self.e, source) in self.tags
            for epoch in (today - 1, today, today + 1) if epoch >= 0)


def greeting_key(network, shared: bytes, sender: bytes, receiver: bytes) -> bytes:
    return blake2b(
        32, b"kith/greeting/v1\0", network.net, b"\0", sender, receiver, key=shared)


def seal_greeting(network, item: list, own: Ephemeral, other: bytes) -> bytes:
    """The datagram that answers the key `other`."""
    head = type4(GREETING) + other[:8] + own.public
    key = greeting_key(network, agree(own.secret, other), own.public, other)
    text = encode(item)
    return head + seal(key, 0, head, text + bytes(GREETING_BYTES - HEAD_BYTES - 16 - len(text)))


def open_greeting(network, data: bytes, own: Ephemeral) -> tuple[list, bytes]:
    """The item of a greeting to `own`, and the key of who sent it."""
    need(len(data) == GREETING_BYTES, "size")
    need(data[:4] == type4(GREETING) and data[4:12] == own.public[:8], "to whom")
    other = data[12:HEAD_BYTES]
    key = greeting_key(network, agree(own.secret, other), other, own.public)
    try:
        text = open_(key, 0, data[:HEAD_BYTES], data[HEAD_BYTES:])
    except NoiseError as fault:
        raise WireError("to somebody else") from fault
    item = decode(text, padded=True)
    need(type(item) is list and len(item) in (1, 4, 7), "item")
    return item, other


@dataclass(frozen=True)
class Named:
    """A greeting of a stranger who names other nodes."""

    nodes: tuple

    def seal(self, network, own: Ephemeral, other: bytes) -> bytes:
        return seal_greeting(network, [[node.item() for node in self.nodes]], own, other)

    @staticmethod
    def open(network, data: bytes, own: Ephemeral) -> tuple["Named", bytes]:
        item, other = open_greeting(network, data, own)
        need(len(item) == 1 and type(item[0]) is list, "nodes")
        need(1 <= len(item[0]) <= NAMED_MAX, "how many nodes")
        return Named(tuple(NodeRecord.parse(node) for node in item[0])), other


@dataclass(frozen=True)
class Greeting:
    node: bytes
    nonce: int
    role: int
    tag: bytes
    introduction: Introduction | None = None

    def seal(self, network, own: Ephemeral, other: bytes) -> bytes:
        """The datagram that answers the key `other`."""
        item = [self.node, self.nonce, self.role, self.tag]
        if self.introduction:
            item += self.introduction.person_items
        return seal_greeting(network, item, own, other)

    @staticmethod
    def open(network, data: bytes, own: Ephemeral) -> tuple["Greeting", bytes]:
        """What a greeting to `own` says, and the key of who sent it."""
        item, other = open_greeting(network, data, own)
        need(len(item) > 1, "a node")
        need(is_bytes(item[0], 32) and is_uint(item[1]), "node")
        need(type(item[2]) is int and item[2] in (0, 1) and is_bytes(item[3], 16), "greeting")
        said = parse_introduction(item[0], item[1], *item[4:]) if len(item) == 7 else None
        return Greeting(*item[:4], said), other
