"""The bytes of Kith, written from Specs/ alone: identifiers, envelope, messages, records.

Nothing here shares code with the Swift implementation; where both agree, Specs/ is complete.
"""

import base64
import hashlib
import ipaddress
import os
import re
import time
import unicodedata
from dataclasses import dataclass, field
from io import BytesIO

import cbor2
from nacl import bindings as sodium

PAYLOAD_MAX = 1232  # bytes of one datagram
DATAGRAM_MIN = 37  # DATA with the shortest message, a PING of 5 bytes
RECORD_MAX = 896
DAY_MS = 86_400_000
FUTURE_MS = 120_000
KEEP_MAX = 86_400  # seconds for which a copy may be wanted

INIT, RESP, COOKIE, DATA = 1, 2, 3, 4
INIT_OVERHEAD, RESP_OVERHEAD, COOKIE_BYTES, DATA_OVERHEAD = 136, 92, 64, 32

PING, PONG, FIND_NODE, NODES, FIND_RECORD, RECORDS, STORE, STORED, REFUSED = range(1, 10)
PROBE, PROBING = 11, 12
ASK, SHOWN = 13, 14
RELAY, RELAYING, TAKEN = 15, 16, 18
PROBE_INIT = 200  # bytes of the INIT that a PROBE asks for
BAD_TOKEN, INVALID, OLDER, LOCATION_FULL, STORAGE_FULL, RATE, IN_HANDSHAKE = range(1, 8)
PROFILE, NAME_ENTRY, INTEREST_ENTRY, SEALED, REQUEST = KINDS = 1, 2, 3, 4, 5
SEALED_BYTES = 640


class WireError(Exception):
    """Bytes that must be refused; the text is the reason."""


def blake2b(size: int, *parts: bytes, key: bytes = b"") -> bytes:
    """libsodium's crypto_generichash."""
    return hashlib.blake2b(b"".join(parts), digest_size=size, key=key).digest()


def now_ms() -> int:
    return time.time_ns() // 1_000_000


# ---- Deterministic CBOR -----------------------------------------------------


def encode(item) -> bytes:
    return cbor2.dumps(item, canonical=True)


def decode(data: bytes, padded: bool = False):
    """One item and nothing after it (zeros after it when `padded`); re-encodes to the same."""
    stream = BytesIO(data)
    try:
        item = cbor2.load(stream)
        used, again = stream.tell(), encode(item)
    except Exception as fault:  # whatever cbor2 says of bytes from strangers
        raise WireError(f"not CBOR: {fault}") from fault
    need(again == data[:used], "not canonical")
    if padded and any(data[used:]):
        raise WireError("padding is not zero")
    if not padded and used != len(data):
        raise WireError("trailing bytes")
    return item


def need(condition: bool, what: str):
    if not condition:
        raise WireError(what)


def is_uint(value, maximum: int = 2**64 - 1) -> bool:
    return type(value) is int and 0 <= value <= maximum


def is_bytes(value, *sizes: int) -> bool:
    return type(value) is bytes and (not sizes or len(value) in sizes)


# ---- Network, identifiers (Specs/Identifiers.md) ----------------------------


@dataclass(frozen=True)
class Network:
    name: str
    proof_bits: int
    proof_memory: int
    is_local: bool
    replication: int = 3

    @property
    def net(self) -> bytes:
        return self.name.encode("ascii")

    @property
    def prologue(self) -> bytes:
        return b"kith/1\0" + self.net


PUBLIC = Network("kith", 10, 1 << 20, False)
LOCAL = Network("local", 0, 8192, True)


def leading_zeros(data: bytes) -> int:
    return 8 * len(data) - int.from_bytes(data, "big").bit_length()


def node_id(network: Network, public: bytes, nonce: int):
    """The id that this nonce gives, or None when its proof of work is too weak."""
    salt = blake2b(16, b"kith/id/v1\0", network.net)
    y = sodium.crypto_pwhash_alg(
        32, public + nonce.to_bytes(8, "big"), salt, 1, network.proof_memory,
        sodium.crypto_pwhash_ALG_ARGON2ID13)
    if leading_zeros(y) < network.proof_bits:
        return None
    return blake2b(32, b"kith/id/v1\0", public, y)


def distance(a: bytes, b: bytes) -> int:
    return int.from_bytes(a, "big") ^ int.from_bytes(b, "big")


def address_bytes(address: tuple) -> bytes:
    """(host, port) as 6 or 18 bytes; an IPv4-mapped address becomes IPv4."""
    ip = ipaddress.ip_address(address[0])
    if ip.version == 6 and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    return ip.packed + address[1].to_bytes(2, "big")


def address_tuple(data: bytes) -> tuple:
    need(is_bytes(data, 6, 18), "address size")
    ip = ipaddress.ip_address(data[:-2])
    port = int.from_bytes(data[-2:], "big")
    need(port != 0 and not ip.is_unspecified and not ip.is_multicast, "address unusable")
    need(ip.version == 4 or ip.ipv4_mapped is None, "address is IPv4-mapped")
    need(ip.version == 4 or not ip.is_link_local or not any(data[2:4]), "address names an interface")
    return str(ip), port


def address_ip16(address: tuple) -> bytes:
    """16 bytes of IP (IPv4 as ::ffff:) and 2 of port, for cookies and tokens."""
    data = address_bytes(address)
    return data if len(data) == 18 else bytes(10) + b"\xff\xff" + data


def address_block(address: tuple) -> bytes:
    """The /24 or /48 that an address lies in."""
    data = address_bytes(address)
    return data[:3] if len(data) == 6 else data[:6]


@dataclass(frozen=True)
class NodeRecord:
    key: bytes
    nonce: int
    id: bytes
    addresses: tuple  # of (host, port)

    def item(self) -> list:
        return [self.key, self.nonce, self.id, *(address_bytes(a) for a in self.addresses)]

    @staticmethod
    def parse(item) -> "NodeRecord":
        need(type(item) is list and len(item) in (4, 5), "node record shape")
        need(is_bytes(item[0], 32) and is_uint(item[1]) and is_bytes(item[2], 32), "node record")
        addresses = tuple(address_tuple(a) for a in item[3:])
        if len(item) == 5:
            need(len(item[3]) == 6 and len(item[4]) == 18, "node record addresses")
        return NodeRecord(item[0], item[1], item[2], addresses)

    @property
    def text(self) -> str:
        data = encode(self.item())
        packed = base64.urlsafe_b64encode(data + blake2b(4, data)).decode().rstrip("=")
        return "kith-node:" + packed

    @staticmethod
    def from_text(text: str) -> "NodeRecord":
        need(text.startswith("kith-node:"), "node record text")
        packed = text[len("kith-node:"):]
        data = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
        need(len(data) > 4 and blake2b(4, data[:-4]) == data[-4:], "node record checksum")
        record = NodeRecord.parse(decode(data[:-4]))
        need(record.text == text, "node record text is not canonical")
        return record

    def proves(self, network: Network) -> bool:
        return node_id(network, self.key, self.nonce) == self.id


class NodeKey:
    """An Ed25519 pair A, the X25519 pair N made of it, and the proof of work."""

    def __init__(self, network: Network, seed: bytes = b""):
        self.seed = seed or os.urandom(32)
        self.signer, self.signing = sodium.crypto_sign_seed_keypair(self.seed)
        self.public = sodium.crypto_sign_ed25519_pk_to_curve25519(self.signer)
        self.secret = sodium.crypto_sign_ed25519_sk_to_curve25519(self.signing)
        self.nonce = 0
        while (found := node_id(network, self.public, self.nonce)) is None:
            self.nonce += 1
        self.id = found

    def sign(self, data: bytes) -> bytes:
        return sodium.crypto_sign(data, self.signing)[:64]


class Identity:
    """A person U; never related to a node key."""

    def __init__(self, seed: bytes = b""):
        self.public, self.signing = sodium.crypto_sign_seed_keypair(seed or os.urandom(32))
        self.last = 0

    def sign(self, data: bytes) -> bytes:
        return sodium.crypto_sign(data, self.signing)[:64]

    def next_sequence(self, now: int) -> int:
        self.last = max(self.last + 1, now << 16)
        return self.last

    @property
    def text(self) -> str:
        return identity_text(self.public)

    @property
    def fingerprint(self) -> str:
        digest = blake2b(32, b"kith/fingerprint/v1\0", self.public)[:8].hex()
        return "-".join(digest[i:i + 4] for i in range(0, 16, 4))


def identity_text(public: bytes) -> str:
    check = blake2b(4, b"kith/identity/v1\0", public)
    return "kith1" + base64.b32encode(public + check).decode().lower().rstrip("=")


def verify(public: bytes, data: bytes, signature: bytes) -> bool:
    try:
        sodium.crypto_sign_open(signature + data, public)
        return True
    except Exception:
        return False


# ---- Envelope (Specs/Wire.md) -----------------------------------------------


def type4(kind: int) -> bytes:
    return bytes((kind, 1, 0, 0))


def mac1(receiver: bytes, covered: bytes) -> bytes:
    return blake2b(16, covered, key=blake2b(32, b"kith/mac1\0", receiver))


def mac2(cookie: bytes, covered: bytes) -> bytes:
    return blake2b(16, covered, key=cookie)


def seal_cookie(receiver_index: bytes, public: bytes, cookie: bytes, init_mac1: bytes) -> bytes:
    nonce = os.urandom(24)
    sealed = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(
        cookie, init_mac1, nonce, blake2b(32, b"kith/cookie\0", public))
    return type4(COOKIE) + receiver_index + nonce + sealed


def open_cookie(packet: bytes, public: bytes, init_mac1: bytes) -> bytes:
    try:
        return sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(
            packet[32:64], init_mac1, packet[8:32], blake2b(32, b"kith/cookie\0", public))
    except Exception as fault:
        raise WireError("cookie") from fault


# ---- Messages ---------------------------------------------------------------

REQUESTS = {PING: PONG, FIND_NODE: NODES, FIND_RECORD: RECORDS, STORE: STORED, PROBE: PROBING,
            ASK: SHOWN, RELAY: RELAYING}
KEYS = {  # kind: (required keys, optional keys)
    PING: ({0, 1}, set()),
    FIND_NODE: ({0, 1, 2}, set()),
    FIND_RECORD: ({0, 1, 2}, {3, 4}),
    STORE: ({0, 1, 2, 3}, {4}),
    PONG: ({0, 1, 10, 11}, set()),
    NODES: ({0, 1, 5, 10, 11}, set()),
    RECORDS: ({0, 1, 5, 6, 8, 10, 11}, {7, 9}),
    STORED: ({0, 1, 2, 3, 4, 10, 11}, set()),
    REFUSED: ({0, 1, 2, 10, 11}, {3}),
    PROBE: ({0, 1}, {2, 3}),
    PROBING: ({0, 1, 10, 11}, set()),
    ASK: ({0, 1, 2, 3}, {4, 5, 6}),
    SHOWN: ({0, 1, 5, 8, 10, 11}, set()),
    RELAY: ({0, 1}, set()),
    RELAYING: ({0, 1, 2, 3, 10, 11}, set()),
    TAKEN: ({0, 1, 10, 11}, set()),
}


def check_message(message) -> dict:
    """Refuses whatever is not exactly one message of the grammar."""
    need(type(message) is dict, "message is no map")
    kind = message.get(0)
    need(type(kind) is int and kind in KEYS, "unknown kind")
    required, optional = KEYS[kind]
    need(required <= set(message), "missing key")
    need(set(message) <= required | optional, "unknown key")
    need(is_uint(message[1], 2**32 - 1), "call")
    if kind in (FIND_NODE, FIND_RECORD):
        need(is_bytes(message[2], 32), "target")
    if kind == FIND_RECORD:
        if 3 in message:
            check_digest(message[3], 64)
        need(4 not in message or (is_uint(message[4], 255) and message[4]), "skip")
    if kind == STORE:
        need(is_bytes(message[2]) and 1 <= len(message[2]) <= RECORD_MAX, "record size")
        need(is_bytes(message[3], 16), "token")
        need(4 not in message or (is_uint(message[4], KEEP_MAX) and message[4]), "keep")
    if kind == PROBE and len(message) > 2:
        need({2, 3} <= set(message), "a node to probe and padding belong together")
        need(len(NodeRecord.parse(message[2]).addresses) == 1, "one address to probe")
        need(is_bytes(message[3]) and len(message[3]) <= 128, "padding size")
        need(not any(message[3]), "padding")
    if kind == RELAYING:
        need(is_bytes(message[2], 32), "key")
        need(is_uint(message[3], 7200) and message[3], "seconds")
    if 10 in message:
        need(is_uint(message[10], 100), "load")
        address_tuple(message[11])
    if kind == ASK:
        need(is_bytes(message[2], 32) and is_bytes(message[3], 16), "asker and pass")
        need(4 not in message or (is_uint(message[4], 255) and message[4]), "skip")
        need((5 in message) != (6 in message), "a name or interests")
        if 5 in message:
            need(is_bytes(message[5]) and 1 <= len(message[5]) <= 128, "name")
        else:
            need(type(message[6]) is list and 1 <= len(message[6]) <= 16, "interests")
            need(all(is_bytes(i) and 1 <= len(i) <= 32 for i in message[6]), "interest")
    elif kind == SHOWN:
        need(type(message[5]) is list and len(message[5]) <= 16, "cards")
        for item in message[5]:
            need(type(item) is list and len(item) == 2 and is_bytes(item[0], 32), "card of")
            need(is_bytes(item[1]) and 1 <= len(item[1]) <= 512, "card size")
        need(is_uint(message[8], 2**32 - 1), "total")
    elif 5 in message:
        need(type(message[5]) is list and len(message[5]) <= 16, "nodes")
        for item in message[5]:
            NodeRecord.parse(item)
    if kind == RECORDS:
        need(type(message[6]) is list and len(message[6]) <= 16, "records")
        need(all(is_bytes(r) and 1 <= len(r) <= RECORD_MAX for r in message[6]), "record size")
        need(7 not in message or is_bytes(message[7], 16), "token")
        need(is_uint(message[8], 2**32 - 1), "total")
        if 9 in message:
            full = message[9]
            need(type(full) is list and len(full) == 3 and is_uint(full[0]), "full")
            need(is_bytes(full[1], 32) and is_bytes(full[2], 64), "full signature")
    if kind == STORED:
        need(is_uint(message[2]) and is_bytes(message[3], 32), "receipt")
        need(is_bytes(message[4], 64), "receipt signature")
    if kind == REFUSED:
        need(is_uint(message[2]) and 1 <= message[2] <= 8, "reason")
        need(3 not in message or (message[2] == OLDER and is_uint(message[3])), "newer sequence")
    return message


def check_digest(digest, size_max: int):
    need(is_bytes(digest) and len(digest) % 2 == 0 and len(digest) <= size_max, "digest")
    pairs = [digest[i:i + 2] for i in range(0, len(digest), 2)]
    need(all(a < b for a, b in zip(pairs, pairs[1:])), "digest order")


# ---- Records (Specs/Records.md) ---------------------------------------------


def owned_location(kind: int, author: bytes) -> bytes:
    return blake2b(32, b"kith/owned/v1\0", bytes((kind,)), author)


def shared_location(kind: int, token: str, day: int, shard: int = 0) -> bytes:
    return blake2b(
        32, b"kith/shared/v1\0", bytes((kind,)), blake2b(32, token.encode()),
        day.to_bytes(4, "big"), shard.to_bytes(2, "big"))


SHARD_FAN_OUT, SHARD_DEPTH_MAX = 16, 3


def shard_first(depth: int) -> int:
    return (SHARD_FAN_OUT**depth - 1) // (SHARD_FAN_OUT - 1)


def shard_number(depth: int, author: bytes, token: str, day: int) -> int:
    """The shard of this depth in which the author's entry stands that day."""
    hashed = blake2b(
        32, b"kith/shard/v1\0", author, blake2b(32, token.encode()), day.to_bytes(4, "big"))
    return shard_first(depth) + (int.from_bytes(hashed, "big") >> (256 - 4 * depth))


def shard_children(shard: int) -> list:
    if shard >= shard_first(SHARD_DEPTH_MAX):
        return []
    return list(range(SHARD_FAN_OUT * shard + 1, SHARD_FAN_OUT * shard + SHARD_FAN_OUT + 1))


def shard_is_authors(shard: int, author: bytes, token: str, day: int) -> bool:
    depths = range(SHARD_DEPTH_MAX + 1)
    return shard in [shard_number(d, author, token, day) for d in depths]


FULL_MS = 600_000


def full_bytes(network, location: bytes, until: int) -> bytes:
    return b"kith/full/v1\0" + network.net + b"\0" + location + until.to_bytes(8, "big")


def verify_full(network, node: bytes, location: bytes, full: list, now: int):
    """Key 9 of RECORDS that the node with key N `node` gave about `location`."""
    until, signer, signature = full
    need(now < until <= now + FULL_MS + FUTURE_MS, "time of a full statement")
    try:
        converted = sodium.crypto_sign_ed25519_pk_to_curve25519(signer)
    except Exception as fault:
        raise WireError("signer of a full statement") from fault
    need(converted == node, "foreign full statement")
    need(verify(signer, full_bytes(network, location, until), signature), "full signature")


@dataclass(frozen=True)
class Record:
    kind: int
    author: bytes
    sequence: int
    created: int
    expires: int
    location: bytes
    body: object  # bytes, or None for a tombstone
    signature: bytes
    encoded: bytes = field(repr=False, compare=False, default=b"")

    @staticmethod
    def sign(network, identity, kind, sequence, created, expires, body, location=None):
        fields = {0: kind, 1: identity.public, 2: sequence, 3: created, 4: expires}
        if kind != PROFILE:
            fields[5] = location
        if body is not None:
            fields[6] = body
        fields[7] = identity.sign(Record.covered(network, fields))
        return Record.decode(encode(fields))

    @staticmethod
    def covered(network, fields: dict) -> bytes:
        unsigned = {k: v for k, v in fields.items() if k != 7}
        return b"kith/record/v1\0" + network.net + b"\0" + encode(unsigned)

    @staticmethod
    def decode(data: bytes) -> "Record":
        need(len(data) <= RECORD_MAX, "record too large")
        fields = decode(data)
        need(type(fields) is dict, "record is no map")
        kind = fields.get(0)
        need(type(kind) is int and kind in KINDS, "record kind")
        if kind in (SEALED, REQUEST):
            return Record.decode_sealed(kind, fields, data)
        required = {0, 1, 2, 3, 4, 7} | (set() if kind == PROFILE else {5})
        need(required <= set(fields) <= required | {6}, "record keys")
        need(is_bytes(fields[1], 32) and all(is_uint(fields[k]) for k in (2, 3, 4)), "record")
        need(is_bytes(fields[7], 64), "signature size")
        need(kind == PROFILE or is_bytes(fields[5], 32), "location")
        need(6 not in fields or is_bytes(fields[6]), "body")
        location = owned_location(kind, fields[1]) if kind == PROFILE else fields[5]
        return Record(
            kind, fields[1], fields[2], fields[3], fields[4], location, fields.get(6),
            fields[7], data)

    @staticmethod
    def decode_sealed(kind: int, fields: dict, data: bytes) -> "Record":
        """Specs/Privacy.md: no times but the one in the sequence, always 640 bytes."""
        need(len(data) == SEALED_BYTES, "size of a sealed record")
        need(set(fields) == {0, 1, 2, 6, 7} | ({5} if kind == REQUEST else set()), "record keys")
        need(is_bytes(fields[1], 32) and is_uint(fields[2]), "record")
        need(is_bytes(fields[6]) and is_bytes(fields[7], 64), "body and signature")
        need(kind == SEALED or is_bytes(fields[5], 32), "location")
        created = fields[2] >> 16
        return Record(
            kind, fields[1], fields[2], created, created + DAY_MS,
            owned_location(kind, fields[1]) if kind == SEALED else fields[5], fields[6],
            fields[7], data)

    def check_stamp(self, network):
        digest = blake2b(
            32, b"kith/stamped/v1\0" + self.location + self.author
            + self.sequence.to_bytes(8, "big") + self.body[8:])
        value = int.from_bytes(blake2b(32, b"kith/stamp/v1\0" + self.body[:8] + digest), "big")
        need(value >> (256 - network.proof_bits - 8) == 0, "stamp")

    def verify(self, network, now: int):
        """The numbered steps of Specs/Records.md after decoding."""
        need(self.created <= self.expires <= self.created + DAY_MS, "life")
        need(self.sequence >> 16 <= now + FUTURE_MS, "sequence in the future")
        need(self.created <= now + FUTURE_MS, "created in the future")
        need(self.expires > now, "expired")
        if self.kind == REQUEST:
            self.check_stamp(network)
        elif self.body is not None and self.kind != SEALED:
            if self.kind == PROFILE:
                Profile.decode(self.body)
            else:
                day = decode_entry(self.body)[0]
                need(self.created // DAY_MS <= day <= self.expires // DAY_MS, "day of the entry")
        need(
            verify(self.author, Record.covered(network, decode(self.encoded)), self.signature),
            "signature")


def receipt_bytes(network, location, author, sequence, expires) -> bytes:
    return (
        b"kith/receipt/v1\0" + network.net + b"\0" + location + author
        + sequence.to_bytes(8, "big") + expires.to_bytes(8, "big"))


# ---- Profile, entry, text (Specs/Records.md, Specs/Search.md) ---------------


LINK = re.compile(r"(?=.{1,128}\Z)[A-Za-z][A-Za-z0-9+.-]*:[\x21-\x7e]+")


def check_text(text, size_max: int, what: str):
    need(type(text) is str and 1 <= len(text.encode()) <= size_max, f"{what} size")
    need(unicodedata.is_normalized("NFC", text), f"{what} is not NFC")
    bad = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
    need(all(unicodedata.category(c) not in bad for c in text), f"{what} has control characters")
    need(text == text.strip(), f"{what} has spaces around it")


@dataclass(frozen=True)
class Profile:
    name: str
    interests: tuple = ()
    region: str = None
    bio: str = None
    links: tuple = ()
    avatar: bytes = None
    active_hour: int = 0

    def encode(self) -> bytes:
        fields = {0: self.name, 1: list(self.interests), 6: self.active_hour}
        for key, value in ((2, self.region), (3, self.bio), (5, self.avatar)):
            if value is not None:
                fields[key] = value
        if self.links:
            fields[4] = list(self.links)
        return encode(fields)

    @staticmethod
    def decode(data: bytes) -> "Profile":
        need(len(data) <= 756, "profile too large")
        fields = decode(data)
        need(type(fields) is dict and {0, 1, 6} <= set(fields) <= set(range(7)), "profile keys")
        check_text(fields[0], 64, "name")
        need(type(fields[1]) is list and len(fields[1]) <= 16, "interests")
        for interest in fields[1]:
            check_text(interest, 32, "interest")
        meanings = [interest_token(i) for i in fields[1]]
        need(all(meanings) and len(set(meanings)) == len(meanings), "interest twice")
        if 2 in fields:
            check_text(fields[2], 64, "region")
            need(all(unicodedata.digit(c, None) is None for c in fields[2]), "region digits")
        if 3 in fields:
            check_text(fields[3], 280, "bio")
        if 4 in fields:
            need(type(fields[4]) is list and 1 <= len(fields[4]) <= 4, "links")
            need(all(type(i) is str and LINK.fullmatch(i) for i in fields[4]), "link")
            need(len(set(fields[4])) == len(fields[4]), "link twice")
        need(5 not in fields or is_bytes(fields[5], 32), "avatar")
        need(is_uint(fields[6], 2**32 - 1), "active")
        return Profile(
            fields[0], tuple(fields[1]), fields.get(2), fields.get(3),
            tuple(fields.get(4, ())), fields.get(5), fields[6])

    @property
    def digest(self) -> bytes:
        return interest_digest(self.interests)


def encode_entry(day: int, shard: int, digest: bytes) -> bytes:
    return encode({0: day, 1: shard, 2: digest})


def decode_entry(data: bytes) -> tuple:
    fields = decode(data)
    need(type(fields) is dict and set(fields) == {0, 1, 2}, "entry keys")
    need(is_uint(fields[0], 2**32 - 1) and is_uint(fields[1], 65535), "entry")
    check_digest(fields[2], 32)
    return fields[0], fields[1], fields[2]


def normalise(text: str) -> str:
    """NFKC of (NFKD, full case folding, NFKD, without categories Mn and Me)."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = "".join(c for c in folded if unicodedata.category(c) not in ("Mn", "Me"))
    return unicodedata.normalize("NFKC", bare)


def name_tokens(name: str) -> list:
    """Runs of letters, numbers and spacing marks of the normalised name, each once."""
    tokens, run = [], ""
    for c in normalise(name) + " ":
        if unicodedata.category(c)[0] in "LN" or unicodedata.category(c) == "Mc":
            run += c
        elif run:
            tokens.append(cut(run, 64))
            run = ""
    return list(dict.fromkeys(tokens))[:8]


def cut(text: str, size_max: int) -> str:
    """As many whole characters as fit into that many UTF-8 bytes."""
    while len(text.encode()) > size_max:
        text = text[:-1]
    return text


def interest_token(interest: str) -> str:
    return normalise(interest).strip()


def interest_digest(interests) -> bytes:
    tokens = map(interest_token, interests)
    pairs = {blake2b(32, b"kith/interest/v1\0", i.encode())[:2] for i in tokens}
    return b"".join(sorted(pairs))


def likeness(a: bytes, b: bytes) -> float:
    """The Jaccard index of two digests."""
    a, b = ({d[i:i + 2] for i in range(0, len(d), 2)} for d in (a, b))
    return len(a & b) / len(a | b) if a | b else 0.0


def jaccard(a, b) -> float:
    a, b = {interest_token(i) for i in a} - {""}, {interest_token(i) for i in b} - {""}
    return len(a & b) / len(a | b) if a | b else 0.0
