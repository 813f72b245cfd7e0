"""Streams through the whole product, as ratios to a raw splice and to a pass-through of the same run.

20, 200 and 1,000 answers of 200 tokens at 20 tokens a second: signed-in people, stored turns with hold and settlement,
on embedded defaults. Provider, browsers and relays are processes of their own, and each token carries the moment of
its writing. Counted is the CPU time of the API process (of PostgreSQL and Valkey apart); the median of the rounds,
in which the three take turns. Writes ``benchmarks/results/streams.json``. ``--quick``: one round, without the
pass-through.
"""

import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.measure import MemoryWatch, cpu_s, tree_cpu_s
from benchmarks.pages import measure_pages
from benchmarks.product import PEOPLE_MAX, STREAMS_PER_USER, Product, run_product, turn_request

LEVELS = (20, 200, 1000)
TOKENS = 200
RATE = 20
RAMP_S = 6.0
ROUNDS = 3
SHORT_TURNS = 300
SHORT_S = 6.0
ROOM = 200
RUSH = 1000
RESULTS = Path(__file__).parent / "results" / "streams.json"
LAST_WORDS = ['"type":"end"', '"status":"complete"']

Requests = list[bytes]


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that streams go through: its port, its process, what is asked of it, and what it says last."""

    port: int
    pid: int
    make: Callable[[int, str], Requests]
    last_words: Sequence[str] = ()


@contextmanager
def run_helper(*arguments: str) -> Iterator[tuple[int, int]]:
    """Run a process of the benchmark; yields the port it tells, and its id."""
    process = subprocess.Popen(
        [sys.executable, "-m", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline()), process.pid
    finally:
        process.stdin.close()
        process.wait(30)


def watch_streams(subject: Subject, requests: Requests, *, tokens: int, over_s: float) -> dict[str, Any]:
    """Send requests spread evenly over some time and return what a process of browsers saw."""
    order = {
        "port": subject.port,
        "tokens": tokens,
        "last_words": list(subject.last_words),
        "requests": [
            {"at_s": over_s * number / len(requests), "bytes": request.decode("latin-1")}
            for number, request in enumerate(requests)
        ],
    }
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.viewer"],
        input=json.dumps(order) + "\n", stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    seen: dict[str, Any] = json.loads(ran.stdout)
    return seen


def measure(subject: Subject, count: int, *, tokens: int = TOKENS, over_s: float = RAMP_S) -> dict[str, Any]:
    """Return what was seen of so many streams, with the CPU time and the memory that the subject took."""
    requests = subject.make(count, f"tokens={tokens} rate={RATE}")
    with MemoryWatch(subject.pid) as memory:
        before = cpu_s(subject.pid)
        seen = watch_streams(subject, requests, tokens=tokens, over_s=over_s)
        seen["cpu_s"] = cpu_s(subject.pid) - before
    seen["peak_mb"] = memory.peak_mb
    seen["cpu_s_per_1m"] = seen["cpu_s"] / max(1, seen["tokens"]) * 1e6
    return seen


def plain_requests(count: int, question: str) -> Requests:
    """Return requests to a provider, as a relay passes them on."""
    body = json.dumps({"model": "bench", "stream": True, "messages": [{"role": "user", "content": question}]}).encode()
    head = "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    return [f"{head}content-length: {len(body)}\r\n\r\n".encode() + body] * count


def product_requests(product: Product) -> Callable[[int, str], Requests]:
    """Return what makes turns, each in a conversation that was just begun."""

    def make(count: int, question: str) -> Requests:
        places = product.begin_conversations(count)
        return [turn_request(person, conversation_id, question) for person, conversation_id in places]

    return make


def measure_level(subjects: dict[str, Subject], product: Product, count: int, rounds: int) -> dict[str, Any]:
    """Return the medians of one number of streams, and their ratios."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in subjects}
    servers: dict[str, list[float]] = {"postgres": [], "valkey": []}
    for number in range(rounds):
        for name, subject in subjects.items():
            if name == "pass_through" and number > 0:
                continue
            pids = product.servers()
            before = {server: tree_cpu_s(pids[server]) for server in servers}
            found[name].append(measure(subject, count))
            if name == "ours":
                for server, values in servers.items():
                    values.append((tree_cpu_s(pids[server]) - before[server]) / count * 1000)
            report(f"{count} streams, {name}", found[name][-1])
    turns = measure(subjects["ours"], max(count, SHORT_TURNS), tokens=1, over_s=SHORT_S)
    report(f"{max(count, SHORT_TURNS)} turns of one token", turns)
    ours, splice = found["ours"], found["splice"]
    ratios = [one["cpu_s_per_1m"] / other["cpu_s_per_1m"] for one, other in zip(ours, splice, strict=True)]
    return {
        "streams": count,
        "complete": min(seen["complete"] for seen in ours),
        "errors": sum(seen["errors"] + seen["refused"] for seen in ours) + turns["errors"] + turns["refused"],
        "ours_cpu_s_per_1m": middle(ours, "cpu_s_per_1m"),
        "splice_cpu_s_per_1m": middle(splice, "cpu_s_per_1m"),
        "ratio": round(statistics.median(ratios), 2),
        **ratio_of_pass_through(found, splice),
        "cpu_ms_per_turn": round(turns["cpu_s"] / turns["streams"] * 1000, 2),
        **{f"{server}_cpu_ms_per_turn": round(statistics.median(values), 2) for server, values in servers.items()},
        "added_ttft_ms_p50": middle(ours, "ttft_ms", "p50"),
        "added_ttft_ms_p99": middle(ours, "ttft_ms", "p99"),
        "added_token_ms_p50": middle(ours, "token_ms", "p50"),
        "added_token_ms_p99": middle(ours, "token_ms", "p99"),
        "splice_token_ms_p50": middle(splice, "token_ms", "p50"),
        "splice_token_ms_p99": middle(splice, "token_ms", "p99"),
        "peak_mb": middle(ours, "peak_mb"),
    }


def ratio_of_pass_through(found: dict[str, list[dict[str, Any]]], splice: list[dict[str, Any]]) -> dict[str, float]:
    """Return the pass-through's ratio to the splice, where it was measured."""
    passed = found.get("pass_through")
    return {"pass_through_ratio": round(passed[0]["cpu_s_per_1m"] / splice[0]["cpu_s_per_1m"], 2)} if passed else {}


def middle(found: Sequence[dict[str, Any]], *path: str) -> float:
    """Return the median of a value that lies somewhere in each."""
    values = []
    for seen in found:
        value: Any = seen
        for name in path:
            value = value[name]
        values.append(value)
    return round(statistics.median(values), 3)


def measure_burst(subject: Subject, count: int) -> dict[str, Any]:
    """Return what becomes of turns that all begin at the same moment."""
    seen = measure(subject, count, over_s=0.0)
    report(f"{count} turns at once", seen)
    return {
        "turns": count,
        **{name: seen[name] for name in ("complete", "errors", "refused")},
        "ttft_ms_p50": seen["ttft_ms"]["p50"],
        "ttft_ms_p99": seen["ttft_ms"]["p99"],
        "token_ms_p50": seen["token_ms"]["p50"],
        "peak_mb": round(seen["peak_mb"], 1),
    }


def measure_overload(provider_port: int) -> dict[str, Any]:
    """Return how soon those are refused for whom there is no room, in a product with room for few."""
    with run_product(provider_port, [("LATENT_MAX_STREAMS_PER_PROCESS", str(ROOM))]) as product:
        product.settle_in(ROOM // STREAMS_PER_USER)
        subject = Subject(product.port, product.api, product_requests(product), LAST_WORDS)
        measure(subject, 20, tokens=20, over_s=1.0)  # everybody's first time
        seen = measure(subject, RUSH, tokens=20, over_s=0.0)
    report(f"{RUSH} turns where {ROOM} have room", seen)
    return {"turns": RUSH, "room": ROOM, **{name: seen[name] for name in ("complete", "errors", "refused")},
            "refused_ms_p50": seen["refused_ms"]["p50"], "refused_ms_max": seen["refused_ms"]["max"]}  # fmt: skip


def report(title: str, seen: dict[str, Any]) -> None:
    """Print one measurement."""
    print(
        f"{title:>32}: {seen['complete']}/{seen['streams']} complete, {seen['errors']} errors,"
        f" {seen['cpu_s_per_1m']:.1f} s/1M tokens, {seen['cpu_s'] / seen['streams'] * 1000:.2f} ms/stream,"
        f" first +{seen['ttft_ms']['p50']} ms, token +{seen['token_ms']['p50']}/{seen['token_ms']['p99']} ms,"
        f" {seen['peak_mb']:.0f} MB",
        flush=True,
    )  # fmt: skip


def main(*, quick: bool) -> None:
    """Measure everything, print, and write the results."""
    with ExitStack() as stack:
        provider_port, _ = stack.enter_context(run_helper("benchmarks.provider"))
        relays = {
            name: stack.enter_context(run_helper("benchmarks.relays", kind, str(provider_port)))
            for name, kind in (("splice", "splice"), ("pass_through", "pass-through"))
            if name == "splice" or not quick
        }
        product = stack.enter_context(run_product(provider_port))
        product.settle_in(PEOPLE_MAX)
        subjects = {name: Subject(port, pid, plain_requests) for name, (port, pid) in relays.items()}
        subjects["ours"] = Subject(product.port, product.api, product_requests(product), LAST_WORDS)
        measure(subjects["ours"], 20, tokens=20, over_s=1.0)  # everybody's first time
        levels = [measure_level(subjects, product, count, 1 if quick else ROUNDS) for count in LEVELS]
        burst = measure_burst(subjects["ours"], LEVELS[-1])
        pages = measure_pages(product)
        overload = measure_overload(provider_port)
    results = {"levels": levels, "burst": burst, "overload": overload, "pages": pages}
    if not quick:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    json.dump(results, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main(quick="--quick" in sys.argv[1:])
