"""Packets that cross three relays, ways back, and the texts in them: from Specs/Mixing.md alone."""

import ipaddress
import struct
from dataclasses import dataclass

from kith_wire import (
    RECORD_MAX, WireError, address_ip16, address_tuple, blake2b, check_digest, decode, encode,
    is_bytes, is_uint, need)
from nacl import bindings as sodium

HOPS = 3
ONWARD, LAST = 1, 2
INSTRUCTION, LAST_INSTRUCTION, CODE = 53, 6, 16
BLOCK = INSTRUCTION + CODE
ROUTE = (HOPS - 1) * BLOCK + LAST_INSTRUCTION
HEADER = 32 + ROUTE + CODE
PACKET, CHECK, TEXT_MAX = 1195, 16, 987
BODY = PACKET - HEADER
REPLY_BLOCK = 274
STORE_MAX, PROMISES_MAX, ITEMS_MAX = 702, 8, 16

FIND, STORE, ECHO, FOUND, KEPT, ECHOED, FAILED = range(1, 8)
BUSY, NOBODY, INVALID = 1, 2, 3


# ---- ChaCha20, X25519 -------------------------------------------------------


def chacha20(key: bytes, size: int) -> bytes:
    """The stream of RFC 8439 section 2.4 with nonce 0, from block 0 on.

    PyNaCl binds it only as a part of its seals, whose streams begin with block 1.
    """
    start = list(struct.unpack("<4I", b"expand 32-byte k")) + list(struct.unpack("<8I", key))
    return b"".join(chacha20_block([*start, n, 0, 0, 0]) for n in range(-(-size // 64)))[:size]


def chacha20_block(start: list) -> bytes:
    s = list(start)
    for _ in range(10):
        for a, b, c, d in (
                (0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
                (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)):
            for to, by, turned, bits in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
                s[to] = (s[to] + s[by]) & 0xFFFFFFFF
                mixed = s[turned] ^ s[to]
                s[turned] = (mixed << bits | mixed >> (32 - bits)) & 0xFFFFFFFF
    return struct.pack("<16I", *((x + y) & 0xFFFFFFFF for x, y in zip(s, start)))


def xor(a: bytes, b: bytes) -> bytes:
    need(len(a) == len(b), "unequal lengths")
    return bytes(x ^ y for x, y in zip(a, b))


def multiply(scalar: bytes, point: bytes) -> bytes:
    """X25519, which refuses points of low order."""
    try:
        return sodium.crypto_scalarmult(scalar, point)
    except Exception as fault:  # libsodium refuses a result of zeros
        raise WireError("a point of low order") from fault


# ---- Keys of a hop, wide block ----------------------------------------------


class HopKeys:
    """What grows from a root."""

    def __init__(self, root: bytes):
        blocks = b"".join(blake2b(64, bytes((i,)), key=root) for i in range(4))
        self.root = root
        self.route, self.code, *self.body = (blocks[i:i + 32] for i in range(0, 192, 32))
        self.blinding, self.tag = blocks[192:224], blocks[224:240]

    @staticmethod
    def of(shared: bytes, alpha: bytes) -> "HopKeys":
        return HopKeys(blake2b(32, b"kith/cell/v1\0", alpha, key=shared))

    @property
    def stream(self) -> bytes:
        return chacha20(self.route, ROUTE + BLOCK)

    def gamma(self, route: bytes) -> bytes:
        return blake2b(CODE, route, key=self.code)

    def encrypt(self, body: bytes) -> bytes:
        left, right = body[:32], body[32:]
        for stream_key, hash_key in (self.body[:2], self.body[2:]):
            right = xor(right, chacha20(xor(left, stream_key), len(right)))
            left = xor(left, blake2b(32, right, key=hash_key))
        return left + right

    def decrypt(self, body: bytes) -> bytes:
        left, right = body[:32], body[32:]
        for stream_key, hash_key in (self.body[2:], self.body[:2]):
            left = xor(left, blake2b(32, right, key=hash_key))
            right = xor(right, chacha20(xor(left, stream_key), len(right)))
        return left + right


# ---- Opening ----------------------------------------------------------------


@dataclass(frozen=True)
class Peeled:
    """What one relay made of a packet."""

    instruction: bytes
    keys: HopKeys
    packet: bytes  # as it goes on; of the last relay only the body counts

    @property
    def is_last(self) -> bool:
        return self.instruction[0] == LAST

    @property
    def body(self) -> bytes:
        return self.packet[HEADER:]


def peel(secret: bytes, packet: bytes) -> Peeled:
    need(len(packet) == PACKET, "packet size")
    alpha, route, gamma = packet[:32], packet[32:32 + ROUTE], packet[32 + ROUTE:HEADER]
    keys = HopKeys.of(multiply(secret, alpha), alpha)
    need(keys.gamma(route) == gamma, "code of the route")
    plain = xor(route + bytes(BLOCK), keys.stream)
    body = keys.decrypt(packet[HEADER:])
    if plain[0] == LAST:
        return Peeled(plain[:LAST_INSTRUCTION], keys, packet[:HEADER] + body)
    need(plain[0] == ONWARD, "kind of an instruction")
    header = multiply(keys.blinding, alpha) + plain[BLOCK:] + plain[INSTRUCTION:BLOCK]
    return Peeled(plain[:INSTRUCTION], keys, header + body)


def text_of(body: bytes) -> bytes:
    """The 987 bytes behind the zeros that say that nobody touched them."""
    need(not any(body[:CHECK]), "a body that was touched")
    return body[CHECK:]


# ---- Making -----------------------------------------------------------------


@dataclass(frozen=True)
class Header:
    """What a maker has of a header: the bytes, and the keys of hops 1, 2 and 3."""

    bytes: bytes
    hops: tuple

    def packet(self, text: bytes) -> bytes:
        body = body_of(text)
        for keys in reversed(self.hops):
            body = keys.encrypt(body)
        return self.bytes + body

    def open_reply(self, body: bytes, key: bytes) -> bytes:
        """The text in what came back, after the last hop decrypted it like the others."""
        for keys in reversed(self.hops):
            body = keys.encrypt(body)
        return text_of(HopKeys(key).decrypt(body))


def body_of(text: bytes) -> bytes:
    need(len(text) <= TEXT_MAX, "text too long")
    return bytes(CHECK) + text + bytes(TEXT_MAX - len(text))


def make_header(x: bytes, path: list, instructions: list) -> Header:
    """For the relays with these onion keys."""
    need(len(path) == len(instructions) == HOPS, "three hops")
    alphas, hops = [sodium.crypto_scalarmult_base(x)], []
    for i in range(HOPS):
        shared = multiply(x, path[i])
        for before in hops:
            shared = multiply(before.blinding, shared)
        hops.append(HopKeys.of(shared, alphas[i]))
        alphas.append(multiply(hops[i].blinding, alphas[i]))
    filler = b""
    for i in range(1, HOPS):
        size = ROUTE + BLOCK
        padded = bytes(size - len(filler) - BLOCK) + filler + bytes(BLOCK)
        filler = xor(padded, hops[i - 1].stream)[-BLOCK * i:]
    last = hops[-1]
    route = xor(instructions[-1], last.stream[:LAST_INSTRUCTION]) + filler
    for i in reversed(range(HOPS - 1)):
        plain = instructions[i] + hops[i + 1].gamma(route) + route[:ROUTE - BLOCK]
        route = xor(plain, hops[i].stream[:ROUTE])
    return Header(alphas[0] + route + hops[0].gamma(route), tuple(hops))


# ---- Instructions and reply blocks ------------------------------------------


def point_bytes(key: bytes, address: tuple) -> bytes:
    return key + address_ip16(address)


def parse_point(data: bytes) -> tuple:
    """The key and the (host, port) of N ‖ ip16 ‖ port2; IPv4 stands there as ::ffff:a.b.c.d."""
    need(len(data) == 50, "point size")
    mapped = ipaddress.ip_address(data[32:48]).ipv4_mapped
    return data[:32], address_tuple((mapped.packed if mapped else data[32:48]) + data[48:])


@dataclass(frozen=True)
class Instruction:
    """How long a cell is kept back, and who gets it then."""

    delay_ms: int
    key: bytes = None  # None for the last
    address: tuple = None

    def encode(self) -> bytes:
        delay = self.delay_ms.to_bytes(2, "big")
        if self.key is None:
            return bytes((LAST,)) + delay + bytes(3)
        return bytes((ONWARD,)) + delay + point_bytes(self.key, self.address)

    @staticmethod
    def decode(data: bytes) -> "Instruction":
        need(data[:1] in (b"\1", b"\2"), "kind of an instruction")
        delay = int.from_bytes(data[1:3], "big")
        if data[0] == LAST:
            need(len(data) == LAST_INSTRUCTION and not any(data[3:]), "zeros of the last")
            return Instruction(delay)
        need(len(data) == INSTRUCTION, "instruction size")
        return Instruction(delay, *parse_point(data[3:]))


@dataclass(frozen=True)
class ReplyBlock:
    """A way back that works once."""

    first: bytes
    address: tuple
    header: bytes
    key: bytes

    def encode(self) -> bytes:
        return point_bytes(self.first, self.address) + self.header + self.key

    @staticmethod
    def decode(data: bytes) -> "ReplyBlock":
        need(is_bytes(data, REPLY_BLOCK), "reply block size")
        return ReplyBlock(*parse_point(data[:50]), data[50:50 + HEADER], data[50 + HEADER:])

    def packet(self, text: bytes) -> bytes:
        """What goes back to the maker with this text."""
        return self.header + HopKeys(self.key).encrypt(body_of(text))


# ---- Cells ------------------------------------------------------------------


def is_cell(data: bytes) -> bool:
    return len(data) == 5 + PACKET and data[0] == 1


def cell(call: int, packet: bytes) -> bytes:
    return b"\1" + call.to_bytes(4, "big") + packet


# ---- Texts ------------------------------------------------------------------

QUERIES = {FIND: ({0, 2, 5}, {3, 4}), STORE: ({0, 2, 5}, set()), ECHO: ({0, 5}, set())}
ANSWERS = {
    FOUND: ({0, 6, 8}, {9}), KEPT: ({0, 5}, {2}), ECHOED: ({0}, set()), FAILED: ({0, 2}, set())}


def decode_text(text: bytes, kinds: dict) -> dict:
    need(len(text) <= TEXT_MAX, "text too long")
    item = decode(text, padded=True)
    need(type(item) is dict, "text is no map")
    need(type(item.get(0)) is int and item[0] in kinds, "unknown kind")
    required, optional = kinds[item[0]]
    need(required <= set(item) <= required | optional, "keys")
    return item


def decode_query(text: bytes) -> dict:
    query = decode_text(text, QUERIES)
    if query[0] == FIND:
        need(is_bytes(query[2], 32), "location")
        if 3 in query:
            check_digest(query[3], 64)
            need(query[3], "digest of nothing")
        need(4 not in query or (is_uint(query[4], 255) and query[4]), "skip")
    elif query[0] == STORE:
        need(is_bytes(query[2]) and 1 <= len(query[2]) <= STORE_MAX, "record size")
    ReplyBlock.decode(query[5])
    return query


def decode_answer(text: bytes) -> dict:
    answer = decode_text(text, ANSWERS)
    if answer[0] == FOUND:
        need(type(answer[6]) is list and len(answer[6]) <= ITEMS_MAX, "records")
        need(all(is_bytes(r) and 1 <= len(r) <= RECORD_MAX for r in answer[6]), "record size")
        need(is_uint(answer[8], 2**32 - 1), "total")
        need(9 not in answer or (type(answer[9]) is int and answer[9] == 1), "full")
    elif answer[0] == KEPT:
        need(2 not in answer or is_uint(answer[2]), "newer sequence")
        need(type(answer[5]) is list and len(answer[5]) <= PROMISES_MAX, "promises")
        for item in answer[5]:
            need(type(item) is list and len(item) == 3 and is_uint(item[0]), "promise")
            need(is_bytes(item[1], 32) and is_bytes(item[2], 64), "signature of a promise")
    elif answer[0] == FAILED:
        need(is_uint(answer[2]) and BUSY <= answer[2] <= INVALID, "reason")
    return answer


def encode_text(item: dict) -> bytes:
    """Without the zeros behind it."""
    text = encode(item)
    need(len(text) <= TEXT_MAX, "text too long")
    return text
