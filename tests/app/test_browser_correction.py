"""A reading put right in a real browser: it shows at once as somebody's word, and after the next run as the
reading."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from test_browser import chrome, opened  # noqa: F401

from app.screenshots import settled
from app.serve import running
from pipeline.run import run

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "pipeline"))

from landing_of import land, make_home, mention
from small_reader import SmallReader

pytestmark = pytest.mark.browser
NOTE = "it was <b>ironija</b> ![x](https://tracker.example/p)"


def test_a_correction_shows_and_after_the_next_run_it_is_the_reading(
    chrome: Browser,  # noqa: F811
    tmp_path: Path,
) -> None:
    home = make_home(tmp_path / "home")
    land(home, "a", [mention(n, rating=None, text=f"Nordvila labi {n} 🙂") for n in range(12)])
    run(home, None, SmallReader)
    with running(home) as view:
        watched = opened(chrome, view.url, "/mentions?period=all")
        watched.page.get_by_role("button", name="Why this reading").first.click()
        before = _read_as(watched.page).inner_text()
        _say(watched.page, score=2)
        expect(watched.page.locator(".st-key-card-say table")).to_contain_text("score 2", timeout=30_000)
        expect(watched.page.locator(".st-key-card-say table")).to_contain_text(NOTE)
        assert _read_as(watched.page).inner_text() == before
        run(home, None, SmallReader, model="small-1")
        watched.page.reload()
        settled(watched.page)
        expect(_read_as(watched.page)).to_have_text("2.0", timeout=30_000)
        assert before != "2.0"
        assert watched.complaints == []
        assert watched.hosts == {"127.0.0.1"}
        watched.page.close()


def _read_as(page: Page) -> Locator:
    return page.locator(".st-key-card-why tr", has_text="Read as").locator("td")


def _say(page: Page, score: int) -> None:
    """Move the slider from its rest to the score, write a note, send both."""
    thumb = page.locator(".st-key-say-score").get_by_role("slider")
    thumb.focus()
    for _step in range(score + 1):
        thumb.press("ArrowRight")
    page.locator(".st-key-say-note input").fill(NOTE)
    page.locator(".st-key-say-correct button").click()
