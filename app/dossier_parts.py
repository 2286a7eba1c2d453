"""Parts of the dossier page about single mentions and accounts: quotes, who posted, originals."""

from __future__ import annotations

from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from app import dossier_drawings, words
from app.dossier_words import reason
from app.palette import LIGHT
from app.report_parts import table
from pipeline.dossier import Dossier, Member, Quote

MOST_MEMBERS, MOST_TIES = 500, 30
"""Rows that the page lists; the JSON has all."""


def zone(found: Dossier) -> ZoneInfo:
    """The clock of the home."""
    return ZoneInfo(found.made.timezone)


def moment(found: Dossier, at: datetime) -> str:
    """A time by it."""
    here = at.astimezone(zone(found))
    return f"{words.day(here.date())}, {here:%H:%M}"


def quotes(found: Dossier) -> str:
    """What was said, by wording."""
    if not found.quotes:
        return ""
    return f"<section><h2>In their words</h2>{''.join(map(_quote, found.quotes))}</section>"


def _quote(item: Quote) -> str:
    several = f"{words.many(item.mentions, 'mention')} by {words.many(item.accounts, 'account')}"
    who = f"{several} in this wording or close to it" if item.mentions > 1 else "one mention"
    return (
        f'<blockquote class="detractor"><p lang="{escape(item.lang)}" dir="auto">'
        f"{escape(words.plain(item.text, 700))}</p>"
        f"<footer>{who} · first at {_place(item.source, item.url)} · "
        f"{escape(words.language(item.lang))}</footer></blockquote>"
    )


def _place(source: str, url: str | None) -> str:
    name, address = escape(words.source(source)), words.link(url)
    if address is None:
        return name
    return f'<a href="{escape(address)}" rel="noopener noreferrer nofollow">{name}</a>'


def who(found: Dossier) -> str:
    """The accounts, when they posted and who posts like whom."""
    note = (
        '<p class="note">Accounts are shown as keyed hashes of their handles: the same hash is the same '
        "account, and only who holds the key of this archive can tell which. The addresses below lead to the "
        "posts.</p>"
    )
    if not found.accounts:
        return f"<section><h2>Who</h2><p>The sources do not tell the accounts.</p>{_ties(found)}</section>"
    told = f"{words.many(len(found.accounts), 'account')}, each row one, each point a mention"
    drawn = dossier_drawings.who_when(found.accounts, zone(found), LIGHT, told)
    rows = [
        (
            _code(item.author_hash, 12), words.count(item.mentions), moment(found, item.first_at),
            moment(found, item.last_at), _age(item.age_days), _yes(item.one_mention),
            words.count(item.targets), words.percent(item.p_bot),
        )
        for item in found.accounts[:MOST_MEMBERS]
    ]  # fmt: skip
    head = ("Account", "#Mentions", "First", "Last", "#Age, days", "Posted once", "#Targets", "#p_bot")
    return f'<section class="who"><h2>Who</h2>{note}{drawn}{table(head, rows)}{_ties(found)}</section>'


def _ties(found: Dossier) -> str:
    if not found.ties:
        return ""
    told = f"{words.many(len(found.ties), 'pair')} of accounts that posted alike"
    rows = [
        (
            _code(tie.a, 12), _code(tie.b, 12), escape(reason(tie.kind)),
            words.percent(tie.weight), words.count(tie.pairs),
        )
        for tie in found.ties[:MOST_TIES]
    ]  # fmt: skip
    more = f'<p class="note">The strongest {MOST_TIES} of {words.count(len(found.ties))}.</p>'
    return (
        f"<h3>Who posts like whom</h3>{dossier_drawings.ties(found.ties, LIGHT, told)}"
        f"{table(('Account', 'Account', 'How', '#Likeness', '#Pairs of mentions'), rows)}"
        f"{more if len(found.ties) > MOST_TIES else ''}"
    )


def _code(text: str, length: int | None = None) -> str:
    return f"<code>{escape(text[:length])}</code>"


def _age(days: float | None) -> str:
    return "–" if days is None else words.count(round(days))


def _yes(value: bool | None) -> str:
    return "–" if value is None else "yes" if value else "no"


def members(found: Dossier) -> str:
    """Every mention with its archived originals."""
    names = {item.cluster: place for place, item in enumerate(found.quotes, 1) if item.cluster}
    rows = [
        (str(place), _said(found, member), _who_said(member, names), _kept(found, member))
        for place, member in enumerate(found.members[:MOST_MEMBERS], 1)
    ]
    more = ""
    if len(found.members) > MOST_MEMBERS:
        of = words.count(len(found.members))
        more = f'<p class="note">The first {MOST_MEMBERS} of {of}; the JSON has all.</p>'
    note = (
        '<p class="note">Each mention as it was collected. Below its time of collection stand the file '
        "and line "
        "of the archive and the SHA-256 of that line without its end: <code>zstd -dc FILE | sed -n LINEp | "
        "tr -d '\\n' | sha256sum</code> gives it again.</p>"
    )
    head = ("#", "Published", "Account, wording, why", "Archived original")
    return (
        f'<section class="members"><h2>Mentions and their originals</h2>{note}{table(head, rows)}{more}'
        f"{_segments(found)}</section>"
    )


def _said(found: Dossier, member: Member) -> str:
    when = moment(found, member.at) if member.dated else f"not dated; collected {moment(found, member.at)}"
    top = "" if member.rating_max is None else f" of {member.rating_max:g}"
    rated = "" if member.rating is None else f"<br>rated {member.rating:g}{top}"
    return f"{when}<br>{_place(member.source, member.url)}{rated}"


def _who_said(member: Member, names: dict[str, int]) -> str:
    account = _code(member.author_hash, 12) if member.author_hash else "account not told"
    wording = names.get(member.cluster or "")
    worded = f"<br>wording {wording}" if wording else ""
    reasons = escape(", ".join(reason(code) for code in member.reasons))
    aside = "set aside" if member.set_aside else "counts"
    return f"{account}{worded}<br>{reasons}<br>p_bot {words.percent(member.p_bot)}, {aside}"


def _kept(found: Dossier, member: Member) -> str:
    if not member.originals:
        return '<span class="note">not looked up, or no longer in the archive</span>'
    return "<br>".join(
        f"collected {escape(original.collected_at)}<br>{escape(original.segment)}:{original.line}<br>"
        f"{_code(original.record_sha256)}"
        for original in member.originals
    )


def _segments(found: Dossier) -> str:
    whole = {o.segment: o.segment_sha256 for member in found.members for o in member.originals}
    if not whole:
        return ""
    rows = [(escape(name), _code(mark)) for name, mark in sorted(whole.items())]
    return f"<h3>Archive files</h3>{table(('Segment', 'SHA-256 of the file'), rows)}"
