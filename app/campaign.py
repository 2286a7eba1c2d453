"""One campaign: what, when, by whom, what it does to the score, how sure, and what somebody decides."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pandas as pd
import streamlit as st

from app import address, campaign_charts, cards, data, figures, inbox, words
from app import dossier_words as told
from app.blocks import chart
from app.blocks import figures as table_of
from app.cards import MentionCard
from app.i18n import N_, _
from app.stage import Stage
from pipeline.actions import Judgement, Verdict
from pipeline.dossier import Dossier, Evidence, Quote, dossier
from pipeline.errors import InputError

_ACCOUNTS = 25
_SNOOZES = (1, 3, 7, 14, 30)
_HASH = 10
"""Characters of an account's hash that tell it apart well enough here; the files have all."""
_DECISIONS = {
    "acknowledged": N_("acknowledged"), "snoozed": N_("snoozed"), "dismissed": N_("dismissed"),
    "reopened": N_("reopened"),
}  # fmt: skip


def show(stage: Stage, campaign_id: str) -> None:
    """Draw it; a campaign that the snapshot does not know says so."""
    try:
        found = figures.dossier(stage.at, campaign_id)
    except InputError as error:
        st.html(cards.note(error.what, error.next_step))
        return
    st.html(cards.note(_verdict(found), _sure(found)))
    _when(stage, found)
    left, right = st.columns(2, gap="small")
    with left:
        _evidence(_("What speaks for coordination"), "attack", found.evidence)
        _effect(found)
    with right:
        _evidence(_("What speaks for many independent people"), "organic", found.evidence)
        _decide(stage, found)
    _who(stage, found)
    _quotes(found)
    _files(stage, found)


def _verdict(found: Dossier) -> str:
    direction = told.DIRECTIONS.get(found.direction)
    verdict = _(told.verdict(found.verdict))
    return f"{verdict}, {_(direction)}" if direction and found.verdict != "organic crisis" else verdict


def _sure(found: Dossier) -> str:
    parts = [
        words.many(found.mentions, "mention"), words.many(found.authors, "author"),
        words.many(len(found.sources), "source"),
    ]  # fmt: skip
    chance = found.q_value if found.q_value is not None else found.p_value
    parts.append(
        _("chance was not computed: times are too few or too coarse")
        if chance is None
        else _("by chance with probability {p}", p=_probability(chance))
    )
    parts += [
        _("rests on: {reasons}", reasons=words.listed([_(told.reason(code)) for code in found.reasons]))
    ]
    return " · ".join(parts)


def _probability(p: float) -> str:
    return f"< {words.decimal(0.0001, 4)}" if p < 0.0001 else words.decimal(p, 4 if p < 0.01 else 2)


def _when(stage: Stage, found: Dossier) -> None:
    names = (_("All others"), _("The campaign"))
    frame = pd.DataFrame(
        {"start": bucket.start, "group": names[member], "member": member, "n": n}
        for bucket in found.volume
        for member, n in enumerate((bucket.others, bucket.members))
    )  # fmt: skip
    with st.container(border=True, key="card-when"):
        below = (
            _("By hour, with what was said around it")
            if found.step == "hour"
            else _("By day, with what was said around it")
        )
        st.html(cards.title(_("When it came"), below))
        alt = _(
            "Mentions over time: {n} of the campaign between {first} and {last}", n=found.mentions,
            first=words.moment(found.started_at), last=words.moment(found.ended_at),
        )  # fmt: skip
        chart(
            "when", frame=frame, look=stage.look, alt=alt,
            draw=lambda rows, look: campaign_charts.timeline(rows, look, found.step),
        )  # fmt: skip


def _evidence(title: str, toward: str, items: Iterable[Evidence]) -> None:
    kept = [item for item in items if item.toward == toward]
    with st.container(border=True, key=f"card-evidence-{toward}"):
        st.html(cards.title(title))
        if not kept:
            st.html(cards.nothing(_("Nothing")))
            return
        st.html(cards.pairs((_meaning(item.code), _amount(item)) for item in kept))
        table_of(f"evidence-{toward}", pd.DataFrame(
            {N_("Evidence"): _meaning(item.code), N_("Value"): item.value, N_("Usual"): item.usual,
             N_("Weight"): item.weight}
            for item in kept
        ))  # fmt: skip


def _meaning(code: str) -> str:
    usual = code.startswith("usual_")
    meaning = _(told.meaning(code.removeprefix("usual_")))
    return _("{what}: as usual", what=meaning) if usual else meaning


def _amount(item: Evidence) -> str:
    code = item.code.removeprefix("usual_")
    value = told.amount(code, item.value)
    if item.usual is None:
        return value
    return _("{value}, usually {usual}", value=value, usual=told.amount(code, item.usual))


def _effect(found: Dossier) -> None:
    with st.container(border=True, key="card-effect"):
        below = _("All mentions of its days, 28 days at least, with the campaign and without it")
        st.html(cards.title(_("What it does to the score"), below))
        if found.nps_with is None or found.nps_without is None:
            st.html(cards.nothing(_("Too few mentions to say")))
            return
        lines = [
            (_("Score with it"), words.signed(found.nps_with, 1)),
            (_("Score without it"), words.signed(found.nps_without, 1)),
            (_("It moves the score by"), words.signed(found.nps_with - found.nps_without, 1)),
        ]
        moved = sorted(found.footprint_change.items(), key=lambda pair: -abs(pair[1]))[:3]
        lines += [
            (words.emotion(name), _("{points} percentage points", points=words.signed(100 * by, 1)))
            for name, by in moved
        ]
        st.html(cards.pairs(lines))


def _decide(stage: Stage, found: Dossier) -> None:
    with st.container(border=True, key="card-decide"):
        st.html(
            cards.title(_("What you decide"), _("Kept with your name and the time; the next run takes it in"))
        )
        if stage.acts:
            _buttons(stage, found.campaign_id)
        else:
            st.html(cards.nothing(_("Analysts and admins decide here; you may read")))
        said = inbox.read(data.home()).decided(found.campaign_id)
        if said:
            st.html(cards.pairs(
                (f"{verdict.who or _('Somebody')}, {words.moment(verdict.said_at)}", _decided(verdict))
                for verdict in said
            ))  # fmt: skip


def _decided(said: Verdict) -> str:
    parts = [_(_DECISIONS[said.verdict])]
    parts += [_("until {at}", at=words.moment(said.until))] if said.until else []
    parts += [f"“{words.plain(said.reason, 300)}”"] if said.reason else []
    return " · ".join(parts)


def _buttons(stage: Stage, campaign_id: str) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if st.button(_("Acknowledge"), key="acknowledge", icon=":material/done:"):
            _judge(campaign_id, "acknowledged")
        days = st.selectbox(
            _("Days"), _SNOOZES, index=2, key="snooze-days", width=90, label_visibility="collapsed",
            format_func=address.labels(_SNOOZES, lambda n: words.many(int(n), "day")),
        )  # fmt: skip
        if st.button(_("Snooze"), key="snooze", icon=":material/snooze:"):
            _judge(campaign_id, "snoozed", until=datetime.now(UTC) + timedelta(days=days))
    if not stage.governs:
        st.html(cards.nothing(_("Admins may dismiss it: later runs learn from that")))
        return
    reason = st.text_input(_("Why it is none"), key="dismiss-reason", max_chars=2_000)
    with st.container(horizontal=True):
        if st.button(_("Dismiss"), key="dismiss", icon=":material/block:"):
            _judge(campaign_id, "dismissed", reason=reason.strip() or None)
        if st.button(_("Reopen"), key="reopen", icon=":material/undo:"):
            _judge(campaign_id, "reopened")


def _judge(
    campaign_id: str, verdict: Judgement, *, reason: str | None = None, until: datetime | None = None
) -> None:
    try:
        inbox.judge(data.home(), campaign_id, verdict, reason=reason, until=until)
    except InputError as error:
        st.html(cards.note(words.fault(error.what), words.fault(error.next_step)))


def _who(stage: Stage, found: Dossier) -> None:
    with st.container(border=True, key="card-who"):
        below = _("Accounts as keyed hashes of their handles: the same hash is the same account")
        st.html(cards.title(_("Who posted, and who posts like whom"), below))
        if not found.accounts:
            st.html(cards.nothing(_("The accounts are not known: these sources name none")))
            return
        shown = sorted(found.accounts, key=lambda account: -account.mentions)[:_ACCOUNTS]
        if len(shown) < len(found.accounts):
            rest = words.many(len(found.accounts) - len(shown), "account")
            st.html(
                cards.nothing(
                    _("Those with most mentions; the table has the others too: {accounts}", accounts=rest)
                )
            )
        frame = pd.DataFrame(
            {"account": account.author_hash[:_HASH], "at": at}
            for account in sorted(shown, key=lambda item: item.first_at)
            for at in account.times
        )
        if len(frame):
            alt = _("When each account posted: {accounts}", accounts=words.many(len(shown), "author"))
            st.altair_chart(campaign_charts.accounts(frame, stage.look), theme=None, alt=alt)
        table_of("accounts", pd.DataFrame(
            {N_("Account"): item.author_hash[:_HASH], N_("Mentions"): item.mentions,
             N_("First"): item.first_at,
             N_("Last"): item.last_at, N_("Age, days"): item.age_days, N_("Nothing else"): item.one_mention,
             N_("Targets"): item.targets, N_("Suspicion"): item.p_bot}
            for item in found.accounts
        ))  # fmt: skip
    _ties(found)


def _ties(found: Dossier) -> None:
    with st.container(border=True, key="card-ties"):
        st.html(cards.title(_("Ties"), _("Two that posted alike; the weight is how alike, 0 to 1")))
        if not found.ties:
            st.html(cards.nothing(_("None")))
            return
        kinds = {
            kind: sum(tie.kind == kind for tie in found.ties) for kind in {tie.kind for tie in found.ties}
        }
        st.html(cards.pairs((_(told.reason(kind)), words.count(n)) for kind, n in sorted(kinds.items())))
        table_of("ties", pd.DataFrame(
            {N_("One"): tie.a[:_HASH], N_("Other"): tie.b[:_HASH], N_("Kind"): _(told.reason(tie.kind)),
             N_("Weight"): tie.weight, N_("Pairs"): tie.pairs}
            for tie in found.ties
        ))  # fmt: skip


def _quotes(found: Dossier) -> None:
    with st.container(border=True, key="card-quotes"):
        st.html(
            cards.title(_("In their own words"), _("The most frequent wordings, then the most suspected"))
        )
        st.html(cards.mentions([_quote(item, found.brand) for item in found.quotes]))
        changes = [_(told.CHANGES[code]) for code in found.would_change if code in told.CHANGES]
        if changes:
            st.html(cards.title(_("What would change this view")))
            st.html(cards.points(changes))


def _quote(item: Quote, brand: str) -> MentionCard:
    several = words.many(item.mentions, "mention") if item.mentions > 1 else ""
    return MentionCard(
        title=several, text=item.text, url=item.url, at=item.at, source=item.source, lang=item.lang,
        brand=brand, kind=None, heard="", emotions=(), set_aside=False,
    )  # fmt: skip


def _files(stage: Stage, found: Dossier) -> None:
    """The dossier as files, made when somebody asks for one: hashes of originals are looked up in landing."""
    home, facts = data.home(), data.opened(stage.name)
    said = inbox.read(home).decided(found.campaign_id)

    def whole() -> Dossier:
        return dossier(facts, found.campaign_id, landing=home.landing, said=said)

    def page() -> bytes:
        from app.dossier_page import page as drawn

        return drawn(whole()).encode()

    name = f"dossier-{found.campaign_id[:40].replace('/', '-').replace(':', '-')}"
    with st.container(border=True, key="card-files"):
        below = _("For a platform, a lawyer or one's own archive, with the hashes of the archived originals")
        st.html(cards.title(_("Take it away"), below))
        with st.container(horizontal=True):
            st.download_button(
                _("Dossier (HTML)"), page, f"{name}.html", "text/html", key="dossier-html", on_click="ignore",
                icon=":material/download:",
            )  # fmt: skip
            st.download_button(
                _("Dossier (JSON)"), lambda: whole().to_json().encode(), f"{name}.json", "application/json",
                key="dossier-json", on_click="ignore", icon=":material/download:",
            )  # fmt: skip
