"""A black-box suite for any node of Kith: what the command line says and the order of tests."""

import argparse
import ipaddress
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[2] / "Tests" / "Python")]

from kith_wire import LOCAL, PUBLIC, Network, NodeRecord, WireError  # noqa: E402
import suite  # noqa: E402
import handshakes, sessions, records, locations, routing, probes, limits  # noqa: E402, E401, F401
from client import Target  # noqa: E402
from kith_noise import NoiseError  # noqa: E402


class Usage(Exception):
    """Something on the command line; the second text is what to do about it."""


def network_of(options) -> Network:
    known = {"public": PUBLIC, "local": LOCAL}
    if options.network in known:
        return known[options.network]
    if not 1 <= len(options.network) <= 32:
        raise Usage(f"no name of a network: {options.network}", "use public, local or a name")
    return Network(
        options.network, options.proof_bits, options.proof_memory, options.addresses == "local")


def endpoint(text: str) -> tuple:
    host, _, port = text.rpartition(":")
    try:
        return str(ipaddress.ip_address(host.strip("[]"))), int(port)
    except ValueError:
        raise Usage(
            f"no address and port: {text}", "for example 127.0.0.1:5484 or [::1]:5484") from None


def target_of(options) -> Target:
    network, record, key = network_of(options), None, None
    try:
        if options.node.startswith("kith-node:"):
            record = NodeRecord.from_text(options.node)
        elif options.key and options.key.startswith("kith-node:"):
            record = NodeRecord.from_text(options.key)
    except (WireError, ValueError) as fault:
        raise Usage(f"that is no node record: {fault}", "copy it from 'kith run'") from None
    if record:
        key = record.key
        known = sorted(record.addresses, key=lambda a: ":" in a[0])
        address = known[0] if options.node.startswith("kith-node:") else endpoint(options.node)
    else:
        address = endpoint(options.node)
        try:
            key = bytes.fromhex(options.key or "")
        except ValueError:
            key = b""
        if len(key) != 32:
            raise Usage(
                "a node is silent to those who do not know its key",
                "give its record (kith-node:…) or --key with 64 hexadecimal digits")
    hosts = options.source
    if not hosts and ipaddress.ip_address(address[0]).is_loopback:
        hosts = ["127.0.0.1", "127.0.0.2", "127.0.0.3"] if "." in address[0] else ["::1"]
    return Target(network, key, address, record, hosts)


def answers(target: Target) -> bool:
    try:
        return target.is_alive()
    except NoiseError:
        raise Usage("that is no key of a node", "copy the record from 'kith run'") from None


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.error = lambda text: (_ for _ in ()).throw(Usage(text, "Tools/conformance --help"))
    parser.add_argument("node", nargs="?")
    parser.add_argument("--key")
    parser.add_argument("--network", default="public")
    parser.add_argument("--proof-bits", type=int, default=0)
    parser.add_argument("--proof-memory", type=int, default=8_192)
    parser.add_argument("--addresses", choices=["local", "global"], default="local")
    parser.add_argument("--from", dest="source", action="append", default=[])
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--slow", action="store_true")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    if not options.node and not options.list:
        raise Usage("which node?", "give its record, which 'kith run' prints")
    return options


def main() -> int:
    try:
        options = parse()
        tests = suite.chosen(options.only, options.slow or options.list)
        if not tests:
            raise Usage(f"no test is called {' or '.join(options.only)}", "see --list")
        if options.list:
            for test in tests:
                print(f"{test.name}: {test.sentence} ({test.document})")
            return 0
        target = target_of(options)
        if not answers(target):
            raise Usage(
                f"no answer from {target.address[0]} port {target.address[1]}",
                "is it running, is the key its own, and is --network the one it is on?")
    except Usage as usage:
        print(f"conformance: error: {usage.args[0]}", file=sys.stderr)
        print(f"conformance: hint: {usage.args[1]}", file=sys.stderr)
        return 2
    except OSError as fault:
        print(f"conformance: error: {fault.strerror or fault}", file=sys.stderr)
        print("conformance: hint: can this machine send from those addresses?", file=sys.stderr)
        return 2
    return 1 if suite.run(target, tests) else 0


if __name__ == "__main__":
    sys.exit(main())
