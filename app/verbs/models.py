"""Verbs that measure the methods themselves: evaluate, bench."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from app.options import QuietOption

bench = typer.Typer(name="bench", help="Measure speed on this machine.", no_args_is_help=True)
evaluate = typer.Typer(name="evaluate", help="Measure a method on labelled texts.", no_args_is_help=True)


@evaluate.callback()
def _group() -> None:
    """Measure a method on labelled texts (docs/corpora.md tells the shape) and print the figures."""


@evaluate.command("reader")
def reader(
    corpus: Annotated[
        Path, typer.Option(help="Folder with score/, sentiment/, emotion/, ... or one of these.")
    ],
    split: Annotated[str | None, typer.Option(help="Only rows of this split (train, dev).")] = None,
    limit: Annotated[int | None, typer.Option(help="A seeded sample of so many rows a set.", min=1)] = None,
    baselines: Annotated[bool, typer.Option(help="Trivial baselines beside it; needs scikit-learn.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON (the only form there is).")] = True,
    quiet: QuietOption = False,
) -> None:
    """The reader's error on each set and language, with 95 % intervals, beside trivial baselines."""
    from app.output import print_json
    from app.progress import reporting
    from models.training.evaluate import evaluate

    with reporting(quiet) as report:
        figures = evaluate(
            corpus, split, limit=limit, baselines=baselines,
            progress=lambda done, total: report("windows of the set", done, total),
        )  # fmt: skip
    print_json(figures)


@bench.callback()
def _speeds() -> None:
    """Measure speed on this machine and print it as JSON. Machines are noisy: compare within one run."""


@bench.command("reader")
def bench_reader(
    corpus: Annotated[
        Path | None,
        typer.Option(help="Labelled texts to read.  [default: the sample town's texts]", exists=True),
    ] = None,
    texts: Annotated[int, typer.Option(help="How many texts.", min=1)] = 1_000,
    threads: Annotated[
        int | None, typer.Option(help="Threads that read.  [default: all cores]", min=1)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON (the only form there is).")] = True,
    quiet: QuietOption = False,
) -> None:
    """Texts a second over the whole path of the reader, time to the first reading, peak memory."""
    from app.output import print_json
    from app.progress import reporting
    from models.bench import bench
    from models.reader import Reader

    some = list(islice(_texts(corpus), texts))
    with reporting(quiet) as report:
        print_json(
            bench(some, lambda: Reader(threads=threads), lambda done, total: report("windows", done, total))
        )


@bench.command("crawl")
def bench_crawl(
    rounds: Annotated[int, typer.Option(help="Crawls to compare, of each site.", min=1)] = 3,
    small: Annotated[int, typer.Option(help="Small pages of a round.", min=1)] = 1_200,
    pages: Annotated[int, typer.Option(help="Pages over which memory is watched; 0: none.", min=0)] = 3_000,
    ceiling: Annotated[bool, typer.Option(help="Run `scrapy bench` too.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON (the only form there is).")] = True,
    quiet: QuietOption = False,
) -> None:
    """Pages a minute of a whole crawl, beside fetching the same pages alone; memory over many pages.

    On the sample town (some 15 mentions a page) and on small pages of one review each.
    """
    from app.crawl_bench import bench_crawling
    from app.output import print_json
    from app.progress import reporting

    with reporting(quiet) as report:
        print_json(bench_crawling(report, rounds=rounds, small=small, pages=pages, ceiling=ceiling))


def _texts(corpus: Path | None) -> Iterator[str]:
    if corpus is None:
        from data.town.town import Town

        return (entry.text for entry in Town().entries)
    from models.training.corpora import joined, read_rows
    from models.training.evaluate import corpus_files

    return (joined(row) for path in corpus_files(corpus) for row in read_rows(path))
