"""Owner's files: any encoding and shape lands, bad rows are told, the same file lands once."""

from __future__ import annotations

import gzip
import json
import random
import tempfile
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawlers.authors import AuthorHasher
from crawlers.imports import ImportFileError, ImportMapping, ImportReport, import_file, source_name
from crawlers.landing import Landing, read_segment, segments


def bring(path: Path, landing: Path, **mapping: Any) -> ImportReport:
    with Landing(landing) as opened:
        return import_file(path, ImportMapping(**mapping), opened, AuthorHasher())


def landed(landing: Path) -> list[dict[str, Any]]:
    return [record for path in segments(landing) for record in read_segment(path)]


def rejects(landing: Path) -> list[dict[str, Any]]:
    found = []
    for path in sorted((landing / "rejected").glob("dt=*/*.jsonl.zst")):
        text = (
            zstandard.ZstdDecompressor()
            .stream_reader(path.open("rb"), read_across_frames=True)
            .read()
            .decode()
        )
        found += [json.loads(line) for line in text.splitlines()]
    return found


MORNING = datetime(2024, 3, 1, 10, 30)  # noqa: DTZ001 - cells of a workbook have no zone

SURVEYS = {
    "en": (
        "NPS score;Comment;Segment;Date",
        "9;Great staff;retail;2024-03-01",
        "0;Never again 😡;business;2024-03-02",
    ),
    "lv": (
        "Cik iespējams, ka ieteiktu mūs (0-10);Kāpēc?;Segments;Datums",
        "9;Laba apkalpošana;privāts;2024.03.01.",
        "0;Ļoti slikti, dārgi;bizness;02.03.2024",
    ),
    "lt": (
        "Kaip tikėtina, kad rekomenduosite?;Priežastis;Grupė;Data",
        "9;Puiku, ačiū;A;2024-03-01",
        "0;Siaubingai lėta;B;2024-03-02",
    ),
    "et": (
        "Kui tõenäoliselt soovitaksite?;Põhjus;Rühm;Kuupäev",
        "9;Väga hea;A;1. märts 2024",
        "0;Õudne järjekord;B;02.03.2024",
    ),
    "cs": (
        "Jak pravděpodobné je, že nás doporučíte?;Důvod;Skupina;Datum",
        "9;Příjemný personál;A;1. 3. 2024",
        "0;Příšerně drahé;B;2. března 2024",
    ),
    "pl": (
        "Jak bardzo prawdopodobne, że nas polecisz?;Powód;Grupa;Data",
        "9;Świetna obsługa;A;01.03.2024",
        "0;Ciągłe opóźnienia;B;2 marca 2024",
    ),
    "ru": (
        "Насколько вероятно, что вы порекомендуете нас?;Почему;Сегмент;Дата",
        "9;Хорошее обслуживание;А;01.03.2024",
        "0;Ужасно долго;Б;2 марта 2024",
    ),
    "de": (
        "Wie wahrscheinlich ist eine Weiterempfehlung?;Grund;Gruppe;Datum",
        "9;Schöner Laden;A;01.03.2024",
        "0;Völlig überteuert;B;2. März 2024",
    ),
}
CODE_PAGES = {"lv": "cp1257", "lt": "cp1257", "et": "cp1257", "cs": "cp1250", "pl": "cp1250", "ru": "cp1251"}


@pytest.mark.parametrize("lang", SURVEYS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "code page"])
def test_a_survey_lands_whatever_its_language_and_encoding(lang: str, encoding: str, tmp_path: Path) -> None:
    name = CODE_PAGES.get(lang, "utf-8") if encoding == "code page" else encoding
    lines = SURVEYS[lang]
    path = tmp_path / "answers.csv"
    path.write_bytes("\r\n".join(lines).encode(name))
    report = bring(path, tmp_path / "landing", brand="Ozols")
    assert (report.rows, report.new, report.rejected) == (2, 2, {})
    low, high = sorted(landed(tmp_path / "landing"), key=lambda record: record["rating"])
    assert (low["rating"], low["rating_min"], low["rating_max"], low["kind"]) == (0, 0, 10, "survey")
    assert [high["text"], low["text"]] == [line.split(";")[1] for line in lines[1:]]
    assert [high["published_at"][:10], low["published_at"][:10]] == ["2024-03-01", "2024-03-02"]
    assert list(high["segments"].values()) == [lines[1].split(";")[2]]
    assert high["brand_hint"] == "Ozols"


def test_bad_rows_are_told_with_line_and_reason_and_the_rest_lands(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    path.write_text(
        "id,stars,text,date,author\n"
        "1,5,Good,2024-01-01,secret_anna\n"
        "2,11,Too much,2024-01-01,secret_anna\n"
        "3,abc,No number,2024-01-01,secret_anna\n"
        "4,,,2024-01-01,secret_anna\n"
        "5,4,Bad day,32nd of Nevember,secret_anna\n"
        "6,4,too,many,values,here\n"
        '7,3,"two\nlines",2024-01-02,secret_anna\n'
        '8,2,"never closed,2024-01-03,secret_anna\n'
        "9,1,After,2024-01-04,secret_anna\n"
        "1,5,Good,2024-01-01,secret_anna\n"
        "1,2,Other words,2024-01-01,secret_anna\n",
        encoding="utf-8",
    )
    report = bring(path, tmp_path / "landing", scale=(1, 5))
    assert {record["native_id"] for record in landed(tmp_path / "landing")} == {"1", "7", "9"}
    assert (report.rows, report.new, report.known) == (11, 3, 1)
    told = {record["where"].rpartition(":")[2]: record["reason"] for record in rejects(tmp_path / "landing")}
    assert told.keys() == {"3", "4", "5", "6", "7", "10", "13"}
    assert told["3"] == "the rating lies outside its scale (11 in 1-5)"
    assert told["5"] == "neither text nor rating"
    assert told["6"].startswith("the date is not understood")
    assert told["10"] == "a quotation mark is never closed"
    assert told["13"].startswith("its id stands in this file twice")
    assert sum(report.rejected.values()) == 7
    everything = json.dumps(landed(tmp_path / "landing")) + json.dumps(
        [r for r in rejects(tmp_path / "landing") if r["raw"].startswith("{")]
    )
    assert "secret_anna" not in everything


def test_the_same_file_lands_once_and_a_grown_one_adds_only_what_is_new(tmp_path: Path) -> None:
    rows = ["score,comment", *(f"{n % 11},answer {n}" for n in range(50)), "5,same", "5,same"]
    path = tmp_path / "nps 2024-01.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    assert bring(path, tmp_path / "landing").new == 52
    assert bring(path, tmp_path / "landing").new == 0
    grown = tmp_path / "NPS 2024-02 (1).csv"
    grown.write_text("\n".join([*rows, "5,same", "9,answer new"]), encoding="utf-8")
    report = bring(grown, tmp_path / "landing")
    assert (report.new, report.known, report.source) == (2, 52, "import:nps")


def test_an_edited_row_with_an_id_is_a_new_version(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,rating,text\n1,5,good\n2,4,fine\n", encoding="utf-8")
    bring(path, tmp_path / "landing")
    path.write_text("id,rating,text\n1,1,awful\n2,4,fine\n", encoding="utf-8")
    report = bring(path, tmp_path / "landing")
    assert (report.new, report.edited, report.known) == (0, 1, 1)


def test_a_workbook_lands(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        [None], ["Vērtējums", "Komentārs", "Datums", "Vārds", "E-pasts", "Filiāle"],
        [5, "Ļoti labi", MORNING, "Jānis", "janis@example.com", "Rīga"],
        [1, "=HYPERLINK(\"http://x\")", MORNING.replace(day=2, hour=0, minute=0), "Anna", "anna@example.com", "Cēsis"],
        ["#N/A", "tikai teksts", None, None, None, None], [7, "par daudz", None, None, None, None],
    ):  # fmt: skip
        sheet.append(row)
    path = tmp_path / "atsauksmes.xlsx"
    book.save(path)
    report = bring(path, tmp_path / "landing", scale=(1, 5))
    found = sorted(landed(tmp_path / "landing"), key=lambda record: record["rating"] or 0)
    assert [record["rating"] for record in found] == [None, 1, 5]
    assert found[-1]["published_at"] == "2024-03-01T10:30:00Z"
    assert report.rejected == {"the rating lies outside its scale": 1}
    assert "E-pasts" in report.left_out
    assert "example.com" not in json.dumps(found)
    packed = tmp_path / "atsauksmes.xlsx.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert bring(packed, tmp_path / "landing", scale=(1, 5)).known == len(found)


def corpus(rows: int) -> bytes:
    lines = [
        {"id": f"{n:016x}", "set": "town", "lang": "lv", "split": "train", "text": f"atsauksme {n}", "title": None,
         "value": n % 11, "scale": [0, 10], "group": None, "date": "2024-03-01", "author": None,
         "meta": {"journey_stage": "billing", "pros": "cena"}}
        for n in range(rows)
    ]  # fmt: skip
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()


def test_nested_json_lines_need_no_flag(tmp_path: Path) -> None:
    path = tmp_path / "town.jsonl.gz"
    path.write_bytes(gzip.compress(corpus(20)))
    report = bring(path, tmp_path / "landing", brand="Ozols")
    assert (report.new, report.rejected) == (20, {})
    record = landed(tmp_path / "landing")[0]
    assert (record["kind"], record["rating_min"], record["rating_max"], record["lang"]) == (
        "survey",
        0,
        10,
        "lv",
    )
    assert record["segments"]["meta.journey_stage"] == "billing"
    assert record["pros"] == ["cena"]


def test_a_gzip_that_breaks_off_gives_the_rows_before_the_break(tmp_path: Path) -> None:
    for name, body in (
        ("a.jsonl.gz", corpus(600)),
        (
            "b.csv.gz",
            b"score,comment\n" + b"".join(b'%d,"answer %d"\n' % (n % 11, n * 7919) for n in range(2_000)),
        ),
    ):
        whole = gzip.compress(body)
        path = tmp_path / name
        path.write_bytes(whole[: len(whole) // 2])
        report = bring(path, tmp_path / name.replace(".", ""))
        assert report.broken == "the gzip breaks off before its end"
        assert 50 < report.new < 2_000
        texts = {record["text"] for record in landed(tmp_path / name.replace(".", ""))}
        assert all(f'{text}"'.encode() in body for text in texts)


def test_the_score_corpora_import_without_any_flag(shared: Path, tmp_path: Path) -> None:
    for name, kind, rows in (("nps_bt_verbatim", "survey", 1_098), ("ru_otzovik_bank", "review", 2_584)):
        report = bring(shared / "data" / "score" / f"{name}.jsonl.gz", tmp_path, brand="Bank")
        assert (report.new, report.rejected, report.mapping.kind) == (rows, {}, kind)


EXPORTS = {
    "typeform": (
        "#,How likely are you to recommend us?,What is the main reason for your score?,Which store?,Submit Date (UTC),Network ID\n"
        'abc1,9,"Great, fast",Riga,2024-03-01 10:05:00,abcdef12\n',
        {
            "native_id": "abc1",
            "kind": "survey",
            "rating": 9,
            "rating_max": 10,
            "text": "Great, fast",
            "segments": {"Which store?": "Riga"},
            "published_at": "2024-03-01T10:05:00Z",
        },
    ),
    "google forms": (
        '"Timestamp","Cik liela varbūtība, ka ieteiksiet mūs?","Kas mums jāuzlabo?","Jūsu e-pasts"\n"3/2/2024 14:05:11","6","Rindas","c@d.lv"\n',
        {"kind": "survey", "rating": 6, "rating_max": 10, "text": "Rindas", "segments": None},
    ),
    "review site": (
        "Review Id,Review Created (UTC),Review Title,Review Content,Review Stars,Review Language\n65f,2024-03-01 10:00:00,Slikti,Kavējās,1,lv\n",
        {
            "native_id": "65f",
            "kind": "review",
            "rating": 1,
            "rating_max": 5,
            "title": "Slikti",
            "text": "Kavējās",
            "lang": "lv",
        },
    ),
    "app store": (
        "Reviewer Language,Review Submit Date and Time,Review Last Update Date and Time,Star Rating,Review Text,Developer Reply Date and Time,Developer Reply Text\n"
        "ru,2024-03-02T10:00:00Z,2024-03-03T10:00:00Z,1,Не работает,,Починим\n",
        {
            "rating": 1,
            "text": "Не работает",
            "owner_reply": "Починим",
            "lang": "ru",
            "published_at": "2024-03-02T10:00:00Z",
        },
    ),
    "pros and cons": (
        "Datum;Hodnocení;Klady;Zápory;Jméno\n1.3.2024;4,5;rychlost;cena;Jan\n",
        {
            "rating": 4.5,
            "rating_max": 5,
            "pros": ["rychlost"],
            "cons": ["cena"],
            "published_at": "2024-03-01T00:00:00Z",
        },
    ),
    "words that say nothing": (
        "A1,A2\nzwei,Das Personal war sehr freundlich und hilfsbereit\ndrei,Leider viel zu teuer für diese Qualität\n",
        {"rating": None, "text": "Das Personal war sehr freundlich und hilfsbereit"},
    ),
}


@pytest.mark.parametrize("name", EXPORTS)
def test_exports_of_common_tools_are_understood(name: str, tmp_path: Path) -> None:
    body, wanted = EXPORTS[name]
    (tmp_path / "export.csv").write_text(body, encoding="utf-8")
    report = bring(tmp_path / "export.csv", tmp_path / "l")
    assert report.rejected == {}
    record = next(r for r in landed(tmp_path / "l"))
    assert {key: record[key] for key in wanted} == wanted


def test_a_given_mapping_is_obeyed(tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    path.write_text("Q1,Q2,Q3,when\n4,words,x,03/04/24\n", encoding="utf-8")
    report = bring(path, tmp_path / "l", columns={"rating": "Q1", "text": "Q2", "date": "when"}, scale=(0, 4), segments=["Q3"], date_format="%m/%d/%y", name="Own", kind="survey")  # fmt: skip
    record = landed(tmp_path / "l")[0]
    assert report.source == "import:Own"
    assert (record["rating"], record["rating_max"], record["segments"]) == (4, 4, {"Q3": "x"})
    assert record["published_at"].startswith("2024-03-04")


def test_month_and_day_are_told_apart_by_all_dates(tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    path.write_text("score,comment,date\n1,a,03/04/2024\n2,b,03/25/2024\n", encoding="utf-8")
    report = bring(path, tmp_path / "l")
    assert "month_first" in report.guessed
    assert [record["published_at"][:10] for record in landed(tmp_path / "l")] == ["2024-03-04", "2024-03-25"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty"),
        (b"colour,size\nred,4\n", "--column text=NAME"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), ".xls"),
        (b"PK\x03\x04" + bytes(600), "not a workbook"),
        (b"[1, 2", "JSON array"),
    ],
)
def test_a_file_that_cannot_be_imported_is_named(body: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "file.bin"
    path.write_bytes(body)
    with pytest.raises(ImportFileError, match=words):
        bring(path, tmp_path / "landing")


def test_the_error_for_missing_columns_lists_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("colour,size\nred,4\n", encoding="utf-8")
    with pytest.raises(ImportFileError, match="'colour', 'size'"):
        bring(path, tmp_path / "landing")
    with pytest.raises(ImportFileError, match="no column 'stars'"):
        bring(path, tmp_path / "landing", columns={"rating": "stars"})


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("nps_bt_verbatim.jsonl.gz", "nps_bt_verbatim"),
        ("Export 2024-05-01 (2).xlsx", "export"),
        ("2024.csv", "2024"),
        ("Atsauksmes Rīga.csv", "atsauksmes-rīga"),
    ],
)
def test_a_source_is_named_after_its_file_without_dates(name: str, source: str) -> None:
    assert source_name(Path(name)) == source


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(
        (b"", b"score,comment\n", b'{"text": "a", "value": 3, "scale": [0, 10]}\n', b"\x1f\x8b", b"\xff\xfe")
    ),
    st.binary(max_size=600),
)
def test_any_bytes_end_in_a_report_or_a_named_error(head: bytes, body: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(head + body)
        try:
            report = bring(path, Path(folder) / "landing")
        except ImportFileError:
            return
        assert report.rows == report.landed + report.known + sum(report.rejected.values())
        assert len(landed(Path(folder) / "landing")) == report.landed


def test_a_damaged_workbook_ends_in_a_report_or_a_named_error(tmp_path: Path) -> None:
    book, chance = openpyxl.Workbook(), random.Random(7)
    for number in range(40):
        book.active.append(["score", "comment"] if not number else [number % 11, f"answer {number}"])
    book.save(tmp_path / "whole.xlsx")
    with zipfile.ZipFile(tmp_path / "whole.xlsx") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for turn in range(25):
        path = tmp_path / f"{turn}.xlsx"
        with zipfile.ZipFile(path, "w") as archive:
            for name, body in parts.items():
                place = chance.randrange(len(body))
                hit = "sheet1" in name or chance.random() < 0.1
                archive.writestr(
                    name,
                    body[:place] + bytes([chance.randrange(32, 127)]) + body[place + 1 :] if hit else body,
                )
        try:
            report = bring(path, tmp_path / f"l{turn}")
        except ImportFileError:
            continue
        assert report.broken or report.rows >= 38
