"""The summary of a snapshot for a person at a terminal."""

from __future__ import annotations

from app.output import print_table, say
from pipeline.numbers import Figure
from pipeline.summary import BrandSummary, Felt, Summary

_TOO_FEW = "too few"


def print_summary(found: Summary) -> None:
    """Brands beside each other, then where the mentions came from and what to look at next."""
    if not found.mentions:
        say(
            "No mentions yet. Next: add [[targets]] to sayso.toml or `sayso import` a file, then `sayso run`."
        )
        return
    columns = [
        "brand",
        "natural NPS",
        "95 % interval",
        "mentions",
        "from text",
        "NPS of texts, ratings hidden",
        "NPS of their ratings",
        "no positive emotion",
        "strongest emotions",
    ]
    print_table("Natural NPS", columns, [_row(brand) for brand in found.brands])
    say(f"{found.mentions:,} mentions: {_counts(found.languages)}; from {_counts(found.source_kinds)}.")
    say(
        f"Set aside as not authentic: {found.set_aside:,}. Stars become classes by the {found.star_map} map. "
        f"Reader: {found.model}."
    )
    say("Figures from texts carry the reader's error as far as it is measured: see docs/numbers.md.")


def _row(brand: BrandSummary) -> list[object]:
    figure = brand.headline
    return [
        brand.name + (" (competitor)" if brand.competitor else ""),
        _value(figure),
        f"{figure.low:+.0f} .. {figure.high:+.0f}" if figure else "",
        f"{brand.mentions:,}",
        f"{figure.estimated:.0%}" if figure else "",
        _value(brand.text_on_rated, interval=True),
        _value(brand.survey if brand.natural is None else brand.native, interval=True),
        _share(brand.no_positive) if brand.no_positive else "",
        ", ".join(f"{felt.emotion} {felt.share:.0%}" for felt in brand.top_emotions),
    ]


def _value(figure: Figure | None, *, interval: bool = False) -> str:
    if figure is None:
        return ""
    said = f"{figure.nps:+.1f}" + (f" ({figure.low:+.0f} .. {figure.high:+.0f})" if interval else "")
    return f"{said} {_TOO_FEW}" if figure.too_few else said


def _share(felt: Felt) -> str:
    return f"{felt.share:.0%} ({felt.low:.0%} .. {felt.high:.0%})"


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items(), key=lambda item: -item[1]))
