"""STORE, FIND_RECORD, tokens, receipts: Specs/Records.md, Specs/Wire.md."""

import os
import time

from client import Skip, Stranger, expect
from kith_wire import (
    BAD_TOKEN, DAY_MS, FIND_NODE, FIND_RECORD, FUTURE_MS, INTEREST_ENTRY, INVALID, KEEP_MAX,
    LOCATION_FULL, NAME_ENTRY, OLDER, PROFILE, RECORD_MAX, RECORDS, REFUSED, STORAGE_FULL, STORE,
    STORED, Identity, Profile, Record, encode, encode_entry, now_ms, owned_location,
    receipt_bytes, shared_location, verify)
from nacl import bindings as sodium
from suite import must

LIFE_MS = 10 * 60_000  # what we leave behind is gone after ten minutes
PROFILE_MAX = 756
ORDER = 2**252 + 27742317777372353535851937790883648493  # of the base point of Ed25519


def session(target, **how):
    return Stranger(target, **how).open()


def fields(person, kind=PROFILE, body=b"", location=None, **changed) -> dict:
    """An unsigned record that is valid; an empty body stands for a small profile."""
    now = now_ms()
    if body == b"":
        body = Profile("Conformance").encode()
    unsigned = {0: kind, 1: person.public, 2: person.next_sequence(now), 3: now, 4: now + LIFE_MS}
    if location is not None:
        unsigned[5] = location
    if body is not None:
        unsigned[6] = body
    for key, value in changed.items():
        unsigned[int(key[1:])] = value
    return unsigned


def signed(target, person, unsigned: dict, network=None) -> bytes:
    covered = Record.covered(network or target.network, unsigned)
    return encode(unsigned | {7: person.sign(covered)})


def location_of(record: bytes) -> bytes:
    return Record.decode(record).location


def token_for(channel, location: bytes) -> bytes:
    reply = channel.ask({0: FIND_RECORD, 2: location})
    expect(reply[0] == RECORDS, "FIND_RECORD was not answered with RECORDS")
    if 7 not in reply:
        raise Skip("the node has no room for a new record now: it gave no token")
    return reply[7]


def store(channel, record: bytes, token=None, location=None, keep=None) -> dict:
    location = location or location_of(record)
    token = token_for(channel, location) if token is None else token
    return channel.ask({0: STORE, 2: record, 3: token} | ({} if keep is None else {4: keep}))


def held(channel, location: bytes, **keys) -> dict:
    return channel.ask({0: FIND_RECORD, 2: location} | {int(k[1:]): v for k, v in keys.items()})


def expect_stored(channel, record: bytes, token=None, keep=None):
    reply = store(channel, record, token, keep=keep)
    expect(reply[0] == STORED, f"a valid record was refused for reason {reply.get(2)}")
    return reply


def expect_receipt(target, record: bytes, reply: dict):
    """What STORED says is signed by the node that was asked."""
    record = Record.decode(record)
    expect(
        sodium.crypto_sign_ed25519_pk_to_curve25519(reply[3]) == target.key,
        "A does not convert to the node's N")
    covered = receipt_bytes(
        target.network, record.location, record.author, record.sequence, reply[2])
    expect(verify(reply[3], covered, reply[4]), "the receipt's signature is not valid")


def expect_refused(reply: dict, reason: int, what: str):
    expect(reply[0] == REFUSED, f"{what} was stored")
    expect(reply[2] == reason, f"{what} was refused for reason {reply[2]}, not {reason}")


def entry(person, token: str, digest=b"", kind=NAME_ENTRY, day=None) -> dict:
    day = now_ms() // DAY_MS if day is None else day
    body = encode_entry(day, 0, digest)
    return fields(person, kind, body, shared_location(kind, token, day))


@must("Records.md, Storing")
def a_record_is_stored_with_a_receipt(target):
    """STORED carries A and a signature of the receipt; A converts to the N that was asked."""
    channel, person = session(target), Identity()
    record = signed(target, person, fields(person))
    reply = expect_stored(channel, record)
    expect(reply[2] <= Record.decode(record).expires, "it promises more than the record's life")
    expect(reply[2] > now_ms(), "it promises nothing")
    expect_receipt(target, record, reply)


@must("Wire.md, Messages")
def what_was_stored_is_found(target):
    """RECORDS carries what the node holds at the location, and how many that are."""
    channel, person = session(target), Identity()
    empty = held(channel, owned_location(PROFILE, person.public))
    expect(empty[6] == [] and empty[8] == 0, "an unused location is not empty")
    record = signed(target, person, fields(person))
    expect_stored(channel, record)
    reply = held(session(target, number=1), location_of(record))
    expect(reply[6] == [record] and reply[8] == 1, "it does not show what it stored")
    expect(reply[10] <= 100 and len(reply[5]) <= 16, "load or nodes")


@must("Records.md, Storing")
def a_plain_receipt_ends_with_the_record(target):
    """A writer counts no receipt that ends before the record: without `keep` none does."""
    channel, person = session(target), Identity()
    record = signed(target, person, fields(person))
    short = Record.decode(record).expires - expect_stored(channel, record)[2]
    expect(short <= 0, f"the receipt ends {short} ms before the record")


@must("Records.md, Storing")
def the_receipt_of_a_copy_says_when_it_goes(target):
    """STORE may carry the seconds for which the copy is wanted at most: the receipt says so."""
    channel, person = session(target), Identity()
    record = signed(target, person, fields(person))
    reply = expect_stored(channel, record, keep=60)
    expect_receipt(target, record, reply)
    ahead = reply[2] - now_ms()
    expect(ahead <= 60_000 + FUTURE_MS, f"it says {ahead // 1000} s where 60 were asked for")


@must("Records.md, Storing")
def a_copy_goes_when_its_time_is_over(target):
    """The copy of a STORE with `keep` is shown so many seconds and then no more."""
    channel, person = session(target), Identity()
    record = signed(target, person, fields(person))
    began = time.monotonic()
    expect_stored(channel, record, keep=1)
    shown = held(channel, location_of(record))[6]
    expect(shown == [record] or time.monotonic() - began > 1, "the copy is not shown at once")
    while held(channel, location_of(record))[6]:
        expect(time.monotonic() - began < 3, "the copy is still shown after 3 s")
        time.sleep(0.05)


@must("Records.md, Storing")
def a_copy_does_not_outlive_its_record(target):
    """`keep` is the most for which a copy is wanted: it goes with its record at the latest."""
    channel, person = session(target), Identity()
    record = signed(target, person, fields(person))
    longer = expect_stored(channel, record, keep=KEEP_MAX)[2] - Record.decode(record).expires
    expect(longer <= 0, f"the receipt ends {longer} ms after the record")


@must("Records.md, Storing")
def a_copy_shortens_no_promise(target):
    """STORED carries the time until which the replica keeps the record, whoever stores again."""
    channel, person = session(target), Identity()
    record = signed(target, person, fields(person))
    token = token_for(channel, location_of(record))
    expect_stored(channel, record, token)
    expect_stored(channel, record, token, keep=1)
    began = time.monotonic()
    while time.monotonic() - began < 1.5:
        expect(held(channel, location_of(record))[6] == [record], "what was promised is gone")
        time.sleep(0.1)


@must("Records.md, Storing")
def a_wrong_token_is_refused(target):
    """STORE with a token that the node did not make is REFUSED 1."""
    channel, person = session(target), Identity()
    record = signed(target, person, fields(person))
    right = token_for(channel, location_of(record))
    wrong = [bytes(16), os.urandom(16), right[1:] + right[:1]]
    wrong += [right[:at] + bytes((right[at] ^ 1,)) + right[at + 1:] for at in range(16)]
    for token in wrong:
        expect_refused(store(channel, record, token), BAD_TOKEN, "a wrong token")
    expect(held(channel, location_of(record))[8] == 0, "and yet it is stored")


@must("Records.md, Storing")
def a_token_is_bound_to_the_address(target):
    """A token counts only from the IP address and port that it was given to."""
    person = Identity()
    record = signed(target, person, fields(person))
    strangers = [Stranger(target), Stranger(target)]
    if len(target.hosts) > 1:
        strangers.append(Stranger(target, host=1))
    first = strangers[0].open()
    token = token_for(first, location_of(record))
    for other in strangers[1:]:
        reply = store(other.open(), record, token)
        expect_refused(reply, BAD_TOKEN, "a token of another address")


@must("Records.md, Storing")
def a_token_is_bound_to_the_key(target):
    """A token counts only for the N that asked for it, at the same address too."""
    person = Identity()
    record = signed(target, person, fields(person))
    stranger = Stranger(target)
    token = token_for(stranger.open(), location_of(record))
    stranger.key = target.sign_key(1)
    reply = store(stranger.open(), record, token)
    expect_refused(reply, BAD_TOKEN, "a token of another key")


@must("Records.md, Storing")
def a_token_is_bound_to_the_location(target):
    """A token comes only in RECORDS for that location."""
    channel, person, other = session(target), Identity(), Identity()
    record = signed(target, person, fields(person))
    token = token_for(channel, owned_location(PROFILE, other.public))
    expect_refused(store(channel, record, token), BAD_TOKEN, "a token of another location")


def malformed(target, person) -> dict:
    """Records of which the token is right and the form is not."""
    good = fields(person)
    whole = signed(target, person, good)
    place = os.urandom(32)
    forms = {
        "a trailing byte": whole + b"\0", "a cut record": whole[:-1],
        "an indefinite map": b"\xbf" + whole[1:] + b"\xff",
        "a long head": b"\xb8" + bytes((whole[0] & 0x1F,)) + whole[1:],
        "an unknown key": signed(target, person, good | {9: 1}),
        "an unknown kind": signed(target, person, good | {0: 99}),
        "no author": encode({k: v for k, v in good.items() if k != 1} | {7: bytes(64)}),
        "no signature": encode(good), "an author of 31 bytes": encode(
            good | {1: bytes(31), 7: bytes(64)}),
        "a signature of 63 bytes": encode(good | {7: bytes(63)}),
        "a sequence of text": encode(good | {2: "1", 7: bytes(64)}),
        "a location at an owned kind": signed(target, person, good | {5: place}),
        "no location at a shared kind": signed(
            target, person, good | {0: NAME_ENTRY, 6: encode_entry(1, 0, b"")}),
        "no map": encode([1, 2, 3]), "noise": os.urandom(300)}
    return forms


@must("Records.md, Verification 1, 2")
def a_malformed_record_is_refused(target):
    """One CBOR item in its only encoding, keys exactly as given, known kind; else REFUSED 2."""
    channel, person = session(target), Identity()
    location = owned_location(PROFILE, person.public)
    token = token_for(channel, location)
    for what, record in malformed(target, person).items():
        reply = channel.ask({0: STORE, 2: record, 3: token})
        expect_refused(reply, INVALID, what)
    expect(held(channel, location)[8] == 0, "and yet something is stored")


def untrue(target, person) -> dict:
    """Well-formed records that are not valid."""
    now, good = now_ms(), fields(person)
    yesterday = now - DAY_MS
    flipped = bytearray(signed(target, person, good))
    flipped[-1] ^= 1
    changed = dict(good, **{})
    covered = Record.covered(target.network, good)
    signature = person.sign(covered)
    larger = int.from_bytes(signature[32:], "little") + ORDER
    from dataclasses import replace
    foreign = replace(target.network, name=target.network.name + "x")
    sign = lambda **c: signed(target, person, good | {int(k[1:]): v for k, v in c.items()})  # noqa
    return {
        "a flipped bit of the signature": bytes(flipped),
        "another body under the signature": encode(
            changed | {6: Profile("Other").encode(), 7: signature}),
        "a signature of another person": encode(good | {7: Identity().sign(covered)}),
        "a signature for another network": signed(target, person, good, foreign),
        "a signature with S + L": encode(
            good | {7: signature[:32] + larger.to_bytes(32, "little")}),
        "created in the future": sign(_3=now + 300_000, _4=now + 400_000),
        "a sequence in the future": sign(_2=(now + 300_000) << 16),
        "a life of more than 24 h": sign(_3=now, _4=now + DAY_MS + 1),
        "a life without an end": sign(_4=2**63),
        "an expiry before the creation": sign(_3=now, _4=now - 1),
        "an expired record": sign(_3=yesterday, _4=now - 1_000),
        "a profile without a name": sign(_6=encode({0: "", 1: [], 6: 0})),
        "a profile with an unknown key": sign(_6=encode({0: "A", 1: [], 6: 0, 9: 1})),
        "a profile with a control character": sign(_6=encode({0: "A\u202eB", 1: [], 6: 0})),
        "a profile with a trailing byte": sign(_6=Profile("A").encode() + b"\0"),
        "an empty body": sign(_6=b"")}


@must("Records.md, Verification 3…7")
def an_untrue_record_is_refused(target):
    """Nothing that fails a step of verification is stored: REFUSED 2."""
    channel, person = session(target), Identity()
    location = owned_location(PROFILE, person.public)
    token = token_for(channel, location)
    for what, record in untrue(target, person).items():
        expect_refused(channel.ask({0: STORE, 2: record, 3: token}), INVALID, what)
    expect(held(channel, location)[8] == 0, "and yet something is stored")


@must("Records.md, Verification 7")
def a_low_order_author_is_refused(target):
    """The signature is verified strictly: no low-order or non-canonical author key."""
    channel, person = session(target), Identity()
    identity_point = (1).to_bytes(32, "little")
    authors = [identity_point, (2**255 - 18).to_bytes(32, "little"), bytes(32)]
    for author in authors:  # R the identity, S zero: valid for a verifier that is not strict
        record = encode(fields(person) | {1: author, 7: identity_point + bytes(32)})
        reply = store(channel, record, location=owned_location(PROFILE, author))
        expect_refused(reply, INVALID, f"a record of the author {author.hex()[:8]}…")


@must("Records.md, Verification 6; Entry")
def an_entry_of_another_day_is_refused(target):
    """An entry's day lies within the days from created to expires; its digest ascends."""
    channel, person = session(target), Identity()
    day, word = now_ms() // DAY_MS, os.urandom(8).hex()
    place = shared_location(NAME_ENTRY, word, day)
    token = token_for(channel, place)
    bodies = {
        "an entry of last week": encode_entry(day - 7, 0, b""),
        "an entry of next week": encode_entry(day + 7, 0, b""),
        "a digest that falls": encode_entry(day, 0, b"\0\2\0\1"),
        "an odd digest": encode_entry(day, 0, b"\0"),
        "a digest of 34 bytes": encode_entry(day, 0, b"".join(bytes((0, i)) for i in range(17))),
        "a shard of 17 bits": encode({0: day, 1: 65_536, 2: b""})}
    for what, body in bodies.items():
        record = signed(target, person, fields(person, NAME_ENTRY, body, place))
        expect_refused(channel.ask({0: STORE, 2: record, 3: token}), INVALID, what)
    good = signed(target, person, fields(person, NAME_ENTRY, encode_entry(day, 0, b""), place))
    expect(store(channel, good)[0] == STORED, "and a valid entry was refused")


@must("Records.md, Form; Wire.md, Messages")
def a_record_over_896_bytes_meets_silence(target):
    """A record has at most 896 bytes; the largest profile is stored."""
    channel, person = session(target), Identity()
    location = owned_location(PROFILE, person.public)
    token = token_for(channel, location)
    large = channel.packet({0: STORE, 1: 5, 2: bytes(RECORD_MAX + 1), 3: token})
    channel.stranger.meets_silence([large], "a record of 897 bytes")
    channel.lives()
    body, length = b"", 1
    while len(body) < PROFILE_MAX:
        length += 1
        links = tuple(f"kith:{n}{'x' * min(122, max(1, length - 122 * n))}" for n in range(4))
        body = Profile("Conformance", (), "Graz", "x" * 240, links).encode()
    record = signed(target, person, fields(person, body=body))
    expect(RECORD_MAX - 4 <= len(record) <= RECORD_MAX, "the suite made no large record")
    expect_stored(channel, record)
    expect(held(channel, location)[6] == [record], "the largest record is not shown")


@must("Records.md, Verification 8")
def an_older_sequence_is_refused_with_the_newest(target):
    """A lower sequence is refused for reason 3 and the one that is held is named."""
    channel, person = session(target), Identity()
    old = fields(person)
    new = signed(target, person, fields(person))
    expect_stored(channel, new)
    newest = Record.decode(new).sequence
    for what, unsigned in {"an older record": old, "one below": old | {2: newest - 1}}.items():
        reply = store(channel, signed(target, person, unsigned))
        expect_refused(reply, OLDER, what)
        expect(reply.get(3) == newest, "it does not name the sequence that it holds")
    expect(held(channel, location_of(new))[6] == [new], "the newer one is gone")


@must("Records.md, Verification 8")
def an_equal_sequence_takes_equal_bytes_only(target):
    """An equal sequence with equal bytes refreshes; with other bytes it is refused (3)."""
    channel, person = session(target), Identity()
    unsigned = fields(person)
    first = signed(target, person, unsigned)
    expect_stored(channel, first)
    expect_stored(channel, first)
    other = signed(target, person, unsigned | {6: Profile("Another").encode()})
    reply = store(channel, other)
    expect_refused(reply, OLDER, "an equal sequence with other bytes")
    expect(reply.get(3) == unsigned[2], "it does not name the sequence that it holds")
    expect(held(channel, location_of(first))[6] == [first], "the first one is gone")


@must("Records.md, Verification 8; What a replica keeps")
def a_tombstone_replaces_what_it_withdraws(target):
    """A higher sequence replaces, and a tombstone is kept and shown like any record."""
    channel, person = session(target), Identity()
    first = signed(target, person, fields(person))
    expect_stored(channel, first)
    second = signed(target, person, fields(person))
    expect_stored(channel, second)
    expect(held(channel, location_of(first))[6] == [second], "the newer one did not replace")
    stone = signed(target, person, fields(person, body=None))
    expect_stored(channel, stone)
    reply = held(channel, location_of(first))
    expect(reply[6] == [stone] and reply[8] == 1, "the tombstone did not replace")
    expect_refused(store(channel, second), OLDER, "what was withdrawn")


def crowd(target, word: str, digests, kind=NAME_ENTRY) -> list:
    """One signed entry of a new person for each digest."""
    people = [Identity() for _ in digests]
    return [signed(target, p, entry(p, word, d, kind)) for p, d in zip(people, digests)]


@must("Records.md, Reading; Wire.md, Messages")
def a_shared_location_is_read_in_pages(target):
    """`total` is how many live records there are; `skip` pages, nothing missed or shown twice."""
    channel, word = session(target), os.urandom(8).hex()
    entries = crowd(target, word, [b""] * (24 if target.network.is_local else 8))
    for each in entries:
        expect_stored(channel, each)
    place, seen = location_of(entries[0]), []
    while len(seen) < len(entries):
        reply = held(channel, place, **({"_4": len(seen)} if seen else {}))
        expect(reply[8] == len(entries), f"total is {reply[8]}, not {len(entries)}")
        expect(len(reply[6]) <= 16, "more than 16 records")
        expect(reply[6], "a page is empty and total says that there is more")
        seen += reply[6]
    expect(sorted(seen) == sorted(entries), "the pages show some twice and others never")
    expect(held(channel, place, _4=255)[6] == [], "a page beyond the end is not empty")
    again = held(channel, place)[6]
    expect(again == seen[:len(again)], "the order is another at the second look")


@must("Records.md, Locations")
def an_author_has_one_record_at_a_shared_location(target):
    """At a shared location every author has at most one record."""
    channel, person, word = session(target), Identity(), os.urandom(8).hex()
    for _ in range(3):
        last = signed(target, person, entry(person, word))
        expect_stored(channel, last)
    reply = held(channel, location_of(last))
    expect(reply[6] == [last] and reply[8] == 1, "an author has several records there")


@must("Records.md, Reading")
def entries_are_ranked_by_likeness(target):
    """Records before tombstones, ranked by the Jaccard index of the asker's digest and theirs."""
    channel, word = session(target), os.urandom(8).hex()
    wanted = b"\0\1\0\2\0\3\0\4"
    digests = [b"\7\7", wanted[:2], wanted, wanted[:6], wanted[:4], b""]
    entries = crowd(target, word, digests, INTEREST_ENTRY)
    person = Identity()
    stone = entry(person, word, wanted, INTEREST_ENTRY)
    del stone[6]
    entries.append(signed(target, person, stone))
    for each in entries:
        expect_stored(channel, each)
    shown = held(channel, location_of(entries[0]), _3=wanted)[6]
    best = [entries[2], entries[3], entries[4], entries[1]]
    expect(shown[:4] == best[:len(shown[:4])], "the most alike do not come first")
    expect(entries[-1] not in shown[:-1] or len(shown) < 7, "a tombstone comes before a record")
    rest = held(channel, location_of(entries[0]), _3=wanted, _4=6)[6]
    expect(rest == [entries[-1]], "the tombstone is not the last")


@must("Records.md, What a replica keeps")
def a_shared_location_holds_256(target):
    """A location holds 256 records; then the token is withheld or STORE refused for reason 4."""
    if not target.network.is_local:
        raise Skip("one address may store 8 records at a location there")
    channel, word = session(target), os.urandom(8).hex()
    entries = crowd(target, word, [b""] * 256)
    for each in entries:
        expect_stored(channel, each)
    place = location_of(entries[0])
    reply = held(channel, place)
    expect(reply[8] == 256, f"{reply[8]} of 256 are held")
    (late,) = crowd(target, word, [b""])
    token = reply.get(7)
    if token is not None:
        answer = channel.ask({0: STORE, 2: late, 3: token})
        full = answer[0] == REFUSED and answer[2] in (LOCATION_FULL, STORAGE_FULL)
        expect(full, f"the 257th was answered with {answer[0]}")
    expect(held(channel, place)[8] <= 256, "more than 256 are held")


@must("Records.md, What a replica keeps")
def one_block_fills_no_location(target):
    """From one /24 or /48 a shared location takes 8 records: the ninth is REFUSED 4, no token."""
    if target.network.is_local:
        raise Skip("not on local networks")
    channel, word = session(target), os.urandom(8).hex()
    entries = crowd(target, word, [b""] * 9)
    for each in entries[:8]:
        expect_stored(channel, each)
    reply = held(channel, location_of(entries[0]))
    if 7 in reply:
        answer = channel.ask({0: STORE, 2: entries[8], 3: reply[7]})
        expect_refused(answer, LOCATION_FULL, "the ninth record of one block")
    expect(held(channel, location_of(entries[0]))[8] == 8, "nine are held")


@must("Wire.md, Messages")
def find_record_names_the_same_nodes(target):
    """FIND_RECORD names the same closest nodes as FIND_NODE, as many as there is room for."""
    channel, point = session(target), os.urandom(32)
    nodes = [item[2] for item in channel.ask({0: FIND_NODE, 2: point})[5]]
    more = [item[2] for item in channel.ask({0: FIND_RECORD, 2: point})[5]]
    expect(nodes[:len(more)] == more or more[:len(nodes)] == nodes, "they name other nodes")


@must("Records.md, Storing", slow=True)
def a_token_lives_for_300_seconds(target):
    """The secret is new every 300 s and the previous one is accepted: a token counts 300 s."""
    channel, person = session(target), Identity()
    location = owned_location(PROFILE, person.public)
    token = token_for(channel, location)
    began = time.monotonic()
    while (left := 298 - (time.monotonic() - began)) > 0:
        time.sleep(min(20, left))
        channel.lives()
    reply = store(channel, signed(target, person, fields(person)), token)
    expect(reply[0] == STORED, f"after 298 s it was refused for reason {reply.get(2)}")
