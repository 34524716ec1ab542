"""Full locations are split into shards: among Python nodes, whose bound can be set low."""

import pytest
from kith_node import *  # noqa: F403
from test_two_nodes import ring, until  # noqa: F401: a fixture

TODAY = lambda: now_ms() // DAY_MS  # noqa: E731


def publish(node, name, interests, tombstone=False, identity=None):
    """Publishes as somebody; the depths at which replicas took the entry of the first."""
    if identity is None:
        identity = Identity()
        node.placed = set()
    node.identity = identity
    node.publish(Profile(name, interests), tombstone=tombstone)
    return identity, [p[3] for p in sorted(node.placed) if p[1] == interest_token(interests[0])]


def test_who_comes_when_a_location_is_full_goes_deeper_and_is_found(ring):  # noqa: F811
    for node in ring:
        node.full_from = 3
    people = [publish(ring[0], "☆", ("chess", f"own {number}")) for number in range(8)]
    assert [depths for _, depths in people[:3]] == [[0]] * 3
    assert all(depths == [1] for _, depths in people[3:])
    found = ring[1].find_interests(["chess"])
    assert {author for _, author, _ in found} == {i.public for i, _ in people}

    gone, (depth,) = people[-1]
    ring[0].placed = {(INTEREST_ENTRY, "chess", TODAY(), depth)}
    publish(ring[0], "☆", ("chess", "own 7"), tombstone=True, identity=gone)
    found = ring[2].find_interests(["chess"])
    assert {author for _, author, _ in found} == {i.public for i, _ in people[:-1]}


def test_one_storer_alone_moves_nobody(ring):  # noqa: F811
    location = shared_location(INTEREST_ENTRY, "chess", TODAY())
    closest = min(ring[1:], key=lambda n: distance(n.key.id, location))
    closest.full_from = 0
    _, depths = publish(ring[0], "☆", ("chess",))
    assert depths == [0]
    assert not ring[0].is_full(location, ring[0].lookup(location, kind=FIND_RECORD))


def test_a_statement_of_somebody_else_or_about_elsewhere_is_not_believed(ring):  # noqa: F811
    location, now = bytes(32), now_ms()
    key = ring[1].key
    good = [now + FULL_MS, key.signer, key.sign(full_bytes(LOCAL, location, now + FULL_MS))]
    verify_full(LOCAL, key.public, location, good, now)
    for node, where, when in [
            (ring[2].key.public, location, now), (key.public, bytes(31) + b"\1", now),
            (key.public, location, now + FULL_MS), (key.public, location, now - FUTURE_MS - 1)]:
        with pytest.raises(WireError):
            verify_full(LOCAL, node, where, good, when)
