"""Every source says what it is, reads any bytes, and is documented with its options."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers import registry
from crawlers.errors import CrawlError, UnknownKind
from crawlers.parsing import Page, Parsed, ParseError
from crawlers.report import TargetReport
from crawlers.settings import Manners

DOCS = Path(__file__).resolve().parents[2] / "docs" / "crawling.md"
KINDS = list(registry.sources())


def test_the_three_kinds_are_there() -> None:
    assert {"structured", "discourse", "feed"} <= set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_source_says_what_it_is(kind: str) -> None:
    source = registry.source(kind)
    assert source.kind == kind and source.summary and source.terms
    assert source.options and all(source.options.values())


def test_what_asks_for_a_key_is_documented_and_what_is_never_built_is_not_there() -> None:
    text = (DOCS.parent / "sources.md").read_text(encoding="utf-8")
    rows = {row.split("|")[1].strip(): row for row in text.splitlines() if row.startswith("|")}
    for needs in ("a key", "the owner's login"):
        kinds = [kind for kind in KINDS if registry.source(kind).needs == needs]
        assert kinds and all(f"`{kind}`" in rows[needs] for kind in kinds), needs
    never = {"tripadvisor", "yelp", "googleplay", "otzovik", "irecommend", "banki", "priceru", "ceneo"}
    assert not never & set(KINDS)


def test_an_unknown_kind_names_the_known_ones() -> None:
    with pytest.raises(UnknownKind) as caught:
        registry.source("telepathy")
    assert "discourse" in caught.value.next_step


@pytest.mark.parametrize("kind", KINDS)
def test_any_bytes_are_read_or_refused_by_name(kind: str, make_page: Callable[..., Page]) -> None:
    @settings(max_examples=60, deadline=None)
    @given(
        body=st.binary(max_size=400) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))
    )
    def check(body: bytes) -> None:
        try:
            assert isinstance(registry.parse(kind, make_page(body)), Parsed)
        except ParseError as error:
            assert str(error)

    check()


def test_every_manner_and_every_column_of_the_report_is_documented() -> None:
    text = DOCS.read_text(encoding="utf-8")
    for name in [*Manners.model_fields, *TargetReport.model_fields]:
        assert name in text, name


def test_every_error_of_a_crawl_is_documented() -> None:
    text = DOCS.read_text(encoding="utf-8")
    waiting, names = [CrawlError], set()
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        names.add(kind.__name__)
    inner = {"CrawlError", "CrawlBusy", "StateUnreadable"}
    assert not {name for name in names - inner if name not in text}
