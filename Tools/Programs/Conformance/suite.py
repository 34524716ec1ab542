"""The tests of the suite and how they are run: Test Anything Protocol, version 14."""

import fnmatch
import sys
import time
import traceback

from client import Broken, Skip, Target

TESTS = []


class Test:
    def __init__(self, run, document: str, slow: bool):
        self.run, self.document, self.slow = run, document, slow
        area = run.__module__
        self.name = f"{area}.{run.__name__.replace('_', '-')}"
        self.sentence = " ".join(run.__doc__.split()).rstrip(".")


def must(document: str, slow=False):
    """Marks a test of a sentence of `document`; the docstring is the sentence."""

    def mark(run):
        TESTS.append(Test(run, document, slow))
        return run

    return mark


def once(kind, target):
    """The one `kind` of this run; a failure to make it fails every test that needs it."""
    if kind.made is None:
        try:
            kind.made = kind(target)
        except (Broken, Skip) as fault:
            kind.made = fault
    if isinstance(kind.made, Exception):
        raise kind.made
    return kind.made


def chosen(globs, slow: bool) -> list:
    """The tests that any of the globs names; all when there is none."""
    found = [
        t for t in TESTS
        if not globs or any(fnmatch.fnmatch(t.name, g) or t.name == g for g in globs)]
    return [t for t in found if slow or not t.slow or t.name in (globs or ())]


def run(target: Target, tests: list, out=sys.stdout) -> int:
    """Runs the tests in order; returns how many failed."""
    print("TAP version 14", file=out)
    print(f"1..{len(tests) + 1}", file=out, flush=True)
    failed = skipped = 0
    for number, test in enumerate(tests, 1):
        line = f"{number} - {test.name}: {test.sentence} ({test.document})"
        began = time.monotonic()
        try:
            test.run(target)
            if not target.is_alive():
                raise Broken("the node does not answer PING after this test")
            print(f"ok {line}", file=out)
        except Skip as reason:
            skipped += 1
            print(f"ok {line} # SKIP {reason}", file=out)
        except Exception as fault:
            failed += 1
            print(f"not ok {line}", file=out)
            explain(fault, time.monotonic() - began, out)
        out.flush()
    if target.is_alive():
        print(f"ok {len(tests) + 1} - alive: the node still answers", file=out)
    else:
        failed += 1
        print(f"not ok {len(tests) + 1} - alive: the node still answers", file=out)
    passed = len(tests) + 1 - failed - skipped
    print(f"# {passed} passed, {failed} failed, {skipped} skipped", file=out, flush=True)
    return failed


def explain(fault: Exception, seconds: float, out):
    """The YAML block under a failed test."""
    text = str(fault) if isinstance(fault, Broken) else f"{type(fault).__name__}: {fault}"
    where = traceback.extract_tb(fault.__traceback__)
    line = next((f for f in reversed(where) if "client" not in f.filename), where[-1])
    quoted = text.replace("'", "''").replace("\n", " ")
    print("  ---", file=out)
    print(f"  message: '{quoted}'", file=out)
    print(f"  at: {line.filename.rsplit('/', 1)[-1]}:{line.lineno}", file=out)
    print(f"  seconds: {seconds:.2f}", file=out)
    print("  ...", file=out)
