"""Kind `selectors`: what a recipe picks from pages in eight languages, and what a wrong one is told."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawlers.parsing import Page, Parsed, ParseError
from crawlers.picking import _KEYS, Pick
from crawlers.recipes import FIELDS, OPTIONS, BadRecipe, Recipe
from crawlers.sources.selectors import SOURCE, parse
from crawlers.stars import from_class, from_style, from_text

MakePage = Callable[..., Page]
URL = "https://veikals.example/preces/talrunis/"
RECIPE: dict[str, Any] = {
    "item": "li.atsauksme",
    "rating_max": 5,
    "timezone": "Europe/Riga",
    "fields": {
        "text": {"css": "div.teksts", "without": "blockquote"},
        "title": "h4",
        "rating": "span.zvaigznes",
        "author": "b.autors",
        "date": "i.datums",
        "id": ":scope::attr(data-nr)",
        "url": "a.saite",
        "likes": {"css": "u", "pattern": r"(\d+) no"},
        "pros": "ul.plusi li",
        "cons": "ul.minusi li",
        "owner_reply": "div.veikals p",
        "verified": "em.pirka",
        "product": {"css": "h1", "page": True},
    },
}


def item(number: int = 7, *, stars: str = 'class="zvaigznes star-rating Four"', **parts: str) -> str:
    shown = {
        "text": "<blockquote>cits</blockquote>Ļoti labs, raksti @janis_k 👍<br>Iesaku!",
        "title": "Par tālruni",
        "author": "Žanis Ozols",
        "date": "3. marts 2026, plkst. 12:00",
    } | parts
    return f"""<li class="atsauksme" data-nr="{number}">
      <h4>{shown["title"]}</h4><span {stars}></span><b class="autors">{shown["author"]}</b>
      <i class="datums">{shown["date"]}</i><a class="saite" href="#r{number}">saite</a>
      <div class="teksts">{shown["text"]}</div><u>Noderēja 12 no 15</u>
      <ul class="plusi"><li>ātrs</li><li>lēts</li></ul><ul class="minusi"><li>skaļš</li></ul>
      <div class="veikals"><p>Paldies, Žani!</p></div><em class="pirka">Pirka šeit</em></li>"""


def read(make_page: MakePage, *items: str, recipe: dict[str, Any] | None = None, **more: Any) -> Parsed:
    body = f"<html lang='lv'><h1>Tālrunis X1</h1><ul>{''.join(items)}</ul></html>"
    return parse(make_page(body, URL, options=(RECIPE if recipe is None else recipe) | more))


def test_every_field_is_picked(make_page: MakePage) -> None:
    (mention,) = read(make_page, item()).mentions
    assert (mention.source, mention.kind, mention.native_id) == ("selectors:veikals.example", "review", "7")
    assert mention.text == "Ļoti labs, raksti @user 👍\nIesaku!"
    assert (mention.title, mention.product, mention.lang) == ("Par tālruni", "Tālrunis X1", None)
    assert (mention.rating, mention.rating_min, mention.rating_max) == (4, 1, 5)
    assert mention.published_at is not None
    assert mention.published_at.isoformat() == "2026-03-03T10:00:00+00:00"
    assert (mention.pros, mention.cons) == (["ātrs", "lēts"], ["skaļš"])
    assert (mention.likes, mention.verified, mention.owner_reply) == (12, True, "Paldies, Žani!")
    assert mention.url == URL + "#r7"
    assert mention.author_hash and "Ozols" not in mention.to_json()


@pytest.mark.parametrize(
    ("stars", "recipe", "rating"),
    [
        ('class="zvaigznes star-rating Four"', {}, 4),
        ('class="zvaigznes" aria-label="4,5 no 5"', {}, 4.5),
        ('class="zvaigznes rating-35"', {}, 3.5),
        ('class="zvaigznes" style="width: 80%"', {}, 4),
        ('class="zvaigznes" data-rating="3"', {}, 3),
        ('class="zvaigznes" title="pieci"', {}, 5),
        ('class="zvaigznes nekas"', {}, None),
    ],
)
def test_ratings_that_nobody_wrote_out(
    make_page: MakePage, stars: str, recipe: dict[str, Any], rating: float | None
) -> None:
    (mention,) = read(make_page, item(stars=stars), **recipe).mentions
    assert mention.rating == rating


@pytest.mark.parametrize(
    ("pick", "rating"),
    [
        ({"css": "b.pilna", "count": True}, 3),
        ({"css": "span.zvaigznes", "values": {"laba": 4, "slikta": 1}}, 4),
        ({"css": "span::attr(class)", "pattern": r"z(\d)"}, 2),
        ({"xpath": "span/@data-z"}, 5),
    ],
)
def test_ratings_by_count_by_words_by_pattern(make_page: MakePage, pick: object, rating: float) -> None:
    markup = '<li class="a"><span class="zvaigznes z2 laba" data-z="5"></span>' + '<b class="pilna"></b>' * 3
    recipe = {"item": "li.a", "rating_max": 5, "fields": {"rating": pick}}
    (mention,) = read(make_page, markup, recipe=recipe).mentions
    assert mention.rating == rating


def test_all_findings_joined_or_the_first(make_page: MakePage) -> None:
    markup = "<li class='a'><p>Viens.</p><p>Divi.</p><p><small>3. marts</small></p></li>"
    for pick, text in [("p", "Viens."), ({"css": "p:not(:has(small))", "all": True}, "Viens.\nDivi.")]:
        recipe = {"item": "li.a", "fields": {"text": pick}}
        assert [mention.text for mention in read(make_page, markup, recipe=recipe).mentions] == [text]


def test_replies_inside_a_comment_are_comments_of_their_own(make_page: MakePage) -> None:
    recipe = {
        "item": "li.c", "publishes": "comment",
        "fields": {"text": {"css": "p", "all": True}, "id": ":scope::attr(id)", "author": "b"},
    }  # fmt: skip
    inner = "<ul><li class='c' id='c2'><b>Jana</b><p>Nesouhlasím.</p></li></ul>"
    outer = f"<li class='c' id='c1'><p>Souhlasím.</p>{inner}<p>A ještě něco.</p></li>"
    first, second = read(make_page, outer, recipe=recipe).mentions
    assert (first.kind, first.text, first.author_hash) == ("comment", "Souhlasím.\nA ještě něco.", None)
    assert (second.native_id, second.text) == ("c2", "Nesouhlasím.")


def test_a_page_that_is_one_review(make_page: MakePage) -> None:
    (mention,) = read(make_page, "<p>Гарний сервіс</p>", recipe={"fields": {"text": "p"}}).mentions
    assert mention.text == "Гарний сервіс"


def test_the_detail_page_says_the_rest(make_page: MakePage) -> None:
    recipe = RECIPE | {
        "detail": "a.saite",
        "detail_fields": {"text": "article p", "rating": "meter::attr(value)"},
    }
    body = "<html lang='pl'><article><p>Cały tekst opinii.</p><meter value='3'></meter></article></html>"
    (mention,) = parse(make_page(body, URL + "7", options=recipe)).mentions
    assert (mention.text, mention.rating, mention.url) == ("Cały tekst opinii.", 3, URL + "7")


def test_addresses_that_name_the_author_are_not_kept(make_page: MakePage) -> None:
    markup = item().replace('href="#r7"', 'href="/lietotaji/ilze/7"')
    (mention,) = read(make_page, markup.replace("Žanis Ozols", "Ilze")).mentions
    assert mention.url == URL


def test_a_layout_that_changed_is_told(make_page: MakePage) -> None:
    parsed = read(make_page, *(item(n, stars="class=cits") for n in range(3)))
    assert parsed.warnings == ["the selector of 'rating' finds nothing: has the layout changed?"]
    assert len(parsed.mentions) == 3


def test_a_rating_outside_the_scale_is_taken_away_and_told(make_page: MakePage) -> None:
    parsed = read(make_page, item(stars='class="zvaigznes" data-rating="9"'))
    assert [mention.rating for mention in parsed.mentions] == [None]
    assert [reject.reason for reject in parsed.rejects] == ["rating outside its scale"]


def test_one_text_twice_by_one_author_is_two_reviews(make_page: MakePage) -> None:
    recipe = {"item": "li", "fields": {"text": "p", "author": "b"}}
    parsed = read(make_page, *["<li><b>Ona</b><p>Gerai</p></li>"] * 2, recipe=recipe)
    assert len({mention.native_id for mention in parsed.mentions}) == 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"fields": {}}, "fields"),
        ({"itm": "li"}, "'itm'"),
        ({"fields": {"txt": "p"}}, "'txt'"),
        ({"fields": {"text": "p["}}, "fields.text"),
        ({"fields": {"text": {"css": "p", "xpath": "p"}}}, "fields.text"),
        ({"fields": {"text": {"css": "p", "patern": "x"}}}, "fields.text"),
        ({"fields": {"text": {"css": "p", "pattern": "("}}}, "pattern"),
        ({"fields": {"text": {"xpath": "//p["}}}, "XPath"),
        ({"fields": "p"}, "table"),
        ({"fields": {"text": 5}}, "fields.text"),
        ({"item": 5}, "item"),
        ({"follow": 5}, "follow"),
        ({"follow": ["a["]}, "follow"),
        ({"pages": "/p/2"}, "{page}"),
        ({"publishes": "letter"}, "publishes"),
        ({"timezone": "Rīga"}, "timezone"),
        ({"rating_min": 5, "rating_max": 1}, "rating_min"),
        ({"rating_max": "five"}, "rating_max"),
        ({"newest_first": "yes"}, "newest_first"),
        ({"detail_fields": {"text": "p"}}, "detail"),
    ],
)
def test_a_recipe_that_cannot_be_used_says_where(
    make_page: MakePage, change: dict[str, Any], words: str
) -> None:
    with pytest.raises(BadRecipe, match=words.replace("{", r"\{")):
        Recipe.of(RECIPE | change)
    with pytest.raises(ParseError, match="veikals"):
        read(make_page, item(), **change)


def test_a_selector_that_fails_on_a_page_is_named(make_page: MakePage) -> None:
    with pytest.raises(ParseError, match="cannot be used"):
        read(make_page, item(), fields={"text": {"xpath": "nothing:such(p)"}})


def test_every_key_is_documented() -> None:
    used = {"follow", "item", "fields", "next", "pages", "detail", "detail_fields", "publishes"}
    assert used < set(SOURCE.options) == set(OPTIONS)
    Recipe.of(
        RECIPE | {"follow": ["a", "/p/*"], "next": "a.next", "detail": "a", "detail_fields": {"text": "p"}}
    )


# --- the shop's own pages ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "count"), [("reviews", 20), ("reviews-page2", 5)])
def test_a_real_shop_with_nobodys_own_markup(
    shared: Path, make_page: MakePage, name: str, count: int
) -> None:
    recipe = {
        "item": "article.review", "rating_max": 5,
        "fields": {
            "text": {"css": "article > p:not(:has(small))", "all": True}, "title": "h3 a",
            "rating": "h3::attr(class)", "author": "small strong", "date": "small::text", "url": "h3 a",
        },
    }  # fmt: skip
    body = (shared / "samples" / "django-oscar" / f"{name}.html").read_bytes()
    mentions = parse(make_page(body, "http://shop.example/catalogue/x/reviews/", options=recipe)).mentions
    assert len({mention.native_id for mention in mentions}) == count
    assert all(m.rating and m.text and m.author_hash and m.published_precision == "minute" for m in mentions)


# --- anything at all --------------------------------------------------------------------------------------

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def sound(page: Page) -> None:
    try:
        parsed = parse(page)
    except ParseError:
        return
    ids = [mention.native_id for mention in parsed.mentions]
    assert len(set(ids)) == len(ids)
    for mention in parsed.mentions:
        assert mention.text or mention.title or mention.pros or mention.cons or mention.rating is not None
        mention.to_json().encode()


@QUICK
@given(body=st.binary(max_size=300))
def test_any_bytes(body: bytes, make_page: MakePage) -> None:
    sound(make_page(body, URL, options=RECIPE))


@QUICK
@given(
    parts=st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("text", "title", "author", "date"), st.text(max_size=40))
    ),
    classes=st.text(max_size=30),
    copies=st.integers(1, 3),
)
def test_any_words(parts: dict[str, str], classes: str, copies: int, make_page: MakePage) -> None:
    quoted = classes.replace('"', "")
    sound(make_page(item(stars=f'class="zvaigznes {quoted}"', **parts) * copies, URL, options=RECIPE))
    for found in (from_class(classes), from_style(classes), from_text(classes)):
        assert found is None or found.value >= 0 or found.value < 0  # a number, not an error


@QUICK
@given(
    options=st.dictionaries(
        st.sampled_from(sorted(OPTIONS)),
        st.none() | st.booleans() | st.integers() | st.text(max_size=12)
        | st.dictionaries(st.sampled_from(("text", "rating", "css", "xpath")), st.text(max_size=8), max_size=2),
    )
)  # fmt: skip
def test_any_recipe_is_used_or_refused_by_name(options: dict[str, Any], make_page: MakePage) -> None:
    sound(make_page(item(), URL, options=options))


HOSTILE = {
    "items never closed": "<li class=atsauksme><div class=teksts>x" * 6_000,
    "tags never closed": "<li class=atsauksme><div class=teksts>" + "<div>" * 40_000 + "x",
    "items without end": "<li class=atsauksme><div class=teksts>x</div></li>" * 40_000,
    "a long text": "<li class=atsauksme><div class=teksts>" + "@a.-" * 500_000,
    "dates that are none": "".join(
        f"<li class=atsauksme><i class=datums>xx {n} ago</i><div class=teksts>x{n}</div></li>" for n in range(2_000)
    ),
    "elements": "<li class=atsauksme><div class=teksts>" + "<b>x</b>" * 300_000,
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_no_page_takes_two_seconds(name: str, make_page: MakePage, within: Callable[..., None]) -> None:
    sound(make_page(item(date="pirms xx"), URL, options=RECIPE))  # what is loaded once is not the page's cost
    within(2.0, sound, make_page(HOSTILE[name], URL, options=RECIPE))


# --- trying a recipe --------------------------------------------------------------------------------------


def test_picks_can_be_told_apart() -> None:
    assert Pick.of("p").path is Pick.of("p").path
    assert json.loads(json.dumps(RECIPE)) == RECIPE  # a recipe goes to the crawling process as JSON


def test_the_documented_recipe_works_and_the_page_names_every_key() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "selectors.md").read_text(encoding="utf-8")
    block = text.partition("```toml\n")[2].partition("```")[0]
    (target,) = tomllib.loads(block)["targets"]
    recipe = Recipe.of({key: value for key, value in target.items() if key not in ("name", "kind")})
    assert set(recipe.fields) == {
        "text",
        "title",
        "rating",
        "author",
        "published_at",
        "url",
        "likes",
        "product",
    }
    assert {*OPTIONS, *FIELDS, *_KEYS} <= set(re.findall(r"\w+", text))
