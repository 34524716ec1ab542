"""Who is not there any more is shown no more.

That takes a minute of waiting; so it has a file of its own, beside which others run.
"""

import signal
import time

from lan import *  # noqa: F403

SEEN, GONE = 5, 90  # seconds until somebody is seen, and until they are not


def test_who_crashes_is_unplugged_or_leaves_is_seen_to_vanish_within_90_seconds(lan, people):
    ada, bob, cyd, dee = people("ada", "bob", "cyd", "dee")
    for friend in (bob, cyd, dee):
        meet(ada, friend)
    hosts = [lan.host() for _ in range(4)]
    a, b, c, d = (Node(h, w.home) for h, w in zip(hosts, (ada, bob, cyd, dee)))
    watch = a.watch()
    for name in ("Bob", "Cyd", "Dee"):
        watch.wait(about("appeared", name), SEEN + 2, f"{name} to appear")
        watch.wait(lambda o, n=name: o["person"]["name"] == n and o["person"]["confirmed"],
                   SEEN, f"the node of {name}")
    began = time.monotonic()
    b.end(signal.SIGKILL)
    lan.unplug(hosts[2])
    d.end()
    for name, how in (("Bob", "crashed"), ("Cyd", "was unplugged"), ("Dee", "left")):
        moment, _ = watch.wait(
            about("vanished", name), began + GONE - time.monotonic(), f"{name} to vanish", began)
        print(f"{name}, who {how}, vanished after {moment - began:.1f} s")
    assert rows(a.nearby(codes=(3,))) == []
