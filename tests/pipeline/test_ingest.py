"""Landing to mentions: identity, versions, merged copies, damaged segments, any order."""

from __future__ import annotations

import gzip
import json
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from landing_of import START, land, make_home, mention

from crawlers.mention import Mention, mention_id
from pipeline.home import Home
from pipeline.ingest import IngestReport, ingest
from pipeline.warehouse import migrate, open_warehouse


def take(home: Home) -> IngestReport:
    with open_warehouse(home) as con:
        return ingest(home, con)


def rows(home: Home, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with open_warehouse(home) as con:
        return con.execute(sql, list(values)).fetchall()


def test_every_field_arrives_as_it_landed(home: Home) -> None:
    full = mention(
        title="Paldies, Nordvila! 🙂",
        text="Ļoti labi — 'ātri' un \"lēti\"; DROP TABLE mentions; \u0000 beigas",
        pros=["ātri", "=SUM(A1)"],
        cons=[],
        author_features={"length": 4.0, "digits": 0.25},
        author_created_at=START,
        author_mentions=3,
        verified=True,
        edited_at=START,
        likes=-2,
        replies=7,
        owner_reply="Žēl!",
        lang="lv",
        product="Plāns XL",
        parent_id="p1",
        segments={"region": "Zemgale"},
        rating=0,
        rating_min=0,
    )
    land(home, "a", [full])
    take(home)
    with open_warehouse(home) as con:
        relation = con.execute("SELECT * FROM mentions")
        stored = dict(
            zip([column[0] for column in relation.description], relation.fetchone() or (), strict=True)
        )
    expected = full.model_dump(by_alias=True)
    for name in expected.keys() - {"author_features", "segments"}:
        assert stored[name] == expected[name], name
    assert json.loads(stored["author_features"]) == full.author_features
    assert json.loads(stored["segments"]) == full.segments
    assert stored["mention_id"] == mention_id(full.source, full.native_id)
    assert (stored["version"], stored["current"]) == (1, True)


def test_a_second_ingest_does_nothing(home: Home) -> None:
    land(home, "a", [mention(n) for n in range(5)])
    first, second = take(home), take(home)
    assert (first.new, first.stored) == (5, 5)
    assert (second.segments, second.mentions, second.stored) == (0, 0, 5)


def test_the_same_mention_again_is_known_and_its_counters_follow(home: Home) -> None:
    land(home, "a", [mention(1, likes=1)])
    land(home, "b", [mention(1, likes=9, collected_at=START + timedelta(days=1))])
    report = take(home)
    assert (report.mentions, report.new, report.edited, report.known) == (2, 1, 0, 1)
    [(likes, collected, seen)] = rows(home, "SELECT likes, collected_at, seen_at FROM mentions")
    assert likes == 9
    assert (collected, seen) == (START + timedelta(minutes=1), START + timedelta(days=1))


@pytest.mark.parametrize("together", [True, False])
def test_an_edit_is_a_new_version_and_the_old_one_stays(home: Home, *, together: bool) -> None:
    land(home, "a", [mention(1, text="Good at first, I think")])
    if not together:
        take(home)
    land(home, "b", [mention(1, text="Now it is bad", collected_at=START + timedelta(days=2))])
    report = take(home)
    assert report.edited == 1
    assert rows(home, "SELECT version, current, text FROM mentions ORDER BY version") == [
        (1, False, "Good at first, I think"),
        (2, True, "Now it is bad"),
    ]


def test_a_changed_rating_alone_is_an_edit(home: Home) -> None:
    land(home, "a", [mention(1, rating=5), mention(1, rating=1, collected_at=START + timedelta(days=1))])
    assert take(home).edited == 1
    assert rows(home, "SELECT rating FROM mentions WHERE current") == [(1.0,)]


def test_white_space_and_unicode_form_are_no_edit(home: Home) -> None:
    later = START + timedelta(days=1)
    land(
        home,
        "a",
        [mention(1, text="Laba  ā\n diena"), mention(1, text="Laba a\u0304 diena", collected_at=later)],
    )
    assert take(home).edited == 0


def test_an_older_collection_never_becomes_current(home: Home) -> None:
    land(home, "b", [mention(1, text="The newer text", collected_at=START + timedelta(days=3))])
    take(home)
    land(home, "a", [mention(1, text="The older text", collected_at=START)])
    take(home)
    assert rows(home, "SELECT version, current, text FROM mentions ORDER BY version") == [
        (1, False, "The older text"),
        (2, True, "The newer text"),
    ]


def test_an_edit_taken_back_makes_the_first_version_current_again(home: Home) -> None:
    for day, text in enumerate(["One text here", "Other text there", "One text here"]):
        land(home, f"s{day}", [mention(1, text=text, collected_at=START + timedelta(days=day))])
        take(home)
    assert rows(home, "SELECT version, current, text FROM mentions ORDER BY version") == [
        (1, True, "One text here"),
        (2, False, "Other text there"),
    ]


COPIED = {"text": "The same words on every page of the shop", "author_hash": "same"}


def test_a_known_author_on_many_pages_is_one_mention_with_many_places(home: Home) -> None:
    land(home, "a", [mention(n, **COPIED) for n in range(4)])
    report = take(home)
    assert (report.stored, report.current, report.merged) == (4, 1, 3)
    [(places, urls)] = rows(home, "SELECT count(*), count(DISTINCT url) FROM places GROUP BY mention_id")
    assert (places, urls) == (4, 4)
    assert rows(
        home, "SELECT count(*) FROM mention_brands JOIN mentions USING (mention_id) WHERE current"
    ) == [(0,)]


@pytest.mark.parametrize(
    "change",
    [
        {"author_hash": None},
        {"rating": 1},
        {"text": "The same words on every page of the store"},
        {"brand_hint": "Ostmar"},
        {"kind": "survey"},
        {"text": None},
    ],
)
def test_what_is_not_one_mention_is_not_merged(home: Home, change: dict[str, Any]) -> None:
    both = change if change.keys() & {"author_hash", "kind"} or change.get("text", "") is None else {}
    land(home, "a", [mention(1, **(COPIED | both)), mention(2, **(COPIED | change))])
    assert take(home).merged == 0


def test_an_edited_copy_parts_from_the_others(home: Home) -> None:
    land(home, "a", [mention(n, **COPIED) for n in range(3)])
    take(home)
    land(
        home,
        "b",
        [mention(2, author_hash="same", text="Its own words", collected_at=START + timedelta(days=1))],
    )
    report = take(home)
    assert (report.current, report.merged) == (2, 1)
    counts = rows(home, "SELECT count(*) AS n FROM places GROUP BY mention_id ORDER BY n")
    assert counts == [(1,), (2,)]


@pytest.mark.parametrize(
    "when", [START + timedelta(days=900), datetime(1, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC)]
)
def test_a_date_that_cannot_be_is_not_believed(home: Home, when: datetime) -> None:
    land(home, "a", [mention(1, published_at=when), mention(2)])
    assert take(home).undated == 1
    assert rows(home, "SELECT published_at IS NULL FROM mentions ORDER BY native_id") == [(True,), (False,)]


def test_the_finest_date_of_all_sightings_is_kept(home: Home) -> None:
    exact = START - timedelta(hours=30)
    land(home, "a", [mention(1, published_at=exact, published_precision="minute")])
    land(home, "b", [mention(1, published_precision="day", collected_at=START + timedelta(days=2))])
    land(
        home,
        "c",
        [mention(1, published_at=None, published_precision=None, collected_at=START + timedelta(days=3))],
    )
    take(home)
    assert rows(home, "SELECT published_at, published_precision FROM mentions") == [(exact, "minute")]


def test_brands_by_hint_by_words_and_anew_when_the_config_changes(tmp_path: Path) -> None:
    home = make_home(tmp_path)
    land(
        home,
        "a",
        [
            mention(1, brand_hint="Ostmar"),
            mention(2, text="Nordvilā un Ostmarā viss labi"),
            mention(3, text="nothing is named"),
            mention(4, text="только Нордвилой"),
            mention(5, kind="reply", title="Ostmar outage", text="same here"),
        ],
    )
    take(home)
    sql = "SELECT native_id, brand, how FROM mention_brands JOIN mentions USING (mention_id) ORDER BY ALL"
    assert rows(home, sql) == [
        ("r1", "Ostmar", "hint"),
        ("r2", "Nordvila", "alias"),
        ("r2", "Ostmar", "alias"),
        ("r4", "Nordvila", "alias"),
        ("r5", "Ostmar", "thread"),
    ]
    changed = make_home(tmp_path, '[[brands]]\nname = "Ostmar"\n')
    report = take(changed)
    assert report.rematched == 5
    assert {brand for _, brand, _ in rows(changed, sql)} == {"Ostmar"}
    assert take(changed).rematched == 0


def test_an_edit_changes_the_brands_that_are_spoken_of(home: Home) -> None:
    land(home, "a", [mention(1, text="Nordvila is fine"), mention(2, text="Ostmar is fine")])
    take(home)
    land(home, "b", [mention(1, text="I meant Ostmar", collected_at=START + timedelta(days=1))])
    take(home)
    assert rows(home, "SELECT brand, count(*) FROM mention_brands GROUP BY ALL") == [("Ostmar", 2)]


BAD_LINES = [
    ("{", "line"),
    ("[]", "line"),
    ('{"source": "x"}', "kind"),
    (mention(9).to_json().replace('"rating":4.0', '"rating":9'), "outside its scale"),
    (mention(9).to_json().replace('"r9"', '"\\ud800"'), "line"),
    (mention(9).to_json().replace("2026-03-01T12:09:00Z", "0001-01-01T00:00:00+09:00"), "calendar"),
    ("\ufeff" + mention(9).to_json(), "line"),
]


@pytest.mark.parametrize(("line", "reason"), BAD_LINES)
def test_a_bad_line_is_rejected_with_its_reason_and_the_rest_lands(
    home: Home, line: str, reason: str
) -> None:
    land(home, "a", [mention(1), line, mention(2)])
    report = take(home)
    assert (report.new, report.rejected) == (2, 1)
    [path] = (home.landing / "rejected").glob("dt=*/*.jsonl.zst")
    [reject] = [
        json.loads(text) for text in zstandard.ZstdDecompressor().decompress(path.read_bytes()).splitlines()
    ]
    assert reject["where"] == "dt=2026-03-01/a.jsonl.zst:2"
    assert reason in reject["reason"] or reject["reason"].startswith(reason)
    assert reject["raw"]


def damaged(path: Path, how: str) -> None:
    whole = path.read_bytes()
    path.write_bytes(
        {
            "truncated": whole[: len(whole) // 2],
            "last byte": whole[:-1],
            "empty": b"",
            "not zstd": gzip.compress(b"{}"),
            "flipped": whole[:30] + bytes([whole[30] ^ 0xFF]) + whole[31:],
            "tail": whole + b"garbage",
        }[how]
    )


@pytest.mark.parametrize("how", ["truncated", "last byte", "empty", "not zstd", "flipped", "tail"])
def test_a_damaged_segment_is_named_and_taken_when_mended(home: Home, how: str) -> None:
    land(home, "a", [mention(n) for n in range(40)])
    path = land(home, "b", [mention(n) for n in range(40, 80)])
    whole = path.read_bytes()
    damaged(path, how)
    report = take(home)
    # A flipped byte may leave a readable frame: then its broken lines are rejected, never half taken.
    if report.damaged:
        assert "b.jsonl.zst" in report.damaged[0]
        assert report.new == 40
        path.write_bytes(whole)
        assert take(home).new == 40
    else:
        assert how == "flipped"
        assert report.new + report.rejected == 80


def test_segments_of_several_frames_are_read_whole(home: Home) -> None:
    path = land(home, "a", [mention(1)])
    path.write_bytes(path.read_bytes() + zstandard.ZstdCompressor().compress(mention(2).to_json().encode()))
    assert take(home).new == 2


def test_parts_and_rejects_are_not_segments(home: Home) -> None:
    path = land(home, "a", [mention(1)])
    (path.parent / "b.jsonl.zst.part").write_bytes(b"half")
    land(home, "c", [mention(3)], day="2026-03-01/../rejected/dt=2026-03-01")
    assert take(home).new == 1


def test_huge_counts_do_not_break_a_segment(home: Home) -> None:
    land(
        home,
        "a",
        [mention(1, likes=10**30, replies=10**20, author_mentions=2**70), mention(2, likes=-(10**30))],
    )
    assert take(home).new == 2


TARGET = {
    "target": "shop",
    "kind": "structured",
    "url": "https://shop.example/",
    "started_at": "2026-03-01T10:00:00Z",
    "finished_at": "2026-03-01T10:05:00Z",
    "pages": 12,
    "new": 3,
    "errors": [{"what": "timeout", "where": "https://shop.example/2", "count": 4}],
    "watermark": {"last": 9},
    "something_new": True,
    "ratings": [
        {"url": "https://shop.example/1", "seen_at": "2026-03-01T10:01:00Z", "rating": 4.5, "reviews": 9}
    ],
}


def test_crawl_reports_are_taken_once(home: Home) -> None:
    folder = home.landing / "reports"
    folder.mkdir()
    targets = [TARGET, TARGET | {"target": "later", "outcome": "not due"}]
    (folder / "1.json").write_text(json.dumps({"started_at": "2026-03-01T10:00:00Z", "targets": targets}))
    (folder / "2.json").write_text('{"targets": [')
    first, second = take(home), take(home)
    assert (first.reports, second.reports) == (1, 0)
    assert "2.json" in first.damaged[0]
    assert rows(home, "SELECT target, pages, new, errors, watermark FROM target_reports") == [
        ("shop", 12, 3, 4, '{"last": 9}')
    ]
    assert rows(home, "SELECT rating, reviews FROM rating_snapshots") == [(4.5, 9)]


TEXTS = ["Nordvila is fine today", "Ostmaram nav sakaru", "То же самое", "…"]


@st.composite
def observations(draw: st.DrawFn) -> Mention:
    number = draw(st.integers(0, 3))
    return mention(
        number,
        text=draw(st.sampled_from(TEXTS)),
        author_hash=draw(st.sampled_from(["a", "b", None])),
        rating=draw(st.sampled_from([1, 5])),
        collected_at=START + timedelta(hours=draw(st.integers(0, 5))),
        published_precision=draw(st.sampled_from(["day", "minute", None])),
        likes=draw(st.integers(0, 2)),
        url=draw(st.sampled_from(["https://shop.example/a", "https://shop.example/b", None])),
    )


Segments = list[list[Mention]]
STATE = (
    "SELECT * EXCLUDE (segment_name) FROM mentions ORDER BY ALL",
    "SELECT * FROM places ORDER BY ALL",
    "SELECT * FROM mention_brands ORDER BY ALL",
)


def state(con: duckdb.DuckDBPyConnection) -> list[list[tuple[Any, ...]]]:
    return [con.execute(sql).fetchall() for sql in STATE]


def after(arrivals: list[list[tuple[str, list[Mention]]]]) -> list[list[tuple[Any, ...]]]:
    """The state after segments arrived in these groups, an ingest after each group."""
    with tempfile.TemporaryDirectory() as folder:
        home = make_home(Path(folder))
        with duckdb.connect() as con:
            migrate(con)
            for group in arrivals:
                for name, mentions in group:
                    land(home, name, mentions)
                ingest(home, con)
            return state(con)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.lists(observations(), min_size=1, max_size=4), min_size=1, max_size=4), st.randoms())
def test_any_order_and_any_repetition_of_segments_gives_one_state(segments: Segments, random: Any) -> None:
    named = [(f"s{number}", mentions) for number, mentions in enumerate(segments)]
    again = [(f"{name}-again", mentions) for name, mentions in named if random.random() < 0.5]
    one_by_one = [*named, *again]
    random.shuffle(one_by_one)
    assert after([[segment] for segment in one_by_one]) == after([named])


@settings(max_examples=10, deadline=None)
@given(st.lists(observations(), min_size=1, max_size=12))
def test_every_mention_has_one_newest_version_and_every_copy_one_original(mentions: list[Mention]) -> None:
    stored, places, _ = after([[("a", mentions)]])
    newest = [(row[0], row[2], row[-1]) for row in stored if row[2] or row[-1] is not None]
    ids = {mention_id(m.source, m.native_id) for m in mentions}
    assert sorted(key for key, _, _ in newest) == sorted(ids)
    current = {key for key, is_current, _ in newest if is_current}
    assert all(merged in current for _, is_current, merged in newest if not is_current)
    assert {row[0] for row in places} == current
    assert {row[1] for row in places} == ids
