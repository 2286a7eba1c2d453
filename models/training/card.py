"""Render MODEL_CARD.md from metrics.json and the notes of a release: every figure is a measured one."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

from models.training.behaviour import behaviour_failures, behaviour_table
from models.training.corpora import OWN, SOURCES, TASK_SHARES, read_rows
from models.training.diagram import diagram
from models.training.labels import STANCES

COLUMNS: Mapping[str, Sequence[tuple[str, str]]] = {
    "score": (
        ("r", "r"),
        ("mae", "MAE"),
        ("stars_exact", "stars exact"),
        ("stars_within_one", "within one"),
        ("nps_native", "NPS native"),
        ("nps_read", "NPS read"),
    ),
    "sentiment": (("auc_positive_negative", "AUC"), ("macro_f1", "macro-F1"), ("accuracy", "accuracy")),
    "touchpoint": (("macro_f1", "macro-F1"), ("polarity_accuracy", "polarity accuracy")),
    "authorship": (("auc", "AUC"),),
}
BASELINES: Mapping[str, str] = {"score": "r", "sentiment": "auc_positive_negative"}
LANGUAGE_HEAD = ("set", "language", "rows", "figure", "value")
NONE = "-"
TRAINED = frozenset(source.name for source in SOURCES)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def figure(metrics: Mapping[str, Any], name: str) -> str:
    """An estimate as `value [low, high]`, or a dash where there is none."""
    found = metrics.get(name)
    if found is None or found["value"] is None:
        return NONE
    digits = 1 if name.startswith("nps") else 2 if name == "mae" else 3
    value, low, high = ("?" if found[k] is None else f"{found[k]:.{digits}f}" for k in found)
    return f"{value} [{low}, {high}]"


def kind_table(report: Mapping[str, Any], kinds: Sequence[str]) -> str:
    """One row a set for the kinds that have fixed columns."""
    columns = COLUMNS[kinds[0]]
    rows = []
    for name, found in report["sets"].items():
        for kind in (k for k in kinds if k in found):
            metrics = found[kind]["metrics"]
            shown = [figure(metrics, key) for key, _ in COLUMNS[kind]]
            if any(cell != NONE for cell in shown):
                rows.append([_marked(name), str(found[kind]["n"]), *shown, *_baseline(found[kind], kind)])
    heads = [title for _, title in columns] + (["TF-IDF"] if kinds[0] in BASELINES else [])
    return table(["set", "rows", *heads], rows)


def _marked(name: str) -> str:
    return name if name in TRAINED else f"{name}*"


def _baseline(found: Mapping[str, Any], kind: str) -> list[str]:
    if kind not in BASELINES:
        return []
    value = found["baselines"].get("tfidf_ridge", {}).get(BASELINES[kind])
    return ["-" if value is None else f"{value:.3f}"]


def emotion_table(report: Mapping[str, Any]) -> str:
    """One row for each set and inventory, and for the footprint where the inventory is fine enough."""
    rows = []
    for name, found in report["sets"].items():
        part = found.get("emotion", {"metrics": {}, "n": 0, "baselines": {}})
        ridge, constant = (part["baselines"].get(k, {}) for k in ("tfidf_ridge", "constant"))
        for key in sorted(k for k in part["metrics"] if k.startswith("macro_f1")):
            beaten = ["-" if b.get(key) is None else f"{b[key]:.3f}" for b in (constant, ridge)]
            rows.append([_marked(name), key.removeprefix("macro_f1_"), figure(part["metrics"], key), *beaten])
    return table(["set", "labels", "macro-F1", "constant", "TF-IDF"], rows)


def language_table(report: Mapping[str, Any]) -> str:
    """The first figure of each kind by language."""
    rows = []
    for name, found in report["sets"].items():
        for kind, part in ((k, v) for k, v in found.items() if isinstance(v, dict)):
            for lang, one in part["languages"].items():
                key = _leading(kind, one["metrics"])
                rows.append([_marked(name), lang, str(one["n"]), key, figure(one["metrics"], key)])
    return table(LANGUAGE_HEAD, rows)


def _leading(kind: str, metrics: Mapping[str, Any]) -> str:
    if kind in COLUMNS:
        return COLUMNS[kind][0][0]
    return min((k for k in metrics if k.startswith("macro_f1")), default="")


def source_table() -> str:
    """Every set that may train the weights, with its licence as stated."""
    rows = [[s.name, s.task, s.licence, s.stated] for s in SOURCES]
    return table(["set", "task", "licence", "as stated"], rows)


def stance_table(sets: Mapping[str, Any]) -> str:
    """Advocacy, leaving, speaker and effort on our own sets; a dash where the head is not shown."""
    names = [*(f"macro_f1_{question}" for question in STANCES), "auc_leaving"]
    rows = [
        [name, str(found["stance"]["n"]), *(figure(found["stance"]["metrics"], key) for key in names)]
        for name, found in sets.items()
        if "stance" in found
    ]
    return table(["set", "rows", *STANCES, "leaving (AUC)"], rows)


def _own_tables(measured: Mapping[str, Any]) -> dict[str, str]:
    tested, told = measured["own"]["sets"], measured["own_dev"]["sets"]
    whole = {**tested, **told}
    named = [[n, "all", str(f["n"]), "r", figure(f["score"]["metrics"], "r")] for n, f in tested.items()]
    scores = {"sets": {name: {"score": found["score"]} for name, found in tested.items()}}
    by_language = language_table(scores).split("\n")[2:]
    emotions = {n: f for n, f in whole.items() if "emotion" in f}
    return {
        "own_reviews": "\n".join(
            [table(["set", "language", "rows", "figure", "value"], named), *by_language]
        ),
        "own_emotions": emotion_table({"sets": emotions}),
        "own_touchpoints": kind_table({"sets": emotions}, ["touchpoint"]),
        "stances": stance_table(whole),
    }


def _own_rows() -> str:
    folder = Path(__file__).parent / OWN
    counts = {s.name: sum(1 for _ in read_rows(s.path(folder))) for s in SOURCES if s.folder == OWN}
    return ", ".join(f"`{name}` ({count:,} rows)" for name, count in counts.items())


def render(measured: Mapping[str, Any], notes: Mapping[str, str]) -> str:
    """The card. `measured` is metrics.json, `notes` the prose of this release."""
    report, described = measured["dev"], measured["description"]
    pooled, calibration = report["pooled"], described["calibration"]
    values = {
        "version": report["model"],
        "vocabulary": f"{described['architecture']['vocabulary']:,}",
        "storage": described["storage"],
        "window": str(described["window"]),
        "touchpoints": ", ".join(described["touchpoints"]),
        "temperature": str(calibration["score_temperature"]),
        "lexicon": str(calibration["lexicon"]),
        "shown": ", ".join(calibration["stances"]) or "none",
        "max_length": str(described["trained"]["config"]["max_length"]),
        "limit": f"{measured['limit']:,}",
        "own": _own_rows(),
        "sources": source_table(),
        "score": kind_table(report, ["score"]),
        "sentiment": kind_table(report, ["sentiment"]),
        "emotion": emotion_table(report),
        "other": kind_table(report, ["touchpoint"]),
        "authorship": kind_table(report, ["authorship"]),
        "languages": language_table(report),
        "behaviour": table(*behaviour_table(measured["behaviour"])),
        "worst": "\n".join(behaviour_failures(measured["behaviour"])),
        "pooled_n": f"{pooled['n']:,}",
        "ece_promoter": figure(pooled["metrics"], "ece_promoter"),
        "ece_detractor": figure(pooled["metrics"], "ece_detractor"),
        **{f"share_{task}": f"{share:.0%}" for task, share in TASK_SHARES.items()},
        **_own_tables(measured),
        **notes,
    }
    return Template((Path(__file__).parent / "card.md").read_text(encoding="utf-8")).substitute(values)


def main() -> None:
    """Write MODEL_CARD.md beside metrics.json and notes.json of a weights folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, required=True)
    folder: Path = parser.parse_args().weights
    measured, notes = (json.loads((folder / name).read_text()) for name in ("metrics.json", "notes.json"))
    (folder / "MODEL_CARD.md").write_text(render(measured, notes), encoding="utf-8")
    reliability = measured["dev"]["pooled"]["reliability"]
    (folder / "calibration.svg").write_text(diagram(reliability), encoding="utf-8")


if __name__ == "__main__":
    main()
