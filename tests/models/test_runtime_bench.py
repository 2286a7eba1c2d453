"""The bench: every model in a process of its own, figures for each, a named error when one fails."""

from __future__ import annotations

import pytest

from models.bench import BenchError, bench
from tests.models.conftest import BAD, GOOD


def test_the_reader_is_timed_in_a_fresh_process() -> None:
    seen: list[tuple[str, int, int]] = []
    texts = [*GOOD.values(), *BAD.values(), *GOOD.values()]
    found = bench(texts, precisions=["bf16"], threads=1, peers=(), progress=lambda *at: seen.append(at))
    assert found["texts"] == len(GOOD) + len(BAD)
    assert found["default"] == "bf16"
    assert found["threads"] == 1
    assert found["texts_per_second"] > 0
    assert found["times_the_fastest_peer"] is None
    assert 0 < found["first_reading_seconds"] < 300
    assert 100 < found["peak_mb"] < 1_610
    assert found["mean_tokens"] > 4
    assert ("reader bf16", len(GOOD) + len(BAD), len(GOOD) + len(BAD)) in seen


def test_a_model_that_fails_is_named() -> None:
    with pytest.raises(BenchError, match="reader ended with 1"):
        bench(["ok"], precisions=["fp7"], peers=())


@pytest.mark.long
def test_peers_read_the_same_texts() -> None:
    found = bench(["Fine.", "Slow."], precisions=["fp32"], threads=1, peers=("mbert",))
    assert found["peers"]["mbert"]["texts"] == 2
    assert found["times_the_fastest_peer"] > 0
