"""Kinds that read pages, killed in the middle: the sample town, boards and a recipe end as if nothing had been.

What an undisturbed crawl lands is what a killed one and the one after it must land together, each thing once.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from boardlooks import LOOKS, Board, Server
from killing import killed

from crawlers.target import Target

BOARDS = ("xenforo 2", "phpbb 3.3", "vbulletin 4")
RECIPE: dict[str, Any] = {
    "item": "article.message",
    "next": "a.pageNav-jump--next",
    "publishes": "post",
    "fields": {
        "text": {"css": ".bbWrapper", "without": "blockquote"},
        "author": "h4 .username",
        "date": ".message-attribution-main time::attr(datetime)",
        "id": ":scope::attr(data-content)",
    },
}


@contextmanager
def town(log: Path) -> Iterator[str]:
    """The sample town in a process of its own; what it is asked stands in `log`."""
    command = [sys.executable, "-m", "data.town", "--log", str(log)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as served:
        assert served.stdout is not None
        yield json.loads(served.stdout.readline())["origin"]
        served.terminate()


def in_town(origin: str) -> list[Target]:
    shops = [
        Target(f"shop-{name}", "structured", f"{origin}/shop/{name}/") for name in ("nordvila", "kometra")
    ]
    return [
        *shops,
        Target("forum", "discourse", f"{origin}/forum/"),
        Target("blog", "feed", f"{origin}/blog/feed/"),
    ]


def on_boards(make_site: Any) -> tuple[list[Target], list[Any]]:
    """A board in one look of each engine, and a thread read by a recipe."""
    targets, sites = [], []
    for name in BOARDS:
        made = Board(per_page=4, per_list=3)
        for thread in range(1, 7):
            made.add(thread % 2 + 1, thread, 13)
        stage = SimpleNamespace(name=LOOKS[name].kind, site=make_site())
        targets.append(Server(stage, LOOKS[name], made).target())
        sites.append(stage.site)
    thread = f"{sites[0].url}/threads/pavediens.3/"
    return [*targets, Target("selectors", "selectors", thread, options=RECIPE)], sites


def landed(home: Any) -> Counter[tuple[str, ...]]:
    names = ("target", "source", "native_id", "text")
    return Counter(tuple(str(record[name]) for name in names) for record in home.landed())


@pytest.fixture
def everywhere(make_site: Any, tmp_path: Path) -> Iterator[tuple[list[Target], Callable[[], int]]]:
    """Targets of all kinds that read pages, and how many requests their sites have seen."""
    log = tmp_path / "asked"
    with town(log) as origin:
        targets, sites = on_boards(make_site)
        yield (
            [*in_town(origin), *targets],
            lambda: len(log.read_text().split()) + sum(len(site.asked) for site in sites),
        )
        for site in sites:
            site.close()


@pytest.mark.long
@pytest.mark.parametrize("share", [0.1, 0.25, 0.4, 0.55, 0.7, 0.85])
def test_a_kill_in_the_middle_changes_nothing(
    share: float, everywhere: Any, make_home: Any, tmp_path: Path
) -> None:
    targets, asked = everywhere
    whole, torn = make_home(tmp_path / "whole"), make_home(tmp_path / "torn")
    report = whole.crawl(*targets)
    requests = asked()
    expected = landed(whole)
    assert {found.outcome for found in report.targets} == {"done"}
    assert {name for name, *_ in expected} == {target.name for target in targets}
    killed(targets, torn.root, lambda: asked() - requests > share * requests)
    report = torn.crawl(*targets)
    assert {(found.target, found.outcome) for found in report.targets} == {
        (one.name, "done") for one in targets
    }
    assert landed(torn) == expected and set(expected.values()) == {1}
    assert not list(torn.root.rglob("*.part"))
