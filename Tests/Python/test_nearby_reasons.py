"""Why `kith nearby` finds nobody, medium by medium, and what it says to try."""

import pytest
from lan import *  # noqa: F403


def test_without_an_adapter_that_is_said(lan, people):
    host = lan.host(is_connected=False)
    node = Node(host, people("ada")[0].home)
    answer = node.nearby(codes=(1, 3))
    assert "media" in answer, answer
    went = medium(answer, "multicast")
    assert went["state"] == "unavailable" and went["hint"]
    assert "no network adapter" in went["reason"]
    text, _ = host.says(node.home, "nearby", code=3)
    assert went["reason"] in " ".join(text.split())


def test_an_interface_that_leads_to_one_machine_is_left_out_and_that_is_said(lan, people):
    host = lan.host(is_connected=False)
    made = host.run("ip", "tuntap", "add", "mode", "tun", "name", "tun0")
    if made.returncode != 0:
        pytest.skip(f"tunnels cannot be made here: {made.stderr.strip()}")
    host.ip("addr add 10.8.0.1/24 dev tun0", "link set tun0 up")
    node = Node(host, people("ada")[0].home)
    answer = node.nearby(codes=(1, 3))
    assert V4_GROUP not in host.run("ip", "maddr", "show", "dev", "tun0").stdout
    assert "media" in answer, answer
    assert "tun0" in medium(answer, "multicast")["reason"]


def test_without_multicast_on_an_interface_that_is_said(lan, people):
    host = lan.host()
    host.ip("link set eth0 multicast off")
    node = Node(host, people("ada")[0].home)
    went = medium(node.nearby(codes=(3,)), "multicast", network="192.168.54.0/24")
    assert (went["state"], went["found"]) == ("failed", 0)
    assert "multicast" in went["reason"] and "multicast on" in went["hint"]


def test_without_a_node_that_is_said(lan, people):
    error = lan.host().kith(people("ada")[0].home, "nearby", code=4)["error"]
    assert error["code"] == "not-running" and "kith run" in error["hint"]


def test_without_a_multicast_route_that_is_said(lan, people):
    """Of IPv6: for IPv4 Linux takes the interface that a datagram names, route or not."""
    host = lan.host(v4=None)
    host.ip("route del ff00::/8 dev eth0 table local")
    node = Node(host, people("ada")[0].home)
    went = medium(node.nearby(codes=(3,)), "multicast", interface="eth0")
    assert went["state"] == "failed" and "no route for multicast" in went["reason"]
    assert "ip -6 route add" in went["hint"] or "ip route add" in went["hint"]
    # What is told to try helps.
    command = went["hint"].partition(": ")[2]
    assert host.run(*command.split()).returncode == 0, command
    assert medium(node.nearby(codes=(3,)), "multicast", interface="eth0")["state"] == "empty"


def test_an_own_firewall_is_named(lan, people):
    host = lan.host(has_v6=False)
    host.nft(f"""
        table inet kith {{
            chain output {{
                type filter hook output priority 0
                ip daddr {V4_GROUP} drop
            }}
        }}
    """)
    node = Node(host, people("ada")[0].home)
    went = medium(node.nearby(codes=(3,)), "multicast")
    assert went["state"] == "failed" and "firewall" in went["reason"]
    assert V4_GROUP in went["hint"]
    text, _ = host.says(node.home, "nearby", code=3)
    assert went["reason"] in text and went["hint"] in " ".join(text.split())
    host.allow_all()
    assert medium(node.nearby(codes=(3,)), "multicast")["state"] == "empty"


def firewall(verdict: str) -> str:
    return f"""
        table inet kith {{
            chain input {{
                type filter hook input priority 0
                udp dport {PORT} {verdict}
            }}
        }}
    """


@pytest.mark.parametrize("family", ["v4", "v6"])
def test_by_hand_it_is_said_why_nobody_answers(lan, people, family):
    host, closed, rejecting, dropping = (lan.host() for _ in range(4))
    rejecting.nft(firewall("reject with icmpx admin-prohibited"))
    dropping.nft(firewall("drop"))
    node = Node(host, people("ada")[0].home)
    others = (closed, rejecting, dropping)
    if family == "v4":
        typed = [*(other.v4 for other in others), "192.168.54.99"]
    else:
        typed = [*(f"{other.v6}%eth0" for other in others), "fe80::99%eth0"]
    answer = node.nearby(*typed, codes=(3,))
    went = [m for m in answer["media"] if m["medium"] == "by-hand"]
    said = [m["reason"] for m in went]
    print(said)
    for word, reason in zip(
            ("no program listens", "firewall", "nothing came back", "no host has this address"),
            said):
        assert word in reason
    assert {m["state"] for m in went} == {"empty"} and all(m["hint"] for m in went)


def test_by_hand_a_node_is_found_at_an_address_and_at_another_port(lan, people):
    ada, bob, cyd = people("ada", "bob", "cyd")
    hosts = [lan.host() for _ in range(3)]
    lan.drop_multicast()
    a, _ = Node(hosts[0], ada.home), Node(hosts[1], bob.home)
    Node(hosts[2], cyd.home, "--listen", "0.0.0.0:6000", "--listen", "[::]:6000")
    typed = [hosts[1].v4, f"{hosts[2].v4}:6000", f"[{hosts[2].v6}%eth0]:6000"]
    answer = a.nearby(*typed)
    assert [m["state"] for m in answer["media"] if m["medium"] == "by-hand"] == ["ok"] * 3
    assert {p["medium"] for p in answer["people"]} == {"by-hand"}
    assert len(answer["people"]) == 2
    assert a.nearby("no.address", codes=(8,))["error"]["code"] == "invalid-address"
