"""NODES, visitors and hints: Specs/Routing.md, Specs/Wire.md."""

import ipaddress
import os
import socket
import time

from client import ANSWERS, Broken, Skip, Stranger, expect, sealed
from kith_noise import NoiseError, Responder
from kith_wire import (
    DATA, FIND_NODE, FIND_RECORD, INIT, INIT_OVERHEAD, PAYLOAD_MAX, PING, REQUESTS, RESP,
    NodeKey, NodeRecord, WireError, address_bytes, decode, distance, encode, mac1, mac2,
    node_id, seal_cookie, type4)
from suite import must, once

VISITORS = 20  # more than NODES can carry, where keys cost nothing
PATIENCE = 4.5  # seconds: a visitor gets its PING some 2 s after its handshake
HINT_PATIENCE = 9  # seconds until a node that has few neighbours looks around again


class Visitor:
    """A full node that came to the tested one, and what it got."""

    def __init__(self, target, answers: bool, role=1, key=None, is_fraud=False):
        self.stranger = Stranger(target, role=role, key=key)
        self.answers, self.pings, self.others = answers, 0, 0
        self.channel = self.stranger.greet(tries=1 if is_fraud else 3)
        expect(self.channel or is_fraud, "no answer to the handshake of a full node")

    def serve(self, seconds: float, nodes=()):
        """Takes what came; answers it like a node that knows `nodes`."""
        deadline = time.monotonic() + seconds
        while self.channel:
            message = self.channel.receive(max(0.001, deadline - time.monotonic()))
            if message is None:
                return
            if message[0] in ANSWERS:
                continue
            self.pings += message[0] == PING
            self.others += message[0] != PING
            if self.answers and message[0] in REQUESTS:
                self.channel.reply(message, nodes=list(nodes))

    @property
    def item(self):
        return self.stranger.record.item()


class Crowd:
    """Visitors of each sort, made once: several tests look at what became of them."""

    made = None

    @staticmethod
    def of(target) -> "Crowd":
        return once(Crowd, target)

    def __init__(self, target):
        if not target.hosts:
            raise Skip("needs to know its own address; name it with --from")
        count = VISITORS if target.network.proof_bits == 0 else 3
        # What takes long comes first: a visitor has to answer its PING within half a second.
        keys = [NodeKey(target.network) for _ in range(count + 4)]
        self.frauds = []
        if target.network.proof_bits:
            self.frauds = [
                Visitor(target, answers=True, key=fraud(target), is_fraud=True) for _ in range(2)]
        self.full = [Visitor(target, answers=True, key=keys.pop()) for _ in range(count)]
        self.silent = [Visitor(target, answers=False, key=keys.pop()) for _ in range(2)]
        self.clients = [Visitor(target, True, role=0, key=keys.pop()) for _ in range(2)]
        for each in (*self.full, *self.clients, self.silent[0]):
            each.channel.lives()  # DATA: the address is proved
        everybody = [*self.full, *self.silent, *self.clients, *self.frauds]
        self.everybody, self.hints = everybody, Hints(target)
        # A node that knew nobody asks its first neighbours at once: then they mention others.
        self.serve(PATIENCE + (3 if target.network.proof_bits else 0))

    def serve(self, seconds: float, until=lambda: False):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not until():
            for each in self.everybody:
                each.serve(0.001, self.hints.nodes)
            self.hints.listen()

    def named(self, target) -> dict:
        """{N: node record} of whom the node hands on, asked about many points."""
        asker, found = Stranger(target).open(), {}
        points = [each.stranger.key.id for each in self.everybody] + [os.urandom(32)] * 4
        for point in points:
            for item in asker.ask({0: FIND_NODE, 2: point})[5]:
                found[item[0]] = NodeRecord.parse(item)
        return found


def fraud(target):
    """A node key with a nonce that is no proof."""
    key = NodeKey(target.network)
    nonce = 0
    while node_id(target.network, key.public, nonce) is not None:
        nonce += 1
    key.nonce = nonce
    return key


@must("Routing.md, Visitors")
def a_visitor_gets_one_ping(target):
    """A full node that starts a handshake gets at most one PING for it, in that session."""
    crowd = Crowd.of(target)
    for each in crowd.full + crowd.silent:
        expect(each.pings <= 1, f"a visitor got {each.pings} PINGs for one handshake")
    if not any(each.pings for each in crowd.full):
        raise Broken("no visitor got a PING within some seconds")


@must("Wire.md, Handshake")
def a_visitor_that_proved_nothing_is_asked_nothing_else(target):
    """Any other request than one PING MUST NOT be sent in a session that is not proved."""
    crowd = Crowd.of(target)
    for each in [crowd.silent[1], *crowd.frauds]:
        stranger = each.stranger
        expect(each.others == 0, "an unproved visitor was asked more than PING")
        expect(each.pings <= 1, f"an unproved visitor got {each.pings} PINGs")
        if not each.answers:
            weight = each.channel.resp_bytes + 41 * each.pings
            expect(weight <= stranger.sent, f"{stranger.sent} bytes brought {weight}")


@must("Routing.md, Admission 1")
def who_answered_is_handed_on(target):
    """A node that answered a request in a session at its address may be handed on, as seen."""
    crowd = Crowd.of(target)
    named = crowd.named(target)
    ours = [each for each in crowd.full if each.stranger.key.public in named]
    if not ours and not target.network.is_local:
        raise Skip("none of ours has a place in its table: limits per /24 or a full bucket")
    expect(ours, "none of the visitors that answered is handed on")
    for each in ours:
        record = named[each.stranger.key.public]
        expect(record == each.stranger.record, "it is handed on with another id or address")


@must("Routing.md, Admission 1")
def who_did_not_answer_is_not_handed_on(target):
    """NODES passes on neighbours only: nobody who did not answer the node's own request."""
    crowd = Crowd.of(target)
    named = crowd.named(target)
    for each in crowd.silent:
        expect(each.stranger.key.public not in named, "a visitor that never answered is named")


@must("Routing.md, Roles")
def a_client_is_not_handed_on(target):
    """A client (role 0) answers in its sessions, but nobody admits it."""
    crowd = Crowd.of(target)
    named = crowd.named(target)
    for each in crowd.clients:
        expect(each.stranger.key.public not in named, "a client is named in NODES")


@must("Routing.md, Admission 2")
def who_proves_nothing_is_not_handed_on(target):
    """A node enters only when its proof of work is valid."""
    crowd = Crowd.of(target)
    if not crowd.frauds:
        raise Skip("every nonce is a proof where no bits are asked for")
    named = crowd.named(target)
    for each in crowd.frauds:
        expect(each.pings == 0, "a visitor without a proof got a PING")
        expect(each.stranger.key.public not in named, "a visitor without a proof is named")


@must("Wire.md, Messages")
def nodes_are_the_closest_first(target):
    """NODES carries at most 16 nodes, closest to the target first, each once."""
    crowd = Crowd.of(target)
    asker = Stranger(target).open()
    for point in [os.urandom(32) for _ in range(10)] + [each.item[2] for each in crowd.full]:
        items = [NodeRecord.parse(i) for i in asker.ask({0: FIND_NODE, 2: point})[5]]
        expect(len(items) <= 16, f"{len(items)} nodes")
        order = [distance(node.id, point) for node in items]
        expect(order == sorted(order), "not closest first")
        expect(len({node.id for node in items}) == len(items), "a node twice")


@must("Wire.md, Messages")
def the_asker_is_left_out(target):
    """The asker itself is left out of NODES and RECORDS."""
    crowd = Crowd.of(target)
    named = crowd.named(target)
    for each in crowd.full[:6]:
        for kind in (FIND_NODE, FIND_RECORD):
            reply = each.channel.ask({0: kind, 2: each.stranger.key.id})
            keys = [item[0] for item in reply[5]]
            expect(each.stranger.key.public not in keys, "the asker is told of itself")
    if not any(each.stranger.key.public in named for each in crowd.full):
        raise Skip("none of ours has a place in its table")


def is_allowed(network, address: tuple) -> bool:
    """Identifiers.md, Addresses: whether nodes of this network may be there."""
    ip = ipaddress.ip_address(address[0])
    reserved = ["0.0.0.0/8", "240.0.0.0/4", "224.0.0.0/4", "::/127", "ff00::/8"]
    private = [
        "127.0.0.0/8", "169.254.0.0/16", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
        "100.64.0.0/10", "::1/128", "fe80::/10", "fc00::/7", "fec0::/10"]
    inside = lambda blocks: any(ip in ipaddress.ip_network(b) for b in blocks)  # noqa: E731
    if network.is_local and str(ip) == "::1":
        return True
    return not inside(reserved) and (network.is_local or not inside(private))


@must("Identifiers.md, Addresses; Routing.md, Table")
def only_usable_addresses_are_handed_on(target):
    """A node MUST NOT pass on an address that its network does not allow; ids have proofs."""
    named = Crowd.of(target).named(target)
    for record in named.values():
        expect(record.proves(target.network), "a node without a valid proof is handed on")
        for address in record.addresses:
            expect(is_allowed(target.network, address), f"{address[0]} is handed on")


class Listener:
    """A node that the tested one has only heard of: it answers as the test likes."""

    def __init__(self, target, host: int):
        self.target, self.key = target, NodeKey(target.network)
        self.socket = socket.socket(target.family, socket.SOCK_DGRAM)
        self.socket.bind((target.host(host % len(target.hosts)), 0))
        self.address = self.socket.getsockname()[:2]
        self.inits, self.data = [], []

    def item(self, changed=None) -> list:
        return [self.key.public, self.key.nonce, changed or self.key.id, address_bytes(
            self.address)]

    def take(self, seconds: float):
        """The next INIT that was meant for us, or None; DATA is kept."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                packet, source = self.socket.recvfrom(65_535)
            except TimeoutError:
                return None
            if source[:2] != self.target.address:
                continue
            if packet[0] == DATA:
                self.data.append(packet)
            if packet[0] == INIT:
                self.inits.append(packet)
                return packet
        return None

    def send(self, packet: bytes):
        self.socket.sendto(packet, self.target.address)

    def response(self, init: bytes, damaged=False) -> bytes:
        noise = Responder(self.target.network.prologue, self.key.secret)
        remote, payload = noise.first(init[8:-32])
        expect(remote == self.target.key, "INIT came from another key")
        request = decode(payload, padded=True)[2]
        reply = {1: request[1], 10: 0, 11: address_bytes(self.target.address)}
        reply |= {0: request[0] + 1} | ({} if request[0] == PING else {5: []})
        if request[0] == FIND_RECORD:
            reply |= {6: [], 8: 0}
        second, self.send_key, self.receive_key = noise.second(
            encode([self.key.nonce, 1, reply]))
        if damaged:
            second = second[:40] + bytes((second[40] ^ 1,)) + second[41:]
        self.index = os.urandom(4)
        body = type4(RESP) + self.index + init[4:8] + second
        return sealed(body, self.target.key) + bytes(16)


class Hints:
    """What the node does with nodes that a neighbour mentions."""

    @staticmethod
    def of(target) -> "Hints":
        crowd = Crowd.of(target)
        hints = crowd.hints
        if not hints.is_done() and not hints.waited:
            hints.waited = True
            crowd.serve(HINT_PATIENCE, until=hints.is_done)
        if not hints.good.inits:
            raise Skip("the node did not ask the nodes that we mentioned while we listened")
        hints.named = crowd.named(target)
        return hints

    def __init__(self, target):
        self.target = target
        # At most two of one address block: more, nobody has to ask.
        self.good, self.cookied = Listener(target, host=1), Listener(target, host=2)
        self.silent, self.liar = Listener(target, host=2), Listener(target, host=1)
        self.nodes = [each.item() for each in (self.good, self.cookied, self.silent)]
        self.nodes.append(self.liar.item(changed=os.urandom(32)))
        self.cookie, self.second, self.waited = os.urandom(16), None, False

    def is_done(self) -> bool:
        return bool(self.good.inits and self.second and self.silent.inits)

    def listen(self):
        init = self.good.take(0.001)
        if init:
            # First what anyone could send, then the true one.
            self.good.send(self.good.response(init, damaged=True))
            noise = type4(RESP) + os.urandom(4) + init[4:8] + os.urandom(120)
            self.good.send(sealed(noise, self.target.key) + bytes(16))
            self.good.send(self.good.response(init))
        init = self.cookied.take(0.001)
        if init and init[-16:] == bytes(16):
            self.cookied.send(seal_cookie(
                init[4:8], self.cookied.key.public, self.cookie, init[-32:-16]))
        elif init and self.second is None:
            self.second = init
            self.cookied.send(seal_cookie(
                init[4:8], self.cookied.key.public, os.urandom(16), init[-32:-16]))
        self.silent.take(0.001)
        self.liar.take(0.001)


@must("Wire.md, Handshake; Envelope")
def its_own_init_is_in_order(target):
    """INIT of the node: mac1 over our N, zeros or a cookie in mac2, a read, room for its answer."""
    hints = Hints.of(target)
    for listener in (hints.good, hints.cookied, hints.silent):
        for init in listener.inits:
            expect(INIT_OVERHEAD < len(init) <= PAYLOAD_MAX, f"{len(init)} bytes")
            expect(init[-32:-16] == mac1(listener.key.public, init[:-32]), "mac1")
            try:
                noise = Responder(target.network.prologue, listener.key.secret)
                remote, payload = noise.first(init[8:-32])
                item = decode(payload, padded=True)
            except (NoiseError, WireError) as fault:
                raise Broken(f"its INIT: {fault}") from None
            expect(remote == target.key, "another N")
            expect(item[2][0] in (PING, FIND_NODE, FIND_RECORD), f"{item[2][0]} in INIT")
            if item[2][0] != PING:
                expect(len(init) > 1_000, "an INIT for a list leaves no room for it")


@must("Wire.md, Handshake")
def a_false_resp_leaves_the_handshake_alone(target):
    """RESP that does not authenticate MUST leave the handshake as it was."""
    hints = Hints.of(target)
    good = hints.good
    in_session = any(packet[4:8] == good.index for packet in good.data)
    expect(
        in_session or good.key.public in hints.named or len(good.inits) == 1,
        f"after a false RESP the true one was not taken: {len(good.inits)} handshakes, "
        f"{len(good.data)} DATA")


@must("Wire.md, MACs and cookies")
def a_cookie_restarts_a_handshake_once(target):
    """COOKIE is answered with INIT and mac2, once: COOKIE in answer to that starts nothing."""
    hints = Hints.of(target)
    if not hints.cookied.inits:
        raise Skip("the node did not start a handshake with the second listener")
    expect(hints.second, "COOKIE was not answered with an INIT that has mac2")
    right = mac2(hints.cookie, hints.second[:-16])
    expect(hints.second[-16:] == right, "mac2 is not made with the cookie")
    began = time.monotonic()
    quick = []
    while time.monotonic() - began < 0.3:
        packet = hints.cookied.take(0.1)
        quick += [packet] if packet and packet[-16:] != bytes(16) else []
    expect(len(quick) <= 1, f"a second COOKIE drew {len(quick)} more INIT at once")


@must("Routing.md, Admission 1, 2")
def hints_are_not_handed_on(target):
    """Mentions are hints: nobody is handed on before its own answer, nor under a false id."""
    hints = Hints.of(target)
    for listener, what in ((hints.silent, "that never answered"), (hints.liar, "a false id")):
        expect(listener.key.public not in hints.named, f"it hands on a hint: {what}")
