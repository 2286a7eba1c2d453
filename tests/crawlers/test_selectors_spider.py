"""The spider of `selectors` over real HTTP: a shop with lists, pages of reviews, and a page for each review."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import pytest

from crawlers.report import TargetReport
from crawlers.target import Target

Play = Generator[Target, TargetReport, None]
WORDS = ("One", "Two", "Three", "Four", "Five")
TEXTS = (
    "Solid phone 👍", "Piegāde bija ātra, iesaku!", "Dodání trvalo dva týdny.", "Ужасная доставка",
    "Kaina per didelė", "Soovitan väga!", "Świetna obsługa", "Größer als gedacht", "=1+1 <b>x</b>",
)  # fmt: skip
RECIPE: dict[str, Any] = {
    "follow": ["h3 a", "/p/*/reviews"],
    "item": "article.review",
    "rating_max": 5,
    "language": "cs",
    "fields": {"text": "p", "rating": "i::attr(class)", "author": "b", "date": "time", "url": "a"},
}


@dataclass
class Shop:
    """Three reviews a page, newest first, three products a list; `/all` has page numbers without links."""

    stage: Any
    reviews: dict[int, list[str]] = field(default_factory=dict)
    last_link: bool = True

    def __post_init__(self) -> None:
        site = self.stage.site
        site.serve("/shop", lambda asked: self.page(self.listing(asked)))
        site.serve("/all", lambda asked: self.page(self.some(7, asked, "")))
        site.serve("/review/*", lambda asked: self.page(self.whole(asked.path)))

    def page(self, body: str) -> Any:
        reply = type(self.stage.site.route("/nowhere")(None))
        return reply(f"<html><body>{body}</body></html>".encode(), headers={"Content-Type": "text/html"})

    def add(self, product: int, number: int) -> None:
        self.reviews.setdefault(product, [])
        self.stage.site.serve(f"/p/{product}", f"<a href='/p/{product}/reviews'>all reviews</a>")
        path = f"/p/{product}/reviews"
        self.stage.site.serve(path, lambda asked: self.page(self.some(product, asked, path)))
        self.reviews[product] += [TEXTS[n % len(TEXTS)] + f" #{n}" for n in range(number)]

    def listing(self, asked: Any) -> str:
        page = int(asked.query.get("page", ["1"])[0])
        shown = list(self.reviews)[(page - 1) * 3 : page * 3]
        cards = "".join(
            f"<div><h3><a href='/p/{product}'>X{product}</a></h3><em>{len(self.reviews[product])} recenzí</em></div>"
            for product in shown
        )
        more = f"<a rel=next href='?page={page + 1}'>další</a>" if len(self.reviews) > page * 3 else ""
        return cards + more

    def some(self, product: int, asked: Any, path: str) -> str:
        page = int(asked.query.get("page", ["1"])[0])
        whole = list(enumerate(self.reviews[product]))[::-1]
        shown = "".join(self.item(product, n, text) for n, text in whole[(page - 1) * 3 : page * 3])
        linked = path and (len(whole) > page * 3 or self.last_link)
        return shown + (f"<a class='next' href='{path}?page={page + 1}'>další</a>" if linked else "")

    def item(self, product: int, n: int, text: str) -> str:
        safe = text.replace("<", "&lt;")
        return (
            f"<article class=review><i class='stars {WORDS[n % 5]}'></i><b>Jana {n % 4}</b>"
            f"<time>{n % 27 + 1}. října 2026</time><p>{safe}</p><a href='/review/{product}/{n}'>#</a></article>"
        )

    def whole(self, path: str) -> str:
        _, _, product, n = path.split("/")
        return (
            f"<section><p>{self.reviews[int(product)][int(n)].replace('<', '&lt;')}, celý text</p></section>"
        )


def target(stage: Any, path: str = "/shop", recheck_days: int = 30, **changes: Any) -> Target:
    options = {key: value for key, value in (RECIPE | changes).items() if value is not None}
    return Target(stage.name, "selectors", stage.site.url + path, recheck_days=recheck_days, options=options)


def ids(stage: Any) -> set[str]:
    return {record["native_id"] for record in stage.landed()}


def whole(stage: Any) -> Play:
    """All lists and pages, through a pause and a failure; then what is new, and by a sweep what was edited."""
    shop = Shop(stage)
    for product, number in enumerate((7, 1, 3, 4, 2)):
        shop.add(product, number)
    stage.site.first_answer("/p/0/reviews", [{"status": 429, "headers": {"Retry-After": "0"}}])
    stage.site.first_answer("/shop", [{"status": 503}])
    report = yield target(stage)
    assert (report.outcome, report.new, report.errors, report.warnings) == ("done", 17, [], [])
    assert len(ids(stage)) == len(stage.landed()) == 17
    landed = {record["text"]: record for record in stage.landed()}
    first = landed["Piegāde bija ātra, iesaku! #1"]
    assert (first["rating"], first["published_at"]) == (2, "2026-10-02T00:00:00Z")
    report = yield target(stage)
    assert (report.outcome, report.new, report.edited, report.warnings) == ("done", 0, 0, [])
    shop.reviews[0].append("Nové")
    shop.reviews[0][0] = "Změněno"
    report = yield target(stage)
    assert (report.new, report.edited) == (1, 0)
    report = yield target(stage, recheck_days=0)
    assert (report.outcome, report.new, report.edited) == ("done", 0, 1)


def broken_off(stage: Any) -> Play:
    """What a failing page hid is read by the next run, also where the page before it holds nothing new."""
    shop = Shop(stage)
    shop.add(0, 9)
    shop.add(1, 3)
    yield target(stage)
    shop.reviews[0] += [f"nový {n}" for n in range(6)]
    last = [{"status": 500}] * 3
    stage.site.first_answer("/p/0/reviews", last, lambda asked: asked.query.get("page") == ["2"])
    report = yield target(stage)
    assert (report.outcome, report.new) == ("partial", 3)
    report = yield target(stage)
    assert (report.outcome, report.new) == ("done", 3)
    assert len(ids(stage)) == len(stage.landed()) == 18


def capped(stage: Any) -> Play:
    """A walk that had to stop goes on where it was: what was read whole is not read again."""
    shop = Shop(stage)
    for product in range(4):
        shop.add(product, 5)
    report = yield target(stage, max_pages=10)
    assert report.outcome == "partial" and 0 < report.new < 20
    asked = len(stage.site.asked)
    report = yield target(stage)
    assert (report.outcome, len(stage.landed())) == ("done", 20)
    again = [one.path for one in stage.site.asked[asked:]]
    assert "/p/0/reviews" not in again and "/p/3/reviews" in again


def details(stage: Any) -> Play:
    """The item's own page says the rest; that of a known one is left alone until a sweep."""
    shop = Shop(stage)
    shop.add(7, 5)
    shop.last_link = False
    changes = {"detail": "a", "detail_fields": {"text": "section p"}, "follow": None}
    stage.site.first_answer("/review/*", [{"status": 404}], lambda asked: asked.path == "/review/7/3")
    report = yield target(stage, "/p/7/reviews", **changes)
    assert (report.outcome, report.new) == ("done", 5)
    texts = {record["text"] for record in stage.landed()}
    assert "Solid phone 👍 #0, celý text" in texts and "Ужасная доставка #3" in texts
    report = yield target(stage, "/p/7/reviews", **changes)
    assert (report.new, report.known, report.pages) == (0, 3, 1)
    shop.reviews[7][0] = "Změněno"
    report = yield target(stage, "/p/7/reviews", recheck_days=0, **changes)
    assert (report.new, report.edited) == (0, 2)


def told_by_the_list(stage: Any) -> Play:
    """Where a list says how many reviews there are, only products with more of them are visited again."""
    shop = Shop(stage, last_link=False)
    for product, number in enumerate((2, 3, 1, 4)):
        shop.add(product, number)
    changes = {"follow": ["h3 a"], "changed": "em"}
    for product in shop.reviews:
        path = f"/p/{product}"
        stage.site.serve(path, lambda asked, one=product, at=path: shop.page(shop.some(one, asked, at)))
    report = yield target(stage, **changes)
    assert (report.outcome, report.new) == ("done", 10)
    shop.reviews[2].append("Nové")
    since = len(stage.site.asked)
    report = yield target(stage, **changes)
    assert (report.outcome, report.new, report.warnings) == ("done", 1, [])
    assert [asked.path for asked in stage.site.asked[since:] if asked.path.startswith("/p/")] == ["/p/2"]
    shop.reviews[0][0] = "Změněno"
    report = yield target(stage, recheck_days=0, **changes)
    assert (report.new, report.edited) == (0, 1)


def numbered(stage: Any) -> Play:
    """Pages without links between them, up to the empty one."""
    shop = Shop(stage)
    shop.add(7, 6)
    report = yield target(stage, "/all", pages="/all?page={page}", follow=None)
    assert (report.outcome, report.new, report.pages) == ("done", 6, 3)
    shop.reviews[7] += ["nové", "novější"]
    stage.site.first_answer("/all", [{"status": 404}], lambda asked: asked.query.get("page") == ["4"])
    report = yield target(stage, "/all", pages="?page={page}", follow=None, newest_first=False)
    assert (report.outcome, report.new, report.errors) == ("done", 2, [])


def unlinked(stage: Any) -> Play:
    """A `next` that finds nothing where a link leads on, and a `follow` that finds nothing, are told."""
    shop = Shop(stage)
    shop.add(0, 4)
    report = yield target(stage, "/p/0/reviews", follow=None, next="a.weiter")
    assert report.new == 3 and "next finds nothing" in report.warnings[0]
    report = yield target(stage, follow=["h4 a"])
    assert any("follow finds no link" in warning for warning in report.warnings)


def misspelt(stage: Any) -> Play:
    """A key that is none of the kind's is said, not passed over."""
    report = yield target(stage, itm="x")
    assert report.outcome == "failed" and "'itm'" in report.errors[0].what
    report = yield target(stage, fields={"text": "p["})
    assert report.outcome == "failed" and "fields.text" in report.errors[0].what


def forbidden(stage: Any) -> Play:
    """robots.txt is obeyed also for pages that a recipe leads to."""
    shop = Shop(stage)
    shop.add(0, 2)
    shop.add(1, 2)
    stage.site.serve("/robots.txt", "User-agent: *\nDisallow: /p/1")
    report = yield target(stage)
    assert (report.new, "/p/1" in stage.site.paths()) == (2, False)


SCENARIOS = {
    one.__name__: one
    for one in (whole, broken_off, capped, details, told_by_the_list, numbered, unlinked, misspelt, forbidden)
}


@pytest.fixture(scope="module")
def played(play: Any, make_home: Any, tmp_path_factory: Any) -> dict[str, Exception | None]:
    found: dict[str, Exception | None] = play(
        SCENARIOS, make_home(tmp_path_factory.mktemp("selectors") / "landing")
    )
    return found


@pytest.mark.parametrize("name", SCENARIOS)
def test_spider(name: str, played: dict[str, Exception | None]) -> None:
    if error := played[name]:
        raise error
