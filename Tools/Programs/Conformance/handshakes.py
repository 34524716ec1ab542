"""INIT, RESP and what a node must not answer: Specs/Wire.md, Envelope, Handshake, Drop order."""

import os
import random

from client import (
    Stranger, again_sealed, check_proof, describe, expect, is_own_address, sealed)
from kith_wire import (
    COOKIE, DATA, FIND_NODE, FIND_RECORD, INIT, INIT_OVERHEAD, NODES, PAYLOAD_MAX, PING, PONG,
    RECORDS, REFUSED, RESP, STORE, address_bytes, encode, type4)
from suite import must

PRIME = 2**255 - 19  # of the curve
LOW_ORDER = [  # libsodium's list of points that lead nowhere, and their forms above the prime
    0, 1,
    325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
    PRIME - 1, PRIME, PRIME + 1]


def little(value: int) -> bytes:
    return value.to_bytes(32, "little")


@must("Wire.md, Handshake")
def a_handshake_takes_one_round_trip(target):
    """INIT carries a request, RESP its answer."""
    stranger = Stranger(target)
    channel = stranger.greet()
    expect(channel, "no RESP to INIT with PING")
    expect(channel.answer[0] == PONG, "PING was not answered with PONG")
    expect(is_own_address(stranger, channel.answer[11]), "it saw us at another address")
    check_proof(target, channel.nonce)
    channel.lives()


@must("Wire.md, Handshake")
def reads_are_served_in_a_handshake(target):
    """PING, FIND_NODE and FIND_RECORD are served in INIT."""
    for kind, answer in ((FIND_NODE, NODES), (FIND_RECORD, RECORDS)):
        channel = Stranger(target).greet({0: kind, 2: os.urandom(32)})
        expect(channel, f"no RESP to a request of kind {kind}")
        expect(channel.answer[0] == answer, f"{kind} was answered with {channel.answer[0]}")
        expect(channel.resp_bytes <= PAYLOAD_MAX, "RESP is too large")


@must("Wire.md, Handshake")
def store_in_a_handshake_is_refused(target):
    """STORE in INIT is answered with REFUSED 7."""
    stranger = Stranger(target)
    channel = stranger.greet({0: STORE, 2: b"\xa0", 3: bytes(16)}, size=300)
    expect(channel, "no RESP to INIT with STORE")
    expect(channel.answer[0] == REFUSED and channel.answer[2] == 7, f"answered {channel.answer}")


@must("Wire.md, Handshake")
def sixty_four_bytes_are_enough_for_pong(target):
    """A payload of 64 bytes is enough for PONG."""
    channel = Stranger(target).greet({0: PING, 1: 2**32 - 1}, size=INIT_OVERHEAD + 64)
    expect(channel, "no RESP to an INIT of 200 bytes with PING")
    expect(channel.answer[0] == PONG, "no PONG")


def sizes(target, message) -> list:
    """Every size that INIT with this message may have; fewer where INIT is rationed."""
    least = INIT_OVERHEAD + len(encode([2**63, 0, message]))
    every = range(least, PAYLOAD_MAX + 1)
    return list(every) if target.network.is_local else list(every)[::29] + [PAYLOAD_MAX]


@must("Wire.md, Handshake")
def resp_is_not_longer_than_its_init(target):
    """RESP MUST NOT be longer than the INIT it answers, whatever the size."""
    wanted = [(n, {0: PING, 1: 7}) for n in sizes(target, {0: PING, 1: 7})]
    for kind in (FIND_NODE, FIND_RECORD):
        request = {0: kind, 1: 7, 2: os.urandom(32)}
        wanted += [(n, request) for n in sizes(target, request)[::7]]
    stranger, answered = Stranger(target), 0
    for size, message in wanted:
        opening = stranger.init(message, size)
        cookie = stranger.cookie
        stranger.send(opening.with_cookie(cookie) if cookie else opening.packet)
        channel = stranger.response(opening, 0.02 if size < 180 else 1)
        if channel is None:
            expect(size < INIT_OVERHEAD + 64 or message[0] != PING, f"silence at {size} bytes")
            continue
        answered += 1
        expect(
            channel.resp_bytes <= size, f"RESP of {channel.resp_bytes} to INIT of {size} bytes")
    expect(answered > len(wanted) // 2, f"only {answered} of {len(wanted)} INIT were answered")


@must("Wire.md, MACs and cookies")
def who_does_not_know_the_key_gets_no_sign(target):
    """Who does not know a node's N gets no sign of life from it: a wrong mac1 meets silence."""
    stranger = Stranger(target)
    opening = stranger.init()
    noise = opening.packet[:-32]
    other = Stranger(target, number=1).key.public
    wrong = [noise + code + bytes(16) for code in (bytes(16), os.urandom(16), b"\xff" * 16)]
    wrong.append(sealed(noise, other) + bytes(16))
    for at in range(16):
        damaged = bytearray(opening.packet)
        damaged[-32 + at] ^= 1 << at % 8
        wrong.append(bytes(damaged))
    stranger.meets_silence(wrong, "INIT with a wrong mac1")
    stranger.send(opening.packet)
    expect(stranger.response(opening), "and the right one was not answered")


def with_head(stranger, head: bytes) -> bytes:
    """An INIT whose first four bytes are others, with the mac1 that fits them."""
    packet = stranger.init().packet
    return again_sealed(head + packet[4:], stranger.target.key)


@must("Wire.md, Drop order")
def another_version_meets_silence(target):
    """The version byte is 1."""
    stranger = Stranger(target)
    heads = [bytes((INIT, version, 0, 0)) for version in (0, 2, 3, 127, 255)]
    stranger.meets_silence([with_head(stranger, h) for h in heads], "another version")


@must("Wire.md, Drop order")
def another_type_meets_silence(target):
    """The type is 1…4."""
    stranger = Stranger(target)
    heads = [bytes((kind, 1, 0, 0)) for kind in (0, *range(5, 20), 0x41, 0x7F, 0x81, 0xFF)]
    packets = [with_head(stranger, head) for head in heads]
    stranger.meets_silence(packets, "an unknown type")


@must("Wire.md, Drop order")
def reserved_bytes_are_zero(target):
    """The two bytes after the version are zero."""
    stranger = Stranger(target)
    heads = [bytes((INIT, 1)) + tail for tail in (b"\1\0", b"\0\1", b"\x80\0", b"\0\xff")]
    stranger.meets_silence([with_head(stranger, h) for h in heads], "reserved bytes")


@must("Wire.md, Drop order")
def a_cut_init_meets_silence(target):
    """Every truncation of INIT is dropped, with the mac1 of the whole or one that fits."""
    stranger = Stranger(target)
    whole = stranger.init().packet
    step = 1 if target.network.is_local else 9
    cuts = [whole[:size] for size in range(0, len(whole), step)]
    cuts += [
        again_sealed(whole[:size] + bytes(32), target.key)
        for size in range(72, len(whole) - 32, step)]
    stranger.meets_silence(cuts, "a cut INIT")


@must("Wire.md, Drop order")
def an_extended_init_meets_silence(target):
    """Every extension of INIT is dropped, with the mac1 of the whole or one that fits."""
    stranger = Stranger(target)
    whole = stranger.init().packet
    more = [whole + bytes(n) for n in (1, 2, 15, 16, 17, 32, 100)]
    more += [
        again_sealed(whole[:-32] + bytes(n) + bytes(32), target.key) for n in (1, 16, 64, 500)]
    more += [whole + os.urandom(n) for n in (1, 16, 32)]
    stranger.meets_silence(more, "an extended INIT")


@must("Wire.md, Drop order")
def a_flipped_bit_in_any_field_meets_silence(target):
    """What does not authenticate is dropped: ephemeral, sealed N, payload, with mac1 right."""
    stranger = Stranger(target)
    whole = stranger.init().packet
    step = 1 if target.network.is_local else 12
    flipped = []
    for at in range(8, len(whole) - 32, step):
        damaged = bytearray(whole)
        damaged[at] ^= 1 << random.randrange(8)
        if at == 39:
            damaged = bytearray(whole[:39] + bytes((whole[39] ^ 1,)) + whole[40:])
        flipped.append(again_sealed(bytes(damaged), target.key))
    stranger.meets_silence(flipped, "an INIT with a flipped bit")


@must("Wire.md, Drop order")
def an_oversized_datagram_meets_silence(target):
    """A datagram has at most 1,232 bytes."""
    stranger = Stranger(target)
    large = [stranger.init(size=size).packet for size in (1_233, 1_234, 1_280, 1_400)]
    if target.address[0].startswith("127.") or target.address[0] == "::1":
        large += [stranger.init(size=size).packet for size in (9_000, 60_000)]
    stranger.meets_silence(large, "a datagram of more than 1,232 bytes")
    expect(stranger.greet(size=PAYLOAD_MAX), "and one of 1,232 bytes was not answered")


@must("Wire.md, Drop order")
def an_undersized_datagram_meets_silence(target):
    """A datagram has at least 37 bytes, INIT 136, RESP 92, COOKIE exactly 64."""
    stranger = Stranger(target)
    small = [bytes((kind, 1, 0, 0)) + bytes(n) for kind in range(1, 5) for n in range(34)]
    small += [sealed(type4(INIT) + bytes(n), target.key) + bytes(16) for n in range(0, 99, 7)]
    small += [sealed(type4(RESP) + bytes(n), target.key) + bytes(16) for n in range(0, 60, 7)]
    small += [type4(COOKIE) + bytes(n) for n in (59, 61, 100)]
    small += [b"", stranger.init(payload=b"").packet]
    stranger.meets_silence(small, "an undersized datagram")


@must("Identifiers.md, Keys")
def a_low_order_ephemeral_meets_silence(target):
    """Low-order points and a shared secret of all zeros MUST be refused, in e."""
    stranger = Stranger(target)
    forged = [stranger.init(ephemeral=little(p), es=bytes(32)).packet for p in LOW_ORDER]
    stranger.meets_silence(forged, "a low-order ephemeral key")


@must("Identifiers.md, Keys")
def a_low_order_static_key_meets_silence(target):
    """Low-order points and a shared secret of all zeros MUST be refused, in N."""
    stranger = Stranger(target)
    forged = [stranger.init(static=little(p), ss=bytes(32)).packet for p in LOW_ORDER]
    stranger.meets_silence(forged, "a low-order N")


@must("Identifiers.md, Keys")
def a_non_canonical_key_meets_silence(target):
    """Non-canonical points MUST be refused: u above the prime, or with the highest bit set."""
    stranger = Stranger(target)
    forged = [  # p + 9 is another name of the base point, so what is agreed on is the node's N
        stranger.init(ephemeral=little(PRIME + 9), es=target.key).packet,
        stranger.init(ephemeral=little(9 | 1 << 255), es=target.key).packet]
    own = int.from_bytes(stranger.key.public, "little")
    forged.append(stranger.init(static=little(own | 1 << 255)).packet)
    stranger.meets_silence(forged, "a key in another form")


@must("Identifiers.md, Networks")
def another_network_meets_silence(target):
    """Nodes of different networks cannot talk: the name is in the prologue."""
    stranger = Stranger(target)
    names = {b"kith", b"local", b"elsewhere", b"", target.network.net + b"x"}
    prologues = [b"kith/1\0" + name for name in sorted(names - {target.network.net})]
    prologues += [b"kith/2\0" + target.network.net, target.network.net]
    foreign = [stranger.init(prologue=p).packet for p in prologues]
    stranger.meets_silence(foreign, "the prologue of another network")


@must("Wire.md, Handshake; CBOR")
def a_payload_that_is_not_one_meets_silence(target):
    """The payload is the array [nonce, role, message], strictly encoded, then zeros."""
    stranger = Stranger(target)
    nonce, ping, room = stranger.key.nonce, {0: PING, 1: 7}, bytes(60)
    right = encode([nonce, 0, ping])
    wrong = {
        "role 2": encode([nonce, 2, ping]) + room,
        "role true": encode([nonce, False, ping]) + room,
        "negative nonce": encode([-1, 0, ping]) + room,
        "four items": encode([nonce, 0, ping, 0]) + room,
        "two items": encode([nonce, ping]) + room,
        "no array": encode({0: nonce, 1: 0, 2: ping}) + room,
        "padding with a one": right + room[:-1] + b"\1",
        "an indefinite array": b"\x9f" + right[1:] + b"\xff" + room,
        "a long head": b"\x98\x03" + right[1:] + room,
        "an answer": encode([nonce, 0, {
            0: PONG, 1: 7, 10: 0, 11: address_bytes(("192.0.2.1", 9))}]) + room,
        "an unknown kind": encode([nonce, 0, {0: 200, 1: 7}]) + room,
        "an unknown key": encode([nonce, 0, {0: PING, 1: 7, 200: 1}]) + room,
        "no call": encode([nonce, 0, {0: PING}]) + room,
        "a call of 33 bits": encode([nonce, 0, {0: PING, 1: 1 << 32}]) + room,
        "nothing": room,
    }
    for what, payload in wrong.items():
        stranger.meets_silence([stranger.init(payload=payload).packet], what)


@must("Wire.md, MACs and cookies")
def a_cookie_that_nobody_asks_for_does_no_harm(target):
    """mac2 is looked at under load only: who still has a cookie is answered."""
    stranger = Stranger(target)
    opening = stranger.init()
    stranger.send(opening.with_cookie(os.urandom(16)))
    expect(stranger.response(opening), "INIT with an old cookie was not answered")


@must("Wire.md, Handshake; Rationale")
def a_replayed_init_pays_for_what_it_brings(target):
    """INIT can be replayed: each brings at most what it weighs, and the session lives on."""
    stranger = Stranger(target)
    opening = stranger.init()
    stranger.send(opening.packet)
    channel = stranger.response(opening)
    expect(channel, "no RESP")
    channel.lives()
    copies = 5
    for _ in range(copies):
        stranger.send(opening.packet)
    target.barrier()
    back = stranger.drain(target.grace())
    expect(sum(map(len, back)) <= copies * len(opening.packet), "it got more than it sent")
    expect(all(p[0] in (RESP, COOKIE) for p in back), f"it got {list(map(describe, back))}")
    channel.lives()


@must("Wire.md, Handshake")
def an_init_replayed_from_elsewhere_leaves_the_session_alone(target):
    """A session belongs to one N at one address: a copy of INIT from elsewhere changes nothing."""
    stranger = Stranger(target)
    opening = stranger.init()
    stranger.send(opening.packet)
    channel = stranger.response(opening)
    expect(channel, "no RESP")
    channel.lives()
    for host in (0, 1) if len(target.hosts) > 1 else (0,):
        thief = Stranger(target, host=host)
        thief.send(opening.packet)
        target.barrier()
        back = thief.drain(target.grace())
        expect(sum(map(len, back)) <= len(opening.packet), "the copy got more than it weighs")
        expect(all(p[0] in (RESP, COOKIE) for p in back), "the copy got more than a handshake")
    channel.lives()


@must("Wire.md, Drop order")
def packets_for_unknown_indices_meet_silence(target):
    """DATA, RESP and COOKIE for an index that the node did not give out are dropped."""
    stranger = Stranger(target)
    packets = []
    for _ in range(20):
        index = os.urandom(4)
        body = type4(RESP) + os.urandom(4) + index + os.urandom(100)
        packets += [
            type4(DATA) + index + bytes(8) + os.urandom(60),
            type4(COOKIE) + index + os.urandom(56),
            sealed(body, target.key) + bytes(16)]
    stranger.meets_silence(packets, "a packet for nobody")


@must("Wire.md, Handshake")
def data_before_resp_meets_silence(target):
    """DATA in a handshake that is not done is dropped, whatever index it names."""
    stranger = Stranger(target)
    opening = stranger.init()
    early = [type4(DATA) + opening.index + bytes(8) + os.urandom(n) for n in (21, 60, 500)]
    for packet in early:
        stranger.send(packet)
    stranger.send(opening.packet)
    for packet in early:
        stranger.send(packet)
    channel = stranger.response(opening)
    expect(channel, "no RESP")
    rest = stranger.drain(target.grace())
    expect(not rest, f"DATA before RESP was answered with {list(map(describe, rest))}")
    channel.lives()


@must("Wire.md, Envelope")
def the_node_gives_out_different_indices(target):
    """An index is unique among the live handshakes and sessions of who chose it."""
    stranger = Stranger(target)
    indices = []
    for _ in range(20):
        channel = stranger.greet()
        expect(channel, "no RESP")
        indices.append(channel.remote_index)
    expect(len(set(indices)) == len(indices), "two live sessions have one index")
