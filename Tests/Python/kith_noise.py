"""Noise_IK_25519_ChaChaPoly_SHA256 as Specs/Wire.md asks for it, over PyNaCl's bindings."""

import hashlib
import hmac
import os

from nacl import bindings as sodium

NAME = b"Noise_IK_25519_ChaChaPoly_SHA256"


class NoiseError(Exception):
    """A handshake message or a packet did not authenticate."""


def nonce_bytes(counter: int) -> bytes:
    """The Noise form of a counter: four zero bytes, then little-endian."""
    return bytes(4) + counter.to_bytes(8, "little")


def seal(key: bytes, counter: int, ad: bytes, text: bytes) -> bytes:
    return sodium.crypto_aead_chacha20poly1305_ietf_encrypt(text, ad, nonce_bytes(counter), key)


def open_(key: bytes, counter: int, ad: bytes, sealed: bytes) -> bytes:
    try:
        return sodium.crypto_aead_chacha20poly1305_ietf_decrypt(
            sealed, ad, nonce_bytes(counter), key)
    except Exception as fault:
        raise NoiseError("authentication failed") from fault


def agree(secret: bytes, public: bytes) -> bytes:
    if int.from_bytes(public, "little") >= 2**255 - 19:
        raise NoiseError("a key in another form than its only one")
    try:
        return sodium.crypto_scalarmult(secret, public)
    except Exception as fault:  # libsodium refuses an all-zero result
        raise NoiseError("weak key") from fault


class Symmetric:
    """The symmetric state of the Noise specification, section 5.2."""

    def __init__(self, prologue: bytes, responder_static: bytes):
        self.hash = NAME  # exactly 32 bytes, so it is the initial hash itself
        self.chain = NAME
        self.key = None
        self.counter = 0
        self.mix_hash(prologue)
        self.mix_hash(responder_static)

    def mix_hash(self, data: bytes):
        self.hash = hashlib.sha256(self.hash + data).digest()

    def expand(self, material: bytes) -> tuple[bytes, bytes]:
        root = hmac.digest(self.chain, material, "sha256")
        first = hmac.digest(root, b"\x01", "sha256")
        return first, hmac.digest(root, first + b"\x02", "sha256")

    def mix_key(self, material: bytes):
        self.chain, self.key = self.expand(material)
        self.counter = 0

    def seal(self, text: bytes) -> bytes:
        sealed = seal(self.key, self.counter, self.hash, text)
        self.counter += 1
        self.mix_hash(sealed)
        return sealed

    def open(self, sealed: bytes) -> bytes:
        text = open_(self.key, self.counter, self.hash, sealed)
        self.counter += 1
        self.mix_hash(sealed)
        return text

    def split(self) -> tuple[bytes, bytes]:
        """Keys of the two directions: initiator to responder first."""
        return self.expand(b"")


class Initiator:
    def __init__(self, prologue: bytes, secret: bytes, remote: bytes, ephemeral: bytes = b""):
        self.secret = secret
        self.remote = remote
        self.state = Symmetric(prologue, remote)
        self.ephemeral = ephemeral or os.urandom(32)

    def first(self, payload: bytes) -> bytes:
        """e, es, s, ss: 32 + 48 + payload + 16 bytes."""
        state, public = self.state, sodium.crypto_scalarmult_base(self.ephemeral)
        state.mix_hash(public)
        state.mix_key(agree(self.ephemeral, self.remote))
        sealed_static = state.seal(sodium.crypto_scalarmult_base(self.secret))
        state.mix_key(agree(self.secret, self.remote))
        return public + sealed_static + state.seal(payload)

    def second(self, message: bytes) -> tuple[bytes, bytes, bytes]:
        """e, ee, se. Returns payload, sending key, receiving key.

        A message that does not authenticate leaves the state as it was: anyone can send one.
        """
        before = dict(self.state.__dict__)
        try:
            state, public = self.state, message[:32]
            state.mix_hash(public)
            state.mix_key(agree(self.ephemeral, public))
            state.mix_key(agree(self.secret, public))
            payload = state.open(message[32:])
        except NoiseError:
            self.state.__dict__.update(before)
            raise
        send, receive = state.split()
        return payload, send, receive


class Responder:
    def __init__(self, prologue: bytes, secret: bytes):
        self.secret = secret
        self.state = Symmetric(prologue, sodium.crypto_scalarmult_base(secret))

    def first(self, message: bytes) -> tuple[bytes, bytes]:
        """Returns the initiator's static key and the payload."""
        state = self.state
        self.remote_ephemeral = message[:32]
        state.mix_hash(self.remote_ephemeral)
        state.mix_key(agree(self.secret, self.remote_ephemeral))
        self.remote = state.open(message[32:80])
        state.mix_key(agree(self.secret, self.remote))
        return self.remote, state.open(message[80:])

    def second(self, payload: bytes, ephemeral: bytes = b"") -> tuple[bytes, bytes, bytes]:
        """Returns the message, the sending key and the receiving key."""
        state, ephemeral = self.state, ephemeral or os.urandom(32)
        public = sodium.crypto_scalarmult_base(ephemeral)
        state.mix_hash(public)
        state.mix_key(agree(ephemeral, self.remote_ephemeral))
        state.mix_key(agree(ephemeral, self.remote))
        message = public + state.seal(payload)
        receive, send = state.split()
        return message, send, receive
