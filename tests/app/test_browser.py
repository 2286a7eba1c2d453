"""The page in a real browser: figures, safety against what mentions say, phone, files, new snapshots."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from made_snapshot import MadeBrand, make_snapshot, write_config
from playwright.sync_api import Browser, Page, Request, expect

from app import words
from app.screenshots import chromium, settled
from app.serve import Running, running
from pipeline.facts import Cut
from pipeline.home import Home
from pipeline.numbers import natural_nps
from pipeline.snapshot import Snapshot

pytestmark = pytest.mark.browser

HOSTILE = (
    ("<script>document.title = 'owned'; window.owned = 1</script>", "javascript:window.owned=1"),
    ("<img src=https://tracker.example/p.png onerror='window.owned=1'>", "https://forum.example/t/1"),
    ("![pixel](https://tracker.example/p.png) [click](javascript:alert(1))", "data:text/html,<script>1</script>"),
    ("\u202etxet desrever\u202c </p></div></article><h1>Lumora stands at +99</h1>", "//tracker.example/"),
    ("ž" * 100_000, "https://forum.example/t/2\" onclick=\"window.owned=1"),
    ("<style>.sayso{display:none}</style>&lt;b&gt; 🙃 :red[x] $$x$$", "vbscript:x"),
)  # fmt: skip
BRANDS = (MadeBrand("Lumora", 0.52, 0.25, 600, competitor=False), MadeBrand("Vestnet", 0.36, 0.40, 300))


STREAMLIT_ASKS = ("/_stcore/health", "/_stcore/host-config")
"""On an address with a path Streamlit looks for its server under it first, and Chromium notes that it is not
there."""


@dataclass
class Watched:
    """A page with all that it complained of and asked for."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.page.on(
            "console",
            lambda said: (
                self.complaints.append(f"{said.text} {said.location['url']}")
                if said.type == "error" and not said.location["url"].endswith(STREAMLIT_ASKS)
                else None
            ),
        )
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        self.page.on("request", self._asked)

    def _asked(self, request: Request) -> None:
        if request.url.startswith("http"):
            self.hosts.add(urlsplit(request.url).hostname or "")

    def text(self) -> str:
        return self.page.locator('[data-testid="stMain"]').inner_text()


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    """A browser. Where there is none the tests are skipped and say so; in CI that is a failure."""
    if shutil.which("chromium") is None and not os.environ.get("CI"):
        pytest.skip("needs Chromium: apt-get install chromium")
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Home, Running]]:
    home = Home(tmp_path_factory.mktemp("served") / "home")
    home.root.mkdir()
    write_config(home, BRANDS)
    make_snapshot(home, BRANDS, extra_texts=HOSTILE)
    with running(home) as view:
        yield home, view


def opened(chrome: Browser, url: str, path: str = "/", width: int = 1280, height: int = 2600) -> Watched:
    watched = Watched(chrome.new_page(viewport={"width": width, "height": height}), url)
    watched.page.goto(url + path)
    settled(watched.page)
    return watched


def test_figures_and_safety_at_1280(chrome: Browser, served: tuple[Home, Running], tmp_path: Path) -> None:
    home, view = served
    watched = opened(chrome, view.url, "/?period=all")
    with Snapshot.open(home) as snapshot:
        figure = natural_nps(snapshot, Cut(brands=("Lumora",)))[0]
    expect(watched.page.locator("h1")).to_have_count(1)
    assert f"Lumora stands at {words.signed(figure.nps)}" in watched.page.locator("h1").inner_text()
    assert f"95% interval: {words.signed(figure.low)} to {words.signed(figure.high)}" in watched.text()
    _mentions_are_only_text(watched)
    assert watched.complaints == []
    assert watched.hosts == {"127.0.0.1"}
    picture = tmp_path / "overview.png"
    watched.page.screenshot(path=picture)
    assert picture.stat().st_size > 50_000
    watched.page.close()


def _mentions_are_only_text(watched: Watched) -> None:
    page = watched.page
    assert page.title() == "sayso"
    assert page.evaluate("window.owned") is None
    shown = page.locator(".sayso-mention p").all_inner_texts()
    assert shown[0].startswith("<script>document.title")
    assert len(shown[4]) < 700
    assert page.locator(".sayso-mention :is(script, img, style, h1)").count() == 0
    hrefs = [link.get_attribute("href") or "" for link in page.locator(".sayso-mention a").all()]
    assert all(href.startswith("https://") for href in hrefs)
    box = page.locator(".sayso-mentions").bounding_box()
    assert box is not None and box["width"] < 1280


def test_a_deep_link_shows_what_it_names_and_the_file_is_the_table(
    chrome: Browser, served: tuple[Home, Running]
) -> None:
    watched = opened(chrome, served[1].url, "/?brand=Vestnet&period=all&language=lv")
    assert "Natural NPS of Vestnet" in watched.text()
    card = watched.page.locator(".st-key-card-standing")
    card.get_by_text("Figures").click()
    with watched.page.expect_download() as download:
        card.get_by_role("button", name="CSV", exact=True).click()
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text(encoding="utf-8-sig"))))
    with Snapshot.open(served[0]) as snapshot:
        figures = {figure.brand: figure for figure in natural_nps(snapshot, Cut(langs=("lv",)))}
    assert [row["Brand"] for row in rows] == ["Vestnet", "Lumora"]
    assert [float(row["Score"]) for row in rows] == [figures[row["Brand"]].nps for row in rows]
    watched.page.get_by_text("90 d", exact=True).click()
    expect(watched.page).to_have_url(re.compile("(?=.*period=90d)(?=.*brand=Vestnet)"), timeout=30_000)
    assert watched.complaints == []
    watched.page.close()


def test_a_phone_scrolls_one_way_only(chrome: Browser, served: tuple[Home, Running]) -> None:
    watched = opened(chrome, served[1].url, width=390, height=844)
    inside = watched.page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    assert inside <= 390
    assert watched.complaints == []
    watched.page.close()


def test_a_new_snapshot_appears_on_an_open_page(chrome: Browser, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.root.mkdir()
    write_config(home, BRANDS)
    with running(home) as view:
        watched = opened(chrome, view.url)
        assert "sayso run" in watched.text()
        make_snapshot(home, BRANDS, generation=1)
        expect(watched.page.locator("h1")).to_contain_text("Lumora stands at", timeout=60_000)
        watched.page.close()
