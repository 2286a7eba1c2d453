"""What can go wrong while collecting. Every error says what happened, where, and what to do next."""

from __future__ import annotations

import logging
import traceback

logger = logging.getLogger("crawlers")


class CrawlError(Exception):
    """Base of all. `what` is one sentence, `where` an address, a file or a target, `next_step` an advice.

    `skip` tells a page that was rightly left alone (robots.txt forbids it) from one that failed.
    """

    skip = False

    def __init__(self, what: str, *, where: str = "", next_step: str = "") -> None:
        self.what, self.where, self.next_step = what, where, next_step
        super().__init__(": ".join(part for part in (where, what) if part))

    @property
    def name(self) -> str:
        """The short name under which the report counts it."""
        return type(self).__name__


class UnknownKind(CrawlError):
    """A target asks for a kind of source that is not registered."""


class BadTarget(CrawlError):
    """A target lacks a key that its kind needs, or holds one that cannot be used."""


class MissingKey(CrawlError):
    """A source needs a key or a token that neither the environment nor secrets.toml holds."""


class RefusedKey(CrawlError):
    """A source does not take the key, the password or the login that it was given."""


class ExpiredToken(CrawlError):
    """A token ran out, and the fresh one that it was changed for is not taken either."""


class QuotaUsedUp(CrawlError):
    """The requests that a key or a target may make in a day are used up."""


class CommentsOff(CrawlError):
    """Its owner has turned off the comments below something."""

    skip = True


class ContractNeeded(CrawlError):
    """A source's terms ask for a contract, and the target names none: it is off until it does."""


class CrawlBusy(CrawlError):
    """Another crawl holds this landing folder."""


class CrawlDied(CrawlError):
    """The crawling process ended without a report."""


class ParserDied(CrawlError):
    """A page took the process that read it with it: it hung, crashed, or ate all memory."""


class SpiderFault(CrawlError):
    """A spider raised something it should not: a defect, not a property of the source."""


class ForbiddenUrl(CrawlError):
    """The guard refuses this address: its scheme, its host or its form."""

    skip = True


class ForbiddenAddress(ForbiddenUrl):
    """The host resolves to an address that is not public and that the config does not name."""


class RobotsForbidden(CrawlError):
    """robots.txt forbids this page, or could not be read and so forbids all."""

    skip = True


class PageTooLarge(CrawlError):
    """The answer is larger than the cap, as sent or once unpacked."""

    skip = True


class WrongType(CrawlError):
    """The answer is a picture, a film, an archive: nothing that a parser reads."""

    skip = True


class BrokenAnswer(CrawlError):
    """The answer broke off, or its compression is damaged."""


class Unreachable(CrawlError):
    """No connection, no name, no answer in time."""


class UntrustedCertificate(CrawlError):
    """The host cannot prove over TLS that it is who it says."""


class HttpError(CrawlError):
    """The source answered with an error status. `body` is what it said about that: never shown or kept."""

    def __init__(self, status: int, *, where: str = "", next_step: str = "", body: bytes = b"") -> None:
        self.status, self.body = status, body
        super().__init__(f"answered {status}", where=where, next_step=next_step)


class RateLimited(HttpError):
    """The source asks to wait: `wait` seconds, or None where it does not say how long."""

    def __init__(
        self, status: int, *, where: str = "", next_step: str = "", wait: float | None = None
    ) -> None:
        self.wait = wait
        super().__init__(status, where=where, next_step=next_step)


class TooManyRedirects(CrawlError):
    """The page sends us around in circles."""


class PageCapReached(CrawlError):
    """`max_pages_per_target` is used up; the next run continues."""

    skip = True


class Interrupted(CrawlError):
    """The run was asked to stop."""

    skip = True


class StateUnreadable(CrawlError):
    """The crawl's memory of what it has seen is damaged."""


def defect(error: Exception, place: str, where: str) -> SpiderFault:
    """Names a defect of ours and logs where in the code it lies, without its message: that may quote what a
    person wrote."""
    trace = "".join(traceback.format_tb(error.__traceback__))
    return told_defect(type(error).__name__, trace, place, where)


def told_defect(name: str, trace: str, place: str, where: str) -> SpiderFault:
    """As `defect`, of an exception in another process."""
    logger.error("%s: %s in the %s\n%s", where, name, place, trace)
    return SpiderFault(f"{name} in the {place}", where=where, next_step="report it")
