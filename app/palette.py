"""The colours of the view: one palette for emotions, one for promoters, passives and detractors.

Each in light and dark. Blue against orange stays apart for deuteranopes, protanopes and tritanopes; the tests
check it. No chart relies on colour alone: every mark also has its name, its place or its shape.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Mode = Literal["light", "dark"]
CLASSES = ("promoter", "passive", "detractor")


@dataclass(frozen=True)
class Palette:
    """All colours of one mode, as #rrggbb."""

    mode: Mode
    page: str
    surface: str
    line: str
    text: str
    muted: str
    faint: str
    accent: str
    warn: str
    warn_surface: str
    good: str
    classes: dict[str, str]
    on_classes: dict[str, str]
    """The colour of text that stands on each class's colour."""
    emotions: dict[str, str]
    rivals: tuple[str, ...]
    """Competitors, in the order of the config; the brand itself is drawn in `accent`."""

    def brand(self, place: int | None) -> str:
        """The colour of a competitor by its place, or of the brand itself (None)."""
        return self.accent if place is None else self.rivals[place % len(self.rivals)]


LIGHT = Palette(
    mode="light",
    page="#f7f7f5", surface="#ffffff", line="#e1e3e6", text="#1c2430", muted="#59626f", faint="#69727e",
    accent="#1f4e79", warn="#8a4b08", warn_surface="#fff5e6", good="#1b6e5a",
    classes={"promoter": "#1f6fb2", "passive": "#8a929d", "detractor": "#c04f0e"},
    on_classes={"promoter": "#ffffff", "passive": "#0f141b", "detractor": "#ffffff"},
    emotions={
        "delight": "#155a96", "gratitude": "#2877b8", "trust": "#1d8296", "hope": "#3f8fc4",
        "surprise": "#7a5ab0", "confusion": "#9272bd",
        "worry": "#b07d10", "disappointment": "#c4701a", "irritation": "#c9540f", "anger": "#a83a12",
        "disgust": "#7d2c14", "neutral": "#8a929d",
    },
    rivals=("#a8571b", "#6b4fa0", "#2b7f6e", "#8c6d1f", "#a03d6d", "#5c6670"),
)  # fmt: skip

DARK = Palette(
    mode="dark",
    page="#12161c", surface="#1b2129", line="#2e3641", text="#e8ebef", muted="#a9b2be", faint="#8b95a3",
    accent="#7fb4e6", warn="#f5c27d", warn_surface="#33291a", good="#6fd0b3",
    classes={"promoter": "#5aa7e6", "passive": "#8f99a6", "detractor": "#f08a45"},
    on_classes={"promoter": "#0b1118", "passive": "#0b1118", "detractor": "#0b1118"},
    emotions={
        "delight": "#8cc4f5", "gratitude": "#5aa7e6", "trust": "#4fb9c9", "hope": "#a8d3f7",
        "surprise": "#b79be6", "confusion": "#cdb8ef",
        "worry": "#ebc35a", "disappointment": "#f2a65a", "irritation": "#f08a45", "anger": "#e56a3c",
        "disgust": "#c7634a", "neutral": "#8f99a6",
    },
    rivals=("#f0a56b", "#b79be6", "#6fd0b3", "#dcbf6a", "#e28bb5", "#a9b2be"),
)  # fmt: skip


def palette(mode: str | None) -> Palette:
    """The palette for the browser's theme; light where it is not known yet."""
    return DARK if mode == "dark" else LIGHT
