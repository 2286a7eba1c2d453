"""The page that a run ends with, the benchmarks and the reader's measured error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from made_warehouse import CONFIG, Said, warehouse

from pipeline import aggregate, benchmarks
from pipeline.errors import InputError
from pipeline.facts import ReaderError
from pipeline.numbers import natural_nps
from pipeline.publish import publish
from pipeline.reader_error import shipped_reader_error
from pipeline.snapshot import Snapshot
from pipeline.summary import Summary, summary


def summed(root: Path, said: list[Said]) -> Summary:
    with warehouse(root, said) as (home, con):
        publish(home, con, CONFIG)
    with Snapshot.open(home) as snapshot:
        return summary(snapshot)


def test_the_page_of_two_brands(tmp_path: Path) -> None:
    said = [Said(f"Labi {n}", rating=5, p=(0.1, 0.2, 0.7), lang="lv") for n in range(3)]
    said += [
        Said("Špatné", brand="Kaskāde", lang="cs", p=(0.8, 0.1, 0.1), source="feed:b.example", kind="comment")
    ]
    said += [Said(f"Pasūtīts {n}", rating=1, p_bot=0.9, set_aside=True, cluster="c") for n in range(3)]
    page = summed(tmp_path, said)
    lumora, kaskade = page.brands
    assert (lumora.name, lumora.competitor, kaskade.name, kaskade.competitor) == (
        "Lumora",
        False,
        "Kaskāde",
        True,
    )
    assert lumora.natural and lumora.raw and lumora.text and lumora.native and lumora.text_on_rated
    assert (lumora.natural.nps, lumora.raw.nps) == (pytest.approx(100), pytest.approx(0))
    assert lumora.text.nps == pytest.approx(60, abs=1e-4)
    assert lumora.headline is lumora.natural
    assert kaskade.native is None
    assert (lumora.mentions, lumora.set_aside, page.mentions, page.set_aside) == (6, 3, 7, 3)
    assert page.languages == {"lv": 6, "cs": 1}
    assert page.source_kinds == {"structured": 6, "feed": 1}
    assert lumora.top_emotions[0].emotion == "delight"
    assert lumora.no_positive and lumora.no_positive.share == pytest.approx(0.5)
    assert [campaign["brand"] for campaign in page.campaigns] == ["Lumora"]


def test_a_brand_with_surveys_only_shows_both_instruments(tmp_path: Path) -> None:
    said = [
        Said(f"Answer {n}", kind="survey", rating=score, scale=(0, 10), p=(0.5, 0.3, 0.2))
        for n, score in enumerate([10, 9, 3])
    ]
    said.append(Said(None, kind="survey", rating=0, scale=(0, 10)))
    brand = summed(tmp_path, said).brands[0]
    assert brand.natural is None
    assert brand.survey and brand.survey.nps == pytest.approx(0)
    assert brand.survey_text and brand.survey_text.nps == pytest.approx(-30, abs=1e-4)
    assert brand.text_on_rated and brand.text_on_rated.n == 3
    assert brand.headline is brand.survey_text


def test_an_empty_home_has_a_page(tmp_path: Path) -> None:
    page = summed(tmp_path, [])
    assert [brand.headline for brand in page.brands] == [None, None]
    assert page.mentions == 0


def test_the_page_becomes_json(tmp_path: Path) -> None:
    page = summed(tmp_path, [Said("Labi", rating=5), *[Said("K", p_bot=1, set_aside=True, cluster="c")] * 3])
    back = json.loads(json.dumps(page.to_dict(), allow_nan=False))
    assert back["brands"][0]["headline"]["nps"] == 100
    assert back["campaigns"][0]["direction"] == "smear"


def test_shipped_benchmarks_are_whole() -> None:
    rows = benchmarks.benchmarks()
    assert {row.origin for row in rows} == {"shipped"}
    assert {row.nps for row in rows if (row.level, row.name) == ("industry", "banks")} == {0, 10, 11}
    assert {"airlines", "hotels", "grocery", "internet services"} <= {row.name for row in rows}


def test_the_users_benchmarks_win(tmp_path: Path) -> None:
    (tmp_path / "benchmarks.csv").write_text(
        "\ufefflevel,name,nps,year,country\nindustry,Banks,4.5,2025,LV\n", encoding="utf-8"
    )
    rows = benchmarks.benchmarks(tmp_path)
    banks = [row for row in rows if row.name.casefold() == "banks"]
    assert [(row.nps, row.year, row.country, row.origin, row.note) for row in banks] == [
        (4.5, 2025, "LV", "user", None)
    ]
    assert any(row.name == "hotels" for row in rows)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"name,nps\nx,1\n", "No column level"),
        (b"level,name,nps\nbrand,x,nan\n", "line 2"),
        (b"level,name,nps\nbrand,x,120\n", "line 2"),
        (b"level,name,nps\nplanet,x,1\n", "line 2"),
        (b"level,name,nps\nbrand,,1\n", "line 2"),
        (b"level,name,nps,year\nbrand,x,1,soon\n", "line 2"),
        (b"level,name,nps\nbrand,\xff\xfe,1\n", "UTF-8"),
        (b"", "No column level"),
    ],
)
def test_faulty_benchmarks_are_named(tmp_path: Path, content: bytes, fault: str) -> None:
    (tmp_path / "benchmarks.csv").write_bytes(content)
    with pytest.raises(InputError, match=fault):
        benchmarks.benchmarks(tmp_path)


def test_the_readers_error_is_read_if_it_was_measured(tmp_path: Path) -> None:
    path = tmp_path / "metrics.json"
    assert shipped_reader_error(path) is None
    path.write_text('{"score": {}}', encoding="utf-8")
    assert shipped_reader_error(path) is None
    path.write_text('{"nps": {"between_domains": {"points": 6.5, "domains": 7}}}', encoding="utf-8")
    assert shipped_reader_error(path) == ReaderError(6.5, 7)
    sets = {
        f"set{n}": {"n": 500, "score": {"n": 500, "metrics": {
            "nps_read": {"value": error, "low": error, "high": error},
            "nps_native": {"value": 0, "low": -2, "high": 2},
        }}}
        for n, error in enumerate([6.0, -5.0, 9.0, -1.0])
    } | {"emotions": {"n": 9, "emotion": {}}}  # fmt: skip
    path.write_text(json.dumps({"sets": sets}), encoding="utf-8")
    found = shipped_reader_error(path)
    assert found and found.domains == 4
    assert found.points == pytest.approx((143 / 4) ** 0.5, abs=0.01)
    path.write_text(json.dumps({"dev": {"sets": sets}}), encoding="utf-8")
    assert shipped_reader_error(path) == found
    path.write_text(json.dumps({"sets": {"one": sets["set0"]}}), encoding="utf-8")
    assert shipped_reader_error(path) is None
    for wrong in ("[]", "{", '{"nps": {"between_domains": {"points": 1}}}'):
        path.write_text(wrong, encoding="utf-8")
        with pytest.raises(InputError, match="documented form"):
            shipped_reader_error(path)


def test_the_error_of_the_shipped_reader_was_measured() -> None:
    shipped = shipped_reader_error()
    assert shipped and shipped.domains >= 5 and 0 < shipped.points < 20


def test_the_readers_error_widens_what_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = [Said(f"Lasīts {n}", p=(0.2, 0.2, 0.6)) for n in range(60)]
    said += [Said(f"Vērtēts {n}", brand="Kaskāde", rating=5) for n in range(60)]
    with warehouse(tmp_path, said) as (home, con):
        publish(home, con, CONFIG)
        with Snapshot.open(home) as snapshot:
            before = {figure.brand: figure for figure in natural_nps(snapshot)}
        monkeypatch.setattr(aggregate, "shipped_reader_error", lambda: ReaderError(8.0, 5))
        publish(home, con, CONFIG)
        with Snapshot.open(home) as snapshot:
            after = {figure.brand: figure for figure in natural_nps(snapshot)}
    assert after["Kaskāde"] == before["Kaskāde"]
    assert after["Lumora"].high - after["Lumora"].low > before["Lumora"].high - before["Lumora"].low + 10
    assert after["Lumora"].sampling_se == before["Lumora"].sampling_se
    assert "error between 5 domains (8.0 points)" in after["Lumora"].basis
