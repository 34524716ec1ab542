"""`Tools/bench flood`: one node under garbage, an honest peer meanwhile."""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE)]

from garbage import MADE, SHARES  # noqa: E402
from honest import EVERY, PATIENCE  # noqa: E402

ROOT = HERE.parents[2]
TICKS = os.sysconf("SC_CLK_TCK")
GOALS = {"cpuPercent": 50, "memoryMB": 20, "p99Ratio": 2, "answered": 0.8, "arrived": 0.9}


class Failure(Exception):
    """Something that is needed is not there; the second text is what to do about it."""


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="Tools/bench flood", description="Garbage at one real node, an honest peer meanwhile.")
    parser.add_argument("--seconds", type=float, default=8, help="of each period (8)")
    parser.add_argument("--rounds", type=int, default=5, help="idle and flood, in turn (5)")
    parser.add_argument("--rate", type=int, default=10_000, help="datagrams a second (10000)")
    parser.add_argument(
        "--kind", default="mix", choices=["mix", "each", *SHARES],
        help="what is sent: all of it, each by itself, or one")
    parser.add_argument("--sources", type=int, default=256, help="addresses that flood (256)")
    parser.add_argument("--network", default="local", choices=["local", "public"])
    parser.add_argument("--json", action="store_true", help="figures as JSON")
    parser.add_argument("--bin", help="use this kith instead of the release build")
    parser.add_argument(
        "--no-goals", action="store_true", help="show figures, do not judge processor and waiting")
    return parser.parse_args()


def kith_of(options) -> str:
    if options.bin:
        if not os.access(options.bin, os.X_OK):
            raise Failure(f"{options.bin} cannot be run", "give the path of a kith with --bin")
        return options.bin
    found = ROOT / ".build" / "release" / "kith"
    if not found.is_file():
        raise Failure("there is no release build of kith", "swift build -c release --product kith")
    return str(found)


def enter_public(options):
    """A network of this process alone, on whose loopback global addresses may be used."""
    if options.network == "local" or os.environ.get("KITH_BENCH_INSIDE"):
        return
    if not shutil.which("unshare") or not shutil.which("ip"):
        raise Failure("the public network needs unshare and ip", "install util-linux and iproute2")
    inside = "ip link set lo up && ip addr add 198.18.0.1/15 dev lo && exec \"$@\""
    how = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-rn"]
    if subprocess.run([*how, "true"], capture_output=True).returncode:
        raise Failure("this system lets nobody have a network of his own", "run it as root")
    os.environ["KITH_BENCH_INSIDE"] = "yes"
    os.execvp(how[0], [*how, "sh", "-c", inside, "sh", sys.executable, "-B", *sys.argv])


class Process:
    """One `kith run`."""

    def __init__(self, kith: str, home: Path, host: str, network: str, seeds=()):
        arguments = [kith, "run", "--network", network, "--home", str(home)]
        arguments += ["--listen", f"{host}:{free_port(host)}"]
        arguments += [word for seed in seeds for word in ("--seed", seed)] or ["--bootstrap"]
        self.kith, self.home = kith, home
        self.process = subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
            stderr=open(f"{home}.log", "w"))
        self.record = self.process.stdout.readline().strip()
        if not self.record.startswith("kith-node:"):
            raise Failure("kith did not start", Path(f"{home}.log").read_text().strip()[-200:])

    def status(self) -> dict:
        run = subprocess.run(
            [self.kith, "status", "--json", "--home", str(self.home)], capture_output=True,
            text=True, timeout=20)
        return json.loads(run.stdout)

    def cpu(self) -> float:
        """Seconds of processor used so far, user and system."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self) -> float:
        """Resident memory in MB."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(text.split("VmRSS:")[1].split()[0]) / 1_024

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def free_port(host: str) -> int:
    import socket
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


def helper(name: str, node: Process, *words: str, **streams) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-B", str(HERE / name), node.record, *words], text=True, **streams)


def percentile(values: list, share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


class Meter:
    """What happened in one period."""

    def __init__(self, node: Process):
        self.node, self.began = node, time.monotonic()
        self.cpu, self.counters = node.cpu(), node.status()["counters"]

    def end(self, sent: int) -> dict:
        seconds, cpu = time.monotonic() - self.began, self.node.cpu() - self.cpu
        now = self.node.status()["counters"]
        return {
            "from": self.began, "to": self.began + seconds, "seconds": seconds, "sent": sent,
            "cpuPercent": 100 * cpu / seconds, "memoryMB": self.node.memory(),
            "counters": {k: now[k] - self.counters.get(k, 0) for k in now}}


def add_waits(period: dict, samples: list):
    """How long the honest peer waited in the period, in milliseconds, and what else came.

    A request of the last half second may have been answered after the period.
    """
    until = period["to"] - PATIENCE
    inside = [took for at, took in samples if period["from"] <= at < until]
    waits = [1_000 * took for took in inside if took is not None]
    period["requests"], period["lost"] = len(inside), len(inside) - len(waits)
    period["expected"] = max(1.0, (until - period["from"]) / EVERY)
    period["answeredShare"] = len(waits) / period["expected"]
    for name, share in (("p50Ms", 0.5), ("p99Ms", 0.99)):
        period[name] = percentile(waits, share) if waits else None
    # The node counts what it got from everybody; the honest peer's part is no garbage.
    honest = sum(1 for at, _ in samples if period["from"] <= at < period["to"])
    period["arrived"] = max(0, period["counters"]["received"] - honest)
    period["rate"] = period["arrived"] / period["seconds"]


def measure(options) -> dict:
    kith, network = kith_of(options), options.network
    host = "198.18.200.1" if network == "public" else "127.0.0.1"
    kinds = [[k] for k in SHARES] if options.kind == "each" else [
        list(SHARES) if options.kind == "mix" else [options.kind]]
    started = []
    with tempfile.TemporaryDirectory(prefix="kith-bench-") as folder:
        try:
            node = Process(kith, Path(folder) / "n0", host, network)
            started.append(node)
            for number in (1, 2):
                started.append(Process(
                    kith, Path(folder) / f"n{number}", host, network, [node.record]))
            with open(Path(folder) / "waits", "w+") as log:
                honest = helper("honest.py", node, network, stdout=log)
                flooder = helper(
                    "garbage.py", node, network, str(options.sources), stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE)
                started += [honest, flooder]
                if flooder.stdout.readline().strip() != "ready":
                    raise Failure("the flooder did not start", "see above")
                time.sleep(2)
                result = periods(options, node, flooder, kinds)
                time.sleep(0.6)
                honest_end = end_in_order(honest)
                log.seek(0)
                lines = [line.split() for line in log.read().splitlines()[1:]]
            samples = [
                (float(at), None if took == "-" else float(took))
                for at, took in (line for line in lines if len(line) == 2)]
            for period in result["periods"]:
                add_waits(period, samples)
            result["phase"], result["honestEnd"] = node.status()["phase"], honest_end
        finally:
            for each in reversed(started):
                each.stop() if isinstance(each, Process) else end(each)
    return result


def end(process: subprocess.Popen):
    process.kill()
    process.wait()


def end_in_order(process: subprocess.Popen) -> str:
    """Ends a helper that is to go on until it is told; says whether it had until now."""
    if process.poll() is not None:
        return f"died before with {process.returncode}"
    process.terminate()
    try:
        code = process.wait(5)
    except subprocess.TimeoutExpired:
        return "did not end"
    return "in order" if code == 0 else f"ended with {code}"


def periods(options, node: Process, flooder, kinds: list) -> dict:
    result = {"before": node.memory(), "periods": []}
    for number in range(options.rounds):
        for flooded in (None, *kinds):
            meter, sent = Meter(node), 0
            if flooded:
                flooder.stdin.write(f"{options.rate} {options.seconds} {','.join(flooded)}\n")
                flooder.stdin.flush()
                count = flooder.stdout.readline().strip()
                if not count:
                    raise Failure("the flooder died", "see above")
                sent = int(count)
            else:
                time.sleep(options.seconds)
            period = meter.end(sent) | {"round": number + 1, "kinds": flooded or []}
            result["periods"].append(period)
            time.sleep(1)
    return result


def median(name: str, some: list):
    """Of the periods; None when one of them has no such figure."""
    values = [p[name] for p in some]
    return None if None in values else statistics.median(values)


def judge(options, result: dict) -> list:
    """(goal in words, the figure, whether it was met); what was not measured meets none."""
    idle = [p for p in result["periods"] if not p["kinds"]]
    flooded = [p for p in result["periods"] if p["kinds"]]
    cpu, rate = median("cpuPercent", flooded), median("rate", flooded)
    growth = max(p["memoryMB"] for p in flooded) - result["before"]
    idle_p99, flood_p99 = median("p99Ms", idle), median("p99Ms", flooded)
    ratio = flood_p99 / idle_p99 if flood_p99 and idle_p99 else None
    requests = sum(p["requests"] for p in flooded)
    lost = sum(p["lost"] for p in flooded) / requests if requests else None
    answered = min(p["answeredShare"] for p in result["periods"])
    result["summary"] = {
        "rate": rate, "sentRate": statistics.median(p["sent"] / p["seconds"] for p in flooded),
        "cpuPercent": cpu, "memoryGrowthMB": growth, "p99Ratio": ratio,
        "idleP50Ms": median("p50Ms", idle), "idleP99Ms": idle_p99,
        "floodP50Ms": median("p50Ms", flooded), "floodP99Ms": flood_p99,
        "lost": lost, "answeredShareMin": answered,
        "idleCpuPercent": median("cpuPercent", idle)}
    goals = [
        (f"at least 90 % of {options.rate} datagrams a second arrived at the node",
         f"it counted {rate:.0f} a second", rate >= GOALS["arrived"] * options.rate),
        ("memory grows by less than 20 MB", f"{growth:.1f} MB", growth < GOALS["memoryMB"]),
        ("the node is well afterwards", result["phase"], result["phase"] == "joined"),
        ("the honest peer went on until it was told to end", result["honestEnd"],
         result["honestEnd"] == "in order"),
        (f"in each period it was answered at least 80 % of {1 / EVERY:.0f} times a second",
         f"{100 * answered:.1f} %", answered >= GOALS["answered"]),
        ("the honest peer loses less than 1 %", figure(lost, 100, " %"),
         lost is not None and lost < 0.01)]
    if not options.no_goals:
        goals += [
            ("less than 50 % of a core", f"{cpu:.1f} %", cpu < GOALS["cpuPercent"]),
            ("p99 of the honest peer below twice idle", figure(ratio, 1, " times"),
             ratio is not None and ratio < GOALS["p99Ratio"])]
    return goals


def figure(value, factor=1, unit="") -> str:
    """A number as people read it; what was not measured is a stroke."""
    return "-" if value is None else f"{factor * value:.2f}{unit}"


def show(options, result: dict, goals: list):
    shares = ", ".join(f"{k} {n} %" for k, n in SHARES.items())
    print(f"""flood: {options.rate} datagrams a second for {options.seconds:g} s, {options.rounds} \
times, each after {options.seconds:g} s idle
  one of three 'kith run' on loopback, --network {options.network}; {os.cpu_count()} cores
  {options.sources} sources, {MADE} different datagrams of each kind; mix: {shares}
  an honest peer asks PING and FIND_NODE in turn every 5 ms in one session
""")
    print(f"{'round':<6}{'':<22}{'came/s':>8}{'cpu %':>8}{'RSS MB':>8}"
          f"{'p50 ms':>9}{'p99 ms':>9}{'asked':>7}{'lost':>6}")
    for p in result["periods"]:
        what = "mix" if len(p["kinds"]) > 1 else p["kinds"][0] if p["kinds"] else "idle"
        print(f"{p['round']:<6}{what:<22}{p['rate']:>8.0f}{p['cpuPercent']:>8.1f}"
              f"{p['memoryMB']:>8.1f}{figure(p['p50Ms']):>9}{figure(p['p99Ms']):>9}"
              f"{p['requests']:>7}{p['lost']:>6}")
    totals = {}
    for p in result["periods"]:
        for name, count in p["counters"].items():
            totals[name] = totals.get(name, 0) + (count if p["kinds"] else 0)
    sent = sum(p["sent"] for p in result["periods"])
    print(f"\nthe node's own counters under floods ({sent} sent):")
    print("  " + ", ".join(f"{n} {c}" for n, c in totals.items() if c > 0))
    s = result["summary"]
    waits = {name: figure(s[name], 1, " ms") for name in s if name.endswith("Ms")}
    print(f"\nmedians: {s['sentRate']:.0f} sent a second; idle p50 {waits['idleP50Ms']}, "
          f"p99 {waits['idleP99Ms']}, {s['idleCpuPercent']:.1f} % of a core; "
          f"flood p50 {waits['floodP50Ms']}, p99 {waits['floodP99Ms']}, {s['cpuPercent']:.1f} %")
    for words, seen, is_met in goals:
        print(f"{'ok    ' if is_met else 'MISSED'}  {words}: {seen}")


def main() -> int:
    options = parse()
    try:
        enter_public(options)
        result = measure(options)
    except Failure as failure:
        print(f"bench: error: {failure.args[0]}", file=sys.stderr)
        print(f"bench: hint: {failure.args[1]}", file=sys.stderr)
        return 2
    goals = judge(options, result)
    if options.json:
        result["goals"] = [{"goal": g, "figure": f, "met": m} for g, f, m in goals]
        print(json.dumps(result))
    else:
        show(options, result, goals)
    return 0 if all(is_met for _, _, is_met in goals) else 1


if __name__ == "__main__":
    sys.exit(main())
