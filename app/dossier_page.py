"""The dossier as one HTML file for a platform, a lawyer, or one's own archive: style and drawings inside,
no script.

It is in English, whatever the language of the view: it leaves the house. Everything that comes from outside
passes `escape`. It says "coordinated" or "unusual", and what would change that.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from app import dossier_drawings, drawings, words
from app.documents import document
from app.dossier_parts import members, moment, quotes, who, zone
from app.dossier_words import CHANGES, DIRECTIONS, amount, meaning, reason, some, verdict
from app.drawings import Bar
from app.i18n import speaking
from app.palette import LIGHT
from app.report_parts import table, tile
from pipeline.dossier import Dossier, Evidence


def page(found: Dossier) -> str:
    """The whole document."""
    with speaking("en"):
        sections = (
            _cover, _sure, _when, quotes, who, _effect, _change, members, _history, _method,
        )  # fmt: skip
        body = "".join(section(found) for section in sections)
        title = f"{words.plain(found.brand, 80)}: dossier {found.campaign_id[:16]}"
        return document(title, body, "report.css", "dossier.css")


def _cover(found: Dossier) -> str:
    said = verdict(found.verdict)
    direction = DIRECTIONS.get(found.direction)
    told = f"{said}, {direction}" if direction and found.verdict != "organic crisis" else said
    hours = (found.ended_at - found.started_at).total_seconds() / 3600
    length = words.many(max(round(hours), 1), "hour") if hours < 72 else words.many(round(hours / 24), "day")
    tiles = [
        tile("Mentions", words.count(found.mentions), f"{words.count(found.set_aside)} set aside"),
        tile("Accounts", words.count(found.authors), _per_account(found)),
        tile("Window", escape(length), escape(found.made.timezone)),
        tile("Wordings", words.count(found.wordings), "shared by several mentions"),
        tile("Sources", words.count(len(found.sources)), escape(some(map(words.source, found.sources)))),
        tile("Languages", words.count(len(found.langs)), escape(some(map(words.language, found.langs)))),
    ]
    return (
        f'<div class="cover"><p class="period">Dossier {escape(found.campaign_id)}</p>'
        f"<h1>{escape(words.plain(found.brand, 120))}</h1>"
        f'<p class="verdict">{escape(told)}.</p>'
        f"<p>From {moment(found, found.started_at)} to {moment(found, found.ended_at)}. First seen by sayso "
        f"{moment(found, found.found_at)}, last updated {moment(found, found.updated_at)}.</p>"
        f'<div class="tiles">{"".join(tiles)}</div></div>'
    )


def _per_account(found: Dossier) -> str:
    return f"{words.decimal(found.mentions / max(found.authors, 1))} mentions each"


def _sure(found: Dossier) -> str:
    reasons = [escape(reason(code)) for code in found.reasons]
    why = f"<p>It rests on: {', '.join(reasons)}.</p>" if reasons else ""
    toward = {
        name: [item for item in found.evidence if item.toward == name] for name in ("attack", "organic")
    }
    return (
        f"<section><h2>How sure, and why</h2><p>{_chance(found)}</p>{why}"
        f"<h3>What speaks for coordination</h3>{_evidence(toward['attack'])}"
        f"<h3>What speaks for many independent people</h3>{_evidence(toward['organic'])}</section>"
    )


def _chance(found: Dossier) -> str:
    if found.q_value is None and found.p_value is None:
        return (
            "The verdict rests on wording and accounts. Chance was not computed: the times are too few or "
            "too "
            "coarse."
        )
    p, corrected = (
        (found.q_value, " after correction for all groups that were looked at")
        if found.q_value is not None
        else (found.p_value, "")
    )
    shown = "under 1 in 10,000" if (p or 0) < 1e-4 else f"{p:.2g}"
    told = (
        "Were the times of these mentions a matter of chance, so large a group would arise with probability"
    )
    return f"{told} {shown}{corrected}."


def _evidence(items: Sequence[Evidence]) -> str:
    if not items:
        return '<p class="note">Nothing was found.</p>'
    rows = [
        (
            escape(meaning(item.code)), amount(item.code, item.value), amount(item.code, item.usual),
            _strength(item.weight),
        )
        for item in items
    ]  # fmt: skip
    return table(("What", "#Here", "#Usually", "Weight"), rows)


def _strength(weight: float) -> str:
    name = "strong" if weight >= 3 else "some" if weight >= 1 else "weak"
    return f'<span class="weight {name}">{name}</span>'


def _when(found: Dossier) -> str:
    if not found.volume:
        return ""
    most = max(found.volume, key=lambda bucket: bucket.members)
    step = "an hour" if found.step == "hour" else "a day"
    told = f"At most {most.members} mentions of the group {step}, from {moment(found, most.start)}"
    key = _key(("This group", LIGHT.classes["detractor"]), ("Other mentions of the brand", LIGHT.faint))
    drawn = dossier_drawings.volume(found.volume, found.step, zone(found), LIGHT, told)
    voted = ""
    if any(bucket.members_vote is not None for bucket in found.volume):
        votes = dossier_drawings.votes(
            found.volume, found.step, zone(found), LIGHT, "Mean vote of the group and of all other mentions"
        )
        voted = f"<h3>Mean vote, −100 to +100</h3>{votes}"
    return f"<section><h2>When</h2><p>{escape(told)}.</p>{key}{drawn}{voted}</section>"


def _key(*items: tuple[str, str]) -> str:
    parts = "".join(
        f'<span><i style="background:{colour}"></i>{escape(name)}</span>' for name, colour in items
    )
    return f'<div class="key">{parts}</div>'


def _effect(found: Dossier) -> str:
    if found.nps_with is None or found.nps_without is None:
        return ""
    change = found.nps_with - found.nps_without
    tiles = (
        tile("NPS with these mentions", words.signed(found.nps_with, 1), "all mentions of the days"),
        tile("NPS without them", words.signed(found.nps_without, 1), "the same days"),
        tile("Difference", words.signed(change, 1), "points"),
    )
    return (
        f'<section><h2>What it does to the figures</h2><div class="tiles">{"".join(tiles)}</div>'
        f'{_felt(found)}<p class="note">Counted plainly over the days of the group, 28 at least: every '
        f"mention "
        "one vote, by its rating or its reading. The published natural NPS leaves out what was set aside.</p>"
        "</section>"
    )


def _felt(found: Dossier) -> str:
    moved = sorted(found.footprint_change.items(), key=lambda item: -abs(item[1]))[:6]
    shown = [(name, 100 * change) for name, change in moved if abs(change) >= 0.005]
    if not shown:
        return ""
    most = max(5.0, *(abs(change) for _, change in shown))
    rows = [
        Bar(
            words.emotion(name),
            change,
            change,
            change,
            words.signed(change, 1),
            LIGHT.emotions.get(name, LIGHT.muted),
        )
        for name, change in shown
    ]
    drawn = drawings.bars(
        rows, LIGHT, low=-most, high=most, alt="Change of the share of each emotion in points"
    )
    return f"<h3>Emotions, change of their share in percentage points</h3>{drawn}"


def _change(found: Dossier) -> str:
    if not found.would_change:
        return ""
    items = "".join(f"<li>{escape(CHANGES.get(code, code))}</li>" for code in found.would_change)
    return f"<section><h2>What would change our mind</h2><ul>{items}</ul></section>"


def _history(found: Dossier) -> str:
    if not found.history:
        return ""
    rows = [
        (
            moment(found, said.said_at), escape(said.verdict), escape(said.who or "–"),
            escape(words.plain(said.reason or "", 500)),
        )
        for said in found.history
    ]  # fmt: skip
    return f"<section><h2>What people decided</h2>{table(('When', 'What', 'Who', 'Why'), rows)}</section>"


def _method(found: Dossier) -> str:
    made = found.made
    when = f", {words.moment(made.made_at)}" if made.made_at else ""
    rows = [
        ("Snapshot", f"{made.generation}{when}"),
        ("Reader", escape(made.model or "none")),
        ("Times", f"by the clock of {escape(made.timezone)}; collection times in UTC"),
        ("State", escape(found.state)),
    ]  # fmt: skip
    told = (
        "Public mentions were collected with their times and places. Groups are found by wording, time and "
        "accounts together, never by the look of one text. A group is called coordinated or unusual; who "
        "stands "
        "behind it, and why, is not known from this. Suspected mentions are set aside from the figures "
        "and kept."
    )
    return f'<section class="method"><h2>How this was made</h2><p>{told}</p>{table(("", ""), rows)}</section>'
