"""Rates, cookies, floods and what they may not break: Specs/Wire.md, MACs and cookies."""

import os
import random
import time

from client import Skip, Stranger, again_sealed, describe, expect
from kith_wire import (
    COOKIE, COOKIE_BYTES, DATA, FIND_NODE, INIT, RESP, NodeKey, WireError, open_cookie, type4)
from suite import must

BURST, PER_SECOND = 40, 20  # INIT of one address, Specs/Wire.md, Drop order
HANDSHAKES_PER_SECOND = 200  # without a cookie, and as many at once
SESSIONS_MAX = 4_096  # more than any node keeps for peers that only knocked


class Load:
    """A flood of valid INIT from one address, under which a node asks for cookies.

    It comes from the last of our addresses, so that the rate of that one is used up and no other.
    """

    def __init__(self, target):
        self.target = target
        self.host = max(0, len(target.hosts) - 1)
        self.stranger = Stranger(target, number=2, host=self.host)
        self.opening = self.stranger.init()

    def __enter__(self):
        began, answered, passed = time.monotonic(), 0, 0
        while passed < 6:
            back = self.push(200)
            cookies = [p for p in back if p[0] == COOKIE]
            if cookies:
                self.cookie = cookies[-1]
                return self
            answered += len(back)
            passed = time.monotonic() - began
            free = 1.2 * HANDSHAKES_PER_SECOND * (1 + passed)
            expect(answered <= free, f"{answered} handshakes in {passed:.1f} s, and no COOKIE")
        raise Skip(f"the node answers no more than {answered / passed:.0f} handshakes a second")

    def push(self, count=60, seconds=0.01) -> list:
        """Adds to the load; what came back."""
        for _ in range(count):
            self.stranger.send(self.opening.packet, paced=False)
        return self.stranger.drain(seconds) if seconds else []

    def __exit__(self, *_):
        """Waits until the node takes handshakes without a cookie again."""
        deadline = time.monotonic() + 5
        self.stranger.drain(0.1)
        while time.monotonic() < deadline:
            self.stranger.send(self.opening.packet, paced=False)
            if any(p[0] == RESP for p in self.stranger.drain(0.2)):
                return


def cookies_for(load, stranger, packet: bytes) -> int:
    """How often of ten times `packet` was answered with COOKIE, sent under load.

    The node takes 200 handshakes a second without, so a few may slip in.
    """
    cookies = 0
    for _ in range(10):
        load.push(120, seconds=0)
        stranger.send(packet, paced=False)
        answer = stranger.receive(1.0)  # a slow node works through the others first
        cookies += answer is not None and answer[0] == COOKIE
        load.stranger.drain(0.001)
    return cookies


@must("Wire.md, MACs and cookies")
def under_load_a_cookie_is_demanded(target):
    """While more than 200 handshakes a second arrive, INIT without mac2 is answered COOKIE."""
    with Load(target) as load:
        packet, opening = load.cookie, load.opening
        expect(len(packet) == COOKIE_BYTES, f"{describe(packet)}")
        expect(packet[4:8] == opening.index, "it names another index")
        try:
            open_cookie(packet, target.key, opening.body[-16:])
        except WireError:
            expect(False, "the cookie does not open with N and the mac1 of INIT")


@must("Wire.md, MACs and cookies")
def a_cookie_opens_the_door(target):
    """Under load an INIT with mac2 is answered."""
    with Load(target) as load:
        cookie = open_cookie(load.cookie, target.key, load.opening.body[-16:])
        packet = load.opening.with_cookie(cookie)
        answered = False
        for _ in range(10):
            load.push(80)
            load.stranger.send(packet, paced=False)
            back = load.stranger.drain(0.1)
            answered = answered or any(p[0] == RESP for p in back)
        expect(answered, "INIT with a valid mac2 got no RESP")


@must("Wire.md, MACs and cookies")
def a_cookie_is_bound_to_its_address(target):
    """The cookie is made of the sender's address and port: it opens nothing elsewhere."""
    with Load(target) as load:
        cookie = open_cookie(load.cookie, target.key, load.opening.body[-16:])
        # Where addresses have rates of their own, only the one that floods is asked for cookies.
        for host in {0, load.host} if target.network.is_local else {load.host}:
            other = Stranger(target, number=2, host=host)
            packet = other.init().with_cookie(cookie)
            expect(cookies_for(load, other, packet) >= 6, "a stolen cookie was taken")


@must("Wire.md, MACs and cookies")
def a_wrong_mac2_gets_a_cookie_again(target):
    """Under load an INIT without a valid mac2 is answered with COOKIE."""
    with Load(target) as load:
        other = Stranger(target, number=2, host=load.host)
        packet = other.init().with_cookie(os.urandom(16))
        expect(cookies_for(load, other, packet) >= 6, "a wrong mac2 was taken")


@must("Wire.md, MACs and cookies")
def under_load_a_wrong_mac1_still_meets_silence(target):
    """mac1 comes before cookies: under load too, who does not know N gets no sign of life."""
    with Load(target) as load:
        other = Stranger(target, number=2, host=load.host)
        packet = other.init().packet
        for _ in range(5):
            load.push(80)
            other.send(packet[:-32] + os.urandom(16) + bytes(16), paced=False)
        expect(not other.drain(target.grace()), "it answered")


@must("Wire.md, Drop order")
def a_flood_of_handshakes_leaves_sessions_alone(target):
    """Sessions are served while strangers are asked for cookies."""
    channel = Stranger(target).open()
    with Load(target) as load:
        lost = 0
        for _ in range(10):
            load.push(100)
            call = channel.send({0: FIND_NODE, 2: os.urandom(32)})
            lost += channel.answer_to(call, 0.5) is None
        expect(lost <= 2, f"{lost} of 10 requests in a session went unanswered")
    channel.lives()


@must("Wire.md, Drop order")
def handshakes_of_one_address_are_rationed(target):
    """INIT without a cookie: 20 a second of one source, 40 at once (not on local networks)."""
    if target.network.is_local:
        raise Skip("not on local networks: everybody may stand behind one address")
    stranger = Stranger(target, host=max(0, len(target.hosts) - 1))
    time.sleep(2.2)  # until what the tests before used has come back
    packet, sent = stranger.init().packet, 150
    for number in range(sent):
        stranger.send(packet, paced=False)
        if number % 25 == 24:
            time.sleep(0.01)
    answers = len([p for p in stranger.drain(0.3) if p[0] == RESP])
    expect(answers >= BURST // 2, f"only {answers} of a burst were answered")
    expect(answers <= BURST + PER_SECOND, f"{answers} of {sent} INIT at once were answered")


@must("Wire.md, Sessions")
def a_flood_of_sessions_leaves_a_used_one_alone(target):
    """Sessions are bounded, and peers that only knocked leave no used session out."""
    if target.network.proof_bits:
        raise Skip("thousands of keys cost too much there")
    channel = Stranger(target).open()
    with Load(target) as load:
        cookie = open_cookie(load.cookie, target.key, load.opening.body[-16:])
        knocker, knocks = Stranger(target, host=load.host), 0
        knocker.socket.close()
        knocker.socket = load.stranger.socket  # its cookie counts there
        deadline = time.monotonic() + 14
        while knocks < SESSIONS_MAX and time.monotonic() < deadline:
            knocker.key = NodeKey(target.network)
            packet = knocker.init().with_cookie(cookie)
            for _ in range(4):  # a peer may have a few; all of different peers cost us too much
                knocker.send(packet)
            knocks += len([p for p in knocker.drain(0.002) if p[0] == RESP])
            if random.randrange(100) == 0:
                channel.lives()
    channel.lives()
    if knocks < SESSIONS_MAX // 2:
        raise Skip(f"only {knocks} sessions could be made in the time there is")


def junk(target, opening) -> bytes:
    """A datagram of the kind that a node on the internet has to bear."""
    kind = random.randrange(5)
    if kind == 0:
        return os.urandom(random.randrange(1, 1_400))
    if kind == 1:
        return type4(random.randrange(1, 5)) + os.urandom(random.randrange(33, 1_200))
    if kind == 2:
        return type4(DATA) + os.urandom(4) + bytes(8) + os.urandom(60)
    if kind == 3:
        return opening.packet[:-40] + os.urandom(40)
    noise = type4(INIT) + os.urandom(196)
    return again_sealed(noise, target.key)


@must("Wire.md, Drop order")
def a_flood_of_garbage_is_borne(target):
    """Everything that fails is dropped in silence: thousands of datagrams, one session."""
    channel, stranger = Stranger(target).open(), Stranger(target)
    opening, lost = stranger.init(), 0
    forged = 0 if target.network.is_local else 1
    for _ in range(20):
        for _ in range(150):
            packet = junk(target, opening)
            if not (forged and packet[0] == INIT):
                stranger.send(packet)
        call = channel.send({0: FIND_NODE, 2: os.urandom(32)})
        lost += channel.answer_to(call, 0.5) is None
    expect(lost <= 4, f"{lost} of 20 requests went unanswered")
    back = [p for p in stranger.drain(target.grace()) if p[0] != COOKIE]
    expect(not back, f"garbage was answered with {len(back)} datagrams")
    channel.lives()


@must("Wire.md, Handshake; Threats.md")
def nobody_got_more_than_it_sent(target):
    """Never more bytes to an unproved address than it sent: every stranger of this run."""
    for stranger in target.ledger:
        expect(
            stranger.received <= stranger.sent,
            f"one that sent {stranger.sent} bytes and proved nothing got {stranger.received}")
