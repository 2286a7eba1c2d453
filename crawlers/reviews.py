"""Drafts of one page into mentions: copies made one, scales found, identities given."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from pydantic import ValidationError

from crawlers.authors import features
from crawlers.drafts import Draft, Scale
from crawlers.mention import Mention, digest, fallback_id
from crawlers.parsing import Page, Parsed, Reject
from crawlers.webpage import bare_url

_ANONYMOUS = frozenset((
    "anonym", "anonymous", "anonyme", "anonymní", "anonymní uživatel", "anonīms", "anonīmi", "anonimas",
    "anonimowy", "anonimowa", "anonim", "anonimo", "anónimo", "anonymer", "anonymt", "anonüümne",
    "anonyymi", "anoniem", "аноним", "анонимно", "анонимный", "анонимный пользователь", "анонім",
    "anonymous user", "guest", "gast", "gość", "gosc", "host", "hosté", "svečias", "viesis", "külaline",
    "гость", "user", "nutzer", "kunde", "customer", "client", "klient", "klients", "zákazník",
    "ověřený zákazník", "klientas", "покупатель", "пользователь", "имя скрыто", "verified customer",
    "verified buyer", "a customer", "a shopper", "google user", "amazon customer", "nimetu",
))  # fmt: skip
_CUT = ("…", "...")
_PREFIX = 24
_NEAR = 50


def is_anonymous(author: str) -> bool:
    """Whether a name says that it is none: many people share it."""
    return author.casefold().strip(" .*-_") in _ANONYMOUS


# --- copies -----------------------------------------------------------------------------------------------


def unite(drafts: Iterable[Draft]) -> list[Draft]:
    """Each review once, in the order of the page.

    Inside one block of markup two items are one review if they claim the same id and agree, if they have
    the same text by the same known author, or if one stands in a carousel's copy of a slide. Across blocks
    (JSON-LD beside microdata) each item is paired with at most one of the other block that says the same.
    """
    blocks: dict[str, list[Draft]] = defaultdict(list)
    for draft in drafts:
        blocks[draft.group].append(draft)
    found: list[Draft] = []
    for block in blocks.values():
        found = _pair(found, _within(block))
    return found


def _within(block: list[Draft]) -> list[Draft]:
    """Copied slides last, so that the real one stays."""
    kept = _Shelf()
    for draft in sorted(block, key=lambda item: item.copied):
        twin = kept.find(draft, _same_inside)
        if twin is None:
            kept.put(draft)
        else:
            _complete(twin, draft)
    return kept.drafts


def _pair(found: list[Draft], block: list[Draft]) -> list[Draft]:
    shelf = _Shelf()
    for draft in found:
        shelf.put(draft)
    paired: set[int] = set()
    fresh: list[Draft] = []
    for draft in block:
        twin = shelf.find(draft, lambda old, new: id(old) not in paired and _same_across(old, new))
        if twin is None:
            fresh.append(draft)
        else:
            paired.add(id(twin))
            _complete(twin, draft)
    return found + fresh


class _Shelf:
    """Drafts by what two copies of one review must share: an id, or the beginning of the text."""

    def __init__(self) -> None:
        self.drafts: list[Draft] = []
        self._by_key: dict[str, list[Draft]] = defaultdict(list)

    def put(self, draft: Draft) -> None:
        self.drafts.append(draft)
        for key in _keys(draft):
            self._by_key[key].append(draft)

    def find(self, draft: Draft, same: Callable[[Draft, Draft], bool]) -> Draft | None:
        near = (old for key in _keys(draft) for old in self._by_key.get(key, ())[-_NEAR:])
        return next((old for old in near if same(old, draft)), None)


def _keys(draft: Draft) -> Iterator[str]:
    yield from (f"id {claim}" for claim in draft.ids)
    if draft.text:
        beginning = letters(draft.text[: 4 * _PREFIX])[:_PREFIX]
        yield f"text {beginning}"
        yield f"text {beginning} {letters(draft.author)}"
    else:
        value = draft.rating.value if draft.rating else ""
        yield f"none {draft.author.casefold()} {value} {draft.title.casefold()}"


def _same_inside(old: Draft, new: Draft) -> bool:
    shared = bool(set(old.ids) & set(new.ids))
    known = (
        bool(new.author) and not is_anonymous(new.author) and bool(new.text) and old.product == new.product
    )
    if not (shared or new.copied or (known and not (old.ids and new.ids))):
        return False
    if not (shared or new.copied) and letters(old.author) != letters(new.author):
        return False
    return _agree(old, new)


def _same_across(old: Draft, new: Draft) -> bool:
    said = bool(new.text) or bool(new.author and old.author) or bool(set(old.ids) & set(new.ids))
    return said and _agree(old, new)


def _agree(old: Draft, new: Draft) -> bool:
    """Nothing that both state differs; a cut text agrees with the whole one."""
    authors = not old.author or not new.author or letters(old.author) == letters(new.author)
    ratings = not old.rating or not new.rating or _share(old.rating) == _share(new.rating)
    dates = not old.date or not new.date or abs((old.date.at - new.date.at).days) <= 1
    return authors and ratings and dates and _texts_agree(old.text, new.text)


def _texts_agree(old: str, new: str) -> bool:
    if old == new:
        return True
    one, other = letters(old), letters(new)
    if one == other:
        return True
    shorter, longer = sorted((one, other), key=len)
    cut = old if len(one) < len(other) else new
    return len(shorter) >= _PREFIX and cut.rstrip().endswith(_CUT) and longer.startswith(shorter[:-2])


@lru_cache(maxsize=1024)
def letters(text: str) -> str:
    """A text as it is compared: letters and digits only, case folded; all of it where it has neither."""
    return "".join(ch for ch in text.casefold() if ch.isalnum()) or text


def _share(scale: Scale) -> float:
    return round(scale.value / (scale.best or 5.0 if scale.value <= 5 else scale.best or 10.0), 3)


def _complete(draft: Draft, other: Draft) -> None:
    """Fills what the draft lacks from its copy; a whole text replaces a cut one."""
    if len(other.text) > len(draft.text) and (not draft.text or draft.text.endswith(_CUT)):
        draft.text = other.text
    for name in ("title", "author", "raw_date", "owner_reply", "product"):
        setattr(draft, name, getattr(draft, name) or getattr(other, name))
    for name in ("rating", "date", "edited", "likes", "replies", "verified", "lang", "url", "product_url"):
        if getattr(draft, name) is None:
            setattr(draft, name, getattr(other, name))
    if (
        draft.rating
        and other.rating
        and draft.rating.best is None
        and draft.rating.value == other.rating.value
    ):
        draft.rating = other.rating
    draft.pros, draft.cons = draft.pros or other.pros, draft.cons or other.cons
    draft.ids = tuple(dict.fromkeys((*draft.ids, *other.ids)))


# --- scales -----------------------------------------------------------------------------------------------


def settle_scales(drafts: list[Draft], aggregates: dict[str, Scale]) -> list[Reject]:
    """Gives every rating its bounds. A best that the page does not state is that of the product's aggregate,
    else 5, 10 or 100: the least that holds all such ratings of the product. A rating outside its stated scale
    is taken away and told."""
    highest: dict[str, float] = defaultdict(float)
    for draft in drafts:
        if draft.rating and draft.rating.best is None:
            highest[draft.product] = max(highest[draft.product], draft.rating.value)
    rejects = []
    for draft in drafts:
        if draft.rating is None:
            continue
        draft.rating = _bounded(draft.rating, aggregates.get(draft.product), highest[draft.product])
        if draft.rating is None:
            rejects.append(Reject("rating outside its scale", draft.where, ""))
    return rejects


def _bounded(scale: Scale, aggregate: Scale | None, highest: float) -> Scale | None:
    best, worst = scale.best, scale.worst
    if best is None:
        stated = aggregate.best if aggregate else None
        if stated is not None and highest <= stated:
            best, worst = stated, worst if worst is not None or aggregate is None else aggregate.worst
        else:
            best = next((limit for limit in (5.0, 10.0, 100.0) if highest <= limit), None)
    if best is None:
        return None
    if worst is None:
        worst = 0.0 if scale.value < 1 or best > 20 or best <= 1 else 1.0
    return Scale(scale.value, best, worst) if worst <= scale.value <= best and worst < best else None


# --- identity ---------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Identities:
    """Native ids for the drafts of one page."""

    page: Page
    source: str
    _shared: set[str] = field(default_factory=set)
    _ordinals: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _given: dict[str, str] = field(default_factory=dict)

    def learn(self, drafts: list[Draft]) -> None:
        """Ids and permalinks that several reviews of the page claim are nobody's."""
        seen: set[str] = set()
        for draft in drafts:
            for claim in dict.fromkeys(self._claims(draft)):
                (self._shared if claim in seen else seen).add(claim)

    def of(self, draft: Draft) -> str:
        """The review's own id or permalink, else a digest of all that identifies it on the page. Words such
        as "3 days ago" and the place on the page stay out of it: they change without the review
        changing."""
        claims = list(self._claims(draft))
        found = next((claim for claim in claims if claim not in self._shared), None) or self._digest(draft)
        self._given |= dict.fromkeys(claims, found)
        return found

    def above(self, draft: Draft) -> str | None:
        """The id of what this was written under, if that came before it and says who it is."""
        if draft.answers is None:
            return None
        claims = (claim for claim in self._claims(draft.answers) if claim not in self._shared)
        return next((self._given[claim] for claim in claims if claim in self._given), None)

    def _digest(self, draft: Draft) -> str:
        author = "" if is_anonymous(draft.author) else draft.author
        hashed = self.page.hasher.hash(self.source, author) if author else ""
        rating = draft.rating.value if draft.rating else None
        words = "\n".join((draft.title, draft.text, *draft.pros, *draft.cons))
        stated = draft.product_url
        home = bare_url(stated if stated and _says_more(stated) else self.page.url)
        parts = (home, hashed, draft.raw_date, rating, words)
        key = digest(*map(str, parts))
        ordinal = self._ordinals[key]
        self._ordinals[key] += 1
        return fallback_id(*parts, ordinal)

    def _claims(self, draft: Draft) -> Iterator[str]:
        here = bare_url(self.page.url)
        for claim in draft.ids:
            if claim.startswith("#"):
                yield here + claim
            else:
                yield claim[:500]
        if draft.url and "#" in draft.url and bare_url(draft.url) == here:
            yield here + "#" + draft.url.partition("#")[2][:200]
        elif draft.url and bare_url(draft.url) not in (here, bare_url(draft.product_url or here)):
            yield bare_url(draft.url)[:500]


def _says_more(url: str) -> bool:
    """Whether a product's address tells it from others: the bare root of a shop does not."""
    return bare_url(url).count("/") > 2 and bool(bare_url(url).split("/", 3)[3])


# --- mentions ---------------------------------------------------------------------------------------------


def to_mentions(page: Page, drafts: list[Draft], parsed: Parsed, source_kind: str = "structured") -> None:
    """Adds each draft to `parsed` as a mention, or as a reject that says why not."""
    source = f"{source_kind}:{page.host}"
    identities = Identities(page, source)
    identities.learn(drafts)
    for draft in drafts:
        if not draft.says_something():
            parsed.rejects.append(Reject("neither text nor a usable rating", draft.where, ""))
            continue
        native_id = identities.of(draft)
        draft.parent = draft.parent or identities.above(draft)
        try:
            parsed.mentions.append(mention_of(page, source, draft, native_id))
        except ValidationError as error:
            reason = "; ".join(str(item["msg"]) for item in error.errors()[:3])
            parsed.rejects.append(Reject(reason, draft.where, draft.text[:500]))


def mention_of(page: Page, source: str, draft: Draft, native_id: str) -> Mention:
    """The mention that a draft becomes. Raises pydantic's ValidationError where it says nothing."""
    author_hash, author_features = author_of(page, source, draft.author, native_id)
    return Mention(
        source=source,
        kind=draft.kind,
        target=page.target,
        native_id=native_id,
        parent_id=draft.parent,
        url=draft.url or page.url,
        title=draft.title or None,
        text=draft.text or None,
        pros=draft.pros or None,
        cons=draft.cons or None,
        rating=draft.rating.value if draft.rating else None,
        rating_min=draft.rating.worst if draft.rating else None,
        rating_max=draft.rating.best if draft.rating else None,
        author_hash=author_hash,
        author_features=author_features,
        verified=draft.verified,
        published_at=draft.date.at if draft.date else None,
        published_precision=draft.date.precision if draft.date else None,
        collected_at=page.collected_at,
        edited_at=draft.edited.at if draft.edited else None,
        likes=draft.likes,
        replies=draft.replies,
        owner_reply=draft.owner_reply or None,
        lang=draft.lang,
        product=draft.product or None,
    )


def author_of(
    page: Page, source: str, author: str, native_id: str
) -> tuple[str | None, dict[str, float] | None]:
    """Hash and features of the author. Everybody called "Anonymous" is somebody else: the hash then holds the
    review's id too, so that such authors are never taken for one."""
    if not author:
        return None, None
    if is_anonymous(author):
        return page.hasher.hash(source, f"{author}\x1f{native_id}"), features(author) | {"anonymous": 1.0}
    return page.hasher.hash(source, author), features(author)
