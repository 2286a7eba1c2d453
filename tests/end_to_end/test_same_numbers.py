"""One number, one function: summary, exports in every format, report and view say the same, filters included."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest
from lxml import html
from typer.testing import CliRunner

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "pipeline"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "app"))

from made_warehouse import CONFIG, Said, many, warehouse
from pagetest import opened

from app import words
from app.cli import app
from app.cuts import Chosen
from app.report_page import page
from app.verbs.reports import made
from pipeline.config import Config
from pipeline.drivers import NONE
from pipeline.export import WHAT, export
from pipeline.facts import Period
from pipeline.home import Home
from pipeline.numbers import Figure
from pipeline.publish import publish
from pipeline.report import Report

OWN = "Lumora"
SETTINGS = Config.model_validate(
    CONFIG.model_dump(mode="json")
    | {"touchpoints": [{"name": "price", "describes": "what it costs", "weight": 3}]}
)
LAST = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)
SWAYED = (
    "Kaskāde ir labāka nekā Lumora, pāreju pie Kaskāde",
    "Kaskāde is better than Lumora, switching to Kaskāde",
    "Kaskāde je lepší než Lumora",
)
Row = dict[str, Any]


@dataclass(frozen=True)
class Filter:
    """The same choice as options of the command line and as the address of the view (None: it has none)."""

    name: str
    options: tuple[str, ...]
    chosen: Chosen
    address: dict[str, str | list[str]] | None


ALL = {"period": "all"}
FILTERS = (
    Filter("everything", (), Chosen(), ALL),
    Filter(
        "language", ("--lang", "lv", "--lang", "cs"), Chosen(lang=["lv", "cs"]), ALL | {"language": ["lv", "cs"]}
    ),
    Filter(
        "source", ("--source", "discourse:forum.example"), Chosen(source=["discourse:forum.example"]),
        ALL | {"source": "discourse:forum.example"},
    ),
    Filter(
        "days", ("--since", "2025-12-21"), Chosen(since=datetime(2025, 12, 21)), {"period": "90d"},  # noqa: DTZ001
    ),
    Filter("touchpoint", ("--touchpoint", "price"), Chosen(touchpoint="price"), ALL | {"touchpoint": "price"}),
    Filter(
        "segment", ("--segment", "Region=Rīga"), Chosen(segment=["Region=Rīga"]),
        ALL | {"segment": "Region=Rīga"},
    ),
    Filter("set aside too", ("--all",), Chosen(everything=True), ALL | {"hearing": "raw"}),
    Filter("speaker", ("--speaker", "customer"), Chosen(speaker=["customer"]), None),
    Filter(
        "kind", ("--kind", "post", "--source-kind", "discourse"),
        Chosen(kind=["post"], source_kind=["discourse"]), None,
    ),
)  # fmt: skip
Exported = Callable[[str, Filter], list[Row]]
every_filter = pytest.mark.parametrize("chosen", FILTERS, ids=lambda item: item.name)


def _told() -> list[Said]:
    """A year in which everything is heard that a figure exists for."""
    said = [
        replace(
            item, at=LAST - timedelta(hours=9 * number), speaker=("customer", "former")[number % 5 == 0],
            advocacy=item.p[2] - item.p[0] if item.p else None, leaving=item.p[0] ** 2 if item.p else None,
            effort=0.5 - item.p[0] if item.p else None,
        )
        for number, item in enumerate(many(900))
    ]  # fmt: skip
    said += [
        Said(f"{SWAYED[n % 3]}. {n}", p=(0.8, 0.1, 0.1), at=LAST - timedelta(days=3 * n), author=f"s{n}")
        for n in range(40)
    ]
    said += [
        Said(f"Kopija {n}", p=(0.9, 0.05, 0.05), p_bot=0.95, cluster="c1", set_aside=True, author=f"k{n}",
             source="discourse:forum.example", kind="post", at=LAST - timedelta(days=30, minutes=n))
        for n in range(12)
    ]  # fmt: skip
    said += [
        Said(f"Atbilde {n}", kind="survey", source="import:survey", rating=(10, 9, 8, 3)[n % 4], scale=(0, 10),
             at=LAST - timedelta(days=2 * n), segments={"Region": ("Rīga", "Liepāja")[n % 3 == 0]})
        for n in range(160)
    ]  # fmt: skip
    return said


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A published home; not to be changed."""
    with warehouse(tmp_path_factory.mktemp("same") / "home", _told()) as (place, con):
        publish(place, con, SETTINGS)
    place.config_file.write_text(
        '[[brands]]\nname = "Lumora"\n[[brands]]\nname = "Kaskāde"\ncompetitor = true\n', encoding="utf-8"
    )
    return place


def run(home: Home, *given: str) -> str:
    done = CliRunner().invoke(app, [*given, "--home", str(home.root)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture(scope="module")
def exported(home: Home) -> Exported:
    """A table as JSON, each made once; months only of what is shown by month."""
    kept = dict[tuple[str, str], list[Row]]()

    def rows(what: str, chosen: Filter) -> list[Row]:
        if (what, chosen.name) not in kept:
            periods: tuple[Period, ...] = ("all", "month") if what in ("nps", "trend") else ("all",)
            file = io.BytesIO()
            export(what, home, chosen.chosen.cut(), file, form="json", periods=periods)
            kept[what, chosen.name] = json.loads(file.getvalue())
        return kept[what, chosen.name]

    return rows


def only(rows: list[Row], **keys: object) -> list[Row]:
    """The rows with these values; the whole of time and the natural NPS where nothing else is asked."""
    asked: dict[str, object] = {"length": "all", "instrument": "natural"} | keys
    return [row for row in rows if all(row[name] == value for name, value in asked.items() if name in row)]


def score(row: Row | None) -> tuple[float, ...] | None:
    names = ("nps", "low", "high", "n", "promoters", "detractors", "effective_n")
    return None if row is None else tuple(row[name] for name in names)


def one(rows: list[Row]) -> Row | None:
    assert len(rows) < 2
    return rows[0] if rows else None


@pytest.mark.parametrize("what", WHAT)
def test_every_format_says_the_same(home: Home, tmp_path: Path, what: str) -> None:
    path, chosen = tmp_path / "a.json", FILTERS[1]
    run(home, "export", what, "--out", str(path), *chosen.options)
    said = json.loads(path.read_text(encoding="utf-8"))
    assert said or what in ("survey", "campaigns")
    for form, read in READ.items():
        path = tmp_path / f"a.{form}"
        export(what, home, chosen.chosen.cut(), path)
        found = read(path)
        # A workbook has a sheet a period.
        told = sorted(said, key=lambda row: str(row.get("length"))) if form == "xlsx" else said
        assert len(found) == len(told)
        for row, expected in zip(found, told, strict=True):
            assert list(row) == list(expected)
            assert [name for name, value in expected.items() if not alike(row[name], value)] == []


def _csv(path: Path) -> list[Row]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))


def _lines(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _sheets(path: Path) -> list[Row]:
    """Those sheets that a CSV has too."""
    book, found = openpyxl.load_workbook(path), []
    for name in book.sheetnames:
        if name in ("all time", "by month", *WHAT):
            head, *rows = book[name].iter_rows(values_only=True)
            found += [dict(zip(map(str, head), row, strict=True)) for row in rows]
    return found


READ: dict[str, Callable[[Path], list[Row]]] = {
    "csv": _csv, "jsonl": _lines, "xlsx": _sheets, "parquet": lambda path: pq.read_table(path).to_pylist(),
}  # fmt: skip


def alike(cell: Any, value: Any) -> bool:
    """Whether a cell of some format means this value of the JSON."""
    if value is None or cell is None:
        return cell in (None, "") and value in (None, "")
    if isinstance(value, bool):
        return str(cell).casefold() == str(value).casefold()
    if isinstance(value, int | float):
        # Parquet keeps probabilities as the float32 they are.
        return float(cell) == pytest.approx(value, rel=1e-7)
    if isinstance(value, list | dict):
        return cell == value or json.loads(cell) == value
    if isinstance(cell, datetime) or hasattr(cell, "isoformat"):
        return datetime.fromisoformat(value).replace(tzinfo=None) == _naive(cell)
    return bool(cell.removeprefix("'") == value)


def _naive(cell: Any) -> datetime:
    at = datetime.fromisoformat(cell.isoformat())
    return at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at


@every_filter
def test_the_summary_says_what_the_exports_say(home: Home, exported: Exported, chosen: Filter) -> None:
    told = json.loads(run(home, "summary", "--json", *chosen.options))
    nps, felt = exported("nps", chosen), exported("footprint", chosen)
    for brand in told["brands"]:
        name = brand["name"]
        for way in ("natural", "text", "native", "survey", "survey_text"):
            assert score(brand[way]) == score(one(only(nps, brand=name, instrument=way))), way
        heard = "natural" if only(felt, brand=name) else "survey_text"
        shares = {r["emotion"]: r for r in only(felt, brand=name, group="all", instrument=heard)}
        for item in (brand["no_positive"], *brand["top_emotions"]):
            if item:
                assert (item["share"], item["low"], item["high"]) == tuple(
                    shares[item["emotion"]][key] for key in ("share", "low", "high")
                )
        index = one(only(exported("index", chosen), brand=name))
        assert (brand["index"] and brand["index"]["value"]) == (index and index["index"])
        voice = one(only(exported("voice", chosen), brand=name))
        assert brand["share_of_voice"] == pytest.approx(voice["share"] if voice else 0.0)
    ids = [(item["campaign_id"], item["mentions"]) for item in told["campaigns"]]
    assert ids == [(row["campaign_id"], row["mentions"]) for row in exported("campaigns", chosen)]


def period_of(chosen: Filter) -> str:
    """The report's period for the days of a filter."""
    return f"{chosen.chosen.since:%Y-%m-%d}..{LAST:%Y-%m-%d}" if chosen.chosen.since else "all"


def report_of(home: Home, chosen: Filter) -> Report:
    return made(home, OWN, period_of(chosen), replace(chosen.chosen, since=None))


def spread(row: Row, name: str) -> tuple[float, ...]:
    return row[name], row["low"], row["high"]


@every_filter
def test_the_report_says_what_the_exports_say(home: Home, exported: Exported, chosen: Filter) -> None:
    told = report_of(home, chosen)
    way, nps = told.instrument, exported("nps", chosen)
    headline = one(only(nps, brand=OWN, instrument=way))
    assert score(vars_of(told.headline)) == score(headline)
    for item in told.standings:
        assert score(vars_of(item.figure)) == score(one(only(nps, brand=item.brand, instrument=way)))
        voice = one(only(exported("voice", chosen), brand=item.brand))
        assert item.voice == pytest.approx(voice["share"] if voice else 0)
    felt = exported("footprint", chosen)
    for cell in told.feelings:
        shares = {r["emotion"]: r for r in only(felt, brand=OWN, group=cell.group, instrument=way)}
        assert {name: (share.value, share.low) for name, share in cell.rows()} == {
            name: (row["share"], row["low"]) for name, row in shares.items()
        }
    rows = only(exported("drivers", chosen), brand=OWN, instrument=way)
    assert [
        (item.touchpoint, item.nps, item.impact_leave_out, item.impact_additive) for item in told.drivers
    ] == [(row["touchpoint"], row["nps"], row["impact_leave_out"], row["impact_additive"]) for row in rows]
    _related(told, only(exported("relations", chosen), brand=OWN, instrument=way))
    beside = one(only(exported("survey", chosen), brand=OWN))
    if beside and told.survey:
        offset = told.survey.offset
        assert (told.survey.survey.nps, offset and offset.value) == (beside["survey"], beside["offset"])
    else:
        assert not beside and not told.survey
    assert [row["campaign_id"] for row in told.campaigns] == [
        row["campaign_id"] for row in exported("campaigns", chosen) if row["brand"] == OWN
    ]


def vars_of(figure: Figure | None) -> Row | None:
    return figure.to_dict() if figure else None


def _related(told: Report, rows: list[Row]) -> None:
    relation = told.relation
    assert bool(relation) == bool(rows)
    if relation:
        for row in rows:
            if row["of"] is None:
                share = getattr(relation, row["measure"])
                assert (share.value, share.low, share.high) == spread(row, "value")
        balances = {item.name: item.balance.value for item in relation.rivals}
        assert balances == {row["of"]: row["value"] for row in rows if row["measure"] == "balance"}


@every_filter
def test_months_and_moves_of_the_report(home: Home, exported: Exported, chosen: Filter) -> None:
    told = report_of(home, replace(chosen, chosen=replace(chosen.chosen, since=None)))
    if told.instrument != "natural":
        return
    without_days = chosen if chosen.name != "days" else FILTERS[0]
    rows = only(exported("nps", without_days), length="month", brand=OWN)[-13:]
    own = [figure.to_dict() for figure in told.trend if figure.brand == OWN]
    assert [(row["period"], *(score(row) or ())) for row in own] == [
        (row["period"], *(score(row) or ())) for row in rows
    ]


def test_what_the_pages_of_the_report_print(home: Home, exported: Exported) -> None:
    chosen = FILTERS[1]
    told = report_of(home, chosen)
    shown = html.fromstring(page(told))
    assert "lv, cs" in shown.xpath("string(//div[@class='cover'])")
    for row in only(exported("nps", chosen)):
        cells = [cell.text_content() for cell in shown.xpath(f"//tr[td='{row['brand']}']")[0]]
        voice = one(only(exported("voice", chosen), brand=row["brand"]))
        assert cells[1:3] == [
            words.signed(row["nps"]),
            f"{words.signed(row['low'])} to {words.signed(row['high'])}",
        ]
        assert words.percent(voice["share"] if voice else 0) in cells
    for row in only(exported("drivers", chosen), brand=OWN):
        if row["touchpoint"] != NONE:
            cells = [cell.text_content() for cell in shown.xpath(f"//tr[td='{row['touchpoint']}']")[0]]
            assert words.signed(row["impact_additive"], 1) in cells


with_address = pytest.mark.parametrize(
    "chosen", [item for item in FILTERS if item.address], ids=lambda item: item.name
)
View = Callable[[str, Filter], list[pd.DataFrame]]


@pytest.fixture
def view(home: Home, monkeypatch: pytest.MonkeyPatch) -> View:
    """The tables behind the charts of a page."""

    def tables(path: str, chosen: Filter) -> list[pd.DataFrame]:
        test = opened(home, monkeypatch, path, brand=OWN, **(chosen.address or {}))
        assert not test.exception
        return [element.value for element in test.dataframe]

    return tables


def rows_with(tables: list[pd.DataFrame], *columns: str) -> list[Row]:
    """The rows of the first table that has these columns; none where the page has no such table."""
    found = next((table for table in tables if set(columns) <= set(table.columns)), pd.DataFrame())
    return [{str(name): value for name, value in row.items()} for row in found.to_dict("records")]


@with_address
def test_the_overview_says_what_the_exports_say(exported: Exported, view: View, chosen: Filter) -> None:
    tables, nps = view("overview", chosen), exported("nps", chosen)
    way = "natural" if only(nps, brand=OWN) else "survey_text"
    standing = rows_with(tables, "Brand", "Promoters")
    assert len(standing) == 2 or way == "survey_text"
    assert {score_shown(row) for row in standing} == {score_of(row) for row in only(nps, instrument=way)}
    months = {
        (row["Brand"], f"{row['From']:%Y-%m-%d}", row["Score"]) for row in rows_with(tables, "From", "Moved")
    }
    assert months == {
        (row["brand"], row["period"], row["nps"]) for row in only(nps, instrument=way, length="month")
    }
    if way == "natural":
        moved = {f"{row['From']:%Y-%m-%d}" for row in rows_with(tables, "From", "Moved") if row["Moved"]}
        trend = only(exported("trend", chosen), length="month", brand=OWN)
        assert moved == {row["period"] for row in trend if row["verdict"] in ("up", "down")}
    shares = {(row["brand"], row["share"], row["mentions"]) for row in only(exported("voice", chosen))}
    voice = [row for row in rows_with(tables, "Brand", "Share", "Mentions") if "Emotion" not in row]
    assert {(row["Brand"], row["Share"], row["Mentions"]) for row in voice} <= shares
    felt = only(exported("footprint", chosen), group="all", instrument=way)
    told = {(row["Brand"], row["Emotion"]): row["Share"] for row in rows_with(tables, "Brand", "Emotion")}
    assert told == {
        (row["brand"], words.emotion(row["emotion"])): row["share"]
        for row in felt
        if row["emotion"] in words.EMOTIONS
    }


def score_shown(row: Row) -> tuple[object, ...]:
    return tuple(
        row[name] for name in ("Brand", "Score", "Low", "High", "Mentions", "Promoters", "Detractors")
    )


def score_of(row: Row) -> tuple[object, ...]:
    return tuple(row[name] for name in ("brand", "nps", "low", "high", "n", "promoters", "detractors"))


@with_address
def test_the_other_pages_say_what_the_exports_say(exported: Exported, view: View, chosen: Filter) -> None:
    way = "natural" if only(exported("nps", chosen), brand=OWN) else "survey_text"
    driven = only(exported("drivers", chosen), brand=OWN, instrument=way)
    assert {
        (row["Touchpoint"], row["Impact"], row["Score"])
        for row in rows_with(view("drivers", chosen), "Touchpoint", "Impact")
    } == {
        (words.touchpoint(row["touchpoint"]), row["impact_additive"], row["nps"])
        for row in driven
        if row["touchpoint"] != NONE
    }
    felt = only(exported("footprint", chosen), brand=OWN, instrument=way)
    groups = {"all": "Everybody"} | dict(words.CLASSES)
    told = {
        (row["Among"], row["Emotion"]): row["Share"]
        for row in rows_with(view("footprint", chosen), "Among", "Emotion")
    }
    assert told == {
        (groups[row["group"]], words.emotion(row["emotion"])): row["share"]
        for row in felt
        if row["emotion"] in words.EMOTIONS and row["n"]
    }
    related = only(exported("relations", chosen), brand=OWN, instrument=way)
    shares = {row["value"] for row in related}
    stands = rows_with(view("at-risk", chosen), "What", "Share")
    assert {row["Share"] for row in stands} <= shares
    called = rows_with(view("competitors", chosen), "Competitor", "Score")
    assert called or chosen.name in ("source", "touchpoint", "segment")
    assert {(row["Competitor"], row["Score"]) for row in called} == {
        (row["of"], row["value"]) for row in related if row["measure"] == "balance"
    }


def test_surveys_beside_what_is_said_unasked(home: Home, exported: Exported) -> None:
    [page] = json.loads(run(home, "survey", "--json", "--every", "month"))
    row = one(only(exported("survey", FILTERS[0]), brand=OWN))
    assert row is not None
    assert page["answers"]["nps"] == row["survey"]
    assert page["whole"]["offset"]["value"] == row["offset"]
    segment = one(only(exported("nps", FILTERS[5]), brand=OWN, instrument="survey"))
    told = {item["answer"]: item["figure"] for item in page["segments"]}
    assert score(told["Rīga"]) == score(segment)
    shown = run(home, "survey")
    assert "asked and unasked" in shown
    assert "Region: Rīga" in shown
    assert "No survey answers" in run(home, "survey", "--brand", "Kaskāde")
