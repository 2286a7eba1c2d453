"""Verbs that measure the methods themselves: evaluate, bench."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from app.options import JsonOption, ModelOption, QuietOption

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
    model: ModelOption = None,
    baselines: Annotated[bool, typer.Option(help="Trivial baselines beside it; needs scikit-learn.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON (the only form there is).")] = True,
    quiet: QuietOption = False,
) -> None:
    """The reader's error on each set and language, with 95 % intervals, beside trivial baselines."""
    from app.output import print_json
    from app.progress import reporting
    from models.doors import open_reader
    from models.training.evaluate import evaluate

    with reporting(quiet) as report:
        figures = evaluate(
            corpus, split, reader=open_reader(model), limit=limit, baselines=baselines,
            progress=lambda done, total: report("windows of the set", done, total),
        )  # fmt: skip
    print_json(figures)


@evaluate.command("nps")
def nps(
    corpus: Annotated[Path, typer.Option(help="Folder with rated texts (docs/corpora.md).")],
    split: Annotated[
        str | None, typer.Option(help="Only groups of rows of this split (dev); train rows still fit.")
    ] = None,
    limit: Annotated[
        int, typer.Option(help="A seeded sample of so many rows a set and split; 0: all.", min=0)
    ] = 1_500,
    groups: Annotated[
        int, typer.Option(help="Artificial groups of each size a set, where it can supply them.", min=1)
    ] = 60,
    seed: Annotated[int, typer.Option(help="Of everything drawn.", min=0)] = 0,
    cache: Annotated[
        Path | None,
        typer.Option(
            help="Where readings are kept for the next time.  [default: SAYSO_CACHE, else the user's cache]"
        ),
    ] = None,
    model: Annotated[
        Path | None, typer.Option(help="Weights folder.  [default: those that are shipped]")
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Write the figures and the reader's error beside the weights.")
    ] = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """How far each estimate of the NPS is from the ratings: by group, label budget and mix, with coverage.

    The first run reads every text; readings are kept, so another is a matter of a minute. Without --json
    it prints Markdown tables.
    """
    from app.nps_table import nps_tables
    from app.output import print_json, say
    from app.progress import reporting
    from models.doors import open_reader
    from pipeline.nps_evaluation import Settings, evaluate_nps, keep_figures
    from pipeline.scoring import shipped_model

    with reporting(quiet) as report:
        figures = evaluate_nps(
            corpus, split, model=shipped_model(model), load=lambda: open_reader(model), cache=cache,
            settings=Settings(groups, limit or None, seed), progress=report,
        )  # fmt: skip
    if keep:
        keep_figures(figures, model)
    print_json(figures) if as_json else say(nps_tables(figures))


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
    precision: Annotated[
        list[str] | None,
        typer.Option(help="int8, bf16, fp32; may be repeated.  [default: all that are fast here]"),
    ] = None,
    peers: Annotated[bool, typer.Option(help="XLM-R-base and mBERT beside it.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON (the only form there is).")] = True,
    quiet: QuietOption = False,
) -> None:
    """Texts a second over the whole path of the reader, beside XLM-R-base and mBERT pipelines.

    Each runs in a fresh process: seconds from its start to the first reading and peak memory are its own.
    Peers have random weights of the right shape, which takes the same time; they read a sample of the texts.
    """
    from app.output import print_json
    from app.progress import reporting
    from models.bench import PEERS, bench

    some = list(islice(_texts(corpus), texts))
    with reporting(quiet) as report:
        print_json(
            bench(
                some, precisions=precision, threads=threads, peers=PEERS if peers else (), progress=report,
            )
        )  # fmt: skip


@bench.command("crawl")
def bench_crawl(
    rounds: Annotated[int, typer.Option(help="Crawls to compare, of each site.", min=1)] = 3,
    small: Annotated[int, typer.Option(help="Small pages of a round.", min=1)] = 4_800,
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


@bench.command("warehouse")
def bench_warehouse(
    mentions: Annotated[int, typer.Option(help="Made-up mentions of a year.", min=1_000)] = 1_000_000,
    threads: Annotated[int, typer.Option(help="Threads that may work.", min=1)] = 2,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON (the only form there is).")] = True,
    quiet: QuietOption = False,
) -> None:
    """Seconds to build all figures of a warehouse, and to add one day; processor time and memory beside."""
    from app.output import print_json
    from app.progress import reporting
    from pipeline.bench import bench_warehouse

    with reporting(quiet) as report:
        print_json(bench_warehouse(mentions, threads, report))


@bench.command("view")
def bench_view(
    mentions: Annotated[
        list[int] | None,
        typer.Option(help="Made-up mentions; may be repeated.  [default: 1000000, 10000000]", min=1_000),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON (the only form there is).")] = True,
    quiet: QuietOption = False,
) -> None:
    """Seconds to the first paint of every page, to a change of filter and a search, in Chromium.

    On made-up snapshots, which take minutes to make; the figures of each page alone beside.
    """
    from app.output import print_json
    from app.progress import reporting
    from app.view_bench import bench_view

    with reporting(quiet) as report:
        print_json(bench_view(mentions or [1_000_000, 10_000_000], report))


@bench.command("export")
def bench_export(
    mentions: Annotated[
        list[int] | None,
        typer.Option(help="Made-up mentions; may be repeated.  [default: 1,000,000 and 3,000,000]", min=1),
    ] = None,
    table: Annotated[list[str] | None, typer.Option(help="mentions or readings; may be repeated.")] = None,
    form: Annotated[
        list[str] | None, typer.Option("--format", help="As in `sayso export`; may be repeated.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON (the only form there is).")] = True,
    quiet: QuietOption = False,
) -> None:
    """Seconds and peak memory of exports from made-up snapshots of several sizes: memory must not grow.

    Each export runs in a fresh process, so its peak is its own.
    """
    from app.export_bench import bench_export
    from app.output import print_json
    from app.progress import reporting

    sizes = mentions or [1_000_000, 3_000_000]
    with reporting(quiet) as report:
        print_json(bench_export(sizes, table or ["mentions"], form or ["parquet", "csv"], report))


def _texts(corpus: Path | None) -> Iterator[str]:
    if corpus is None:
        from data.town.town import Town

        return (entry.text for entry in Town().entries)
    from models.training.corpora import joined, read_rows
    from models.training.evaluate import corpus_files

    return (joined(row) for path in corpus_files(corpus) for row in read_rows(path))
