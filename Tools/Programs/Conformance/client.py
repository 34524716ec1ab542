"""A stranger that talks to one node: sockets without threads, every packet made by hand.

A stranger waits for nothing in the background, so that a test sees each datagram that the node
sends, and none is answered that the test did not mean to answer.
"""

import os
import socket
import time
from dataclasses import dataclass

from kith_noise import Initiator, NoiseError, open_, seal
from kith_wire import (
    COOKIE, DATA, DATAGRAM_MIN, FIND_NODE, FIND_RECORD, INIT,
    INIT_OVERHEAD, KEYS, NODES, PAYLOAD_MAX, PING, PONG, PROBE, PROBING, RECORDS, REFUSED,
    REQUESTS, RESP, RESP_OVERHEAD, STORE, NodeKey, NodeRecord, WireError, address_bytes,
    address_tuple, check_message, decode, encode, is_uint, mac1, mac2, need, node_id,
    open_cookie, type4)

HANDSHAKE_SECONDS = 1.0  # Specs/Wire.md: a request waits 1 s in a handshake
SESSION_SECONDS = 0.5  # and 500 ms in a session
ANSWERS = {*REQUESTS.values(), REFUSED}
TRIES = 4  # a datagram or two may be lost on the way to a node far away
SMALL_ANSWER = 64  # bytes of INIT payload that leave room for PONG and a PING
LIST_ANSWER = PAYLOAD_MAX - INIT_OVERHEAD


class Broken(AssertionError):
    """The node does not do what the specification says."""


class Skip(Exception):
    """Something that the test needs is not there; the text says what."""


def expect(condition, what: str):
    """Fails the test with the words `what`."""
    if not condition:
        raise Broken(what)


class Target:
    """The node that is tested."""

    def __init__(self, network, key: bytes, address: tuple, record=None, hosts=()):
        self.network, self.key, self.address, self.record = network, key, address, record
        self.family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.hosts = list(hosts)  # our own IP addresses, to come from several
        self.round_trip = 0.05  # seconds; measured by the first handshake
        self.ledger = []  # every stranger, for the count of bytes at the end
        self.keys, self.allowance, self.filled = [], 30.0, time.monotonic()
        self.witness = None

    def sign_key(self, number: int):
        """One of a few node keys: on the public network each costs half a second."""
        while len(self.keys) <= number:
            self.keys.append(NodeKey(self.network))
        return self.keys[number]

    def host(self, number: int) -> str:
        """Our IP address with that number; skips the test when there are not so many."""
        if number >= len(self.hosts):
            raise Skip("needs a second IP address to send from; name it with --from")
        return self.hosts[number]

    def grace(self) -> float:
        """How long an answer may take that was to come after one that has come."""
        return 0.06 + 3 * self.round_trip

    def pace(self):
        """Waits until one more INIT is within what the node answers without asking for a cookie.

        One address may send 20 a second; all of them together 200, also on a local network.
        """
        burst, rate = (60.0, 150) if self.network.is_local else (30.0, 18)
        while True:
            now = time.monotonic()
            self.allowance = min(burst, self.allowance + (now - self.filled) * rate)
            self.filled = now
            if self.allowance >= 1:
                self.allowance -= 1
                return
            time.sleep(0.02)

    def is_alive(self) -> bool:
        """Whether the node answers a stranger who has done nothing wrong."""
        for _ in range(2):
            try:
                if self.witness is None:
                    self.witness = Stranger(self, number=3).open()
                return self.witness.ask({0: PING})[0] == PONG
            except Broken:
                self.witness = None
        return False

    def barrier(self):
        """Returns when the node has worked through what was sent before."""
        expect(self.is_alive(), "the node does not answer PING any more")


@dataclass
class Opening:
    """An INIT of ours."""

    noise: Initiator
    index: bytes
    body: bytes  # all before mac2
    call: int

    @property
    def packet(self) -> bytes:
        return self.body + bytes(16)

    def with_cookie(self, cookie: bytes) -> bytes:
        return self.body + mac2(cookie, self.body)


class Stranger:
    """One node key at one UDP socket."""

    calls = 1

    def __init__(self, target: Target, number=0, host=0, role=0, key=None):
        self.target, self.role = target, role
        self.key = key or target.sign_key(number)
        self.socket = socket.socket(target.family, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.socket.bind((target.host(host) if target.hosts else "", 0))
        self.sent = self.received = 0  # bytes, until our address is proved
        self.proved = False
        self.cookie, self.backlog = None, []
        self.channels = {}  # our index: the session
        target.ledger.append(self)

    @property
    def address(self):
        """Where the node sees us, as far as we can tell: None behind a NAT or a wildcard."""
        host, port = self.socket.getsockname()[:2]
        return (host, port) if self.target.hosts else None

    @property
    def record(self) -> NodeRecord:
        return NodeRecord(self.key.public, self.key.nonce, self.key.id, (self.address,))

    def close(self):
        self.socket.close()

    # ---- Datagrams ----

    def send(self, packet: bytes, paced=True):
        if paced and packet[:1] == bytes((INIT,)) and not self.target.network.is_local:
            self.target.pace()
        if not self.proved:
            self.sent += len(packet)
        try:
            self.socket.sendto(packet, self.target.address)
        except ConnectionRefusedError:
            raise Broken("the node's port is closed") from None

    def receive(self, seconds: float):
        """The next datagram from the node, or None."""
        if self.backlog:
            return self.backlog.pop(0)
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                packet, source = self.socket.recvfrom(65_535)
            except TimeoutError:
                return None
            except ConnectionRefusedError:
                raise Broken("the node's port is closed") from None
            if source[:2] != self.target.address:
                continue  # somebody else
            if not self.proved:
                self.received += len(packet)
            expect(DATAGRAM_MIN <= len(packet) <= PAYLOAD_MAX, f"sent {len(packet)} bytes")
            return packet
        return None

    def drain(self, seconds=0.02) -> list:
        """Everything that has come."""
        packets = []
        while (packet := self.receive(seconds)) is not None:
            packets.append(packet)
        return packets

    def meets_silence(self, packets, what: str):
        """Sends all of them; nothing may come back."""
        packets = list(packets)
        for _ in range(3):
            for start in range(0, len(packets), 40):
                for packet in packets[start:start + 40]:
                    if packet[:1] == bytes((INIT,)) and self.target.network.is_local:
                        self.target.pace()
                    self.send(packet)
                self.target.barrier()
            answers = self.drain(self.target.grace())
            if not any(answer[0] == COOKIE for answer in answers):
                break
            time.sleep(1.2)  # the tests before have made it busy; that is another matter
        expect(not answers, f"{what}: answered with {describe(answers and answers[0])}")

    # ---- Handshakes ----

    def next_call(self) -> int:
        Stranger.calls = (Stranger.calls + 1) & 0xffff_ffff
        return Stranger.calls

    def init(self, message=None, size=None, payload=None, prologue=None, **parts) -> Opening:
        """An INIT that carries `message`, of `size` bytes when given.

        `payload` stands for the whole handshake payload; `parts` go to `Forger.first`.
        """
        message = dict(message or {0: PING})
        call = message.setdefault(1, self.next_call())
        if payload is None:
            payload = encode([self.key.nonce, self.role, message])
            small = message[0] in (PING, STORE, PROBE)
            wanted = SMALL_ANSWER if small else LIST_ANSWER
            if size is not None:
                wanted = size - INIT_OVERHEAD
                need(len(payload) <= wanted, "no room in so small an INIT")
            payload += bytes(max(0, wanted - len(payload)))
        noise = Forger(
            prologue or self.target.network.prologue, self.key.secret, self.target.key)
        index = os.urandom(4)
        body = type4(INIT) + index + noise.first(payload, **parts)
        return Opening(noise, index, sealed(body, self.target.key), call)

    def response(self, opening: Opening, seconds=HANDSHAKE_SECONDS):
        """The RESP to `opening` and what it says, or None; asked for a cookie we bring it."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            packet = self.receive(left)
            if packet is None:
                return None
            if packet[0] == COOKIE and packet[4:8] == opening.index:
                self.cookie = open_cookie(packet, self.target.key, opening.body[-16:])
                self.send(opening.with_cookie(self.cookie))
            elif packet[0] == RESP and packet[8:12] == opening.index:
                return self.read_response(packet, opening)
        return None

    def read_response(self, packet: bytes, opening: Opening) -> "Channel":
        expect(packet[1:4] == b"\x01\0\0", "RESP has another version or reserved bytes")
        expect(len(packet) >= RESP_OVERHEAD, "RESP is too short")
        expect(packet[-32:-16] == mac1(self.key.public, packet[:-32]), "mac1 of RESP is wrong")
        expect(packet[-16:] == bytes(16), "mac2 of RESP is not zero")
        try:
            payload, send, receive = opening.noise.second(packet[12:-32])
        except NoiseError:
            raise Broken("RESP does not authenticate") from None
        channel = Channel(self, packet[4:8], opening.index, send, receive)
        channel.resp_bytes = len(packet)
        self.channels[opening.index] = channel
        try:
            item = decode(payload, padded=True)
            need(type(item) is list and len(item) == 3, "shape")
            need(is_uint(item[0]) and item[1] in (0, 1), "nonce or role")
            channel.nonce, channel.role = item[0], item[1]
            channel.answer = read_message(item[2])
        except WireError as fault:
            raise Broken(f"the payload of RESP: {fault}") from None
        expect(channel.answer[1] == opening.call, "the answer has another call")
        return channel

    def greet(self, message=None, size=None, tries=TRIES):
        """A handshake that carries `message`: an unproved channel with the answer, or None."""
        for _ in range(tries):
            opening = self.init(message, size)
            self.send(opening.with_cookie(self.cookie) if self.cookie else opening.packet)
            channel = self.response(opening)
            if channel:
                return channel
        return None

    def open(self) -> "Channel":
        """A proved session."""
        started = time.monotonic()
        channel = self.greet()
        expect(channel, "no answer to a handshake with PING")
        self.target.round_trip = min(self.target.round_trip, time.monotonic() - started)
        channel.ask({0: PING})
        return channel


class Channel:
    """A session of a stranger with the node."""

    def __init__(self, stranger, remote_index, index, send_key, receive_key):
        self.stranger, self.target = stranger, stranger.target
        self.remote_index, self.index = remote_index, index
        self.send_key, self.receive_key = send_key, receive_key
        self.counter = 0
        self.counters = []  # of everything that the node sent in this session
        self.requests = []  # of the node, not answered yet

    def packet(self, message, counter=None) -> bytes:
        """DATA with a message, or with any bytes."""
        if counter is None:
            counter, self.counter = self.counter, self.counter + 1
        text = message if type(message) is bytes else encode(message)
        header = type4(DATA) + self.remote_index + counter.to_bytes(8, "big")
        return header + seal(self.send_key, counter, header, text)

    def send(self, message, counter=None) -> int:
        """Sends a request; returns its call."""
        message = dict(message)
        call = message.setdefault(1, self.stranger.next_call())
        self.stranger.send(self.packet(message, counter))
        return call

    def read(self, packet: bytes) -> dict:
        """What a DATA says."""
        counter = int.from_bytes(packet[8:16], "big")
        try:
            text = open_(self.receive_key, counter, packet[:16], packet[16:])
            message = read_message(decode(text))
        except NoiseError:
            raise Broken("DATA does not authenticate") from None
        except WireError as fault:
            raise Broken(f"a message of the node: {fault}") from None
        expect(counter not in self.counters, f"the node used counter {counter} twice")
        self.counters.append(counter)
        self.stranger.proved = True
        return message

    def receive(self, seconds: float):
        """The next message of the node in this session, or None."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            packet = self.stranger.receive(left)
            if packet is None:
                return None
            if packet[0] == DATA and packet[4:8] == self.index:
                return self.read(packet)
        return None

    def answer_to(self, call: int, seconds: float):
        """The reply with that call, or None; requests of the node are kept for `serve`."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            message = self.receive(left)
            if message is None:
                return None
            if message[0] in REQUESTS:
                self.requests.append(message)
            elif message[1] == call and message[0] in ANSWERS:
                return message  # requests of kinds that we do not know have calls of their own
        return None

    def ask(self, message, tries=TRIES) -> dict:
        """The answer to a request; the test fails without one."""
        for _ in range(tries):
            call = self.send(message)
            reply = self.answer_to(call, SESSION_SECONDS + 2 * self.target.round_trip)
            if reply is not None:
                wanted = (REQUESTS.get(message[0]), REFUSED)
                expect(reply[0] in wanted, f"{message[0]} was answered with {reply[0]}")
                return reply
        raise Broken(f"no answer in the session to a request of kind {message[0]}")

    def lives(self):
        """The session still answers."""
        expect(self.ask({0: PING})[0] == PONG, "the session is dead")

    def reply(self, request: dict, **fields):
        """Answers a request of the node like a node that knows nobody."""
        answer = {1: request[1], 10: 0, 11: address_bytes(self.target.address)}
        answer |= {
            PING: {0: PONG}, FIND_NODE: {0: NODES, 5: fields.get("nodes", [])},
            FIND_RECORD: {0: RECORDS, 5: fields.get("nodes", []), 6: [], 8: 0},
            STORE: {0: REFUSED, 2: 5}, PROBE: {0: PROBING}}[request[0]]
        self.stranger.send(self.packet(answer))


class Forger(Initiator):
    """The initiator's side of the handshake, also with keys that must be refused."""

    def first(self, payload: bytes, ephemeral=None, es=None, static=None, ss=None) -> bytes:
        """`ephemeral` and `static` are put on the wire, `es` and `ss` are what they agree on."""
        if ephemeral is None and static is None:
            return super().first(payload)
        from kith_noise import agree
        from nacl.bindings import crypto_scalarmult_base as public_of
        state, public = self.state, ephemeral or public_of(self.ephemeral)
        state.mix_hash(public)
        state.mix_key(es or agree(self.ephemeral, self.remote))
        sealed_static = state.seal(static or public_of(self.secret))
        state.mix_key(ss or agree(self.secret, self.remote))
        return public + sealed_static + state.seal(payload)


def sealed(body: bytes, receiver: bytes) -> bytes:
    """`body` with its mac1."""
    return body + mac1(receiver, body)


def again_sealed(packet: bytes, receiver: bytes) -> bytes:
    """A damaged INIT with a mac1 that fits what it says now."""
    return sealed(packet[:-32], receiver) + packet[-16:]


def read_message(item) -> dict:
    """A message of the node, leniently: optional keys of later versions may be there."""
    need(type(item) is dict and is_uint(item.get(0)), "no map with a kind")
    need(is_uint(item.get(1), 2**32 - 1), "call")
    if item[0] in KEYS:
        required, optional = KEYS[item[0]]
        check_message({k: v for k, v in item.items() if k in required | optional})
    return item


def describe(packet) -> str:
    names = {INIT: "INIT", RESP: "RESP", COOKIE: "COOKIE", DATA: "DATA"}
    return "nothing" if not packet else f"{names.get(packet[0], '?')} of {len(packet)} bytes"


def check_proof(target: Target, nonce: int):
    """The nonce gives the node an id, and it is the one of its record."""
    found = node_id(target.network, target.key, nonce)
    expect(found is not None, "the node's proof of work does not hold")
    expect(not target.record or found == target.record.id, "the node's id is not its record's")


def is_own_address(stranger: Stranger, seen: bytes) -> bool:
    """Whether the node saw us where we are, as far as we know that."""
    return stranger.address is None or address_tuple(seen) == stranger.address
