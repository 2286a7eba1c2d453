"""Verbs that need no home: read texts, parse a saved page, list the source kinds."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from app.options import JsonOption, ModelOption, QuietOption
from pipeline.errors import InputError

if TYPE_CHECKING:
    from crawlers.source import Source
    from models.readings import Readings

_CHUNK = 512


def read(
    file: Annotated[
        Path | None, typer.Argument(help="JSON lines; standard input if not given or `-`.")
    ] = None,
    model: ModelOption = None,
    export_encoder: Annotated[
        Path | None,
        typer.Option(help="Read nothing: write the encoder into a new folder, for sentence-transformers."),
    ] = None,
    embedding: Annotated[bool, typer.Option("--embedding", help="Print the embedding too.")] = False,
    quiet: QuietOption = False,
) -> None:
    """Read texts: JSON lines with `text` (optional `id`, `lang`) in, the same with the reading out.

    No home and no network needed. A line that cannot be read ends the run with its number, once all
    lines before it are read. A Hugging Face model gives the score, everything else stays ours: to compare.
    """
    from app.progress import reporting
    from models import doors

    if export_encoder is not None:
        doors.export_encoder(export_encoder, model)
        return
    reader = doors.open_reader(model)
    done = 0
    with _open(file) as lines, reporting(quiet) as report:
        for chunk in _chunks(_rows(lines, str(file or "standard input"))):
            readings = reader.read([row["text"] for row in chunk], [row.get("lang") for row in chunk])
            for row, reading in zip(chunk, _records(readings, embedding), strict=True):
                sys.stdout.write(json.dumps({"id": row.get("id"), **reading}, ensure_ascii=False) + "\n")
            sys.stdout.flush()
            done += len(chunk)
            report("texts read", done, None)


def _open(file: Path | None) -> IO[bytes]:
    if file is None or str(file) == "-":
        return sys.stdin.buffer
    try:
        return file.open("rb")
    except OSError as error:
        raise InputError(f"Cannot open the file: {error.strerror}", where=str(file)) from error


def _rows(lines: Iterable[bytes], where: str) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _row(line, f"{where}, line {number}")


def _row(line: bytes, where: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f"Not JSON: {error}", where=where, next_step="one object a line") from error
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise InputError("No `text` in this line", where=where, next_step='write {"text": "..."}')
    return row


def _chunks(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Chunks of rows. An error in a row comes after the rows before it were given."""
    while True:
        chunk: list[dict[str, Any]] = []
        try:
            chunk.extend(islice(rows, _CHUNK))
        finally:
            if chunk:
                yield chunk
        if len(chunk) < _CHUNK:
            return


def _records(readings: Readings, embedding: bool) -> list[dict[str, Any]]:
    records = readings.records()
    for record, vector in zip(records, readings.embedding, strict=True):
        if embedding:
            record["embedding"] = [round(float(value), 6) for value in vector]
    return records


def parse(
    kind: Annotated[str, typer.Argument(help="Source kind: see `sayso sources`.")],
    file: Annotated[Path, typer.Argument(help="A saved page or answer.")],
    url: Annotated[str, typer.Option(help="The address it came from.")],
    home: Annotated[Path | None, typer.Option(help="Hash authors under this home's key.")] = None,
    collected_at: Annotated[
        datetime | None, typer.Option(help="When it was fetched (UTC).  [default: now]")
    ] = None,
    brand: Annotated[str | None, typer.Option(help="Brand that the page speaks of.")] = None,
    config: Annotated[
        Path | None,
        typer.Option(help="A sayso.toml, or a file with the keys of one target, such as its selectors."),
    ] = None,
    target: Annotated[
        str | None, typer.Option(help="Which target of it.  [default: the only one of this kind]")
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="KEY=VALUE of a target, e.g. fields.text=p.body; may be repeated."),
    ] = None,
) -> None:
    """Parse a saved page: one JSON mention a line. No home, no network.

    Kinds that need a target's keys (`selectors`) take them from --config, from the home, or from --set. What
    was rejected and what aggregate ratings the page shows is said on standard error.
    """
    from app import keys
    from app.collecting import parsed_page
    from app.output import complain
    from app.targetkeys import keys_of
    from crawlers.authors import AuthorHasher
    from pipeline.home import Home

    hasher = keys.author_hasher(Home(home)) if home else AuthorHasher()
    at = (collected_at or datetime.now(UTC)).replace(tzinfo=UTC)
    options = keys_of(kind, set_ or [], config=config, home=home, target=target)
    options |= {"brand": brand} if brand else {}
    parsed = parsed_page(kind, file, url=url, hasher=hasher, collected_at=at, options=options)
    for mention in parsed.mentions:
        sys.stdout.write(mention.to_json() + "\n")
    for reject in parsed.rejects:
        complain(f"rejected: {reject.reason} ({reject.where})")
    for rating in parsed.ratings:
        complain(
            f"aggregate rating, not a mention: {rating.rating} of {rating.rating_max} ({rating.product})"
        )
    for warning in parsed.warnings:
        complain(f"warning: {warning}")
    if not parsed.found:
        complain(f"found nothing that looks like a mention of kind {kind} in {file}")


def sources(as_json: JsonOption = False) -> None:
    """List the kinds of sources: what each needs, how far it is proven, its terms and its settings."""
    from app.output import print_json, print_table, say
    from crawlers import registry

    kinds = registry.sources().values()
    if as_json:
        print_json([_described(kind) for kind in kinds])
        return
    rows = [(kind.kind, kind.needs, kind.standing, _kept(kind), kind.summary) for kind in kinds]
    print_table("Source kinds", ["kind", "needs", "standing", "kept", "what it collects"], rows)
    for kind in kinds:
        print_table(
            f"{kind.kind}: keys of a target, beside the common ones", ["key", ""], kind.options.items()
        )
        kept = f" Kept {_kept(kind)} unless [privacy] says otherwise." if kind.retention_days else ""
        say(f"{kind.terms}{kept}")


def _kept(kind: Source) -> str:
    """How long its terms let texts be kept."""
    return f"{kind.retention_days} days" if kind.retention_days else "-"


def _described(kind: Source) -> dict[str, Any]:
    return {
        name: getattr(kind, name)
        for name in ("kind", "summary", "needs", "standing", "terms", "retention_days", "options")
    }
