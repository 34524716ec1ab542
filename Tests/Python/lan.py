"""Local networks to test on: hosts in network namespaces, beside each other on a bridge.

Nothing here touches an interface of the machine itself: every packet stays in namespaces that a
`Lan` made, and that go with it.
"""

import contextlib
import ctypes
import ipaddress
import itertools
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import kith_identity
import pytest
from conftest import program
from test_interop import until

V4_GROUP, V6_GROUP, PORT = "239.255.54.84", "ff12::5484", 5484
CLONE_NEWNET = 0x4000_0000
ETH_P_ALL = 3
MADE = itertools.count()
LIBC = ctypes.CDLL(None, use_errno=True)
os.environ["PATH"] += ":/usr/sbin:/sbin"  # where not even every root looks


def need(*programs: str):
    """Skips, with the reason, where this cannot be tested."""
    if os.geteuid() != 0:
        pytest.skip("only root may make network namespaces")
    for name in ("ip", *programs):
        if not shutil.which(name):
            pytest.skip(f"{name} is not installed; run: Tools/install tests")


def run(*command: str, given: str | None = None) -> str:
    """Runs a command that has to work; what it prints."""
    done = subprocess.run(command, input=given, capture_output=True, text=True)
    assert done.returncode == 0, (command, given, done.stdout, done.stderr)
    return done.stdout


class Namespace:
    """A network namespace, and the processes that were started in it."""

    def __init__(self, name: str):
        self.name, self.processes = name, []
        done = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True)
        if done.returncode != 0:
            pytest.skip(f"network namespaces cannot be made here: {done.stderr.strip()}")
        try:
            self.ip("link set lo up")
            # Addresses are good at once, and nothing but the tests' own packets is on the link.
            for key in ("accept_dad", "dad_transmits", "router_solicitations"):
                self.set(f"ipv6/conf/default/{key}", 0)
        except BaseException:
            self.close()
            raise

    @contextlib.contextmanager
    def entered(self):
        """This thread, and what it starts or opens meanwhile, is in the namespace."""
        with open(f"/run/netns/{self.name}") as there, open("/proc/thread-self/ns/net") as here:
            enter(there.fileno())
            try:
                yield
            finally:
                enter(here.fileno())

    def ip(self, *lines: str):
        """Commands of ip(8), one a line."""
        run("ip", "-n", self.name, "-batch", "-", given="\n".join(lines) + "\n")

    def nft(self, rules: str):
        """Adds rules of nft(8)."""
        need("nft")
        with self.entered():
            run("nft", "-f", "-", given=rules)

    def allow_all(self):
        """Takes all rules away."""
        self.nft("flush ruleset\n")

    def set(self, key: str, value):
        """Sets a sysctl below net/."""
        with self.entered():
            Path("/proc/sys/net", key).write_text(str(value))

    def socket(self, family=socket.AF_INET, kind=socket.SOCK_DGRAM, protocol=0) -> socket.socket:
        """A socket that stays in the namespace."""
        with self.entered():
            return socket.socket(family, kind, protocol)

    def start(self, *command: str, **rest) -> subprocess.Popen:
        """Starts a program in the namespace; it ends with it."""
        rest = {"stdin": subprocess.DEVNULL, "text": True, **rest}
        with self.entered():
            process = subprocess.Popen(command, **rest)
        self.processes.append(process)
        return process

    def run(self, *command: str, **rest) -> subprocess.CompletedProcess:
        """Runs a program in the namespace to its end."""
        rest = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True,
                "timeout": 60, **rest}
        with self.entered():
            return subprocess.run(command, **rest)

    def terminate(self):
        """Tells the programs that were started here to end."""
        for process in self.processes:
            if process.poll() is None:
                process.terminate()

    def close(self):
        self.terminate()
        for process in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            for pipe in (process.stdout, process.stderr):
                if pipe:
                    pipe.close()
        subprocess.run(["ip", "netns", "del", self.name], capture_output=True)


def enter(descriptor: int):
    if LIBC.setns(descriptor, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


class Host(Namespace):
    """A machine on the bridge: `eth0` has one IPv4 address and a link-local one, if any."""

    def __init__(self, name: str, number: int):
        super().__init__(name)
        self.number, self.v4 = number, None

    @property
    def v6(self) -> str:
        """The link-local address of eth0."""
        for line in self.run("ip", "-6", "-o", "addr", "show", "dev", "eth0", "scope",
                             "link").stdout.splitlines():
            return line.split()[3].partition("/")[0]
        raise AssertionError("no link-local address")

    @property
    def mac(self) -> str:
        """The hardware address of eth0."""
        return f"02:00:00:00:00:{self.number:02x}"

    def index(self, interface="eth0") -> int:
        """The kernel's number of an interface."""
        with self.entered():
            return socket.if_nametoindex(interface)

    def change_address(self, address: str, interface="eth0"):
        """Takes the old IPv4 address away and gives a new one, with its prefix."""
        self.ip(f"addr flush dev {interface} scope global",
                f"addr add {address} dev {interface} brd +")
        self.v4 = address.partition("/")[0]

    def udp(self, family=socket.AF_INET, port=0) -> socket.socket:
        """A UDP socket on this host."""
        made = self.socket(family)
        made.bind(("::" if family == socket.AF_INET6 else "0.0.0.0", port))
        made.settimeout(0.2)
        return made

    def kith(self, home, *arguments, code=0, **rest):
        """Runs `kith --json` here; its JSON."""
        done = self.run(
            program("kith"), *arguments, "--json", "--no-input", "--home", str(home), **rest)
        assert done.returncode == code, (arguments, done.returncode, done.stdout, done.stderr)
        return json.loads(done.stdout) if done.stdout.strip() else None

    def says(self, home, *arguments, code=0) -> tuple[str, str]:
        """What a command prints for people, on both streams."""
        done = self.run(
            program("kith"), *arguments, "--no-input", "--home", str(home))
        assert done.returncode == code, (arguments, done.returncode, done.stdout, done.stderr)
        return done.stdout, done.stderr


class Lines:
    """A program whose lines of JSON are read as they come, each with its moment."""

    def __init__(self, host: Namespace, *command: str, log=None, **rest):
        self.host, self.read = host, []
        self.started = time.monotonic()
        self.errors = open(log, "w+") if log else None
        self.process = host.start(
            *command, stdout=subprocess.PIPE, stderr=self.errors or subprocess.DEVNULL, **rest)
        self.reader = threading.Thread(target=self.follow, daemon=True)
        self.reader.start()

    def follow(self):
        with contextlib.suppress(ValueError):  # closed meanwhile
            for line in self.process.stdout:
                moment = time.monotonic()
                if line.startswith("{"):
                    self.read.append((moment, json.loads(line)))

    def first(self, fits, after=0.0):
        """Moment and object of the first line that fits; None while there is none."""
        return next(((m, o) for m, o in list(self.read) if m >= after and fits(o)), None)

    def wait(self, fits, seconds: float, what: str, after=0.0):
        """The same, waited for."""
        try:
            return until(lambda: self.first(fits, after), seconds, what)
        except AssertionError as fault:
            raise AssertionError(f"{fault}; read: {[o for _, o in self.read[-5:]]}") from None

    def end(self, how=signal.SIGTERM):
        """Ends the program, and waits for that."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.reader.join(5)
        if self.errors:
            self.errors.close()
            self.errors = None


class Node(Lines):
    """`kith run` on a host."""

    def __init__(self, host: Host, home, *arguments: str, network="public", through=(), **rest):
        self.home = Path(home)
        super().__init__(
            host, *through, program("kith"), "run", "--json", "--no-input", "--network", network,
            "--home", str(home), *arguments, log=self.home.with_suffix(".log"), **rest)
        until(lambda: (self.home / "control.sock").exists() or self.process.poll() is not None, 30,
              "the node to start")
        assert self.process.poll() is None, (
            self.process.returncode, self.read, self.home.with_suffix(".log").read_text())

    def joined(self, seconds=10) -> float:
        """Seconds from its start until it joined."""
        return self.wait(
            lambda o: o.get("event") == "joined", seconds, "the node to join")[0] - self.started

    def kith(self, *arguments, code=0, **rest):
        return self.host.kith(self.home, *arguments, code=code, **rest)

    def nearby(self, *arguments, codes=(0, 3), **rest) -> dict:
        """What `kith nearby --json` answers."""
        done = self.host.run(
            program("kith"), "nearby", *arguments, "--json", "--no-input", "--home",
            str(self.home), **rest)
        assert done.returncode in codes, (arguments, done.returncode, done.stdout, done.stderr)
        return json.loads(done.stdout)

    def counters(self) -> dict:
        """What the node counted since it started."""
        done = self.host.run(program("kith"), "status", "--json", "--home", str(self.home))
        return json.loads(done.stdout)["counters"]

    def watch(self) -> Lines:
        """`kith nearby --watch` beside it."""
        return Lines(
            self.host, program("kith"), "nearby", "--watch", "--json", "--home", str(self.home),
            log=self.home.with_suffix(".watch"))


@dataclass(frozen=True)
class Packet:
    """A UDP datagram as a host put it on the link."""

    moment: float
    port: str  # of the bridge: which host sent it, whatever address it claims
    source: str
    destination: str
    source_port: int
    destination_port: int
    hops: int
    payload: bytes

    @property
    def kind(self) -> int:
        """Which Kith message it is, if any."""
        known = len(self.payload) > 36 and self.payload[1:4] == b"\x01\0\0"
        return self.payload[0] if known else 0

    @property
    def is_to_group(self) -> bool:
        return self.destination in (V4_GROUP, V6_GROUP)


def packet_of(frame: bytes, moment: float, port: str) -> Packet | None:
    """What an Ethernet frame carries; None for other protocols."""
    kind, = struct.unpack_from(">H", frame, 12)
    if kind == 0x0800:
        header = (frame[14] & 15) * 4
        protocol, hops, at = frame[23], frame[22], 14 + header
        source, destination = frame[26:30], frame[30:34]
        end = 14 + struct.unpack_from(">H", frame, 16)[0]
    elif kind == 0x86DD:
        protocol, hops, at = frame[20], frame[21], 54
        source, destination = frame[22:38], frame[38:54]
        end = 54 + struct.unpack_from(">H", frame, 18)[0]
    else:
        return None
    if protocol != socket.IPPROTO_UDP:
        return None
    ports = struct.unpack_from(">HH", frame, at)
    return Packet(moment, port, str(ipaddress.ip_address(source)),
                  str(ipaddress.ip_address(destination)), *ports, hops, frame[at + 8:end])


class Capture:
    """All datagrams that hosts put on the bridge while it is open."""

    ROOM = 64 << 20  # bytes: a flood is not to be read as it comes

    def __init__(self, bridge: Namespace):
        self.packets, self.running = [], True
        self.socket = bridge.socket(
            socket.AF_PACKET, socket.SOCK_RAW, socket.ntohs(ETH_P_ALL))
        self.socket.setsockopt(socket.SOL_SOCKET, 33, self.ROOM)  # SO_RCVBUFFORCE
        self.socket.settimeout(0.1)
        self.reader = threading.Thread(target=self.follow, daemon=True)
        self.reader.start()

    def follow(self):
        while self.running:
            try:
                frame, (port, _, direction, *_) = self.socket.recvfrom(65_535)
            except TimeoutError:
                continue
            # What the bridge sends on is the same again; what is for itself as well.
            if direction == socket.PACKET_OUTGOING or not port.startswith("p"):
                continue
            with contextlib.suppress(struct.error):  # a fragment, or no packet at all
                if found := packet_of(frame, time.monotonic(), port):
                    self.packets.append(found)

    def of(self, *kinds: int, port=None, source=None, to=None, after=0.0) -> list[Packet]:
        """Kith messages of these kinds, sent by a host or from an address, or to one."""
        return [
            p for p in list(self.packets)
            if p.kind and (not kinds or p.kind in kinds) and (port is None or p.port == port)
            and (source is None or p.source == source) and (to is None or p.destination == to)
            and p.moment >= after]

    def settle(self, seconds=0.3):
        """Returns when all that was sent until now was read: nothing came for a moment."""
        count, since = len(self.packets), time.monotonic()
        deadline = since + 10

        def quiet():
            nonlocal count, since
            if len(self.packets) != count:
                count, since = len(self.packets), time.monotonic()
            return time.monotonic() - since >= seconds or time.monotonic() >= deadline

        until(quiet, 11, "quiet on the link")

    def close(self):
        self.running = False
        self.reader.join()
        self.socket.close()


class Lan:
    """A bridge, and hosts on it: 192.168.54.1, .2 and so on, of a /24."""

    def __init__(self):
        need()
        self.prefix = f"kith-{os.getpid()}-{next(MADE)}"
        self.hosts, self.captures, self.everything = [], [], []
        self.bridge = self.made(Namespace(f"{self.prefix}-b"))
        try:
            self.bridge.ip("link add br0 type bridge mcast_snooping 0", "link set br0 up")
        except AssertionError as fault:
            self.close()
            pytest.skip(f"bridges cannot be made here: {fault}")
        except BaseException:
            self.close()
            raise

    def made(self, namespace):
        self.everything.append(namespace)
        return namespace

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def host(self, v4="192.168.54.{}/24", has_v6=True, is_connected=True) -> Host:
        """Another machine; `v4` is None for none, `{}` in it is the number of the host."""
        number = len(self.hosts) + 1
        host = self.made(Host(f"{self.prefix}-{number}", number))
        self.hosts.append(host)
        if not has_v6:
            host.set("ipv6/conf/all/disable_ipv6", 1)
            host.set("ipv6/conf/default/disable_ipv6", 1)
        if is_connected:
            self.plug(host, v4=v4)
        return host

    def plug(self, host: Host, interface="eth0", v4="192.168.54.{}/24"):
        """Gives a host an interface on the bridge."""
        port = self.port(host, interface)
        self.bridge.ip(
            f"link add {port} type veth peer name {interface} netns {host.name}",
            f"link set {port} master br0 up")
        lines = [f"link set {interface} up"]
        if interface == "eth0":
            lines.insert(0, f"link set eth0 address {host.mac}")
        if v4:
            host.v4, _, prefix = v4.format(host.number).partition("/")
            # Addresses before the link is up: whoever looks sees all at once.
            lines.insert(0, f"addr add {host.v4}/{prefix} dev {interface} brd +")
        host.ip(*lines)

    def unplug(self, host: Host, interface="eth0"):
        """Takes an interface away."""
        self.bridge.ip(f"link del {self.port(host, interface)}")

    def introduce(self):
        """Every host knows for good which hardware address each other has.

        What hosts learn is in one table of the kernel for all namespaces, where fifty hosts find no
        room (gc_thresh3 of arp(7), 1,024): then nothing leaves them any more, not even to groups.
        """
        for host in self.hosts:
            others = [other for other in self.hosts if other is not host]
            host.ip(*(
                f"neigh add {address} lladdr {other.mac} dev eth0 nud permanent"
                for other in others
                for address in (other.v4, f"fe80::ff:fe00:{other.number:x}")))

    @staticmethod
    def port(host: Host, interface="eth0") -> str:
        """What the bridge calls the port of a host."""
        return f"p{host.number}-{interface}"

    def behind_a_router(self) -> Host:
        """A host on 10.54.0.0/24, which a router joins to the bridge; all know the way."""
        router = self.host("192.168.54.254/24")
        far = self.host(is_connected=False)
        router.ip(f"link add far type veth peer name eth0 netns {far.name}",
                  "addr add 10.54.0.254/24 dev far", "link set far up")
        router.set("ipv4/ip_forward", 1)
        far.v4 = "10.54.0.2"
        far.ip("addr add 10.54.0.2/24 dev eth0", "link set eth0 up",
               "route add default via 10.54.0.254")
        for host in self.hosts:
            if host not in (router, far):
                host.ip("route add default via 192.168.54.254")
        return far

    def drop_multicast(self):
        """The bridge passes on nothing that is for a group, except what IPv6 resolves with."""
        self.bridge.nft(f"""
            table bridge kith {{
                chain forward {{
                    type filter hook forward priority 0
                    ip daddr 224.0.0.0/4 drop
                    ip6 daddr {V6_GROUP} drop
                }}
            }}
        """)

    def capture(self) -> Capture:
        self.captures.append(Capture(self.bridge))
        return self.captures[-1]

    def close(self):
        for capture in self.captures:
            capture.close()
        for namespace in self.everything:
            namespace.terminate()
        for namespace in reversed(self.everything):
            namespace.close()


def group_mac(group: str) -> bytes:
    address = ipaddress.ip_address(group).packed
    if len(address) == 16:
        return b"\x33\x33" + address[-4:]
    return bytes([1, 0, 0x5E, address[1] & 127, *address[2:]])


def forged(source: str, destination: str, payload: bytes, hops=1, source_port=PORT) -> bytes:
    """An Ethernet frame to a group, or to everybody's ears, from whatever address."""
    inside = ipaddress.ip_address(destination)
    to = group_mac(destination) if inside.is_multicast else b"\xff" * 6
    udp = struct.pack(">HHHH", source_port, PORT, 8 + len(payload), 0) + payload
    head = struct.pack(
        ">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, hops, socket.IPPROTO_UDP, 0,
        ipaddress.ip_address(source).packed, inside.packed)
    total = sum(struct.unpack(">10H", head))
    total = (total & 0xFFFF) + (total >> 16)
    head = head[:10] + struct.pack(">H", ~(total + (total >> 16)) & 0xFFFF) + head[12:]
    return to + b"\x02\0\0\0\x54\x54" + b"\x08\0" + head + udp


# ---- Fixtures: import them by name or with everything else ----


@dataclass
class Person:
    """Somebody with a home of their own."""

    name: str
    home: Path
    identity: str
    fingerprint: str
    uri: str

    @property
    def seed(self) -> bytes:
        return kith_identity.read((self.home / "identity.key").read_bytes()).seed

    def kith(self, *arguments, code=0):
        """Runs `kith --json` on the home, with no node or with a running one."""
        done = subprocess.run(
            [program("kith"), *arguments, "--json", "--no-input", "--home", str(self.home)],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        assert done.returncode == code, (arguments, done.returncode, done.stdout, done.stderr)
        return json.loads(done.stdout) if done.stdout.strip() else None


def meet(one: Person, other: Person):
    """The two take each other among their contacts."""
    one.kith("contacts", "add", other.uri, "--name", other.name)
    other.kith("contacts", "add", one.uri, "--name", one.name)


class People:
    """Homes that were made once, since the proof of work takes a second; tests get copies."""

    def __init__(self, folder: Path):
        self.folder, self.made = folder, {}

    def copies(self, folder: Path, network: str, *names: str) -> list[Person]:
        made = self.made.setdefault(network, [])
        while len(made) < len(names):
            path = self.folder / f"{network}-{len(made)}"
            made.append((path, run(
                program("kith"), "init", "--network", network, "--json", "--home", str(path))))
        people = []
        for name, (path, said) in zip(names, made):
            said = json.loads(said)
            shutil.copytree(path, folder / name)
            people.append(Person(
                name.title(), folder / name, said["identity"], said["fingerprint"], said["uri"]))
        return people


@pytest.fixture(scope="module")
def made_once(tmp_path_factory):
    need()
    return People(tmp_path_factory.mktemp("people"))


@pytest.fixture
def people(made_once, tmp_path):
    """Makes so many people as names are given, each with a home; strangers to each other."""
    return lambda *names, network="public": made_once.copies(tmp_path, network, *names)


@pytest.fixture
def lan():
    with Lan() as made:
        yield made


def rows(answer: dict, **wanted) -> list[dict]:
    """Who is in an answer of `kith nearby` with these values."""
    return [p for p in answer["people"] if all(p[key] == value for key, value in wanted.items())]


def medium(answer: dict, name: str, **wanted) -> dict:
    """How a medium went."""
    found = [m for m in answer["media"] if m["medium"] == name
             and all(m[key] == value for key, value in wanted.items())]
    assert found, f"nothing about {name} {wanted} in {answer['media']}"
    return found[0]


def about(event: str, name: str, **wanted):
    """Whether a line of a watch says this of somebody, with these values."""
    return lambda said: said["event"] == event and said["person"]["name"] == name and all(
        said["person"][key] == value for key, value in wanted.items())
