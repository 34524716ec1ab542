"""Levels, letters and requests, from Specs/Privacy.md alone."""

import hashlib
import os
from dataclasses import dataclass

import nacl.bindings as sodium

from kith_noise import *  # noqa: F403
from kith_wire import *  # noqa: F403

EPOCH_S = 86_400
ADVANCE_MAX = 400
SEALED_BODY, REQUEST_BODY, TEXT_MAX = 521, 486, 480


def pad(text: bytes, size: int) -> bytes:
    need(len(text) < size, "text too long")
    return text + b"\x80" + bytes(size - len(text) - 1)


def unpad(padded: bytes) -> bytes:
    text = padded.rstrip(b"\0")
    need(text.endswith(b"\x80"), "padding")
    return text[:-1]


def seal(key: bytes, author: bytes, text: bytes, nonce: bytes = None) -> bytes:
    """The 521 bytes of a body."""
    nonce = nonce or os.urandom(24)
    return nonce + sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(
        pad(text, TEXT_MAX + 1), author, nonce, key)


def open_sealed(key: bytes, author: bytes, body: bytes) -> bytes:
    return unpad(sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(
        body[24:], author, body[:24], key))


@dataclass(frozen=True)
class LevelSecret:
    """A secret of one level, as a letter grants it."""

    version: int
    offset: int
    epoch: int
    secret: bytes

    def epoch_at(self, unix_ms: int) -> int:
        return max(0, unix_ms // 1000 - self.offset) // EPOCH_S

    def advanced(self, epoch: int) -> "LevelSecret":
        need(self.epoch <= epoch <= self.epoch + ADVANCE_MAX, "no way to that epoch")
        secret = self.secret
        for _ in range(epoch - self.epoch):
            secret = blake2b(32, b"kith/ratchet/v1\0", key=secret)
        return LevelSecret(self.version, self.offset, epoch, secret)

    def factor(self, person: bytes) -> bytes:
        return sodium.crypto_core_ed25519_scalar_reduce(blake2b(
            64, b"kith/blind/v1\0", person, self.version.to_bytes(4, "big"),
            self.epoch.to_bytes(4, "big"), key=self.secret))

    def author(self, person: bytes) -> bytes:
        """Who signs the card of a person in this epoch: what a reader computes."""
        return sodium.crypto_scalarmult_ed25519_noclamp(self.factor(person), person)

    def card_key(self, author: bytes) -> bytes:
        return blake2b(32, b"kith/card/v1\0", author, key=self.secret)

    def open_card(self, record: Record) -> dict:
        text = open_sealed(self.card_key(record.author), record.author, record.body)
        card = decode(text)
        need(type(card) is dict and set(card) in ({0}, {0, 1, 2}), "card")
        return {**card, 0: Profile.decode(card[0])}


class Blinded:
    """What signs the cards of one epoch: what the owner computes."""

    def __init__(self, seed: bytes, person: bytes, level: LevelSecret):
        expanded = bytearray(hashlib.sha512(seed).digest())
        expanded[0] &= 248
        expanded[31] = expanded[31] & 127 | 64
        factor = level.factor(person)
        scalar = sodium.crypto_core_ed25519_scalar_reduce(bytes(expanded[:32]) + bytes(32))
        self.scalar = sodium.crypto_core_ed25519_scalar_mul(factor, scalar)
        self.nonces = blake2b(32, bytes(expanded[32:]), key=factor)
        self.public = sodium.crypto_scalarmult_ed25519_base_noclamp(self.scalar)

    def sign(self, message: bytes) -> bytes:
        def reduced(*parts):
            return sodium.crypto_core_ed25519_scalar_reduce(
                hashlib.sha512(b"".join(parts)).digest())

        nonce = reduced(self.nonces, message)
        point = sodium.crypto_scalarmult_ed25519_base_noclamp(nonce)
        product = sodium.crypto_core_ed25519_scalar_mul(
            reduced(point, self.public, message), self.scalar)
        return point + sodium.crypto_core_ed25519_scalar_add(nonce, product)


def sealed_record(network, signer, sequence: int, body: bytes, location=None) -> Record:
    kind = SEALED if location is None else REQUEST
    fields = {0: kind, 1: signer.public, 2: sequence, 6: body}
    if location is not None:
        fields[5] = location
    fields[7] = signer.sign(Record.covered(network, fields))
    return Record.decode(encode(fields))


def find_stamp(network, location: bytes, author: bytes, sequence: int, sealed: bytes) -> bytes:
    digest = blake2b(
        32, b"kith/stamped/v1\0", location, author, sequence.to_bytes(8, "big"), sealed)
    nonce = 0
    while True:
        stamp = nonce.to_bytes(8, "big")
        value = int.from_bytes(blake2b(32, b"kith/stamp/v1\0", stamp, digest), "big")
        if value >> (256 - network.proof_bits - 8) == 0:
            return stamp
        nonce += 1


def safety_number(one: bytes, other: bytes) -> str:
    bits = blake2b(60, b"kith/safety/v1\0", min(one, other), max(one, other))
    return " ".join(
        f"{int.from_bytes(bits[i:i + 5], 'big') % 100_000:05}" for i in range(0, 60, 5))


class Pair:
    """What two people share."""

    def __init__(self, network, own_seed: bytes, other: bytes):
        me = Identity(own_seed)
        secret = sodium.crypto_sign_ed25519_sk_to_curve25519(own_seed + me.public)
        shared = agree(secret, sodium.crypto_sign_ed25519_pk_to_curve25519(other))
        self.secret = blake2b(
            32, b"kith/pair/v1\0", network.net, b"\0", min(me.public, other),
            max(me.public, other), key=shared)
        offset = blake2b(32, b"kith/pair-offset/v1\0", key=self.secret)
        self.offset = int.from_bytes(offset[:8], "big") % EPOCH_S

    def epoch_at(self, unix_ms: int) -> int:
        return max(0, unix_ms // 1000 - self.offset) // EPOCH_S

    def mailbox(self, sender: bytes, epoch: int) -> "Identity":
        return Identity(self.derive(b"kith/mailbox/v1\0", sender, epoch))

    def letter_key(self, sender: bytes, epoch: int) -> bytes:
        return self.derive(b"kith/letter/v1\0", sender, epoch)

    def derive(self, label: bytes, sender: bytes, epoch: int) -> bytes:
        return blake2b(32, label, sender, epoch.to_bytes(4, "big"), key=self.secret)


def decode_letter(text: bytes) -> dict:
    letter = decode(text)
    need(type(letter) is dict and {0, 1} <= set(letter) <= {0, 1, 2, 3}, "letter keys")
    need(all(is_uint(letter[k]) and letter[k] < 1 << 32 for k in (0, 1)), "letter numbers")
    if 2 in letter:
        grant = letter[2]
        need(type(grant) is list and len(grant) == 5 and grant[0] in (1, 2), "grant")
        need(all(is_uint(n) for n in grant[1:4]) and is_bytes(grant[4], 32), "grant")
        need(grant[2] < EPOCH_S, "offset")
    if 3 in letter:
        NodeRecord.parse(letter[3])
    return letter


def decode_card(network, person: bytes, text: bytes, today: int) -> dict:
    card = decode(text)
    need(type(card) is dict and set(card) in ({0}, {0, 1, 2}), "card")
    need(is_bytes(card[0]) and len(card[0]) <= 400, "profile of a card")
    Profile.decode(card[0])
    if 1 in card:
        need(is_uint(card[1]) and is_bytes(card[2], 64), "who may show it")
        need(card[1] - 1 <= today <= card[1] + 7, "day")
        covered = (
            b"kith/shown/v1\0" + network.net + b"\0" + card[1].to_bytes(4, "big") + card[0])
        need(verify(person, covered, card[2]), "the person's word")
    return card


def open_request(network, own_seed: bytes, record: Record) -> dict:
    me = Identity(own_seed)
    secret = sodium.crypto_sign_ed25519_sk_to_curve25519(own_seed + me.public)
    reader = Responder(b"kith/request/v1\0" + network.net, secret)
    try:
        remote, padded = reader.first(record.body[8:])
    except NoiseError as fault:
        raise WireError("a request to somebody else") from fault
    request = decode(unpad(padded))
    need(type(request) is dict and {0} <= set(request) <= {0, 1, 2}, "request keys")
    need(is_bytes(request[0], 32), "sender")
    need(sodium.crypto_sign_ed25519_pk_to_curve25519(request[0]) == remote, "another sender")
    if 1 in request:
        check_text(request[1], 64, "name")
    if 2 in request:
        check_text(request[2], 120, "message")
    return request


def mailbox_of(person: bytes, day: int) -> bytes:
    return shared_location(REQUEST, identity_text(person), day, 0)
