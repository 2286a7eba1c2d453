"""Damaged pages of every kind end as mentions or as a ParseError, and none takes two seconds.

Page N is always the same page, so a failure is repeated by its number and a long run is gone on with:
SAYSO_FUZZ_FROM=N the first page (0), SAYSO_FUZZ_PAGES how many (100,000), SAYSO_FUZZ_SECONDS after how many
seconds the long run ends by itself (3,600); it then says where to go on.
"""

from __future__ import annotations

import json
import os
import random
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from boardlooks import LOOKS, Board
from keyed import HOSTILE, TEXTS
from replays import REPLAYS, answered, items

from crawlers import registry
from crawlers.authors import AuthorHasher
from crawlers.bench_site import page as shop_page
from crawlers.landing import reject_line
from crawlers.mention import Mention
from crawlers.parsing import Page, Parsed, ParseError, RatingSnapshot
from crawlers.report import CrawlReport, TargetReport

FROM, PAGES = int(os.environ.get("SAYSO_FUZZ_FROM", "0")), int(os.environ.get("SAYSO_FUZZ_PAGES", "100000"))
SECONDS = float(os.environ.get("SAYSO_FUZZ_SECONDS", "3600"))
NOW, HASHER = datetime(2026, 11, 22, 8, tzinfo=UTC), AuthorHasher(b"fuzz")
FOLDER = Path(__file__).parent / "pages"
ADDRESSES = {
    "stackexchange": "https://api.example/2.3/answers/9?site=stackoverflow",
    "youtube": "https://api.example/youtube/v3/commentThreads?textFormat=plainText",
}
RECIPE = {
    "item": "article.message",
    "rating_max": 5,
    "fields": {
        "text": {"css": ".bbWrapper", "without": "blockquote"},
        "author": ".username",
        "date": "time::attr(datetime)",
        "id": ":scope::attr(data-content)",
        "rating": ".reactionsBar-link",
        "title": {"css": "h1", "page": True},
    },
}
FEEDS = (
    '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Blogs</title>{rss}</channel></rss>',
    '<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Blogas</title>{atom}</feed>',
)


def feeds() -> Iterator[str]:
    """An RSS and an Atom feed with texts in eight languages."""
    rss = "".join(
        f"<item><guid>g{n}</guid><link>https://x.example/{n}</link><title>Par {n}</title><dc:creator>Žanis {n}</dc:creator>"
        f"<pubDate>Mon, 02 Feb 2026 10:{n:02d}:00 +0200</pubDate><content:encoded><![CDATA[<p>{text}</p>]]></content:encoded></item>"
        for n, text in enumerate(TEXTS.values())
    )
    atom = "".join(
        f'<entry><id>tag:{n}</id><link href="https://x.example/{n}"/><title>Apie {n}</title><author><name>Ona</name></author>'
        f"<updated>2026-02-02T10:{n:02d}:00Z</updated><content type='html'>&lt;p&gt;{text}&lt;/p&gt;</content></entry>"
        for n, text in enumerate(TEXTS.values())
    )
    yield from (feed.format(rss=rss, atom=atom) for feed in FEEDS)


def boards(kind: str) -> Iterator[str]:
    """Threads and lists of a board, in every look of this engine."""
    board = Board(per_page=6)
    for thread in (1, 2, 3):
        board.add(1, thread, 8)
    for look in LOOKS.values():
        if look.kind == kind:
            yield from (look.page(board, what, 1, 1) for what in ("thread", "forum", "index"))


def shops() -> Iterator[str]:
    yield from (path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("structured/*.html")))
    yield shop_page("talrunis", 7, 4)


def sound(kind: str) -> list[bytes]:
    """Undamaged pages of a kind."""
    if kind in REPLAYS:
        return [answered(kind, items(kind, *TEXTS.values())), answered(kind, items(kind, *HOSTILE[:4]))]
    made: dict[str, Callable[[], Iterator[str]]] = {
        "structured": shops,
        "feed": feeds,
        "selectors": lambda: boards("xenforo"),
    }
    return [text.encode("utf-8", "replace") for text in made.get(kind, lambda: boards(kind))()]


KINDS = list(registry.sources())
SOUND = {kind: sound(kind) for kind in KINDS}


def read(kind: str, body: bytes, number: int) -> str:
    """What became of a page; fails where it is not as it should be."""
    where = f"page {number} ({kind}): SAYSO_FUZZ_FROM={number} SAYSO_FUZZ_PAGES=1 repeats it"
    address = ADDRESSES.get(kind, "https://x.example/page/7")
    page = Page(body, address, NOW, HASHER, options=RECIPE if kind == "selectors" else {})
    began = time.process_time()
    try:
        parsed = registry.parse(kind, page)
    except ParseError as error:
        assert str(error), where
        return "refused"
    except Exception as error:
        raise AssertionError(where) from error
    finally:
        assert time.process_time() - began < 2.0, where
    try:
        check(parsed)
    except Exception as error:
        raise AssertionError(where) from error
    return "read" if parsed.mentions else "nothing in it"


def check(parsed: Parsed) -> None:
    """Everything that comes out says something and can be written down."""
    for mention in parsed.mentions:
        assert mention.text or mention.title or mention.pros or mention.cons or mention.rating is not None
        mention.to_json().encode()
    report = TargetReport(target="t", kind="k", warnings=parsed.warnings)
    report.add_ratings(parsed.ratings)
    whole = CrawlReport(started_at=NOW, finished_at=NOW, targets=[report])
    json.dumps(whole.plain(), ensure_ascii=False).encode()
    for reject in parsed.rejects:
        reject_line(reject, "kind:host", "t").encode()


# --- damage -----------------------------------------------------------------------------------------------

JUNK: tuple[bytes, ...] = (
    b"<", b'"', b"\x00", b"</div>", b"{", b"]", b"\xff\xfe", b"<!--", b"]]>", b"&#0;", b"\\ud800", b"\\u0000",
    b"null", b"-1e999", b"99999999999999999999", b"<script>", b"\xe2\x80\xae", b"0000-00-00", b"[" * 300, b"<b>" * 300,
)  # fmt: skip
ODD: tuple[Any, ...] = (
    None, True, 0, -1, 1e308, 2**70, "", " ", "\x00", "2026-13-45T99:00:00Z", "NaN", [], {}, [[]], {"a": {}},
    "😡" * 99, "@" * 99, "\ud83d", "a@b.-" * 400, "http://[", ["x"], {"text": 7},
)  # fmt: skip


def damaged(number: int) -> tuple[str, bytes]:
    """The kind and the bytes of page `number`."""
    chance = random.Random(f"sayso:{number}")
    kind = KINDS[number % len(KINDS)]
    body = chance.choice(SOUND[kind])
    if body[:1] in (b"{", b"[") and chance.random() < 0.6:
        value = json.loads(body)
        for _ in range(chance.randrange(1, 6)):
            value = bent(value, chance)
        return kind, json.dumps(value).encode()
    raw = bytearray(body)
    for _ in range(chance.randrange(1, 10)):
        harm(raw, chance)
    return kind, bytes(raw)


def bent(value: Any, chance: random.Random) -> Any:
    """The value with one of its parts missing, doubled, or something else."""
    if not isinstance(value, dict | list) or not value or chance.random() < 0.08:
        return deepcopy(chance.choice(ODD))
    key = chance.choice(list(value) if isinstance(value, dict) else range(len(value)))
    what = chance.randrange(12)
    if what == 0:
        del value[key]
    elif what == 1 and isinstance(value, list):
        value.insert(key, json.loads(json.dumps(value[key])))
    else:
        value[key] = bent(value[key], chance)
    return value


def harm(raw: bytearray, chance: random.Random) -> None:
    """One damage somewhere."""
    place = chance.randrange(len(raw) + 1)
    span = slice(place, place + chance.randrange(1, 200))
    match chance.randrange(6):
        case 0:
            raw[place : place + 1] = bytes([chance.randrange(256)])
        case 1:
            del raw[span]
        case 2:
            raw[place:place] = raw[span] * chance.randrange(1, 4)
        case 3:
            raw[place:place] = chance.choice(JUNK)
        case 4:
            del raw[max(place, len(raw) // 2) :]
        case _:
            other = chance.randrange(len(raw) + 1)
            raw[place:place] = raw[other : other + 120]


# --- the runs ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_sound_pages(kind: str) -> None:
    assert "read" in {read(kind, body, -1) for body in SOUND[kind]}


def test_half_a_character_costs_neither_its_mention_nor_the_report() -> None:
    half = "labi \ud83d"
    mention = Mention(
        source="discourse:x.example", kind="post", native_id=half, url=half, text=half, title="\ud83d\ude00", pros=[half],
        segments={half: half}, collected_at=NOW,
    )  # fmt: skip
    assert mention.title == "😀" and mention.text == "labi \ufffd" == mention.native_id
    mention.to_json().encode()
    report = TargetReport(target="t", kind="k", watermark={"cursor": [half]}, warnings=[half])
    report.add(ParseError(half))
    report.add_ratings([RatingSnapshot(half, NOW, half)])
    whole = CrawlReport(started_at=NOW, finished_at=NOW, targets=[report])
    assert "\ufffd" in json.dumps(whole.plain(), ensure_ascii=False).encode().decode()


def fuzz(first: int, pages: int, seconds: float) -> tuple[int, Counter[tuple[str, str]]]:
    """Reads pages from `first` on until there are enough or the time is over: how many, and what became of them."""
    ended, became = time.monotonic() + seconds, Counter[tuple[str, str]]()
    for number in count(first):
        if number >= first + pages or time.monotonic() > ended:
            return number - first, became
        kind, body = damaged(number)
        became[kind, read(kind, body, number)] += 1
    raise AssertionError("not reached")


def test_some_damaged_pages() -> None:
    done, became = fuzz(0, 800, 600)
    assert done == 800 and {kind for kind, _ in became} == set(KINDS)


@pytest.mark.long
def test_many_damaged_pages() -> None:
    done, became = fuzz(FROM, PAGES, SECONDS)
    assert done, "not a single page in the time that was given"
    for kind in KINDS if done > 1_000 else []:
        ends = {end: became[kind, end] for end in ("read", "refused", "nothing in it")}
        assert ends["read"] > 0.1 * sum(ends.values()), f"{kind}: hardly any page is still one, {ends}"
    if done < PAGES:
        warnings.warn(
            f"{done} of {PAGES} pages in {SECONDS:.0f} s: SAYSO_FUZZ_FROM={FROM + done} goes on", stacklevel=1
        )
