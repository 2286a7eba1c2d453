"""What people decide moves figures at the next run: set aside, put back, answered, verdicts on campaigns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from made_warehouse import CONFIG, START, Said, warehouse

from pipeline import actions, labels
from pipeline.actions import Answered
from pipeline.answers import to_answer
from pipeline.errors import InputError
from pipeline.home import Home
from pipeline.labels import Label
from pipeline.numbers import natural_nps
from pipeline.publish import publish
from pipeline.snapshot import Snapshot

BAD, GOOD = (0.9, 0.05, 0.05), (0.0, 0.1, 0.9)
NOW = datetime(2026, 3, 9, 8, 30, tzinfo=UTC)


def word(number: int, **said: Any) -> Label:
    return Label(
        mention_id=f"m{number:07d}", brand="Lumora", by="ilze@lumora.example", labelled_at=NOW, **said
    )


def run(home: Home, con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Take the inbox in, publish, and say who counts and the score."""
    damaged: list[str] = []
    labels.take(home, con, damaged)
    assert damaged == []
    publish(home, con, CONFIG)
    with Snapshot.open(home) as snapshot:
        rows = snapshot.cursor().execute("SELECT mention_id, set_aside, p_bot FROM facts").fetchall()
        counted = sum(figure.n for figure in natural_nps(snapshot))
    return {"aside": {i for i, aside, _ in rows if aside}, "p": {i: p for i, _, p in rows}, "n": counted}


def test_set_aside_and_put_back_move_figures_at_the_next_run_and_back(tmp_path: Path) -> None:
    said = [Said(f"Slikti {k}", p=BAD, author=f"a{k}") for k in range(4)]
    said += [Said("Kopēts teksts", p=BAD, author="a9", p_bot=0.95, set_aside=True)]
    with warehouse(tmp_path, said) as (home, con):
        assert run(home, con)["aside"] == {"m0000004"}
        labels.lay(home, labels=[word(0, bot=True), word(4, bot=False)])
        after = run(home, con)
        assert after["aside"] == {"m0000000"} and after["n"] == 4
        assert after["p"]["m0000004"] == pytest.approx(0.95), "what detection thought stays"
        labels.lay(
            home, labels=[word(0, bot=False).model_copy(update={"labelled_at": NOW + timedelta(hours=1)})]
        )
        assert run(home, con)["aside"] == set()


def test_labels_of_a_random_sample_set_nothing_aside(tmp_path: Path) -> None:
    with warehouse(tmp_path, [Said(f"Ačiū {k}", author=f"a{k}") for k in range(3)]) as (home, con):
        drawn = labels.Sample(
            sample="s1", brand="Lumora", seed=0, population=3, mention_ids=["m0000000"], made_at=NOW
        )
        labels.lay(home, sample=drawn)
        labels.lay(home, labels=[word(0, bot=True, sample="s1")])
        assert run(home, con)["aside"] == set()


def test_a_word_on_an_older_text_has_no_say_on_the_new_one(tmp_path: Path) -> None:
    with warehouse(tmp_path, [Said("Nově přepsáno", author="a1")]) as (home, con):
        labels.lay(home, labels=[word(0, bot=True, version=0)])
        assert run(home, con)["aside"] == set()
        labels.lay(home, labels=[word(0, bot=True, version=1)])
        assert run(home, con)["aside"] == {"m0000000"}


def test_whoever_was_answered_waits_no_longer_until_they_write_again(tmp_path: Path) -> None:
    day = timedelta(days=1)
    said = [
        Said("Seni slikti", p=BAD, author="a1"), Said("Atkal slikti", p=BAD, author="a1", at=START + day),
        Said("Плохо", p=BAD, author="a2"),
    ]  # fmt: skip
    with warehouse(tmp_path, said) as (home, con):
        done = Answered(mention_id="m0000001", brand="Lumora", by="pēteris", at=NOW)
        actions.lay(home, "answered", done)
        actions.lay(home, "answered", done.model_copy(update={"at": NOW + day}))
        run(home, con)
        with Snapshot.open(home) as snapshot:
            assert [item.mention_id for item in to_answer(snapshot)] == ["m0000002"]
            assert snapshot.cursor().execute("SELECT * FROM answered").fetchall() == [
                ("m0000001", "Lumora", NOW, "pēteris")
            ]


def test_verdicts_are_kept_with_who_and_when_and_the_newest_counts(tmp_path: Path) -> None:
    with warehouse(tmp_path, [Said()]) as (home, con):
        actions.judge(home, "c1", "acknowledged", who="ilze")
        actions.judge(home, "c1", "dismissed", who="ilze", reason="Tā bija mūsu akcija 🙂")
        actions.judge(home, "c2", "snoozed", who=None, until=NOW)
        labels.take(home, con, [])
        labels.take(home, con, [])
        rows = con.execute(
            "SELECT campaign_id, verdict, reason, who, until FROM verdicts ORDER BY ALL"
        ).fetchall()
    assert rows == [
        ("c1", "acknowledged", None, "ilze", None),
        ("c1", "dismissed", "Tā bija mūsu akcija 🙂", "ilze", None),
        ("c2", "snoozed", None, None, NOW),
    ]
    assert actions.newest(actions.verdicts(home))["c1"].verdict == "dismissed"
    assert [said.verdict for said in actions.history(home, "c1")] == ["acknowledged", "dismissed"]


@pytest.mark.parametrize(
    "said", [{"verdict": "dismissed"}, {"verdict": "dismissed", "reason": " "}, {"verdict": "snoozed"}]
)
def test_a_verdict_without_its_reason_or_time_is_refused(tmp_path: Path, said: dict[str, Any]) -> None:
    home = Home(tmp_path)
    with pytest.raises(InputError):
        actions.judge(home, "c1", who="x", **said)
    assert list(home.inbox.iterdir()) == []


def test_a_damaged_verdict_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    home = Home(tmp_path)
    actions.judge(home, "c1", "acknowledged", who="x")
    (home.inbox / "verdict-20260101T000000-abc.json").write_text('{"campaign_id": "c2", "verdict": "fake"')
    damaged: list[str] = []
    assert [said.campaign_id for said in actions.verdicts(home, damaged)] == ["c1"]
    assert len(damaged) == 1 and "verdict-20260101T000000-abc.json" in damaged[0]
