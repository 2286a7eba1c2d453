"""Languages of short texts, of long ones, and of what is no text at all."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from models.language import detect, language


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("Great", "en"), ("terrible service", "en"), ("paldies", "lv"), ("Ļoti slikti", "lv"), ("labs veikals", "lv"),
        ("Ačiū", "lt"), ("puikus", "lt"), ("Väga hea teenindus", "et"), ("Výborné", "cs"), ("nemohu doporučit", "cs"),
        ("отлично", "ru"), ("не рекомендую", "ru"), ("Пречудовий сервіс", "uk"), ("świetnie", "pl"), ("bardzo dobrze", "pl"),
        ("sehr gut", "de"), ("LIELISKA APKALPOŠANA", "lv"), ("très bon accueil, je recommande", "fr"),
        ("このホテルはとても良かったです", "ja"), ("الخدمة ممتازة جدا", "ar"),
    ],
)  # fmt: skip
def test_short_texts(text: str, lang: str) -> None:
    assert language(text) == lang


@pytest.mark.parametrize("text", ["", "   ", "👍👍", "123 :)", "\ud800", "\x00", "?!"])
def test_without_letters_the_language_is_unknown(text: str) -> None:
    assert language(text) == "und"


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(codec=None), max_size=60))
def test_any_text_gets_a_code(text: str) -> None:
    assert 2 <= len(language(text)) <= 3


def test_order_is_kept() -> None:
    assert detect(["sehr gut", "", "paldies"]) == ["de", "und", "lv"]
