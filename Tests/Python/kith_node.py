"""An independent Kith node, written from Specs/ alone, to test that Specs/ is complete.

One UDP socket, one receiving thread, blocking calls for everything that asks. It keeps no
state on disk and leaves out what others cannot see: diversity, rekeying by count,
re-replication. `python kith_node.py --help` says how to run one.
"""

import argparse
import os
import random
import socket
import threading
import time
from collections import deque

from kith_index import index_strings, name_score, near_strings, ranked
from kith_noise import Initiator, NoiseError, Responder, open_, seal
from kith_session import Favours, Gate, Handshake, Pending, Session, make_room
from kith_wire import *  # noqa: F403: the vocabulary of the protocol
from nacl import bindings as sodium

K = 16
PER_LOCATION = 256
PARALLEL = 3
SESSION_PATIENCE, HANDSHAKE_PATIENCE, TRIES = 0.5, 1.0, 3
TOKEN_LIFE = 300
COOKIE_LIFE = 120
HEARD_LATELY = 60  # seconds; others may no longer be reached


class Refusal(Exception):
    """The other node answered REFUSED."""

    def __init__(self, reason: int, newer=None):
        super().__init__(f"refused for reason {reason}")
        self.reason, self.newer = reason, newer


class NoAnswer(Exception):
    """Nothing came back in time."""


class QuorumMissed(Exception):
    """Fewer than two replicas acknowledged."""


class KithNode:
    def __init__(self, network=LOCAL, bind=("127.0.0.1", 0), identity=None, full=True):
        self.network, self.full = network, full
        self.key = NodeKey(network)
        self.identity = identity or Identity()
        family = socket.AF_INET6 if ":" in bind[0] else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.bind(bind)
        self.socket.settimeout(0.05)
        self.address = self.socket.getsockname()[:2]
        self.record = NodeRecord(self.key.public, self.key.nonce, self.key.id, (self.address,))
        self.lock = threading.RLock()
        self.sessions, self.session_of, self.handshakes, self.pending = {}, {}, {}, {}
        self.table = {}  # id: NodeRecord, only of nodes that answered us
        self.candidates = {}  # id: NodeRecord, heard of; asked once by the checking thread
        self.store_kept = {}  # location: {author: Record}
        self.until = {}  # (location, author): when a copy goes, not after its record
        self.gate, self.under_load = Gate(network), False
        self.favours, self.errand = Favours(network), None
        self.full_from = 192  # live records from which on a location is called full
        self.said_full = {}  # location: what was signed about it last
        self.placed = set()  # (kind, token, day, depth) of our own entries
        self.captured = []  # (CDDL rule, bytes) of everything received and decrypted
        self.drops = []  # reasons for silence
        self.sizes = {}  # address: [bytes received, bytes sent] until the address is proved
        self.secrets = {"cookie": [], "token": []}  # name: [(made at, secret)], newest first
        self.running = True
        self.threads = [
            threading.Thread(target=self.run, daemon=True),
            threading.Thread(target=self.check, daemon=True),
        ]
        for thread in self.threads:
            thread.start()

    def close(self):
        self.running = False
        for thread in self.threads:
            thread.join()
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # ---- Receiving ----

    def run(self):
        while self.running:
            try:
                packet, source = self.socket.recvfrom(65_535)
            except (TimeoutError, ConnectionError):
                continue
            try:
                with self.lock:
                    self.receive(packet, source[:2])
            except (WireError, NoiseError) as fault:
                self.drops.append(str(fault))

    def check(self):
        """Asks candidates itself: only a node that answered us enters the table."""
        while self.running:
            time.sleep(0.02)
            with self.lock:
                waiting = list(self.candidates.values())
                self.candidates.clear()
            for record in waiting:
                if record.id not in self.table and record.id != self.key.id and self.running:
                    try:
                        self.call(record, PING, tries=1)
                    except (NoAnswer, Refusal):
                        pass

    def receive(self, packet: bytes, source: tuple):
        need(DATAGRAM_MIN <= len(packet) <= PAYLOAD_MAX, "size")
        kind = packet[0]
        need(packet[1:4] == b"\x01\0\0", "version")
        if kind == DATA:
            return self.receive_data(packet, source)
        if kind == COOKIE:
            return self.receive_cookie(packet, source)
        need(kind in (INIT, RESP), "type")
        need(len(packet) >= (INIT_OVERHEAD if kind == INIT else RESP_OVERHEAD), "size")
        need(self.has_mac1(packet), "mac1")
        if kind == INIT:
            return self.receive_init(packet, source)
        need(packet[-16:] == bytes(16), "mac2")
        return self.receive_resp(packet, source)

    def has_mac1(self, packet: bytes) -> bool:
        return packet[-32:-16] == mac1(self.key.public, packet[:-32])

    def brings_cookie(self, packet: bytes, source: tuple) -> bool:
        return any(packet[-16:] == mac2(c, packet[:-16]) for c in self.cookies(source))

    def receive_init(self, packet: bytes, source: tuple):
        if (self.under_load or not self.gate.admits(source)) and not self.brings_cookie(
                packet, source):
            cookie = self.cookies(source)[0]
            return self.socket.sendto(
                seal_cookie(packet[4:8], self.key.public, cookie, packet[-32:-16]), source)
        noise = Responder(self.network.prologue, self.key.secret)
        remote, payload = noise.first(packet[8:-32])
        need(remote != self.key.public, "that is me")
        nonce, role, message = self.open_payload(payload)
        remote_id = node_id(self.network, remote, nonce)
        need(remote_id is not None, "proof of work")
        reply = self.answer(message, remote, source, in_handshake=True)
        payload = self.response_payload(reply, len(packet) - RESP_OVERHEAD)
        second, send, receive = noise.second(payload)
        session = self.new_session(packet[4:8], send, receive, remote, source, confirmed=False)
        body = type4(RESP) + session.index + packet[4:8] + second
        answer = body + mac1(remote, body) + bytes(16)
        assert len(answer) <= len(packet)
        self.socket.sendto(answer, source)
        session.origin = NodeRecord(remote, nonce, remote_id, (source,))
        if role == 1:
            session.hint = NodeRecord(remote, nonce, remote_id, (source,))

    def response_payload(self, reply: dict, room: int) -> bytes:
        """List items are left out, last first, until the answer is not longer than INIT."""
        while len(encode([self.key.nonce, int(self.full), reply])) > room:
            need(reply.get(5) or reply.get(6), "INIT too small for its answer")
            (reply.get(5) if len(reply[5]) > 3 else reply.get(6) or reply[5]).pop()
        return encode([self.key.nonce, int(self.full), reply])

    def receive_resp(self, packet: bytes, source: tuple):
        handshake = self.handshakes.get(packet[8:12])
        need(handshake is not None and handshake.address == source, "no such handshake")
        payload, send, receive = handshake.noise.second(packet[12:-32])
        del self.handshakes[packet[8:12]]
        self.new_session(
            packet[4:8], send, receive, handshake.peer, source, confirmed=True,
            index=packet[8:12])
        nonce, role, message = self.open_payload(payload)
        self.receive_reply(message, handshake.peer, source, role, nonce)

    def receive_cookie(self, packet: bytes, source: tuple):
        need(len(packet) == COOKIE_BYTES, "size")
        handshake = self.handshakes.get(packet[4:8])
        need(handshake is not None and handshake.address == source, "no such handshake")
        need(handshake.cookie is None, "a second cookie")
        init = handshake.packet
        handshake.cookie = open_cookie(packet, handshake.peer, init[-32:-16])
        handshake.packet = init[:-16] + mac2(handshake.cookie, init[:-16])
        self.socket.sendto(handshake.packet, source)

    def receive_data(self, packet: bytes, source: tuple):
        session = self.sessions.get(packet[4:8])
        need(session is not None and session.address == source, "no such session")
        counter = int.from_bytes(packet[8:16], "big")
        need(session.fresh(counter), "replayed")
        text = open_(session.receive_key, counter, packet[:16], packet[16:])
        session.accept(counter)
        if not session.confirmed:
            session.confirmed = True
            self.session_of[session.peer, source] = session
            if getattr(session, "hint", None):
                self.candidates[session.hint.id] = session.hint
        self.captured.append(("message", text))
        message = self.read_message(text)
        if message[0] in REQUESTS:
            self.send(session, self.answer(message, session.peer, source, in_handshake=False))
            self.run_errand()
        else:
            self.receive_reply(message, session.peer, source)

    def read_message(self, text: bytes) -> dict:
        return check_message(decode(text))

    def open_payload(self, payload: bytes) -> tuple:
        item = decode(payload, padded=True)
        self.captured.append(("handshake-payload", encode(item)))
        need(type(item) is list and len(item) == 3, "handshake payload")
        need(is_uint(item[0]) and item[1] in (0, 1) and type(item[1]) is int, "role")
        return item[0], item[1], check_message(item[2])

    def receive_reply(self, message, peer, source, role=None, nonce=None):
        pending = self.pending.get(message[1])
        need(pending is not None, "no such call")
        need(pending.peer == peer and pending.address == source, "reply from elsewhere")
        need(message[0] in (REQUESTS[pending.kind], REFUSED), "reply of another kind")
        if message[0] == RECORDS:
            self.captured.extend(("record", r) for r in message[6])
        pending.reply = message
        pending.done.set()

    # ---- Sessions ----

    def new_session(self, remote_index, send, receive, peer, address, confirmed, index=None):
        index = index or self.new_index()
        make_room(self.sessions)
        session = Session(index, remote_index, send, receive, peer, address, confirmed)
        self.sessions[index] = session
        if confirmed:
            self.session_of[peer, address] = session
        return session

    def new_index(self) -> bytes:
        while (index := os.urandom(4)) in self.sessions or index in self.handshakes:
            pass
        return index

    def send(self, session: Session, message: dict):
        header = type4(DATA) + session.remote_index + session.counter.to_bytes(8, "big")
        packet = header + seal(session.send_key, session.counter, header, encode(message))
        session.counter += 1
        assert len(packet) <= PAYLOAD_MAX
        self.socket.sendto(packet, session.address)

    def initiate(self, peer: bytes, address: tuple, message: dict) -> bytes:
        """Sends INIT, padded so that the longest answer fits into RESP."""
        noise = Initiator(self.network.prologue, self.key.secret, peer)
        payload = encode([self.key.nonce, int(self.full), message])
        # A PONG answer is at most 44 bytes longer than RESP's saving; lists want a full packet.
        wanted = PAYLOAD_MAX - INIT_OVERHEAD if message[0] != PING else 64
        payload += bytes(max(0, wanted - len(payload)))
        index = self.new_index()
        body = type4(INIT) + index + noise.first(payload)
        body += mac1(peer, body)
        packet = body + bytes(16)
        self.handshakes[index] = Handshake(noise, peer, address, packet)
        self.socket.sendto(packet, address)
        return index

    def secret_bytes(self, name: str, life: int) -> list:
        """The current and the previous secret."""
        now, kept = time.monotonic(), self.secrets[name]
        if not kept or now - kept[0][0] >= life:
            kept.insert(0, (now, os.urandom(32)))
        del kept[2:]
        return [secret for made, secret in kept if now - made < 2 * life]

    def cookies(self, source: tuple) -> list:
        return [
            blake2b(16, address_ip16(source), key=secret)
            for secret in self.secret_bytes("cookie", COOKIE_LIFE)]

    def tokens(self, source: tuple, peer: bytes, location: bytes) -> list:
        return [
            blake2b(16, b"kith/token/v1\0", address_ip16(source), peer, location, key=secret)
            for secret in self.secret_bytes("token", TOKEN_LIFE)]

    # ---- Answering ----

    def answer(self, message: dict, peer: bytes, source: tuple, in_handshake: bool) -> dict:
        kind = message[0]
        need(kind in REQUESTS, "a reply where a request belongs")
        need(kind != ASK or in_handshake, "a question of no contact of ours")
        reply = {1: message[1], 10: 0, 11: address_bytes(source)}
        if kind == PING:
            reply[0] = PONG
        elif kind == FIND_NODE:
            reply |= {0: NODES, 5: self.closest_items(message[2], peer)}
        elif kind == FIND_RECORD:
            reply |= self.answer_find_record(message, peer, source)
            self.add_records(reply, ranked(self.live(message[2]), message.get(3, b""))[
                message.get(4, 0):][:16])
        elif kind == PROBE and not in_handshake:
            self.errand = self.errand_of(message, peer, source)
            reply |= {0: PROBING} if self.errand else {0: REFUSED, 2: RATE}
        elif in_handshake:
            reply |= {0: REFUSED, 2: IN_HANDSHAKE}
        else:
            reply |= self.answer_store(message, peer, source)
        while len(encode(reply)) > PAYLOAD_MAX - DATA_OVERHEAD:
            reply[5].pop()
        return check_message(reply)

    def answer_find_record(self, message: dict, peer: bytes, source: tuple) -> dict:
        location, held = message[2], self.live(message[2])
        reply = {0: RECORDS, 5: self.closest_items(location, peer), 6: [], 8: len(held)}
        if len(held) < PER_LOCATION:
            reply[7] = self.tokens(source, peer, location)[0]
        full = self.full_statement(location, len(held))
        if full and 4 not in message:
            reply[9] = full
        return reply

    def full_statement(self, location: bytes, held: int):
        """The same until half of its time is over, as long as half of the location is taken."""
        now, said = now_ms(), self.said_full.get(location)
        if held < (self.full_from * 2 // 3 if said else self.full_from):
            self.said_full.pop(location, None)
            return None
        if not said or said[0] - now <= FULL_MS // 2:
            said = self.sign_full(location, now + FULL_MS)
            self.said_full[location] = said
        return said

    def sign_full(self, location: bytes, until: int) -> list:
        signature = self.key.sign(full_bytes(self.network, location, until))
        return [until, self.key.signer, signature]

    def add_records(self, reply: dict, records: list):
        """As many as fit beside 3 nodes; the first takes the place of these too."""
        too_large = lambda: len(encode(reply)) > PAYLOAD_MAX - DATA_OVERHEAD  # noqa: E731
        for record in records:
            reply[6].append(record.encoded)
            while too_large() and len(reply[5]) > (0 if len(reply[6]) == 1 else 3):
                reply[5].pop()  # records are worth more than far nodes
            if too_large():
                reply[6].pop()
                break

    def errand_of(self, message: dict, peer: bytes, source: tuple):
        """What to do for a PROBE once it has been answered, or None: (how, with what)."""
        if 2 in message:
            target, paid = NodeRecord.parse(message[2]), DATA_OVERHEAD + len(encode(message))
            try:
                address = self.reachable(target)
            except NoAnswer:
                return None
            if paid < PROBE_INIT or not self.favours.admits(address):
                return None
            return self.probe, (target.key, address)
        asker = getattr(self.session_of.get((peer, source)), "origin", None)
        fresh = time.monotonic() - HEARD_LATELY
        probers = [
            session for (key, address), session in self.session_of.items()
            if key != peer and session.heard > fresh and self.may_probe(source, address)]
        if not asker or not probers or not self.favours.admits(source):
            return None
        return self.pass_on, (asker, random.choice(probers))

    def may_probe(self, target: tuple, prober: tuple) -> bool:
        """Whether a handshake from `prober` would come to `target` out of a strange block."""
        if self.network.is_local:
            return True
        return address_block(prober) not in map(address_block, (target, self.address))

    def run_errand(self):
        """Does what was promised with PROBING, now that it has left."""
        errand, self.errand = self.errand, None
        if errand:
            do, what = errand
            do(*what)

    def probe(self, key: bytes, address: tuple):
        call = int.from_bytes(os.urandom(4), "big")
        self.initiate(key, address, {0: PING, 1: call})

    def pass_on(self, asker: NodeRecord, prober: Session):
        call = int.from_bytes(os.urandom(4), "big")
        self.pending[call] = Pending(PROBE, prober.peer, prober.address)
        self.send(prober, {0: PROBE, 1: call, 2: asker.item(), 3: bytes(100)})

    def probe_me(self, node) -> dict:
        """Asks `node` to have somebody else send us a handshake."""
        return self.call(node, PROBE)

    def closest_items(self, target: bytes, asker: bytes) -> list:
        known = [r for r in self.table.values() if r.key != asker]
        return [r.item() for r in sorted(known, key=lambda r: distance(r.id, target))[:K]]

    def live(self, location: bytes) -> dict:
        now, kept = now_ms(), self.store_kept.get(location, {})
        return {a: r for a, r in kept.items() if self.until.get((location, a), r.expires) > now}

    def answer_store(self, message: dict, peer: bytes, source: tuple) -> dict:
        try:
            record = Record.decode(message[2])
            if message[3] not in self.tokens(source, peer, record.location):
                return {0: REFUSED, 2: BAD_TOKEN}
            record.verify(self.network, now_ms())
        except WireError:
            return {0: REFUSED, 2: INVALID}
        held = self.live(record.location).get(record.author)
        if held and (held.sequence > record.sequence or (
                held.sequence == record.sequence and held.encoded != record.encoded)):
            return {0: REFUSED, 2: OLDER, 3: held.sequence}
        if not held and len(self.live(record.location)) >= PER_LOCATION:
            return {0: REFUSED, 2: LOCATION_FULL}
        self.store_kept.setdefault(record.location, {})[record.author] = record
        until = record.expires
        if 4 in message:
            until = min(until, now_ms() + 1000 * message[4])
        if held and held.encoded == record.encoded:  # a refresh lengthens, never shortens
            until = max(until, self.until.get((record.location, record.author), 0))
        self.until[record.location, record.author] = until
        covered = receipt_bytes(
            self.network, record.location, record.author, record.sequence, until)
        return {0: STORED, 2: until, 3: self.key.signer, 4: self.key.sign(covered)}

    # ---- Asking ----

    def call(self, node: NodeRecord, kind: int, tries=None, **fields) -> dict:
        """Sends one request and waits for its answer: session first, then handshakes."""
        need(node.key != self.key.public, "that is me")
        keys = {"target": 2, "location": 2, "record": 2, "digest": 3, "token": 3, "skip": 4,
                "padding": 3}
        message = {0: kind} | {keys[k]: v for k, v in fields.items() if v or v == b""}
        address = self.reachable(node)
        for attempt in range(tries or TRIES):
            pending = Pending(kind, node.key, address)
            with self.lock:
                message[1] = int.from_bytes(os.urandom(4), "big")
                self.pending[message[1]] = pending
                check_message(message)
                session = self.session_of.get((node.key, address)) if attempt == 0 else None
                if session:
                    self.send(session, message)
                elif kind in (STORE, PROBE):  # 0-RTT carries reads only: make a session first
                    session = self.make_session(node, address)
                    if session:
                        self.send(session, message)
                else:
                    handshake = self.initiate(node.key, address, message)
            patience = SESSION_PATIENCE if session else HANDSHAKE_PATIENCE
            answered = pending.done.wait(patience)
            with self.lock:
                del self.pending[message[1]]
                if not session:
                    self.handshakes.pop(locals().get("handshake"), None)
            if answered:
                self.table[node.id] = node
                if pending.reply[0] == REFUSED:
                    raise Refusal(pending.reply[2], pending.reply.get(3))
                return pending.reply
        self.table.pop(node.id, None)
        raise NoAnswer(f"{node.id.hex()[:8]} at {address}")

    def make_session(self, node, address):
        self.lock.release()
        try:
            self.ping(node, fresh=True)
        except NoAnswer:
            pass
        finally:
            self.lock.acquire()
        return self.session_of.get((node.key, address))

    def reachable(self, node: NodeRecord) -> tuple:
        wanted = 6 if self.socket.family == socket.AF_INET6 else 4
        for address in node.addresses:
            if (6 if ":" in address[0] else 4) == wanted:
                return address
        raise NoAnswer("no address of this family")

    def ping(self, node, fresh=False) -> dict:
        if fresh:
            self.session_of.pop((node.key, self.reachable(node)), None)
        return self.call(node, PING)

    def find_node(self, node, target) -> list:
        return [NodeRecord.parse(i) for i in self.call(node, FIND_NODE, target=target)[5]]

    def find_record(self, node, location, digest=None, skip=None) -> dict:
        return self.call(node, FIND_RECORD, location=location, digest=digest, skip=skip)

    def store(self, node, record: Record, token: bytes) -> int:
        """Returns until when the replica keeps the record; the receipt has been checked."""
        reply = self.call(node, STORE, record=record.encoded, token=token)
        need(sodium.crypto_sign_ed25519_pk_to_curve25519(reply[3]) == node.key, "receipt key")
        covered = receipt_bytes(
            self.network, record.location, record.author, record.sequence, reply[2])
        need(verify(reply[3], covered, reply[4]), "receipt signature")
        return reply[2]

    # ---- Operations ----

    def join(self, seeds) -> int:
        """Finds its own neighbourhood; returns how many nodes answered."""
        self.lookup(self.key.id, seeds)
        for node in list(self.table.values()):  # DATA confirms the session to the other side
            try:
                self.ping(node)
            except NoAnswer:
                pass
        return len(self.table)

    def lookup(self, target: bytes, seeds=(), kind=FIND_NODE, digest=None) -> list:
        """The closest nodes that answered, closest first, as (node, reply)."""
        known = {n.id: n for n in [*seeds, *self.table.values()] if n.id != self.key.id}
        replies, failed = {}, set()
        while True:
            order = sorted(known.values(), key=lambda n: distance(n.id, target))
            alive = [n for n in order if n.id not in failed][:K]
            todo = [n for n in alive if n.id not in replies][:PARALLEL]
            if not todo:
                return [(n, replies[n.id]) for n in alive]
            for node in todo:
                try:
                    need(node.proves(self.network), "proof of work")
                    name = "target" if kind == FIND_NODE else "location"
                    replies[node.id] = self.call(node, kind, **{name: target}, digest=digest)
                    for item in replies[node.id][5]:
                        found = NodeRecord.parse(item)
                        if found.id != self.key.id:
                            known.setdefault(found.id, found)
                except (NoAnswer, Refusal, WireError):
                    failed.add(node.id)

    def put(self, record: Record, found=None) -> list:
        """Stores on the closest nodes until 3 acknowledged; 2 are a quorum."""
        receipts = []
        for node, reply in found or self.lookup(record.location, kind=FIND_RECORD):
            if len(receipts) == self.network.replication:
                break
            if 7 not in reply:
                continue
            try:
                receipts.append((node, self.store(node, record, reply[7])))
            except (NoAnswer, Refusal, WireError):
                continue
        if len(receipts) < self.network.replication // 2 + 1:
            raise QuorumMissed(f"{len(receipts)} of {self.network.replication}")
        return receipts

    def is_full(self, location: bytes, found: list) -> bool:
        """Whether most of the 3 closest that answered sign so; our own store counts as one."""
        closest, believed = found[:self.network.replication], 0
        for node, reply in closest:
            try:
                need(9 in reply, "room")
                verify_full(self.network, node.key, location, reply[9], now_ms())
                believed += 1
            except WireError as fault:
                self.drops.append(str(fault))
        ours = int(len(self.live(location)) >= self.full_from)
        return believed + ours > min(len(closest) + ours, self.network.replication) // 2

    def get(self, location: bytes, found=None) -> list:
        """Every valid record at the location, the newest of each author."""
        best = {}
        for _, reply in found or self.lookup(location, kind=FIND_RECORD):
            for data in reply[6]:
                try:
                    record = Record.decode(data)
                    need(record.location == location, "record of another location")
                    record.verify(self.network, now_ms())
                except WireError as fault:
                    self.drops.append(str(fault))
                    continue
                held = best.get(record.author)
                if held is None or record.sequence > held.sequence:
                    best[record.author] = record
        return list(best.values())

    def publish(self, profile: Profile, tombstone=False) -> dict:
        """The profile at its owned location, then an entry for each index string."""
        created = now_ms()
        expires, day = created + DAY_MS, created // DAY_MS
        sign = lambda kind, body, location=None: Record.sign(  # noqa: E731
            self.network, self.identity, kind, self.identity.next_sequence(created), created,
            expires, None if tombstone else body, location)
        done = {"profile": self.put(sign(PROFILE, profile.encode()))}
        for kind, token in index_strings(profile):
            for depth in range(SHARD_DEPTH_MAX + 1):
                shard = shard_number(depth, self.identity.public, token, day)
                location = shared_location(kind, token, day, shard)
                found = self.lookup(location, kind=FIND_RECORD)
                place, is_full = (kind, token, day, depth), self.is_full(location, found)
                deepest = not is_full or depth == SHARD_DEPTH_MAX
                if tombstone or deepest or place in self.placed:
                    body = encode_entry(day, shard, profile.digest)
                    done[kind, token] = self.put(sign(kind, body, location), found)
                    self.placed.add(place)
                    below = tombstone and any(
                        (kind, token, day, d) in self.placed for d in range(depth + 1, 4))
                    if not below and (deepest or not tombstone):
                        break
        return done

    def profile_of(self, author: bytes):
        found = [r for r in self.get(owned_location(PROFILE, author)) if r.author == author]
        return Profile.decode(found[0].body) if found and found[0].body is not None else None

    def entries(self, kind: int, token: str, digest=None, min_score=0.0) -> set:
        """Authors with a valid entry for this string today, down the shards of full locations.

        With a digest only those whose own is more like it than `min_score`.
        """
        day = now_ms() // DAY_MS
        authors, waiting, read = set(), [0], 0
        while waiting and read <= 32 and len(authors) < 30:
            shard, read = waiting.pop(0), read + 1
            location = shared_location(kind, token, day, shard)
            found = self.lookup(location, kind=FIND_RECORD, digest=digest)
            for record in self.get(location, found):
                if record.kind == kind and record.body is not None:
                    *at, theirs = decode_entry(record.body)
                    if digest is not None and likeness(digest, theirs) <= min_score:
                        continue
                    if at == [day, shard] and shard_is_authors(shard, record.author, token, day):
                        authors.add(record.author)
            if self.is_full(location, found):
                below = shard_children(shard)
                waiting += random.sample(below, len(below))
        return authors

    def find_name(self, name: str) -> list:
        """(score, author, profile), best first: what was typed, then what is near it."""
        tokens = name_tokens(name)
        return self.named(name, tokens) or self.named(name, near_strings(tokens))

    def named(self, name: str, strings: list) -> list:
        authors = set().union(*(self.entries(NAME_ENTRY, s) for s in strings))
        hits = [(a, self.profile_of(a)) for a in sorted(authors)]
        scored = [(name_score(name, p.name), a, p) for a, p in hits if p]
        return sorted([h for h in scored if h[0] > 0], key=lambda h: (-h[0], normalise(h[2].name)))

    def find_interests(self, interests, min_score=0.3) -> list:
        """(score, author, profile), best first, ties by name."""
        authors = set()
        for interest in sorted(set(map(interest_token, interests))):
            authors |= self.entries(
                INTEREST_ENTRY, interest, interest_digest(interests), min_score)
        hits = [(a, self.profile_of(a)) for a in sorted(authors)]
        scored = [(jaccard(interests, p.interests), a, p) for a, p in hits if p]
        return sorted(
            [hit for hit in scored if hit[0] > min_score],
            key=lambda h: (-h[0], normalise(h[2].name)))


def main():
    """A node for trying out: prints its record and runs until it is stopped."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--network", default="local", help="public, local, or another name")
    parser.add_argument("--proof-bits", type=int, default=0, help="of another network")
    parser.add_argument("--proof-memory", type=int, default=8_192, help="of another network")
    parser.add_argument("--listen", default="127.0.0.1:0", metavar="ADDRESS:PORT")
    parser.add_argument("--seed", action="append", default=[], metavar="RECORD")
    options = parser.parse_args()
    network = {"public": PUBLIC, "local": LOCAL}.get(options.network) or Network(
        options.network, options.proof_bits, options.proof_memory, True)
    host, _, port = options.listen.rpartition(":")
    with KithNode(network, (host.strip("[]"), int(port))) as node:
        node.captured, node.drops = deque(maxlen=1_000), deque(maxlen=1_000)
        print(node.record.text, flush=True)
        if options.seed:
            node.join([NodeRecord.from_text(text) for text in options.seed])
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
