"""`sayso survey`: what people answer when asked, beside what they say unasked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from app.cuts import EVERYTHING, Chosen, filtered
from app.options import HomeOption, JsonOption, existing_home
from pipeline.errors import InputError

if TYPE_CHECKING:
    from pipeline.estimate import Difference
    from pipeline.facts import Period
    from pipeline.numbers import Figure
    from pipeline.survey_page import BrandSurvey

Line = tuple[str, ...]


@filtered()
def survey(
    home: HomeOption = None,
    every: Annotated[str, typer.Option(help="year, quarter, month, week or day.")] = "month",
    column: Annotated[
        str | None, typer.Option(help="Only this further column of the surveys.  [default: all short ones]")
    ] = None,
    chosen: Chosen = EVERYTHING,
    as_json: JsonOption = False,
) -> None:
    """Imported surveys beside the natural NPS of the same periods, with the offset between the two.

    By the surveys' further columns, by touchpoint, and what they ask of word of mouth and of competitors.
    """
    from app.output import print_json, say
    from pipeline.snapshot import Snapshot
    from pipeline.survey_page import surveyed

    with Snapshot.open(existing_home(home)) as snapshot:
        found = surveyed(snapshot, chosen.cut(), period=_period(every), column=column)
    if as_json:
        print_json([item.to_dict() for item in found])
    elif not found:
        say("No survey answers here. Next: `sayso import FILE --brand NAME`, then `sayso run`")
    for item in [] if as_json else found:
        _print(item)


def _period(every: str) -> Period:
    known: dict[str, Period] = {
        "year": "year", "quarter": "quarter", "month": "month", "week": "week", "day": "day",
    }  # fmt: skip
    if every not in known:
        raise InputError(f"{every!r} is no period", where="--every", next_step=f"use {', '.join(known)}")
    return known[every]


def _print(item: BrandSurvey) -> None:
    from app.output import print_table, say

    head = ["", "survey", "answers", "natural", "authors", "natural less survey"]
    print_table(f"{item.brand}: asked and unasked", head, _beside(item))
    if item.segments:
        rows = [(f"{s.column}: {s.answer}", *_told(s.figure)) for s in item.segments]
        print_table("By the survey's own columns", ["", "survey", "answers"], rows)
    for name in item.left_out:
        say(f"{name} has too many different answers to list: --column {name!r}")
    if item.touchpoints:
        named = [
            (
                t.touchpoint,
                *_told(t.survey),
                *(_told(t.natural) if t.natural else ("", "")),
                _offset(t.offset),
            )
            for t in item.touchpoints
        ]
        print_table("By touchpoint", head, named)
    _print_relation(item)


def _beside(item: BrandSurvey) -> list[Line]:
    if item.whole is None:
        return [("all time", *_told(item.answers), "nothing was said unasked", "", "")]
    pairs = [("all time", item.whole)] + [(f"from {pair.period}", pair) for pair in item.usual]
    return [
        (
            name, *_told(pair.survey), *_told(pair.natural),
            _offset(pair.offset) + (" (unusual)" if pair.steady is False else ""),
        )
        for name, pair in pairs
    ]  # fmt: skip


def _told(figure: Figure) -> tuple[str, str]:
    few = ", too few" if figure.too_few else ""
    return f"{figure.nps:+.0f} ({figure.low:+.0f} .. {figure.high:+.0f}{few})", f"{figure.votes:,}"


def _offset(offset: Difference | None) -> str:
    return f"{offset.value:+.0f} ({offset.low:+.0f} .. {offset.high:+.0f})" if offset else "too few"


def _print_relation(item: BrandSurvey) -> None:
    from app.output import print_pairs

    relation, rows = item.relation, {}
    if relation and relation.womi and relation.discourages:
        womi, warns = relation.womi, relation.discourages
        rows["word of mouth"] = f"{womi.value:+.0f} ({womi.low:+.0f} .. {womi.high:+.0f})"
        rows["would discourage others"] = f"{warns.value:.0%} ({warns.low:.0%} .. {warns.high:.0%})"
    for name, count in relation.competitors[:10] if relation else ():
        rows[f"names {name}"] = f"{count:,}"
    if rows:
        print_pairs("What the surveys ask besides", rows)
