"""The words of dossiers: verdicts, reasons, evidence, and what would change them.

Given in English, as the dossier is; marked for the catalogues, since the view says them in its own language.
"""

from __future__ import annotations

from collections.abc import Iterable

from app import words
from app.i18n import N_

VERDICTS = {
    "coordinated": N_("These mentions look coordinated"),
    "unusual": N_("These mentions look unusual"),
    "organic crisis": N_("Many people spoke at once; this does not look organised"),
}
DIRECTIONS = {"smear": N_("against the brand"), "boost": N_("in favour of the brand")}
EVIDENCE = {
    "same_wording": N_("Share that has the wording of others, nearly or exactly"),
    "one_window": N_("Mentions in one window, beside those expected there"),
    "new_accounts": N_("Share by accounts made within 30 days"),
    "first_mentions": N_("Share by accounts that had never posted before"),
    "numbered_handles": N_("Share by accounts whose handle ends in a number"),
    "unverified": N_("Share without a verified purchase"),
    "one_place": N_("Share that stands in one single place"),
    "own_words": N_("Share in words of their own"),
    "aged_accounts": N_("Share by accounts older than a year"),
    "many_sources": N_("Sources it came from"),
    "verified": N_("Share with a verified purchase"),
}
_COUNTS = frozenset({"one_window", "many_sources"})
REASONS = {
    "copies": N_("same words"), "near_copies": N_("nearly the same words"),
    "template": N_("one template, filled in"), "paraphrase": N_("the same said otherwise"),
    "wave": N_("an unexpected wave"), "new_accounts": N_("unusual accounts"), "burst": N_("a burst"),
    "lockstep": N_("the same accounts at the same targets"), "generated": N_("wording that looks made"),
}  # fmt: skip
CHANGES = {
    "shared_text": N_(
        "That the common wording has an open origin: a petition, a press text, a form letter, a quotation."
    ),
    "event": N_(
        "That something happened just then which explains the wave: an outage, a price, a news story."
    ),
    "accounts_unknown": N_(
        "Who the accounts are. They are not known here; a platform can see their age, sign-up and devices. "
        "Aged accounts that post about many other things would speak against coordination."
    ),
    "accounts_unrelated": N_(
        "That the accounts have nothing in common which only the platform can see: sign-up times, "
        "addresses, devices, payment."
    ),
    "customers": N_("Orders, contracts or tickets that belong to these authors."),
    "times": N_("Exact times of publication. Without them chance could not be computed for this group."),
}
"""What would change our mind, by the codes of `pipeline.dossier.would_change`."""


def verdict(name: str) -> str:
    """What a verdict says, as the beginning of a sentence."""
    return VERDICTS.get(name, VERDICTS["unusual"])


def reason(code: str) -> str:
    """A reason code in words."""
    return REASONS.get(code, code.replace("_", " "))


def meaning(code: str) -> str:
    """What a code of evidence measures."""
    if code.startswith("usual_"):
        return f"{EVIDENCE.get(code.removeprefix('usual_'), code.replace('_', ' '))}: as usual"
    return EVIDENCE.get(code, code.replace("_", " ").capitalize())


def amount(code: str, value: float | None) -> str:
    """Its value: a share, or a count."""
    if value is None:
        return "–"
    if code in _COUNTS:
        return words.count(round(value)) if value >= 10 or value == round(value) else words.decimal(value)
    return words.percent(value)


def some(names: Iterable[str], most: int = 3) -> str:
    """The first names and how many more."""
    listed = list(names)
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more
