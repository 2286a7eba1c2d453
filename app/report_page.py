"""The report as one self-contained HTML page: style and drawings inside, no script, nothing fetched.

Everything that comes from outside passes `escape`. No figure is computed here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from app import report_parts, words
from app.documents import document
from app.palette import CLASSES, LIGHT
from app.report_parts import bold_score, few_note, percent_span, score_span, table, tile
from pipeline.estimate import Score
from pipeline.numbers import Figure
from pipeline.relations import Relation
from pipeline.report import Report, Span

_METHOD = (
    "The natural NPS is the share of promoters less that of detractors among authentic mentions, one vote an "
    "author: the published rating where there is one, else the probabilities that a calibrated reader gives "
    "a text. Nobody was surveyed, and those who write are not all customers: extremes write more. Intervals "
    "are 95 %. Two figures differ only where the interval of their difference leaves out zero. Under 30 "
    "votes a figure is grey: too few to say. Emotions are shares of texts; several may be felt at once."
)


def page(report: Report) -> str:
    """The whole document."""
    title = f"{report.brand}: natural NPS, {_period(report.span) or report.span.label}"
    sections = (
        report_parts.trend, report_parts.competitors, report_parts.feelings, _relation, report_parts.drivers,
        _survey, _campaigns, _quotes, _method,
    )  # fmt: skip
    body = "".join(part(report) for part in sections)
    return document(title, _cover(report) + body, "report.css")


def _cover(report: Report) -> str:
    days = ""
    if report.span.first and report.span.last:
        days = words.days(report.span.first, report.span.last)
        days = f" · {days}" if _period(report.span) else days
    when = f"{escape(_period(report.span))}{days}"
    head = f'<h1>{escape(report.brand)}</h1><p class="period">{when}</p>'
    if report.filters:
        head += f'<p class="note">{escape("Filters: " + _filters(report))}</p>'
    figure = report.headline
    if figure is None:
        return f'<div class="cover">{head}<p class="verdict">Nobody was heard in this period.</p></div>'
    told = (
        words.too_few(figure.votes) if figure.too_few else words.verdict(figure.nps, figure.low, figure.high)
    )
    return (
        f'<div class="cover">{head}<div class="hero{" few" if figure.too_few else ""}">'
        f'<b>{words.signed(figure.nps)}</b><div class="beside"><div class="label">'
        f"{escape(words.INSTRUMENTS[figure.instrument])}</div><div>95 % interval {score_span(figure)}</div>"
        f"<div>{words.many(figure.n, 'mention')} by {words.many(figure.votes, 'author')}, "
        f"{words.percent(figure.estimated)} read from text</div></div></div>"
        f'<p class="verdict">{escape(told)}.</p>{_moved(report)}{_classes(figure)}{_tiles(report)}'
        f"{_compared(report)}</div>"
    )


def _period(span: Span) -> str:
    """A month by its name, two days not at all (they follow), all else as it was asked for."""
    if span.first and span.last and re.fullmatch(r"\d{4}-\d\d", span.label):
        return words.month(span.first)
    return "" if ".." in span.label else span.label[:1].upper() + span.label[1:]


def _filters(report: Report) -> str:
    return "; ".join(f"{name}: {value}" for name, value in report.filters.items())


def _moved(report: Report) -> str:
    previous, change = report.previous, report.change
    if not previous or not change or not report.headline or previous.too_few or report.headline.too_few:
        return '<p class="note">Too few mentions in the period before to say whether it moved.</p>'
    before = report.span.before
    length = (before.last - before.first).days + 1 if before and before.last and before.first else 0
    state, sentence = words.movement(change.value, change.low, change.high, length)
    return f'<p class="{state}">{escape(sentence)}.</p>'


def _classes(figure: Figure) -> str:
    shares = [(name, getattr(figure, f"{name}s")) for name in CLASSES]
    whole = words.whole_percents([share for _, share in shares])
    parts = [
        (f"{percent}%", share, LIGHT.classes[name], LIGHT.on_classes[name])
        for (name, share), percent in zip(shares, whole, strict=True)
    ]
    key = "".join(
        f'<span><i style="background:{LIGHT.classes[name]}"></i>{name.capitalize()}s {percent}%</span>'
        for (name, _), percent in zip(shares, whole, strict=True)
    )
    return report_parts.stack(parts) + f'<div class="key">{key}</div>'


def _tiles(report: Report) -> str:
    felt = next((item for item in report.feelings if item.group == "all"), None)
    relation, found = report.relation, []
    if felt:
        found.append(tile("Felt no positive emotion", *percent_span(felt.no_positive)))
    if relation:
        found.append(tile("Would score 7 or more", *percent_span(relation.csat)))
        if relation.womi:
            found.append(tile("Word of mouth", *bold_score(relation.womi)))
        if relation.leaving:
            found.append(tile("Left or leaving", *percent_span(relation.leaving)))
        found.append(tile("At risk: call a competitor better", *percent_span(relation.at_risk)))
    if report.raw and report.headline and report.raw.n != report.headline.n:
        found.append(
            tile("With suspected coordination", words.signed(report.raw.nps), score_span(report.raw))
        )
    return f'<div class="tiles">{"".join(found)}</div>' if found else ""


def _compared(report: Report) -> str:
    own = report.headline
    if own is None or own.too_few:
        return ""
    placed: dict[str, list[str]] = {"ahead": [], "behind": [], "level": []}
    for item in report.standings:
        if item.versus:
            where = "ahead" if item.versus.low > 0 else "behind" if item.versus.high < 0 else "level"
            placed[where].append(item.brand)
    if not any(placed.values()):
        return ""
    told = words.headline(report.brand, own.nps, placed["ahead"], placed["behind"], placed["level"])
    return f"<p>{escape(told)}.</p>"


def _few(figure: Figure) -> str:
    return ' <span class="few">(too few)</span>' if figure.too_few else ""


_STRENGTH = (("strong", "promoter"), ("medium", "passive"), ("weak", "detractor"))


def _relation(report: Report) -> str:
    relation = report.relation
    if relation is None:
        return report_parts.missing(
            f"How they stand to {escape(report.brand)}", "No text of this period was read."
        )
    rows: list[Sequence[str]] = []
    for name, share in _told(relation):
        if share:
            value, span = percent_span(share)
            rows.append((name, value, span))
    speakers = [
        (
            escape(name.capitalize()) + _few(figure),
            words.signed(figure.nps),
            score_span(figure),
            words.count(figure.votes),
        )
        for name, figure in relation.speakers.items()
    ]
    rivals = [
        (escape(item.name), str(item.ours), str(item.theirs), words.signed(item.balance.value))
        for item in relation.rivals
    ]
    parts = [_strength(relation), table(("", "#Share", "#95 %"), rows)]
    if speakers:
        parts += ["<h3>Who speaks</h3>", table(("", "#NPS", "#95 %", "#Authors"), speakers)]
    if rivals:
        parts += ["<h3>Called better</h3>", table(("Competitor", "#For us", "#For them", "#Balance"), rivals)]
    few = few_note(relation.votes) if relation.too_few else ""
    return (
        f"<section><h2>How they stand to {escape(report.brand)}</h2>{few}{''.join(parts)}"
        '<p class="note">A leaving signal is what people say, not churn.</p></section>'
    )


def _told(relation: Relation) -> Iterable[tuple[str, Score | None]]:
    yield "Tell others to go", relation.recommends
    yield "Tell others to stay away", relation.discourages
    yield "Detractors", relation.detractors
    yield "– of them active: they warn others", relation.active_detractors
    yield "Left or leaving", relation.leaving
    yield "At risk: call a competitor better", relation.at_risk
    yield "Found it easy", relation.easy
    yield "Found it a struggle", relation.struggle


def _strength(relation: Relation) -> str:
    shares = [(name, look, getattr(relation, name)) for name, look in _STRENGTH]
    if any(share is None for _, _, share in shares):
        return ""
    whole = words.whole_percents([share.value for _, _, share in shares])
    parts = [
        (f"{name} {percent}%", share.value, LIGHT.classes[look], LIGHT.on_classes[look])
        for (name, look, share), percent in zip(shares, whole, strict=True)
    ]
    return "<h3>Strength of the relationship</h3>" + report_parts.stack(parts)


def _survey(report: Report) -> str:
    found = report.survey
    if found is None:
        why = "No survey answers of this period were imported. They would stand here beside the natural NPS."
        return report_parts.missing("Beside the survey", why)
    rows = [
        (
            words.INSTRUMENTS[figure.instrument],
            words.signed(figure.nps),
            score_span(figure),
            words.count(figure.votes),
        )
        for figure in (found.natural, found.survey)
    ]
    told = "Too few answers to tell how far the two lie apart."
    if found.offset:
        span = f"{words.signed(found.offset.low)} to {words.signed(found.offset.high)}"
        told = f"The natural NPS lies {words.signed(found.offset.value)} points from the survey's ({span})."
    note = "A survey asks customers, the natural NPS hears whoever speaks up. Watch whether the offset stays."
    return (
        f"<section><h2>Beside the survey</h2>{table(('', '#NPS', '#95 %', '#Answers'), rows)}"
        f'<p>{escape(told)}</p><p class="note">{note}</p></section>'
    )


def _campaigns(report: Report) -> str:
    if not report.campaigns:
        return f"<section><h2>Campaigns</h2><p>{escape(_no_group(report))}</p></section>"
    rows = [
        (
            escape(f"{item['direction']}: {item['verdict'] or 'not judged yet'}"),
            words.days(item["started_at"].date(), item["ended_at"].date()),
            words.count(item["mentions"]), words.count(item["authors"]), _effect(item),
            escape(", ".join(words.source(name) for name in item["sources"])),
        )
        for item in report.campaigns
    ]  # fmt: skip
    head = ("What it looks like", "When", "#Mentions", "#Authors", "#Effect on NPS", "Where")
    return (
        f'<section><h2>Campaigns</h2><p class="warn">{words.many(len(rows), "group")} of mentions that '
        "stand out: coordinated, unusual, or a crisis of real customers, which is not set aside. Suspected "
        "mentions are set aside from every figure here; none is deleted.</p>"
        f"{table(head, rows)}</section>"
    )


def _no_group(report: Report) -> str:
    alone = report.raw.n - report.headline.n if report.raw and report.headline else 0
    if alone <= 0:
        return "Nothing in this period looks coordinated."
    told = words.many(alone, "mention")
    return f"No group of this period looks coordinated; {told} set aside one by one as copied or automated."


def _effect(campaign: Mapping[str, Any]) -> str:
    """What it would do to the brand's score in its days if it counted."""
    given, without = campaign["nps_with"], campaign["nps_without"]
    return "" if given is None or without is None else words.signed(given - without, 1)


def _quotes(report: Report) -> str:
    if not report.quotes:
        return report_parts.missing("In their words", "No text of this period is clear and short enough.")
    return f"<section><h2>In their words</h2>{''.join(map(_quote, report.quotes))}</section>"


def _quote(row: dict[str, object]) -> str:
    text = escape(words.plain(str(row["text"]), 320))
    url = words.link(str(row["url"]) if row["url"] else None)
    where = escape(words.source(str(row["source"])))
    named = f'<a href="{escape(url)}" rel="noopener noreferrer">{where}</a>' if url else where
    lang = escape(str(row["lang"]))
    return (
        f'<blockquote class="{row["class"]}"><p lang="{lang}" dir="auto">{text}</p>'
        f"<footer>{str(row['class']).capitalize()} · {named} · {escape(words.language(str(row['lang'])))}"
        "</footer></blockquote>"
    )


def _method(report: Report) -> str:
    meta, figure = report.meta, report.headline
    rows = [
        ("Brand and period", f"{report.brand}, {report.span.label}"),
        ("Filters", _filters(report) or "none"),
        (
            "Snapshot",
            f"{meta.generation}, {words.moment(meta.made_at)}" if meta.made_at else str(meta.generation),
        ),
        ("Reader", meta.model or "none"),
        ("Ratings become classes by", f"the {meta.star_map} star map"),
        ("The headline's interval holds", figure.basis if figure else ""),
        ("Worth as many independent votes", words.count(round(figure.effective_n)) if figure else ""),
    ]
    heard = [
        (escape(item.source_kind or ""), escape(words.language(item.lang)), words.count(item.mentions),
         words.count(item.natives), words.count(item.set_aside))
        for item in sorted(report.sources, key=lambda item: -item.mentions)[:12]
    ]  # fmt: skip
    pairs = [(escape(name), escape(value)) for name, value in rows if value]
    heard_head = ("Source", "Language", "#Mentions", "#With a rating", "#Set aside")
    return (
        f'<section class="method"><h2>How this was measured</h2><p>{_METHOD}</p>{table(("", ""), pairs)}'
        f"<h3>What was heard</h3>{table(heard_head, heard) or '<p>Nothing.</p>'}"
        f"{report_parts.benchmarks(report)}</section>"
    )
