"""What a crawl remembers: identity, edits, gaps, and nothing that was not sealed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.gaps import Gaps
from crawlers.landing import Landing
from crawlers.mention import Mention
from crawlers.state import CrawlState, Validators
from crawlers.target import Target

TARGET = Target("shop", "structured", "https://shop.example/")


def mention(native_id: str = "1", **changes: Any) -> Mention:
    base = {"source": "structured:shop.example", "kind": "review", "text": "ok", "target": "shop"}
    return Mention(**(base | {"native_id": native_id, "collected_at": datetime.now(UTC)} | changes))


def test_new_known_edited_and_repeated(tmp_path: Path) -> None:
    state = CrawlState(tmp_path)
    memory = state.target(TARGET)
    assert memory.judge(mention()) == "new"
    assert memory.judge(mention(text="cut…")) == "repeated"
    state.commit()
    state.close()
    again = CrawlState(tmp_path).target(TARGET)
    assert again.judge(mention(likes=9)) == "known"
    assert again.judge(mention("2")) == "new"
    assert again.landed == 2


def test_every_part_of_the_content_makes_an_edit(tmp_path: Path) -> None:
    state = CrawlState(tmp_path)
    state.target(TARGET).judge(mention(rating=4, rating_min=1, rating_max=5))
    state.commit()
    state.close()
    for changes in (
        {"text": "new"},
        {"title": "t"},
        {"rating": 3},
        {"owner_reply": "sorry"},
        {"pros": ["price"]},
    ):
        state = CrawlState(tmp_path)
        values = {"rating": 4, "rating_min": 1, "rating_max": 5} | changes
        assert state.target(TARGET).judge(mention(**values)) == "edited", changes
        state.close()


def test_many_mentions_are_remembered_as_few_are(tmp_path: Path) -> None:
    """They wait in memory and are written by the thousand, and what waits counts as seen."""
    state = CrawlState(tmp_path)
    memory = state.target(TARGET)
    for number in range(4_500):
        assert memory.weigh(b"%016d" % number, b"content") == "new"
    assert {memory.weigh(b"%016d" % number, b"other") for number in range(4_500)} == {"repeated"}
    assert memory.landed == state.target(TARGET).landed == 4_500
    state.commit()
    state.close()
    again = CrawlState(tmp_path).target(TARGET)
    assert again.landed == 4_500
    verdicts = {again.weigh(b"%016d" % number, b"content") for number in range(4_500)}
    assert verdicts == {"known"} and again.landed == 4_500
    assert {again.weigh(b"%016d" % number, b"content") for number in range(4_500)} == {"repeated"}


def test_what_was_not_committed_is_forgotten(tmp_path: Path) -> None:
    state = CrawlState(tmp_path)
    memory = state.target(TARGET)
    memory.judge(mention())
    memory.marks = {"top": 5}
    memory.remember("https://shop.example/p", Validators('"1"', None))
    state.close()
    again = CrawlState(tmp_path).target(TARGET)
    assert (again.landed, again.marks, again.validators("https://shop.example/p")) == (0, {}, Validators())


def test_segments_sealed_after_the_last_commit_are_taken_in(tmp_path: Path) -> None:
    with Landing(tmp_path) as landing:
        landing.add(mention("1"))
        landing.add(mention("2", target=None, source="import:x"))
    state = CrawlState(tmp_path)
    memory = state.target(TARGET)
    assert memory.judge(mention("1")) == "known"
    assert memory.judge(mention("1", text="edited")) == "repeated"
    assert memory.judge(mention("2")) == "new"


def test_a_target_of_another_address_begins_anew_but_knows_its_mentions(tmp_path: Path) -> None:
    state = CrawlState(tmp_path)
    memory = state.target(TARGET)
    memory.judge(mention())
    memory.marks = {"page": 3}
    memory.done(whole=True)
    assert state.target(TARGET).marks == {"page": 3}
    moved = state.target(Target("shop", "structured", "https://shop.example/en/"))
    assert (moved.marks, moved.swept_at, moved.knows("structured:shop.example", "1")) == ({}, None, True)


def test_a_reject_is_met_once_and_parts_are_noted(tmp_path: Path) -> None:
    memory = CrawlState(tmp_path).target(TARGET)
    assert memory.first_time("no text", "https://x", "raw")
    assert not memory.first_time("no text", "https://x", "raw")
    assert not memory.noted("topic 1")
    memory.note("topic 1")
    assert memory.noted("topic 1")


def test_an_unreadable_segment_is_reported_and_the_rest_taken_in(tmp_path: Path) -> None:
    with Landing(tmp_path) as landing:
        landing.add(mention("1"))
    (tmp_path / f"dt={datetime.now(UTC):%Y-%m-%d}" / "0-broken.jsonl.zst").write_bytes(b"no zstd")
    state = CrawlState(tmp_path)
    assert "0-broken" in state.warnings[0]
    assert state.target(TARGET).knows("structured:shop.example", "1")


class Source:
    """A newest-first source of ids that grows between runs and may break off after any page."""

    def __init__(self) -> None:
        self.ids: list[int] = []

    def page(self, before: int | None, size: int) -> list[int]:
        return [number for number in reversed(self.ids) if before is None or number <= before][:size]


@settings(max_examples=200, deadline=None)
@given(
    steps=st.lists(
        st.tuples(st.lists(st.integers(1, 4), max_size=12), st.integers(0, 5), st.booleans()),
        min_size=1,
        max_size=6,
    ),
    size=st.integers(2, 5),
)
def test_however_runs_break_off_every_id_is_fetched(
    steps: list[tuple[list[int], int, bool]], size: int
) -> None:
    source, fetched, marks = Source(), set[int](), dict[str, Any]()
    for growth, pages, whole in [*steps, ([], 10_000, False)]:
        for jump in growth:
            source.ids.append((source.ids[-1] if source.ids else 0) + jump)
        marks = run(source, fetched, marks, pages, size, whole=whole or not marks)
    assert fetched == set(source.ids)
    before = len(fetched)
    calls = count_pages(source, marks, size)
    assert calls <= 1 and len(fetched) == before


def run(
    source: Source, fetched: set[int], marks: dict[str, Any], pages: int, size: int, *, whole: bool
) -> dict[str, Any]:
    gaps = Gaps.load(marks)
    gaps.begin(whole=whole)
    kept = gaps.dump()
    while gaps.current and pages:
        pages -= 1
        upper = gaps.current[0]
        ids = source.page(upper, size)
        older = [number for number in ids if upper is None or number < upper]
        fetched |= set(ids)
        gaps.got(older, end=not older)
        kept = gaps.dump()
    return kept


def count_pages(source: Source, marks: dict[str, Any], size: int) -> int:
    gaps = Gaps.load(marks)
    gaps.begin(whole=False)
    calls = 0
    while gaps.current:
        calls += 1
        ids = source.page(gaps.current[0], size)
        gaps.got(
            [number for number in ids if gaps.current[0] is None or number < gaps.current[0]], end=not ids
        )
    return calls


def test_marks_of_another_make_are_as_if_there_were_none() -> None:
    for odd in ({}, {"gaps": "x", "top": 1}, {"gaps": [[1]], "top": 1}, {"gaps": [], "top": None}):
        assert Gaps.load(odd) == Gaps()
