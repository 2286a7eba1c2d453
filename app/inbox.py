"""What a person does in the view goes to the inbox, with who and when; the next run takes it from there.

Until then the view reads the inbox itself, so that what was done shows at once.
"""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import streamlit as st
from pydantic import ValidationError

from pipeline import actions, labels
from pipeline.actions import Answered, Judgement, Verdict
from pipeline.errors import InputError
from pipeline.home import Home
from pipeline.labels import Label

_NAME = 200


@dataclass(frozen=True, slots=True)
class Inbox:
    """What people said and did so far. `damaged` names files that cannot be read."""

    labels: tuple[Label, ...]
    answered: Mapping[tuple[str, str], Answered]
    verdicts: tuple[Verdict, ...]
    damaged: tuple[str, ...]

    def said(self, mention_id: str, brand: str) -> list[Label]:
        """What was said of one mention, oldest first."""
        return [label for label in self.labels if (label.mention_id, label.brand) == (mention_id, brand)]

    def decided(self, campaign_id: str) -> list[Verdict]:
        """What was decided about one campaign, oldest first."""
        return [verdict for verdict in self.verdicts if verdict.campaign_id == campaign_id]


def who() -> str:
    """Who acts: the address somebody logged in with, or whoever runs the view on this machine."""
    if st.user.get("is_logged_in", False):
        return str(st.user.get("email") or st.user.get("sub") or "somebody")[:_NAME]
    try:
        return getpass.getuser()[:_NAME]
    except (KeyError, OSError):
        # A container may run under a number that has no name.
        return "this machine"


def say(home: Home, mention: Mapping[str, Any], **said: Any) -> Path:
    """Lay one person's word on one mention in the inbox. Raises InputError for a word that is no label."""
    try:
        label = Label(
            mention_id=mention["mention_id"], brand=mention["brand"], version=mention["version"], by=who(),
            labelled_at=datetime.now(UTC), **said,
        )  # fmt: skip
    except ValidationError as error:
        what = error.errors(include_input=False, include_url=False)[0]["msg"]
        raise InputError(what, where="the form", next_step="mend it and send it again") from error
    return labels.lay(home, labels=[label])


def mark_answered(home: Home, mention_id: str, brand: str) -> Path:
    """Keep that a mention was answered. The file appears when it is whole."""
    said = Answered(mention_id=mention_id, brand=brand, by=who(), at=datetime.now(UTC))
    return actions.lay(home, "answered", said)


def judge(
    home: Home,
    campaign_id: str,
    verdict: Judgement,
    *,
    reason: str | None = None,
    until: datetime | None = None,
) -> Verdict:
    """Keep what was decided about a campaign. Raises InputError for a dismissal without a reason."""
    return actions.judge(home, campaign_id, verdict, who=who(), reason=reason, until=until)


def read(home: Home) -> Inbox:
    """Everything in the inbox, read again only when a file was added."""
    return _read(str(home.root), len(list(home.inbox.glob("*.json"))), home.inbox.stat().st_mtime_ns)


@st.cache_data(max_entries=4, show_spinner=False)
def _read(root: str, files: int, changed: int) -> Inbox:
    damaged: list[str] = []
    folder = Home(Path(root)).inbox
    said = [label for item in _items(folder, "labels", damaged) for label in _labels(item, damaged)]
    done = [Answered.model_validate(item) for item in _items(folder, "answered", damaged)]
    ordered = tuple(sorted(said, key=lambda label: label.labelled_at))
    decided = tuple(actions.verdicts(Home(Path(root)), damaged))
    return Inbox(ordered, {(item.mention_id, item.brand): item for item in done}, decided, tuple(damaged))


def _items(folder: Path, kind: str, damaged: list[str]) -> Iterator[Any]:
    for path in sorted(folder.glob(f"{kind}-*.json")):
        try:
            item = json.loads(path.read_bytes())
            if kind == "answered":
                Answered.model_validate(item)
        except (ValueError, OSError):
            damaged.append(path.name)
            continue
        yield item


def _labels(item: Any, damaged: list[str]) -> list[Label]:
    try:
        return [Label.model_validate(label) for label in item["labels"]]
    except (ValidationError, KeyError, TypeError):
        damaged.append("a file of labels")
        return []
