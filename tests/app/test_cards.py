"""Markup of our own: whatever a mention says stands there as text and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html

from app import cards
from app.palette import LIGHT

OUR_TAGS = {"div", "article", "p", "span", "a"}
HOSTILE = (
    "<script>document.title='owned'</script>",
    "<img src=x onerror=alert(1)>",
    "![pixel](https://tracker.example/p.png) [click](javascript:alert(1))",
    "</p></article></div><style>*{display:none}</style>",
    "\u202egnihton si siht\u202c <b>šūna</b>",
    "&lt;script&gt; &amp; &#60;b&#62;",
    "{{ 7*7 }} $x^2$ :red[colour] :material/home:",
)


def card(
    text: str, url: str | None = None, source: str = "discourse:forum.example", lang: str | None = "lv"
) -> cards.MentionCard:
    return cards.MentionCard(
        title="", text=text, url=url, at=datetime(2026, 11, 20, tzinfo=UTC), source=source, lang=lang, brand="Lumora",
        kind="detractor", heard="rated 1 of 5", emotions=["anger"], set_aside=False,
    )  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_only_text(text: str) -> None:
    tree = lxml_html.fragment_fromstring(cards.mentions([card(text)]))
    assert {element.tag for element in tree.iter()} <= OUR_TAGS
    shown = tree.findtext(".//p") or ""
    assert shown == text.replace("\u202e", "").replace("\u202c", "")


@given(st.text(max_size=300), st.text(max_size=60), st.text(max_size=12))
def test_no_text_source_or_language_adds_an_element_or_attribute(text: str, source: str, lang: str) -> None:
    tree = lxml_html.fragment_fromstring(cards.mentions([card(text, source=source, lang=lang)]))
    assert [element.tag for element in tree.iter()].count("p") == 1
    allowed = {"class", "style", "dir", "lang", "role"}
    assert {name for element in tree.iter() for name in element.attrib} <= allowed


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "ftp://host/x", 'https://a.example/"onclick="x']
)
def test_a_link_is_a_web_address_or_absent(url: str) -> None:
    tree = lxml_html.fragment_fromstring(cards.mentions([card("x", url)]))
    links = tree.findall(".//a")
    assert [link.get("href") for link in links] == ([url] if url.startswith("https://") else [])
    assert all(set(link.attrib) == {"href", "target", "rel"} for link in links)


def test_a_word_of_a_hundred_kilobytes_is_cut() -> None:
    markup = cards.mentions([card("ā" * 100_000)])
    assert len(markup) < 2_000
    assert "…" in markup


def test_brand_names_are_escaped_everywhere() -> None:
    brand = "A&B <b>"
    hero = cards.Hero(
        f"Natural NPS of {brand}", 12, 3, 20, False, brand, (0.5, 0.2, 0.3), ("up", brand), brand
    )
    tile = cards.Tile(brand, brand, brand, [(brand, brand, 7.0)], brand)
    for markup in (
        cards.tiles(hero, [tile]),
        cards.head(brand, brand),
        cards.note(brand, brand),
        cards.title(brand),
    ):
        assert "<b>" not in markup.replace("<b>A&amp;B &lt;b&gt;</b>", "")


def test_too_few_is_greyed() -> None:
    hero = cards.Hero("x", 12, -30, 60, True, "Too few to say", (0.5, 0.2, 0.3), None, "")
    assert "sayso-few" in cards.tiles(hero, [])


def test_the_bar_shows_the_split_behind_the_score() -> None:
    def bar(shares: tuple[float, float, float]) -> str:
        return cards.tiles(cards.Hero("x", 20, 10, 30, False, "", shares, None, ""), [])

    assert "Promoters 30%" in bar((0.3, 0.6, 0.1))
    assert "Promoters 20%" in bar((0.2, 0.8, 0.0))
    assert bar((0.3, 0.6, 0.1)) != bar((0.2, 0.8, 0.0))


def test_the_style_carries_every_colour_it_uses() -> None:
    sheet = cards.style(LIGHT)
    used = {part.split(")")[0] for part in sheet.split("var(--sayso-")[1:]}
    assert used <= {
        part.split(":")[0]
        for part in sheet.split(":root{")[1].split("}")[0].replace("--sayso-", "").split(";")
    }
