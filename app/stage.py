"""What every page stands on: the snapshot, what may be chosen, what is chosen, and the colours."""

from __future__ import annotations

from dataclasses import dataclass

from app import data
from app.filters import Choices, Filters
from app.frames import Rivals, rivals
from app.palette import Palette
from app.sharing import Role
from pipeline.facts import Cut


@dataclass(frozen=True)
class Stage:
    """`name` is the snapshot's file."""

    name: str
    choices: Choices
    filters: Filters
    look: Palette
    role: Role = "admin"

    @property
    def acts(self) -> bool:
        """Whether who looks may correct, set aside, answer, audit, acknowledge and snooze."""
        return self.role != "viewer"

    @property
    def governs(self) -> bool:
        """Whether who looks may dismiss campaigns and see who did what."""
        return self.role == "admin"

    @property
    def at(self) -> tuple[str, str]:
        """Names the snapshot to `app.figures`."""
        return str(data.home().root), self.name

    @property
    def brand(self) -> str:
        """The chosen brand."""
        return self.filters.brand

    @property
    def places(self) -> Rivals:
        """Each brand's place, for its colour."""
        return rivals(self.choices.brands, self.filters.brand)

    @property
    def own(self) -> Cut:
        """The cut of the chosen brand."""
        return self.filters.cut(self.filters.brand)

    @property
    def all(self) -> Cut:
        """The cut of all brands."""
        return self.filters.cut()
