"""What all sources with a key or a login have in common: to the last page, through weather and refusals."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keyed import HOSTILE, KEYED, LOGINS, SECRETS, TEXTS, Replay, unserved

from crawlers import registry
from crawlers.authors import AuthorHasher
from crawlers.parsing import Page, Parsed, ParseError
from crawlers.report import TargetReport
from crawlers.run import crawl
from crawlers.target import Target

MakePage = Callable[..., Page]
Play = Generator[Target, TargetReport, None]
URLS = {
    "googlebusiness": "https://mybusiness.googleapis.com/v4/accounts/1/locations/2/reviews",
    "youtube": "https://www.googleapis.com/youtube/v3/commentThreads?textFormat=plainText",
}
NAMES = ("ozolins", "ozoliņš", "apskati", "did:plc")


def answered(kind: str, *words: str, **changes: Any) -> dict[str, Any]:
    """An answer of this kind with one item a text, without a server."""
    replay = unserved(kind, len(words))
    return dict(replay.wrap([replay.item(number, text) | changes for number, text in enumerate(words, 1)]))


def read(make_page: MakePage, kind: str, value: Any) -> Parsed:
    return registry.parse(kind, make_page(json.dumps(value), URLS.get(kind, "https://api.example/x")))


# --- what is read -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KEYED)
def test_words_of_eight_languages_stay_as_they_were_written(kind: str, make_page: MakePage) -> None:
    parsed = read(make_page, kind, answered(kind, *TEXTS.values()))
    assert [mention.text for mention in parsed.mentions] == list(TEXTS.values())
    assert (parsed.rejects, parsed.warnings) == ([], [])
    for mention in parsed.mentions:
        assert mention.source.startswith(f"{kind}:") and mention.published_at and mention.author_hash
        shown = mention.to_json().lower()
        assert not any(name in shown for name in NAMES)


@pytest.mark.parametrize("kind", KEYED)
def test_hostile_words_are_only_words(kind: str, make_page: MakePage) -> None:
    parsed = read(make_page, kind, answered(kind, *HOSTILE))
    assert len(parsed.mentions) == len(HOSTILE)
    for mention in parsed.mentions:
        assert mention.text and "Nordtel" in mention.text and "\x00" not in mention.text
        mention.to_json().encode()


def test_handles_within_words_are_masked(make_page: MakePage) -> None:
    for kind in KEYED:
        (mention,) = read(make_page, kind, answered(kind, "Paldies @janis_77, super!")).mentions
        assert mention.text == "Paldies @user, super!", kind


@pytest.mark.parametrize("kind", KEYED)
@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"items": 3}', b"<html>", b"\xff", b"null"])
def test_no_answer_of_the_api_is_said_so(kind: str, body: bytes, make_page: MakePage) -> None:
    with pytest.raises(ParseError, match=r"example\.com"):
        registry.parse(kind, make_page(body))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def bent(draw: Any, value: Any) -> Any:
    """A value in which some parts are missing and some are something else."""
    if draw(st.integers(0, 9)) == 0:
        return draw(values)
    if isinstance(value, dict):
        return {name: draw(bent(inner)) for name, inner in value.items() if draw(st.integers(0, 9)) > 0}
    return [draw(bent(inner)) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize("kind", KEYED)
def test_any_json_is_read_or_refused_by_name(kind: str, make_page: MakePage) -> None:
    whole = answered(kind, "labi", "slikti", "nekā")

    @settings(max_examples=80, deadline=None)
    @given(value=bent(whole))
    def check(value: Any) -> None:
        try:
            parsed = read(make_page, kind, value)
        except ParseError:
            return
        assert parsed.found == len(parsed.mentions) + len(parsed.rejects)
        for mention in parsed.mentions:
            assert mention.text or mention.title or mention.rating is not None
            mention.to_json().encode()

    check()


# --- the walk ---------------------------------------------------------------------------------------------


def target(stage: Any, replay: Replay, **more: Any) -> Target:
    return Target(stage.name, replay.kind, options=replay.options(), **more)


def ids(stage: Any) -> list[str]:
    return [record["native_id"] for record in stage.landed()]


def whole(kind: str, stage: Any) -> Play:
    """To the last page through a pause and a failure; to the watermark; then a sweep that finds an edit."""
    replay = KEYED[kind](stage, 90)
    stage.site.first_answer(replay.path, [{"status": 429, "headers": {"Retry-After": "0"}}, {"status": 502}])
    report = yield target(stage, replay)
    assert (report.outcome, report.errors, report.warnings) == ("done", [], [])
    assert set(ids(stage)) == replay.ids() and len(ids(stage)) == report.new == len(replay.ids())
    assert not any(name in json.dumps(stage.landed(), ensure_ascii=False).lower() for name in NAMES)
    asked = len(stage.site.asked)
    report = yield target(stage, replay)
    assert (report.outcome, report.new, report.edited) == ("done", 0, 0)
    assert len(stage.site.asked) - asked <= 4
    replay.edit(5)
    replay.add(91)
    report = yield target(stage, replay, recheck_days=0)
    assert (report.outcome, report.new, report.edited) == ("done", 1, 1)
    assert set(ids(stage)) == replay.ids()


def broken_off(kind: str, stage: Any) -> Play:
    """A walk that fails behind its first page is gone on with; what is new meanwhile comes too."""
    replay = KEYED[kind](stage, 90)
    stage.site.first_answer(replay.path, [{"status": 500}] * 3, replay.late)
    report = yield target(stage, replay)
    assert report.outcome == "partial" and 0 < report.new < 90
    assert report.errors[0].what.startswith("HttpError")
    replay.add(91)
    report = yield target(stage, replay)
    assert (report.outcome, report.errors) == ("done", [])
    assert set(ids(stage)) == replay.ids() and len(ids(stage)) == len(replay.ids())


def nothing(kind: str, stage: Any) -> Play:
    """A source in which nobody has said anything is done, not an error."""
    replay = KEYED[kind](stage, 0)
    report = yield target(stage, replay)
    assert (report.outcome, report.errors, report.rejected) == ("done", [], 0)
    assert set(ids(stage)) == replay.ids()


def changed(kind: str, stage: Any) -> Play:
    """Words under another name are missed aloud: nothing is landed half, and the report warns."""
    replay = KEYED[kind](stage, 3)
    replay.changed = True
    report = yield target(stage, replay)
    said = [*report.warnings, *(str(record["reason"]) for record in stage.rejected())]
    assert any("format changed" in line or "no text" in line for line in said)
    assert all(record["text"] or record["rating"] is not None for record in stage.landed())


def refused(kind: str, stage: Any) -> Play:
    """A key that is not taken is named, with the place where it stands."""
    replay = KEYED[kind](stage, 3)
    replay.refuses = True
    report = yield target(stage, replay)
    (error,) = report.errors
    assert (report.outcome, report.new) == ("failed", 0)
    assert error.what.startswith(f"RefusedKey: {kind} does not accept")
    assert f"[{kind}] in secrets.toml" in error.next_step and f"SAYSO_{kind.upper()}_" in error.next_step
    replay.refuses = False
    report = yield target(stage, replay)
    assert report.outcome == "done" and set(ids(stage)) == replay.ids()


def expired(kind: str, stage: Any) -> Play:
    """A token that runs out in the middle of the walk is renewed, and nothing is missing."""
    replay = KEYED[kind](stage, 90)
    replay.life = 2
    report = yield target(stage, replay)
    assert (report.outcome, report.errors) == ("done", [])
    assert len(replay.tokens) >= 2 and set(ids(stage)) == replay.ids()


def dead(kind: str, stage: Any) -> Play:
    """Where a fresh token does not help either, the walk ends by name instead of asking on and on."""
    replay = KEYED[kind](stage, 90)
    replay.dead = True
    report = yield target(stage, replay)
    assert report.errors[0].what.startswith("ExpiredToken") and report.outcome == "failed"
    assert len(replay.tokens) == 1


def scenarios() -> dict[str, Callable[[Any], Play]]:
    every = (whole, broken_off, nothing, changed, refused)
    pairs = [(scenario, kind) for scenario in every for kind in KEYED]
    pairs += [(scenario, kind) for scenario in (expired, dead) for kind in LOGINS]
    return {f"{kind}-{scenario.__name__}": partial(scenario, kind) for scenario, kind in pairs}


SCENARIOS = scenarios()


@pytest.fixture(scope="module")
def place(tmp_path_factory: Any) -> Path:
    return Path(tmp_path_factory.mktemp("keyed"))


@pytest.fixture(scope="module")
def played(play: Any, make_home: Any, place: Path) -> dict[str, Exception | None]:
    home = make_home(place / "landing")
    home.secrets = SECRETS
    found: dict[str, Exception | None] = play(SCENARIOS, home)
    return found


@pytest.mark.parametrize("name", SCENARIOS)
def test_spider(name: str, played: dict[str, Exception | None]) -> None:
    if error := played[name]:
        raise error


def test_no_key_and_no_token_is_kept_anywhere(place: Path, played: dict[str, Exception | None]) -> None:
    """Reports, memory, segments and rejects, of runs that went well and of those that did not."""
    kept = b"".join(path.read_bytes() for path in place.rglob("*") if path.is_file())
    hidden = [value for keys in SECRETS.values() for value in keys.values()] + ["t0ken", "again-"]
    assert len(kept) > 10_000
    assert not [value for value in hidden if value.encode() in kept]


@pytest.fixture(scope="module")
def keyless(make_home: Any, make_site: Any, tmp_path_factory: Any) -> Any:
    """One crawl over all kinds without any key: the reports, and what was asked of the site."""
    site, home = make_site(), make_home(tmp_path_factory.mktemp("keyless") / "landing")
    report = home.crawl(*targets_on(site))
    site.close()
    return {found.target: found for found in report.targets}, list(site.asked)


def targets_on(site: Any, **state: Any) -> list[Target]:
    """One target of each kind; all replays on one site."""
    stage, found = SimpleNamespace(site=site), []
    for kind, make in KEYED.items():
        replay = make(stage, 3)
        vars(replay).update(state)
        found.append(Target(kind, kind, options=replay.options()))
    return found


def test_a_key_shows_in_no_log_and_no_report(site: Any, home: Any, quick: Any, tmp_path: Path) -> None:
    log = tmp_path / "crawl.log"
    targets, hasher = targets_on(site, refuses=True), AuthorHasher(b"test")
    report = crawl(targets, home.root, hasher, quick(), secrets=SECRETS, log=log)
    shown = report.model_dump_json() + log.read_text()
    assert shown.count("RefusedKey") == 2 * len(KEYED)
    assert not [value for keys in SECRETS.values() for value in keys.values() if value in shown]


@pytest.mark.parametrize("kind", KEYED)
def test_a_missing_key_is_named_and_nothing_is_asked(kind: str, keyless: Any) -> None:
    reports, asked = keyless
    (error,) = reports[kind].errors
    name = next(iter(SECRETS[kind]))
    assert error.what == f"MissingKey: {kind} needs '{name}'"
    assert error.next_step.startswith(f"put it under [{kind}] in secrets.toml")
    assert asked == []
