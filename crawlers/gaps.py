"""Which ids of a newest-first source are still to be fetched, kept between runs.

A run that breaks off leaves a gap: what came after it is fetched first, then the gap is gone on with where it
was left, and nothing between the two is read again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Gaps:
    """`top` is the highest id ever met. `open` lists ranges to fetch, newest first, each `[upper, lower]`:
    ids below `upper` (None: from the newest on) and above `lower` (0: to the very first)."""

    top: int = 0
    open: list[tuple[int | None, int]] = field(default_factory=list)

    @classmethod
    def load(cls, marks: dict[str, Any]) -> Gaps:
        """From a spider's marks; anything unreadable is as if nothing had been fetched."""
        try:
            ranges = [(None if upper is None else int(upper), int(lower)) for upper, lower in marks["gaps"]]
            return cls(int(marks["top"]), ranges)
        except (KeyError, TypeError, ValueError):
            return cls()

    def dump(self) -> dict[str, Any]:
        """For a spider's marks."""
        return {"top": self.top, "gaps": [list(item) for item in self.open]}

    def begin(self, *, whole: bool) -> None:
        """Opens the range from the newest id to `top`; for a sweep that is not yet under way, everything."""
        begun = [(upper, lower) for upper, lower in self.open if upper is not None]
        unbegun = [lower for upper, lower in self.open if upper is None]
        under_way = any(lower == 0 for _, lower in begun)
        newest = (None, min([self.top, *unbegun]))
        self.open = [(None, 0)] if whole and not under_way else [newest, *begun]

    @property
    def current(self) -> tuple[int | None, int] | None:
        """The range to go on with, or None when nothing is left."""
        return self.open[0] if self.open else None

    def got(self, ids: list[int], *, end: bool = False) -> None:
        """Notes the ids of a page of the current range; `end` where the source has nothing older."""
        upper, lower = self.open[0]
        self.top = max(self.top, *ids) if ids else self.top
        reached = min(ids) if ids else (upper or 0)
        if end or reached <= lower + 1:
            self.open.pop(0)
        else:
            self.open[0] = (reached, lower)

    def skip(self, width: int) -> None:
        """Goes `width` ids down in the current range: sources that page by windows of ids have empty ones."""
        upper, lower = self.open[0]
        if upper is None or upper - width <= lower + 1:
            self.open.pop(0)
        else:
            self.open[0] = (upper - width, lower)
