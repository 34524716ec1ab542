"""Identities at rest: the file in both implementations, crashes, passphrases, locked nodes."""

import fcntl
import json
import os
import pty
import resource
import select
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path

import kith_identity
import pytest
from conftest import program
from kith_identity import IdentityFault
from test_interop import until

PASSPHRASE = "Rindfleisch étiquette 7 Überwachung"
OTHER = "ausgleich 4 hinterher mit zebra"
KILLS = 1_000


def handed_over(*lines: str) -> int:
    """A descriptor from which these lines can be read."""
    reading, writing = os.pipe()
    os.write(writing, "".join(line + "\n" for line in lines).encode())
    os.close(writing)
    return reading


def kith(home, *arguments, lines=None, new=None, code=0):
    """Runs `kith --json` to its end; its JSON. What must stay secret goes over descriptors."""
    handed, given = [], []
    for flag, texts in (("--passphrase-fd", lines), ("--new-passphrase-fd", new)):
        if texts is not None:
            handed.append(handed_over(*texts))
            given += [flag, str(handed[-1])]
    try:
        run = subprocess.run(
            [program("kith"), *arguments, *given, "--json", "--no-input", "--home", str(home)],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, pass_fds=handed)
    finally:
        for number in handed:
            os.close(number)
    assert run.returncode == code, (arguments, run.returncode, run.stdout, run.stderr)
    return json.loads(run.stdout)


def error(home, *arguments, code, **rest) -> str:
    return kith(home, *arguments, code=code, **rest)["error"]["code"]


@pytest.fixture
def home(tmp_path):
    path = tmp_path / "home"
    kith(path, "init", "--network", "local")
    return path


@pytest.fixture
def locked(home):
    """A home whose identity has a passphrase, at the least cost that is allowed."""
    seed = kith_identity.read((home / "identity.key").read_bytes()).seed
    (home / "identity.key").write_bytes(kith_identity.sealed(seed, PASSPHRASE.encode()))
    return home


class Node:
    """`kith run` on a home, with its output in a file."""

    def __init__(self, home, *arguments, handed=(), **rest):
        self.home, self.log = home, open(home.with_suffix(".log"), "w+")
        self.process = subprocess.Popen(
            [program("kith"), "run", "--bootstrap", "--network", "local", "--listen",
             "127.0.0.1:0", "--home", str(home), *arguments],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, pass_fds=handed, **rest)
        until(lambda: "kith-node:" in self.said(), 60, "the node")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.log.close()

    @property
    def proc(self) -> Path:
        return Path("/proc") / str(self.process.pid)

    def said(self) -> str:
        return Path(self.log.name).read_text()


def shown(proc: Path) -> bytes:
    """What everybody, or at least root, can see of a process."""
    seen = b""
    for name in ("cmdline", "environ"):
        try:
            seen += (proc / name).read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            pass  # it ended
        except PermissionError:
            assert name == "environ"  # nobody but root can look into it
    return seen


# The file


def test_both_implementations_read_what_the_other_wrote(home, tmp_path):
    made = kith_identity.read((home / "identity.key").read_bytes())
    assert not made.locked
    kith(home, "id", "passphrase", new=[PASSPHRASE])
    data = (home / "identity.key").read_bytes()
    assert kith_identity.read(data, PASSPHRASE.encode()).seed == made.seed
    with pytest.raises(IdentityFault):
        kith_identity.read(data, OTHER.encode())
    copy = tmp_path / "copy"
    copy.write_bytes(kith_identity.sealed(made.seed, OTHER.encode()))
    assert kith(home, "id", "import", str(copy), lines=[OTHER])["passphrase"] is True
    assert (home / "identity.key").read_bytes() == copy.read_bytes()


def test_a_damaged_file_is_one_clean_error(locked, tmp_path, dice):
    whole = (locked / "identity.key").read_bytes()
    copy = tmp_path / "copy"
    for length in [*dice.sample(range(len(whole)), 12), 0, len(whole) - 1]:
        copy.write_bytes(whole[:length])
        found = error(locked, "id", "import", str(copy), lines=[PASSPHRASE], code=8)
        assert found == "identity-damaged", length
    for offset in dice.sample(range(9), 4):  # the rest: IdentityFileTests, at a lower cost
        copy.write_bytes(whole[:offset] + bytes([whole[offset] ^ 0x80]) + whole[offset + 1:])
        found = error(locked, "id", "import", str(copy), lines=[PASSPHRASE], code=8)
        assert found in ("identity-foreign", "identity-newer", "identity-damaged"), offset
    for cost in ((1, 1 << 18), (11, 1 << 18), (3, 1 << 15), (3, 1 << 21)):
        copy.write_bytes(whole[:9] + b"".join(n.to_bytes(4, "big") for n in cost) + whole[17:])
        began = time.monotonic()
        found = error(locked, "id", "import", str(copy), lines=[PASSPHRASE], code=8)
        assert (found, time.monotonic() - began < 10) == ("identity-cost", True)
    assert (locked / "identity.key").read_bytes() == whole


def test_killed_at_any_moment_a_save_leaves_the_old_file_or_the_new_one(home, tmp_path, dice):
    identity, temporary = home / "identity.key", home / "identity.key.new"
    files = []
    for number in range(2):
        files.append(tmp_path / f"{number}.kith")
        files[-1].write_bytes(kith_identity.plain(dice.randbytes(32)))
    save = lambda file: subprocess.Popen(  # noqa: E731
        [program("kith"), "id", "import", str(file), "--force", "--home", str(home)],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    began = time.monotonic()
    for number in range(10):
        assert save(files[number % 2]).wait() == 0
    usual = (time.monotonic() - began) / 10
    counts = dict(old=0, new=0, half=0)
    reach = 0.003  # follows how fast the machine is now, so that about half of the kills are late
    for number in range(KILLS):
        before = identity.read_bytes()
        target = next(file for file in files if file.read_bytes() != before)
        process = save(target)
        if number % 4 == 0:
            until = time.monotonic() + dice.uniform(0, 1.2 * usual)
        else:
            # In the midst of it, where most of what can go wrong would.
            while not temporary.exists() and process.poll() is None:
                if identity.read_bytes() != before:
                    break
            until = time.monotonic() + dice.choice((0, dice.uniform(0, reach)))
        while time.monotonic() < until:
            pass
        process.send_signal(signal.SIGKILL)
        process.wait()
        after = identity.read_bytes()
        assert after in (before, target.read_bytes()), f"kill {number}: {after.hex()}"
        assert kith_identity.read(after).seed is not None
        counts["old" if after == before else "new"] += 1
        reach = min(1.0, reach * 1.1) if after == before else max(0.0005, reach / 1.3)
        counts["half"] += temporary.exists()
        if number % 50 == 0:
            kith(home, "id")
    print(f"{KILLS} kills: {counts}, {1000 * usual:.0f} ms for a save")
    assert min(counts.values()) >= KILLS // 50, counts
    assert save(files[0]).wait() == 0
    assert kith(home, "id")["passphrase"] is False
    assert sorted(p.name for p in home.iterdir() if p.name.startswith("identity")) == [
        "identity.key"]


# Passphrases


def test_a_passphrase_is_set_changed_and_removed(home):
    mine = kith(home, "id")["identity"]
    change = lambda *a, **k: kith(home, "id", "passphrase", *a, **k)  # noqa: E731
    assert change(new=[PASSPHRASE])["action"] == "set"
    assert error(home, "id", "passphrase", code=7) == "passphrase-needed"
    assert error(home, "id", "passphrase", lines=[OTHER], new=[OTHER], code=7) == (
        "identity-not-opened")
    assert error(home, "id", "passphrase", lines=[PASSPHRASE], new=["short"], code=8) == (
        "passphrase-short")
    assert error(home, "id", "passphrase", lines=["x" * 1025], code=8) == "passphrase-unusable"
    assert change(lines=[PASSPHRASE], new=[OTHER])["action"] == "changed"
    assert change("--remove", lines=[OTHER])["action"] == "removed"
    assert change("--remove")["action"] == "none"
    assert kith(home, "id")["identity"] == mine


def test_one_descriptor_can_carry_both_passphrases(home):
    kith(home, "id", "passphrase", new=[PASSPHRASE])
    reading = handed_over(PASSPHRASE, OTHER)
    run = subprocess.run(
        [program("kith"), "id", "passphrase", "--home", str(home), "--passphrase-fd",
         str(reading), "--new-passphrase-fd", str(reading)], pass_fds=[reading])
    os.close(reading)
    assert run.returncode == 0
    kith_identity.read((home / "identity.key").read_bytes(), OTHER.encode())


def test_a_descriptor_that_the_program_opened_itself_is_not_read(locked):
    for number in range(3, 9):
        run = subprocess.run(
            [program("kith"), "id", "passphrase", "--remove", "--json", "--home", str(locked),
             "--passphrase-fd", str(number)], capture_output=True, text=True)
        assert json.loads(run.stdout)["error"]["code"] == "passphrase-unreadable"


class OnTerminal:
    """A program with a terminal of its own."""

    def __init__(self, *arguments):
        self.master, slave = pty.openpty()
        self.output = b""
        self.process = subprocess.Popen(
            [program("kith"), *arguments], stdin=slave, stdout=slave, stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        self.slave = slave

    def read(self, wanted: str, seconds=60):
        deadline = time.monotonic() + seconds
        while wanted.encode() not in self.output:
            assert time.monotonic() < deadline, (wanted, self.output)
            if select.select([self.master], [], [], 0.1)[0]:
                self.output += os.read(self.master, 4096)
        before, _, self.output = self.output.partition(wanted.encode())
        return before

    def echoes(self) -> bool:
        return bool(termios.tcgetattr(self.slave)[3] & termios.ECHO)

    def answer(self, question: str, text: str):
        self.read(question)
        until(lambda: not self.echoes(), 10, "no echo")
        os.write(self.master, text.encode() + b"\n")

    def end(self) -> int:
        code = self.process.wait(60)
        while select.select([self.master], [], [], 0)[0]:
            self.output += os.read(self.master, 4096)
        assert self.echoes()
        os.close(self.master)
        os.close(self.slave)
        return code


def test_the_terminal_asks_twice_and_shows_nothing(home):
    terminal = OnTerminal("id", "passphrase", "--home", str(home))
    terminal.answer("New passphrase: ", PASSPHRASE)
    terminal.answer("The same again: ", PASSPHRASE)
    assert PASSPHRASE.encode() not in terminal.read("set the passphrase")
    assert terminal.end() == 0
    kith_identity.read((home / "identity.key").read_bytes(), PASSPHRASE.encode())

    terminal = OnTerminal("id", "passphrase", "--home", str(home))
    terminal.answer("Passphrase now: ", PASSPHRASE)
    terminal.answer("New passphrase: ", OTHER)
    terminal.answer("The same again: ", OTHER + "r")
    terminal.read("passphrase-mistyped")
    assert terminal.end() == 1
    kith_identity.read((home / "identity.key").read_bytes(), PASSPHRASE.encode())


@pytest.mark.parametrize("how", ["key", "signal"])
def test_a_terminal_that_is_left_while_asking_shows_again_what_is_typed(locked, how):
    terminal = OnTerminal("id", "passphrase", "--home", str(locked))
    terminal.read("Passphrase now: ")
    until(lambda: not terminal.echoes(), 10, "no echo")
    if how == "key":
        os.write(terminal.master, b"half a pass\x03")
    else:
        terminal.process.send_signal(signal.SIGTERM)
    assert terminal.end() == (130 if how == "key" else -signal.SIGTERM)


def test_nothing_of_a_passphrase_is_seen_from_outside(locked):
    needles = [PASSPHRASE.encode(), PASSPHRASE.encode().hex().encode()]
    reading = handed_over(PASSPHRASE)
    changing = handed_over(PASSPHRASE, OTHER)
    with Node(locked, "--passphrase-fd", str(reading), handed=[reading]) as node:
        assert kith(locked, "status", code=5)["locked"] is False
        seen = shown(node.proc)
        process = subprocess.Popen(
            [program("kith"), "id", "passphrase", "--home", str(locked), "--passphrase-fd",
             str(changing), "--new-passphrase-fd", str(changing)], pass_fds=[changing])
        while process.poll() is None:
            seen += shown(Path("/proc") / str(process.pid))
        assert process.returncode == 0
        assert b"passphrase-fd" in seen
        limits = (node.proc / "limits").read_text()
        assert "Max core file size        0                    0" in limits
        held = memory(node.proc)
        assert str(locked).encode() in held or os.geteuid() != 0
        seen += held
        node.process.terminate()
        node.process.wait()
        seen += node.said().encode()
    os.close(reading)
    os.close(changing)
    for path in locked.iterdir():
        seen += path.read_bytes() if path.is_file() else b""
    for needle in needles:
        assert needle not in seen


def memory(proc: Path) -> bytes:
    """All that a process has written to its memory, or nothing where even root may not look."""
    found = b""
    try:
        with open(proc / "mem", "rb", buffering=0) as memory:
            for line in (proc / "maps").read_text().splitlines():
                span, access = line.split()[:2]
                start, end = (int(n, 16) for n in span.split("-"))
                if access.startswith("rw") and end - start < 64 << 20:
                    memory.seek(start)
                    found += memory.read(end - start) or b""
    except PermissionError:
        assert os.geteuid() != 0
    return found


def test_a_crash_leaves_no_core(locked):
    def unlimited():
        resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))

    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    control = subprocess.Popen(
        [sys.executable, "-c", "import os; os.abort()"], cwd=locked, preexec_fn=unlimited)
    if not os.WCOREDUMP(os.waitpid(control.pid, 0)[1]):
        print("nothing dumps core on this machine; only the limit of ours is seen")
    control.returncode = 0
    reading = handed_over(PASSPHRASE)
    with Node(locked, "--passphrase-fd", str(reading), handed=[reading], cwd=locked,
              preexec_fn=unlimited) as node:
        for name in list(locked.glob("core*")):
            name.unlink()
        node.process.send_signal(signal.SIGABRT)
        status = os.waitpid(node.process.pid, 0)[1]
        node.process.returncode = -signal.SIGABRT
        assert os.WTERMSIG(status) == signal.SIGABRT and not os.WCOREDUMP(status)
        assert not list(locked.glob("core*"))
    os.close(reading)


# Locked nodes


def test_a_node_starts_locked_serves_and_publishes_after_unlock(locked):
    kith(locked, "profile", "set", "--name", "Ada Lovelace")
    with Node(locked) as node:
        assert "the identity is locked" in node.said()
        status = kith(locked, "status", code=5)
        assert status["locked"] is True
        assert status["identity"] == kith(locked, "id")["identity"]
        assert status["role"] == "full"
        assert error(locked, "publish", code=7) == "identity-locked"
        assert error(locked, "unpublish", code=7) == "identity-locked"
        assert error(locked, "unlock", code=7) == "passphrase-needed"
        assert error(locked, "unlock", lines=[OTHER], code=7) == "identity-not-opened"
        assert kith(locked, "status", code=5)["locked"] is True

        opened = kith(locked, "unlock", lines=[PASSPHRASE])
        assert opened == {"unlocked": True, "already": False}
        assert kith(locked, "unlock") == {"unlocked": True, "already": True}
        assert kith(locked, "status", code=5)["locked"] is False
        until(lambda: "the identity is open from now on" in node.said(), 10, "the notice")
        assert error(locked, "publish", code=5) == "no-peers"
        assert PASSPHRASE not in node.said()
        found = memory(node.proc)
        assert PASSPHRASE.encode() not in found
    assert error(locked, "unlock", lines=[PASSPHRASE], code=4) == "not-running"


def test_a_node_asks_on_its_terminal(locked):
    terminal = OnTerminal(
        "run", "--bootstrap", "--network", "local", "--listen", "127.0.0.1:0", "--home",
        str(locked))
    terminal.answer(f"Passphrase of {locked}: ", PASSPHRASE)
    terminal.read("kith-node:")
    assert kith(locked, "status", code=5)["locked"] is False
    terminal.process.terminate()
    assert terminal.end() == 0


def test_a_wrong_passphrase_keeps_a_node_from_starting(locked):
    reading = handed_over(OTHER)
    run = subprocess.run(
        [program("kith"), "run", "--network", "local", "--listen", "127.0.0.1:0", "--json",
         "--home", str(locked), "--passphrase-fd", str(reading)], pass_fds=[reading],
        stdout=subprocess.PIPE, text=True, timeout=60)
    os.close(reading)
    assert run.returncode == 7
    assert json.loads(run.stdout)["error"]["code"] == "identity-not-opened"


# Copies


def test_an_exported_identity_is_itself_again_somewhere_else(home, tmp_path):
    mine, copy, there = kith(home, "id"), tmp_path / "me.kith", tmp_path / "there"
    assert error(home, "id", "export", str(copy), code=7) == "passphrase-needed"
    kith(home, "id", "export", str(copy), new=[PASSPHRASE])
    assert copy.stat().st_mode & 0o777 == 0o600
    assert kith_identity.read(copy.read_bytes()).locked
    assert error(home, "id", "export", str(copy), new=[PASSPHRASE], code=1) == "file-exists"
    kith(home, "id", "export", str(copy), "--force", new=[OTHER])

    arguments = ("id", "import", str(copy), "--network", "local")
    assert error(there, *arguments, lines=[PASSPHRASE], code=7) == "identity-not-opened"
    assert not there.exists()
    kith(there, *arguments, lines=[OTHER])
    moved = kith(there, "id")
    assert (moved["identity"], moved["passphrase"]) == (mine["identity"], True)
    assert moved["node"] != mine["node"]


def test_a_damaged_or_lost_identity_is_restored_from_a_copy(locked, tmp_path):
    mine, identity, copy = kith(locked, "id"), locked / "identity.key", tmp_path / "me.kith"
    kith(locked, "id", "export", str(copy))
    assert copy.read_bytes() == identity.read_bytes()
    identity.write_bytes(copy.read_bytes()[:-1])
    assert error(locked, "id", code=8) == "identity-damaged"
    assert error(locked, "id", "import", str(copy), lines=[PASSPHRASE], code=8) == (
        "identity-damaged")
    kith(locked, "id", "import", str(copy), "--force", lines=[PASSPHRASE])
    assert kith(locked, "id") == mine
    identity.unlink()
    assert error(locked, "id", code=1) == "identity-missing"
    kith(locked, "id", "import", str(copy), lines=[PASSPHRASE])
    assert kith(locked, "id") == mine


def test_another_identity_is_replaced_only_when_that_is_asked_for(home, locked, tmp_path):
    copy = tmp_path / "other.kith"
    copy.write_bytes(kith_identity.sealed(bytes(range(32)), OTHER.encode()))
    before = (home / "identity.key").read_bytes()
    assert error(home, "id", "import", str(copy), lines=[OTHER], code=7) == "identity-other"
    with Node(home):
        assert error(home, "id", "import", str(copy), "--force", lines=[OTHER], code=1) == (
            "home-locked")
    assert (home / "identity.key").read_bytes() == before
    kith(home, "id", "import", str(copy), "--force", lines=[OTHER])
    assert (home / "identity.key").read_bytes() == copy.read_bytes()
