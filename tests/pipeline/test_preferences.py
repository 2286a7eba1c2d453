"""Who is called better than whom, in eight languages; what is not said is not found."""

from __future__ import annotations

import duckdb
import pytest

from pipeline.brands import BrandMatcher
from pipeline.config import Brand
from pipeline.preferences import Preference, any_cue, preferences

MATCHER = BrandMatcher(
    [
        Brand(name="Nordvila", aliases=["Нордвила"]),
        Brand(name="Vintrel", aliases=["Винтрел"]),
        Brand(name="Kometra"),
    ]
)
AWAY = [Preference("Vintrel", "Nordvila")]
SAID = [
    ("Switched from Nordvila to Vintrel last spring, no regrets.", AWAY),
    ("I left Nordvila for Vintrel.", AWAY),
    ("Vintrel is much better than Nordvila", AWAY),
    ("Nordvila is not as fast as Vintrel 🙄", AWAY),
    ("Pārgāju no Nordvilas uz Vintrel un esmu laimīga", AWAY),
    ("Vintrel ir lētāks nekā Nordvila.", AWAY),
    ("Perėjau iš Nordvila į Vintrel", AWAY),
    ("Vintrel geresnis už Nordvila", AWAY),
    ("Vintrel on odavam kui Nordvila", AWAY),
    ("Přešel jsem od Nordvila k Vintrel", AWAY),
    ("Vintrel je lepší než Nordvila", AWAY),
    ("Перешла из Нордвилы в Винтрел, и всё летает", AWAY),
    ("Винтрел дешевле, чем Нордвила", AWAY),
    ("Przeszedłem od Nordvila do Vintrel", AWAY),
    ("Vintrel jest lepszy niż Nordvila", AWAY),
    ("Vintrel ist viel besser als Nordvila", AWAY),
    ("Nordvila ist schlechter als Vintrel", AWAY),
    ("Nordvila is cheaper than Vintrel", [Preference("Nordvila", "Vintrel")]),
    ("Both Nordvila and Vintrel have shops here.", []),
    ("Nordvila is not better than Vintrel", []),
    ("I would never switch from Nordvila to Vintrel", []),
    ("Better than yesterday. Nordvila works.", []),
    ("", []),
]


@pytest.mark.parametrize(("text", "expected"), SAID)
def test_what_a_text_prefers(text: str, expected: list[Preference]) -> None:
    assert preferences(text, MATCHER) == expected


def test_the_page_speaks_where_a_side_names_nobody() -> None:
    assert preferences("They are worse than Vintrel", MATCHER, "Nordvila") == AWAY
    assert preferences("Came over from Kometra a year ago", MATCHER, "Nordvila") == [
        Preference("Nordvila", "Kometra")
    ]
    assert preferences("Better than Nordvila", MATCHER, "Nordvila") == []


def test_a_contradiction_prefers_nobody() -> None:
    text = "Vintrel is better than Nordvila. Nordvila is better than Vintrel."
    assert preferences(text, MATCHER) == []


def test_the_first_look_of_the_database_lets_every_comparison_through() -> None:
    con = duckdb.connect()
    for text, expected in SAID:
        found = con.execute("SELECT regexp_matches(?, ?)", [text, any_cue()]).fetchone()
        assert found is not None
        assert found[0] or not expected
