"""PROBE, for oneself and for another: Specs/Wire.md, Messages; Specs/Routing.md, Probe."""

import selectors
import time

from client import SESSION_SECONDS, SMALL_ANSWER, TRIES, Broken, Skip, Stranger, expect
from kith_noise import NoiseError, Responder
from kith_wire import (
    DATA, DATA_OVERHEAD, FIND_NODE, INIT, INIT_OVERHEAD, PING, PROBE, PROBING, RATE, REFUSED,
    NodeRecord, WireError, address_block, address_bytes, decode, encode)
from routing import Listener
from suite import must, once

AT_ONCE, PER_SECOND = 20, 2  # PROBE that are done, in all
AT_ONCE_PER_BLOCK = 4
PADDING_MAX = 128
REPEATED = 2.2  # seconds after which a handshake that was tried twice has come twice
ROUNDS = 12  # a probe is passed on to one of many, and some of them may be others' nodes


def listening(target) -> Listener:
    """A node that was never heard of."""
    if not target.hosts:
        raise Skip("needs to know its own address; name it with --from")
    return Listener(target, host=1)


def for_other(listener: Listener, padding=PADDING_MAX) -> dict:
    return {0: PROBE, 2: listener.item(), 3: bytes(padding)}


def ask(channel, request: dict) -> dict:
    """The answer to a PROBE; refused for the rate, we ask again for some seconds."""
    for _ in range(2 * AT_ONCE // PER_SECOND):
        reply = channel.ask(request)
        if reply[0] == PROBING or reply[2] != RATE:
            return reply
        time.sleep(1 / PER_SECOND)
    return reply


class Errand:
    """One PROBE that names a node of ours, and what came of it; several tests look at it."""

    made = None

    @staticmethod
    def of(target) -> "Errand":
        return once(Errand, target)

    def __init__(self, target):
        self.channel = Stranger(target).open()
        for _ in range(TRIES):
            self.listener = listening(target)
            self.ask(target)
            if self.init:
                while self.listener.take(REPEATED):
                    pass
                return
            if self.reply and self.reply[0] == REFUSED:
                time.sleep(1 / PER_SECOND)
        if self.reply and self.reply[0] == REFUSED and not target.network.is_local:
            raise Skip("it makes no probes for our addresses now")
        raise Broken("PROBE for a node of ours brought no handshake")

    def ask(self, target):
        request = for_other(self.listener) | {1: self.channel.stranger.next_call()}
        self.size = DATA_OVERHEAD + len(encode(request))
        self.channel.send(request)
        patience = SESSION_SECONDS + 2 * target.round_trip
        self.reply = self.channel.answer_to(request[1], patience)
        self.init = self.listener.take(patience)


@must("Wire.md, Handshake")
def a_probe_in_a_handshake_is_refused(target):
    """PROBE in INIT is answered with REFUSED 7, and nobody is probed."""
    listener = listening(target)
    for request in ({0: PROBE}, for_other(listener)):
        channel = Stranger(target).greet(request, size=600)
        expect(channel, "no RESP to INIT with PROBE")
        answer = channel.answer
        expect(answer[0] == REFUSED and answer[2] == 7, f"answered {answer}")
    expect(listener.take(SESSION_SECONDS + target.grace()) is None, "and yet INIT was sent")


@must("Wire.md, Messages")
def a_probe_brings_a_handshake_with_ping(target):
    """PROBE with a node asks the receiver to send that node INIT with PING."""
    errand = Errand.of(target)
    try:
        noise = Responder(target.network.prologue, errand.listener.key.secret)
        remote, payload = noise.first(errand.init[8:-32])
        item = decode(payload, padded=True)
    except (NoiseError, WireError) as fault:
        raise Broken(f"its INIT: {fault}") from None
    expect(remote == target.key, "INIT came with another key")
    expect(item[2][0] == PING, f"INIT carries a request of kind {item[2][0]}")


@must("Wire.md, Messages")
def a_probe_is_answered_first(target):
    """PROBE is answered by PROBING before anything else is sent."""
    stranger, key = Stranger(target), target.sign_key(1)
    if not stranger.address:
        raise Skip("needs to know its own address; name it with --from")
    channel = stranger.open()
    # The node to probe is at the asker's own address, so that both datagrams come to one socket.
    node = [key.public, key.nonce, key.id, address_bytes(stranger.address)]
    for _ in range(TRIES):
        channel.send({0: PROBE, 2: node, 3: bytes(PADDING_MAX)})
        packets = [p for p in stranger.drain(SESSION_SECONDS) if p[0] in (DATA, INIT)]
        if any(p[0] == INIT for p in packets):
            expect(packets[0][0] == DATA, "INIT came before the answer to PROBE")
            answer = channel.read(packets[0])
            expect(answer[0] == PROBING, f"PROBE was answered with {answer[0]}")
            return
        time.sleep(1 / PER_SECOND)
    if target.network.is_local:
        raise Broken("PROBE brought no handshake")
    raise Skip("it makes no probes for our addresses now")


@must("Wire.md, Messages")
def the_handshake_of_a_probe_is_sent_once(target):
    """The INIT that a PROBE asks for is sent once."""
    count = len(Errand.of(target).listener.inits)
    expect(count == 1, f"INIT was sent {count} times")


@must("Wire.md, Messages")
def a_probe_pays_for_its_handshake(target):
    """The INIT MUST NOT be longer than the datagram with the PROBE."""
    errand = Errand.of(target)
    size = len(errand.init)
    expect(size <= errand.size, f"a PROBE of {errand.size} bytes brought INIT of {size}")


@must("Wire.md, Messages")
def a_short_probe_brings_no_handshake(target):
    """Any INIT is longer than a PROBE without padding, and so none is sent for it."""
    listener, channel = listening(target), Stranger(target).open()
    for _ in range(2):
        channel.ask(for_other(listener, padding=0))
    init = listener.take(SESSION_SECONDS + target.grace())
    expect(init is None, f"it brought INIT of {len(init or b'')} bytes")


class Relay:
    """PROBE about ourselves until it was passed on to a node of ours; several tests look at it."""

    made = None

    @staticmethod
    def of(target) -> "Relay":
        return once(Relay, target)

    def __init__(self, target):
        if not target.hosts or not target.network.is_local and len(target.hosts) < 2:
            raise Skip("needs a second IP address to send from; name it with --from")
        self.target, last = target, len(target.hosts) - 1
        self.asked, self.passed = 0, []
        self.asker = Stranger(target, number=1, host=last)
        for host in (0, last):  # who may be asked to probe us, and who may not where blocks count
            Stranger(target, number=2, host=host).open()
        self.channel = self.asker.open()
        self.overhear(0.1)  # what came for other reasons
        self.passed.clear()
        while not self.passed and self.asked < ROUNDS:
            reply = ask(self.channel, {0: PROBE})
            if reply[0] == REFUSED:
                break
            self.asked += 1
            self.overhear(SESSION_SECONDS / 2)
        self.overhear(SESSION_SECONDS)
        if not self.passed:
            self.explain(reply)

    def overhear(self, seconds: float):
        """Takes what came to any stranger of this run; answers PROBE."""
        with selectors.DefaultSelector() as selector:
            for each in self.target.ledger:
                if each.socket.fileno() != -1 and each.socket not in selector.get_map():
                    selector.register(each.socket, selectors.EVENT_READ, each)
            deadline = time.monotonic() + seconds
            while (left := deadline - time.monotonic()) > 0:
                for key, _ in selector.select(left):
                    self.take(key.data)

    def take(self, stranger: Stranger):
        packet = stranger.receive(0.001)
        channel = packet and packet[0] == DATA and stranger.channels.get(packet[4:8])
        if channel:
            message = channel.read(packet)
            if message[0] == PROBE:
                channel.reply(message)
                self.passed.append((stranger, message))

    def explain(self, reply: dict):
        """Why nobody got anything."""
        if not self.target.network.is_local and not self.asked:
            raise Skip("it passes on no probes for our addresses now")
        nodes = self.channel.ask({0: FIND_NODE, 2: self.asker.key.id})[5]
        ours = {each.key.public for each in self.target.ledger}
        if any(node[0] not in ours for node in nodes):
            raise Skip("it has other nodes than ours to pass a probe on to")
        raise Broken(f"{self.asked} PROBE were done, none came to us; the last answer: {reply}")


@must("Wire.md, Messages; Routing.md, Roles")
def a_probe_is_passed_on_to_one_other_node(target):
    """PROBE without a node is about the asker: it is passed on to one other node."""
    relay = Relay.of(target)
    expect(
        len(relay.passed) <= relay.asked,
        f"{len(relay.passed)} nodes were asked to probe for {relay.asked} PROBE")
    for stranger, message in relay.passed:
        expect(stranger is not relay.asker, "the asker itself was asked")
        expect(2 in message, "what is passed on names no node")


@must("Routing.md, Roles")
def a_probe_is_passed_on_to_another_block(target):
    """It is passed on to a node in another block than the asker's (not on local networks)."""
    if target.network.is_local:
        raise Skip("not on local networks")
    relay = Relay.of(target)
    own = address_block(relay.asker.address)
    for stranger, _ in relay.passed:
        expect(address_block(stranger.address) != own, "a node in the asker's block was asked")


@must("Wire.md, Messages; Routing.md, Roles")
def what_is_passed_on_names_the_asker_as_seen(target):
    """It goes on with the record of the asker at the very address it is seen at."""
    relay = Relay.of(target)
    for _, message in relay.passed:
        record = NodeRecord.parse(message.get(2))
        expect(record == relay.asker.record, "the record is not that of the asker as it was seen")


@must("Wire.md, Messages")
def what_is_passed_on_pays_for_the_handshake(target):
    """It is as long as INIT with PING and room for PONG, which is what the padding is for."""
    relay, least = Relay.of(target), INIT_OVERHEAD + SMALL_ANSWER
    for _, message in relay.passed:
        size = DATA_OVERHEAD + len(encode(message))
        expect(size >= least, f"what it passes on has {size} bytes, and INIT {least}")


def expect_rationed(channel, request: dict, between=lambda: None):
    """Twice as many PROBE as may be done at once; most are not."""
    began, done = time.monotonic(), 0
    for _ in range(2 * AT_ONCE):
        reply = channel.answer_to(channel.send(request), SESSION_SECONDS)
        done += reply is not None and reply[0] == PROBING
        between()
    most = AT_ONCE if channel.target.network.is_local else AT_ONCE_PER_BLOCK
    most += 1 + PER_SECOND * (time.monotonic() - began)
    expect(done <= most, f"{done} of {2 * AT_ONCE} PROBE at once were done")


@must("Routing.md, Roles")
def passing_on_is_rationed(target):
    """PROBE is passed on 20 times at once and twice a second in all, 4 at once for one block."""
    relay = Relay.of(target)
    expect_rationed(relay.channel, {0: PROBE}, between=lambda: relay.overhear(0.001))


@must("Routing.md, Roles")
def probes_are_rationed(target):
    """Probes are made 20 times at once and twice a second in all, 4 at once for one block."""
    expect_rationed(Stranger(target).open(), for_other(listening(target)))
