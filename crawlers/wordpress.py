"""What the REST APIs of WordPress and its shop have in common: where they stand, and how a list is walked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from crawlers.errors import CrawlError, HttpError, PageTooLarge, RobotsForbidden, WrongType
from crawlers.fetch import Answer
from crawlers.jsonpage import integer
from crawlers.text import fragment
from crawlers.visit import Taken, Visit
from crawlers.walks import descend

SIZE = 100
"""Items of a page; the API gives no more."""
_API, _ROUTE = "https://api.w.org/", "rest_route"
_CLOSED = (401, 403, 404, 410)
_LINK = re.compile(r"<([^<>]{1,2000})>([^<>]{0,1000})")
_REL = re.compile(r"""rel\s*=\s*"?([^";,\s]+)""")
_ENTRY = re.compile(r"/wp/v2/(\w+)/(\d{1,12})/?\Z")


@dataclass(frozen=True, slots=True)
class Api:
    """The API of one site: `root` is its address there, `site` the site's own. Where the target's page is one
    post or product, `kind` and `number` say which."""

    root: str
    site: str
    page: str
    kind: str | None = None
    number: int | None = None

    def at(self, route: str, **query: object) -> str:
        """The address of a route (`wp/v2/comments`) with these query values; None leaves one out."""
        parts = urlsplit(self.root)
        values = dict(parse_qsl(parts.query))
        path = f"{parts.path.rstrip('/')}/{route}"
        if _ROUTE in values:  # a site without pretty addresses
            values[_ROUTE], path = f"{values[_ROUTE].rstrip('/')}/{route}", parts.path
        values |= {name: str(value) for name, value in query.items() if value is not None}
        return urlunsplit((parts.scheme, parts.netloc, path, urlencode(values), ""))


async def discover(visit: Visit) -> Api:
    """Where the API of the target's site stands: as its page says, else where it usually is.

    Raises a CrawlError if the site cannot be reached.
    """
    stated = _stated(visit.url)
    if stated is not None:
        return stated
    try:
        answer = await visit.fetch(visit.url)
    except CrawlError as error:
        if not (is_closed(error) or isinstance(error, PageTooLarge | WrongType)):
            raise
        return _usual(visit.url)
    here = answer.url
    links = {rel: link for rel, link in _links(answer) if _same_host(here, link)}
    root = links.get(_API)
    if root is None:
        return _usual(here)
    api = _at_root(_rebased(here, root), here)
    entry = _entry(links.get("alternate", ""))
    is_home = here.partition("#")[0].rstrip("/") == api.site.rstrip("/")
    return api if entry is None or is_home else replace(api, kind=entry[1], number=int(entry[2]))


def _entry(address: str) -> re.Match[str] | None:
    """Kind and number of the post or product whose address in the API this is."""
    parts = urlsplit(address)
    return _ENTRY.search(dict(parse_qsl(parts.query)).get(_ROUTE, "") or parts.path)


def is_closed(error: CrawlError) -> bool:
    """Whether a site says by this that it does not show something to guests."""
    return isinstance(error, RobotsForbidden) or (isinstance(error, HttpError) and error.status in _CLOSED)


def _stated(url: str) -> Api | None:
    """The API that the target's address itself names."""
    parts = urlsplit(url)
    if _ROUTE in dict(parse_qsl(parts.query)):
        return _at_root(urlunsplit(parts._replace(query=urlencode({_ROUTE: "/"}))), url)
    before, found, _ = f"{parts.path}/".partition("/wp-json/")
    return _at_root(urlunsplit(parts._replace(path=f"{before}/wp-json/", query="")), url) if found else None


def _usual(url: str) -> Api:
    """Without a word of the site: `/wp-json/` at the root of its host."""
    parts = urlsplit(url)
    return _at_root(f"{parts.scheme}://{parts.netloc}/wp-json/", url)


def _at_root(root: str, page: str) -> Api:
    parts = urlsplit(root)
    folder = parts.path.removesuffix("/").removesuffix("wp-json").removesuffix("index.php")
    return Api(root, urlunsplit((parts.scheme, parts.netloc, folder.rstrip("/") + "/", "", "")), page)


def _links(answer: Answer) -> Iterator[tuple[str, str]]:
    """Relations and addresses of the Link headers and of the page's head; later ones win."""
    root = fragment(answer.body[:500_000].decode("utf-8", "replace"))
    for link in root.getroottree().iter("link") if root is not None else ():
        json_or_api = link.get("type") == "application/json" or link.get("rel") == _API
        if json_or_api and link.get("href"):
            yield str(link.get("rel")), urljoin(answer.url, str(link.get("href")).strip()[:2_000])
    for address, words in _LINK.findall(answer.headers.get("link", "")[:20_000]):
        found = _REL.search(words)
        if found and (found[1] == _API or "application/json" in words):
            yield found[1], urljoin(answer.url, address.strip())


def _same_host(here: str, link: str) -> bool:
    try:
        return urlsplit(link).hostname == urlsplit(here).hostname
    except ValueError:
        return False


def _rebased(here: str, link: str) -> str:
    """The link on the origin that answered: behind some servers WordPress loses the port or the scheme."""
    origin, parts = urlsplit(here), urlsplit(link)
    return urlunsplit((origin.scheme, origin.netloc, parts.path, parts.query, ""))


async def walk_list(visit: Visit, part: str, address: Callable[[int], str]) -> None:
    """A list newest first, page by page, down to what was read before. `address` gives a page's.

    Raises a CrawlError.
    """

    async def step(cursor: str) -> tuple[Taken, str | None]:
        page = int(cursor)
        try:
            answer = await visit.fetch(address(page))
        except HttpError as error:
            if page == 1 or error.status != 400:
                raise
            return Taken(), None  # beyond the last page some lists answer so
        taken = visit.read(answer)
        pages = integer(answer.headers.get("x-wp-totalpages"))
        more = page < pages if pages else taken.parsed.found > 0
        if not _newest_first(taken):
            taken = replace(taken, known=0)  # a site with an order of its own: what is known ends nothing
        return taken, str(page + 1) if more else None

    await descend(visit, part, "1", step, exact=False)


def _newest_first(taken: Taken) -> bool:
    times = [mention.published_at for mention in taken.parsed.mentions if mention.published_at]
    return not times or times[0] >= times[-1]
