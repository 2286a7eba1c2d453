"""Colours that all eyes can tell apart and read."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from app.palette import CLASSES, DARK, LIGHT, Palette, palette
from models.readings import EMOTIONS

# Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB.
BLINDNESS = {
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}  # fmt: skip


def linear(colour: str) -> np.ndarray:
    rgb = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def luminance(colour: str) -> float:
    return float(linear(colour) @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def lab(rgb: np.ndarray) -> np.ndarray:
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ np.clip(
        rgb, 0, 1
    )
    f = np.cbrt(xyz / [0.9505, 1.0, 1.089])
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=["light", "dark"])
class TestPalette:
    def test_text_is_readable(self, look: Palette) -> None:
        for text in (look.text, look.muted, look.accent):
            assert contrast(text, look.surface) >= 4.5
            assert contrast(text, look.page) >= 4.5
        assert contrast(look.warn, look.warn_surface) >= 4.5
        for name in CLASSES:
            assert contrast(look.on_classes[name], look.classes[name]) >= 4.0

    def test_marks_stand_out_from_the_card(self, look: Palette) -> None:
        marks = [*look.classes.values(), *look.emotions.values(), *look.rivals, look.accent]
        assert min(contrast(mark, look.surface) for mark in marks) >= 3.0

    @pytest.mark.parametrize("kind", [None, *BLINDNESS])
    def test_classes_stay_apart_for_colour_blind_eyes(self, look: Palette, kind: str | None) -> None:
        see = np.array(BLINDNESS[kind]) if kind else np.eye(3)
        seen = [lab(see @ linear(look.classes[name])) for name in CLASSES]
        assert min(float(np.linalg.norm(a - b)) for a, b in combinations(seen, 2)) > 20

    def test_every_emotion_has_a_colour(self, look: Palette) -> None:
        assert tuple(look.emotions) == EMOTIONS


def test_an_unknown_theme_is_light() -> None:
    assert palette(None) is LIGHT
    assert palette("dark") is DARK
