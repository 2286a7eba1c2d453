"""The figures of `sayso evaluate nps` as Markdown tables, for a terminal and for a README."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

NAMES = {
    "CC": "counting labels (CC)",
    "PCC": "mean of probabilities (PCC)",
    "ACC": "adjusted count (ACC)",
    "PACC": "adjusted probabilities (PACC)",
    "EMQ": "EM prior adjustment (EMQ)",
    "PPI++": "labels with readings (PPI++)",
    "shipped": "sayso",
    "shipped, kind told from train": "sayso, kind told from train rows",
}
_METHODS = (
    "labels", "method", "natural mixes", "any mix, 200 texts", "any mix, 500 texts", "95 % interval held",
    "mean width",
)  # fmt: skip
_WHOLE = ("set", "texts", "sayso's error", "noise floor", "held", "fitted on")


def nps_tables(figures: dict[str, Any]) -> str:
    """Methods by label budget, whole sets, and what could not be measured. Errors are in points."""
    return "\n".join([_title(figures), "", *_methods(figures), "", *_wholes(figures), *_notes(figures)])


def _title(figures: dict[str, Any]) -> str:
    rows = sum(part["scored"] for part in figures["rows"].values())
    return (
        f"Natural NPS of {rows:,} texts (split: {figures['split']}), ratings hidden, against that of their "
        f"ratings; reader {figures['model']}. Mean absolute error in points, the noise floor in brackets."
    )


def _methods(figures: dict[str, Any]) -> list[str]:
    rows = [
        (str(part["labels_of_the_target"]), NAMES.get(name, name), *_line(method))
        for part in figures["budgets"].values()
        for name, method in part["methods"].items()
    ]
    return markdown(_METHODS, rows)


def _line(method: dict[str, Any]) -> Iterator[str]:
    yield _error(method["natural"])
    for size in ("200", "500"):
        yield _error(method["prevalence"].get(size, {}))
    held = method["coverage"]
    percent = [None if held[name] is None else f"{100 * held[name]:.1f}" for name in ("share", "low", "high")]
    yield f"{percent[0]} % ({percent[1]}–{percent[2]}) of {held['groups']}" if held["groups"] else "-"
    yield "-" if method["mean_width"] is None else f"{method['mean_width']:.1f}"


def _error(errors: dict[str, Any]) -> str:
    if not errors.get("n"):
        return "-"
    return f"{errors['mean']:.1f} ({errors['noise_floor']:.1f}), n {errors['n']}"


def _wholes(figures: dict[str, Any]) -> list[str]:
    blind = figures["budgets"]["0"]["methods"]["shipped"]["natural"]["groups"]
    rows = [
        (
            name, f"{found['n']:,}", f"{found['error']:+.1f}", f"{found['noise_floor']:.1f}",
            "yes" if found["held"] else "no", _usual(figures["fits"][name]["fitted_on"]),
        )
        for name, found in blind.items()
        if name in figures["rows"]
    ]  # fmt: skip
    return markdown(_WHOLE, rows)


def _usual(origins: dict[str, int]) -> str:
    return max(origins, key=lambda name: origins[name])


def _notes(figures: dict[str, Any]) -> Iterator[str]:
    left_out = {name: part["left_out"] for name, part in figures["rows"].items() if part["left_out"]}
    if left_out:
        yield "\nRatings that tell no class, left out: " + _listed(left_out)
    plain = [name for name, fit in figures["fits"].items() if not fit["shipped_corrects"]]
    if plain:
        yield "\nToo few texts or too little difference between classes to correct: " + ", ".join(plain)
    skipped = {name: count for name, count in figures["groups"]["skipped_mixes"].items() if count}
    if skipped:
        yield "\nMixes that a set could not supply, by set and size: " + _listed(skipped)
    few = {name: count for name, count in figures["groups"]["prevalence"].items() if not count}
    if few:
        yield "\nNo groups of any mix (too few texts, or of one class): " + ", ".join(few)


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a Markdown table, columns padded so that it reads well as it stands."""
    safe = [[cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in (header, *rows)]
    widths = [max(len(row[column]) for row in safe) for column in range(len(header))]
    lines = ["| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in safe]
    return [lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]]
