"""How forums are walked: lists of threads by their last post, threads from where they had been read."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from crawlers.boards import Engine, Pager, Thread, look, steady
from crawlers.fetch import Answer
from crawlers.parsing import Page, Parsed
from crawlers.source import Source
from crawlers.visit import Taken, Visit
from crawlers.walks import to_the_end
from crawlers.webpage import WebPage


@dataclass(slots=True)
class Sight:
    """A page that was fetched and landed."""

    web: WebPage
    url: str
    taken: Taken
    pager: Pager


@dataclass(slots=True)
class Walk:
    """One walk over a thread, a forum with those below it, or a whole board. `to_end` says that lists are
    walked beyond what is known."""

    visit: Visit
    engine: Engine
    to_end: bool
    waiting: deque[str] = field(default_factory=deque)
    seen: set[str] = field(default_factory=set)

    async def run(self) -> None:
        """From the target's address on."""
        start = self.sight(await self.visit.fetch(self.visit.url))
        if start is None:
            return
        if start.taken.parsed.found:
            await self.thread(Thread(steady(start.url), steady(start.url), ""), start)
            return
        self.seen |= {steady(self.visit.url), steady(start.url)}
        await self.forum(start)
        while self.waiting:
            page = await self.see(self.waiting.popleft())
            if page is not None:
                await self.forum(page)

    async def see(self, url: str) -> Sight | None:
        """Fetches and lands a page without which the walk goes on."""
        answer = await self.visit.try_fetch(url)
        return self.sight(answer) if answer is not None else None

    def sight(self, answer: Answer) -> Sight | None:
        """Lands a page; None where it cannot be read."""
        webs: list[WebPage] = []

        def parser(page: Page) -> Parsed:
            web, parsed = look(self.engine, page)
            webs.append(web)
            return parsed

        taken = self.visit.read(answer, parser=parser)
        return Sight(webs[0], answer.url, taken, self.engine.pager(webs[0])) if webs else None

    async def forum(self, page: Sight) -> None:
        """The threads of a forum, page by page, down to the first page on which nothing has moved; the forums
        below it wait for their turn."""
        for url in self.engine.forums(page.web):
            if (clean := steady(url)) not in self.seen:
                self.seen.add(clean)
                self.waiting.append(clean)
        current: Sight | None = page
        while current is not None:
            threads = self.engine.threads(current.web)
            moved = [one for one in threads if not (one.moved and self.visit.done_before(one.state))]
            self.visit.found += len(threads) - len(moved)  # not silent: they say that nothing was added
            for thread in moved:
                await self.row(thread)
            resting = [one for one in threads if one not in moved and not one.pinned]
            stale = bool(resting) and not [one for one in moved if not one.pinned]
            following = current.pager.following
            if not threads or (stale and not self.to_end) or following is None or following in self.seen:
                return
            self.seen.add(following)
            current = await self.see(following)

    async def row(self, thread: Thread) -> None:
        """A thread that a list shows as moved. It may stand in several lists."""
        if thread.url in self.seen:
            return
        self.seen.add(thread.url)
        page = await self.see(thread.url)
        if page is not None:
            await self.thread(thread, page)

    async def thread(self, thread: Thread, first: Sight) -> None:
        """All that is new in a thread whose first page was read: all pages of one not read before, else from
        its last page back to what is known."""
        visit, known = self.visit, f"thread {thread.key} begun"
        unfinished = [one for one in visit.marks.get("unfinished", []) if isinstance(one, str)]
        others = [one for one in unfinished if one != thread.key]
        backwards = first.pager.last is not None or first.pager.following is None
        again = backwards and not visit.whole and thread.key not in unfinished and visit.done_before(known)
        visit.mark(unfinished=[*others, thread.key][-1_000:])
        if await (self.back(first) if again else self.forward(first)):
            visit.mark(unfinished=others)
            visit.note_done(known)
            if thread.moved:
                visit.note_done(thread.state)

    async def forward(self, page: Sight) -> bool:
        """From a page to the thread's end; whether it was reached."""
        met = {steady(page.url)}
        while page.pager.following is not None and page.pager.following not in met:
            met.add(page.pager.following)
            following = await self.see(page.pager.following)
            if following is None:
                return False
            if _leads_nowhere(following.taken):
                return True  # beyond the end some boards show the last page again
            page = following
        return True

    async def back(self, first: Sight) -> bool:
        """From a thread's last page back to one on which everything is known, or to the first."""
        met, url = {steady(first.url)}, first.pager.last
        while url is not None and url not in met:
            met.add(url)
            page = await self.see(url)
            if page is None:
                return False
            if page.taken.only_known or _leads_nowhere(page.taken):
                return True
            url = page.pager.preceding
        return True


def _leads_nowhere(taken: Taken) -> bool:
    """A page without posts, or with only those that this run has met."""
    return not taken.parsed.found or (taken.repeated > 0 and not taken.fresh)


async def walk_board(visit: Visit, engine: Engine) -> None:
    """Walks a target of this engine: a thread, a forum, or a board.

    Raises what the first page raises; the others are counted.
    """
    with to_the_end(visit) as to_end:
        await Walk(visit, engine, to_end).run()


def board_source(engine: Engine, summary: str, *, url: str, timezone: str) -> Source:
    """The source of a forum engine; `url` and `timezone` say what these keys mean there."""

    def parse(page: Page) -> Parsed:
        """Posts of a thread; a list of threads or forums gives none. Raises ParseError for anything else."""
        return look(engine, page)[1]

    async def walk(visit: Visit) -> None:
        """A thread, a forum with those below it, or the whole board."""
        await walk_board(visit, engine)

    return Source(
        kind=engine.kind,
        summary=summary,
        spider=walk,
        parser=parse,
        standing="experimental",
        terms="Each board has its own terms; robots.txt is obeyed, one request a second or slower.",
        options={
            "url": url,
            "timezone": timezone,
            "month_first": "true: 03-04-2026 is 4 March; if absent, the dates on the page tell",
            "max_pages": "pages of one run at most",
        },
    )
