"""The report: its figures are the view's, hostile texts stay texts, nothing is fetched, the PDF is a PDF."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from lxml import html
from typer.testing import CliRunner

from app import printing, words
from app.cli import app
from app.drawings import Bar, Line, bars, spans, stack, trend
from app.palette import LIGHT
from app.printing import PdfError, print_pdf
from app.report_page import page
from app.verbs.reports import made
from pipeline.errors import InputError
from pipeline.facts import Cut
from pipeline.home import Home
from pipeline.numbers import natural_nps
from pipeline.report import last_month, span
from pipeline.snapshot import Snapshot
from pipeline.summary import summary


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-02", date(2026, 2, 1), date(2026, 2, 28)),
        ("2024-12", date(2024, 12, 1), date(2024, 12, 31)),
        ("2026-Q4", date(2026, 10, 1), date(2026, 12, 31)),
        ("2026q1", date(2026, 1, 1), date(2026, 3, 31)),
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("2026-01-05..2026-01-07", date(2026, 1, 5), date(2026, 1, 7)),
        ("all", None, None),
    ],
)
def test_periods(text: str, first: date | None, last: date | None) -> None:
    found = span(text)
    assert (found.first, found.last) == (first, last)


def test_the_period_before_is_as_long() -> None:
    before = span("2026-01-05..2026-01-07").before
    assert before is not None
    assert (before.first, before.last) == (date(2026, 1, 2), date(2026, 1, 4))
    assert span("all").before is None
    for text, first, last in (
        ("2026-03", date(2026, 2, 1), date(2026, 2, 28)),
        ("2026-Q1", date(2025, 10, 1), date(2025, 12, 31)),
        ("2024", date(2023, 1, 1), date(2023, 12, 31)),
    ):
        earlier = span(text).before
        assert earlier is not None
        assert (earlier.first, earlier.last) == (first, last)


@pytest.mark.parametrize(
    "text", ["2026-13", "2026-Q5", "yesterday", "2026-02-02..2026-01-01", "", "2026-02-30..x"]
)
def test_no_period(text: str) -> None:
    with pytest.raises(InputError, match=r"period|ends before"):
        span(text)


def test_its_figures_are_those_of_the_view_and_the_command_line(made_home: Home) -> None:
    with Snapshot.open(made_home) as snapshot:
        names = [note.name for note in snapshot.meta.brands]
        told = {brand.name: brand.headline for brand in summary(snapshot).brands}
        figures = {figure.brand: figure for figure in natural_nps(snapshot, Cut(brands=(names[0],)))}
    report = made(made_home, names[0], "all")
    assert report.headline == figures[names[0]] == told[names[0]]
    shown = html.fromstring(page(report))
    assert shown.xpath("string(//div[contains(@class,'hero')]/b)") == words.signed(report.headline.nps)
    assert {item.brand for item in report.standings} == set(names)


def test_hostile_texts_stay_texts(made_home: Home) -> None:
    report = made(made_home, None, "all")
    evil = "<script>alert(1)</script> \u202e& <img src=x onerror=1> Žluťoučký 🐴"
    quote = {
        "text": evil,
        "url": "javascript:alert(1)",
        "source": "feed:<b>.example",
        "lang": '"><x',
        "class": "detractor",
    }
    shown = page(replace(report, quotes=(quote,), brand="<i>Brand</i>"))
    tree = html.fromstring(shown)
    assert not tree.xpath("//script|//img|//i[text()='Brand']|//x|//a[starts-with(@href,'javascript')]")
    assert "<script>alert(1)</script>" in tree.xpath("string(//blockquote/p)")
    assert not tree.xpath(
        "//@src|//link|//style[contains(text(),'url(')]|//style[contains(text(),'@import')]"
    )


def test_nothing_heard_is_said(made_home: Home) -> None:
    shown = page(made(made_home, None, "1999"))
    assert "Nobody was heard in this period" in shown
    with pytest.raises(InputError, match="No brand"):
        made(made_home, "Nobody", "all")


def test_the_verb_writes_a_whole_page(
    made_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "r.html"
    done = CliRunner().invoke(
        app, ["report", "--home", str(made_home.root), "--no-pdf", "--out", str(out), "--json"]
    )
    assert done.exit_code == 0, done.output
    assert out.read_text(encoding="utf-8").endswith("</html>\n")
    assert not list(tmp_path.glob("*.part"))
    with Snapshot.open(made_home) as snapshot:
        assert last_month(snapshot, snapshot.meta.brands[0].name).label in out.read_text(encoding="utf-8")
    monkeypatch.setattr(printing, "_NAMES", ("no-such-browser",))
    with pytest.raises(PdfError, match="No Chromium"):
        print_pdf(out, tmp_path / "r.pdf")


@pytest.mark.browser
def test_the_pdf_is_a_pdf(tmp_path: Path) -> None:
    if not shutil.which("chromium"):
        pytest.skip("needs Chromium")
    source = tmp_path / "r.html"
    source.write_text("<!doctype html><h1>Pārskats</h1>", encoding="utf-8")
    print_pdf(source, tmp_path / "r.pdf")
    assert (tmp_path / "r.pdf").read_bytes().startswith(b"%PDF-")


def test_drawings_are_well_formed_and_escape_names() -> None:
    rows = [Bar("<b>&", 0.2, 0.1, 0.3, "20%", "#123456"), Bar("Žō", -1, -2, 0, "−1", "#123456", True)]
    line = Line(
        "<x>",
        [(0, 1, 0, 2, False), (1, 2, 1, 3, True), (2, 3, 2, 4, False), (3, 3, 2, 4, False)],
        "#123456",
        True,
    )
    for drawn in (
        bars(rows, LIGHT, low=-2, high=1, alt='a"b'),
        spans(rows, LIGHT, low=-2, high=3, alt="x"),
        bars([], LIGHT, low=0, high=1, alt=""),
        trend([line], ["a", "", "<c>", "d"], LIGHT, low=-10, high=10, alt="t"),
        stack([("50%", 0.5, "#1", "#2")] * 2, "s"),
    ):
        tree = html.fragment_fromstring(drawn)
        assert tree.tag == "svg"
        assert not tree.xpath("//b|//x|//c")


def test_empty_sections_say_why(made_home: Home) -> None:
    shown = page(made(made_home, "Lumora", "2001-01"))
    for why in ("Nobody was heard", "No competitor was heard", "No text of this period was read",
                "No survey answers of this period", "Nothing in this period looks coordinated"):  # fmt: skip
        assert why in shown
    cells = html.fromstring(shown).xpath("//section[@class='method']//td")
    assert cells
    assert all(cell.text_content().strip() for cell in cells)
    assert "Jan 2001 · 1" in shown


def test_quotes_say_what_their_authors_rated(made_home: Home) -> None:
    quotes = made(made_home, "Lumora", "all").quotes
    assert {row["class"] for row in quotes} == {"promoter", "detractor"}
    with Snapshot.open(made_home) as snapshot:
        rated = snapshot.cursor().execute(
            "SELECT m.url, f.native_class FROM facts f JOIN mentions m USING (mention_id, brand)"
            " WHERE f.native_class IS NOT NULL"
        )
        classes = {url: {1: "promoter", -1: "detractor"}.get(given) for url, given in rated.fetchall()}
    assert all(classes.get(row["url"], row["class"]) == row["class"] for row in quotes)
