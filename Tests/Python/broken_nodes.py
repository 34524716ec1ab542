"""Python nodes with one fault each, to show that Tools/conformance notices it."""

import os
import threading

from kith_node import KithNode
from kith_noise import Initiator, NoiseError, open_
from kith_session import Bucket
from kith_wire import *  # noqa: F403: the vocabulary of the protocol

FAULTS = {}  # a node: the names of the tests that it must fail
FAR = Network("far", 0, 8192, False)  # where address blocks count


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


@fails("handshakes.store-in-a-handshake-is-refused", "probes.a-probe-in-a-handshake-is-refused")
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


@fails("sessions.what-is-no-message-meets-silence")
class TakesAnyProbe(KithNode):
    def read_message(self, text):
        message = decode(text)
        if type(message) is dict and message.get(0) == PROBE:
            return message
        return check_message(message)

    def errand_of(self, message, peer, source):
        return None


@fails("sessions.what-is-no-message-meets-silence")
class TakesAnyKeep(KithNode):
    def read_message(self, text):
        message = decode(text)
        if type(message) is dict and message.get(0) == STORE and 4 in message:
            return check_message({k: v for k, v in message.items() if k != 4})
        return check_message(message)


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


class Receipts(KithNode):
    """Lets others say until when a record is promised and kept."""

    def answer_store(self, message, peer, source):
        reply = super().answer_store(message, peer, source)
        if reply[0] != STORED:
            return reply
        record = Record.decode(message[2])
        promised, kept = self.ends(message, record, reply[2])
        self.until[record.location, record.author] = kept
        covered = receipt_bytes(
            self.network, record.location, record.author, record.sequence, promised)
        return reply | {2: promised, 4: self.key.sign(covered)}


@fails("records.a-plain-receipt-ends-with-the-record")
class PromisesAMinute(Receipts):
    def ends(self, message, record, until):
        return min(until, now_ms() + 60_000), until


@fails("records.the-receipt-of-a-copy-says-when-it-goes")
class PromisesTheWholeLife(Receipts):
    def ends(self, message, record, until):
        return record.expires, until


@fails("records.a-copy-goes-when-its-time-is-over")
class KeepsCopies(Receipts):
    def ends(self, message, record, until):
        return until, record.expires


@fails("records.a-copy-does-not-outlive-its-record")
class KeepsTheDead(Receipts):
    def ends(self, message, record, until):
        until = now_ms() + 1000 * message.get(4, 0) or until
        return until, until


@fails("records.a-copy-shortens-no-promise")
class ShortensPromises(Receipts):
    def ends(self, message, record, until):
        until = min(record.expires, now_ms() + 1000 * message.get(4, KEEP_MAX))
        return until, until


@fails("locations.a-location-is-full-from-three-quarters")
class SaysFullTooSoon(KithNode):
    def full_statement(self, location, held):
        return super().full_statement(location, held + 1)


@fails("locations.a-location-is-full-from-three-quarters")
class CountsNoTombstones(KithNode):
    def full_statement(self, location, held):
        live = [r for r in self.live(location).values() if r.body is not None]
        return super().full_statement(location, len(live))


@fails("locations.a-location-stays-full-until-half-is-left")
class HasRoomAtOnce(KithNode):
    def full_statement(self, location, held):
        return super().full_statement(location, held) if held >= self.full_from else None


@fails("locations.a-location-stays-full-until-half-is-left")
class StaysFull(KithNode):
    def full_statement(self, location, held):
        return self.said_full.get(location) or super().full_statement(location, held)


@fails("locations.a-full-statement-is-signed")
class SignsForElsewhere(KithNode):
    def sign_full(self, location, until):
        return super().sign_full(bytes(32), until)


@fails("locations.a-full-statement-is-signed")
class IsFullForAnHour(KithNode):
    def sign_full(self, location, until):
        return super().sign_full(location, until + 50 * 60_000)


@fails("locations.a-full-statement-is-signed")
class BorrowsAKey(KithNode):
    def sign_full(self, location, until):
        own, self.key = self.key, NodeKey(self.network)
        try:
            return super().sign_full(location, until)
        finally:
            self.key = own


@fails("locations.a-full-statement-is-given-again")
class SignsEachTime(KithNode):
    def full_statement(self, location, held):
        full = super().full_statement(location, held)
        return full and self.sign_full(location, now_ms() + FULL_MS)


@fails("locations.full-comes-with-the-first-page-only")
class SaysFullOnEveryPage(KithNode):
    def answer_find_record(self, message, peer, source):
        message = {k: v for k, v in message.items() if k != 4}
        return super().answer_find_record(message, peer, source)


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


@fails("probes.a-probe-in-a-handshake-is-refused")
class ProbesFromHandshakes(KithNode):
    def answer(self, message, peer, source, in_handshake):
        if in_handshake and message[0] == PROBE:
            self.errand = self.errand_of(message, peer, source)
            self.run_errand()
        return super().answer(message, peer, source, in_handshake)


@fails("probes.a-probe-brings-a-handshake-with-ping")
class ProbesWithReads(KithNode):
    def initiate(self, peer, address, message):
        message = {0: FIND_NODE, 1: message[1], 2: bytes(32)}
        return super().initiate(peer, address, message)


@fails("probes.a-probe-brings-a-handshake-with-ping")
class ForgetsErrands(KithNode):
    def run_errand(self):
        pass


@fails("probes.a-probe-is-answered-first")
class ProbesBeforeItAnswers(KithNode):
    def errand_of(self, message, peer, source):
        self.errand = super().errand_of(message, peer, source)
        self.run_errand()
        return self.run_nothing, ()

    def run_nothing(self):
        pass


@fails("probes.the-handshake-of-a-probe-is-sent-once")
class ProbesTwice(KithNode):
    def probe(self, key, address):
        index = self.initiate(key, address, {0: PING, 1: 7})
        threading.Timer(1, self.socket.sendto, (self.handshakes[index].packet, address)).start()


@fails("probes.a-probe-pays-for-its-handshake")
class ProbesWithFullPackets(KithNode):
    def probe(self, key, address):
        index = self.new_index()
        noise = Initiator(self.network.prologue, self.key.secret, key)
        payload = encode([self.key.nonce, 1, {0: PING, 1: 7}])
        payload += bytes(PAYLOAD_MAX - INIT_OVERHEAD - len(payload))
        body = type4(INIT) + index + noise.first(payload)
        self.socket.sendto(body + mac1(key, body) + bytes(16), address)


@fails("probes.a-short-probe-brings-no-handshake")
class ProbesForNothing(KithNode):
    def errand_of(self, message, peer, source):
        if 2 in message:
            message = message | {3: bytes(128)}
        return super().errand_of(message, peer, source)


@fails("probes.a-probe-is-passed-on-to-one-other-node")
class PassesOnNothing(KithNode):
    def pass_on(self, asker, prober):
        pass


@fails("probes.a-probe-is-passed-on-to-one-other-node")
class PassesOnToMany(KithNode):
    def pass_on(self, asker, prober):
        for session in list(self.session_of.values()):
            super().pass_on(asker, session)


@fails("probes.a-probe-is-passed-on-to-another-block")
class PassesOnWithinABlock(KithNode):
    home = FAR

    def may_probe(self, target, prober):
        return not super().may_probe(target, prober)


@fails("probes.what-is-passed-on-names-the-asker-as-seen")
class PassesOnAnotherPort(KithNode):
    def pass_on(self, asker, prober):
        ((host, port),) = asker.addresses
        super().pass_on(NodeRecord(asker.key, asker.nonce, asker.id, ((host, port ^ 1),)), prober)


@fails("probes.what-is-passed-on-pays-for-the-handshake")
class PassesOnWithoutPadding(KithNode):
    def send(self, session, message):
        super().send(session, message | {3: b""} if message[0] == PROBE else message)


@fails("probes.passing-on-is-rationed", "probes.probes-are-rationed")
class ProbesForEver(KithNode):
    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.favours.all = Bucket(1e9, 1e9)


@fails("probes.probes-are-rationed")
class ProbesOneBlockForEver(KithNode):
    home = FAR

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.favours.network = LOCAL


@fails("probes.passing-on-is-rationed")
class PassesOnForOneBlockForEver(ProbesOneBlockForEver):
    pass


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
