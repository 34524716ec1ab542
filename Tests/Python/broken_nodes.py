"""Python nodes with one fault each, to show that Tools/conformance notices it."""

import os

from kith_node import KithNode
from kith_noise import NoiseError, open_
from kith_session import Bucket
from kith_wire import *  # noqa: F403: the vocabulary of the protocol

FAULTS = {}  # a node: the names of the tests that it must fail


def fails(*tests: str):
    def mark(node):
        FAULTS[node] = tests
        return node

    return mark


@fails("handshakes.who-does-not-know-the-key-gets-no-sign")
class AnswersWrongMac1(KithNode):
    def has_mac1(self, packet):
        return True


@fails("handshakes.another-version-meets-silence", "handshakes.reserved-bytes-are-zero")
class TakesAnyVersion(KithNode):
    def receive(self, packet, source):
        if packet[:1] == bytes((INIT,)) and len(packet) >= INIT_OVERHEAD and self.has_mac1(packet):
            return self.receive_init(packet, source)
        super().receive(packet, source)


@fails("handshakes.an-oversized-datagram-meets-silence")
class TakesLargeDatagrams(KithNode):
    def receive(self, packet, source):
        if packet[:1] == bytes((INIT,)) and len(packet) > PAYLOAD_MAX:
            return self.receive_init(packet, source)
        super().receive(packet, source)

    def response_payload(self, reply, room):
        return super().response_payload(reply, min(room, PAYLOAD_MAX - RESP_OVERHEAD))


@fails("handshakes.resp-is-not-longer-than-its-init")
class AnswersLongerThanAsked(KithNode):
    def receive_init(self, packet, source):
        padded = type("Longer", (bytes,), {"__len__": lambda self: bytes.__len__(self) + 8})
        return super().receive_init(padded(packet), source)

    def response_payload(self, reply, room):
        return encode([self.key.nonce, 1, reply]) + bytes(
            max(0, room - len(encode([self.key.nonce, 1, reply]))))


@fails("handshakes.store-in-a-handshake-is-refused")
class StoresInHandshakes(KithNode):
    def answer(self, message, peer, source, in_handshake):
        return super().answer(message, peer, source, in_handshake=False)


@fails("sessions.replayed-data-meets-silence")
class TakesReplays(KithNode):
    def receive_data(self, packet, source):
        session = self.sessions.get(packet[4:8])
        if session:
            session.seen, session.highest = 0, -1
        super().receive_data(packet, source)


@fails("sessions.the-window-ends-where-it-ends")
class ForgetsTheWindow(KithNode):
    def receive_data(self, packet, source):
        session = self.sessions.get(packet[4:8])
        if session and int.from_bytes(packet[8:16], "big") < session.highest - 2048:
            session.seen, session.highest = 0, -1
        super().receive_data(packet, source)


@fails("sessions.a-forged-counter-does-not-move-the-window")
class TrustsForgedCounters(KithNode):
    def receive_data(self, packet, source):
        session = self.sessions.get(packet[4:8])
        counter = int.from_bytes(packet[8:16], "big")
        if session and session.fresh(counter):
            try:
                open_(session.receive_key, counter, packet[:16], packet[16:])
            except NoiseError:
                session.accept(counter)
        super().receive_data(packet, source)


@fails("sessions.data-from-another-port-meets-silence",
       "sessions.data-from-another-address-meets-silence")
class FollowsAnyAddress(KithNode):
    def receive_data(self, packet, source):
        session = self.sessions.get(packet[4:8])
        if session:
            session.address = source
        super().receive_data(packet, source)


@fails("sessions.answers-that-nobody-asked-for-are-ignored")
class AnswersAnswers(KithNode):
    def receive_reply(self, message, peer, source, role=None, nonce=None):
        session = self.session_of.get((peer, source))
        if session:
            self.send(session, {0: PONG, 1: message[1], 10: 0, 11: address_bytes(source)})


@fails("sessions.the-call-is-echoed")
class CutsCalls(KithNode):
    def answer(self, message, peer, source, in_handshake):
        reply = super().answer(message, peer, source, in_handshake)
        return reply if in_handshake else reply | {1: reply[1] & 0xFFFF}


@fails("records.a-wrong-token-is-refused", "records.a-token-is-bound-to-the-address",
       "records.a-token-is-bound-to-the-key", "records.a-token-is-bound-to-the-location")
class TakesAnyToken(KithNode):
    def answer_store(self, message, peer, source):
        location = Record.decode(message[2]).location
        right = self.tokens(source, peer, location)[0]
        return super().answer_store(message | {3: right}, peer, source)


class Gullible(Record):
    """A record that nobody looks at."""

    def verify(self, network, now):
        pass


@fails("records.an-untrue-record-is-refused", "records.a-low-order-author-is-refused",
       "records.an-entry-of-another-day-is-refused")
class VerifiesNothing(KithNode):
    def answer_store(self, message, peer, source):
        verify, Record.verify = Record.verify, Gullible.verify
        try:
            return super().answer_store(message, peer, source)
        finally:
            Record.verify = verify


@fails("records.an-older-sequence-is-refused-with-the-newest",
       "records.an-equal-sequence-takes-equal-bytes-only",
       "records.a-tombstone-replaces-what-it-withdraws")
class GoesBack(KithNode):
    def answer_store(self, message, peer, source):
        record = Record.decode(message[2])
        self.store_kept.get(record.location, {}).pop(record.author, None)
        return super().answer_store(message, peer, source)


@fails("records.a-record-is-stored-with-a-receipt")
class SignsForOthers(KithNode):
    def answer_store(self, message, peer, source):
        reply = super().answer_store(message, peer, source)
        return reply | {4: os.urandom(64)} if reply[0] == STORED else reply


@fails("records.entries-are-ranked-by-likeness")
class RanksNothing(KithNode):
    def answer(self, message, peer, source, in_handshake):
        message = {k: v for k, v in message.items() if k != 3 or message[0] != FIND_RECORD}
        return super().answer(message, peer, source, in_handshake)


@fails("records.a-shared-location-is-read-in-pages")
class DoesNotPage(KithNode):
    def answer(self, message, peer, source, in_handshake):
        message = {k: v for k, v in message.items() if k != 4}
        return super().answer(message, peer, source, in_handshake)


@fails("routing.a-client-is-not-handed-on", "routing.who-did-not-answer-is-not-handed-on")
class AdmitsEverybody(KithNode):
    def new_session(self, remote_index, send, receive, peer, address, confirmed, index=None):
        record = NodeRecord(peer, 0, node_id(self.network, peer, 0), (address,))
        self.table[record.id] = record
        return super().new_session(
            remote_index, send, receive, peer, address, confirmed, index)


@fails("routing.nodes-are-the-closest-first")
class NamesTheFarthest(KithNode):
    def closest_items(self, target, asker):
        return super().closest_items(target, asker)[::-1]


@fails("routing.the-asker-is-left-out")
class NamesTheAsker(KithNode):
    def closest_items(self, target, asker):
        return super().closest_items(target, b"")


@fails("limits.under-load-a-cookie-is-demanded", "limits.a-cookie-opens-the-door")
class AsksForNoCookie(KithNode):
    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.gate.handshakes = Bucket(1e9, 1e9)


@fails("limits.a-cookie-is-bound-to-its-address")
class OneCookieForAll(KithNode):
    def cookies(self, source):
        return super().cookies(("127.0.0.1", 9))


@fails("limits.a-wrong-mac2-gets-a-cookie-again")
class TakesAnyCookie(KithNode):
    def brings_cookie(self, packet, source):
        return packet[-16:] != bytes(16)
