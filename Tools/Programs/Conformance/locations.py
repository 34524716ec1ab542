"""A shared location that fills and empties again: Specs/Records.md, Full locations."""

import time

from client import Broken, Skip, expect
from kith_wire import Identity, WireError, now_ms, verify_full
from records import entry, expect_stored, held, location_of, session, signed
from suite import must, once

FULL_FROM, FULL_UNTIL = 192, 128  # 75 % and 50 % of the 256 records that a location holds
TOMBSTONES = 12  # of the records that fill it
FULL = 9  # the key in RECORDS


class Filled:
    """One location with 192 records, of which 65 go soon; several tests look at what it said."""

    made = None

    @staticmethod
    def of(target) -> "Filled":
        return once(Filled, target)

    def __init__(self, target):
        if not target.network.is_local:
            raise Skip("one address may store 8 records at a location there")
        self.channel = session(target)
        for keep in (2, 8):  # seconds: enough for 65 STOREs on an idle machine, on a busy one
            self.fill(target, crowd(target), keep)
            if self.page[8] == FULL_FROM:
                self.watch(keep + 5)
                return
        raise Skip(f"storing {FULL_FROM - FULL_UNTIL} records takes longer than {keep} s")

    def fill(self, target, records: list, keep: int):
        self.place = location_of(records[0])
        self.empty = held(self.channel, self.place)
        if 7 not in self.empty:
            raise Skip("the node has no room for a new record now: it gave no token")
        token = self.empty[7]
        for number, record in enumerate(records):
            if number == FULL_FROM - 1:
                self.before = held(self.channel, self.place)
            stays = None if number < FULL_UNTIL - 1 else keep + (number == FULL_FROM - 1)
            expect_stored(self.channel, record, token, stays)
        self.full = held(self.channel, self.place)
        self.again = held(self.channel, self.place)
        self.page = held(self.channel, self.place, _4=1)

    def watch(self, seconds: float):
        """Looks on until fewer than half are left; what was said with how many."""
        self.said, deadline = [], time.monotonic() + seconds
        while not self.said or self.said[-1][0] >= FULL_UNTIL:
            if time.monotonic() > deadline:
                raise Broken("copies for a time do not go")
            reply = held(self.channel, self.place)
            self.said.append((reply[8], FULL in reply))
            time.sleep(0.05)


def crowd(target) -> list:
    """Entries and some tombstones of as many people at one new location."""
    word, records = Identity().text, []
    for number in range(FULL_FROM):
        person = Identity()
        unsigned = entry(person, word)
        if number < TOMBSTONES:
            del unsigned[6]
        records.append(signed(target, person, unsigned))
    return records


@must("Records.md, Full locations")
def a_location_is_full_from_three_quarters(target):
    """A shared location is full from 75 % of 256 live records on, tombstones counted."""
    filled = Filled.of(target)
    expect(FULL not in filled.empty, "an empty location is said to be full")
    expect(FULL not in filled.before, f"one with {filled.before[8]} records is said to be full")
    expect(FULL in filled.full, f"one with {filled.full[8]} records is not said to be full")


@must("Records.md, Full locations")
def a_location_stays_full_until_half_is_left(target):
    """Who said that a location is full goes on until fewer than 50 % of 256 are left."""
    filled = Filled.of(target)
    if all(total != FULL_UNTIL for total, _ in filled.said):
        raise Skip("the node was too slow to be seen with exactly half")
    for total, is_full in filled.said:
        if total >= FULL_UNTIL:
            expect(is_full, f"with {total} left it is no longer said to be full")
        else:
            expect(not is_full, f"with {total} left it is still said to be full")


def statement(filled) -> list:
    expect(FULL in filled.full, "there is no statement")
    return filled.full[FULL]


@must("Records.md, Full locations")
def a_full_statement_is_signed(target):
    """It is signed with A over location and `until`, at most 10 min ahead; A converts to N."""
    filled = Filled.of(target)
    try:
        verify_full(target.network, target.key, filled.place, statement(filled), now_ms())
    except WireError as fault:
        raise Broken(str(fault)) from None


@must("Records.md, Full locations")
def a_full_statement_is_given_again(target):
    """The same statement is given until half of its time is over."""
    filled = Filled.of(target)
    expect(filled.again.get(FULL) == statement(filled), "the second asker gets another one")


@must("Wire.md, Messages")
def full_comes_with_the_first_page_only(target):
    """FULL comes without `skip` only."""
    filled = Filled.of(target)
    statement(filled)
    expect(FULL not in filled.page, "it comes with `skip`, too")
