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
import pyarrow.parquet as pq
import pytest
from lxml import html
from typer.testing import CliRunner

for room in ("pipeline", "app"):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / room))

from made_warehouse import CONFIG, Said, many, warehouse

from app import words
from app.cli import app
from app.cuts import Chosen
from app.report_page import page
from app.verbs.reports import made
from pipeline.config import Config
from pipeline.drivers import NONE
from pipeline.export import WHAT
from pipeline.home import Home
from pipeline.publish import publish
from pipeline.report import Report

OWN = "Lumora"
SETTINGS = Config.model_validate(
    CONFIG.model_dump(mode="json")
    | {"touchpoints": [{"name": "price", "describes": "what it costs", "weight": 3}]}
)
LAST = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
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


FILTERS = (
    Filter("everything", (), Chosen(), {"period": "all"}),
    Filter(
        "language", ("--lang", "lv", "--lang", "cs"), Chosen(lang=["lv", "cs"]),
        {"period": "all", "language": ["lv", "cs"]},
    ),
    Filter(
        "source", ("--source", "discourse:forum.example"), Chosen(source=["discourse:forum.example"]),
        {"period": "all", "source": "discourse:forum.example"},
    ),
    Filter(
        "days", ("--since", "2026-08-23"), Chosen(since=datetime(2026, 8, 23)), {"period": "90d"},  # noqa: DTZ001
    ),
    Filter("touchpoint", ("--touchpoint", "price"), Chosen(touchpoint="price"), None),
    Filter("speaker", ("--speaker", "customer"), Chosen(speaker=["customer"]), None),
    Filter("kind", ("--kind", "post", "--source-kind", "discourse"), Chosen(kind=["post"], source_kind=["discourse"]), None),
    Filter("segment", ("--segment", "Region=Rīga"), Chosen(segment=["Region=Rīga"]), None),
    Filter("set aside too", ("--all",), Chosen(everything=True), None),
)  # fmt: skip
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
def exported(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Filter], list[Row]]:
    """A table as JSON, each asked for once."""
    folder, kept = tmp_path_factory.mktemp("json"), dict[tuple[str, str], list[Row]]()

    def rows(what: str, chosen: Filter) -> list[Row]:
        if (what, chosen.name) not in kept:
            path = folder / f"{what}.json"
            run(home, "export", what, "--out", str(path), *chosen.options)
            kept[what, chosen.name] = json.loads(path.read_text(encoding="utf-8"))
        return kept[what, chosen.name]

    return rows


Exported = Callable[[str, Filter], list[Row]]


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
@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet", "xlsx"])
def test_every_format_says_the_same(
    home: Home, exported: Exported, tmp_path: Path, what: str, form: str
) -> None:
    chosen = FILTERS[1]
    path = tmp_path / f"a.{form}"
    run(home, "export", what, "--out", str(path), *chosen.options)
    # A workbook has a sheet a period.
    said = sorted(exported(what, chosen), key=lambda row: str(row.get("length")) if form == "xlsx" else "")
    assert said or what in ("survey", "campaigns")
    found = READ[form](path)
    assert len(found) == len(said)
    for row, expected in zip(found, said, strict=True):
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
