"""Licences, shares and the shape of corpus files."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from models.training.corpora import (
    OWN,
    SOURCES,
    TASK_SHARES,
    CorpusError,
    data_hashes,
    joined,
    read_rows,
    trainable,
    training_cells,
)
from models.training.judging import kinds_of

NON_COMMERCIAL = {
    "airline_tweets", "rusentiment", "ott_deceptive", "cs_rest_absa", "germeval2017_de", "semeval_absa",
}  # fmt: skip


def test_sets_marked_non_commercial_are_never_read_for_training(tiny_corpus: Path) -> None:
    assert not NON_COMMERCIAL & {source.name for source in SOURCES}
    cells = training_cells(tiny_corpus)
    assert "rusentiment" not in {cell.source.name for cell in cells}
    assert "rusentiment" not in data_hashes(tiny_corpus, "all")


def test_the_corpus_marks_the_same_sets(shared: Path) -> None:
    manifest = (shared / "data" / "MANIFEST.md").read_text()
    marked = {
        line.split("|")[1].strip() for line in manifest.splitlines() if '"licence":"non-commercial"' in line
    }
    assert marked == NON_COMMERCIAL
    stated = {line.split("|")[1].strip() for line in manifest.splitlines() if line.startswith("| ")}
    assert {source.name for source in SOURCES if source.folder != OWN} <= stated


def test_open_keeps_openly_licensed_sets_only(tiny_corpus: Path) -> None:
    assert {s.licence for s in trainable("open")} == {"open"}
    assert "ru_otzovik_bank" not in {cell.source.name for cell in training_cells(tiny_corpus, "open")}
    assert len(trainable("all")) > len(trainable("open"))


def test_training_rows_are_train_rows_and_shares_add_up(tiny_corpus: Path) -> None:
    cells = training_cells(tiny_corpus)
    assert all(row["split"] == "train" for cell in cells for row in cell.rows)
    assert abs(sum(cell.share for cell in cells) - 1) < 1e-9
    scores = sum(cell.share for cell in cells if cell.source.task == "score")
    assert abs(scores - TASK_SHARES["score"]) < 1e-9


def test_a_folder_without_sets_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no training rows"):
        training_cells(tmp_path)


@pytest.mark.parametrize("line", ["{broken", "[]", '{"text": 5}'])
def test_a_bad_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "x.jsonl.gz"
    path.write_bytes(gzip.compress(f'{{"text": "ok"}}\n{line}\n'.encode()))
    with pytest.raises(CorpusError, match="line 2"):
        list(read_rows(path))


@pytest.mark.parametrize(
    ("title", "text", "expected"),
    [
        (None, " Labi ", "Labi"), ("Super", "Doporučuji", "Super. Doporučuji"), ("Why?!", "So slow", "Why?! So slow"),
        ("", "", ""),
    ],
)  # fmt: skip
def test_titles_stand_before_texts(title: str | None, text: str, expected: str) -> None:
    assert joined({"title": title, "text": text}) == expected


def test_rows_are_measured_by_what_they_carry() -> None:
    assert kinds_of({"text": "", "value": 0, "scale": [0, 10]}) == ["score"]
    assert kinds_of({"text": "", "label": "neutral"}) == ["sentiment"]
    assert kinds_of({"text": "", "label": "generated"}) == ["authorship"]
    assert kinds_of({"text": "", "taxonomy": "cedr5", "labels": []}) == ["emotion"]
    assert kinds_of({"text": "", "taxonomy": "some shop", "labels": []}) == ["touchpoint"]
    assert kinds_of({"text": "", "label": "bombing"}) == []
