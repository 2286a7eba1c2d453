"""The options by which verbs choose what counts: one definition, so that every figure is cut alike."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.errors import InputError

if TYPE_CHECKING:
    from pipeline.facts import Cut

Many = list[str] | None
Verb = Callable[..., None]


@dataclass(frozen=True)
class Chosen:
    """What the options of a verb say, as they were given."""

    brand: Annotated[Many, typer.Option(help="Only this brand; may be repeated.")] = None
    source: Annotated[Many, typer.Option(help="Only this source; may be repeated.")] = None
    source_kind: Annotated[Many, typer.Option(help="Only sources of this kind; may be repeated.")] = None
    lang: Annotated[Many, typer.Option(help="Only this language; may be repeated.")] = None
    kind: Annotated[
        Many, typer.Option(help="Only review, post, comment, reply or survey; may be repeated.")
    ] = None
    product: Annotated[Many, typer.Option(help="Only this product; may be repeated.")] = None
    touchpoint: Annotated[str | None, typer.Option(help="Only what speaks of this touchpoint.")] = None
    segment: Annotated[Many, typer.Option(help="COLUMN=ANSWER of an imported survey; may be repeated.")] = (
        None
    )
    speaker: Annotated[
        Many, typer.Option(help="Only customer, prospect, former or unclear; may be repeated.")
    ] = None
    since: Annotated[datetime | None, typer.Option(help="From this day on.", formats=["%Y-%m-%d"])] = None
    until: Annotated[datetime | None, typer.Option(help="Up to this day.", formats=["%Y-%m-%d"])] = None
    everything: Annotated[bool, typer.Option("--all", help="With what was set aside as not authentic.")] = (
        False
    )

    def cut(self) -> Cut:
        """The cut meant. Raises InputError for a segment that is no COLUMN=ANSWER."""
        from pipeline.facts import Cut

        return Cut(
            brands=_some(self.brand), products=_some(self.product), sources=_some(self.source),
            source_kinds=_some(self.source_kind), kinds=_some(self.kind), langs=_some(self.lang),
            touchpoint=self.touchpoint, segments=_segments(self.segment), speakers=_some(self.speaker),
            since=self.since.date() if self.since else None, until=self.until.date() if self.until else None,
            authentic=not self.everything,
        )  # fmt: skip


EVERYTHING = Chosen()


def filtered(*, without: Collection[str] = ()) -> Callable[[Verb], Verb]:
    """Give a verb the options of `Chosen` but some; it gets them as its parameter `chosen`."""

    def give(verb: Verb) -> Verb:
        own = list(inspect.signature(verb, eval_str=True).parameters.values())
        place = next(at for at, parameter in enumerate(own) if parameter.name == "chosen")
        options = [
            parameter.replace(kind=inspect.Parameter.POSITIONAL_OR_KEYWORD)
            for parameter in inspect.signature(Chosen, eval_str=True).parameters.values()
            if parameter.name not in without
        ]
        names = {option.name for option in options}

        def called(**given: Any) -> None:
            chosen = Chosen(**{name: given.pop(name) for name in names & given.keys()})
            verb(chosen=chosen, **given)

        signature = inspect.Signature([*own[:place], *options, *own[place + 1 :]])
        called.__name__, called.__doc__, called.__module__ = verb.__name__, verb.__doc__, verb.__module__
        called.__annotations__ = {name: found.annotation for name, found in signature.parameters.items()}
        called.__dict__["__signature__"] = signature
        return called

    return give


def _some(values: Many) -> tuple[str, ...] | None:
    return tuple(values) if values else None


def _segments(pairs: Many) -> tuple[tuple[str, str], ...] | None:
    if not pairs:
        return None
    wrong = [pair for pair in pairs if "=" not in pair]
    if wrong:
        raise InputError(
            f"{wrong[0]!r} is no COLUMN=ANSWER", where="--segment", next_step="write e.g. Region=Riga"
        )
    return tuple((column, answer) for column, _, answer in (pair.partition("=") for pair in pairs))
