"""What Specs/Privacy.md says, tried on a real node: it keeps what is well formed and no more."""

import pytest
from conftest import vectors
from kith_node import *  # noqa: F403
from kith_privacy import *  # noqa: F403
from test_interop import Process

NETWORKS = {"kith": PUBLIC, "local": LOCAL}
VECTORS_NOW = 1_791_431_200_000


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    running = Process(tmp_path_factory.mktemp("privacy") / "node")
    yield running
    running.stop()


@pytest.fixture
def client(node):
    with KithNode(LOCAL) as client:
        client.ping(node.record)
        yield client


def store(client, node, record):
    token = client.find_record(node.record, record.location)[7]
    return client.store(node.record, record, token)


def shown(client, node, location) -> list:
    return [Record.decode(r) for r in client.find_record(node.record, location)[6]]


def level(dice) -> LevelSecret:
    offset = dice.randrange(EPOCH_S)
    return LevelSecret(1, offset, (now_ms() // 1000 - offset) // EPOCH_S, dice.randbytes(32))


def card_of(dice, seed, person, secret, name):
    signer = Blinded(seed, person, secret)
    profile = Profile(name, ("chess",), "Ljubljana", active_hour=now_ms() // 3_600_000)
    body = seal(
        secret.card_key(signer.public), signer.public, encode({0: profile.encode()}))
    sequence = (now_ms() - dice.randrange(600_000)) << 16 | dice.getrandbits(16)
    return sealed_record(LOCAL, signer, sequence, body)


def test_a_card_is_kept_and_read_by_who_has_the_level_secret(dice, node, client):
    seed = dice.randbytes(32)
    person = Identity(seed).public
    given = level(dice)
    for today in (given, given.advanced(given.epoch + 1)):
        card = card_of(dice, seed, person, today, "Ada")
        assert len(card.encoded) == 640
        store(client, node, card)
        # The reader has the secret of the first day and the person's key.
        reader = given.advanced(today.epoch)
        author = reader.author(person)
        (record,) = shown(client, node, owned_location(SEALED, author))
        record.verify(LOCAL, now_ms())
        assert reader.open_card(record)[0].name == "Ada"


def test_a_later_card_takes_the_place_of_an_earlier_one_and_none_goes_back(dice, node, client):
    seed = dice.randbytes(32)
    person, secret = Identity(seed).public, level(dice)
    first = card_of(dice, seed, person, secret, "Ada")
    signer = Blinded(seed, person, secret)
    blank = sealed_record(LOCAL, signer, first.sequence + 1, dice.randbytes(SEALED_BODY))
    store(client, node, first)
    store(client, node, blank)
    with pytest.raises(Refusal):
        store(client, node, first)
    assert shown(client, node, first.location) == [blank]


def test_sealed_records_of_another_size_or_signer_are_refused(dice, node, client):
    seed = dice.randbytes(32)
    signer = Blinded(seed, Identity(seed).public, level(dice))
    good = sealed_record(LOCAL, signer, now_ms() << 16, dice.randbytes(SEALED_BODY))
    fields = decode(good.encoded)
    short = {**fields, 6: fields[6][:-1]}
    short[7] = signer.sign(Record.covered(LOCAL, short))
    timed = {**fields, 3: now_ms(), 4: now_ms() + 1000}
    foreign = {**fields, 7: Identity(seed).sign(Record.covered(LOCAL, fields))}
    for bad in (short, timed, foreign):
        token = client.find_record(node.record, good.location)[7]
        with pytest.raises(Refusal):
            client.call(node.record, STORE, record=encode(bad), token=token)
    assert shown(client, node, good.location) == []


def test_a_request_needs_its_stamp(dice, node, client):
    signer = Identity(dice.randbytes(32))
    location = dice.randbytes(32)
    sequence, sealed = now_ms() << 16, dice.randbytes(REQUEST_BODY - 8)
    stamp = find_stamp(LOCAL, location, signer.public, sequence, sealed)
    good = sealed_record(LOCAL, signer, sequence, stamp + sealed, location)
    good.verify(LOCAL, now_ms())
    worthless = next(
        n for n in range(1 << 16)
        if not stamps(LOCAL, location, signer.public, sequence, sealed, n))
    bad = sealed_record(LOCAL, signer, sequence, worthless.to_bytes(8, "big") + sealed, location)
    with pytest.raises(Refusal):
        store(client, node, bad)
    store(client, node, good)
    assert shown(client, node, location) == [good]


def stamps(network, location, author, sequence, sealed, nonce) -> bool:
    record = Record(
        REQUEST, author, sequence, 0, 0, location, nonce.to_bytes(8, "big") + sealed, b"")
    try:
        record.check_stamp(network)
    except WireError:
        return False
    return True


def test_two_people_read_the_same_sixty_digits(dice):
    one, other = dice.randbytes(32), dice.randbytes(32)
    number = safety_number(one, other)
    assert number == safety_number(other, one)
    assert len(number.replace(" ", "")) == 60 and number.count(" ") == 11


def judge_card(vector):
    network, headers = NETWORKS[vector.headers["network"]], vector.headers
    person = bytes.fromhex(headers["identity"])
    record = Record.decode(vector.bytes)
    need(verify(record.author, Record.covered(network, decode(record.encoded)),
                record.signature), "signature")
    given = LevelSecret(
        int(headers["version"]), int(headers["offset"]), int(headers["secret-epoch"]),
        bytes.fromhex(headers["secret"]))
    today = given.advanced(int(headers["epoch"]))
    need(today.author(person) == record.author, "the place of another card")
    text = open_sealed(today.card_key(record.author), record.author, record.body)
    decode_card(network, person, text, VECTORS_NOW // DAY_MS)


def judge_letter(vector):
    network, headers = NETWORKS[vector.headers["network"]], vector.headers
    sender, epoch = bytes.fromhex(headers["sender"]), int(headers["epoch"])
    pair = Pair(network, bytes.fromhex(headers["reader-seed"]), sender)
    assert pair.epoch_at(int(headers["now"])) == epoch
    record = Record.decode(vector.bytes)
    record.verify(network, int(headers["now"]))
    need(pair.mailbox(sender, epoch).public == record.author, "another mailbox")
    decode_letter(open_sealed(
        pair.letter_key(sender, epoch), record.author, record.body))


def judge_request(vector):
    network, now = NETWORKS[vector.headers["network"]], int(vector.headers["now"])
    seed = bytes.fromhex(vector.headers["reader-seed"])
    record = Record.decode(vector.bytes)
    record.verify(network, now)
    need(record.location == mailbox_of(Identity(seed).public, now // DAY_MS), "another mailbox")
    open_request(network, seed, record)


def judge_safety(vector):
    one, other = (bytes.fromhex(vector.headers[k]) for k in ("one", "other"))
    need(safety_number(other, one).encode() == vector.bytes, "another number")


JUDGES = {
    "card": judge_card, "letter": judge_letter, "request": judge_request, "safety": judge_safety}


@pytest.mark.parametrize("vector", vectors(*JUDGES))
def test_the_vectors_are_judged_alike(vector):
    if vector.is_ok:
        JUDGES[vector.area](vector)
    else:
        with pytest.raises(WireError):
            JUDGES[vector.area](vector)


def test_there_are_vectors_of_each_kind():
    assert {p.values[0].area for p in vectors(*JUDGES)} == set(JUDGES)
