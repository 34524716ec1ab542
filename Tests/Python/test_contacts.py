"""Contacts and privacy levels through the command alone: with no node, and with real nodes."""

import contextlib
import json
import os
import re
import subprocess
import tempfile
import time
from pathlib import Path

import kith_identity
import pytest
from conftest import program
from test_identity import PASSPHRASE, error, kith
from test_interop import Process, until

SETTLES = 150  # seconds in which letters and cards of a busy machine find each other
NOBODY = "kith1pg2vmlup4zkpsqdywejorkmlu6ib7bj242k35v7a4oiqxlieszsb4wg7yu"
NAMES = {"ada": "Ada Lovelace", "bob": "Bob Weiß", "cyd": "Cyd Charisse", "dee": "Dee Dee"}


@pytest.fixture
def homes(tmp_path):
    """Three homes of which nobody runs a node."""
    made = {}
    for name in ("ada", "bob", "cyd"):
        made[name] = tmp_path / name
        kith(made[name], "init", "--network", "local")
    return made


def uri(home) -> str:
    return kith(home, "id")["uri"]


def text(home, *arguments, code=0, **rest) -> str:
    """What a command prints for people."""
    run = subprocess.run(
        [program("kith"), *arguments, "--no-input", "--home", str(home)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, **rest)
    assert run.returncode == code, (arguments, run.returncode, run.stdout, run.stderr)
    return run.stdout


def contacts(home) -> dict:
    return {c["name"]: c for c in kith(home, "contacts", "list")["contacts"]}


def book(home) -> dict:
    return kith(home, "contacts", "list")


# QR codes


def read_code(printed: str) -> str:
    """What a camera reads from the half blocks of `kith id --qr`."""
    try:
        import zxingcpp
    except ImportError:
        pytest.skip("zxing-cpp is not installed, nothing reads the QR code")
    dark_drawn = "\033[" in printed
    lines = [re.sub(r"\033\[[0-9;]*m", "", line) for line in printed.splitlines()]
    lines = [line for line in lines if line and set(line) <= set(" ▀▄█")]
    pixels = []
    for line in lines:
        for drawn in ("█▀", "█▄"):
            row = [0 if (cell in drawn) == dark_drawn else 255 for cell in line]
            # A camera sees more than one dot per square.
            row = [value for value in row for _ in range(6)]
            pixels += [row] * 6
    height, width = len(pixels), len(pixels[0])
    assert all(len(row) == width for row in pixels), "a line is shorter than the others"
    flat = bytes(value for row in pixels for value in row)
    picture = memoryview(flat).cast("B", (height, width))
    found = zxingcpp.read_barcodes(picture)
    assert len(found) == 1, "the code cannot be read"
    return found[0].text


@pytest.mark.parametrize("colour", ["always", "never"])
def test_the_code_on_the_screen_is_the_line_of_the_person(homes, colour):
    ada = homes["ada"]
    printed = text(ada, "id", "--qr", "--color", colour)
    assert ("\033[" in printed) == (colour == "always")
    assert all(len(re.sub(r"\033\[[0-9;]*m", "", line)) <= 80 for line in printed.splitlines())
    assert read_code(printed) == printed.splitlines()[-1] == uri(ada)
    assert uri(ada) == "kith:" + kith(ada, "id")["identity"]


def test_a_name_is_in_the_code_only_when_that_is_asked_for(homes):
    ada = homes["ada"]
    assert error(ada, "id", "--with-name", code=2) == "usage"
    assert error(ada, "id", "--qr", "--with-name", code=1) == "no-profile"
    kith(ada, "profile", "set", "--name", NAMES["bob"])
    assert read_code(text(ada, "id", "--qr")) == uri(ada)
    named = read_code(text(ada, "id", "--qr", "--with-name"))
    assert named == uri(ada) + "?name=Bob%20Wei%C3%9F"
    assert kith(ada, "id", "--qr", "--with-name") == {"uri": named, "name": NAMES["bob"]}
    longest = "é" * 32
    kith(ada, "profile", "set", "--name", longest)
    assert read_code(text(ada, "id", "--qr", "--with-name")).endswith("%C3%A9" * 32)
    kith(homes["cyd"], "contacts", "add", named)
    assert list(contacts(homes["cyd"])) == [NAMES["bob"]]


# Without a node


def test_a_book_is_kept_and_changed_without_a_node(homes):
    ada, bob, cyd = homes.values()
    added = kith(ada, "contacts", "add", uri(bob), "--name", NAMES["bob"])
    assert added["change"] == "add" and added["contact"] == contacts(ada)[NAMES["bob"]]
    assert contacts(ada) == {
        NAMES["bob"]: {
            "name": NAMES["bob"], "identity": kith(bob, "id")["identity"], "uri": uri(bob),
            "fingerprint": kith(bob, "id")["fingerprint"], "level": "contacts", "shows": None,
            "favourite": False, "confirmed": False}}
    kith(ada, "contacts", "add", kith(cyd, "id")["identity"], "--friend", "--name", "Cyd")
    kith(ada, "contacts", "favourite", "cyd")
    assert list(contacts(ada)) == ["Cyd", NAMES["bob"]]
    assert (contacts(ada)["Cyd"]["level"], contacts(ada)["Cyd"]["favourite"]) == ("friends", True)
    kith(ada, "contacts", "favourite", "CYD", "--off")
    assert list(contacts(ada)) == [NAMES["bob"], "Cyd"]
    kith(ada, "contacts", "rename", "bob weiss", "Al")
    kith(ada, "contacts", "friend", uri(bob))
    kith(ada, "contacts", "friend", "cyd", "--off")
    assert [(n, c["level"]) for n, c in contacts(ada).items()] == [
        ("Al", "friends"), ("Cyd", "contacts")]

    kith(ada, "contacts", "remove", kith(bob, "id")["fingerprint"])
    blocked = kith(ada, "contacts", "block", "cyd")
    assert blocked["contact"] is None
    assert book(ada)["contacts"] == []
    assert [p["uri"] for p in book(ada)["blocked"]] == [uri(cyd)]
    assert "blocked" in text(ada, "contacts", "list", "--blocked")
    assert "blocked" not in text(ada, "contacts", "list", "--plain")
    kith(ada, "contacts", "unblock", uri(cyd))
    assert book(ada) == {"contacts": [], "blocked": [], "sharing": False}
    assert kith(ada, "contacts", "sharing", "on") == {"sharing": True}
    assert book(ada)["sharing"] is True
    assert kith(ada, "contacts", "requests") == {"requests": []}


def test_both_read_the_same_safety_number(homes):
    ada, bob, cyd = homes.values()
    kith(ada, "contacts", "add", uri(bob), "--name", "Bob")
    number = kith(ada, "contacts", "verify", "bob")["safetyNumber"]
    assert re.fullmatch(r"(\d{5} ){11}\d{5}", number)
    # Somebody who is no contact can be verified by their key alone.
    assert kith(bob, "contacts", "verify", uri(ada))["safetyNumber"] == number
    assert kith(bob, "contacts", "verify", uri(cyd))["safetyNumber"] != number
    assert text(ada, "contacts", "verify", "bob", "--plain") == f"safety-number\t{number}\n"
    shown = text(ada, "contacts", "verify", "bob")
    assert re.findall(r"\d{5}", shown.partition("safety")[2]) == number.split(" ")
    assert error(ada, "contacts", "verify", uri(ada), code=8) == "own-identity"


def test_what_makes_no_sense_has_a_code_and_a_status_and_changes_nothing(homes):
    ada, bob, cyd = homes.values()
    kith(ada, "contacts", "add", uri(bob), "--name", "Bob")
    before = book(ada)
    damaged = uri(bob)[:-1] + ("a" if uri(bob)[-1] != "a" else "b")
    for arguments, code, status in [
        (("add", "Bob"), "bad-identity", 8),
        (("add", damaged), "bad-identity", 8),
        (("add", uri(bob) + "?name=%00"), "bad-identity", 8),
        (("add", uri(ada)), "own-identity", 8),
        (("add", uri(bob)), "known-contact", 1),
        (("add", uri(cyd), "--name", ""), "invalid-text", 8),
        (("add", uri(cyd), "--message", "x" * 121), "invalid-text", 8),
        (("add", uri(cyd), "--as", "a\u202eb"), "invalid-text", 8),
        (("rename", "bob", "x" * 65), "invalid-text", 8),
        (("remove", "Rob"), "unknown-contact", 3),
        (("friend", uri(cyd)), "unknown-contact", 3),
        (("block", "cyd"), "unknown-contact", 3),
        (("block", uri(ada)), "own-identity", 8),
        (("unblock", "bob"), "not-blocked", 3),
        (("accept", "bob"), "no-request", 3),
        (("refuse", uri(cyd)), "no-request", 3),
        (("show", "bob"), "not-running", 4),
        (("import", "/nowhere/at/all"), "file-unusable", 1),
        (("rename", "bob"), "usage", 2),
        (("sharing", "maybe"), "usage", 2),
        ((), "usage", 2),
    ]:
        assert error(ada, "contacts", *arguments, code=status) == code, arguments
    run = subprocess.run(
        [program("kith"), "contacts", "remove", "Rob", "--home", str(ada)], capture_output=True,
        text=True)
    assert "did you mean 'Bob'?" in run.stderr and run.stdout == ""
    assert book(ada) == before

    kith(ada, "contacts", "add", uri(cyd), "--name", "BOB")
    failure = kith(ada, "contacts", "remove", "bob", code=2)["error"]
    assert failure["code"] == "ambiguous-contact"
    for home in (bob, cyd):
        assert kith(home, "id")["fingerprint"] in failure["message"]
    assert len(contacts(ada)) == 2


def test_a_locked_book_is_opened_with_the_passphrase(homes):
    ada, bob, _ = homes.values()
    kith(ada, "contacts", "add", uri(bob), "--name", "Bob")
    seed = kith_identity.read((ada / "identity.key").read_bytes()).seed
    (ada / "identity.key").write_bytes(kith_identity.sealed(seed, PASSPHRASE.encode()))
    assert error(ada, "contacts", "list", code=7) == "passphrase-needed"
    assert error(ada, "contacts", "list", lines=["wrong horse"], code=7) == "identity-not-opened"
    listed = kith(ada, "contacts", "list", lines=[PASSPHRASE])
    assert [c["name"] for c in listed["contacts"]] == ["Bob"]
    kith(ada, "contacts", "rename", "bob", "Robert", lines=[PASSPHRASE])
    # A key alone needs no book.
    assert kith(ada, "contacts", "verify", uri(bob))["safetyNumber"]
    assert b"Bob" not in (ada / "state.db").read_bytes()


def test_contacts_move_in_a_file(homes, tmp_path):
    ada, bob, cyd = homes.values()
    kith(ada, "contacts", "add", uri(bob), "--name", NAMES["bob"], "--friend")
    kith(ada, "contacts", "favourite", "bob weiß")
    kith(ada, "contacts", "block", uri(cyd))
    file = tmp_path / "friends.jsonl"
    assert kith(ada, "contacts", "export", str(file)) == {
        "file": str(file), "contacts": 1, "blocked": 1}
    assert file.stat().st_mode & 0o777 == 0o600
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert lines == [
        {"uri": uri(bob), "name": NAMES["bob"], "level": "friends", "favourite": True},
        {"uri": uri(cyd), "blocked": True}]
    assert text(ada, "contacts", "export") == text(ada, "contacts", "export", "-")
    assert text(ada, "contacts", "export") == file.read_text()
    assert error(ada, "contacts", "export", str(file), code=1) == "file-exists"
    kith(ada, "contacts", "export", str(file), "--force")
    assert list(tmp_path.glob("*.new-*")) == []

    there = tmp_path / "there"
    kith(there, "init", "--network", "local")
    assert kith(there, "contacts", "import", str(file)) == {"added": 1, "blocked": 1, "known": 0}
    assert book(there) == book(ada)
    kith(there, "contacts", "friend", "bob weiss", "--off")
    assert kith(there, "contacts", "import", str(file)) == {"added": 0, "blocked": 0, "known": 2}
    assert contacts(there)[NAMES["bob"]]["level"] == "contacts"
    # Somebody's file may name oneself.
    assert kith(bob, "contacts", "import", str(file)) == {"added": 0, "blocked": 1, "known": 0}

    file.write_text(file.read_text() + '{"uri":"kith:kith1","name":"X","level":"contacts"}\n')
    fresh = tmp_path / "fresh"
    kith(fresh, "init", "--network", "local")
    assert error(fresh, "contacts", "import", str(file), code=8) == "invalid-contact-file"
    assert book(fresh)["contacts"] == []
    run = subprocess.run(
        [program("kith"), "contacts", "import", "-", "--json", "--home", str(fresh)],
        input="\n".join(text(ada, "contacts", "export").splitlines()), capture_output=True,
        text=True)
    assert json.loads(run.stdout) == {"added": 1, "blocked": 1, "known": 0}


# With nodes


@pytest.fixture(scope="module")
def network():
    """Five nodes of nobody in particular."""
    program("kith")
    with tempfile.TemporaryDirectory(prefix="kith-") as folder, contextlib.ExitStack() as stack:
        running = []
        for number in range(5):
            seeds = [running[0].record.text] if running else []
            running.append(Process(Path(folder) / f"n{number}", seeds))
            stack.callback(running[-1].stop)
        for node in running[1:]:
            until(lambda n=node: n.phase() == "joined", 60, "a node to join")
        yield running


@contextlib.contextmanager
def node(home, network):
    """The node of somebody who has a home already."""
    process = Process(home, [network[0].record.text])
    try:
        until(lambda: process.phase() == "joined", 60, "a node to join")
        yield process
    finally:
        process.stop()


def shown(process, name: str):
    """What `contacts show` reads from the network; None when that is nothing."""
    return process.ask("contacts", "show", name, codes=(0, 3))["profile"]


def published(process, level="contacts"):
    """Publishes, again while others are not ready to keep it."""
    answer = until(
        lambda: (a := process.ask("publish", codes=(0, 5, 6))) and "error" not in a and a, 60,
        "a majority")
    assert answer["level"] == level
    return answer


def seen(process, whom: str) -> dict:
    return process.ask("profile", "show", "--as", whom)


def only_contacts_find(contact, stranger):
    """Ada is in the book of one and nowhere else."""
    for query in (("lovelace",), ("--interests", "engines")):
        assert stranger.ask("find", *query, codes=(3,))["results"] == []
        hits = contact.ask("find", *query)["results"]
        assert [(h["name"], h["source"]) for h in hits] == [(NAMES["ada"], "contacts")]
    assert contact.ask("find", "lovelace", "--layer", "network", codes=(3,))["results"] == []
    assert contact.ask("find", "lovelace", "--layer", "contacts")["results"]


def test_two_who_scanned_each_other_read_what_is_for_them_and_nobody_else_does(homes, network):
    ada, bob, cyd = homes.values()
    # In person, with no node running: what the camera reads goes to `contacts add`.
    line = {who: text(home, "id", "--qr").splitlines()[-1] for who, home in homes.items()}
    for home, other in ((ada, "bob"), (bob, "ada")):
        kith(home, "contacts", "add", line[other], "--name", NAMES[other])
    kith(ada, "profile", "set", "--name", NAMES["ada"], "--interests", "engines,chess",
         "--region", "London", "--level", "contacts", "--field", "region=friends")
    kith(bob, "profile", "set", "--name", NAMES["bob"], "--level", "friends", "--bio", "hello")

    with node(ada, network) as a, node(bob, network) as b, node(cyd, network) as c:
        answer = published(a)
        assert (answer["stored"], answer["withdrawn"]) == (None, False)
        assert answer["cards"] == answer["cardsWanted"] == 2
        published(b, "friends")
        state = a.ask("profile", "show")
        assert (state["published"], state["current"]) == (True, True)
        assert a.ask("status")["contacts"] == 1

        profile = until(lambda: shown(b, NAMES["ada"]), SETTLES, "Ada's card")
        assert profile == {
            "name": NAMES["ada"], "interests": ["engines", "chess"], "region": None, "bio": None,
            "links": []}
        assert contacts(bob)[NAMES["ada"]]["shows"] == "contacts"
        assert contacts(bob)[NAMES["ada"]]["confirmed"] is True
        # Bob shows something to friends alone, and Ada is none yet.
        assert shown(a, NAMES["bob"]) is None
        b.ask("contacts", "friend", NAMES["ada"])
        said = until(lambda: shown(a, NAMES["bob"]), SETTLES, "Bob's card for friends")
        assert said["bio"] == "hello"
        assert contacts(ada)[NAMES["bob"]]["shows"] == "friends"

        # A stranger gets nothing: as the own node sees it, and as another does.
        assert seen(a, "stranger") == {
            "as": "stranger", "published": None, "card": None, "level": None, "shownOn": None}
        as_contact = seen(a, f"contact:{NAMES['bob']}")
        assert as_contact["card"] == profile and as_contact["level"] == "contacts"
        assert a.ask("profile", "show", "--as", f"friend:{NAMES['bob']}", codes=(2,))[
            "error"]["code"] == "other-level"
        who = kith(ada, "id")["identity"]
        assert c.ask("dht", "get", who, codes=(3,))["record"] is None
        only_contacts_find(b, c)

        a.ask("contacts", "friend", NAMES["bob"])
        until(lambda: (shown(b, NAMES["ada"]) or {}).get("region") == "London", SETTLES,
              "the card for friends")
        assert seen(a, f"friend:{NAMES['bob']}")["card"]["region"] == "London"

        # What is public is found, what is withdrawn is not, and contacts go on reading.
        a.ask("profile", "set", "--level", "public")
        assert a.ask("profile", "show")["current"] is False
        assert published(a, "public")["stored"] >= 2
        until(lambda: c.ask("find", "lovelace", codes=(0, 3))["results"], 60, "the public profile")
        assert seen(a, "stranger")["published"]["region"] is None
        a.ask("profile", "set", "--level", "contacts")
        assert published(a)["withdrawn"] is True
        # Whoever has found somebody remembers them for minutes: ask nodes that have not.
        askers = iter(network)
        until(lambda: not next(askers).ask("find", "lovelace", codes=(0, 3))["results"], 60,
              "the withdrawal")
        assert shown(b, NAMES["ada"])["interests"] == ["engines", "chess"]

        # Removed: what is covered is covered, and the other is told nothing.
        removed = a.ask("contacts", "remove", NAMES["bob"])
        assert removed["contact"] is None
        until(lambda: shown(b, NAMES["ada"]) is None, SETTLES, "the cover")
        assert [c["name"] for c in b.ask("contacts", "list")["contacts"]] == [NAMES["ada"]]

        # Blocked: no longer shown, not even where everybody is.
        assert published(b, "friends")
        b.ask("profile", "set", "--level", "public")
        published(b, "public")
        until(lambda: a.ask("find", "weiss", codes=(0, 3))["results"], 60, "Bob in public")
        a.ask("contacts", "block", uri(bob))
        assert a.ask("find", "weiss", codes=(3,))["results"] == []
        a.ask("contacts", "unblock", uri(bob))
        assert a.ask("find", "weiss")["results"]

        assert b.ask("unpublish")["withdrawn"] is True
        assert b.ask("profile", "show")["published"] is False
        assert seen(b, "stranger")["published"] is None


@contextlib.contextmanager
def talking(home, network):
    """The node of somebody, with the events that it tells so far."""
    with open(home.with_suffix(".events"), "w") as log:
        process = subprocess.Popen(
            [program("kith"), "run", "--json", "--network", "local", "--listen", "127.0.0.1:0",
             "--seed", network[0].record.text, "--home", str(home)],
            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.DEVNULL)
        try:
            yield lambda: [
                json.loads(line) for line in Path(log.name).read_text().splitlines(keepends=True)
                if line.endswith("\n")]
        finally:
            process.terminate()
            process.wait(30)


def test_a_request_is_read_accepted_refused_and_ignored(homes, network):
    ada, bob, cyd = homes.values()
    with node(ada, network) as a, node(cyd, network) as c:
        a.ask("contacts", "add", uri(bob), "--name", "Bob", "--as", NAMES["ada"],
              "--message", "from the chess club")
        c.ask("contacts", "add", uri(bob), "--name", "Bob")
        senders = {kith(home, "id")["fingerprint"] for home in (ada, cyd)}

        def asking():
            return {r["fingerprint"]: r for r in kith(bob, "contacts", "requests")["requests"]}

        with contextlib.ExitStack() as stack:
            # A mailbox is read at the start and every half hour: so start again.
            deadline = time.monotonic() + 2 * SETTLES
            while not senders <= set(asking()):
                assert time.monotonic() < deadline, "the requests do not arrive"
                stack.close()
                events = stack.enter_context(talking(bob, network))
                until(lambda: any(e["event"] == "joined" for e in events()), 60, "Bob to join")
                with contextlib.suppress(AssertionError):
                    until(lambda: senders <= set(asking()), 40, "both requests")
            by_ada = asking()[kith(ada, "id")["fingerprint"]]
            assert (by_ada["name"], by_ada["message"]) == (NAMES["ada"], "from the chess club")
            assert by_ada["uri"] == uri(ada) and by_ada["received"].endswith("Z")
            fingerprint = kith(cyd, "id")["fingerprint"]
            by_cyd = asking()[fingerprint]
            assert (by_cyd["name"], by_cyd["message"]) == (None, None)
            told = [e for e in events() if e["event"] == "request"]
            assert {e["fingerprint"] for e in told} <= senders and told
            assert all(set(e) == {"event", *by_ada} for e in told)
            assert kith(bob, "status")["requests"] == 2
            assert "2 requests wait" in text(bob, "status")
            shown_requests = text(bob, "contacts", "requests")
            assert NAMES["ada"] in shown_requests and "from the chess club" in shown_requests

            kith(bob, "contacts", "refuse", fingerprint)
            accepted = kith(bob, "contacts", "accept", NAMES["ada"], "--friend")
            assert (accepted["name"], accepted["contact"]["level"]) == (NAMES["ada"], "friends")
            assert asking() == {}
            kith(bob, "profile", "set", "--name", NAMES["bob"], "--level", "contacts")
            until(lambda: kith_ends(bob, "publish") == 0, 60, "a majority")
            until(lambda: shown(a, "Bob"), SETTLES, "Bob's card")
            assert shown(c, "Bob") is None
            assert contacts(cyd)["Bob"]["confirmed"] is False
            assert kith(bob, "contacts", "requests")["requests"] == []


def kith_ends(home, *arguments) -> int:
    """The exit status of a command."""
    return subprocess.run(
        [program("kith"), *arguments, "--home", str(home)], stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode


def test_a_contact_of_a_contact_is_found_where_all_three_agree(homes, network):
    ada, bob, cyd = homes.values()
    for one, other, name in ((ada, bob, "Bob"), (bob, ada, "Ada"), (bob, cyd, "Cyd"),
                             (cyd, bob, "Bob")):
        kith(one, "contacts", "add", uri(other), "--name", name)
    kith(cyd, "profile", "set", "--name", NAMES["cyd"], "--interests", "dance", "--level",
         "contacts")
    for home in (ada, bob):
        kith(home, "contacts", "sharing", "on")
    with node(ada, network) as a, node(bob, network) as b, node(cyd, network) as c:
        published(c)
        until(lambda: shown(b, "Cyd"), SETTLES, "Cyd's card")
        until(lambda: contacts(ada)["Bob"]["confirmed"], SETTLES, "Bob's letter")
        until(lambda: contacts(bob)["Ada"]["confirmed"], SETTLES, "Ada's letter")
        assert a.ask("find", "charisse", codes=(0, 3))["results"] == []
        c.ask("profile", "set", "--pass-on", "yes")
        published(c)
        # A stranger may come to see it, if not by asking the network.
        as_stranger = seen(c, "stranger")
        assert as_stranger["published"] is None
        assert as_stranger["shownOn"]["name"] == NAMES["cyd"]
        # Read anew: the card that was read before may not be shown on.
        hits = until(
            lambda: shown(b, "Cyd") and a.ask(
                "find", "charisse", "--layer", "sharing", codes=(0, 3))["results"],
            2 * SETTLES, "Cyd through Bob")
        assert [(h["name"], h["source"]) for h in hits] == [(NAMES["cyd"], "sharing")]
        assert a.ask("find", "charisse", "--layer", "network", codes=(3,))["results"] == []
        a.ask("contacts", "block", uri(cyd))
        assert a.ask("find", "charisse", codes=(3,))["results"] == []


def test_a_locked_node_says_so(homes):
    bob = homes["bob"]
    seed = kith_identity.read((bob / "identity.key").read_bytes()).seed
    (bob / "identity.key").write_bytes(kith_identity.sealed(seed, PASSPHRASE.encode()))
    process = Process(bob)
    try:
        for arguments in (("contacts", "list"), ("contacts", "add", NOBODY), ("publish",),
                          ("contacts", "show", NOBODY), ("profile", "show", "--as", "stranger")):
            assert error(bob, *arguments, code=7) == "identity-locked", arguments
        status = kith(bob, "status", code=5)
        assert (status["contacts"], status["requests"]) == (None, None)
        kith(bob, "unlock", lines=[PASSPHRASE])
        assert book(bob)["contacts"] == []
        kith(bob, "contacts", "add", NOBODY, "--name", "Nobody")
        assert kith(bob, "status", code=5)["contacts"] == 1
    finally:
        process.stop()
    assert os.path.exists(bob / "state.db")
    assert list(kith(bob, "contacts", "list", lines=[PASSPHRASE])["contacts"][0]) == [
        "name", "identity", "uri", "fingerprint", "level", "shows", "favourite", "confirmed"]
