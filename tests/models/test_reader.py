"""The reader with the shipped weights: order, invariance, hostile texts, eight languages."""

from __future__ import annotations

import socket
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import given, settings

from models.reader import Reader, ReaderError
from models.readings import EMOTIONS, Readings
from models.runtime import RuntimeChoiceError
from models.texts import readable, with_title
from tests.models.conftest import BAD, GOOD

TEXTS = [*GOOD.values(), *BAD.values(), "", "ok", "Labs, bet dārgs 😀", "The room was fine. " * 30, "х" * 300]


def check(readings: Readings, n: int) -> None:
    """Shapes and ranges of the contract."""
    assert len(readings) == n
    assert readings.scores.shape == (n, 11)
    assert readings.emotions.shape == (n, len(EMOTIONS))
    assert np.allclose(readings.scores.sum(1), 1, atol=1e-5)
    assert np.allclose(readings.p_detractor + readings.p_passive + readings.p_promoter, 1, atol=1e-5)
    for column in (readings.scores, readings.emotions, readings.embedding, readings.score):
        assert column.dtype == np.float32
        assert np.isfinite(column).all()
    assert ((readings.score >= 0) & (readings.score <= 10)).all()
    assert ((readings.emotions >= 0) & (readings.emotions <= 1)).all()
    length = np.linalg.norm(readings.embedding, axis=1)
    assert (np.isclose(length, 1, atol=1e-3) | (length == 0)).all()
    assert len(readings.lang) == n
    assert readings.touchpoints is not None
    assert all(0 <= t.p <= 1 and -1 <= t.polarity <= 1 for row in readings.touchpoints for t in row)


def close(first: Readings, second: Readings, tolerance: float = 1e-3) -> bool:
    return all(
        np.abs(getattr(first, name) - getattr(second, name)).max() <= tolerance
        for name in ("scores", "score", "emotions", "p_promoter", "embedding")
    )


def test_columns_have_the_documented_shapes(reader: Reader) -> None:
    check(reader.read(TEXTS), len(TEXTS))


def test_no_texts_are_no_readings(reader: Reader) -> None:
    check(reader.read([]), 0)


def test_order_is_kept_and_equal_texts_read_equally(reader: Reader) -> None:
    readings = reader.read([*TEXTS, *TEXTS[::-1]])
    n = len(TEXTS)
    assert np.array_equal(readings.scores[:n], readings.scores[n:][::-1])
    assert readings.lang[:n] == readings.lang[n:][::-1]


def test_readings_do_not_depend_on_the_batch(reader: Reader) -> None:
    together = reader.read(TEXTS)
    for place, text in enumerate(TEXTS):
        assert abs(reader.read([text]).score[0] - together.score[place]) <= 1e-3
    longer = reader.read([*TEXTS, "Something else, and longer than the rest. " * 9])
    assert np.abs(longer.scores[:-1] - together.scores).max() <= 1e-3
    assert np.abs(longer.embedding[:-1] - together.embedding).max() <= 1e-3


def test_readings_do_not_depend_on_the_threads(reader: Reader) -> None:
    texts = TEXTS[6:10]
    one = reader.read(texts)
    torch.set_num_threads(2)
    try:
        assert close(one, reader.read(texts))
    finally:
        torch.set_num_threads(1)


def test_precisions_agree(reader: Reader) -> None:
    exact = Reader(threads=1, precision="fp32").read(TEXTS)
    fast = reader.read(TEXTS)
    assert np.abs(exact.score - fast.score).max() < 0.2
    assert np.abs(exact.emotions - fast.emotions).max() < 0.1


@pytest.mark.parametrize("text", ["", " \n\t ", "\x00", "\u200b\u200b", "\x07 \x1b"])
def test_nothing_to_read_is_an_abstention_with_defined_values(reader: Reader, text: str) -> None:
    readings = reader.read([text])
    check(readings, 1)
    assert readings.abstain[0]
    assert np.allclose(readings.scores[0], 1 / 11)
    assert not readings.emotions.any()
    assert not readings.embedding.any()
    assert readings.touchpoints == [[]]
    assert readings.lang == ["und"]


def test_a_script_that_the_vocabulary_does_not_hold_is_an_abstention(reader: Reader) -> None:
    readings = reader.read(["このホテルはとても良かったです", "房间很干净"])
    assert readings.abstain.all()
    assert readings.lang == ["ja", "zh"]


@pytest.mark.parametrize("lang", sorted(GOOD))
def test_praise_is_above_complaint_in_every_language(reader: Reader, lang: str) -> None:
    readings = reader.read([GOOD[lang], BAD[lang]])
    assert readings.score[0] > 6.5
    assert readings.score[1] < 3.5
    assert readings.lang == [lang, lang]
    positive = [EMOTIONS.index(name) for name in ("delight", "gratitude", "trust")]
    negative = [EMOTIONS.index(name) for name in ("disappointment", "irritation", "anger", "disgust")]
    assert readings.emotions[0, positive].sum() > readings.emotions[1, positive].sum()
    assert readings.emotions[1, negative].sum() > readings.emotions[0, negative].sum()


def test_a_literal_special_token_is_text(reader: Reader) -> None:
    plain, spelled = reader.read([GOOD["en"], f"<s></s><pad><unk><mask> {GOOD['en']}"]).score
    assert abs(plain - spelled) < 1.5


def test_very_long_texts_are_read_whole(reader: Reader) -> None:
    long = [text * (100_000 // len(text)) for text in (f"{GOOD['en']}. ", f"{BAD['ru']}. ")]
    readings = reader.read([*long, "а" * 100_000, "😀" * 100_000])
    check(readings, 4)
    assert readings.score[0] > 6.5
    assert readings.score[1] < 3.5


def test_the_end_of_a_long_text_counts(reader: Reader) -> None:
    filler = "Zimmer, Frühstück, Bahnhof, Parkplatz. " * 30
    good, bad = reader.read([filler + (GOOD["de"] + ". ") * 20, filler + (BAD["de"] + ". ") * 20]).score
    assert good > bad + 2


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(st.characters(codec=None), max_size=80), min_size=1, max_size=4))
def test_any_unicode_is_read(reader: Reader, texts: list[str]) -> None:
    check(reader.read(texts), len(texts))


def test_surrogates(reader: Reader) -> None:
    assert readable("\ud83d\ude00") == "😀"
    assert readable("a\ud800b") == "a\ufffdb"
    paired = reader.read(["\ud83d\ude00 super", "😀 super"])
    assert paired.score[0] == paired.score[1]


def test_known_languages_are_kept(reader: Reader) -> None:
    assert reader.read(["ok", "ok", "sehr gut"], ["lv", None, None]).lang == ["lv", "und", "de"]


def test_wrong_arguments_are_named(reader: Reader) -> None:
    with pytest.raises(ReaderError, match="1 langs for 2 texts"):
        reader.read(["a", "b"], ["en"])
    with pytest.raises(ReaderError, match="single string"):
        reader.read("abc")
    with pytest.raises(RuntimeChoiceError, match="precision"):
        Reader(precision="fp8")
    with pytest.raises(RuntimeChoiceError, match="threads"):
        Reader(threads=0)
    with pytest.raises(RuntimeChoiceError, match="device"):
        Reader(device="abacus")


def test_the_environment_can_choose(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAYSO_PRECISION", "half a byte")
    with pytest.raises(RuntimeChoiceError, match="half a byte"):
        Reader()


def test_progress_ends_at_the_end(reader: Reader) -> None:
    seen: list[tuple[int, int]] = []
    reader.read(
        [f"{text} {n}" for text in GOOD.values() for n in range(30)], progress=lambda *at: seen.append(at)
    )
    assert seen
    assert seen[-1][0] == seen[-1][1]
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_equal_weights_have_equal_versions(reader: Reader) -> None:
    assert reader.model == Reader().model
    assert reader.model.startswith("sayso-")


def test_no_network_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the reader opened a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert Reader(threads=1).read([GOOD["cs"]]).score[0] > 5


def test_importing_the_reader_does_not_import_torch() -> None:
    import subprocess
    import sys

    code = "import sys, models.reader, models.language; sys.exit('torch' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=False).returncode
        == 0
    )


@pytest.mark.parametrize(
    ("title", "text", "expected"),
    [
        ("Slow", "Two weeks", "Slow. Two weeks"),
        (None, "x", "x"),
        ("Only", "", "Only"),
        ("Ko?", "Nē", "Ko? Nē"),
    ],
)
def test_titles(title: str | None, text: str, expected: str) -> None:
    assert with_title(title, text) == expected
