"""Tools/bench flood, for a few seconds: what does not depend on how busy this machine is."""

import json
import subprocess

import pytest
from conftest import ROOT, program

TOOL = str(ROOT / "Tools" / "bench")


def test_a_node_bears_garbage():
    run = subprocess.run(
        [TOOL, "flood", "--seconds", "3", "--rounds", "1", "--rate", "5000", "--no-goals", "--json",
         "--bin", program("kith")],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    print(run.stdout[-3000:], run.stderr)
    result = json.loads(run.stdout)
    idle, flood = result["periods"]
    counted, sent = flood["counters"], flood["sent"]
    assert sent > 1_000, "there was a flood"
    assert sent / 2 < counted["received"] <= sent + flood["requests"] + 100
    refused = sum(n for name, n in counted.items() if name.startswith("refused"))
    answered = counted["cookiesSent"] + counted["handshakesAnswered"]
    assert refused + answered > sent / 2, "garbage is counted by why it was refused"
    for kind in ("Header", "Session", "Mac", "Authentication"):
        assert counted[f"refused{kind}"] > 0, kind
    assert counted["unprovedBytesSent"] <= counted["unprovedBytesReceived"]
    assert counted["callsFailed"] == 0
    assert flood["requests"] > 10 and flood["lost"] <= flood["requests"] // 10
    assert result["summary"]["memoryGrowthMB"] < 20
    assert result["phase"] == "joined"
    assert idle["counters"]["cookiesSent"] == 0


@pytest.mark.parametrize("arguments, words", [
    (["rain"], "no benchmark is called rain"),
    (["flood", "--bin", "/nowhere/kith", "--seconds", "1"], "cannot be run"),
])
def test_a_wrong_command_line_is_explained(arguments, words):
    run = subprocess.run(
        [TOOL, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert run.returncode == 2 and words in run.stderr
    assert run.stderr.splitlines()[1].startswith("bench: hint: ")
