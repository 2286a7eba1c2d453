"""The behavioural suite: it can be passed, it can be failed, and the shipped reader is put through it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.reader import Reader
from models.readings import EMOTIONS
from models.training import behaviour as suite
from models.training.behaviour import (
    BRANDS,
    FOLDER,
    LANGUAGES,
    MEANINGS,
    SIDES,
    SWAP,
    Case,
    Outcome,
    all_cases,
    behaviour,
    behaviour_failures,
    behaviour_table,
    sampled,
    side_of,
    wilson,
    written_cases,
)
from models.training.behaviour_noise import NOISES, latin_russian, mistyped, shouted, spelt_out, without_marks
from models.training.corpora import CorpusError, read_rows
from models.training.labels import SENTIMENT_SCORES

ASPECTS = {"service", "product", "quality", "price", "delivery", "support", "billing", "shop", "website/app"}


class Fake:
    """A reader that scores each text by a function."""

    def __init__(self, score: Callable[[str], float]) -> None:
        self._score = score

    def read(self, texts: Sequence[str], langs: Sequence[str | None] | None = None) -> SimpleNamespace:
        assert langs is not None
        assert len(langs) == len(texts) == len(set(texts))
        return SimpleNamespace(score=np.array([self._score(text) for text in texts], dtype=np.float32))


def mean_rate(report: dict) -> float:
    """Mean over the capabilities; of an invariance, unmoved and right."""
    found = report["capabilities"].values()
    return float(np.mean([one.get("right", one["rate"])["value"] for one in found]))


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return list(all_cases())


def test_every_capability_is_tested_in_every_language_it_exists_in(cases: list[Case]) -> None:
    found = Counter((case.capability, case.lang) for case in cases)
    assert {name for name, _ in found} == set(MEANINGS)
    for name in MEANINGS:
        langs = set(NOISES[name]) if name in NOISES else set(LANGUAGES)
        assert {lang for capability, lang in found if capability == name} == langs
    assert min(found.values()) >= 5
    assert {case.kind for case in cases} == {"MFT", "DIR", "INV"}


def test_a_reader_that_knows_the_answers_passes_everything(cases: list[Case]) -> None:
    answers: dict[str, float] = {}
    for case in cases:
        steps = np.linspace(2, 8, len(case.texts)) if case.kind == "DIR" else None
        middle = float(np.mean(SIDES[case.side])) if case.side else 0.0
        answers |= {text: middle if steps is None else float(steps[i]) for i, text in enumerate(case.texts)}
    report = behaviour(Fake(answers.__getitem__))
    for name, found in report["capabilities"].items():
        assert found["rate"]["value"] == 1, name
        assert found.get("right", found["rate"])["value"] == 1, name
        assert not found["worst"]
    assert behaviour_failures(report) == []


@pytest.mark.parametrize("constant", [0.0, 5.0, 7.0, 10.0])
def test_a_reader_that_always_says_the_same_fails(constant: float) -> None:
    found = behaviour(Fake(lambda _: constant))["capabilities"]
    for name, one in found.items():
        if one["type"] == "DIR":
            assert one["rate"]["value"] == 0, name
        elif one["type"] == "MFT":
            assert one["rate"]["value"] <= 0.75, name
        else:
            assert one["rate"]["value"] == 1, name
            assert one["right"]["value"] <= 0.5, name


def test_a_reader_that_throws_dice_fails() -> None:
    dice = np.random.default_rng(5)
    report = behaviour(Fake(lambda _: dice.uniform(0, 10)))
    assert mean_rate(report) < 0.4
    for name, one in report["capabilities"].items():
        assert one["rate"]["value"] < 0.7, name
        assert one["worst"], name


def test_one_broken_capability_shows_and_only_there(cases: list[Case]) -> None:
    """A reader that counts good and bad words, but reads nothing in capitals."""
    answers = {}
    for case in cases:
        if case.side:
            answers |= dict.fromkeys(case.texts, float(np.mean(SIDES[case.side])))
    found = behaviour(Fake(lambda text: 5.0 if text.isupper() else answers.get(text, 5.0)))["capabilities"]
    assert found["capitals"]["rate"]["value"] < 0.6
    assert found["typos"]["rate"]["value"] == found["language_swap"]["rate"]["value"] == 1
    worst = found["capitals"]["worst"][0]
    assert worst["texts"][0].isupper()
    assert len(worst["texts"]) == 1
    assert worst["scores"][0] == 5


@pytest.mark.parametrize("score", range(11))
def test_sides_are_those_that_training_takes_scores_for(score: int) -> None:
    assert score in SENTIMENT_SCORES[side_of(score)]


def test_outcomes_by_kind() -> None:
    negative = Case("negation", "MFT", "en", ("Not good",), "negative")
    assert Outcome(negative, (4.5,)).passed
    assert not Outcome(negative, (4.6,)).passed
    assert Outcome(negative, (6.0,)).missed == pytest.approx(1.5)
    rising = Case("contrast", "DIR", "en", ("a", "b", "c"))
    assert Outcome(rising, (1.0, 2.0, 3.0)).passed
    assert not Outcome(rising, (1.0, 3.0, 2.0)).passed
    assert not Outcome(rising, (2.0, 2.0, 3.0)).passed
    same = Case("brands", "INV", "en", ("a", "a", "b"), "positive")
    assert Outcome(same, (9.0, 9.0, 7.5)).right
    assert not Outcome(same, (9.0, 9.0, 6.0)).passed
    wrong = Outcome(same, (2.0, 2.0, 2.0))
    assert wrong.passed
    assert not wrong.right


def test_a_bound_takes_a_seeded_sample(cases: list[Case]) -> None:
    few = list(sampled(cases, 3))
    assert few == list(sampled(cases, 3))
    assert max(Counter((case.capability, case.lang) for case in few).values()) == 3
    assert list(sampled(cases[:40], None)) == cases[:40]


def test_an_unknown_list_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "behaviour_en.toml").write_text('[negation]\nsideways = ["Not bad"]\n')
    monkeypatch.setattr(suite, "FOLDER", tmp_path)
    with pytest.raises(CorpusError, match=r"behaviour_en\.toml.*sideways"):
        list(written_cases("en"))


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_intervals_hold_the_share(counts: tuple[int, int]) -> None:
    found = wilson(*counts)
    assert 0 <= found.low <= found.value + 1e-12
    assert found.value <= found.high + 1e-12 <= 1 + 2e-12


def test_interval_of_a_known_share() -> None:
    found = wilson(8, 10)
    assert (found.low, found.high) == (pytest.approx(0.4902, abs=1e-4), pytest.approx(0.9433, abs=1e-4))


def test_the_shipped_reader_does_better_than_chance(reader: Reader) -> None:
    report = behaviour(reader, limit=2)
    dice = np.random.default_rng(5)
    chance = behaviour(Fake(lambda _: dice.uniform(0, 10)), limit=2)
    assert json.loads(json.dumps(report, allow_nan=False)) == report
    found = report["capabilities"]
    assert found["emoji"]["rate"]["value"] >= 0.7
    assert found["code_switching"]["rate"]["value"] >= 0.7
    assert mean_rate(report) > mean_rate(chance) + 0.15
    assert all(found[name]["n"] == 16 for name in ("negation", "typos", "language_swap"))
    head, rows = behaviour_table(report)
    assert len(rows) == len(MEANINGS)
    assert {len(row) for row in rows} == {len(head)}
    assert len(behaviour_failures(report)) <= len(MEANINGS)


def test_the_swap_set_is_a_hundred_reviews_in_eight_languages() -> None:
    groups: dict[str, list[dict]] = {}
    for row in read_rows(SWAP, "test"):
        groups.setdefault(row["group"], []).append(row)
    assert len(groups) == 100
    for group in groups.values():
        assert [row["lang"] for row in group] == list(LANGUAGES)
        assert len({json.dumps([row["value"], row["labels"], row["meta"]]) for row in group}) == 1
    meanings = [group[0] for group in groups.values()]
    assert set(Counter(row["value"] for row in meanings)) == set(range(11))
    assert {name for row in meanings for name in row["labels"]} == set(EMOTIONS)
    assert {point["aspect"] for row in meanings for point in row["meta"]["touchpoints"]} == ASPECTS
    assert {row["meta"]["advocacy"] for row in meanings} == {"recommends", "discourages", "none"}
    assert {row["meta"]["speaker"] for row in meanings} == {"customer", "prospect", "former", "unclear"}
    assert {row["meta"]["effort"] for row in meanings} == {"easy", "struggle", "none"}
    assert {side_of(row["value"]) for row in meanings} == set(SIDES)


def plain(text: str) -> str:
    """The letters of a text, for telling whether two are the same."""
    return "".join(c for c in text.casefold() if c.isalnum())


def test_no_text_of_the_suite_is_trained_on(cases: list[Case]) -> None:
    trained = {plain(row["text"]) for path in FOLDER.glob("*.jsonl") for row in read_rows(path, "train")}
    assert len(trained) > 100
    texts = {text for case in cases for text in case.texts if plain(text)}
    assert not {text for text in texts if plain(text) in trained}


def test_brand_templates_take_any_name(cases: list[Case]) -> None:
    branded = [case for case in cases if case.capability == "brands"]
    assert all(len(set(case.texts[1:])) == len(BRANDS) for case in branded)
    assert not any("{" in text for case in branded for text in case.texts)


@given(st.text(max_size=200))
def test_noise_takes_any_text(text: str) -> None:
    assert mistyped(text) == mistyped(text)
    assert abs(len(mistyped(text)) - len(text)) <= max(1, round(len(text.split(" ")) / 6))
    for change in (without_marks, spelt_out, latin_russian):
        assert change(change(text)) == change(text)


def test_noise_as_people_make_it() -> None:
    assert (
        without_marks("Žāļu pļāvējs, łódź, příliš, õhtu, švęsti, Ёж")
        == "Zalu plavejs, lodz, prilis, ohtu, svesti, Ёж"
    )
    assert spelt_out("Größe, Ärger, schön") == "Groesse, Aerger, schoen"
    assert shouted("straße, žluťoučký, щука") == "STRASSE, ŽLUŤOUČKÝ, ЩУКА"
    russian = [row["text"] for row in read_rows(SWAP, "test") if row["lang"] == "ru"]
    latin = [latin_russian(text) for text in russian]
    assert not any("а" <= c.lower() <= "я" for text in latin for c in text)
    assert len({tuple(latin_russian(c + text)[:4] for c in "щхчц") for text in russian}) > 1
    slips = sum(mistyped(text) != text for text in russian)
    assert slips >= 0.97 * len(russian)
