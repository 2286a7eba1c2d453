"""What a person does in the view goes to the inbox, with who and when; the next run takes labels from there.

That somebody answered a mention is kept there too, and read from there: no figure depends on it.
"""

from __future__ import annotations

import getpass
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import streamlit as st
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from pipeline import labels
from pipeline.errors import InputError
from pipeline.home import Home
from pipeline.labels import Label

_NAME = 200


class Answered(BaseModel):
    """That somebody answered a mention outside sayso."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mention_id: str
    brand: str
    by: str
    at: AwareDatetime


@dataclass(frozen=True, slots=True)
class Inbox:
    """What people said and did so far. `damaged` names files that cannot be read."""

    labels: tuple[Label, ...]
    answered: Mapping[tuple[str, str], Answered]
    damaged: tuple[str, ...]

    def said(self, mention_id: str, brand: str) -> list[Label]:
        """What was said of one mention, oldest first."""
        return [label for label in self.labels if (label.mention_id, label.brand) == (mention_id, brand)]


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
    text = Answered(mention_id=mention_id, brand=brand, by=who(), at=datetime.now(UTC)).model_dump_json()
    mark = hashlib.sha256(text.encode()).hexdigest()[:12]
    path = home.inbox / f"answered-{datetime.now(UTC):%Y%m%dT%H%M%S}-{mark}.json"
    part = path.with_name(path.name + ".part")
    part.write_text(text + "\n", encoding="utf-8")
    part.replace(path)
    return path


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
    return Inbox(ordered, {(item.mention_id, item.brand): item for item in done}, tuple(damaged))


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
