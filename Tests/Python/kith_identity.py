"""Identity files as Specs/Identity.md says, written from that document alone."""

import os
import struct
from dataclasses import dataclass

from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt as open_box,
    crypto_aead_xchacha20poly1305_ietf_encrypt as seal_box,
)
from nacl.exceptions import CryptoError
from nacl.pwhash import argon2id
from nacl.signing import SigningKey

HEAD = struct.Struct(">7sBBII16s24s32s")
MAGIC, VERSION, PLAIN, SEALED = b"KITHID\0", 1, 0, 1
LEAST = (2, 64 << 10)


class IdentityFault(Exception):
    pass


def public_key(seed: bytes) -> bytes:
    return bytes(SigningKey(seed).verify_key)


def plain(seed: bytes) -> bytes:
    return HEAD.pack(MAGIC, VERSION, PLAIN, 0, 0, bytes(16), bytes(24), public_key(seed)) + seed


def key(passphrase: bytes, salt: bytes, operations: int, memory_kib: int) -> bytes:
    return argon2id.kdf(32, passphrase, salt, opslimit=operations, memlimit=memory_kib << 10)


def sealed(seed: bytes, passphrase: bytes, cost=LEAST) -> bytes:
    salt, nonce = os.urandom(16), os.urandom(24)
    head = HEAD.pack(MAGIC, VERSION, SEALED, *cost, salt, nonce, public_key(seed))
    return head + seal_box(seed, head, nonce, key(passphrase, salt, *cost))


@dataclass
class IdentityFile:
    public: bytes
    locked: bool
    seed: bytes | None


def read(data: bytes, passphrase: bytes | None = None) -> IdentityFile:
    """The file, with its seed where that can be known."""
    if len(data) < HEAD.size:
        raise IdentityFault("cut off")
    head, rest = data[:HEAD.size], data[HEAD.size:]
    magic, version, kind, operations, memory_kib, salt, nonce, public = HEAD.unpack(head)
    if (magic, version) != (MAGIC, VERSION) or kind not in (PLAIN, SEALED):
        raise IdentityFault("foreign")
    if len(rest) != (32 if kind == PLAIN else 48):
        raise IdentityFault("wrong length")
    if kind == PLAIN:
        if any(head[9:57]):
            raise IdentityFault("a lock without anything locked")
        seed = rest
    else:
        if not (2 <= operations <= 10 and 64 << 10 <= memory_kib <= 1 << 20):
            raise IdentityFault("cost")
        if passphrase is None:
            return IdentityFile(public, True, None)
        try:
            seed = open_box(rest, head, nonce, key(passphrase, salt, operations, memory_kib))
        except CryptoError:
            raise IdentityFault("not opened") from None
    if public_key(seed) != public:
        raise IdentityFault("another key")
    return IdentityFile(public, kind == SEALED, seed)
