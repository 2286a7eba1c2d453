"""Facts held in memory give the figures that SQL gives, whatever is asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from pipeline import numbers
from pipeline.columns import Columns
from pipeline.drivers import drivers
from pipeline.facts import Cut, Period
from pipeline.footprint import footprint
from pipeline.home import Home
from pipeline.made_snapshot import BRANDS, make_snapshot
from pipeline.question import Instrument, Question
from pipeline.relations import relations
from pipeline.snapshot import Snapshot

SPOILED = """
    UPDATE facts SET kind = 'survey', source = 'survey:answers', source_kind = 'survey' WHERE hash(mention_id) % 11 = 0;
    UPDATE facts SET lang = NULL WHERE hash(mention_id) % 13 = 0;
    UPDATE facts SET product = 'Řízek ' || hash(mention_id) % 3 WHERE hash(mention_id) % 3 = 0;
    UPDATE facts SET p_promoter = NULL, p_passive = NULL, p_detractor = NULL, emotions = NULL, touchpoints = NULL
        WHERE native_class IS NOT NULL AND hash(mention_id) % 2 = 0;
    UPDATE facts SET "at" = date_trunc('day', "at"), author_hash = 'busy ' || hash(mention_id) % 5
        WHERE hash(mention_id) % 7 = 0;
    UPDATE facts SET touchpoints = ['price', 'price', 'support'] WHERE hash(mention_id) % 17 = 0;
    UPDATE facts SET set_aside = NULL, abstain = NULL WHERE hash(mention_id) % 19 = 0;
    UPDATE facts SET advocacy = NULL WHERE hash(mention_id) % 23 = 0;
    UPDATE facts SET leaving = NULL WHERE brand = 'Vėjas';
    INSERT INTO preferences BY NAME SELECT mention_id, brand, 'Řeka' AS rival, hash(mention_id) % 2 = 0 AS rival_better
        FROM facts WHERE hash(mention_id) % 29 < 3 AND brand <> 'Řeka';
    INSERT INTO labels BY NAME SELECT mention_id, brand, 's' || hash(mention_id) % 2 AS sample, 1 AS version,
        CAST(hash(mention_id) % 11 AS TINYINT) AS score, "at" AS labelled_at FROM facts WHERE hash(mention_id) % 5 = 0;
"""


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Snapshot, Snapshot]]:
    """The same snapshot asked by SQL, and held in memory."""
    home = Home(tmp_path_factory.mktemp("held"))
    path = make_snapshot(home, 4_000)
    with duckdb.connect(str(path)) as con:
        con.execute(SPOILED)
    with Snapshot.open(home) as plain, Snapshot.open(home) as held:
        held.hold()
        assert held.columns is not None
        yield plain, held


def some(*values: str) -> st.SearchStrategy[tuple[str, ...] | None]:
    return st.none() | st.lists(st.sampled_from(values), min_size=1, max_size=3).map(tuple)


days = st.none() | st.integers(0, 370).map(lambda n: date(2024, 12, 30) + timedelta(days=n))
cuts = st.builds(
    Cut,
    brands=some(*BRANDS, "nobody"),
    products=some("Řízek 0", "Řízek 1"),
    sources=some("discourse:forum1.example", "structured:shop2.example", "survey:answers"),
    source_kinds=some("discourse", "structured"),
    kinds=some("post", "review"),
    langs=some("lv", "ru", "de", "xx"),
    touchpoint=st.sampled_from((None, None, "price", "support", "nothing")),
    speakers=some("customer", "former"),
    since=days,
    until=days,
    authentic=st.booleans(),
    rated=st.sampled_from((None, None, True, False)),
)
periods = st.sampled_from(("all", "year", "quarter", "month", "week", "day"))
instruments = st.sampled_from(("natural", "text", "native", "survey", "survey_text"))


@settings(max_examples=20, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(cut=cuts, period=periods, instrument=instruments)
def test_scores_drivers_and_footprints_are_those_of_sql(
    both: tuple[Snapshot, Snapshot], cut: Cut, period: Period, instrument: Instrument
) -> None:
    plain, held = both
    question = Question(cut, period=period, instrument=instrument)
    for figures in (numbers.natural_nps, drivers, footprint, relations):
        same(figures(plain, question), figures(held, question))
    same(numbers.volume(plain, cut), numbers.volume(held, cut))
    own = replace(cut, brands=BRANDS[:1])
    for key in ("source", "kind", "lang", "product"):
        same(numbers.volume(plain, own, by=(key,)), numbers.volume(held, own, by=(key,)))  # type: ignore[arg-type]


def same(expected: Sequence[Any], given: Sequence[Any]) -> None:
    """Rounding apart: sums are added up in another order."""
    assert len(expected) == len(given)
    for one, other in zip(expected, given, strict=True):
        for a, b in zip(flat(astuple(one)), flat(astuple(other)), strict=True):
            assert b == (pytest.approx(a, abs=1e-6, nan_ok=True) if isinstance(a, float) else a)


def flat(values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        if isinstance(value, dict):
            yield from flat(value.values())
        elif isinstance(value, (tuple, list)):
            yield from flat(value)
        else:
            yield value


def test_labels_of_a_sample_move_both_alike(both: tuple[Snapshot, Snapshot]) -> None:
    found = [numbers.natural_nps(snapshot, Cut(brands=("Lumora",)))[0] for snapshot in both]
    assert found[0].labels > 30
    same([found[0]], [found[1]])


def test_what_memory_cannot_answer_goes_to_sql(both: tuple[Snapshot, Snapshot]) -> None:
    plain, held = both
    cut = Cut(segments=(("plan", "gold"),))
    assert numbers.natural_nps(held, cut) == []
    same(numbers.natural_nps(plain, by=("source", "lang")), numbers.natural_nps(held, by=("source", "lang")))


def test_too_many_facts_stay_on_the_disk(
    both: tuple[Snapshot, Snapshot], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.columns.MOST", 100)
    assert Columns.load(both[0].cursor()) is None


def test_an_empty_snapshot_can_be_held(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with duckdb.connect(str(make_snapshot(home, 1))) as con:
        con.execute("DELETE FROM facts")
    with Snapshot.open(home) as empty:
        empty.hold()
        assert numbers.natural_nps(empty) == numbers.volume(empty) == footprint(empty) == []
