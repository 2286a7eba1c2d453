"""How fast the reader is here, beside the models people would use otherwise: measured, never asserted.

Everything is timed in one run, each model in a fresh process of its own, so that start and memory are its
own too:

    python -m models.bench      (one of them: a job as JSON on standard input; `bench` starts these)
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import numpy as np

from models.errors import ModelError

Progress = Callable[[str, int, int], None]
"""Called with (who reads, texts done, texts in all)."""
READER = "reader"
PEERS = ("xlm-r-base", "mbert")
"""Shapes of common multilingual classifiers; see `models.peers`."""
PEER_TEXTS = 100
"""Peers are slow: they read a sample of so many of the same texts."""
_RSS_UNIT = 1024 if sys.platform.startswith("linux") else 1


class BenchError(ModelError):
    """A model that was to be timed did not get to the end."""


@dataclass(frozen=True)
class Job:
    """One model to time: the reader in a precision, or a peer."""

    who: str
    texts: tuple[str, ...]
    precision: str | None = None
    threads: int | None = None


def bench(
    texts: Sequence[str],
    *,
    precisions: Sequence[str] | None = None,
    threads: int | None = None,
    peers: Sequence[str] = PEERS,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Texts a second over the whole path from strings to readings, start and memory, by precision and peer.

    Distinct `texts` are read in a seeded order. `precisions` are those that are worth using here if not
    given; the first is the one a Reader takes by itself. Seconds are wall clock. Raises BenchError.
    """
    some = sorted(set(texts))
    some = [some[place] for place in np.random.default_rng(1).permutation(len(some))]
    runs = {p: _timed(Job(READER, tuple(some), p, threads), progress) for p in precisions or _usable()}
    others = {p: _timed(Job(p, tuple(some[:PEER_TEXTS]), None, threads), progress) for p in peers}
    return _report(some, runs, others)


def peak_bytes() -> int:
    """The most memory this process held. What `getrusage` says counts the parent's too, until the exec."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    held = [int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")]
    return held[0] if held else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _RSS_UNIT


def _report(texts: Sequence[str], runs: dict[str, Any], others: dict[str, Any]) -> dict[str, Any]:
    default = next(iter(runs.values()))
    fastest = max((other["texts_per_second"] for other in others.values()), default=None)
    speed = default["texts_per_second"]
    return {
        "model": default["model"],
        "texts": len(texts),
        "mean_characters": round(sum(map(len, texts)) / max(len(texts), 1), 1),
        "mean_tokens": default["mean_tokens"],
        "threads": default["threads"],
        "default": default["precision"],
        "texts_per_second": speed,
        "times_the_fastest_peer": None if fastest is None else round(speed / fastest, 1),
        "first_reading_seconds": default["first_seconds"],
        "peak_mb": default["peak_mb"],
        "precisions": runs,
        "peers": others,
    }


def _usable() -> list[str]:
    from models import checkpoint
    from models.int8 import RANGES, load_ranges
    from models.reader import FILE, WEIGHTS
    from models.runtime import available, choose_device, choose_precision

    device = choose_device()
    ranges = load_ranges(WEIGHTS / RANGES, checkpoint.version(WEIGHTS / FILE))
    default = choose_precision(None, device, ranges)
    return [default, *(p for p in available(device, ranges) if p != default)]


def _timed(job: Job, progress: Progress | None) -> dict[str, Any]:
    """Run one job in a process of its own and give what it measured."""
    begun = time.time()
    command = [sys.executable, "-m", "models.bench"]
    found: dict[str, Any] = {}
    with TemporaryFile("w+", encoding="utf-8") as given:
        json.dump(asdict(job), given)
        given.seek(0)
        with subprocess.Popen(command, stdin=given, stdout=subprocess.PIPE, text=True) as child:
            for line in child.stdout or ():
                said = json.loads(line)
                if "done" not in said:
                    found |= said
                elif progress is not None:
                    progress(f"{job.who} {job.precision or ''}".strip(), said["done"], said["of"])
    if child.returncode != 0 or "seconds" not in found:
        raise BenchError(f"{job.who} ended with {child.returncode} before it was timed; its error is above")
    return _figures(job, found, begun)


def _figures(job: Job, found: dict[str, Any], begun: float) -> dict[str, Any]:
    return {
        **found.pop("about"),
        "texts": len(job.texts),
        "texts_per_second": round(len(job.texts) / found["seconds"], 1),
        "first_seconds": round(found["first_at"] - begun, 2),
        "peak_mb": found["peak_mb"],
    }


def work(job: Job) -> None:
    """Do a job in this process; lines of JSON on standard output tell how it goes."""
    read, about = _reader(job) if job.who == READER else _peer(job)
    read(list(job.texts[:1]))
    _say(first_at=time.time())
    begun = time.perf_counter()
    read(list(job.texts))
    seconds = time.perf_counter() - begun
    _say(seconds=seconds, peak_mb=round(peak_bytes() / 1e6), about=about())


Work = tuple[Callable[[list[str]], None], Callable[[], dict[str, Any]]]
"""What reads texts, and what then tells about it."""


def _reader(job: Job) -> Work:
    from models.reader import TOKENIZER, WEIGHTS, Reader, Windows

    reader = Reader(precision=job.precision, threads=job.threads)

    def read(texts: list[str]) -> None:
        reader.read(texts, progress=lambda done, total: _say(done=done, of=total))

    def about() -> dict[str, Any]:
        import torch

        windows, _ = Windows(WEIGHTS / TOKENIZER, reader.description.window).of(job.texts)
        tokens = round(sum(map(len, windows)) / max(len(job.texts), 1), 1)
        threads = torch.get_num_threads()
        return {
            "model": reader.model,
            "precision": reader.precision,
            "threads": threads,
            "mean_tokens": tokens,
        }

    return read, about


def _peer(job: Job) -> Work:
    from models.peers import pipeline_of

    pipeline = pipeline_of(job.who, job.threads)

    def read(texts: list[str]) -> None:
        for done, _ in enumerate(pipeline(text for text in texts), 1):
            _say(done=done, of=len(texts))

    return read, lambda: {"precision": "fp32"}


def _say(**facts: Any) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    given = json.load(sys.stdin)
    work(Job(given["who"], tuple(given["texts"]), given["precision"], given["threads"]))
