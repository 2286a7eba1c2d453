"""Recorded shop pages: every individual review comes out once, as the expected files (written from the raw pages,
by hand) say. These hold no words of anybody: digests of texts, and facts."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crawlers.authors import AuthorHasher
from crawlers.mention import Mention
from crawlers.parsing import Page, Parsed
from crawlers.sources.structured import parse

EXPECTED = sorted((Path(__file__).parent / "expected" / "structured").glob("*.json"))
COLLECTED = datetime(2021, 1, 15, tzinfo=UTC)


def read(path: Path, shared: Path) -> tuple[dict[str, Any], Parsed]:
    expected = json.loads(path.read_text(encoding="utf-8"))
    body = (shared / "samples" / "recorded" / expected["page"]).read_bytes()
    return expected, parse(Page(body, expected["url"], COLLECTED, AuthorHasher()))


def digest(text: str | None) -> str | None:
    if text is None:
        return None
    return hashlib.sha256(" ".join(unicodedata.normalize("NFC", text).split()).encode()).hexdigest()


def facts(mention: Mention) -> tuple[object, ...]:
    date = mention.published_at.date().isoformat() if mention.published_at else None
    return (
        digest(mention.text), digest(mention.title), mention.rating, mention.rating_min, mention.rating_max, date,
        mention.author_hash is not None, mention.verified,
    )  # fmt: skip


@pytest.mark.parametrize("path", EXPECTED, ids=lambda path: path.stem)
def test_every_review_of_the_page_comes_out_once(path: Path, shared: Path) -> None:
    expected, parsed = read(path, shared)
    wanted = Counter(
        (
            r["text_sha256"],
            r["title_sha256"],
            r["rating"],
            r["rating_min"],
            r["rating_max"],
            r["date"],
            r["author"],
            r["verified"],
        )
        for r in expected["reviews"]
    )
    assert Counter(map(facts, parsed.mentions)) == wanted
    assert parsed.found == len(expected["reviews"])
    assert parsed.rejects == []


@pytest.mark.parametrize("path", EXPECTED, ids=lambda path: path.stem)
def test_aggregates_are_snapshots(path: Path, shared: Path) -> None:
    expected, parsed = read(path, shared)
    found = [(r.rating, r.rating_max, r.ratings, r.reviews) for r in parsed.ratings]
    assert found == [(r["rating"], r["rating_max"], r["ratings"], r["reviews"]) for r in expected["ratings"]]


@pytest.mark.parametrize("path", EXPECTED, ids=lambda path: path.stem)
def test_ids_are_unique_and_the_same_a_day_later_under_another_tracking_address(
    path: Path, shared: Path
) -> None:
    expected, first = read(path, shared)
    body = (shared / "samples" / "recorded" / expected["page"]).read_bytes()
    later = parse(
        Page(body, expected["url"] + "?utm_source=x&gclid=1", COLLECTED.replace(day=16), AuthorHasher())
    )
    ids = [mention.native_id for mention in first.mentions]
    assert len(set(ids)) == len(ids)
    assert [mention.native_id for mention in later.mentions] == ids


@pytest.mark.parametrize("path", EXPECTED, ids=lambda path: path.stem)
def test_every_mention_names_its_product_and_page(path: Path, shared: Path) -> None:
    expected, parsed = read(path, shared)
    for mention in parsed.mentions:
        assert mention.product
        assert mention.url
        assert mention.url.startswith(("http://", "https://"))
        assert mention.source == f"structured:{expected['url'].split('/')[2]}"
