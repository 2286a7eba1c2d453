"""Pages read by a recipe: items into drafts, drafts into mentions. No network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from lxml import etree
from lxml.html import HtmlElement
from pydantic import ValidationError

from crawlers import links, numbers
from crawlers.dates import Moment, in_zone, month_first
from crawlers.drafts import Draft, Scale, without_name
from crawlers.parsing import Page, Parsed, ParseError, Reject
from crawlers.picking import MOST_MATCHES, Match, Pick, honest
from crawlers.recipes import BadRecipe, Recipe
from crawlers.reviews import Identities, mention_of, settle_scales
from crawlers.text import mask_handles
from crawlers.webpage import WebPage, language, open_page

MOST_ITEMS = 5_000
"""Items of one page that are read; the rest is told as a reject."""
_NESTED = 12
_NOTED = {"text": "text", "rating": "rating", "author": "author", "published_at": "date"}
_SURE, _LISTS = 3, ("pros", "cons")
_COMPLETED = (
    "text", "title", "pros", "cons", "rating", "author", "edited", "likes", "replies", "owner_reply",
    "verified", "lang", "product", "parent", "url",
)  # fmt: skip
Matches = Mapping[str, Sequence[Match]]
Texts = Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class Found:
    """One item of a page: its draft, its id, and the address of its own page where it has one."""

    draft: Draft
    native_id: str
    detail: str | None = None


@dataclass(slots=True)
class Reading:
    """What one page gave: its tree, its items, and what is to be told of it."""

    web: WebPage
    found: list[Found] = field(default_factory=list)
    parsed: Parsed = field(default_factory=Parsed)


def parse(page: Page) -> Parsed:
    """The items of a list, or the one that a detail page holds, by the recipe in `page.options`.

    Raises ParseError, also where there is no recipe.
    """
    reading = look(page)
    if reading.found:
        land(page, reading.found, reading.parsed)
        return reading.parsed
    return parse_detail(page, Draft(group="page", where="page")) or reading.parsed


def look(page: Page) -> Reading:
    """The items of a page, not yet mentions: a spider may complete them first. Raises ParseError."""
    recipe, web = _recipe(page), open_page(page)
    reading = Reading(web)
    try:
        items, others = _items(recipe, web, reading.parsed)
        reader = _Reader(recipe, web, others)
        drafts = [reader.draft(item, place) for place, item in enumerate(items, 1)]
    except etree.XPathError as error:
        raise ParseError(f"{page.url}: a selector cannot be used: {error}") from error
    _note_missing(recipe, drafts, reading.parsed)
    kept = [(draft, _detail_link(recipe, web, item)) for draft, item in zip(drafts, items, strict=True)]
    kept = [(draft, link) for draft, link in kept if draft.says_something() or link]
    reading.parsed.found = len(kept)
    drafts = [draft for draft, _ in kept]
    reading.parsed.rejects += settle_scales(drafts, {})
    for draft, link in kept:
        draft.url = draft.url or link
    identities = Identities(page, f"selectors:{page.host}")
    identities.learn(drafts)
    reading.found = [Found(draft, identities.of(draft), link) for draft, link in kept]
    return reading


def parse_detail(page: Page, draft: Draft, native_id: str = "") -> Parsed | None:
    """The mention of an item whose own page this is, begun by its list; None where the recipe has none such.

    Raises ParseError.
    """
    recipe = _recipe(page)
    if not recipe.detail_fields:
        return None
    web = open_page(page)
    try:
        own = _Reader(recipe, web, frozenset()).draft(web.root, 1, recipe.detail_fields)
    except etree.XPathError as error:
        raise ParseError(f"{page.url}: a selector cannot be used: {error}") from error
    parsed = Parsed(found=int(own.says_something()))
    merged = _merged(draft, own)
    parsed.rejects += settle_scales([merged], {})
    if merged.says_something():
        merged.url = draft.url or page.url
        identity = native_id or Identities(page, f"selectors:{page.host}").of(merged)
        land(page, [Found(merged, identity)], parsed)
    return parsed


def _recipe(page: Page) -> Recipe:
    try:
        return Recipe.of(page.options)
    except BadRecipe as error:
        raise ParseError(f"{page.url}: no selectors to read it by: {error}") from error


def _items(recipe: Recipe, web: WebPage, parsed: Parsed) -> tuple[list[HtmlElement], frozenset[HtmlElement]]:
    """The elements that hold one review each, and all that look so; too many are told."""
    if recipe.item is None:
        return [web.root], frozenset([web.root])
    given = recipe.item.path(web.root)
    found = [one for one in given if not isinstance(one, str)] if isinstance(given, list) else []
    kept, reasons = honest(web.root, found, most=MOST_ITEMS, deepest=_NESTED)
    parsed.rejects += [Reject(reason, web.url, "") for reason in reasons]
    return kept, frozenset(found)


def _note_missing(recipe: Recipe, drafts: Sequence[Draft], parsed: Parsed) -> None:
    """Says which selector finds nothing on a whole page: layouts change."""
    for name, part in _NOTED.items():
        none = not any(getattr(draft, part) for draft in drafts)
        if name in recipe.fields and name not in recipe.detail_fields and none and len(drafts) >= _SURE:
            parsed.warnings.append(f"the selector of {name!r} finds nothing: has the layout changed?")


def _detail_link(recipe: Recipe, web: WebPage, item: HtmlElement) -> str | None:
    if recipe.detail is None:
        return None
    found = (links.here(web, href_of(match)) for match in recipe.detail.matches(item))
    return next((url for url in found if url), None)


def href_of(match: Match) -> str | None:
    return match if isinstance(match, str) else match.get("href")


def land(page: Page, found: Sequence[Found], parsed: Parsed) -> None:
    """Adds mentions, or rejects that say why not."""
    for one in found:
        if not one.draft.says_something():
            parsed.rejects.append(Reject("neither text nor a usable rating", page.url, ""))
            continue
        try:
            parsed.mentions.append(mention_of(page, f"selectors:{page.host}", one.draft, one.native_id))
        except ValidationError as error:
            parsed.rejects.append(Reject(str(error.errors()[0]["msg"]), page.url, one.draft.where))


def _merged(draft: Draft, own: Draft) -> Draft:
    """The list's draft with all that the item's own page says."""
    merged = replace(draft, kind=own.kind, ids=draft.ids or own.ids)
    for name in _COMPLETED:
        if getattr(own, name) not in (None, "", []):
            setattr(merged, name, getattr(own, name))
    if own.date:
        merged.date, merged.raw_date = own.date, own.raw_date
    return merged


class _Reader:
    """Reads the items of one page into drafts."""

    def __init__(self, recipe: Recipe, web: WebPage, items: frozenset[HtmlElement]) -> None:
        self.recipe, self.web, self.items = recipe, web, items
        self._of_page: dict[Pick, list[Match]] = {}
        if recipe.language:
            web.languages = (recipe.language.lower(), *web.languages)

    def draft(self, item: HtmlElement, place: int, fields: Mapping[str, Pick] | None = None) -> Draft:
        """The draft of one item; `place` is its number on the page, for messages."""
        picks = self.recipe.fields if fields is None else fields
        found = {name: self._matches(pick, item) for name, pick in picks.items()}
        texts = {
            name: picks[name].texts(given, self.items, most=MOST_MATCHES if name in _LISTS else 1)
            for name, given in found.items()
        }
        draft = Draft(group="page", where=f"item {place}", kind=self.recipe.publishes)
        self._words(draft, picks, texts)
        if "rating" in picks:
            draft.rating = self._rating(picks["rating"], found["rating"])
        self._times(draft, picks, found)
        self._counts(draft, picks, found, texts)
        self._links(draft, found, texts)
        return draft

    def _matches(self, pick: Pick, item: HtmlElement) -> list[Match]:
        if not pick.on_page:
            return pick.matches(item, self.items)
        if pick not in self._of_page:
            self._of_page[pick] = pick.matches(self.web.root)
        return self._of_page[pick]

    def _words(self, draft: Draft, picks: Mapping[str, Pick], texts: Texts) -> None:
        first = {name: found[0] for name, found in texts.items() if found}
        joined = {name: "\n".join(found) for name, found in texts.items() if found and picks[name].every}
        said = first | joined
        draft.author = " ".join(said.get("author", "").split())[:200]
        draft.text = mask_handles(said.get("text", ""))
        draft.title = mask_handles(without_name(said.get("title", ""), draft.author))
        draft.owner_reply = mask_handles(said.get("owner_reply", ""))
        draft.pros, draft.cons = (_notes(texts.get(name, [])) for name in ("pros", "cons"))
        draft.product = " ".join(said.get("product", "").split())[:500]
        draft.lang = language(said.get("lang", ""))  # of the page alone, it says little of what people wrote
        draft.verified = True if texts.get("verified") else None

    def _rating(self, pick: Pick, matches: Sequence[Match]) -> Scale | None:
        low, high = self.recipe.low, self.recipe.high
        found = pick.rating(matches, high)
        if found is None:
            return None
        if found.best == 100 and high is not None and high != 100:  # a bar's width on a scale of stars
            return Scale(found.value * high / 100, high, low)
        return Scale(found.value, found.best or high, low if found.worst is None else found.worst)

    def _times(self, draft: Draft, picks: Mapping[str, Pick], found: Matches) -> None:
        for name in ("published_at", "edited_at"):
            raws = picks[name].raws(found[name]) if name in picks else iter(())
            raw, at = next(((raw, at) for raw in raws if (at := self._moment(raw))), ("", None))
            if name == "published_at" and at:
                draft.date, draft.raw_date = at, "" if at.relative else raw
            elif at and (draft.date is None or at.at > draft.date.at):
                draft.edited = at

    def _moment(self, raw: str) -> Moment | None:
        text = month_first(raw) if self.recipe.month_first else raw
        found = self.web.moment(text)
        return in_zone(found, text, self.recipe.zone) if found else None

    def _counts(
        self,
        draft: Draft,
        picks: Mapping[str, Pick],
        found: Matches,
        texts: Texts,
    ) -> None:
        counts = {
            name: len(found[name]) if picks[name].counted else numbers.count(next(iter(texts[name]), None))
            for name in ("likes", "replies")
            if name in picks
        }
        draft.likes, draft.replies = counts.get("likes"), counts.get("replies")

    def _links(self, draft: Draft, found: Matches, texts: Texts) -> None:
        """The permalink and the ids. An address that names the author is not kept."""
        hrefs = filter(None, (href_of(match) for match in found.get("url", [])))
        url = next((absolute for href in hrefs if (absolute := _absolute(self.web, href))), None)
        named = len(draft.author) >= _SURE and url is not None and draft.author.casefold() in url.casefold()
        draft.url = None if named else url
        draft.ids = tuple(text[:500] for text in texts.get("native_id", [])[:1])
        draft.parent = next((text[:500] for text in texts.get("parent_id", [])), None)


def _notes(found: Sequence[str]) -> list[str]:
    """Pros or cons: one a finding, and one a line of it."""
    return [mask_handles(line) for text in found for line in text.split("\n")][:50]


def _absolute(web: WebPage, href: str) -> str | None:
    """The address with its fragment: it may tell one review from another."""
    page = links.here(web, href) if not href.startswith("#") else web.url
    fragment = href.partition("#")[2]
    return f"{page}#{fragment}" if page and fragment else page
