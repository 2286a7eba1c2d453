"""Keys that an API wants in its address: sent, and shown nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, quote_plus, urlencode, urlsplit, urlunsplit

from crawlers.errors import CrawlError

MARK = "***"


class Hidden:
    """Query values that go out with a request and come back in no address and no error."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = {name: value for name, value in values.items() if value}

    def added(self, url: str) -> str:
        """The address as it is sent."""
        if not self._values:
            return url
        return f"{url}{'&' if '?' in url else '?'}{urlencode(self._values)}"

    def removed(self, url: str) -> str:
        """The address as it may be shown."""
        if not self._values:
            return url
        try:
            parts = urlsplit(url)
            pairs = parse_qsl(parts.query, keep_blank_values=True)
        except ValueError:  # not even an address
            return self._masked(url)
        kept = [(name, value) for name, value in pairs if name not in self._values]
        if len(kept) < len(pairs):
            url = urlunsplit(parts._replace(query=urlencode(kept)))
        return self._masked(url)

    def conceal(self, error: CrawlError) -> None:
        """Takes the values out of all that an error says."""
        if self._values:
            error.where, error.what = self.removed(error.where), self._masked(error.what)
            error.next_step = self._masked(error.next_step)
            error.args = (": ".join(part for part in (error.where, error.what) if part),)

    def _masked(self, text: str) -> str:
        for value in self._values.values():
            for form in (value, quote(value), quote(value, safe=""), quote_plus(value)):
                text = text.replace(form, MARK)
        return text
