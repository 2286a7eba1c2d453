"""A visit of one target: what a spider works with. It fetches, reads, lands, counts and remembers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

from crawlers.authors import AuthorHasher
from crawlers.errors import (
    BadTarget,
    CrawlError,
    ForbiddenUrl,
    HttpError,
    MissingKey,
    PageCapReached,
    ParserDied,
    defect,
    told_defect,
)
from crawlers.fetch import Answer, Fetcher
from crawlers.hiding import Hidden
from crawlers.jsonpage import load_json
from crawlers.landing import Landing
from crawlers.parsers import Parsers
from crawlers.parsing import Page, Parsed, ParseError, Parser, Reject
from crawlers.report import TargetReport
from crawlers.robots import Rules
from crawlers.settings import Manners
from crawlers.sheets import Defect, Died, Read, Ready, Sheet, Task, Unread, prepared, run
from crawlers.state import TargetState, Validators
from crawlers.target import Target

T = TypeVar("T")
_GONE = frozenset({401, 403, 404, 410})
"""Answers that stay: a page that is private or deleted does not leave a walk incomplete."""


@dataclass(slots=True)
class Taken:
    """What one page gave: the parser's result, and how its mentions relate to what had landed before."""

    parsed: Parsed = field(default_factory=Parsed)
    new: int = 0
    edited: int = 0
    known: int = 0
    repeated: int = 0
    failed: bool = False

    @property
    def fresh(self) -> int:
        """Mentions that this run had not met before; a page without any leads nowhere."""
        return self.new + self.edited + self.known

    @property
    def only_known(self) -> bool:
        """Whether the page had mentions, and every one of them had landed before as it is: the watermark."""
        return self.known > 0 and not (self.new or self.edited)


@dataclass(slots=True)
class Tools:
    """What all visits of one crawl share."""

    fetcher: Fetcher
    landing: Landing
    hasher: AuthorHasher
    manners: Manners
    secrets: Mapping[str, Mapping[str, str]]
    told: Callable[[TargetReport, str], None]
    parsers: Parsers | None = None


class Visit:
    """One walk over one target.

    `whole` says that the walk must go to the end and not stop at what is known: the first time, after a walk
    that broke off, and when the last whole sweep is older than `recheck_days` (which finds edits of old
    mentions). `complete` turns False when something that should have been read was not.
    """

    def __init__(
        self, target: Target, state: TargetState, parser: Parser, tools: Tools, report: TargetReport
    ) -> None:
        self.target, self.state, self.report = target, state, report
        self.hasher, self.manners = tools.hasher, tools.manners
        self.secrets = dict(tools.secrets.get(target.kind, {}))
        self.complete = True
        self.found = self._asked = 0
        self._noted = set[tuple[str, str]]()
        self._parser, self._tools = parser, tools
        swept, patience = state.swept_at, timedelta(days=target.recheck_days)
        self.whole = swept is None or datetime.now(UTC) - swept > patience
        self._sweeping = self.whole and swept is not None
        self._refreshing = self._sweeping and _is_due_again(target.keep_days, state.refreshed_at)
        cap = target.options.get("max_pages")
        self._cap = (
            min(cap, tools.manners.max_pages_per_target)
            if isinstance(cap, int)
            else tools.manners.max_pages_per_target
        )

    @property
    def url(self) -> str:
        """The target's address.

        Raises BadTarget if it has none.
        """
        if not self.target.url:
            raise BadTarget(
                "the target has no url", where=self.target.name, next_step="give it one in sayso.toml"
            )
        return self.target.url

    def option(self, name: str, default: Any) -> Any:
        """The target's own key, of the type of its default.

        Raises BadTarget if it is of another type.
        """
        value = self.target.options.get(name, default)
        if default is not None and not isinstance(value, type(default)):
            kind = type(default).__name__
            raise BadTarget(
                f"{name} must be a {kind}", where=self.target.name, next_step="mend it in sayso.toml"
            )
        return value

    @property
    def marks(self) -> dict[str, Any]:
        """The spider's watermark: whatever it needs to go on where it was. Durable once its mentions are."""
        return self.state.marks

    def mark(self, **marks: Any) -> None:
        """Sets marks of the watermark; the others stay. Call it after the page that it covers was read."""
        self.state.marks = self.state.marks | marks

    def knows(self, source: str, native_id: str) -> bool:
        """Whether a mention has landed before, in this run or an earlier one."""
        return self.state.knows(source, native_id)

    def done_before(self, part: str) -> bool:
        """Whether a part of the target (a topic as it stands now) was read whole; a sweep forgets that."""
        return self.state.noted(self._stage(part))

    def note_done(self, part: str) -> None:
        """Notes that a part was read whole, so that a walk which broke off does not read it again."""
        self.state.note(part)
        self.state.note(self._stage(part))

    def _stage(self, part: str) -> str:
        return f"{part} sweep after {self.state.swept_at}" if self._sweeping else part

    async def fetch(
        self,
        url: str,
        *,
        conditional: bool = False,
        headers: Mapping[str, str] | None = None,
        method: str = "GET",
        body: bytes = b"",
        hidden: Mapping[str, str] | None = None,
        granted: bool = False,
    ) -> Answer:
        """The answer at `url`. With `conditional` it may be one that is `not_modified`, without a body: only
        for pages whose links need not be followed when they did not change. `hidden` are query values, such
        as an API's key, that are sent and shown nowhere: not in the answer, an error, a report or a memory.
        `granted` is for an API that is asked with a key which its owner gave for that: its terms rule there,
        not robots.txt, which speaks to those who come without one. Pauses are kept all the same. Keys go over
        https only, and no redirect takes them elsewhere.

        Raises a CrawlError that names why not; PageCapReached when the target's pages are used up.
        """
        if granted or hidden:
            self._check_privacy(url)
        if self._asked >= self._cap:
            raise PageCapReached(f"{self._cap} pages read", where=url, next_step="the next run continues")
        self._asked += 1
        asked = dict(headers or {}) | (self._conditions(url) if conditional else {})
        how: dict[str, Any] = {"headers": asked, "method": method, "body": body, "granted": granted}
        get = self._tools.fetcher.get
        answer = await (self._ask(url, Hidden(hidden), **how) if hidden else get(url, **how))
        if not granted and _origin(answer.url) not in self._noted:
            await self._note_delay(answer.url)
        self.report.pages += 1
        self.report.bytes += len(answer.body)
        self.report.not_modified += answer.not_modified
        self._tools.told(self.report, "walking")
        return answer

    def _check_privacy(self, url: str) -> None:
        """A key travels over https, or to a host that the manners name as private. Raises ForbiddenUrl."""
        parts, private = urlsplit(url), self.manners.allow_private
        if parts.scheme != "https" and not {parts.netloc, parts.hostname} & set(private):
            raise ForbiddenUrl("a key is sent over https only", where=url, next_step="give an https address")

    async def _ask(self, url: str, hidden: Hidden, **how: Any) -> Answer:
        try:
            answer = await self._tools.fetcher.get(hidden.added(url), **how)
        except CrawlError as error:
            hidden.conceal(error)
            raise
        return replace(answer, asked=url, url=hidden.removed(answer.url))

    async def try_fetch(self, url: str, **how: Any) -> Answer | None:
        """As `fetch`, for a page without which the walk can go on: a failure is counted and None returned.

        PageCapReached is still raised.
        """
        try:
            return await self.fetch(url, **how)
        except PageCapReached:
            raise
        except CrawlError as error:
            self.failed(error)
            return None

    def json(self, answer: Answer) -> Any:
        """The answer's JSON value, for a spider that looks for links.

        Raises ParseError.
        """
        return load_json(self.page(answer))

    def secret(self, *names: str) -> str | None:
        """The first of these keys that the environment or secrets.toml holds for this kind."""
        return next((value for name in names if (value := self.secrets.get(name))), None)

    def key(self, *names: str) -> str:
        """As `secret`, for a key without which nothing can be asked.

        Raises MissingKey, which says where to put it.
        """
        found = self.secret(*names)
        if found is None:
            advice = f"put it {self.key_place(names[0])}"
            raise MissingKey(
                f"{self.target.kind} needs {names[0]!r}", where=self.target.name, next_step=advice
            )
        return found

    def key_place(self, name: str) -> str:
        """Where a key of this kind stands, in words."""
        kind = self.target.kind
        return f"under [{kind}] in secrets.toml, or into SAYSO_{kind.upper()}_{name.upper()}"

    async def pace(self, url: str, seconds: float) -> None:
        """Keeps at least this pause between requests to the host of `url`, as its rules ask."""
        await self._tools.fetcher.pace(url, seconds)

    async def rules(self, url: str) -> Rules:
        """What robots.txt says at the origin of `url`, its sitemaps included."""
        return await self._tools.fetcher.rules(url)

    def failed(self, error: CrawlError) -> None:
        """Counts an error that does not end the walk."""
        self.report.add(error)
        gone = isinstance(error, HttpError) and error.status in _GONE
        self.complete = self.complete and (error.skip or gone)

    def done(self) -> None:
        """Notes that the walk came to its end: what it reached, and what landed again on the way."""
        whole = self.whole and self.complete
        self.state.done(whole=whole)
        if whole and self._refreshing:
            self.state.refreshed()

    def page(self, answer: Answer, options: Mapping[str, Any] | None = None) -> Page:
        """The answer as a parser takes it."""
        return Page(
            body=answer.body,
            url=answer.url,
            collected_at=answer.collected_at,
            hasher=self.hasher,
            charset=answer.charset,
            target=self.target.name,
            options=self.target.options | dict(options or {}),
        )

    def read(
        self, answer: Answer, *, parser: Parser | None = None, options: Mapping[str, Any] | None = None
    ) -> Taken:
        """Parses a page and lands what is new or edited in it. A page that does not parse is counted as an
        error and gives nothing; an answer that is `not_modified` gives nothing at all."""
        if answer.not_modified:
            return Taken()
        try:
            parsed = (parser or self._parser)(self.page(answer, options))
        except ParseError as error:
            self.report.add(error, where=answer.url)
            self.complete = False
            return Taken(failed=True)
        except Exception as error:  # noqa: BLE001 - a parser's defect costs its page, not the whole target
            self.failed(defect(error, "parser", answer.url))
            return Taken(failed=True)
        taken = self.take(parsed)
        self._was_read(answer)
        return taken

    async def read_aside(
        self, answer: Answer, look: Callable[..., tuple[Parsed, T]], *extra: Any
    ) -> tuple[Taken, T | None]:
        """As `read`, in another process, while other walks go on: for pages that take long to read. `look` is
        a function of a module that takes the page and `extra`; it gives what it parsed, which is landed and
        stays behind (`Taken.parsed` is empty), and what the spider wants to know, which comes back. None if
        the page was not read."""
        if answer.not_modified:
            return Taken(), None
        task = Task(look, self.page(answer), extra, self.target.name, self.target.brand)
        parsers = self._tools.parsers
        outcome = await parsers.read(task) if parsers else run(task)
        if not isinstance(outcome, Read):
            self._note_unread(outcome, answer.url)
            return Taken(failed=True), None
        taken = self._take(outcome.sheet, Taken())
        self._was_read(answer)
        return taken, outcome.seen

    def _note_unread(self, outcome: Unread | Defect | Died, url: str) -> None:
        if isinstance(outcome, Unread):
            self.report.add(ParseError(outcome.reason), where=url)
            self.complete = False
        elif isinstance(outcome, Defect):
            self.failed(told_defect(outcome.name, outcome.trace, "parser", url))
        else:
            self.failed(ParserDied(outcome.how, where=url, next_step="report the page"))

    def _was_read(self, answer: Answer) -> None:
        if answer.validators != Validators():
            self.state.remember(answer.asked, answer.validators)
        self._tools.told(self.report, "walking")

    def take(self, parsed: Parsed) -> Taken:
        """Lands what is new or edited among parsed mentions, and what was rejected for the first time."""
        return self._take(prepared(parsed, self.target.name, self.target.brand), Taken(parsed))

    def _take(self, sheet: Sheet, taken: Taken) -> Taken:
        self.found += sheet.found
        for ready in sheet.ready:
            self._land(ready, taken)
        for reject in sheet.rejects:
            self._reject(reject)
        self.report.add_ratings(sheet.ratings)
        for warning in sheet.warnings:
            self.report.warn(warning)
        self._tools.landing.flush_if_late()
        return taken

    def _land(self, ready: Ready, taken: Taken) -> None:
        if self._tools.landing.forgets(ready):
            taken.known += 1  # nothing lands, and the walk takes it for read
            return
        verdict = self.state.weigh(ready.identity, ready.content)
        setattr(taken, verdict, getattr(taken, verdict) + 1)
        if verdict == "repeated":
            return
        setattr(self.report, verdict, getattr(self.report, verdict) + 1)
        if verdict != "known" or self._refreshing:
            self._tools.landing.put(ready)

    def _reject(self, reject: Reject) -> None:
        self.report.rejected += 1
        if reject.gone and self.state.give_up(bytes.fromhex(reject.gone)):
            self._tools.landing.lose(reject.gone)
        if self.state.first_time(reject.reason, reject.where, reject.raw):
            source = f"{self.target.kind}:{urlsplit(reject.where).netloc}"
            self._tools.landing.reject(reject, source=source, target=self.target.name)

    def _conditions(self, url: str) -> dict[str, str]:
        if self._sweeping:
            return {}  # a sweep reads everything anew, also what an earlier version of a parser missed
        known = self.state.validators(url)
        headers = {"If-None-Match": known.etag, "If-Modified-Since": known.modified}
        return {name: value for name, value in headers.items() if value}

    async def _note_delay(self, url: str) -> None:
        delay = (await self.rules(url)).delay
        host = urlsplit(url).netloc
        self._noted.add(_origin(url))
        kept = self.manners.max_crawl_delay
        if delay > kept:
            self.report.warn(f"robots.txt of {host} asks for {delay:g} s between pages; {kept:g} s are kept")


def _origin(url: str) -> tuple[str, str]:
    """What a robots.txt speaks for."""
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _is_due_again(keep_days: int | None, refreshed: datetime | None) -> bool:
    """Whether what a sweep knows lands again, so that it may be kept: not at every sweep, where much time is
    left, or landing would grow by all of it each time."""
    if keep_days is None:
        return False
    return refreshed is None or datetime.now(UTC) - refreshed > timedelta(days=keep_days * 0.4)
