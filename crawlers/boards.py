"""Forum engines by their markup: what all of them have in common. An engine says where things stand on its
pages; reading posts, paging through threads and remembering what moved is done here."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, timedelta, timezone, tzinfo
from typing import ClassVar
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lxml.html import HtmlElement
from pydantic import ValidationError

from crawlers import links
from crawlers.dates import Moment, in_zone, leads_with_month, month_first
from crawlers.drafts import Draft
from crawlers.parsing import Deleted, Page, Parsed, ParseError, Reject
from crawlers.picking import css, honest, size
from crawlers.reviews import mention_of
from crawlers.text import MASK, element_text, mask_handles
from crawlers.webpage import WebPage, open_page

MOST_POSTS = 1_000
"""Posts of one page that are read; forums show 100 at most."""
_NESTED, _TIMES, _SMALL, _LINE = 3, 60, 40, 300
_SESSION = re.compile(r"(?:[0-9a-f]{32}|[0-9a-z]{26,})\Z", re.IGNORECASE)
_UNSTEADY = frozenset({"highlight", "hilit", "view", "goto", "nojs", "styleid", "mode"})
_HALF_DAYS = re.compile(r"\d[-/]\d{1,2}[-/]\d{2,4}\b.*\d\s?[AP]M\b", re.IGNORECASE | re.DOTALL)
_OFFSET = re.compile(r"(?:UTC|GMT)\s*([+\-−]\s*\d{1,2}(?::?\d{2})?)?", re.IGNORECASE)
_FOOTERS = (
    "[id*=foot], [class*=foot], [class*=copyright], [class*=timezone], .smallfont, .gensmall, p, li, td"
)


@dataclass(frozen=True, slots=True)
class Thread:
    """A row of a list of threads. `moved` changes with every new post; "" where the row does not tell.
    `pinned` rows stand first whatever their age."""

    url: str
    key: str
    moved: str
    pinned: bool = False

    @property
    def state(self) -> str:
        """The thread as it stands now."""
        return f"thread {self.key} {self.moved}"


@dataclass(frozen=True, slots=True)
class Pager:
    """Where a page's pager leads; None where it leads nowhere."""

    following: str | None = None
    preceding: str | None = None
    last: str | None = None


class Engine(ABC):
    """How one forum software marks its pages up. Elements are looked for by CSS, several themes at once."""

    kind: ClassVar[str]
    posts: ClassVar[str]
    pagers: ClassVar[str]
    nexts: ClassVar[str]
    prevs: ClassVar[str]
    smallest: ClassVar[int] = 1

    @abstractmethod
    def draft(self, board: Board, post: HtmlElement) -> Draft | None:
        """A post with its id, author, text and times; None for what is no post. Raises ValueError with the
        reason why one is not taken."""

    @abstractmethod
    def title(self, web: WebPage) -> str:
        """The thread's title, or ""."""

    @abstractmethod
    def threads(self, web: WebPage) -> list[Thread]:
        """The threads that a list shows, in its order."""

    @abstractmethod
    def forums(self, web: WebPage) -> list[str]:
        """The forums that an index or a forum shows below itself."""

    @abstractmethod
    def number(self, url: str) -> int | None:
        """The page's number in an address, or None."""

    def elements(self, web: WebPage) -> list[HtmlElement]:
        """What holds one post each."""
        found: list[HtmlElement] = css(self.posts)(web.root)
        return found

    def when(self, post: HtmlElement) -> Iterator[str]:
        """Texts that may be the post's date, for the order of day and month over the page."""
        yield from ()

    def pager(self, web: WebPage) -> Pager:
        """Where to go from a page of a list or a thread."""
        here = self.number(web.url) or self.smallest
        numbered: dict[int, str] = {}
        for anchor in css(self.pagers)(web.root):
            url = links.here(web, anchor.get("href"))
            number = (self.number(url) or self.smallest) if url else None
            if url and number is not None and self.same(web.url, url):
                numbered.setdefault(number, steady(url))
        later, earlier = [n for n in numbered if n > here], [n for n in numbered if n < here]
        return Pager(
            following=_related(web, f"link[rel~=next], a[rel~=next], {self.nexts}")
            or (numbered[min(later)] if later else None),
            preceding=_related(web, f"link[rel~=prev], a[rel~=prev], {self.prevs}")
            or (numbered[max(earlier)] if earlier else None),
            last=numbered[max(later)] if later else None,
        )

    def same(self, url: str, other: str) -> bool:
        """Whether two addresses are pages of one list or thread."""
        return True


def _related(web: WebPage, selector: str) -> str | None:
    for element in css(selector)(web.root):
        url = links.here(web, element.get("href"))
        if url and url != web.url:
            return steady(url)
    return None


def steady(url: str) -> str:
    """An address without session, highlighting and fragment."""
    try:
        parts = urlsplit(url)
        pairs = parse_qsl(parts.query, keep_blank_values=True, max_num_fields=50)
    except ValueError:
        return url
    kept = [(k, v) for k, v in pairs if k not in _UNSTEADY and not (k in ("sid", "s") and _SESSION.match(v))]
    query = parts.query if len(kept) == len(pairs) else urlencode(kept)
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))


# --- reading a page ---------------------------------------------------------------------------------------


@dataclass(slots=True)
class Board:
    """One page of a forum, and how its times are to be read."""

    web: WebPage
    zone: tzinfo | None = None
    months_first: bool = False
    opens: bool = False

    def moment(self, raws: Iterable[str | None]) -> tuple[Moment | None, str]:
        """The first of these texts that is a time, and that text."""
        for raw in raws:
            if not raw:
                continue
            text = month_first(raw) if self.months_first else raw
            found = self.web.moment(text)
            if found is not None:
                return in_zone(found, text, self.zone), raw
        return None, ""

    def date(self, draft: Draft, raws: Iterable[str | None]) -> None:
        """Dates the draft by the first of these texts that is a time."""
        found, raw = self.moment(raws)
        if found is not None:
            draft.date, draft.raw_date = found, "" if found.relative else raw

    def edit(self, draft: Draft, raws: Iterable[str | None]) -> None:
        """Notes when the post was edited, if that was after it was written."""
        found, _ = self.moment(raws)
        if found is not None and draft.date is not None and found.at > draft.date.at:
            draft.edited = found


def each(element: HtmlElement, *selectors: str) -> Iterator[HtmlElement]:
    """Elements below that match, those of the first selector first."""
    return (found for selector in selectors for found in css(selector)(element) if found is not element)


def one(element: HtmlElement, *selectors: str) -> HtmlElement | None:
    """The first element below that matches the first selector that any does."""
    return next(each(element, *selectors), None)


def attribute(element: HtmlElement, name: str, *selectors: str) -> str | None:
    """The attribute of the first element below that matches and has it."""
    return next((value for found in each(element, *selectors) if (value := found.get(name))), None)


def label(element: HtmlElement | None, *, without: str = "") -> str:
    """A short text on one line, without elements that match."""
    if element is None:
        return ""
    left_out = frozenset(css(without)(element)) if without else frozenset()
    return " ".join(element_text(element, left_out.__contains__ if left_out else None).split())[:500]


def words(element: HtmlElement | None, without: str, people: str = "") -> str:
    """What the author wrote: without quotes and the like, with names of other people masked."""
    if element is None:
        return ""
    left_out = frozenset(css(without)(element))
    for person in css(people)(element) if people else ():
        for child in list(person):
            person.remove(child)
        person.text = MASK
    return mask_handles(element_text(element, left_out.__contains__))


def digits(text: str | None) -> str:
    """The last run of digits in a text, or ""."""
    found = re.findall(r"\d+", (text or "")[:500])
    return found[-1][:20] if found else ""


def query(url: str | None, name: str) -> str:
    """A value of an address's query, or ""."""
    try:
        pairs = parse_qsl(urlsplit(url or "").query, max_num_fields=50)
    except ValueError:
        return ""
    return next((value for key, value in pairs if key == name), "")


def around(element: HtmlElement, wanted: Callable[[HtmlElement], bool], most: int = 12) -> HtmlElement | None:
    """The nearest element around this one that is wanted."""
    found: HtmlElement | None = element
    for _ in range(most):
        if found is None or wanted(found):
            return found
        found = found.getparent()
    return None


def has_class(element: HtmlElement, *names: str) -> bool:
    return bool({*names} & {*(element.get("class") or "").split()})


def look(engine: Engine, page: Page) -> tuple[WebPage, Parsed]:
    """A page and its posts. A list of threads or forums gives no mention.

    Raises ParseError for what is no page of this engine.
    """
    web, parsed = open_page(page), Parsed()
    elements, reasons = honest(web.root, engine.elements(web), most=MOST_POSTS, deepest=_NESTED)
    parsed.rejects += [Reject(reason, page.url, "") for reason in reasons]
    if not elements and not engine.threads(web) and not engine.forums(web):
        raise ParseError(f"{page.url}: neither posts nor threads nor forums of {engine.kind} here")
    board = _board(engine, page, web, elements)
    title, seen = mask_handles(engine.title(web)), set[str]()
    for element in elements:
        _read(engine, board, element, title, seen, page, parsed)
    return web, parsed


def _read(
    engine: Engine,
    board: Board,
    element: HtmlElement,
    title: str,
    seen: set[str],
    page: Page,
    parsed: Parsed,
) -> None:
    """Adds one post as a mention, or as a reject without text or name."""
    try:
        draft = engine.draft(board, element)
        if draft is None or draft.ids[0] in seen:
            return
        parsed.found += 1
        opens, native = board.opens and not seen, draft.ids[0]
        seen.add(native)
        draft = replace(draft, kind="post" if opens else "reply", title=draft.title or title)
        if not draft.text:
            raise ValueError("no text of its own")
        parsed.mentions.append(mention_of(page, f"{engine.kind}:{page.host}", draft, native))
    except ValidationError as error:
        parsed.rejects.append(Reject(str(error.errors()[0]["msg"]), page.url, ""))
    except ValueError as error:
        gone = error.of(f"{engine.kind}:{page.host}") if isinstance(error, Deleted) else None
        parsed.rejects.append(Reject(str(error), page.url, (element.get("id") or "")[:100], gone))


def _board(engine: Engine, page: Page, web: WebPage, elements: list[HtmlElement]) -> Board:
    shown = [text for element in elements for text in engine.when(element)]
    stated, told = page.options.get("month_first"), leads_with_month(shown)
    first = stated if isinstance(stated, bool) else told if told is not None else _american(web, shown)
    opens = engine.number(web.url) in (None, engine.smallest) and engine.pager(web).preceding is None
    return Board(web, _zone(page, web), bool(first), opens)


def _american(web: WebPage, shown: list[str]) -> bool:
    """Whether numeric dates that do not tell put the month first: engines begin so, with clocks that say AM
    and PM; boards elsewhere change it."""
    english = not web.languages or web.languages[0] in ("en", "en-us")
    return english and any(_HALF_DAYS.search(text[:200]) for text in shown)


def _zone(page: Page, web: WebPage) -> tzinfo | None:
    """The zone of times without one: the target's `timezone`, else what the page's foot states, else the
    home's. A foot states how far ahead it is today: where the home's zone is that far, it is taken for that
    zone, which knows summer from winter."""
    own, home = _named_zone(page, "timezone"), _named_zone(page, "home_timezone")
    stated = None if own else _stated_zone(web)
    if own or stated is None:
        return own or home
    same = home is not None and page.collected_at.astimezone(home).utcoffset() == stated.utcoffset(None)
    return home if same else stated


def _named_zone(page: Page, option: str) -> tzinfo | None:
    name = page.options.get(option)
    if not isinstance(name, str) or not name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ParseError(f"timezone = {name!r} is no zone such as Europe/Riga") from error


def _stated_zone(web: WebPage) -> tzinfo | None:
    """What a small line at the page's foot says: "All times are GMT +2"."""
    for element in css(_FOOTERS)(web.root)[: -_TIMES - 1 : -1]:
        text = " ".join("".join(element.itertext()).split()) if size(element) < _SMALL else ""
        found = _OFFSET.search(text) if len(text) < _LINE else None
        if found:
            return _offset(found[1] or "")
    return None


def _offset(written: str) -> tzinfo:
    """ "+ 2", "-03:30", "+0200": hours and minutes ahead of UTC."""
    number = "".join(ch for ch in written if ch.isdigit())
    hours, minutes = (number[:-2], number[-2:]) if len(number) > 2 else (number, "")
    ahead = min(timedelta(hours=int(hours or 0), minutes=int(minutes or 0)), timedelta(hours=14))
    return timezone(ahead if "+" in written else -ahead) if ahead else UTC
