"""Who should hear from the brand: reasons in order, in their language, nobody twice, nobody already answered."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import openpyxl
from made_warehouse import CONFIG, START, Said, warehouse

from pipeline.answers import REASONS, openings, to_answer
from pipeline.export import export
from pipeline.facts import Cut
from pipeline.publish import publish
from pipeline.snapshot import Snapshot

BAD = (0.9, 0.05, 0.05)
SAID = [
    Said("Izmisums.", p=BAD, lang="lv", author="a1"),
    Said("Jau devos prom", p=BAD, leaving=0.9, lang="lv", author="a1", at=START + timedelta(days=1)),
    Said(
        "Nikomu nedoporučuju",
        p=BAD,
        advocacy=-0.8,
        lang="cs",
        touchpoints=[("price", 0.4, 0.9), ("support", -0.9, 0.9)],
    ),
    Said("Kaskāde is better than Lumora", p=(0, 0.2, 0.8), lang="en"),
    Said("Kolm nädalat ja ikka ei tööta 🙄", p=BAD, effort=-0.9, lang="et"),
    Said("Terrible", p=BAD, lang="ja"),
    Said("Paldies!", p=(0, 0, 1)),
    Said("Kopija", p=BAD, p_bot=0.9, set_aside=True),
    Said("Aptauja", p=BAD, kind="survey", rating=0, scale=(0, 10)),
    Said("Maybe I will buy, maybe not", p=BAD, speaker="prospect"),
]


def test_reasons_in_order_each_person_once_and_in_their_language(tmp_path: Path) -> None:
    with warehouse(tmp_path, SAID) as (home, con):
        publish(home, con, CONFIG)
    with Snapshot.open(home) as snapshot:
        found = to_answer(snapshot)
        assert [(item.reason, item.lang, item.opening_lang) for item in found] == [
            ("leaves", "lv", "lv"), ("prefers", "en", "en"), ("warns", "cs", "cs"), ("struggle", "et", "et"),
            ("detractor", "ja", "en"),
        ]  # fmt: skip
        assert (found[1].rival, found[2].touchpoint) == ("Kaskāde", "support")
        assert found[0].opening == openings()["lv"]["leaves"]
        assert len(to_answer(snapshot, limit=2)) == 2
        assert to_answer(snapshot, Cut(brands=("Kaskāde",))) == []
        assert found[0].to_dict()["at"].startswith("2026-03-02")
        listed = [answer.to_dict() for answer in to_answer(snapshot)]
    export("answers", home, out=tmp_path / "a.json")
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8")) == listed
    export("answers", home, out=tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames == ["answers", "about"]
    assert book["answers"].max_row == 1 + len(listed)


def test_every_language_has_every_reason() -> None:
    assert set(openings()) == {"en", "lv", "lt", "et", "cs", "ru", "pl", "de"}
    for sentences in openings().values():
        assert set(sentences) == set(REASONS)
        assert all(20 < len(sentence) < 250 for sentence in sentences.values())
