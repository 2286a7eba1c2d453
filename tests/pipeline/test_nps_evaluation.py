"""Estimates against ratings: groups, corrections, coverage, the folder run, the cache of readings."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.nps_table import nps_tables
from models.readings import Readings
from pipeline.correction import BALANCE, Kind
from pipeline.errors import InputError
from pipeline.nps_evaluation import Settings, evaluate_nps, keep_figures, measured
from pipeline.nps_groups import natural_groups, prevalence_groups
from pipeline.nps_judge import FOLDS, NOTHING, OTHERS, OTHERS_TRAIN, OUTSIDE
from pipeline.nps_methods import noise_floor, plain, shipped, with_labels
from pipeline.rated_texts import RatedSet, rated_sets
from pipeline.reader_error import shipped_reader_error
from pipeline.reading_cache import ReadingCache

USUAL = np.array([0.5, 0.2, 0.3])


def drawn(
    rng: np.random.Generator, n: int, mix: Sequence[float] = tuple(USUAL), skill: float = 1.6
) -> RatedSet:
    """Texts whose posteriors are calibrated where the mix is USUAL."""
    classes = rng.choice(3, size=n, p=mix)
    seen = rng.normal(size=(n, 3)) + skill * np.eye(3)[classes]
    odds = np.exp(skill * seen) * USUAL
    return RatedSet(
        "town", classes, odds / odds.sum(axis=1, keepdims=True), np.array(["lv"] * n), np.array([""] * n),
        np.array(["dev"] * n),
    )  # fmt: skip


def test_a_mix_that_the_reader_does_not_expect_is_corrected_without_a_label() -> None:
    rng = np.random.default_rng(1)
    kind = Kind.of(drawn(rng, 6000).posteriors)
    for mix in ([0.1, 0.1, 0.8], [0.8, 0.1, 0.1], [0.05, 0.6, 0.35]):
        group = drawn(rng, 3000, mix)
        truth = 100 * group.labels.mean()
        assert abs(plain(group.posteriors).value - truth) > 6
        found = shipped(kind, group.posteriors)
        assert abs(found.value - truth) < 4
        assert abs(found.value - truth) < 3 * found.se


def test_the_whole_of_a_kind_has_the_mean_of_its_readings() -> None:
    whole = drawn(np.random.default_rng(2), 3000).posteriors
    assert shipped(Kind.of(whole), whole).value == pytest.approx(plain(whole).value, abs=0.01)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.floats(0.01, 1), min_size=3, max_size=3), st.integers(30, 400), st.integers(0, 99))
def test_a_corrected_score_stays_on_its_scale(mix: list[float], n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    kind = Kind.of(drawn(rng, 400).posteriors)
    group = drawn(rng, n, np.array(mix) / sum(mix))
    found = shipped(kind, group.posteriors)
    assert -100 <= found.value <= 100
    assert 0 < found.se < found.sampling_se
    assert sum(found.shares) == pytest.approx(1)
    shuffled = shipped(kind, group.posteriors[rng.permutation(n)])
    assert shuffled.value == pytest.approx(found.value)


def test_intervals_hold_as_often_as_they_say() -> None:
    rng = np.random.default_rng(3)
    kind = Kind.of(drawn(rng, 4000).posteriors)
    held = []
    for _ in range(300):
        group = drawn(rng, 200, rng.dirichlet(np.ones(3)))
        found = shipped(kind, group.posteriors)
        held.append(abs(found.value - 100 * group.labels.mean()) < 1.96 * found.se)
    assert 0.92 <= np.mean(held) <= 0.985


def test_ratings_inside_a_kind_replace_the_posteriors_as_weights() -> None:
    rng = np.random.default_rng(4)
    texts = drawn(rng, 5000)
    overconfident = texts.posteriors**3 / (texts.posteriors**3).sum(axis=1, keepdims=True)
    group = drawn(rng, 4000, [0.15, 0.15, 0.7])
    sharp = group.posteriors**3 / (group.posteriors**3).sum(axis=1, keepdims=True)
    truth = 100 * group.labels.mean()
    blind = abs(Kind.of(overconfident).estimate(sharp.mean(axis=0), len(sharp)).value - truth)
    rated = abs(Kind.of(overconfident, texts.classes).estimate(sharp.mean(axis=0), len(sharp)).value - truth)
    assert rated < 4 < blind


def test_too_few_texts_or_a_reader_without_skill_are_not_corrected() -> None:
    rng = np.random.default_rng(5)
    assert not Kind.of(drawn(rng, 100).posteriors).usable
    assert not Kind.of(np.tile(USUAL, (1000, 1))).usable
    few = drawn(rng, 50).posteriors
    assert shipped(Kind.of(few), few) == plain(few)


def test_labels_of_the_target_narrow_the_error() -> None:
    rng = np.random.default_rng(6)
    kind = Kind.of(drawn(rng, 3000, skill=1.0).posteriors)
    errors = []
    for _ in range(60):
        group = drawn(rng, 400, rng.dirichlet(np.ones(3)), skill=1.0)
        blind = shipped(kind, group.posteriors)
        alone, both = with_labels(blind, group.posteriors, group.labels, rng.permutation(400)[:100])
        assert both.se < min(alone.se, blind.se)
        errors.append([abs(e.value - 100 * group.labels.mean()) for e in (blind, alone, both)])
    blind_error, alone_error, both_error = np.mean(errors, axis=0)
    assert both_error < alone_error
    assert both_error < blind_error


def test_the_noise_floor_is_what_a_perfect_reader_misses_by() -> None:
    rng = np.random.default_rng(7)
    groups = [drawn(rng, 200) for _ in range(300)]
    floors = [noise_floor(g.posteriors, g.classes, USUAL) for g in groups]
    errors = [abs(100 * (g.predicted.mean() - g.labels.mean())) for g in groups]
    assert np.mean(errors) == pytest.approx(np.mean(floors), rel=0.15)


def test_artificial_groups_have_their_size_no_text_twice_and_skip_what_cannot_be_supplied() -> None:
    rng = np.random.default_rng(8)
    item = drawn(rng, 900, [0.7, 0.1, 0.2])
    groups, skipped = prevalence_groups(item, 200, 30, seed=0)
    assert len(groups) == 30
    assert skipped > 0
    for group in groups:
        assert group.size == len(set(group.rows.tolist())) == 200
    spread = np.std([item.labels[g.rows].mean() for g in groups])
    assert spread > 0.15
    again, _ = prevalence_groups(item, 200, 30, seed=0)
    assert all((a.rows == b.rows).all() for a, b in zip(groups, again, strict=True))
    assert prevalence_groups(drawn(rng, 150), 200, 30, seed=0) == ([], 0)


def test_natural_groups_are_the_set_its_languages_and_brands_none_twice() -> None:
    item = drawn(np.random.default_rng(9), 400)
    mixed = RatedSet(
        "town", item.classes, item.posteriors, np.array(["lv"] * 250 + ["et"] * 120 + ["cs"] * 30),
        np.array(["Lumora"] * 400), item.splits,
    )  # fmt: skip
    assert [(g.name, g.size) for g in natural_groups(mixed)] == [
        ("town", 400),
        ("town/et", 120),
        ("town/lv", 250),
    ]


WORDS = {
    0: "slikti, nekad vairs",
    1: "normāli, vajadzēja ātrāk",
    2: "labi, iesaku visiem 👍",
}


class WordReader:
    """Tells the class by a word, rightly nine times of ten; counts what it is asked."""

    model = "word-1"

    def __init__(self) -> None:
        self.asked = 0

    def read(self, texts: Sequence[str], langs: Sequence[str | None] | None = None) -> Readings:
        self.asked += len(texts)
        guessed = np.array([next(k for k in WORDS if WORDS[k] in text) for text in texts])
        p = np.full((len(texts), 3), 0.05)
        p[np.arange(len(texts)), guessed] = 0.9
        zeros = np.zeros(len(texts), dtype=np.float32)
        return Readings(
            scores=np.zeros((len(texts), 11), np.float32), score=zeros, p_detractor=p[:, 0], p_passive=p[:, 1],
            p_promoter=p[:, 2], emotions=np.zeros((len(texts), 12), np.float32), touchpoints=None, advocacy=None,
            leaving=None, speaker=None, effort=None, p_generated=None, abstain=zeros > 1, lang=["lv"] * len(texts),
            model=self.model, embedding=np.zeros((len(texts), 2), np.float32),
        )  # fmt: skip


def write(folder: Path, name: str, rows: int, splits: Sequence[str], seed: int) -> None:
    rng = np.random.default_rng(seed)
    lines = []
    for number in range(rows):
        truth = int(rng.choice(3, p=USUAL))
        said = truth if rng.random() < 0.9 else int(rng.choice(3))
        lines.append(
            json.dumps({
                "id": f"{name}{number}", "set": name, "lang": "lv", "split": splits[number % len(splits)],
                "text": f"{WORDS[said]} {number} {name}", "value": (1, 4, 5)[truth], "scale": [1, 5],
            })
        )  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.jsonl").write_text("\n".join(lines))


def test_any_folder_of_the_shape_is_measured_and_readings_are_kept(tmp_path: Path) -> None:
    for seed, name in enumerate(("kafejnica", "veikals", "banka")):
        write(tmp_path / "score", name, 700, ("train", "dev"), seed)
    reader = WordReader()

    def run(split: str | None) -> dict[str, object]:
        return evaluate_nps(
            tmp_path,
            split,
            model=reader.model,
            load=lambda: reader,
            cache=tmp_path / "kept",
            settings=Settings(20),
        )

    figures = run("dev")
    asked = reader.asked
    assert run("dev") == figures
    assert reader.asked == asked
    assert not list((tmp_path / "kept").rglob("*.part"))
    methods = figures["budgets"]["0"]["methods"]  # type: ignore[index]
    assert set(methods) >= {"CC", "PCC", "ACC", "PACC", "EMQ", "shipped"}
    best = methods["shipped"]
    assert best["prevalence"]["200"]["mean"] < methods["PCC"]["prevalence"]["200"]["mean"]
    assert (
        best["coverage"]["groups"]
        == sum(1 for _ in best["natural"]["groups"]) + best["prevalence"]["200"]["n"]
    )
    assert best["coverage"]["low"] <= best["coverage"]["share"] <= best["coverage"]["high"]
    assert set(figures["budgets"]["100"]["methods"]) == {"PPI++", "shipped"}  # type: ignore[index]
    assert run(None)["split"] == "all"


def measure(root: Path, split: str | None = None, wanted: int = 5) -> dict[str, Any]:
    reader = WordReader()
    return evaluate_nps(
        root, split, model=reader.model, load=lambda: reader, cache=root / "kept", settings=Settings(wanted)
    )


def fitted_on(figures: dict[str, Any], name: str) -> dict[str, int]:
    found: dict[str, int] = figures["fits"][name]["fitted_on"]
    return found


def methods_of(figures: dict[str, Any]) -> set[str]:
    return set(figures["budgets"]["0"]["methods"])


def test_a_set_alone_without_train_rows_is_fitted_on_its_other_rows_or_in_folds(tmp_path: Path) -> None:
    write(tmp_path, "viena", 700, ("dev",), 0)
    figures = measure(tmp_path, "dev")
    assert methods_of(figures) >= {"CC", "PCC", "ACC", "PACC", "EMQ", "shipped"}
    assert fitted_on(figures, "viena")[FOLDS] == 1
    assert fitted_on(figures, "viena")[OUTSIDE] >= 5
    assert sum(fitted_on(figures, "viena").values()) == 1 + sum(figures["groups"]["prevalence"].values())
    whole = figures["budgets"]["0"]["methods"]["PACC"]["natural"]["groups"]["viena"]
    assert abs(whole["error"]) < 10
    with pytest.raises(InputError, match="split"):
        measure(tmp_path, "test")
    (tmp_path / "viena.jsonl").write_text(json.dumps({"text": "bez vērtējuma"}))
    with pytest.raises(InputError, match="rating"):
        rated_sets(tmp_path)


def test_sets_without_train_rows_are_fitted_on_each_other(tmp_path: Path) -> None:
    write(tmp_path, "viena", 260, ("dev",), 0)
    write(tmp_path, "otra", 260, ("dev",), 1)
    figures = measure(tmp_path)
    assert set(fitted_on(figures, "viena")) == {OTHERS}
    (tmp_path / "otra.jsonl").unlink()
    write(tmp_path, "trešā", 700, ("train", "dev"), 2)
    assert set(fitted_on(measure(tmp_path, "dev"), "viena")) == {OTHERS_TRAIN}


def put(root: Path, name: str, rows: list[dict[str, Any]]) -> None:
    (root / f"{name}.jsonl").write_text("\n\n".join(json.dumps(row) for row in rows) + "\n \n")


def test_a_set_of_one_class_and_few_texts_is_measured_by_what_needs_no_labels(tmp_path: Path) -> None:
    rows = [{"text": f"{WORDS[2]} {n}", "value": 10, "scale": [0, 10]} for n in range(120)]
    put(tmp_path, "laimīgie", rows)
    figures = measure(tmp_path)
    assert methods_of(figures) == {"PCC", "shipped"}
    assert fitted_on(figures, "laimīgie") == {NOTHING: 1}
    assert figures["groups"]["natural"] == {"laimīgie": 120}
    assert figures["groups"]["prevalence"] == {"laimīgie/200": 0, "laimīgie/500": 0}
    assert set(figures["budgets"]["50"]["methods"]) == {"PPI++", "shipped"}
    assert figures["budgets"]["100"]["methods"] == {}
    text = nps_tables(figures)
    assert "laimīgie" in text
    assert NOTHING in text


def test_ratings_that_tell_nothing_are_left_out_and_counted(tmp_path: Path) -> None:
    odd = [
        {"value": "daudz", "scale": [1, 5]}, {"value": 9, "scale": [1, 5]}, {"value": 1, "scale": [0, 1]},
        {"value": 3, "scale": 5}, {"value": 3, "scale": [1, 2, 3]}, {"value": 3, "scale": ["a", "b"]},
        {"value": float("nan"), "scale": [1, 5]}, {"value": 3, "scale": {"min": 1, "max": 5}},
    ]  # fmt: skip
    fair = [
        {"value": (1, 4, 5)[n % 3], "scale": [1, 5], "lang": ("xx", None, "tlh")[n % 3], "group": n % 2}
        for n in range(60)
    ]
    put(tmp_path, "r|aibs", [{"text": f"{WORDS[n % 3]} {n} 🙃", **row} for n, row in enumerate(odd + fair)])
    figures = measure(tmp_path)
    assert figures["rows"]["r|aibs"] == {"scored": 60, "train": 0, "left_out": len(odd)}
    text = nps_tables(figures)
    assert f"left out: r|aibs {len(odd)}" in text
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.replace("\\|", "").count("|") for line in rows} == {8, 7}


def test_what_is_scored_is_not_fitted_on() -> None:
    rng = np.random.default_rng(10)
    item = drawn(rng, 800)
    train = RatedSet(
        "town", item.classes, item.posteriors, item.langs, item.groups, np.array(["train"] * 800)
    )
    figures = measured([train], None, Settings(10))
    assert figures["groups"]["natural"] == {"town": 800}
    assert figures["budgets"]["0"]["methods"]["PACC"]["prevalence"]["200"]["n"] >= 8


def test_kept_figures_give_the_reader_its_error(tmp_path: Path) -> None:
    (tmp_path / "metrics.json").write_text(json.dumps({"dev": {"sets": {}}}))
    found = (("a", 3.0, 100), ("b", -4.0, 999), ("c", 0.0, 150), ("d", 5.0, 200), ("few", 50.0, 99))
    wholes = {name: {"error": error, "n": n} for name, error, n in found}
    figures = {
        "rows": dict.fromkeys(wholes),
        "budgets": {"0": {"methods": {"PCC": {"natural": {"groups": wholes}}}}},
    }
    path = keep_figures(figures, tmp_path)
    error = shipped_reader_error(path)
    assert error is not None
    assert (error.points, error.domains) == (round(float(np.sqrt(50 / 4)), 2), 4)
    assert "dev" in json.loads(path.read_text())
    with pytest.raises(InputError, match="metrics"):
        keep_figures(figures, tmp_path / "nowhere")


def test_a_cache_that_cannot_be_written_names_the_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = ReadingCache(tmp_path / "file", "word-1", WordReader)
    with pytest.raises(InputError, match="--cache"):
        cache.posteriors([WORDS[0]])
    assert BALANCE @ ReadingCache(tmp_path, "word-1", WordReader).posteriors([WORDS[2]])[0] > 0.8
