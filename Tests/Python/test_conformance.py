"""Tools/conformance: ours and the Python node pass it."""

import re
import subprocess

from broken_nodes import FAR
from conftest import ROOT, program
from kith_node import KithNode
from kith_wire import LOCAL, Network
from test_interop import Process

FEW_BITS = Network("conformance", 4, 8192, True)
OPTIONS = {
    LOCAL: ["--network", "local"],
    FAR: [
        "--network", "far", "--addresses", "global", "--from", "127.1.0.1", "--from", "127.2.0.1"]}
SLOWEST = 200  # seconds of the whole suite on a busy machine; 60 on an idle one


def conformance(*arguments, seconds=SLOWEST) -> tuple:
    """The exit code and {name: "ok", "skip" or the words of the failure}."""
    run = subprocess.run(
        [str(ROOT / "Tools" / "conformance"), *arguments], stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=seconds)
    print(run.stdout, run.stderr)
    results = {}
    blocks = re.split(r"^(?=(?:not )?ok )", run.stdout, flags=re.M)[1:]
    for block in blocks:
        name = re.match(r"(?:not )?ok \d+ - ([^:]+):", block)[1]
        message = re.search(r"^  message: '(.*)'$", block, re.M)
        results[name] = (
            message[1] if message else "skip" if "# SKIP" in block.splitlines()[0] else "ok")
        assert block.startswith("ok ") == (message is None), block
    plan = re.search(r"^1\.\.(\d+)$", run.stdout, re.M)
    assert not plan or int(plan[1]) == len(results)
    return run.returncode, results


def test_a_real_node_conforms(tmp_path):
    program("kith")
    process = Process(tmp_path / "node", hosts=["127.0.0.1"])
    try:
        code, results = conformance(process.record.text, "--network", "local")
        assert process.phase() is not None, "it still answers those who run it"
    finally:
        process.stop()
    assert code == 0, {n: r for n, r in results.items() if r not in ("ok", "skip")}
    assert sum(r == "ok" for r in results.values()) >= 95


def test_the_python_node_conforms():
    with KithNode(LOCAL) as node:
        code, results = conformance(node.record.text, "--network", "local")
    assert code == 0, {n: r for n, r in results.items() if r not in ("ok", "skip")}
    assert sum(r == "ok" for r in results.values()) >= 95


def test_proofs_of_work_are_looked_at_where_they_are_asked_for():
    with KithNode(FEW_BITS) as node:
        code, results = conformance(
            node.record.text, "--network", "conformance", "--proof-bits", "4", "--only",
            "routing.*")
    assert code == 0 and results["routing.who-proves-nothing-is-not-handed-on"] == "ok"


def test_blocks_of_addresses_are_looked_at_where_they_count():
    with KithNode(FAR) as node:
        code, results = conformance(node.record.text, *OPTIONS[FAR], "--only", "probes.*")
    assert code == 0 and set(results.values()) == {"ok"}
