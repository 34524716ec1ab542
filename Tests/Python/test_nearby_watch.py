"""`kith nearby --watch`: who appears, changes address and vanishes, and how soon that is seen."""

import signal
import time

import pytest
from lan import *  # noqa: F403
from test_interop import until

SEEN, GONE = 5, 90  # seconds until somebody is seen, in a new place as well; until they are not


@pytest.fixture(scope="module", autouse=True)
def leaving(made_once, tmp_path_factory):
    """A network of their own, which three people have just left; Ada watches when that is seen.

    It takes most of a minute, in which the other tests here run. Gives her node, her watch, and
    when they left.
    """
    folder = tmp_path_factory.mktemp("leaving")
    ada, *others = made_once.copies(folder, "public", "ada", "bob", "cyd", "dee")
    with Lan() as lan:
        for friend in others:
            meet(ada, friend)
        hosts = [lan.host() for _ in range(4)]
        a, b, _, d = (Node(host, who.home) for host, who in zip(hosts, (ada, *others)))
        watch = a.watch()
        for friend in others:
            watch.wait(lambda o, n=friend.name: o["person"]["name"] == n
                       and o["person"]["confirmed"], 2 * SEEN, f"the node of {friend.name}")
        since = time.monotonic()
        b.end(signal.SIGKILL)
        lan.unplug(hosts[2])
        d.end()
        yield a, watch, since


@pytest.mark.parametrize("visible", ["contacts", "nodes", "everybody"])
def test_a_host_that_appears_is_seen_within_5_seconds(lan, people, visible):
    """A contact, a mere node, and somebody who is visible to everybody."""
    ada, bob = people("ada", "bob")
    if visible == "contacts":
        meet(ada, bob)
    bob.kith("profile", "set", "--name", "Bob")
    hosts = [lan.host(), lan.host()]
    a = Node(hosts[0], ada.home)
    # By now the first beacons, which come in short order, are over.
    a.wait(lambda o: o.get("event") == "alone", 15, "the first to be alone")
    watch = a.watch()
    capture = lan.capture()
    until(lambda: a.counters()["beaconsSent"] >= 8, 10, "the look around that a watch begins with")
    capture.settle(1.5)
    began = time.monotonic()
    b = Node(hosts[1], bob.home, "--visible", visible)
    moment, said = watch.wait(lambda o: o["event"] == "appeared", SEEN, "somebody to appear", began)
    print(f"seen {moment - began:.3f} s after the program started")
    assert said["person"]["name"] == (None if visible == "nodes" else "Bob")
    assert said["person"]["contact"] == (visible == "contacts")
    if visible == "contacts":
        # A greeting comes with it, and then the node answers in a session.
        moment, _ = watch.wait(lambda o: o["person"]["confirmed"], SEEN, "an answer", began)
        print(f"confirmed {moment - began:.3f} s after the program started")
    b.end()


@pytest.mark.parametrize("families", ["v4", "both"])
def test_a_host_that_changes_its_address_is_seen_at_the_new_one_within_5_seconds(
        lan, people, families):
    ada, bob = people("ada", "bob")
    meet(ada, bob)
    hosts = [lan.host(has_v6=families == "both") for _ in range(2)]
    a, b = Node(hosts[0], ada.home), Node(hosts[1], bob.home)
    watch = a.watch()
    watch.wait(about("appeared", "Bob"), SEEN + 2, "Bob to appear")
    since = time.monotonic()
    for new in (".102", ".103"):
        old, changed = hosts[1].v4, time.monotonic()
        hosts[1].change_address(f"192.168.54{new}/24")
        place = f"{hosts[1].v4}:{PORT}"
        found = until(
            lambda: next((p for p in a.nearby()["people"] if p["name"] == "Bob"
                          and place in p["addresses"] and p["confirmed"]), None),
            SEEN, f"Bob at {place}")
        print(f"confirmed at {place} {time.monotonic() - changed:.3f} s after the change")
        until(lambda: not any(old in place for p in a.nearby()["people"]
                              for place in p["addresses"]), SEEN, f"{old} to be forgotten")
        print(f"nobody at {old} any more after {time.monotonic() - changed:.3f} s")
        assert found["identity"] == bob.identity
        if families == "v4":
            moment, _ = watch.wait(
                about("changed", "Bob", address=place), SEEN, "the watch to say so", changed)
            print(f"the watch said so after {moment - changed:.3f} s")
    assert not watch.first(about("vanished", "Bob"), since), "nobody went"


def test_who_crashes_is_unplugged_or_leaves_is_seen_to_vanish_within_90_seconds(leaving):
    a, watch, since = leaving
    for name, how in (("Bob", "crashed"), ("Cyd", "was unplugged"), ("Dee", "left")):
        left = max(0.1, since + GONE - time.monotonic())
        moment, _ = watch.wait(about("vanished", name), left, f"{name} to vanish", since)
        print(f"{name}, who {how}, vanished after {moment - since:.1f} s")
        assert moment - since < GONE
        assert not watch.first(about("appeared", name), moment), "gone for good"
    assert rows(a.nearby(codes=(3,))) == []
