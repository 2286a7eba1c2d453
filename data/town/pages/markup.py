"""Pieces of HTML that the town's pages share."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from typing import Any

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#1c2733}"
    "header a{color:inherit;text-decoration:none;font-weight:700}"
    "article{border-top:1px solid #dde3ea;padding:.8rem 0}"
    "small{color:#5b6b7a}nav a{margin-right:1rem}"
)


def document(title: str, body: str, lang: str = "en", head: str = "") -> str:
    """A whole HTML page; `title` is plain text, `body` and `head` are markup."""
    return (
        f'<!DOCTYPE html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width">\n<title>{escape(title)}</title>\n'
        f"<style>{_STYLE}</style>\n{head}</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def script(data: dict[str, Any]) -> str:
    """A JSON-LD block; the end of a script cannot be forged from inside."""
    text = json.dumps(data, ensure_ascii=False, indent=1).replace("</", "<\\/")
    return f'<script type="application/ld+json">\n{text}\n</script>\n'


def iso(at: datetime) -> str:
    """`2026-10-31T18:04:05+00:00`."""
    return at.astimezone(UTC).isoformat(timespec="seconds")


def millis(at: datetime) -> str:
    """`2026-10-31T18:04:05.000Z`, as forums write it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def rfc822(at: datetime) -> str:
    """`Sat, 31 Oct 2026 18:04:05 GMT`, as RSS and HTTP write it."""
    return format_datetime(at.astimezone(UTC), usegmt=True)


def pages_of(count: int, size: int) -> int:
    """How many pages of `size` hold `count` things; at least one."""
    return max(1, -(-count // size))


def paging(path: str, number: int, last: int) -> tuple[str, str]:
    """(links for the head, links for the body) between the pages of a list; page 1 has no query."""
    previous = path if number == 2 else f"{path}?page={number - 1}"
    head = body = ""
    if number > 1:
        head += f'<link rel="prev" href="{previous}">\n'
        body += f'<a rel="prev" href="{previous}">Newer</a> '
    if number < last:
        head += f'<link rel="next" href="{path}?page={number + 1}">\n'
        body += f'<a rel="next" href="{path}?page={number + 1}">Older</a>'
    return head, f'<nav class="pagination">{body}</nav>' if body else ""
