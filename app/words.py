"""Figures in words: short sentences a board understands, numbers and dates in the page's language."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from urllib.parse import urlsplit

from babel import dates, lists, numbers

from app.i18n import N_, _, locale, n_, recast
from pipeline.estimate import TOO_FEW

INSTRUMENTS = {
    "natural": N_("Natural NPS"),
    "text": N_("Texts alone"),
    "native": N_("Ratings alone"),
    "survey": N_("Survey NPS"),
    "survey_text": N_("NPS read from survey comments"),
}
CLASSES = {"promoter": N_("Promoters"), "passive": N_("Passives"), "detractor": N_("Detractors")}
ONE_OF_CLASS = {"promoter": N_("Promoter"), "passive": N_("Passive"), "detractor": N_("Detractor")}
KINDS = {
    "review": N_("Reviews"),
    "post": N_("Posts"),
    "comment": N_("Comments"),
    "reply": N_("Replies"),
    "survey": N_("Survey answers"),
}
REASONS = {
    "leaves": N_("Says they leave, or have left"),
    "prefers": N_("Calls a competitor better"),
    "warns": N_("Tells others to stay away"),
    "struggle": N_("Struggled to get something done"),
    "detractor": N_("Would not recommend the brand"),
}
EMOTIONS = {
    "delight": N_("Delight"), "gratitude": N_("Gratitude"), "trust": N_("Trust"), "hope": N_("Hope"),
    "surprise": N_("Surprise"), "confusion": N_("Confusion"), "worry": N_("Worry"),
    "disappointment": N_("Disappointment"), "irritation": N_("Irritation"), "anger": N_("Anger"),
    "disgust": N_("Disgust"), "neutral": N_("Neutral"),
}  # fmt: skip
TOUCHPOINTS = {
    "service": N_("Service"), "product": N_("Product"), "price": N_("Price"), "delivery": N_("Delivery"),
    "website/app": N_("Website/app"), "shop": N_("Shop"), "billing": N_("Billing"), "support": N_("Support"),
    "signal": N_("Signal"), "internet": N_("Internet"), "app": N_("App"), "roaming": N_("Roaming"),
    "contract": N_("Contract"), "quality": N_("Quality"),
}  # fmt: skip
"""Usual names of touchpoints; those of a home's own are shown as its config writes them."""
SPEAKERS = {
    "customer": N_("a customer"),
    "prospect": N_("somebody who thinks of it"),
    "former": N_("a former customer"),
}
GOOD = 50.0
_BIDI = {chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}
MEASURED_AGAINST = {
    "sentiment": N_("measured on sentiment labels only"),
    "emotion": N_("measured on emotion labels only"),
    "": N_("no measured data but our own texts"),
}


def signed(value: float, digits: int = 0) -> str:
    """+23, −4, 0: rounded, with a true minus sign."""
    rounded = round(value, digits) + 0.0
    sign = "−" if rounded < 0 else "+" if rounded else ""
    return sign + decimal(abs(rounded), digits)


def decimal(value: float, digits: int = 1) -> str:
    """1,204.5, with as many digits after the point."""
    form = "#,##0" + ("." + "0" * digits if digits else "")
    return str(numbers.format_decimal(round(value, digits), form, locale=locale()))


def percent(share: float) -> str:
    """A share of 0..1 as a whole percentage; a small one is not called zero."""
    small = 0 < share < 0.005
    told = numbers.format_percent(0.01 if small else share, locale=locale())
    return f"<{told}" if small else str(told)


def whole_percents(shares: Sequence[float]) -> list[int]:
    """Percentages that add up to 100 where the shares add up to 1 (largest remainder)."""
    floors = [int(share * 100) for share in shares]
    missing = round(sum(shares) * 100) - sum(floors)
    by_rest = sorted(range(len(shares)), key=lambda place: floors[place] - shares[place] * 100)
    for place in by_rest[:missing]:
        floors[place] += 1
    return floors


def count(number: int) -> str:
    """1,204."""
    return str(numbers.format_decimal(number, "#,##0", locale=locale()))


def span(low: float, high: float, digits: int = 0) -> str:
    """'+2 to +9': the ends of an interval in points."""
    return _("{low} to {high}", low=signed(low, digits), high=signed(high, digits))


def share_span(low: float, high: float) -> str:
    """'12% to 18%': the ends of an interval of a share."""
    return _("{low} to {high}", low=percent(low), high=percent(high))


def many(number: int, one: str, more: str | None = None) -> str:
    """'1 mention', '1,204 mentions': for the nouns of `nouns`."""
    return n_(f"{{n}} {one}", f"{{n}} {more or one + 's'}", number, n=count(number))


def nouns(number: int) -> tuple[str, ...]:
    """What `many` can count, named here for the catalogues."""
    n = count(number)
    return (
        n_("{n} mention", "{n} mentions", number, n=n),
        n_("{n} author", "{n} authors", number, n=n),
        n_("{n} reading", "{n} readings", number, n=n),
        n_("{n} source", "{n} sources", number, n=n),
        n_("{n} person", "{n} people", number, n=n),
        n_("{n} domain", "{n} domains", number, n=n),
        n_("{n} text", "{n} texts", number, n=n),
        n_("{n} labelled text", "{n} labelled texts", number, n=n),
        n_("{n} label", "{n} labels", number, n=n),
        n_("{n} row", "{n} rows", number, n=n),
        n_("{n} error", "{n} errors", number, n=n),
        n_("{n} campaign", "{n} campaigns", number, n=n),
        n_("{n} day", "{n} days", number, n=n),
        n_("{n} hour", "{n} hours", number, n=n),
        n_("{n} account", "{n} accounts", number, n=n),
    )


def listed(names: Sequence[str]) -> str:
    """'A', 'A and B', 'A, B and C'."""
    return str(lists.format_list(list(names), locale=locale())) if names else ""


def day(value: date) -> str:
    """24 Aug 2026."""
    return str(dates.format_date(value, "medium", locale=locale()))


def days(first: date, last: date) -> str:
    """24 Aug – 22 Nov 2026."""
    told = str(dates.format_interval(first, last, "yMMMd", locale=locale())) if first != last else day(first)
    # CLDR sets thin spaces about the dash, which few fonts have.
    return told.replace("\u2009", " ")


def month(value: date) -> str:
    """Aug 2026."""
    return str(dates.format_skeleton("yMMM", value, locale=locale()))


def short_month(value: date) -> str:
    """'Aug 26', for narrow columns."""
    name = dates.format_date(value, "LLL", locale=locale())
    return f"{name} {value:%y}"


_UNITS: tuple[tuple[int, Literal["year", "month", "day", "hour", "minute"]], ...] = (
    (86400 * 365, "year"), (86400 * 30, "month"), (86400, "day"), (3600, "hour"), (60, "minute"),
)  # fmt: skip


def ago(then: datetime, now: datetime) -> str:
    """'3 hours ago', in the largest fitting unit."""
    seconds = max(0.0, (now - then).total_seconds())
    for size, unit in _UNITS:
        if seconds >= size:
            whole = timedelta(seconds=-size * (seconds // size))
            return str(dates.format_timedelta(
                whole, granularity=unit, threshold=1, add_direction=True, locale=locale()
            ))  # fmt: skip
    return _("just now")


def moment(value: datetime) -> str:
    """20 Nov 2026, 06:30 UTC."""
    at = value.astimezone(UTC)
    return f"{day(at.date())}, {at:%H:%M} UTC"


def language(code: str | None) -> str:
    """The language's name, or its code where it has none here."""
    if code in (None, "", "und"):
        return _("not told")
    return str(locale().languages.get(code, code))


def instrument(name: str) -> str:
    """How a score is heard."""
    return _(INSTRUMENTS[name])


def group(name: str) -> str:
    """Promoters, Passives, Detractors."""
    return _(CLASSES[name])


def emotion(name: str) -> str:
    """An emotion as a heading or label writes it."""
    return _(EMOTIONS[name]) if name in EMOTIONS else name.capitalize()


def touchpoint(name: str) -> str:
    """A touchpoint as a heading or label writes it; one of a home's own as its config does."""
    return _(TOUCHPOINTS[name]) if name in TOUCHPOINTS else name[:1].upper() + name[1:]


def kind(name: str) -> str:
    """What was published, in the plural."""
    return _(KINDS[name]) if name in KINDS else name


BASIS = (
    N_("sampling error"),
    N_("sampling error and clustering by thread"),
    N_("the reader's error between {domains} domains ({points} points)"),
    N_("the reader's own uncertainty, but not yet its error between domains"),
    N_("the error of correcting for the usual mix of each source"),
    N_("{labels} labels of a random sample, weighed against the reader's error"),
    N_("ratings by the {star_map} star map, texts by the {other} one"),
)


def basis(told: str) -> str:
    """What a figure's interval holds, as the pipeline tells it, part by part."""
    return "; ".join(recast(part, BASIS) for part in told.split("; "))


UNWEIGHTED = (
    N_("nothing is left after coordination was removed"),
    N_("{have} of {needed} periods in which another brand has surveys and mentions"),
)


def unweighted(told: str | None) -> str:
    """Why the score is not reweighted, as the pipeline tells it."""
    because = recast(told, UNWEIGHTED) if told else _("there are no mentions")
    return _("The score below is not reweighted: {why}.", why=because)


FAULTS = (
    N_("Nothing was published yet"),
    N_("CURRENT names no snapshot"),
    N_("The snapshot was written by another version of sayso (tables {schema}, here {here})"),
    N_("No sayso.toml here"),
    N_("run `sayso init` or pass --home"),
    N_("run `sayso publish`"),
    N_("a dismissal needs a reason: later runs learn from it"),
    N_("mend it, send it again"),
)


def fault(told: str) -> str:
    """What an error of the pipeline says."""
    return recast(told, FAULTS)


def unmeasured(spoken: Sequence[tuple[str, int]], measured: Mapping[str, str]) -> str:
    """Which of these languages (code, mentions) the reader's score was never held against ratings in; "" for
    none."""
    told = [
        f"{language(code)} ({count(n)}, {_against(measured.get(code, ''))})"
        for code, n in spoken
        if measured.get(code) != "score"
    ]
    if not told:
        return ""
    return _(
        "Estimated without customers' ratings to measure the reader against: {languages}.",
        languages=listed(told),
    )


def _against(kind: str) -> str:
    return _(MEASURED_AGAINST.get(kind, MEASURED_AGAINST[""]))


def host(source: str) -> str:
    """What stands behind the kind in a source's name: forum.example.com."""
    return source.partition(":")[2] or source


def source(name: str) -> str:
    """A source as a person reads it: 'forum.example.com (discourse)'."""
    kind, _sep, place = name.partition(":")
    return f"{place} ({kind})" if place else kind


def verdict(nps: float, low: float, high: float) -> str:
    """What a score says by itself, given its interval."""
    if low > GOOD:
        return _("A strong score: far more people promote it than warn against it")
    if low > 0:
        return _("More people promote it than warn against it")
    if high < 0:
        return _("More people warn against it than promote it")
    if nps > 0:
        return _(
            "Too close to call: about as many promote it as warn against it, leaning to those who promote it"
        )
    return _(
        "Too close to call: about as many promote it as warn against it, leaning to those who warn against it"
    )


def too_few(votes: int) -> str:
    """What stands instead of a verdict."""
    return n_(
        "Too few to say: {n} author, {needed} are needed", "Too few to say: {n} authors, {needed} are needed",
        votes, n=count(votes), needed=TOO_FEW,
    )  # fmt: skip


def movement(change: float, low: float, high: float, step: int) -> tuple[str, str]:
    """(state, sentence) of a change over `step` days with its interval; state is up, down or still."""
    fields = {"points": decimal(abs(change), 1), "span": span(low, high, 1), "n": count(step)}
    if low > 0:
        return "up", n_(
            "Moved up {points} points against the day before ({span})",
            "Moved up {points} points against the {n} days before ({span})", step, **fields,
        )  # fmt: skip
    if high < 0:
        return "down", n_(
            "Moved down {points} points against the day before ({span})",
            "Moved down {points} points against the {n} days before ({span})", step, **fields,
        )  # fmt: skip
    return "still", n_(
        "Did not move: {change} against the day before is within the noise ({span})",
        "Did not move: {change} against the {n} days before is within the noise ({span})",
        step, change=signed(change, 1), **fields,
    )  # fmt: skip


def headline(
    brand: str, nps: float | None, ahead: Sequence[str], behind: Sequence[str], level: Sequence[str]
) -> str:
    """The first sentence of the page."""
    if nps is None:
        return _("Too few mentions to say where {brand} stands", brand=brand)
    parts = [_("ahead of {brands}", brands=listed(ahead))] if ahead else []
    parts += [_("behind {brands}", brands=listed(behind))] if behind else []
    parts += [_("level with {brands}", brands=listed(level))] if level else []
    told = _("{brand} stands at {score}", brand=brand, score=signed(nps))
    return f"{told}, {listed(parts)}" if parts else told


def plain(text: str, limit: int = 600) -> str:
    """Somebody else's text made safe to stand among ours: no direction overrides, no control characters,
    cut to `limit` characters. It is still to be escaped where markup is written."""
    kept = "".join(
        c for c in text[: limit * 2] if c not in _BIDI and (c in "\n\t" or unicodedata.category(c) != "Cc")
    )
    short = kept.strip()
    return short if len(short) <= limit and len(text) <= limit * 2 else short[:limit].rstrip() + " …"


def link(url: str | None) -> str | None:
    """The address if a browser may be sent there (http or https with a host), else None."""
    if not url or any(c.isspace() or unicodedata.category(c) == "Cc" for c in url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.hostname else None
