"""Kind `selectors`: any site that the config describes by CSS selectors: lists, pages, fields.

The keys are those of `crawlers.recipes.OPTIONS`. A selector may end in `::attr(name)` or `::text`; where it
does not, dates and ratings are read from what the element says to machines before what it shows. Ratings may
be class words (`star-rating Four`), filled stars (`count = true`) or bars; dates may be words of the page's
language. `sayso parse selectors FILE --url URL --config sayso.toml --target NAME` tries a recipe on a saved
page.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urljoin

from lxml.html import HtmlElement

from crawlers import links
from crawlers.errors import BadTarget, CrawlError, HttpError, PageCapReached
from crawlers.fetch import Answer
from crawlers.jsonpage import mapping, string
from crawlers.parsing import Page, Parsed
from crawlers.picking import Pick
from crawlers.recipe_reading import Found, Reading, href_of, land, look, parse, parse_detail
from crawlers.recipes import OPTIONS, BadRecipe, Recipe
from crawlers.source import Source
from crawlers.state import Validators
from crawlers.visit import Taken, Visit
from crawlers.webpage import WebPage, page_number

_GONE = frozenset({404, 410})
_LEVELS = 8
_MOST_LEFT = 1_000


@dataclass(slots=True)
class Step:
    """A page to go to, and at which level of `follow` it lies: behind the last one stand the reviews. `row`
    is what the list said of it."""

    url: str
    level: int
    row: str = ""


@dataclass(slots=True)
class Walk:
    """One walk over a site: lists are always walked, pages of reviews as far as they say something new."""

    visit: Visit
    recipe: Recipe
    sweep: str | None = None
    waiting: deque[Step] = field(default_factory=deque)
    seen: set[str] = field(default_factory=set)
    start: str = ""
    unfinished: dict[str, str] = field(default_factory=dict)

    async def run(self) -> None:
        """From the target's address to the end. Where a whole walk broke off, it goes on."""
        self.start = self.visit.url
        stored = mapping(self.visit.marks.get("unfinished"))
        self.unfinished = {url: string(left) or "" for url, left in stored.items()}
        if self.visit.whole:
            begun = self.visit.marks.get("sweep")
            self.unfinished = self.unfinished if begun else dict.fromkeys(self.unfinished, "")
            self.sweep = str(begun or self.visit.report.started_at)
            self.visit.mark(sweep=self.sweep)
        self.add([self.start], 0)
        while self.waiting:
            step = self.waiting.popleft()
            if step.level < len(self.recipe.follow):
                await self.go_through(step)
            else:
                await self.collect(step.url, row=step.row)
        if self.visit.complete:
            self.visit.mark(sweep=None)

    def add(self, urls: Sequence[str], level: int) -> None:
        """Queues addresses not met before."""
        for url in urls:
            if url not in self.seen:
                self.seen.add(url)
                self.waiting.append(Step(url, level))

    async def go_through(self, step: Step) -> None:
        """Queues what a list leads to. One that leads nowhere but shows reviews is read as their page."""
        answer = await self.fetch(step.url, guessed=bool(self.recipe.pages))
        if answer is None:
            return
        readings: list[Reading] = []
        web = self.page(answer, readings)
        if web is None:
            return
        wanted = self.rows(web, step)
        if not wanted and readings[0].found:
            await self.collect(step.url, answer)
        elif not wanted and step.url == self.start:
            self.visit.report.warn(f"follow finds no link on {step.url}: has the layout changed?")
        elif wanted and (following := self.following(web, answer.url, 1)):
            self.add([following], step.level)

    def rows(self, web: WebPage, step: Step) -> list[str]:
        """The pages that a list leads to. Queued are those that are new or have changed since they were read,
        where the list tells."""
        found = links.wanted_links(web, self.recipe.follow[step.level])
        changed = self.recipe.changed if step.level + 1 == len(self.recipe.follow) else None
        targets = dict(found)
        for link, url in found:
            row = _row(changed, link, url, targets) if changed else ""
            if row and self.visit.done_before(row):
                self.visit.found += 1  # not silent: it says that nothing was added
            elif url not in self.seen:
                self.seen.add(url)
                self.waiting.append(Step(url, step.level + 1, row))
        return [url for _, url in found]

    def page(self, answer: Answer, readings: list[Reading]) -> WebPage | None:
        """The tree of a list's page, and in `readings` its items; None where it cannot be read."""

        def parser(page: Page) -> Parsed:
            readings.append(look(page))
            return Parsed()

        self.visit.read(answer, parser=parser)
        return readings[0].web if readings else None

    async def fetch(self, url: str, *, conditional: bool = False, guessed: bool = False) -> Answer | None:
        """Only the failure of the first page ends the walk. A page whose address was guessed by `pages` may
        not be there: that is the end of its list, and no error."""
        if url == self.start:
            return await self.visit.fetch(url, conditional=conditional)
        try:
            return await self.visit.fetch(url, conditional=conditional)
        except PageCapReached:
            raise
        except CrawlError as error:
            if not (guessed and isinstance(error, HttpError) and error.status in _GONE):
                self.visit.failed(error)
            return None

    async def collect(self, url: str, answer: Answer | None = None, *, row: str = "") -> None:
        """All pages of one list of reviews, until the last, or until nothing in them is new."""
        part = f"{self.sweep} {url}"
        if self.sweep and self.visit.done_before(part):
            return
        left = self.unfinished.get(url)
        self.note(url, left or "")
        if await self.pages(url, answer, left):
            self.note(url, None)
            for done in filter(None, (part if self.sweep else "", row)):
                self.visit.note_done(done)

    def note(self, url: str, left: str | None) -> None:
        """Remembers that a list was not read whole, and which of its pages waits; None: it was."""
        self.unfinished.pop(url, None)
        if left is not None:
            self.unfinished[url] = left
        self.visit.mark(unfinished=dict(list(self.unfinished.items())[-_MOST_LEFT:]))

    async def pages(self, start: str, answer: Answer | None, left: str | None) -> bool:
        """Reads page after page; whether all that should be read was. Where an earlier walk broke off, what
        is new on top is read, and then from the page on that it `left`."""
        url, met, whole, sound = start, set[str](), left is not None or self.visit.whole, True
        for number in itertools.count(1):
            guessed = number > 1 and bool(self.recipe.pages)
            conditional = not whole and number == 1
            answer = answer or await self.fetch(url, conditional=conditional, guessed=guessed)
            if answer is None or answer.not_modified:
                self.visit.found += answer is not None  # unchanged is not silent: what it had is still there
                return answer is not None or self.visit.complete
            reading, taken, had = await self.read(answer, whole=whole)
            sound = sound and had
            if reading is None:
                return False
            following, falls = self.following(reading.web, answer.url, number), self.falls(reading)
            if following and not falls:
                self.visit.state.remember(answer.asked, Validators())  # news may come while it stays as it is
            fresh = {one.native_id for one in reading.found} - met
            met |= fresh
            ended = not fresh or (taken.only_known and falls and bool(left or not whole))
            if left and (ended or not falls or following is None):  # what is new on top was read
                following, left, ended = (following if left in self.seen else left), None, False
            if ended or following is None or following in self.seen:
                return sound
            self.note(start, left or following)
            self.seen.add(following)
            url, answer = following, None
        return True

    async def read(self, answer: Answer, *, whole: bool) -> tuple[Reading | None, Taken, bool]:
        """Lands one page of reviews, each completed by its own page where it has one."""
        readings: list[Reading] = []

        def parser(page: Page) -> Parsed:
            readings.append(look(page))
            land(page, [one for one in readings[0].found if one.detail is None], readings[0].parsed)
            return readings[0].parsed

        taken = self.visit.read(answer, parser=parser)
        if not readings:
            return None, taken, False
        sound = True
        for one in readings[0].found:
            if one.detail is not None:
                sound = await self.complete(answer, one, taken, whole=whole) and sound
        return readings[0], taken, sound

    async def complete(self, listed: Answer, one: Found, taken: Taken, *, whole: bool) -> bool:
        """Lands an item with what its own page says; the page of a known one is left alone. Where the page
        cannot be had, what the list says lands."""
        source = f"selectors:{self.visit.page(listed).host}"
        if not whole and self.visit.knows(source, one.native_id):
            self.visit.report.known += 1
            taken.known += 1
            return True
        answer = await self.visit.try_fetch(one.detail or "")

        def parser(page: Page) -> Parsed:
            return parse_detail(page, one.draft, one.native_id) or Parsed()

        own = self.visit.read(answer, parser=parser) if answer else Taken(failed=True)
        if own.failed or not own.fresh + own.repeated:
            parsed = Parsed()
            land(self.visit.page(listed), [one], parsed)
            own = self.visit.take(parsed)
        taken.new, taken.edited = taken.new + own.new, taken.edited + own.edited
        taken.known += own.known
        return answer is not None or self.visit.complete

    def following(self, web: WebPage, url: str, number: int) -> str | None:
        """The address of the page after this one of the same list."""
        recipe = self.recipe
        if recipe.pages:
            return urljoin(url, recipe.pages.replace("{page}", str((page_number(url) or number) + 1)))
        if not recipe.paged:
            return None
        likely = links.next_page(web)
        if recipe.next is None:
            return likely
        hrefs = (href_of(match) for match in recipe.next.matches(web.root))
        given = next((found for href in hrefs if (found := links.here(web, href)) and found != web.url), None)
        if given is None and likely and likely not in self.seen:
            self.visit.report.warn(f"next finds nothing on {url}, where a link seems to lead on: {likely}")
        return given

    def falls(self, reading: Reading) -> bool:
        """Whether nothing new can follow what is known: the list says so, or its dates fall."""
        if self.recipe.newest_first is not None:
            return self.recipe.newest_first
        times = [one.draft.date.at for one in reading.found if one.draft.date]
        return all(later >= earlier for later, earlier in itertools.pairwise(times))


def _row(changed: Pick, link: HtmlElement, url: str, targets: Mapping[HtmlElement, str]) -> str:
    """What the list's row around a link says; "" where it says nothing. A row has one target only."""
    around: HtmlElement | None = link
    for _ in range(_LEVELS):
        if around is None or any(targets.get(other, url) != url for other in around.iter("a")):
            return ""
        said = changed.texts(changed.matches(around))
        if said:
            return f"row {url} {' '.join(said)[:500]}"
        around = around.getparent()
    return ""


async def walk(visit: Visit) -> None:
    """From the target's address through the levels of `follow` to the reviews, and all their pages."""
    try:
        recipe = Recipe.of(visit.target.options)
    except BadRecipe as error:
        advice = "mend it in sayso.toml; `sayso sources` lists the keys"
        raise BadTarget(str(error), where=visit.target.name, next_step=advice) from error
    await Walk(visit, recipe).run()


SOURCE = Source(
    kind="selectors",
    summary="Any site that you describe by CSS selectors: lists, further pages, fields of each review.",
    spider=walk,
    parser=parse,
    terms="Only where the site's terms and robots.txt allow. Texts stay their authors' works.",
    options=OPTIONS,
)
