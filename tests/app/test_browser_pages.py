"""Pages in a real browser: each loads without a complaint, hostile mentions change nothing, axe finds no
serious fault; what is chosen, said and taken away on a page arrives."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from made_snapshot import CAMPAIGN
from playwright.sync_api import Browser, expect
from test_browser import Watched, chrome, opened, served  # noqa: F401

from app.screenshots import settled
from app.serve import Running
from app.view import PAGES
from pipeline.actions import verdicts
from pipeline.home import Home

pytestmark = pytest.mark.browser
STREAMLITS: dict[str, str] = {}
"""Serious faults of Streamlit's own markup that stand: axe's rule, and the reason. There is none today."""
NAMES = [path for path, *_rest in PAGES]


@pytest.mark.parametrize("path", NAMES)
def test_a_page_loads_clean(chrome: Browser, served: tuple[Home, Running], path: str) -> None:  # noqa: F811
    watched = opened(chrome, served[1].url, f"/{path}?period=all")
    expect(watched.page.locator('[data-testid="stMain"] h1')).to_have_count(1)
    expect(watched.page.get_by_text("Page not found")).to_have_count(0)
    assert watched.page.title() == "sayso"
    assert watched.page.evaluate("window.owned") is None
    inside = watched.page.locator('[data-testid="stMain"] :is(script, iframe, img[src*="tracker"])')
    assert inside.count() == 0
    links = watched.page.locator('[data-testid="stMain"] a').evaluate_all("all => all.map(a => a.href)")
    assert all(link.startswith(("https://", watched.url)) for link in links)
    assert serious(watched) == []
    assert watched.complaints == []
    assert watched.hosts == {"127.0.0.1"}
    watched.page.close()


def serious(watched: Watched) -> list[str]:
    """What axe-core calls serious or critical, Streamlit's own apart: rule, help and where."""
    found: list[dict[str, Any]] = Axe().run(watched.page).response["violations"]
    return [
        f"{rule['id']}: {rule['help']} at {node['target']}"
        for rule in found
        if rule["impact"] in ("serious", "critical") and rule["id"] not in STREAMLITS
        for node in rule["nodes"]
    ]


def test_a_search_finds_and_its_file_is_the_table(
    chrome: Browser,  # noqa: F811
    served: tuple[Home, Running],  # noqa: F811
) -> None:
    watched = opened(chrome, served[1].url, "/mentions?period=all&brand=Vestnet")
    field = watched.page.locator(".st-key-q input")
    field.fill("PASKAMBINO talrunis klusē")
    field.press("Enter")
    expect(watched.page.get_by_text("Nothing found")).to_be_visible(timeout=30_000)
    field.fill("TALRUNIS kluse")
    field.press("Enter")
    expect(watched.page.locator(".sayso-mention p").first).to_contain_text("tālrunis", timeout=30_000)
    settled(watched.page)
    shown = watched.page.locator(".sayso-mention p").all_inner_texts()
    watched.page.get_by_text("Figures").last.click()
    with watched.page.expect_download() as download:
        watched.page.get_by_role("button", name="CSV", exact=True).click()
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text(encoding="utf-8-sig"))))
    assert [row["Text"] for row in rows] == shown
    assert {row["Brand"] for row in rows} == {"Vestnet"}
    assert watched.complaints == []
    watched.page.close()


def test_language_and_theme_switch(chrome: Browser, served: tuple[Home, Running]) -> None:  # noqa: F811
    watched = opened(chrome, served[1].url, "/?period=all")
    app = watched.page.locator('[data-testid="stApp"]')
    light = app.evaluate("shown => getComputedStyle(shown).backgroundColor")
    watched.page.locator(".st-key-lang input").click()
    watched.page.get_by_role("option", name="Latviešu").click()
    expect(watched.page).to_have_url(re.compile("lang=lv"), timeout=30_000)
    expect(watched.page.locator(".sayso-head")).to_have_attribute("lang", "lv", timeout=30_000)
    watched.page.emulate_media(color_scheme="dark")
    watched.page.reload()
    settled(watched.page)
    expect(watched.page.locator(".sayso-head")).to_have_attribute("lang", "lv")
    assert app.evaluate("shown => getComputedStyle(shown).backgroundColor") != light
    assert serious(watched) == []
    assert watched.complaints == []
    watched.page.close()


def test_an_acknowledged_campaign_is_in_the_inbox(
    chrome: Browser,  # noqa: F811
    served: tuple[Home, Running],  # noqa: F811
) -> None:
    watched = opened(chrome, served[1].url, f"/campaigns?campaign={CAMPAIGN}")
    watched.page.locator(".st-key-acknowledge button").click()
    expect(watched.page.locator(".st-key-card-decide table")).to_contain_text("acknowledged", timeout=30_000)
    said = [(verdict.campaign_id, verdict.verdict) for verdict in verdicts(served[0])]
    assert said == [(CAMPAIGN, "acknowledged")]
    assert watched.complaints == []
    watched.page.close()
