"""Markup of our own: the headline, the figure tiles, the notices and the list of mentions.

Everything that comes from outside passes `_e`, so a mention's text reaches the page as text.
Functions give strings.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from html import escape
from pathlib import Path
from typing import Literal

from app import words
from app.i18n import _, spoken
from app.palette import CLASSES, Palette

_ROWS = 6


@dataclass(frozen=True)
class Tile:
    """One figure: its name, its value, what it means, rows of (name, value, share) beside it, its basis."""

    label: str
    figure: str
    words: str
    rows: Sequence[tuple[str, str, float]]
    foot: str
    too_few: bool = False


@dataclass(frozen=True)
class Hero:
    """The brand's score. `shares` are promoters, passives, detractors; `movement` is (state, sentence)."""

    label: str
    nps: float | None
    low: float
    high: float
    too_few: bool
    verdict: str
    shares: tuple[float, float, float] | None
    movement: tuple[str, str] | None
    foot: str


@dataclass(frozen=True)
class MentionCard:
    """A mention as the list shows it; `kind` is promoter, passive, detractor or None (not read), `heard`
    what told it."""

    title: str
    text: str
    url: str | None
    at: datetime | None
    source: str
    lang: str | None
    brand: str
    kind: str | None
    heard: str
    emotions: Sequence[str]
    set_aside: bool


@dataclass(frozen=True)
class Thing:
    """Something that changed: up, down or an alert; whether it is good news (None: neither); what, and how
    sure."""

    way: Literal["up", "down", "alert"]
    good: bool | None
    told: str
    detail: str


@dataclass(frozen=True)
class Topic:
    """What is spoken of inside a touchpoint; `example` is somebody else's text, of language `lang`."""

    name: str
    touchpoint: str
    facts: str
    example: str
    lang: str | None


def style(palette: Palette) -> str:
    """The page's style sheet with the palette's colours as variables."""
    colours = {
        "page": palette.page, "surface": palette.surface, "line": palette.line, "text": palette.text,
        "muted": palette.muted, "faint": palette.faint, "accent": palette.accent, "warn": palette.warn,
        "warn-surface": palette.warn_surface, "good": palette.good, **palette.classes,
        **{f"on-{name}": colour for name, colour in palette.on_classes.items()},
    }  # fmt: skip
    variables = "".join(f"--sayso-{name}:{colour};" for name, colour in colours.items())
    return f"<style>:root{{{variables}}}\n{_sheet()}</style>"


@cache
def _sheet() -> str:
    return Path(__file__).with_name("style.css").read_text(encoding="utf-8")


def mark() -> str:
    """The product's name for the sidebar."""
    return _box("mark", f"say<span>·</span>so<small>{_e(_('what people say, unasked'))}</small>")


def head(sentence: str, below: str) -> str:
    """The page's first sentence and the line under it."""
    return _box("head", f"<h1>{_e(sentence)}</h1><p>{_e(below)}</p>")


def title(text: str, below: str = "") -> str:
    """A card's heading with what it says in words."""
    return _box("title", f"<h2>{_e(text)}</h2>" + (f"<p>{_e(below)}</p>" if below else ""))


def note(lead: str, text: str) -> str:
    """A notice that asks for attention."""
    return _box("note", f"<b>{_e(lead)}</b><span>{_e(text)}</span>", role="status")


def empty(heading: str, text: str, command: str = "") -> str:
    """What stands where there is nothing yet, and what to do next."""
    code = f" <code>{_e(command)}</code>" if command else ""
    return _box("empty", f"<h2>{_e(heading)}</h2><p>{_e(text)}{code}</p>", role="status")


def nothing(text: str) -> str:
    """A quiet line where a card has nothing to show."""
    return _box("sub", _e(text))


def rows(lines: Iterable[tuple[str, str, str, str]]) -> str:
    """A small table of (what, score, interval, mentions)."""
    body = "".join(
        f'<tr><th scope="row">{_e(what)}</th><td><b>{_e(score)}</b></td>'
        f"<td>{_e(span)}</td><td>{_e(n)}</td></tr>"
        for what, score, span, n in lines
    )
    names = ("", _("Score"), _("95% interval"), _("Mentions"))
    head = "<tr>" + "".join(f"<th>{_e(name)}</th>" for name in names) + "</tr>"
    return _box("ways", f"<table><thead>{head}</thead><tbody>{body}</tbody></table>")


def topics(found: Iterable[Topic]) -> str:
    """Topics with the words of their most central mention."""
    return _box("topics", "".join(map(_topic, found)))


def _topic(topic: Topic) -> str:
    return (
        f'<article><h3 lang="" dir="auto">{_e(topic.name)}</h3>'
        f'<div class="sayso-meta"><span>{_e(topic.touchpoint)}</span><span>{_e(topic.facts)}</span></div>'
        f'<q dir="auto" lang="{_e(_code(topic.lang))}">{_e(words.plain(topic.example, 200))}</q></article>'
    )


def _code(lang: str | None) -> str:
    """For a `lang` attribute: said even where it is not known, as a text is not in the page's language."""
    return lang if lang and lang != "und" else ""


def things(found: Iterable[Thing]) -> str:
    """What changed, one below the other, each with its sign."""
    return _box("things", f"<ol>{''.join(map(_thing, found))}</ol>")


def _thing(thing: Thing) -> str:
    sign = {"up": "▲", "down": "▼", "alert": "⚠"}[thing.way]
    tone = {True: "good", False: "bad", None: "even"}[thing.good]
    return (
        f'<li class="{tone}"><i aria-hidden="true">{sign}</i>'
        f"<b>{_e(thing.told)}</b><span>{_e(thing.detail)}</span></li>"
    )


def tiles(hero: Hero, rest: Iterable[Tile]) -> str:
    """The row of headline figures, the score first and largest."""
    return _box("tiles", _hero(hero) + "".join(_tile(tile) for tile in rest))


def _tile(tile: Tile) -> str:
    few = " sayso-few" if tile.too_few else ""
    rows = f'<div class="sayso-rows">{"".join(map(_row, tile.rows[:_ROWS]))}</div>' if tile.rows else ""
    return (
        f'<section class="sayso-tile{few}" aria-label="{_e(tile.label)}">'
        f'<div class="sayso-label">{_e(tile.label)}</div><div class="sayso-figure">{_e(tile.figure)}</div>'
        f'<div class="sayso-sub">{_e(tile.words)}</div>{rows}'
        f'<div class="sayso-foot">{_e(tile.foot)}</div></section>'
    )


def _row(row: tuple[str, str, float]) -> str:
    name, value, share = row
    return (
        f"<div><span>{_e(name)}</span><b>{_e(value)}</b>"
        f'<i aria-hidden="true"><i style="width:{min(max(share, 0.0), 1.0) * 100:.1f}%"></i></i></div>'
    )


def _hero(hero: Hero) -> str:
    few = " sayso-few" if hero.too_few else ""
    figure = "–" if hero.nps is None else words.signed(hero.nps)
    digits = 1 if hero.high - hero.low < 2 else 0
    ends = _("95% interval: {span}", span=words.span(hero.low, hero.high, digits))
    span = "" if hero.nps is None else ends
    drawn = "" if hero.nps is None else _span(hero.nps, hero.low, hero.high) + _split(hero.shares)
    return (
        f'<section class="sayso-tile sayso-hero{few}" aria-label="{_e(hero.label)}">'
        f'<div class="sayso-label">{_e(hero.label)}</div><div class="sayso-hero-row">'
        f'<div class="sayso-figure">{figure}</div><div class="sayso-hero-words"><b>{_e(hero.verdict)}</b>'
        f'<span class="sayso-sub">{_e(span)}</span></div></div>{drawn}{_moved(hero.movement)}'
        f'<div class="sayso-foot">{_e(hero.foot)}</div></section>'
    )


def _moved(movement: tuple[str, str] | None) -> str:
    if movement is None:
        return ""
    sign = {"up": "▲", "down": "▼", "still": "◆"}[movement[0]]
    return f'<div class="sayso-move sayso-{movement[0]}" style="margin-top:.7rem"><i aria-hidden="true">{sign}</i><span>{_e(movement[1])}</span></div>'  # noqa: E501


def _span(nps: float, low: float, high: float) -> str:
    at, begin, end = ((value + 100) / 2 for value in (nps, low, high))
    return (
        f'<div class="sayso-span" aria-hidden="true"><div class="rail"></div>'
        f'<div class="zero" style="left:50%"></div>'
        f'<div class="band" style="left:{begin:.2f}%;width:{max(end - begin, 0.5):.2f}%"></div>'
        f'<div class="dot" style="left:{at:.2f}%"></div>'
        f'<span>−100</span><span style="left:50%">0</span><span>+100</span></div>'
    )


def _split(shares: tuple[float, float, float] | None) -> str:
    if shares is None:
        return ""
    whole = dict(zip(CLASSES, words.whole_percents(shares), strict=True))
    size = dict(zip(CLASSES, shares, strict=True))
    order = tuple(reversed(CLASSES))
    told = {name: words.percent(whole[name] / 100) for name in order}
    bars = "".join(
        f'<div style="flex:{max(size[name], 0.001):.4f} 1 0;background:var(--sayso-{name});'
        f'color:var(--sayso-on-{name})">{told[name] if size[name] >= 0.07 else ""}</div>'
        for name in order
    )
    keys = "".join(
        f'<span style="--key:var(--sayso-{name})">{_e(words.group(name))} {told[name]}</span>'
        for name in order
    )
    return f'<div class="sayso-split" aria-hidden="true">{bars}</div><div class="sayso-keys">{keys}</div>'


def mentions(cards: Sequence[MentionCard]) -> str:
    """The list of mentions: their words as plain text, whatever stands in them."""
    return _box("mentions", "".join(_mention(card) for card in cards))


def pairs(lines: Iterable[tuple[str, str]]) -> str:
    """A small table of names and values."""
    body = "".join(f'<tr><th scope="row">{_e(name)}</th><td>{_e(value)}</td></tr>' for name, value in lines)
    return _box("pairs", f"<table><tbody>{body}</tbody></table>")


def terms(lines: Iterable[tuple[str, str]]) -> str:
    """Names, each with a sentence or two."""
    return _box("terms", "".join(f"<dl><dt>{_e(name)}</dt><dd>{_e(text)}</dd></dl>" for name, text in lines))


def points(lines: Iterable[str]) -> str:
    """Sentences one below the other."""
    return _box("points", f"<ul>{''.join(f'<li>{_e(line)}</li>' for line in lines)}</ul>")


def bars(lines: Iterable[tuple[str, str, float]]) -> str:
    """Rows of (name, value, share of the bar)."""
    return _box("bars", f'<div class="sayso-rows">{"".join(map(_row, lines))}</div>')


def whole_mention(card: MentionCard, limit: int = 20_000) -> str:
    """One mention with its whole text, as plain text."""
    return _box("mentions one", _mention(card, limit))


def answer(reason: str, card: MentionCard, opening: str, lang: str) -> str:
    """Whom to answer: why, what was said, and a first sentence to begin with."""
    begin = _e(_("To begin with:"))
    return _box(
        "answer",
        f'<div class="sayso-reason">{_e(reason)}</div>{_mention(card)}'
        f'<p class="sayso-opening"><span>{begin}</span> <q lang="{_e(lang)}">{_e(opening)}</q></p>',
    )


def _mention(card: MentionCard, limit: int = 600) -> str:
    at = words.moment(card.at) if card.at else _("no date")
    facts = [card.brand, words.host(card.source), words.language(card.lang), at]
    facts += [words.listed([words.emotion(name) for name in card.emotions])] if card.emotions else []
    meta = _reading(card) + "".join(f"<span>{_e(words.plain(fact, 80))}</span>" for fact in facts)
    lang = f' lang="{_e(_code(card.lang))}"'
    title = f'<h3 dir="auto"{lang}>{_e(words.plain(card.title, 160))}</h3>' if card.title else ""
    return (
        f'<article class="sayso-mention"><div class="sayso-meta">{meta}{_link(card.url)}</div>'
        f'{title}<p dir="auto"{lang}>{_e(words.plain(card.text, limit))}</p></article>'
    )


def _reading(card: MentionCard) -> str:
    aside = f'<span class="sayso-chip aside">{_e(_("Set aside"))}</span>' if card.set_aside else ""
    if card.kind is None:
        return aside
    told = f"{_(words.ONE_OF_CLASS[card.kind])} · {card.heard}"
    colours = f"background:var(--sayso-{card.kind});color:var(--sayso-on-{card.kind})"
    return f'<span class="sayso-chip" style="{colours}">{_e(told)}</span>{aside}'


def _link(url: str | None) -> str:
    safe = words.link(url)
    if not safe:
        return ""
    rel = "noopener noreferrer nofollow"
    return f'<a href="{_e(safe)}" target="_blank" rel="{rel}">{_e(_("Open the original"))}</a>'


def _box(name: str, inside: str, role: str = "") -> str:
    attribute = f' role="{role}"' if role else ""
    return f'<div class="sayso sayso-{name}" lang="{spoken()}"{attribute}>{inside}</div>'


def _e(text: str) -> str:
    return escape(text, quote=True)
