"""What is asked of the facts: which of them, split how, over what time, heard by which instrument."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self, TypedDict

from pipeline.facts import Cut, Key, Meta, Period

Instrument = Literal["natural", "text", "native", "survey", "survey_text"]
"""How a vote is heard. `natural`: native ratings where given (unless the config hides them), else readings;
`text`: readings only; `native`: native ratings only; `survey`: the 0-10 answers of surveys; `survey_text`:
readings of the comments in surveys. A survey is another instrument and never part of the first three."""


class Split(TypedDict, total=False):
    """How a cut is split into cells, and its votes heard: what is not said is as in `Question`."""

    by: Sequence[Key]
    period: Period
    instrument: Instrument


@dataclass(frozen=True, slots=True)
class Question:
    """One question to the facts. Every function of figures answers it cell by cell of `by` x `period`."""

    cut: Cut = field(default_factory=Cut)
    by: Sequence[Key] = ("brand",)
    period: Period = "all"
    instrument: Instrument = "natural"

    @classmethod
    def of(cls, asked: Cut | Question, split: Split) -> Question:
        """The question as a caller may put it: whole, or as a cut with what differs from the defaults."""
        return replace(asked if isinstance(asked, Question) else cls(asked), **split)

    def within(self, **cut: Any) -> Self:
        """The same of other facts: `cut` are fields of the Cut."""
        return replace(self, cut=replace(self.cut, **cut))

    def params(self, meta: Meta, *, spoken: bool = False) -> dict[str, Any]:
        """Parameters of the `votes` query, which every figure begins with. `spoken`: with a text."""
        rated = {"natural": meta.native_ratings == "use", "native": True, "survey": True}
        return {
            **self.cut.params(),
            "by": list(self.by),
            "period": self.period,
            "spoken": spoken,
            "surveys": self.instrument in ("survey", "survey_text"),
            "use_native": rated.get(self.instrument, False),
            "use_readings": self.instrument in ("natural", "text", "survey_text"),
        }
