"""Pages as careless programs write them: broken JSON-LD, wrong charsets, feeds of all ages. What a reader sees
in them comes out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers import numbers, registry
from crawlers.jsonld import JsonLdError, read
from crawlers.parsing import Page

RATED = {"@type": "Rating", "ratingValue": "4"}
REVIEW = {"@type": "Review", "author": "Ilze", "reviewBody": "Ļoti laba", "reviewRating": RATED}
PRODUCT = json.dumps(
    {"@context": "https://schema.org", "@type": "Product", "name": "Tējkanna", "review": [REVIEW]},
    ensure_ascii=False,
)
WORDS = {
    "windows-1257": "Ļoti laba prece, ēdām šķiņķi",
    "iso-8859-13": "Labai gražūs žaislai, ačiū visiems",
    "windows-1251": "Отличный чайник, рекомендую",
    "windows-1250": "Příliš žluťoučký kůň a čaj",
    "windows-1252": "Sehr schöne Größe, über alles gut",
}
TOLD_BY_LETTERS = [name for name in WORDS if name != "iso-8859-13"]


def page_of(script: str, lang: str = "lv") -> str:
    return f'<html lang="{lang}"><body><script type="application/ld+json">{script}</script></body></html>'


BROKEN = {
    "trailing commas": PRODUCT.replace('"4"}', '"4",},').replace("}]}", "},],}"),
    "comments": "/* a */ // b\n" + PRODUCT.replace('"name"', '/* c */ "name"'),
    "single quotes": PRODUCT.replace('"', "'"),
    "names without marks": PRODUCT.replace('"@type"', "@type").replace('"name"', "name"),
    "words of other languages": PRODUCT.replace('"name"', '"a": None, "b": True, "c": undefined, "name"'),
    "odd spaces": PRODUCT.replace(": ", ":\u00a0").replace(", ", ",\u2003\ufeff"),
    "a comma forgotten": PRODUCT.replace('"Ilze", ', '"Ilze" '),
    "brackets left open": PRODUCT[:-3],
    "brackets too many": PRODUCT + "}]}",
    "an assignment": "var data = " + PRODUCT + ";",
    "entities for marks": PRODUCT.replace('"', "&quot;"),
    "CDATA": "//<![CDATA[\n" + PRODUCT + "\n//]]>",
}


@pytest.mark.parametrize("how", BROKEN)
def test_broken_json_ld_is_read(how: str, make_page: Any) -> None:
    parsed = registry.parse("structured", make_page(page_of(BROKEN[how])))
    assert [(m.text, m.rating, m.product) for m in parsed.mentions] == [("Ļoti laba", 4.0, "Tējkanna")]
    assert parsed.rejects == []


@pytest.mark.parametrize(
    "said", ['It\'s "fine", he said', "a, b", "{x}", "c: d", "//no comment", "виду 'тут', да"]
)
def test_marks_within_words_are_words(said: str, make_page: Any) -> None:
    script = PRODUCT.replace("Ļoti laba", said.replace('"', '\\"')).replace('"name"', "name")
    assert [m.text for m in registry.parse("structured", make_page(page_of(script))).mentions] == [said]


@settings(max_examples=150, deadline=None)
@given(
    value=st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-999, 999)
        | st.text(st.characters(codec="utf-8"), max_size=12),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
        max_leaves=8,
    ).filter(lambda value: isinstance(value, dict)),
    broken=st.sampled_from([",", "/* x */", "\u00a0", ""]),
)
def test_what_is_mended_stays_what_it_was(value: dict[str, Any], broken: str) -> None:
    """A flaw at the end of a script costs nothing of what stands before it."""
    script = json.dumps(value, ensure_ascii=False)
    assert read(script[:-1] + broken + "}") == [value]


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from("{}[]\",':/*ab1 \\\n@$"), max_size=60))
def test_any_script_is_read_or_refused_by_name(script: str) -> None:
    try:
        read(script)
    except JsonLdError:
        return


@pytest.mark.parametrize(
    ("written", "value", "best"),
    [
        ("4½", 4.5, None),
        ("3 ½ / 5", 3.5, 5),
        ("★★★½☆", 3.5, 5),
        ("★★★½", 3.5, None),
        ("4¼ von 5", 4.25, 5),
        ("4,5", 4.5, None),
    ],
)
def test_parts_of_a_star(written: str, value: float, best: float | None) -> None:
    found = numbers.rating(written)
    assert found and (found.value, found.best) == (value, best)


@pytest.mark.parametrize("charset", [None, "utf-8"])
@pytest.mark.parametrize("meta", ["", '<meta charset="utf-8">'])
@pytest.mark.parametrize("encoding", TOLD_BY_LETTERS)
def test_a_page_that_says_the_wrong_charset(
    encoding: str, meta: str, charset: str | None, make_page: Any
) -> None:
    script = PRODUCT.replace("Ļoti laba", WORDS[encoding]).replace("Tējkanna", "T")
    body = f"<html><head>{meta}</head>{page_of(script)}</html>".encode(encoding)
    assert [m.text for m in registry.parse("structured", make_page(body, charset=charset)).mentions] == [
        WORDS[encoding]
    ]


def test_a_stray_byte_does_not_cost_the_charset(make_page: Any) -> None:
    body = page_of(PRODUCT).encode() + b"<p>\xff</p>"
    assert [m.text for m in registry.parse("structured", make_page(body)).mentions] == ["Ļoti laba"]


def feed_of(words: str, declared: str | None, encoding: str) -> bytes:
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    item = f"<item><title>{words}</title><link>https://x.example/1</link><description>{words}</description></item>"
    return f'{head}<rss version="2.0"><channel><title>x</title>{item}</channel></rss>'.encode(encoding)


@pytest.mark.parametrize("encoding", [*WORDS, "utf-16"])
def test_a_feed_in_the_charset_that_it_declares(encoding: str, make_page: Any) -> None:
    words = WORDS.get(encoding, "Šķiņķis ēdamzālē 👍")
    parsed = registry.parse("feed", make_page(feed_of(words, encoding, encoding)))
    assert [(m.title, m.text) for m in parsed.mentions] == [(words, words)]


@pytest.mark.parametrize("declared", [None, "utf-8"])
@pytest.mark.parametrize("encoding", TOLD_BY_LETTERS)
def test_a_feed_that_says_the_wrong_charset(encoding: str, declared: str | None, make_page: Any) -> None:
    parsed = registry.parse("feed", make_page(feed_of(WORDS[encoding], declared, encoding)))
    assert [m.text for m in parsed.mentions] == [WORDS[encoding]]


@pytest.mark.parametrize(
    ("lang", "written", "at", "precision"),
    [
        ("ru", "Ср, 04 мар 2026 14:05:00 +0300", "2026-03-04T11:05:00+00:00", "second"),
        ("ru", "4 марта 2026", "2026-03-04T00:00:00+00:00", "day"),
        ("lv", "2026. gada 4. marts", "2026-03-04T00:00:00+00:00", "day"),
        ("pl", "4 marca 2026, 14:05", "2026-03-04T14:05:00+00:00", "minute"),
        ("en", "Wed, 04 Mar 2026 14:05:00 EST", "2026-03-04T19:05:00+00:00", "second"),
        ("en", "2026-03-04", "2026-03-04T00:00:00+00:00", "day"),
        ("en", "soon", None, None),
    ],
)
def test_dates_of_feeds_in_words(
    lang: str, written: str, at: str | None, precision: str | None, make_page: Any
) -> None:
    item = f"<item><title>a</title><link>https://x.example/1</link><pubDate>{written}</pubDate></item>"
    body = f'<rss version="2.0"><channel><language>{lang}</language>{item}</channel></rss>'
    (found,) = registry.parse("feed", make_page(body)).mentions
    assert (found.published_at and found.published_at.isoformat(), found.published_precision) == (
        at,
        precision,
    )


def test_a_page_is_itself_whatever_is_asked_of_it(make_page: Any) -> None:
    made: Page = make_page(page_of(PRODUCT))
    assert registry.parse("structured", made) == registry.parse("structured", made)


def test_who_published_a_review_is_not_what_it_is_about(make_page: Any) -> None:
    review = REVIEW | {
        "publisher": {"@type": "Organization", "name": "Laikraksts"},
        "@context": "https://schema.org",
    }
    (found,) = registry.parse("structured", make_page(page_of(json.dumps(review)))).mentions
    assert found.product is None
    about = review | {"itemReviewed": {"@type": "Organization", "name": "Tīkls"}}
    (found,) = registry.parse("structured", make_page(page_of(json.dumps(about)))).mentions
    assert found.product == "Tīkls"


def test_what_employees_give_is_an_aggregate_too(make_page: Any) -> None:
    rated = {
        "@type": "EmployerAggregateRating",
        "ratingValue": "4,2",
        "bestRating": "5",
        "ratingCount": "1 234",
    }
    shop = {
        "@context": "https://schema.org",
        "@type": "Organization",
        "name": "Tīkls",
        "aggregateRating": rated,
    }
    (found,) = registry.parse("structured", make_page(page_of(json.dumps(shop)))).ratings
    assert (found.product, found.rating, found.rating_max, found.ratings) == ("Tīkls", 4.2, 5.0, 1234)


@pytest.mark.parametrize(
    ("bodies", "text"),
    [
        (["Īss teksts… Lasīt vairāk", "Īss teksts, kas turpinās"], "Īss teksts, kas turpinās"),
        (["Pilns teksts līdz galam", "Pilns teksts..."], "Pilns teksts līdz galam"),
        (["Pirmā rindkopa", "Otrā rindkopa"], "Pirmā rindkopa\nOtrā rindkopa"),
        (["Tas pats", "Tas pats"], "Tas pats"),
        (["", "Viens"], "Viens"),
    ],
)
def test_a_body_in_parts_and_a_body_cut_short(bodies: list[str], text: str, make_page: Any) -> None:
    script = json.dumps(
        {"@context": "https://schema.org"} | REVIEW | {"reviewBody": bodies}, ensure_ascii=False
    )
    assert [m.text for m in registry.parse("structured", make_page(page_of(script))).mentions] == [text]
    shown = "".join(f"<div itemprop=reviewBody>{body}</div>" for body in bodies)
    marked = f'<div itemscope itemtype="https://schema.org/Review"><b itemprop=author>A</b>{shown}</div>'
    assert [m.text for m in registry.parse("structured", make_page(marked)).mentions] == [text]
