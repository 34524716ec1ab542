"""The vectors, judged by the independent implementation instead of the one that made them."""

import base64
import datetime
import hashlib
import re
import unicodedata

import pytest
from conftest import vectors
from kith_noise import Initiator, Responder
from kith_wire import (
    LOCAL, PUBLIC, NodeRecord, Profile, Record, WireError, address_tuple, blake2b, check_message,
    decode, decode_entry, mac1, mac2, need, normalise, open_cookie, shard_is_authors, shared_location, verify,
    verify_full)
from nacl import bindings as sodium

NETWORKS = {"kith": PUBLIC, "local": LOCAL}


def judge(vector):
    """Raises WireError when the vector's bytes must be refused."""
    if vector.area == "message":
        check_message(decode(vector.bytes))
    elif vector.area == "node-record":
        record = NodeRecord.parse(decode(vector.bytes))
        if "text" in vector.headers:
            assert record.text == vector.headers["text"]
            assert record.proves(NETWORKS[vector.headers["network"]])
            assert record.id.hex() == vector.headers["id"]
    elif vector.area == "address":
        host, port = address_tuple(decode(vector.bytes))
        shown = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        assert shown == vector.headers.get("text", shown)
    elif vector.area == "fuzz":
        judge_found(vector.headers["decoder"], vector.bytes)
    elif vector.area == "seed-list":
        judge_seed_list(vector.bytes, vector.headers)
    elif vector.area == "profile":
        Profile.decode(vector.bytes)
    elif vector.area == "record":
        record = Record.decode(vector.bytes)
        record.verify(NETWORKS[vector.headers["network"]], int(vector.headers["now"]))
        if "token" in vector.headers and record.body is not None:
            day, shard, _ = decode_entry(record.body)
            token = vector.headers["token"]
            home = shared_location(record.kind, token, day, shard)
            need(home == record.location, "entry of another location")
            need(shard_is_authors(shard, record.author, token, day), "entry of another shard")
    elif vector.area == "shard":
        author, day = bytes.fromhex(vector.headers["author"]), int(vector.headers["day"])
        shard = int.from_bytes(vector.bytes, "big")
        need(shard_is_authors(shard, author, vector.headers["token"], day), "another shard")
    elif vector.area == "full":
        message = check_message(decode(vector.bytes))
        verify_full(
            NETWORKS[vector.headers["network"]], bytes.fromhex(vector.headers["node"]),
            bytes.fromhex(vector.headers["location"]), message[9], int(vector.headers["now"]))


def judge_found(decoder: str, data: bytes):
    """What a fuzzer found, by the decoder that it was found in."""
    match decoder:
        case "cbor":
            decode(data)
        case "message":
            check_message(decode(data))
        case "handshake-payload":
            nonce, role, message = decode(data, padded=True)
            need(role in (0, 1), "role")
            check_message(message)
        case "node-record":
            NodeRecord.parse(decode(data))
        case "node-record-text":
            try:
                NodeRecord.from_text(data.decode())
            except ValueError as fault:
                raise WireError("no text of a node record") from fault
        case "address":
            address_tuple(decode(data))
        case "profile":
            Profile.decode(data)
        case "record":
            Record.decode(data)
        case "entry":
            decode_entry(data)
        case _:
            pytest.fail(f"no decoder is called {decoder}")


@pytest.mark.parametrize("vector", vectors(
    "address", "full", "fuzz", "message", "node-record", "profile", "record", "seed-list",
    "shard"))
def test_the_other_implementation_judges_alike(vector):
    if vector.is_ok:
        judge(vector)
    else:
        with pytest.raises(WireError):
            judge(vector)


def test_names_fold_alike():
    """Unicode's own data against the tables, where both know all scalars."""
    (examples,) = [p.values[0] for p in vectors("text") if p.values[0].name == "examples"]
    checked = 0
    for line in examples.rest.decode().splitlines():
        if not line.strip():
            continue
        text, *_, folded = (
            "".join(chr(int(scalar, 16)) for scalar in column.split())
            for column in line.split(";"))
        if any(unicodedata.category(c) == "Cn" for c in text + folded):
            continue  # newer than this Python
        assert normalise(text) == folded, line
        checked += 1
    assert checked > 300


def judge_seed_list(data: bytes, headers: dict):
    """Specs/SeedList.md."""
    need(len(data) <= 65_536, "size")
    try:
        text = data.decode()
    except UnicodeDecodeError as fault:
        raise WireError("no UTF-8") from fault
    need(text.endswith("\n"), "the last newline")
    statement, empty, notes = text.partition("\n\n")
    need(empty, "unsigned")
    lines = statement.split("\n")
    need(len(lines) >= 3, "header")
    need(re.fullmatch(r"kith-seeds v1 [a-z0-9-]{1,32}", lines[0]), "header")
    need(re.fullmatch(r"sequence (0|[1-9][0-9]{0,19})", lines[1]), "sequence")
    sequence = int(lines[1].split()[1])
    need(sequence < 2**64, "sequence")
    need(re.fullmatch(r"expires [0-9]{4}-[0-9]{2}-[0-9]{2}", lines[2]), "expires")
    try:
        day = datetime.date.fromisoformat(lines[2].split()[1]).toordinal() - 719_163
    except ValueError as fault:
        raise WireError("no such day") from fault
    need(1 <= len(lines[3:]) <= 64, "seeds")
    try:
        ids = [NodeRecord.from_text(line).id for line in lines[3:]]
    except ValueError as fault:
        raise WireError("base64") from fault
    need(len(set(ids)) == len(ids), "seed twice")
    signatures = [read_signature(line) for line in notes.split("\n")[:-1]]
    need(1 <= len(signatures) <= 8, "signatures")
    need(len({s[:2] for s in signatures}) == len(signatures), "signed twice")
    need(lines[0].split()[2] == headers["network"], "network")
    need(int(headers["now"]) < day * 86_400_000, "expired")
    need(sequence >= int(headers["newest"]), "rolled back")
    name, digits, packed = headers["key"].split("+", 2)
    public = base64.b64decode(packed)[1:]
    key_id = hashlib.sha256(name.encode() + b"\n\x01" + public).digest()[:4]
    assert key_id.hex() == digits
    ours = [s for s in signatures if s[:2] == (name, key_id)]
    need(ours, "unknown signer")
    need(all(verify(public, (statement + "\n").encode(), s[2]) for s in ours), "signature")


def read_signature(line: str) -> tuple:
    match = re.fullmatch(r"\u2014 ([!-*,-~]{1,64}) ([A-Za-z0-9+/]+=*)", line)
    need(match, "signature line")
    try:
        data = base64.b64decode(match[2], validate=True)
    except ValueError as fault:
        raise WireError("base64") from fault
    need(len(data) == 68 and base64.b64encode(data).decode() == match[2], "signature line")
    return match[1], data[:4], data[4:]


@pytest.mark.parametrize("vector", vectors("envelope"))
def test_the_other_implementation_opens_what_the_envelopes_show(vector):
    data, headers = vector.bytes, vector.headers
    if "receiver-secret" in headers:
        receiver, secret = bytes.fromhex(headers["receiver"]), bytes.fromhex(
            headers["receiver-secret"])
        assert sodium.crypto_scalarmult_base(secret) == receiver
        assert (data[-32:-16] == mac1(receiver, data[:-32])) == (vector.name != "init-wrong-mac1")
        noise = Responder(NETWORKS[headers["network"]].prologue, secret)
        sender, payload = noise.first(data[8:-32])
        assert sender == sodium.crypto_scalarmult_base(bytes.fromhex(headers["sender-secret"]))
        assert payload.hex() == headers["payload"]
        check_message(decode(payload, padded=True)[2])
        if "cookie" in headers:
            right = data[-16:] == mac2(bytes.fromhex(headers["cookie"]), data[:-16])
            assert right == vector.is_ok
        elif vector.is_ok:
            assert data[-16:] == bytes(16)
    elif "mac1" in headers:
        try:
            cookie = open_cookie(
                data, bytes.fromhex(headers["receiver"]), bytes.fromhex(headers["mac1"]))
        except WireError:
            assert not vector.is_ok
            return
        assert vector.is_ok and cookie.hex() == headers["cookie"]
        host, port = headers["address"].rsplit(":", 1)
        source = bytes(10) + b"\xff\xff" + bytes(map(int, host.split("."))) + int(port).to_bytes(
            2, "big")
        assert cookie == blake2b(16, source, key=bytes.fromhex(headers["secret"]))


def test_the_published_noise_vectors_pass_in_the_other_implementation_too():
    """The pattern of Specs/Wire.md among the vectors of cacophony and snow."""
    import json

    from conftest import SPECS

    seen = 0
    for path in sorted((SPECS / "Vectors" / "noise").glob("*.json")):
        for case in json.loads(path.read_text())["vectors"]:
            if case.get("protocol_name", case.get("name")) != "Noise_IK_25519_ChaChaPoly_SHA256":
                continue
            seen += 1
            get = lambda key, case=case: bytes.fromhex(case.get(key) or "")  # noqa: E731
            first, second = case["messages"][:2]
            initiator = Initiator(
                get("init_prologue"), get("init_static"), get("init_remote_static"),
                get("init_ephemeral"))
            responder = Responder(get("resp_prologue"), get("resp_static"))
            message = initiator.first(bytes.fromhex(first["payload"]))
            assert message.hex() == first["ciphertext"]
            assert responder.first(message)[1].hex() == first["payload"]
            message, send, receive = responder.second(
                bytes.fromhex(second["payload"]), get("resp_ephemeral"))
            assert message.hex() == second["ciphertext"]
            assert initiator.second(message) == (
                bytes.fromhex(second["payload"]), receive, send)
    assert seen > 0
