"""Tools/conformance: a node with one fault fails there, and a wrong command line is explained."""

import subprocess

import pytest
from broken_nodes import FAULTS
from conftest import ROOT
from kith_wire import LOCAL
from test_conformance import OPTIONS, conformance


@pytest.mark.parametrize("kind", FAULTS, ids=lambda kind: kind.__name__)
def test_a_fault_is_noticed(kind):
    only = [word for name in FAULTS[kind] for word in ("--only", name)]
    home = getattr(kind, "home", LOCAL)
    with kind(home) as node:
        code, results = conformance(node.record.text, *OPTIONS[home], *only)
    assert set(FAULTS[kind]) <= set(results)
    for name in FAULTS[kind]:
        if results[name] == "skip" and name.startswith("limits."):
            pytest.skip("this machine is too busy for a flood")
        assert results[name] not in ("ok", "skip"), f"{name} did not notice"
    assert code == 1


@pytest.mark.parametrize("arguments, words", [
    ([], "which node"),
    (["127.0.0.1:9"], "a node is silent to those who do not know its key"),
    (["127.0.0.1"], "no address and port"),
    (["kith-node:AAAA"], "no node record"),
    (["127.0.0.1:9", "--key", "09" + "00" * 31, "--network", "local"], "no answer from 127.0.0.1"),
    (["127.0.0.1:9", "--key", "00" * 32, "--network", "local"], "no key of a node"),
    (["127.0.0.1:9", "--only", "nothing.*"], "no test is called nothing.*"),
    (["--colour"], "--colour"),
])
def test_a_wrong_command_line_is_explained(arguments, words):
    run = subprocess.run(
        [str(ROOT / "Tools" / "conformance"), *arguments], stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=60)
    assert run.returncode == 2 and run.stdout == ""
    lines = run.stderr.splitlines()
    assert lines[0].startswith("conformance: error: ") and words in lines[0]
    assert lines[1].startswith("conformance: hint: ") and len(lines) == 2


def test_the_list_names_every_test_once_and_help_has_examples():
    tool = str(ROOT / "Tools" / "conformance")
    listed = subprocess.run([tool, "--list"], capture_output=True, text=True, check=True).stdout
    names = [line.split(":")[0] for line in listed.splitlines()]
    assert len(names) == len(set(names)) > 80 and set(sum(FAULTS.values(), ())) <= set(names)
    told = subprocess.run([tool, "--help"], capture_output=True, text=True, check=True).stdout
    assert "Examples:" in told and "Exit status" in told
