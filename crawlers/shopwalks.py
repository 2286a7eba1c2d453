"""How the spider of `structured` walks a shop: lists, products, their further reviews, and sitemaps."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from crawlers import links, sitemaps
from crawlers.errors import CrawlError
from crawlers.jsonpage import listing, mapping
from crawlers.leads import Leads
from crawlers.parsing import Parsed
from crawlers.state import Validators
from crawlers.visit import Taken, Visit

LEVELS = 2
"""Lists below a front page or an index that are gone through."""
_MOST_PAGES, _MOST_LEFT = 500_000, 1_000


@dataclass(frozen=True, slots=True)
class Step:
    """A page to go to, and how many lists lie between the start and it."""

    url: str
    depth: int = 0


@dataclass(slots=True)
class Walk:
    """One walk through a shop: lists are always walked, products only as far as they say something new."""

    visit: Visit
    survey: Callable[..., tuple[Parsed, Leads]]
    follow: str
    depth: int
    sweep: str | None = None
    waiting: deque[Step] = field(default_factory=deque)
    seen: set[str] = field(default_factory=set)
    unfinished: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Where a whole walk broke off, this one goes on: what it has read whole is left alone."""
        stored = mapping(self.visit.marks.get("unfinished"))
        self.unfinished = {url: [str(page) for page in listing(left)] for url, left in stored.items()}
        if self.visit.whole:
            begun = self.visit.marks.get("sweep")
            self.unfinished = self.unfinished if begun else {url: [] for url in self.unfinished}
            self.sweep = str(begun or self.visit.report.started_at)
            self.visit.mark(sweep=self.sweep)

    def add(self, urls: Sequence[str], depth: int) -> int:
        """Queues addresses not met before; returns how many these were."""
        fresh = [url for url in dict.fromkeys(urls) if url not in self.seen]
        self.seen.update(fresh)
        self.waiting.extend(Step(url, depth) for url in fresh)
        return len(fresh)

    async def run(self) -> None:
        """To the end of what is queued."""
        while self.waiting:
            step = self.waiting.popleft()
            if self.sweep and self.visit.done_before(f"{self.sweep} {step.url}"):
                self.visit.found += 1  # not silent: this sweep has read it
            else:
                await self.page(step, start=False)
        if self.visit.complete:
            self.visit.mark(sweep=None)

    async def page(self, step: Step, *, start: bool) -> None:
        """Reads one page and its further reviews. Until all of them were had it counts as unfinished: further
        down there may be news behind what is known by then."""
        complete, self.visit.complete = self.visit.complete, True
        is_leaf = await self.go_through(step, start=start)
        sound, self.visit.complete = self.visit.complete, complete and self.visit.complete
        if sound:
            self.note(step.url, None)
        if sound and is_leaf and self.sweep:
            self.visit.note_done(f"{self.sweep} {step.url}")

    async def go_through(self, step: Step, *, start: bool) -> bool:
        """Goes on from a list to its products and from a product to its further reviews; whether there is
        nothing but the latter."""
        left = self.unfinished.get(step.url)
        conditional = not (start or self.visit.whole or left is not None)
        leads, taken = await self.read(step.url, start=start, conditional=conditional, whole_page=True)
        if leads is None:
            return False
        listed = self.go_on(leads, step)
        if not listed or leads.found:
            await self.more_reviews(step, leads, taken, left)
        is_leaf = not leads.picked and (leads.is_product or (not leads.shown and step.depth >= self.depth))
        if not is_leaf or (not leads.newest_first and (leads.following or leads.all_reviews)):
            self.visit.state.remember(step.url, Validators())  # what it leads to may change while it does not
        return is_leaf

    async def read(
        self, url: str, *, start: bool = False, conditional: bool = False, whole_page: bool = False
    ) -> tuple[Leads | None, Taken]:
        """Fetches and lands a page. Only the start's failure ends the walk. `whole_page` asks for all that
        the page leads to, not only for the next one."""
        fetch = self.visit.fetch if start else self.visit.try_fetch
        answer = await fetch(url, conditional=conditional)
        if answer is None or answer.not_modified:
            self.visit.found += answer is not None  # unchanged is not silent: what it had is still there
            return None, Taken()
        if whole_page and not self.visit.whole and url not in self.unfinished:
            self.note(url, [])  # before anything of it lands
        wanted = (self.follow,) if whole_page else ()
        taken, leads = await self.visit.read_aside(answer, self.survey, *wanted)
        self.seen.add(answer.url)
        return leads, taken

    def note(self, url: str, left: Sequence[str] | None) -> None:
        """Remembers which further pages of a page wait to be read; None: it was read whole."""
        if left is None and url not in self.unfinished:
            return
        self.unfinished.pop(url, None)
        if left is not None:
            self.unfinished[url] = list(left)[:_MOST_LEFT]
        self.visit.mark(unfinished=dict(list(self.unfinished.items())[-_MOST_LEFT:]))

    def go_on(self, leads: Leads, step: Step) -> int:
        """Queues what a list leads to; returns how many products it shows, 0 for a product's own page."""
        self.add(leads.picked, step.depth + 1)
        if leads.is_product:
            return 0
        fresh = self.add(leads.shown, step.depth + 1)
        if leads.following and (fresh or leads.picked):
            self.add([leads.following], step.depth)
        if step.depth == 0 and not (leads.shown or leads.picked or leads.found or leads.following):
            self.depth = max(self.depth, LEVELS)  # neither product nor list: lists must lie below it
        if step.depth < self.depth:
            below = urlsplit(self.visit.url).path.rpartition("/")[0] + "/"
            lists = [url for url in leads.categories if urlsplit(url).path.startswith(below)]
            self.add(lists, step.depth + 1)
        return len(leads.shown) + len(leads.picked)

    async def more_reviews(self, step: Step, leads: Leads, taken: Taken, left: list[str] | None) -> None:
        """The further pages of reviews, until the last, or until a page has nothing but known ones (newest
        first). A page that repeats what this walk has read ends it too. Where an earlier walk broke off, what
        is new on top is read, and then what that walk had `left`."""
        whole, met, last, missed = self.visit.whole or left is not None, set(leads.ids), leads, list[str]()
        waiting = left or []
        if waiting and not leads.newest_first:
            pages, waiting = deque(waiting), []
        else:
            pages = deque(self.further(leads, taken, whole=whole and not waiting))
        while pages or waiting:
            if not pages:
                pages, waiting = deque(self.resumed(waiting, last)), []
                continue
            self.note(step.url, [*missed, *pages, *waiting])
            url = pages.popleft()
            found, taken = await self.read(url)
            if found is None:
                missed += [] if self.visit.complete else [url]
                continue
            last, fresh = found, found.ids - met
            met |= fresh
            if fresh:
                pages.extend(self.further(found, taken, whole=whole and not waiting))
        if missed:
            self.note(step.url, missed)

    def resumed(self, left: list[str], last: Leads) -> list[str]:
        """Where to go on: at the pages that were left, or, where so much is new that this walk has come that
        far, at the page after its `last` one. What is new moves the rest down, never up."""
        if not self.seen.intersection(left):
            self.seen.update(left)
            return left
        return [*(url for url in left if url not in self.seen), *self.further(last, Taken(), whole=True)]

    def further(self, leads: Leads, taken: Taken, *, whole: bool) -> list[str]:
        """Addresses of further review pages, none met before."""
        if taken.only_known and not whole and leads.newest_first:
            return []
        urls = [*leads.all_reviews, *([leads.following] if leads.following else [])]
        fresh = [url for url in dict.fromkeys(urls) if url not in self.seen]
        self.seen.update(fresh)
        return fresh


async def from_sitemaps(visit: Visit, walk: Walk) -> None:
    """Every page that the sitemaps name below the target's address; after the first walk, only those changed
    since the last one began, or that do not say when they changed."""
    since = _time(visit.marks.get("sitemap_since")) if not visit.whole else None
    began = visit.report.started_at
    for entry in await _all_entries(visit):
        if not _belongs(visit, walk, entry):
            continue
        unchanged = since is not None and entry.changed is not None and entry.changed < since
        visit.found += unchanged  # not silent: it says that nothing was added
        walk.add([] if unchanged else [entry.url], walk.depth)
    await walk.run()
    if began and visit.complete:
        visit.mark(sitemap_since=began.isoformat())


async def _all_entries(visit: Visit) -> list[sitemaps.Entry]:
    """The pages that the site's sitemaps name, those of indexes included."""
    waiting = _roots(visit.url, (await visit.rules(visit.url)).sitemaps)
    read: set[str] = set()
    found: list[sitemaps.Entry] = []
    while waiting:
        url = waiting.pop()
        if url in read or len(found) > _MOST_PAGES:
            continue
        read.add(url)
        for entry in await _entries(visit, url):
            if entry.index and links.same_host(entry.url, visit.url):
                waiting.append(entry.url)
            elif not entry.index:
                found.append(entry)
    return found


def _roots(url: str, stated: tuple[str, ...]) -> list[str]:
    if urlsplit(url).path.endswith((".xml", ".xml.gz", ".txt")):
        return [url]
    return [address for address in stated if links.same_host(address, url)] or [urljoin(url, "/sitemap.xml")]


def _belongs(visit: Visit, walk: Walk, entry: sitemaps.Entry) -> bool:
    """Whether a page is the target's: on its host, below its path, of the shape that `follow` asks."""
    start = urlsplit(visit.url).path
    inside = start.endswith((".xml", ".xml.gz", ".txt")) or urlsplit(entry.url).path.startswith(start or "/")
    return inside and links.same_host(entry.url, visit.url) and links.fits(entry.url, walk.follow)


async def _entries(visit: Visit, url: str) -> list[sitemaps.Entry]:
    answer = await visit.try_fetch(url)
    if answer is None:
        return []
    try:
        return sitemaps.read(answer.body, url, visit.manners.max_page_bytes * 5)
    except CrawlError as error:
        visit.failed(error)
        return []


def _time(stated: object) -> datetime | None:
    return datetime.fromisoformat(stated) if isinstance(stated, str) else None
