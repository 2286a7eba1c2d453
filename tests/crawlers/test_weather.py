"""Every API in all weather: to the last page, through pauses, failures, kills and edits, whatever its kind."""

from __future__ import annotations

import json
from collections.abc import Generator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from killing import killed
from replays import REPLAYS, SECRETS, Replay, assert_no_secret_is_kept

from crawlers import registry
from crawlers.report import TargetReport
from crawlers.target import Target

Play = Generator[Target, TargetReport, None]
NAMES = ("ozolins", "ozoliņš")
REQUESTS = 130
"""About as many as a crawl of all kinds makes, robots.txt included."""


def target(stage: Any, replay: Replay, **more: Any) -> Target:
    return Target(stage.name, replay.kind, getattr(replay, "url", None), options=replay.options(), **more)


def ids(stage: Any) -> list[str]:
    return [record["native_id"] for record in stage.landed()]


def many(kind: str) -> int:
    """Items enough for several pages."""
    return int(getattr(REPLAYS[kind], "many", 130))


def fail_late(replay: Replay, *replies: dict[str, Any]) -> None:
    """These answers first to whoever asks beyond the first page."""
    path = getattr(replay, "late_path", None) or replay.path
    replay.site.first_answer(path, list(replies), replay.late)


def strike(site: Any, *replies: Any) -> None:
    """These answers first, one a request, wherever on the site it goes."""
    left = list(reversed(replies))

    def struck(inner: Any) -> Any:
        return lambda asked: left.pop() if left else inner(asked)

    for path, route in site.routes.items():
        if path != "/robots.txt":
            site.routes[path] = struck(route)


def whole(kind: str, stage: Any) -> Play:
    """To the last page through a pause and a failure; to the watermark; then a sweep that finds an edit."""
    replay = REPLAYS[kind](stage, many(kind))
    pause, failure = stage.site.reply(status=429, headers={"Retry-After": "0"}), stage.site.reply(status=502)
    strike(stage.site, pause, failure)
    first = yield target(stage, replay)
    assert (first.outcome, first.errors, first.warnings) == ("done", [], [])
    assert set(ids(stage)) == replay.ids() and len(ids(stage)) == first.new == len(replay.ids())
    assert not any(name in json.dumps(stage.landed(), ensure_ascii=False).lower() for name in NAMES)
    again = yield target(stage, replay)
    assert (again.outcome, again.new, again.edited, again.rejected) == ("done", 0, 0, 0)
    assert again.pages <= first.pages / 2 or again.pages <= 4
    replay.edit(5)
    replay.add(many(kind) + 1)
    sweep = yield target(stage, replay, recheck_days=0)
    assert (sweep.outcome, sweep.new, sweep.edited) == ("done", 1, 1)
    assert set(ids(stage)) == replay.ids()


def broken_off(kind: str, stage: Any) -> Play:
    """A walk that fails behind its first page, or is told to wait too long there, ends by name and is gone on
    with; what is new meanwhile comes too."""
    replay = REPLAYS[kind](stage, many(kind))
    fail_late(replay, *[{"status": 500}] * 3, {"status": 429, "headers": {"Retry-After": "100000"}})
    report = yield target(stage, replay)
    assert report.outcome == "partial" and 0 < report.new <= len(replay.ids())
    assert report.errors[0].what.startswith("HttpError")
    replay.add(many(kind) + 1)
    report = yield target(stage, replay)
    if report.errors:  # where one page that fails does not end the walk, the first run met this already
        assert report.outcome == "partial" and report.errors[0].what.startswith("RateLimited")
        assert "100000" in report.errors[0].next_step
        report = yield target(stage, replay)
    assert (report.outcome, report.errors) == ("done", [])
    assert set(ids(stage)) == replay.ids() and len(ids(stage)) == len(replay.ids())


def nothing(kind: str, stage: Any) -> Play:
    """A source in which nobody has said anything is done, not an error."""
    replay = REPLAYS[kind](stage, 0)
    report = yield target(stage, replay)
    assert (report.outcome, report.errors, report.rejected) == ("done", [], 0)
    assert set(ids(stage)) == replay.ids()


def changed(kind: str, stage: Any) -> Play:
    """An answer of another form is an error and not an end; words under another name are missed aloud."""
    replay = REPLAYS[kind](stage, 3)
    routes = dict(stage.site.routes)
    strike(stage.site, *[stage.site.reply(b'{"odd": 1}')] * 50)
    report = yield target(stage, replay)
    assert report.outcome != "done" and report.new == 0 and report.errors
    stage.site.routes, replay.changed = routes, True
    report = yield target(stage, replay)
    said = [*report.warnings, *(str(record["reason"]) for record in stage.rejected())]
    assert any("format changed" in line or "without" in line or "no text" in line for line in said)
    assert all(record["text"] or record["rating"] is not None for record in stage.landed())


EVERY = (whole, broken_off, nothing, changed)
CASES = {f"{kind}-{scenario.__name__}": (scenario, kind) for kind in REPLAYS for scenario in EVERY}


PAGES = {"structured", "selectors", "feed", "xenforo", "phpbb", "vbulletin"}
"""Kinds that read pages and not an API's answers: their tests have pages."""


def test_every_api_has_a_replay() -> None:
    assert set(registry.sources()) - PAGES == set(REPLAYS)


@pytest.fixture(scope="module")
def place(tmp_path_factory: Any) -> Path:
    return Path(tmp_path_factory.mktemp("weather"))


@pytest.fixture(scope="module")
def played(play: Any, make_home: Any, place: Path) -> dict[str, Exception | None]:
    home = make_home(place / "landing")
    home.secrets = SECRETS
    scenarios = {name: partial(scenario, kind) for name, (scenario, kind) in CASES.items()}
    found: dict[str, Exception | None] = play(scenarios, home)
    return found


@pytest.mark.parametrize("name", CASES)
def test_spider(name: str, played: dict[str, Exception | None]) -> None:
    if error := played[name]:
        raise error


def test_no_key_and_no_token_is_kept_anywhere(place: Path, played: dict[str, Exception | None]) -> None:
    """Reports, memory, segments and rejects, of runs that went well and of those that did not."""
    assert_no_secret_is_kept(place)


MORE = [pytest.param(share, marks=pytest.mark.long) for share in (0.2, 0.3, 0.4, 0.6, 0.7, 0.8)]


@pytest.mark.parametrize("share", [0.5, *MORE])
def test_a_kill_in_the_middle_loses_nothing_and_lands_nothing_twice(
    share: float, make_site: Any, make_home: Any, tmp_path: Path
) -> None:
    """All kinds at once, killed after this share of the requests that a whole crawl takes."""
    home = make_home(tmp_path / "landing")
    home.secrets = SECRETS
    stages = {kind: SimpleNamespace(name=kind, site=make_site()) for kind in REPLAYS}
    replays = {kind: REPLAYS[kind](stage, many(kind)) for kind, stage in stages.items()}
    targets = [target(stages[kind], replay) for kind, replay in replays.items()]
    sites = [stage.site for stage in stages.values()]
    killed(targets, home.root, lambda: sum(len(site.asked) for site in sites) > share * REQUESTS, SECRETS)
    report = home.crawl(*targets)
    landed: dict[str, list[str]] = {kind: [] for kind in REPLAYS}
    for record in home.landed():
        landed[record["target"]].append(record["native_id"])
    for kind, replay in replays.items():
        assert set(landed[kind]) == replay.ids() and len(landed[kind]) == len(replay.ids()), kind
    assert {(found.target, found.outcome) for found in report.targets} == {(kind, "done") for kind in REPLAYS}
    assert not list(home.root.rglob("*.part"))
    for site in sites:
        site.close()
