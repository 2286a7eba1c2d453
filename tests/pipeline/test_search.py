"""Searching a published snapshot by words: any language, whatever the case and the accents."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import pytest
from made_warehouse import CONFIG, Said, warehouse

from pipeline import search
from pipeline.facts import Cut
from pipeline.publish import publish
from pipeline.search import Search
from pipeline.snapshot import Snapshot

ALL = Cut(authentic=False)
SAID = {
    "en": "Support was RUDE 🙄 and naïve",
    "lv": "Palīdzības tālrunis KLUSĒ jau trešo dienu",
    "lt": "Sąskaita VĖL didesnė, labai nusivyliau",
    "et": "Väga sõbralik KLIENDITUGI, aga kõik muu…",
    "cs": "Aplikace PADÁ při každém přihlášení",
    "ru": "Спасибо МАСТЕРУ, всё летает, йод",
    "pl": "Zwykły operator, ŻÓŁTA łódka",
    "de": "Der Techniker kam PÜNKTLICH, große Straße",
}


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    said = [Said(text, lang=lang) for lang, text in SAID.items()]
    said.append(Said("100%_sure\x00 <b>'; --", lang="en"))
    with warehouse(tmp_path_factory.mktemp("searched"), said) as (home, con):
        publish(home, con, CONFIG)
    with Snapshot.open(home) as found:
        yield found


def found(snapshot: Snapshot, words: str) -> list[str]:
    return [row["text"] for row in search.find(snapshot, ALL, Search(words), limit=50).rows]


@pytest.mark.parametrize("lang", SAID)
def test_every_word_finds_its_text_whatever_its_case_and_accents(snapshot: Snapshot, lang: str) -> None:
    for word in SAID[lang].split():
        plain = "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))
        for form in (word, word.upper() if "ß" not in word else word, word.lower(), plain):
            assert SAID[lang] in found(snapshot, form), form
    assert found(snapshot, " ".join(reversed(SAID[lang].split()))) == [SAID[lang]]


def test_every_word_must_be_there_and_none_is_a_pattern(snapshot: Snapshot) -> None:
    assert found(snapshot, "padá klusē") == []
    assert found(snapshot, "100%_sure '; --") != []
    for words in ("1%sure", "p_d_", ".*", "[a-z]"):
        assert found(snapshot, words) == []


def test_the_folded_text_stays_inside(snapshot: Snapshot) -> None:
    rows = search.find(snapshot, ALL, Search("padá"), limit=5).rows
    assert "folded" not in rows[0]
    assert "folded" not in (search.one(snapshot, rows[0]["mention_id"], rows[0]["brand"]) or {})
