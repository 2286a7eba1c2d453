"""The dossier that leaves the house: whole in one file, inert whatever the texts are, careful with words."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from parsel import Selector

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "pipeline"))

from made_campaign import HOSTILE, ID, campaign

from app.dossier_page import page
from app.verbs.dossiers import write
from pipeline import actions
from pipeline.dossier import Dossier, Evidence, dossier
from pipeline.snapshot import Snapshot


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Dossier:
    with campaign(tmp_path_factory.mktemp("page") / "home") as (home, _):
        actions.judge(home, ID, "dismissed", who="<i>ilze</i>", reason="<b>mūsu akcija</b>")
    with Snapshot.open(home) as snapshot:
        return dossier(snapshot, ID, landing=home.landing, said=actions.verdicts(home))


@pytest.fixture(scope="module")
def shown(found: Dossier) -> Selector:
    return Selector(page(found))


def test_nothing_runs_and_nothing_is_fetched(shown: Selector) -> None:
    assert not shown.xpath("//script | //img | //iframe | //link | //object | //base | //form")
    assert "default-src 'none'" in shown.xpath("//meta[@http-equiv]/@content").get("")
    assert not shown.xpath("//@*[starts-with(name(), 'on')]")
    assert {urlsplit(href).scheme for href in shown.xpath("//a/@href").getall()} <= {"http", "https"}


def test_hostile_texts_stand_there_as_text(shown: Selector) -> None:
    quotes = " ".join(shown.xpath("//blockquote//text()").getall())
    assert "<script>alert(1)</script>" in quotes and "{0} %s ${x}" in quotes
    assert "\u202e" not in quotes and "\u202e" in HOSTILE
    assert "<b>mūsu akcija</b>" in " ".join(shown.xpath("//table//text()").getall())


def test_it_says_what_where_since_when_how_many_and_what_it_does(shown: Selector) -> None:
    told = " ".join(shown.xpath("//body//text()").getall())
    heads = shown.xpath("//h2/text()").getall()
    assert heads == [
        "How sure, and why", "When", "In their words", "Who", "What it does to the figures",
        "What would change our mind", "Mentions and their originals", "What people decided", "How this was made",
    ]  # fmt: skip
    assert "These mentions look coordinated, against the brand" in told
    assert "9 Apr 2026" in told or "8 Apr 2026" in told
    assert {"25", "21"} <= set(shown.xpath("//div[@class='tile']/b/text()").getall())
    assert len(shown.xpath("//svg")) >= 4
    assert len(shown.xpath("//section[@class='members']//tbody/tr")) >= 25


@pytest.mark.parametrize("verdict", ["coordinated", "unusual", "organic crisis", "something new"])
@pytest.mark.parametrize("direction", ["smear", "boost", "unclear"])
def test_it_never_says_more_than_that(found: Dossier, verdict: str, direction: str) -> None:
    evidence = (*found.evidence, Evidence("organic", "a_new_code", None, None, 0.4))
    text = page(replace(found, verdict=verdict, direction=direction, evidence=evidence)).casefold()
    assert not [word for word in ("fake", "fraud", "bot farm", "liar") if word in text]
    assert "a new code" in text


def test_too_little_to_draw_is_no_error(found: Dossier) -> None:
    bare = replace(
        found, members=(), quotes=(), accounts=(), ties=(), volume=(), evidence=(), history=(), would_change=(),
        nps_with=None, nps_without=None, p_value=None, q_value=None, footprint_change={}, ended_at=found.started_at,
        langs=(), sources=(), reasons=(),
    )  # fmt: skip
    told = " ".join(Selector(page(bare)).xpath("//body//text()").getall())
    assert "Chance was not computed" in told and "do not tell the accounts" in told


def test_thousands_of_members_are_cut_in_the_page_and_whole_in_the_json(
    found: Dossier, tmp_path: Path
) -> None:
    many = tuple(replace(found.members[0], at=found.started_at + timedelta(minutes=k)) for k in range(3000))
    html, plain = write(replace(found, members=many), tmp_path)
    rows = Selector(html.read_text(encoding="utf-8")).xpath("//section[@class='members']//tbody/tr")
    assert len(rows) <= 501
    assert len(json.loads(plain.read_text(encoding="utf-8"))["members"]) == 3000
    assert html.stat().st_size < 2_000_000


def test_an_id_is_no_path(found: Dossier, tmp_path: Path) -> None:
    paths = write(replace(found, campaign_id="../../etc/c1:Ļumora"), tmp_path)
    assert {path.parent for path in paths} == {tmp_path}
