"""Where things are, and seeds that are printed and can be given back."""

import os
import random
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SPECS = ROOT / "Specs"


def program(name: str) -> str:
    """A built executable, or a skip that says what is missing.

    KITH_BUILD names another directory than .build/debug and .build/release.
    """
    given = os.environ.get("KITH_BUILD")
    places = [given] if given else [".build/release", ".build/debug"]
    found = [ROOT / p / name for p in places if (ROOT / p / name).is_file()]
    if not found and given:
        pytest.fail(f"{name} is not in {given}")
    if not found:
        pytest.skip(f"{name} is not built; run: swift build")
    return str(max(found, key=lambda f: f.stat().st_mtime))


@pytest.fixture
def dice(request):
    """A generator whose seed is shown when the test fails; KITH_SEED repeats a run."""
    seed = int(os.environ.get("KITH_SEED") or random.SystemRandom().getrandbits(63))
    print(f"seed {seed}; repeat with: KITH_SEED={seed}")
    return random.Random(seed)


class Vector:
    """One file of Specs/Vectors: header lines, an empty line, hexadecimal digits or text."""

    def __init__(self, path: Path):
        self.path, self.area, self.name = path, path.parent.name, path.stem
        head, _, self.rest = path.read_bytes().partition(b"\n\n")
        lines = head.decode().splitlines()
        self.headers = dict(line.split(": ", 1) for line in lines if ": " in line)

    @property
    def bytes(self) -> bytes:
        return bytes.fromhex(self.rest.decode())

    @property
    def is_ok(self) -> bool:
        return self.headers["expect"] == "ok"

    @property
    def fault(self) -> str:
        """The innermost word for what is wrong."""
        return self.headers.get("detail", self.headers["expect"])


def vectors(*areas: str) -> list:
    found = [Vector(p) for a in areas for p in sorted((SPECS / "Vectors" / a).glob("*.txt"))]
    return [pytest.param(v, id=f"{v.area}/{v.name}") for v in found]
