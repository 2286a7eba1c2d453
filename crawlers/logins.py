"""APIs that ask who we are: what they say when they refuse, and tokens that are renewed when they run out.

A token lives in the memory of one visit: it stands in no watermark, report, log or error.
"""

from __future__ import annotations

import asyncio
import base64
import json
import math
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from crawlers.errors import BrokenAnswer, ExpiredToken, HttpError, RefusedKey
from crawlers.fetch import Answer
from crawlers.jsonpage import listing, mapping
from crawlers.parsing import ParseError
from crawlers.visit import Visit

_REFUSALS = frozenset({400, 401, 403})
_AGES = 1e9
"""Seconds: nobody asks to wait 30 years, so a larger number is a time."""
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def said(error: HttpError) -> frozenset[str]:
    """The reasons that an API gives with an error status: `quotaExceeded`, `ExpiredToken`, `invalid_grant`.

    Google names them in several places, OAuth and AT Protocol under `error`. Compare them with known words
    and never show them: a service may quote what it was sent.
    """
    try:
        stated = mapping(json.loads(error.body)).get("error")
    except (ValueError, RecursionError):
        return frozenset()
    inner = mapping(stated)
    entries = [mapping(entry) for name in ("errors", "details") for entry in listing(inner.get(name))]
    found = [stated, inner.get("status"), *(entry.get("reason") for entry in entries)]
    return frozenset(word for word in found if isinstance(word, str))


def refused(visit: Visit, *names: str, where: str = "") -> RefusedKey:
    """The error for keys that a service does not take: says which, and where they stand."""
    which = " and ".join(repr(name) for name in names)
    places = "; ".join(f"{name}: {visit.key_place(name)}" for name in names)
    what = f"{visit.target.kind} does not accept {which}"
    return RefusedKey(what, where=where or visit.target.name, next_step=f"check what stands there: {places}")


def basic(name: str, password: str) -> dict[str, str]:
    """The header of HTTP Basic authentication."""
    pair = f"{name}:{password}".encode()
    return {"Authorization": "Basic " + base64.b64encode(pair).decode("ascii")}


async def oauth_token(
    visit: Visit, url: str, form: Mapping[str, str], *names: str, headers: Mapping[str, str] | None = None
) -> str:
    """An access token from an OAuth 2 token endpoint (RFC 6749, section 5), for the keys called `names`.

    Raises RefusedKey where they are not taken, or a CrawlError.
    """
    body, asked = urlencode(form).encode(), _FORM | dict(headers or {})
    token = (await login(visit, url, body, *names, headers=asked)).get("access_token")
    if not isinstance(token, str) or not token:
        raise refused(visit, *names, where=url)  # some services say no with 200
    return token


async def login(
    visit: Visit, url: str, body: bytes, *names: str, headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """What a service answers to keys that are sent in a request's body.

    Raises RefusedKey where it does not take them, or a CrawlError.
    """
    try:
        answer = await visit.fetch(url, method="POST", body=body, headers=headers, granted=True)
        return mapping(visit.json(answer))
    except HttpError as error:
        if error.status in _REFUSALS:
            raise refused(visit, *names, where=url) from None
        raise
    except ParseError:  # its message would be safe, but what a login answers is nobody's business
        raise BrokenAnswer("the login is no JSON", where=url, next_step="the next run tries again") from None


async def rest(visit: Visit, answer: Answer, prefix: str) -> None:
    """Waits until a limit is lifted, where this answer was the last one that it allows.

    `PREFIX-remaining` counts what is left, `PREFIX-reset` says when more comes: in seconds, or as a time
    since 1970. No longer than the manners' patience is waited: what is asked too early is refused by name.
    """
    left, reset = _number(answer, f"{prefix}-remaining"), _number(answer, f"{prefix}-reset")
    if left is None or reset is None or left >= 1:
        return
    seconds = reset - time.time() if reset > _AGES else reset
    await asyncio.sleep(min(max(0.0, seconds), visit.manners.max_wait))


def _number(answer: Answer, name: str) -> float | None:
    try:
        number = float(answer.headers.get(name, ""))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def is_unauthorized(error: HttpError) -> bool:
    """What most APIs answer to a token that ran out."""
    return error.status == 401


class Login:
    """The token of one visit: got on first need, renewed once where the service says that it ran out."""

    def __init__(
        self,
        visit: Visit,
        renew: Callable[[], Awaitable[str]],
        *,
        expired: Callable[[HttpError], bool] = is_unauthorized,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._visit, self._renew, self._expired = visit, renew, expired
        self._headers = dict(headers or {})
        self._token: str | None = None

    async def fetch(self, url: str) -> Answer:
        """The answer at `url`, asked with the token.

        Raises ExpiredToken where a fresh token does not help, RefusedKey, or a CrawlError.
        """
        if self._token is not None:
            try:
                return await self._ask(url, self._token)
            except HttpError as error:
                if not self._expired(error):
                    raise
        return await self._with_fresh_token(url)

    async def _with_fresh_token(self, url: str) -> Answer:
        self._token = await self._renew()
        try:
            return await self._ask(url, self._token)
        except HttpError as error:
            if not self._expired(error):
                raise
        what = "the token ran out, and a fresh one is not accepted"
        advice = "see in the service's settings whether this access was taken back, then give new keys"
        raise ExpiredToken(what, where=url, next_step=advice)

    async def _ask(self, url: str, token: str) -> Answer:
        headers = self._headers | {"Authorization": f"Bearer {token}"}
        return await self._visit.fetch(url, headers=headers, granted=True)
