"""What Tools/bench says of itself; what it measures is no test."""

import subprocess

import pytest
from conftest import ROOT, program

TOOL = str(ROOT / "Tools" / "bench")


def said(*words: str) -> str:
    run = subprocess.run(
        [TOOL, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
    return run.stdout


def test_the_list_names_every_benchmark():
    names = [line.split()[0] for line in said("--list").splitlines()]
    assert names == ["flood", "relay"]
    for name in names:
        assert f"\n  {name} " in said("--help"), name


@pytest.mark.parametrize("arguments, words", [
    (["rain"], "no such benchmark"),
    (["relay", "--cells", "1"], "--cells takes a whole number"),
    (["relay", "--cells"], "needs a value"),
    (["relay", "--cell", "100"], "is not understood"),
])
def test_a_wrong_command_line_of_the_program_is_explained(arguments, words):
    run = subprocess.run(
        [program("kith-bench"), *arguments], stdin=subprocess.DEVNULL, capture_output=True,
        text=True, timeout=60)
    assert run.returncode == 2 and words in run.stderr
    error, hint = run.stderr.splitlines()
    assert error.startswith("bench: error: ") and hint.startswith("bench: hint: ")


def test_the_manual_fits_on_a_terminal():
    run = subprocess.run(
        [program("kith-bench"), "relay", "--help"], capture_output=True, text=True, check=True)
    for line in (said("--help") + run.stdout).splitlines():
        assert len(line) <= 80, line
