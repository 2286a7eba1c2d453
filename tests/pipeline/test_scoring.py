"""Score: each text once a model, resumed where it stopped, checked before it is kept."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from landing_of import START, land, mention
from small_reader import SmallReader

from models.readings import Readings
from pipeline.home import Home
from pipeline.ingest import ingest
from pipeline.scoring import ScoreReport, ScoringError, score
from pipeline.warehouse import open_warehouse


def scored(home: Home, reader: SmallReader, **options: Any) -> ScoreReport:
    with open_warehouse(home) as con:
        ingest(home, con)
        return score(con, lambda: reader, **options)


def rows(home: Home, sql: str) -> list[tuple[Any, ...]]:
    with open_warehouse(home) as con:
        return con.execute(sql).fetchall()


def test_a_text_is_read_once_however_often_it_appears(home: Home) -> None:
    land(home, "a", [mention(n, text="Nordvila is good") for n in range(5)] + [mention(9, text="bad")])
    reader = SmallReader()
    report = scored(home, reader)
    assert sorted(reader.asked) == ["Nordvila is good", "bad"]
    assert (report.read, report.total, report.abstained, report.model) == (2, 2, 1, "small-1")


def test_a_reading_is_stored_as_it_was_given(home: Home) -> None:
    land(home, "a", [mention(1, text="Nordvila: bad price", lang="en")])
    scored(home, SmallReader())
    [row] = rows(home, "SELECT * EXCLUDE (content_hash, read_at) FROM readings")
    assert row[0] == "small-1"
    assert row[1] == pytest.approx([0.01, 0.9] + [0.01] * 9)
    assert row[2:6] == pytest.approx((1.44, 0.96, 0.02, 0.02), abs=1e-6)
    assert row[6] == (0.0,) * 11 + (1.0,)
    assert row[7] == [{"name": "price", "polarity": -0.5, "p": 0.75}]
    assert row[8:] == (None, None, "customer", 0.25, False, "en", pytest.approx([0.6, 0.8]), -0.5)


def test_heads_that_a_model_lacks_stay_absent(home: Home) -> None:
    land(home, "a", [mention(1)])
    scored(home, SmallReader(touchpoints=False))
    assert rows(home, "SELECT touchpoints, advocacy, leaving FROM readings") == [(None, None, None)]


def test_the_second_score_makes_no_reader(home: Home) -> None:
    land(home, "a", [mention(1)])
    scored(home, SmallReader())

    def never() -> SmallReader:
        raise AssertionError

    with open_warehouse(home) as con:
        report = score(con, never, model="small-1")
    assert (report.read, report.total) == (0, 1)


def test_a_new_model_reads_anew_and_old_readings_stay(home: Home) -> None:
    land(home, "a", [mention(1), mention(2)])
    scored(home, SmallReader())
    assert scored(home, SmallReader("small-2")).read == 2
    assert rows(home, "SELECT model, count(*) FROM readings GROUP BY ALL ORDER BY ALL") == [
        ("small-1", 2),
        ("small-2", 2),
    ]
    assert rows(home, "SELECT value FROM settings_seen WHERE key = 'model'") == [("small-2",)]


def test_bare_ratings_are_not_read_and_an_edit_is(home: Home) -> None:
    land(home, "a", [mention(1, text=None), mention(2, text="fine")])
    reader = SmallReader()
    scored(home, reader)
    land(home, "b", [mention(2, text="not fine any more", collected_at=START + timedelta(days=1))])
    scored(home, reader)
    assert reader.asked == ["fine", "not fine any more"]


def test_the_reader_sees_title_text_pros_and_cons_but_not_the_title_of_a_thread(home: Home) -> None:
    land(
        home,
        "a",
        [
            mention(1, title="Labi", text="Ātri.", pros=["lēti"], cons=["tālu"]),
            mention(2, kind="reply", title="Ostmar outage", text="same here"),
        ],
    )
    reader = SmallReader()
    scored(home, reader)
    assert sorted(reader.asked) == ["Labi. Ātri.\n+ lēti\n- tālu", "same here"]


def test_a_stopped_score_goes_on_where_it_was(home: Home) -> None:
    land(home, "a", [mention(n) for n in range(25)])

    class Stops(SmallReader):
        def read(self, texts: Sequence[str], *rest: Any, **more: Any) -> Readings:
            if len(self.asked) >= 10:
                raise KeyboardInterrupt
            return super().read(texts, *rest, **more)

    with pytest.raises(KeyboardInterrupt):
        scored(home, Stops(), chunk=5)
    assert rows(home, "SELECT count(*) FROM readings") == [(10,)]
    reader = SmallReader()
    assert scored(home, reader, chunk=5).read == 15
    assert rows(home, "SELECT count(*), count(DISTINCT content_hash) FROM readings") == [(25, 25)]


@pytest.mark.parametrize(
    "fault",
    [
        {"score": np.array([np.nan], dtype=np.float32)},
        {"scores": np.zeros((1, 10), dtype=np.float32)},
        {"emotions": np.zeros((2, 12), dtype=np.float32)},
        {"p_promoter": np.array([np.inf], dtype=np.float32)},
    ],
)
def test_what_is_not_a_reading_is_not_kept(home: Home, fault: dict[str, Any]) -> None:
    land(home, "a", [mention(1)])

    class Broken(SmallReader):
        def read(self, *args: Any, **more: Any) -> Readings:
            return dataclasses.replace(super().read(*args, **more), **fault)

    with pytest.raises(ScoringError) as caught:
        scored(home, Broken())
    assert caught.value.next_step
    assert rows(home, "SELECT count(*) FROM readings") == [(0,)]


def test_a_reader_of_another_version_is_refused(home: Home) -> None:
    land(home, "a", [mention(1)])
    with pytest.raises(ScoringError, match="small-1, not small-2"):
        scored(home, SmallReader(), model="small-2")


def test_progress_tells_how_far_it_is(home: Home) -> None:
    land(home, "a", [mention(n) for n in range(7)])
    told: list[tuple[str, int, int | None]] = []
    scored(home, SmallReader(), chunk=3, progress=lambda *said: told.append(said))
    assert told == [("score: texts", done, 7) for done in (0, 3, 6, 7)]
