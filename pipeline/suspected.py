"""What a cut chooses, in words, and the campaigns in it: the same list for all faces."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from pipeline.facts import Cut
from pipeline.snapshot import Snapshot


def days_and_brands(cut: Cut) -> dict[str, Any]:
    """What of a cut chooses campaigns: a group of mentions has no language or source of its own."""
    return {name: value for name, value in cut.params().items() if name in ("brands", "since", "until")}


def campaigns(snapshot: Snapshot, cut: Cut = Cut()) -> list[dict[str, Any]]:  # noqa: B008 (immutable)
    """The campaigns of the cut's brands that lie in its days, the newest first."""
    return snapshot.rows("export.campaigns", days_and_brands(cut))


def filters(cut: Cut) -> dict[str, str]:
    """What a cut lets through, by the name of the filter; empty where all that is authentic passes."""
    found = {
        field.name: _said(value) for field in fields(cut) if (value := getattr(cut, field.name)) is not None
    }
    del found["authentic"]
    return found if cut.authentic else found | {"set aside": "counted"}


def _said(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join("=".join(item) if isinstance(item, tuple) else str(item) for item in value)
    return str(value)
