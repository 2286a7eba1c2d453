"""Exports: the numbers of the view, formula injection defused, hostile texts whole."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_warehouse import CONFIG, Said, many, warehouse

from pipeline import tables, workbook
from pipeline.errors import InputError, SnapshotMissing
from pipeline.export import WHAT, export
from pipeline.facts import Cut
from pipeline.files import file_name, whole
from pipeline.footprint import footprint
from pipeline.home import Home
from pipeline.numbers import natural_nps
from pipeline.publish import publish
from pipeline.snapshot import Snapshot, current

HOSTILE = [
    '=HYPERLINK("http://evil.example","x")', "+371 2000", "-1+1", "@SUM(A1)", "\tx", "\rx", " =1+1", "\u200b=1",
    '"cituits", un; komats', "rinda\nrinda\r\nrinda", "Žluťoučký kůň 🐴", "<script>alert(1)</script>", "＝1", "- labi",
]  # fmt: skip


EVERYTHING = Cut()


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A published home with hostile texts, a campaign and a survey."""
    said = many(120) + [Said(text, title=text, author=text) for text in HOSTILE]
    said += [Said(f"Kopija {n}", p_bot=0.9, cluster="c1", set_aside=True) for n in range(4)]
    said += [Said("Answer", kind="survey", rating=10, scale=(0, 10))]
    with warehouse(tmp_path_factory.mktemp("home"), said) as (home, con):
        publish(home, con, CONFIG)
    return home


def rows_of(
    home: Home, what: str, cut: Cut = EVERYTHING, form: str = "csv", **more: object
) -> list[dict[str, str]]:
    stream = io.BytesIO()
    report = export(what, home, cut, stream, form=form, **more)  # type: ignore[arg-type]
    text = stream.getvalue().decode("utf-8")
    if form == "json":
        rows = json.loads(text)
    elif form == "jsonl":
        rows = [json.loads(line) for line in text.splitlines()]
    else:
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert report.rows == len(rows)
    return rows


def test_texts_that_look_like_formulas_are_defused(filled: Home) -> None:
    texts = {row["text"] for row in rows_of(filled, "mentions")}
    for text in HOSTILE:
        dangerous = text.lstrip(" \u200b")[0] in "=+-@＝\t\r"
        assert ("'" + text if dangerous else text) in texts
        if dangerous:
            assert text not in texts


def test_numbers_stay_numbers(filled: Home) -> None:
    for row in rows_of(filled, "nps"):
        for name in ("nps", "low", "high", "se", "promoters", "estimated", "effective_n"):
            float(row[name])
        int(row["votes"])
        assert row["too_few"] in ("true", "false")
    assert any(float(row["nps"]) < 0 for row in rows_of(filled, "nps"))


def test_json_keeps_texts_as_they_are(filled: Home) -> None:
    for form in ("json", "jsonl"):
        texts = {row["text"] for row in rows_of(filled, "mentions", form=form)}
        assert set(HOSTILE) <= texts


def test_exported_figures_are_those_of_the_view(filled: Home) -> None:
    with Snapshot.open(filled) as snapshot:
        figures = natural_nps(snapshot)
        shares = footprint(snapshot, groups=("all",))
    rows = [
        r for r in rows_of(filled, "nps", form="json") if (r["length"], r["instrument"]) == ("all", "natural")
    ]
    assert [(row["brand"], row["nps"], row["low"], row["n"]) for row in rows] == [
        (figure.brand, figure.nps, figure.low, figure.n) for figure in figures
    ]
    emotions = {
        (row["brand"], row["emotion"]): row["share"]
        for row in rows_of(filled, "footprint", form="json", periods=("all",))
        if (row["group"], row["instrument"]) == ("all", "natural")
    }
    for item in shares:
        for name, share in item.rows():
            assert emotions[item.brand, name] == share.value


def test_cuts_go_into_the_file(filled: Home) -> None:
    everything = rows_of(filled, "mentions", Cut(authentic=False))
    assert len(everything) == len(rows_of(filled, "mentions")) + 4
    latvian = rows_of(filled, "mentions", Cut(langs=("lv",), brands=("Lumora",)))
    assert {(row["lang"], row["brand"]) for row in latvian} == {("lv", "Lumora")}
    assert rows_of(filled, "mentions", Cut(until=date(2020, 1, 1))) == []
    assert {row["lang"] for row in rows_of(filled, "nps", by=("lang",))} > {"lv", "cs"}


def test_readings_and_campaigns(filled: Home) -> None:
    reading = rows_of(filled, "readings")[0]
    assert 0 <= float(reading["irritation"]) <= 1
    assert reading["p_promoter"] == str(float(reading["p_promoter"]))
    campaign = rows_of(filled, "campaigns")[0]
    assert (campaign["brand"], campaign["mentions"], campaign["direction"]) == ("Lumora", "4", "smear")
    assert json.loads(campaign["evidence"])[0]["code"] == "copies"
    assert rows_of(filled, "campaigns", Cut(brands=("Kaskāde",))) == []


@pytest.mark.parametrize("what", WHAT)
@pytest.mark.parametrize("form", tables.FORMATS)
def test_every_table_in_every_format_even_when_empty(filled: Home, what: str, form: str) -> None:
    for cut in (Cut(), Cut(brands=())):
        report = export(what, filled, cut, form=form)
        path = Path(report.path or "")
        assert path.parent == filled.exports
        assert path.stat().st_size > 0 or (form == "jsonl" and report.rows == 0)
        if form == "parquet":
            table = pq.read_table(path)
            assert table.num_rows == report.rows
            assert "brand" in table.column_names
        if form == "csv":
            assert "brand" in path.read_text(encoding="utf-8").splitlines()[0]
    assert not list(filled.exports.glob("*.part"))


def test_a_byte_order_mark_on_request(filled: Home, tmp_path: Path) -> None:
    with_mark, without = tmp_path / "a.csv", tmp_path / "sub" / "b.csv"
    export("nps", filled, out=with_mark, bom=True)
    export("nps", filled, out=without)
    assert with_mark.read_bytes() == b"\xef\xbb\xbf" + without.read_bytes()


def test_faults_have_names(filled: Home, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be exported"):
        export("passwords", filled)
    with pytest.raises(InputError, match="not a format"):
        export("nps", filled, out=tmp_path / "a.docx")
    with pytest.raises(InputError, match="Cannot write"):
        export("nps", filled, out=tmp_path)
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="Cannot write"):
        export("nps", filled, out=tmp_path / "file" / "a.csv")
    with pytest.raises(SnapshotMissing):
        export("nps", Home(tmp_path / "empty"))


def test_a_workbook_holds_the_numbers_of_the_view_and_texts_that_are_texts(
    filled: Home, tmp_path: Path
) -> None:
    export("nps", filled, out=tmp_path / "nps.xlsx")
    book = openpyxl.load_workbook(tmp_path / "nps.xlsx")
    assert book.sheetnames == ["all time", "by month", "by source kind", "by language", "by kind", "about"]
    head, *rows = book["all time"].iter_rows(values_only=True)
    with Snapshot.open(filled) as snapshot:
        figures = natural_nps(snapshot)
    read = [dict(zip(head, row, strict=True)) for row in rows]
    assert [
        (row["brand"], row["nps"], row["low"], row["n"]) for row in read if row["instrument"] == "natural"
    ] == [
        (figure.brand, pytest.approx(figure.nps), pytest.approx(figure.low), figure.n) for figure in figures
    ]
    assert len(book["all time"]._charts) == 1  # type: ignore[attr-defined]
    export("mentions", filled, out=tmp_path / "mentions.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "mentions.xlsx")["mentions"]
    column = [cell.value for cell in sheet[1]].index("text")
    cells = [row[column] for row in sheet.iter_rows(min_row=2)]
    assert all(cell.data_type != "f" for cell in cells)
    assert {'\'=HYPERLINK("http://evil.example","x")', "Žluťoučký kůň 🐴"} <= {cell.value for cell in cells}


def test_more_rows_than_a_sheet_holds_go_on_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 3)
    batch = pa.record_batch({"text": pa.array(["a", "\x00b\ud800"[:2], "c", "d" * 40_000, None, "f", "g"])})
    stream = io.BytesIO()
    assert workbook.write([workbook.Sheet("a/b", batch.schema, [batch])], stream) == 7
    book = openpyxl.load_workbook(stream)
    assert book.sheetnames == ["a-b", "a-b 2", "a-b 3", "about"]
    assert [sheet.max_row for sheet in book.worksheets[:3]] == [4, 4, 2]


def test_segments_are_filters(tmp_path: Path) -> None:
    answer = {"kind": "survey", "scale": (0, 10)}
    said = [
        Said("Labi", rating=10, segments={"Region": "Rīga", "Plan": "A=B"}, **answer),  # type: ignore[arg-type]
        Said("Slikti", rating=1, segments={"Region": "Liepāja", "Plan": "C"}, **answer),  # type: ignore[arg-type]
        Said("Hm", rating=7, **answer),  # type: ignore[arg-type]
    ]
    with warehouse(tmp_path, said) as (home, con):
        publish(home, con, CONFIG)
    for pairs, texts in (
        ((("Region", "Rīga"),), {"Labi"}),
        ((("Region", "Rīga"), ("Region", "Liepāja")), {"Labi", "Slikti"}),
        ((("Region", "Rīga"), ("Plan", "C")), set()),
        ((("Plan", "A=B"),), {"Labi"}),
    ):
        assert {row["text"] for row in rows_of(home, "mentions", Cut(segments=pairs))} == texts
    survey = [
        r for r in rows_of(home, "nps", Cut(segments=(("Region", "Rīga"),))) if r["instrument"] == "survey"
    ]
    assert {row["nps"] for row in survey} == {"100.0"}


@given(st.lists(st.text(max_size=30), max_size=20))
@settings(max_examples=60, deadline=None)
def test_any_text_survives_and_none_is_a_formula(texts: list[str]) -> None:
    texts = [text.encode("utf-8", "ignore").decode() for text in texts]
    batch = pa.record_batch({"text": pa.array(texts, pa.string())})
    stream = io.BytesIO()
    assert tables.write([batch], batch.schema, stream, "csv") == len(texts)
    read = [row[0] if row else "" for row in csv.reader(io.StringIO(stream.getvalue().decode(), newline=""))][
        1:
    ]
    assert [tables.unsplit(tables.defused(text)) for text in texts] == read
    for text in read:
        assert text.lstrip()[:1] not in ("=", "+", "-", "@")
        assert text[:1] not in ("\t", "\r")


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("Labi; =HYPERLINK(A1)", "Labi; '=HYPERLINK(A1)"),
        ("a\n=1+1\r\n@SUM(A1)", "a\n'=1+1\r\n'@SUM(A1)"),
        ("x;-cmd|' /C calc'!A0", "x;'-cmd|' /C calc'!A0"),
        ("a;＝1", "a;'＝1"),
        ("﹦1+1", "'﹦1+1"),
        ("Labi ;-) forši", "Labi ;-) forši"),
        ("par:\n- ātri\n+ lēti\nmail;a@b.lv", "par:\n- ātri\n+ lēti\nmail;a@b.lv"),
        ("5=3+2; a = b", "5=3+2; a = b"),
    ],
)
def test_a_text_stays_one_where_semicolons_part_cells(text: str, cell: str) -> None:
    batch = pa.record_batch({"id": pa.array(["m1"]), "text": pa.array([text])})
    stream = io.BytesIO()
    tables.write([batch], batch.schema, stream, "csv")
    assert list(csv.reader(io.StringIO(stream.getvalue().decode(), newline="")))[1] == ["m1", cell]


@given(st.text("=+-@;,\t\n\r \"'(|)a1＝", max_size=25))
@settings(max_examples=150, deadline=None)
def test_no_cell_begins_with_an_equals_sign_however_lines_are_split(text: str) -> None:
    batch = pa.record_batch({"id": pa.array(["m1"]), "text": pa.array([text])})
    stream = io.BytesIO()
    tables.write([batch], batch.schema, stream, "csv")
    for cell in re.split(r"[;\t\r\n]", stream.getvalue().decode()):
        assert not cell.lstrip(' "').startswith("=")


def test_formulas_in_headers_sheets_and_brands_stay_texts(tmp_path: Path) -> None:
    names = ["=1+1", "+A", "＠SUM(A1)"]
    batch = pa.record_batch({name: pa.array([name]) for name in names})
    with (tmp_path / "a.xlsx").open("wb") as file:
        sheet = workbook.Sheet(
            "=[x]", batch.schema, [batch], workbook.Drawing("bar", "=1", names[0], names[1], 0, 0)
        )
        workbook.write([sheet], file, [("=note", "-1+1")])
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    cells = [cell for found in book.worksheets for row in found.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} == {"s"}
    assert {cell.value for cell in cells} == {"'" + text for text in [*names, "=note", "-1+1"]}
    assert csv_head(batch) == ["'" + name for name in names]


def csv_head(batch: pa.RecordBatch) -> list[str]:
    stream = io.BytesIO()
    tables.write([batch], batch.schema, stream, "csv")
    return next(csv.reader(io.StringIO(stream.getvalue().decode(), newline="")))


def test_every_file_says_what_it_rests_on(filled: Home, tmp_path: Path) -> None:
    cut = Cut(langs=("lv",), segments=(("Region", "Rīga"),), authentic=False)
    said = {}
    for form in ("csv", "json", "jsonl", "parquet", "xlsx"):
        report = export("nps", filled, cut, tmp_path / f"a.{form}")
        said[form] = report.about
    told = said["csv"]
    assert all(other == told for other in said.values())
    assert told["filters"] == "langs: lv; segments: Region=Rīga; set aside: counted"
    assert told["star map"] == "standard"
    assert told["snapshot"].startswith("1, made 20")
    for form in ("csv", "json", "jsonl"):
        assert json.loads((tmp_path / f"a.{form}.about.json").read_text(encoding="utf-8")) == told
    kept = pq.read_schema(tmp_path / "a.parquet").metadata
    assert {name: kept[name.encode()].decode() for name in told} == told
    rows = openpyxl.load_workbook(tmp_path / "a.xlsx")["about"].iter_rows(values_only=True)
    assert dict(rows) == told


def test_a_killed_export_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "mentions.csv"
    path.write_text("old", encoding="utf-8")
    code = (
        "import sys, time; from pathlib import Path; from pipeline.files import whole\n"
        "with whole(Path(sys.argv[1])) as file:\n"
        "    file.write(b'half'); file.flush(); print('writing', flush=True); time.sleep(60)"
    )
    child = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout and child.stdout.readline() == "writing\n"
    child.kill()
    child.wait()
    assert path.read_text(encoding="utf-8") == "old"
    with whole(path) as file:
        file.write(b"new")
    assert path.read_text(encoding="utf-8") == "new"
    assert [found.name for found in tmp_path.iterdir()] == ["mentions.csv"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Kaskāde & Co / Rīga", "kaskāde-co-rīga"), ('a<b>:"c|d?*\\', "a-b-c-d"), ("../../etc", "etc"), ("...", "-"),
        ("Очень " * 40, "очень-" * 13 + "оч"),
    ],
)  # fmt: skip
def test_names_that_every_system_takes(text: str, name: str) -> None:
    assert file_name(text) == name


def test_texts_that_stand_apart_from_their_facts_are_joined(tmp_path: Path) -> None:
    with warehouse(tmp_path, many(50)) as (home, con):
        publish(home, con, CONFIG)
    before = rows_of(home, "mentions")
    with duckdb.connect(str(current(home))) as con:
        con.execute("CREATE TABLE other AS SELECT * FROM mentions ORDER BY hash(mention_id)")
        con.execute("DELETE FROM mentions")
        con.execute("INSERT INTO mentions SELECT * FROM other")
    key = lambda row: row["mention_id"]  # noqa: E731
    assert sorted(rows_of(home, "mentions"), key=key) == sorted(before, key=key)
