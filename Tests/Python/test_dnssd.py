"""The directory of the link (DNS-SD): what others' tools see of a node, and it of them.

Each host that needs one has a message bus and an Avahi daemon of its own, with their own files.
"""

import contextlib
import re
import signal
import subprocess
import time

import pytest
from lan import *  # noqa: F403
from test_interop import until

TYPE = "_kith._udp"
MDNS = 5353
ADDRESS_TTL, OTHER_TTL = 120, 4500  # seconds: RFC 6762 section 10
A, PTR, TXT, AAAA, SRV = 1, 12, 16, 28, 33
SOON = 8  # seconds: a name is probed for and announced within about two

BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={folder}/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="signal"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
  </policy>
</busconfig>
"""

DAEMON = """[server]
host-name={name}
use-ipv4=yes
use-ipv6=yes
allow-interfaces=eth0
disallow-other-stacks=no
[publish]
publish-hinfo=no
publish-workstation=no
[rlimits]
"""


class Directory:
    """A message bus on a host, and the Avahi daemon on it."""

    def __init__(self, host, folder, has_daemon=True):
        need("dbus-daemon", "avahi-daemon", "unshare")
        self.host, self.folder, self.daemon = host, folder, None
        folder.mkdir()
        (folder / "bus.conf").write_text(BUS.format(folder=folder))
        (folder / "avahi.conf").write_text(DAEMON.format(name=f"host-{host.number}"))
        self.environment = {
            **os.environ, "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={folder}/bus", "LANG": "C.UTF-8"}
        self.bus = host.start(
            "dbus-daemon", f"--config-file={folder}/bus.conf", "--nofork", "--nopidfile",
            stderr=open(folder / "bus.log", "w"))
        until(lambda: (folder / "bus").exists(), 5, "the message bus")
        if has_daemon:
            self.begin()

    def begin(self):
        """Starts the daemon, with a /run of its own, since its socket there has a fixed name."""
        log = open(self.folder / "avahi.log", "w")
        self.daemon = self.host.start(
            "unshare", "--mount", "sh", "-c",
            "mount -t tmpfs none /run && mkdir /run/avahi-daemon && exec avahi-daemon "
            f"--no-drop-root --no-chroot --no-rlimits -f {self.folder}/avahi.conf",
            env=self.environment, stdout=log, stderr=log)
        until(lambda: "Server startup complete" in (self.folder / "avahi.log").read_text(), 15,
              "the Avahi daemon")

    def end(self):
        """Ends the daemon; the bus stays."""
        self.daemon.terminate()
        self.daemon.wait(10)

    def node(self, person, *arguments):
        return Node(self.host, person.home, *arguments, env=self.environment)

    def browse(self) -> list[list[str]]:
        """What avahi-browse resolves: the fields of its lines."""
        need("avahi-browse")
        done = self.host.run("avahi-browse", "-rpt", TYPE, env=self.environment, timeout=20)
        assert done.returncode == 0, done.stderr
        return [line.split(";") for line in done.stdout.splitlines() if line.startswith("=")]


@pytest.fixture
def directory(tmp_path):
    """Gives a host a bus and a daemon."""
    return lambda host, **rest: Directory(host, tmp_path / f"directory-{host.number}", **rest)


@contextlib.contextmanager
def listening(host):
    """zeroconf on a host."""
    zeroconf = pytest.importorskip("zeroconf", reason="zeroconf is not installed")
    with host.entered():
        made = zeroconf.Zeroconf(interfaces=[host.v4])
    try:
        yield made
    finally:
        made.close()


def said(capture, host, name: str, after=0.0) -> list:
    """The records about a service that a host announced, with their moments."""
    zeroconf = pytest.importorskip("zeroconf", reason="zeroconf is not installed")
    found = []
    for packet in list(capture.packets):
        if (packet.source_port, packet.source) != (MDNS, host.v4) or packet.moment < after:
            continue
        message = zeroconf.DNSIncoming(packet.payload)
        if message.is_response():
            # What probes or answers for PTR names the service in the value.
            found += [
                (packet.moment, r) for r in message.answers()
                if r.name.startswith(name) or r.type == PTR and r.alias.startswith(name)
                or r.type in (A, AAAA)]
    return found


def published(node) -> str:
    """The name under which a node stands in the directory."""
    went = until(
        lambda: (m := medium(node.nearby(codes=(0, 3)), "dns-sd"))["state"] in ("ok", "empty")
        and re.search(r"kith-[0-9a-f]+", m["reason"] or "") and m, SOON, "the node to be published")
    return re.search(r"kith-[0-9a-f]+", went["reason"])[0]


@pytest.mark.parametrize("visible", ["nodes", "everybody"])
def test_avahi_browse_and_zeroconf_see_the_node(lan, people, directory, visible):
    hosts = [lan.host() for _ in range(3)]
    ada, = people("ada")
    ada.kith("profile", "set", "--name", "Ada Lovelace")
    there = directory(hosts[1])
    node = directory(hosts[0]).node(ada, "--visible", visible)
    name = published(node)
    expected = {"v": "1", "net": "kith"}
    if visible == "everybody":
        expected |= {"name": "Ada Lovelace", "id": ada.fingerprint}

    fields = until(lambda: [f for f in there.browse() if f[3] == name and f[2] == "IPv4"], SOON,
                   "avahi-browse to see it")[0]
    _, interface, _, _, kind, domain, host, address, port, texts = fields
    assert (interface, kind, domain, port) == ("eth0", TYPE, "local", str(PORT))
    assert (host, address) == ("host-1.local", hosts[0].v4)
    assert set(re.findall(r'"([^"]*)"', texts)) == {f"{k}={v}" for k, v in expected.items()}
    assert any(f[2] == "IPv6" and f[7] == hosts[0].v6 for f in there.browse())

    with listening(hosts[2]) as zeroconf:
        info = until(
            lambda: zeroconf.get_service_info(
                f"{TYPE}.local.", f"{name}.{TYPE}.local.", timeout=1000), SOON, "zeroconf")
        assert info.port == PORT and hosts[0].v4 in info.parsed_addresses()
        assert {k.decode(): v.decode() for k, v in info.properties.items()} == expected
    assert re.fullmatch(r"kith-[0-9a-f]{1,16}", name)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
def test_records_have_the_right_ttls_and_a_goodbye(lan, people, directory, how):
    pytest.importorskip("zeroconf", reason="zeroconf is not installed")
    hosts = [lan.host(), lan.host()]
    here, there = directory(hosts[0]), directory(hosts[1])
    capture = lan.capture()
    node = here.node(people("ada")[0])
    name = published(node)
    until(lambda: [f for f in there.browse() if f[3] == name], SOON, "it to be seen")
    until(lambda: {PTR, TXT, SRV, A} <= {r.type for _, r in said(capture, hosts[0], name)}, SOON,
          "its announcement")
    ttls = {}
    for _, record in said(capture, hosts[0], name):
        ttls.setdefault(record.type, set()).add(record.ttl)
    print(f"TTLs by type: {ttls}")
    for kind in (SRV, A, AAAA):
        assert ttls.get(kind, {ADDRESS_TTL}) == {ADDRESS_TTL}
    for kind in (PTR, TXT):
        assert ttls[kind] == {OTHER_TTL}

    since = time.monotonic()
    node.end(how)
    gone = until(
        lambda: [(m, r) for m, r in said(capture, hosts[0], name, since)
                 if r.ttl == 0 and r.type == PTR], SOON, "the goodbye")
    print(f"goodbye {gone[0][0] - since:.2f} s after it was {'killed' if how == 9 else 'stopped'}")
    until(lambda: not [f for f in there.browse() if f[3] == name], SOON, "it to be forgotten")


def test_every_start_has_another_name(lan, people, directory):
    here = directory(lan.host())
    ada, = people("ada")
    names = []
    for _ in range(2):
        node = here.node(ada)
        names.append(published(node))
        node.end()
    assert len(set(names)) == 2


def test_who_is_visible_to_contacts_is_not_in_the_directory_but_reads_it(lan, people, directory):
    hosts = [lan.host(), lan.host()]
    here, there = directory(hosts[0]), directory(hosts[1])
    ada, bob = people("ada", "bob")
    capture = lan.capture()
    a = here.node(ada, "--visible", "contacts")
    b = there.node(bob)
    name = published(b)
    until(lambda: medium(a.nearby(codes=(0, 3)), "dns-sd")["state"] == "ok", SOON,
          "the other in the directory")
    # Names of nodes, in whatever place of a message.
    names = {found.decode() for p in capture.packets if p.source == hosts[0].v4
             and MDNS == p.destination_port for found in re.findall(rb"kith-[0-9a-f]+", p.payload)}
    assert names <= {name}
    assert [f[3] for f in here.browse() if f[2] == "IPv4"] == [name]


def test_services_of_others_are_shown_and_asked(lan, people, directory):
    """One that zeroconf published, and one of avahi-publish; nobody answers at either."""
    zeroconf = pytest.importorskip("zeroconf", reason="zeroconf is not installed")
    need("avahi-publish")
    hosts = [lan.host() for _ in range(3)]
    here, there = directory(hosts[0]), directory(hosts[1])
    capture = lan.capture()
    node = here.node(people("ada")[0])
    publisher = hosts[1].start(
        "avahi-publish", "-s", "by avahi", TYPE, "6001", "v=1", "net=kith",
        env=there.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def shown(service: str) -> list[dict]:
        return rows(node.nearby(codes=(0, 3)), service=service)

    with listening(hosts[2]) as other:
        info = zeroconf.ServiceInfo(
            f"{TYPE}.local.", f"by zeroconf.{TYPE}.local.", port=6002, server="three.local.",
            properties={"v": "1", "net": "kith"}, parsed_addresses=[hosts[2].v4])
        other.register_service(info)
        for service, host, port in (("by avahi", hosts[1], 6001), ("by zeroconf", hosts[2], 6002)):
            found = until(lambda s=service: shown(s), SOON, service)
            at = {row["address"]: row for row in found}
            row = at[f"{host.v4}:{port}"]
            assert (row["medium"], row["confirmed"], row["name"]) == ("dns-sd", False, None)
            assert (row["interface"], row["contact"]) == ("eth0", False)
            until(lambda h=host, p=port: [
                q for q in capture.of(5, source=hosts[0].v4, to=h.v4) if q.destination_port == p],
                SOON, f"a beacon to {service}")
        assert medium(node.nearby(), "dns-sd")["state"] == "ok"
        text, _ = hosts[0].says(node.home, "nearby")
        assert re.search(r"by zeroconf +\S+ +- +dns-sd", text), text
        publisher.terminate()
        until(lambda: not shown("by avahi"), SOON, "what avahi-publish took back")
        other.unregister_service(info)
        until(lambda: not shown("by zeroconf"), SOON, "what zeroconf took back")


def test_a_service_of_another_network_is_left_out(lan, people, directory):
    need("avahi-publish")
    hosts = [lan.host(), lan.host()]
    here, there = directory(hosts[0]), directory(hosts[1])
    node = here.node(people("ada")[0])
    for name, network in (("foreign", "local"), ("own", "kith")):
        hosts[1].start(
            "avahi-publish", "-s", name, TYPE, "6001", "v=1", f"net={network}",
            env=there.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(lambda n=name: [f for f in here.browse() if f[3] == n], SOON, name)
    until(lambda: rows(node.nearby(codes=(0, 3)), service="own"), SOON, "the own network")
    assert not rows(node.nearby(), service="foreign")


def test_a_node_is_found_through_the_directory_where_its_group_is_dropped(lan, people, directory):
    ada, bob = people("ada", "bob")
    meet(ada, bob)
    hosts = [lan.host(has_v6=False), lan.host(has_v6=False)]
    lan.bridge.nft(f"""
        table bridge kith {{
            chain forward {{
                type filter hook forward priority 0
                ip daddr {V4_GROUP} drop
            }}
        }}
    """)
    a, _ = (directory(host).node(who) for host, who in zip(hosts, (ada, bob)))
    found = until(lambda: rows(a.nearby(codes=(0, 3)), name="Bob", confirmed=True), SOON, "Bob")[0]
    assert found["contact"] and a.joined() < 15
    assert found["medium"] in ("dns-sd", "asked"), "whoever looked first"


# Without a daemon


def lines_about(host, node, code=3) -> list[str]:
    text, _ = host.says(node.home, "nearby", code=code)
    return [line for line in text.splitlines() if line.startswith("dns-sd")]


def test_without_a_message_bus_one_line_says_so(lan, people, tmp_path):
    host, (ada,) = lan.host(), people("ada")
    node = Node(host, ada.home, env={
        **os.environ, "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={tmp_path}/none"})
    went = medium(node.nearby(codes=(3,)), "dns-sd")
    assert went["state"] == "unavailable" and went["hint"] and "bus" in went["reason"]
    line, = lines_about(host, node)
    assert went["reason"] in line


def test_without_a_daemon_one_line_says_so_and_one_that_comes_later_is_used(
        lan, people, directory):
    hosts = [lan.host(), lan.host()]
    there = directory(hosts[1])
    here = directory(hosts[0], has_daemon=False)
    node = here.node(people("ada")[0])
    went = until(lambda: (m := medium(node.nearby(codes=(3,)), "dns-sd"))["state"] == "unavailable"
                 and m, SOON, "a word about the daemon")
    assert went["reason"] == "avahi-daemon is not running" and "avahi-daemon" in went["hint"]
    line, = lines_about(hosts[0], node)
    assert went["reason"] in line

    for _ in range(2):
        here.begin()
        name = published(node)
        until(lambda n=name: [f for f in there.browse() if f[3] == n], SOON, "it to be seen")
        here.end()
        until(lambda: medium(node.nearby(codes=(3,)), "dns-sd")["state"] == "unavailable", SOON,
              "the daemon's end to be noticed")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGSTOP], ids=["ends", "hangs"])
def test_a_bus_that_ends_or_hangs_takes_no_node_with_it(lan, people, directory, how):
    there = directory(lan.host())
    node = there.node(people("ada")[0])
    published(node)
    there.bus.send_signal(how)
    if how == signal.SIGTERM:
        went = until(
            lambda: (m := medium(node.nearby(codes=(3,)), "dns-sd"))["state"] == "unavailable"
            and m, SOON, "the end of the bus to be noticed")
        assert "bus" in went["reason"]
    # It goes on, and ends when it is told to, whatever the bus does.
    assert node.nearby(codes=(3,))["people"] == []
    began = time.monotonic()
    node.end()
    assert time.monotonic() - began < 6
    there.bus.send_signal(signal.SIGCONT)
