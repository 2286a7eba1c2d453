"""The summary of a snapshot for a person at a terminal: three narrow tables and what to know of them."""

from __future__ import annotations

from app.output import print_table, say
from pipeline.numbers import Figure
from pipeline.summary import BrandSummary, Felt, Summary


def print_summary(found: Summary) -> None:
    """Where the brands stand, how texts compare with ratings, what people feel, what it rests on."""
    if not found.mentions:
        say(
            "No mentions yet. Next: add [[targets]] to sayso.toml or `sayso import` a file, then `sayso run`."
        )
        return
    print_table(
        "Natural NPS", ["brand", "NPS", "95 %", "mentions", "from text"], map(_standing, found.brands)
    )
    print_table(
        "The same people: what their texts say, ratings hidden, beside the ratings they gave",
        ["brand", "of the texts", "of the ratings", "mentions"],
        [row for brand in found.brands if (row := _beside(brand))],
    )
    print_table("What they feel", ["brand", "no positive emotion", "strongest"], map(_felt, found.brands))
    _say_basis(found)


def _standing(brand: BrandSummary) -> list[object]:
    name = brand.name + (" (competitor)" if brand.competitor else "")
    figure = brand.headline
    if figure is None:
        return [name, "nothing heard", "", f"{brand.mentions:,}", ""]
    interval = f"{figure.low:+.0f} .. {figure.high:+.0f}"
    return [name, _value(figure), interval, f"{brand.mentions:,}", f"{figure.estimated:.0%}"]


def _beside(brand: BrandSummary) -> list[object] | None:
    rated = brand.native or brand.survey
    if rated is None or brand.text_on_rated is None:
        return None
    return [brand.name, _with_interval(brand.text_on_rated), _with_interval(rated), f"{rated.n:,}"]


def _felt(brand: BrandSummary) -> list[object]:
    strongest = ", ".join(f"{felt.emotion} {felt.share:.0%}" for felt in brand.top_emotions)
    return [brand.name, _share(brand.no_positive) if brand.no_positive else "", strongest]


def _value(figure: Figure) -> str:
    return f"{figure.nps:+.1f}" + (" (too few)" if figure.too_few else "")


def _with_interval(figure: Figure) -> str:
    return f"{_value(figure)} ({figure.low:+.0f} .. {figure.high:+.0f})"


def _share(felt: Felt) -> str:
    return f"{felt.share:.0%} ({felt.low:.0%} .. {felt.high:.0%})"


_VERDICTS = {
    "coordinated": "Looks coordinated",
    "unusual": "Unusual",
    "organic crisis": "A wave of its own, not set aside",
}


def _say_basis(found: Summary) -> None:
    say(f"{found.mentions:,} mentions: {_counts(found.languages)}")
    say(f"From {_counts(found.source_kinds)}. Set aside as not authentic: {found.set_aside:,}.")
    for campaign in found.campaigns:
        size, brand = f"{campaign['mentions']:,} mentions", campaign["brand"]
        say(f"{_VERDICTS[campaign['verdict']]}: {size} of {brand} ({campaign['direction']})")
    say(f"Ratings become classes by the {found.star_map} map; texts were read by {found.model}.")


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items(), key=lambda item: -item[1]))
