"""Precisions, devices, threads and batches: what is chosen, and that it changes no reading."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from models import checkpoint, int8, runtime
from models.checkpoint import Description
from models.network import Architecture, Network
from models.reader import FILE, WEIGHTS, Reader
from models.readings import Readings
from models.runtime import PRECISIONS, Runtime, RuntimeChoiceError
from tests.models.conftest import BAD, GOOD

MIXED = [
    "Check-in took an hour, but the room was lovely and the breakfast even better.",
    "Pasūtījums kavējās divas nedēļas, toties kurjers bija ļoti laipns un zvanīja iepriekš.",
    "Kaina gera, bet programėlė nuolat stringa ir tenka jungtis iš naujo.",
    "Hind oli hea, aga pakk jõudis kohale katkisena ja vastust pole siiani.",
    "Aplikace padá, podpora odpověděla za pět dní. Cena je ale nejlepší na trhu 🙂",
    "Номер чистый, персонал вежливый, но шум с улицы не дал уснуть до трёх ночи.",
    "Obsługa miła, ale faktura znowu z błędem!!! Trzeci raz w tym roku 😡",
    "Preis in Ordnung, Lieferung pünktlich, die Anleitung hingegen völlig unverständlich.",
    "ok",
    "NEVER AGAIN " * 12,
]
TEXTS = [*GOOD.values(), *BAD.values(), *MIXED, " ".join([*GOOD.values(), *MIXED] * 3)]
LIMITS = {"fp32": (1e-6, 1e-6, 1e-6), "bf16": (0.05, 0.01, 0.02), "int8": (0.5, 0.08, 0.1)}
"""By precision: how far score, class probabilities and emotions may be from float32 on any text."""


@pytest.fixture(scope="module")
def exact() -> Readings:
    return Reader(threads=1, precision="fp32").read(TEXTS)


def _usable(precision: str) -> bool:
    return precision != "int8" or int8.supported()


def worst(first: Readings, second: Readings, *columns: str) -> float:
    return max(float(np.abs(getattr(first, name) - getattr(second, name)).max()) for name in columns)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_every_precision_agrees_with_float32_on_real_text(precision: str, exact: Readings) -> None:
    if not _usable(precision):
        pytest.skip("this processor has no fast product of bytes; the error for it is tested elsewhere")
    reader = Reader(threads=1, precision=precision)
    assert reader.precision == precision
    found = reader.read(TEXTS)
    score, classes, emotions = LIMITS[precision]
    assert worst(found, exact, "score") <= score
    assert worst(found, exact, "p_detractor", "p_passive", "p_promoter") <= classes
    assert worst(found, exact, "emotions") <= emotions
    assert np.abs(found.score - exact.score).mean() <= score / 4
    assert (found.embedding * exact.embedding).sum(1).min() > 0.99


@pytest.mark.parametrize("precision", PRECISIONS)
def test_readings_depend_on_neither_batch_nor_threads(precision: str) -> None:
    if not _usable(precision):
        pytest.skip("this processor has no fast product of bytes; the error for it is tested elsewhere")
    reader = Reader(threads=2, precision=precision)
    together = reader.read([*TEXTS, *(f"{text} {n}" for n in range(3) for text in MIXED)])
    torch.set_num_threads(1)
    alone = [reader.read([text]) for text in MIXED]
    for place, reading in enumerate(alone, len(GOOD) + len(BAD)):
        for name in ("score", "scores", "emotions", "embedding"):
            assert np.abs(getattr(together, name)[place] - getattr(reading, name)[0]).max() <= 1e-3


def test_the_shipped_weights_have_their_own_ranges() -> None:
    assert int8.load_ranges(WEIGHTS / int8.RANGES, checkpoint.version(WEIGHTS / FILE)), (
        "models/weights/ranges.safetensors is of other weights: python -m models.training.ranges"
    )


def test_the_fastest_precision_that_is_there_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    cpu, ranges = torch.device("cpu"), {"layers.0.inner": torch.zeros(2, 4)}
    monkeypatch.setattr(int8, "supported", lambda: True)
    monkeypatch.setattr(runtime, "_multiplies_bf16", lambda _: True)
    assert runtime.choose_precision(None, cpu, ranges) == "int8"
    assert runtime.choose_precision(None, cpu, {}) == "bf16"
    assert runtime.choose_precision("fp32", cpu, ranges) == "fp32"
    monkeypatch.setenv("SAYSO_PRECISION", "bf16")
    assert runtime.choose_precision(None, cpu, ranges) == "bf16"
    monkeypatch.delenv("SAYSO_PRECISION")
    monkeypatch.setattr(int8, "supported", lambda: False)
    monkeypatch.setattr(runtime, "_multiplies_bf16", lambda _: False)
    assert runtime.choose_precision(None, cpu, ranges) == "fp32"
    with pytest.raises(RuntimeChoiceError, match="no fast product of bytes"):
        runtime.choose_precision("int8", cpu, ranges)


def test_int8_that_is_not_there_is_named() -> None:
    with pytest.raises(RuntimeChoiceError, match=r"models\.training\.ranges"):
        runtime.choose_precision("int8", torch.device("cpu"), {})
    with pytest.raises(RuntimeChoiceError, match="not on meta"):
        runtime.choose_precision("int8", torch.device("meta"), {"x": torch.zeros(2, 1)})


def test_ranges_of_other_weights_are_not_used(tmp_path: Path) -> None:
    path = tmp_path / int8.RANGES
    assert int8.load_ranges(path, "sayso-0") == {}
    int8.save_ranges(path, {"layers.0.inner": torch.ones(2, 4)}, "sayso-1")
    assert int8.load_ranges(path, "sayso-0") == {}
    assert int8.load_ranges(path, "sayso-1")["layers.0.inner"].tolist() == [[1.0] * 4] * 2
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(int8.RangesError, match="damaged"):
        int8.load_ranges(path, "sayso-1")


@pytest.mark.skipif(not int8.supported(), reason="this processor has no fast product of bytes")
def test_bytes_follow_a_network_with_a_few_huge_channels() -> None:
    torch.manual_seed(5)
    network = Network(Architecture(40, 96, 3, 12, 256, 64, {"score": 11})).eval()
    network.embeddings.words.scales.copy_(torch.rand(40, 3) * 0.05)
    network.embeddings.words.nibbles.copy_(torch.randint(0, 256, (40, 3, 16), dtype=torch.uint8))
    with torch.no_grad():
        for layer in network.layers:
            layer.inner.weight[7] *= 40
    ids, mask = runtime.padded([[4 + (i * k) % 36 for i in range(20 + k % 4)] for k in range(1, 9)])
    ranges = int8.observe(network, [(ids, mask)])
    assert set(ranges) == {f"layers.{i}.{part}" for i in range(3) for part in int8.PARTS}
    with torch.inference_mode():
        expected = network.pool(network.encode(ids, mask), mask)
        found = network.pool(int8.Int8Encoder(network, ranges).encode(ids, mask), mask)
    assert torch.nn.functional.cosine_similarity(expected, found).min() > 0.995


def test_batches_hold_one_width_and_every_window_once() -> None:
    windows = [[5] * length for length in (3, 90, 17, 16, 15, 8, 9, 160, 160, 4, 88)]
    found = list(runtime.batches(windows, tokens=320))
    assert sorted(place for batch in found for place in batch) == list(range(len(windows)))
    for batch in found:
        ids, mask = runtime.padded([windows[place] for place in batch])
        assert ids.numel() <= 320
        assert mask.sum(1).tolist() == [len(windows[place]) for place in batch]


def test_threads_are_put_back(tmp_path: Path) -> None:
    network = Network(Architecture(40, 96, 1, 12, 64, 64, {"score": 11}))
    checkpoint.save(tmp_path / FILE, network, Description(network.shape, checkpoint.Calibration()), "int8")
    before = torch.get_num_threads()
    try:
        made = Runtime(checkpoint.load(tmp_path / FILE)[0], precision="fp32", device="cpu", threads=2)
        assert made.pooled([[0, 5, 2], [0, 6, 7, 2]]).shape == (2, 192)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
