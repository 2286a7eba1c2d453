"""How likely a mention is not authentic, and which mentions belong together: from the warehouse and back
into it.

What is looked at and decided stands in `detection` and the modules it names, as functions over arrays. Each
run looks at all mentions and decides anew; what a decision does not change keeps its date, and a campaign
keeps its name while a third of its mentions stay.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipeline.campaigns import identity
from pipeline.config import Config
from pipeline.content import EMPTY_CONTENT
from pipeline.detection import Detection, detection
from pipeline.progress import Progress, silent
from pipeline.sql import query
from pipeline.stream import Rows, Stream, first_mentions
from pipeline.suspicion import Weights, shipped_weights
from pipeline.warehouse import registered, transaction
from pipeline.wordings import LIMITS, Wordings

LEAST = 0.2
"""A lower p_bot is not worth a row: two people who share a phrase."""
_CHUNK = 20_000


@dataclass(slots=True)
class DetectReport:
    """What detection says now of all mentions. `changed`: decisions that differ from the last time."""

    suspected: int = 0
    set_aside: int = 0
    clusters: int = 0
    changed: int = 0
    campaigns: int = 0

    def to_dict(self) -> dict[str, Any]:
        """As JSON-able fields."""
        return asdict(self)


def detect(con: duckdb.DuckDBPyConnection, config: Config, progress: Progress = silent) -> DetectReport:
    """Decide anew about every mention and keep what differs. Sets aside, never deletes."""
    cursor = con.cursor()
    stream, names = load(cursor, progress)
    weights = shipped_weights()
    found = detection(stream, weights, config.reader.set_aside)
    with transaction(cursor):
        changed = _decide(cursor, stream, found, weights, names, config.reader.set_aside)
        _keep_campaigns(cursor, stream, found, weights, names)
    progress("detect: mentions", len(stream), len(stream))
    standing = cursor.execute(query("authenticity.standing")).fetchone() or (0, 0, 0, 0)
    suspected, aside, clusters, campaigns = map(int, standing)
    return DetectReport(suspected, aside, clusters, changed, campaigns)


def load(cursor: duckdb.DuckDBPyConnection, progress: Progress = silent) -> tuple[Stream, pa.Array]:
    """Every mention that counts, and the name of its wording (n,)."""
    cursor.execute(query("authenticity.order"))
    gathered, batches, done = Wordings(), [], 0
    params = {**LIMITS, "empty": EMPTY_CONTENT}
    for batch in cursor.sql(query("authenticity.stream"), params=params).to_arrow_reader(_CHUNK):
        gathered.add(batch)
        batches.append(batch.drop_columns(["words", "content", "size"]))
        done += batch.num_rows
        progress("detect: mentions", done, None)
    table = pa.Table.from_batches(batches) if batches else _EMPTY
    brands = cursor.execute(query("authenticity.brands")).fetchall()
    stream = _stream(table, gathered, {str(name): np.array(places, dtype=np.intp) for name, places in brands})
    return _embedded(cursor, stream), table["cluster"].combine_chunks()


_KINDS: dict[str, Any] = {
    "source": np.uint64, "target": np.uint64, "author": np.uint64, "day": np.float64, "fine": np.bool_,
    "age": np.float64, "tail": np.float64, "verified": np.int8, "valence": np.float64,
    "generated": np.float64,
}  # fmt: skip
_EMPTY = pa.table(
    {name: pa.array([], pa.from_numpy_dtype(kind)) for name, kind in _KINDS.items()}
    | {"mention_id": pa.array([], pa.string()), "cluster": pa.array([], pa.string())}
    | {"author_mentions": pa.array([], pa.float64())}
)


def _stream(table: pa.Table, gathered: Wordings, brands: dict[str, Rows]) -> Stream:
    def column(name: str) -> NDArray[Any]:
        values = table[name]
        filled = values.fill_null(float("nan")) if pa.types.is_floating(values.type) else values
        return np.asarray(filled.to_numpy())

    columns = {name: column(name).astype(kind) for name, kind in _KINDS.items()}
    return Stream(
        ids=column("mention_id"),
        first=first_mentions(columns["author"], column("author_mentions")),
        wording=gathered.wording(),
        brands=brands,
        **columns,
    )


def _embedded(cursor: duckdb.DuckDBPyConnection, stream: Stream) -> Stream:
    """With the reader's embeddings, where texts were read."""
    vectors: NDArray[np.float16] | None = None
    for batch in cursor.sql(
        query("authenticity.embeddings"), params={"empty": EMPTY_CONTENT}
    ).to_arrow_reader(_CHUNK):
        if not batch.num_rows:
            continue
        lists = batch.column("embedding")
        flat = lists.flatten().to_numpy(zero_copy_only=False)
        width = len(flat) // batch.num_rows
        if vectors is None:
            vectors = np.zeros((len(stream), width), dtype=np.float16)
        if width == vectors.shape[1] and width * batch.num_rows == len(flat):
            vectors[batch.column("place").to_numpy()] = flat.reshape(-1, width)
    return stream if vectors is None else stream.embedded(vectors)


_SUSPECTS = pa.schema(
    [
        ("mention_id", pa.string()),
        ("p_bot", pa.float32()),
        ("reasons", pa.list_(pa.string())),
        ("cluster", pa.string()),
        ("set_aside", pa.bool_()),
    ]
)


def _decide(
    cursor: duckdb.DuckDBPyConnection,
    stream: Stream,
    found: Detection,
    weights: Weights,
    names: pa.Array,
    threshold: float,
) -> int:
    """Write what differs from the last time: an unchanged decision keeps its date. Returns how many."""
    rows = np.flatnonzero(found.p_bot >= LEAST)
    clusters = _clusters(found, names)
    made = [
        (stream.ids[i], found.p_bot[i], weights.reasons(found.signals, int(i)), clusters.get(int(i)),
         found.p_bot[i] >= threshold)
        for i in rows
    ]  # fmt: skip
    with registered(cursor, suspects=_table(made, _SUSPECTS)):
        cursor.execute(query("authenticity.forgive"))
        steps = ("withdraw", "revise", "decide")
        counts = [cursor.execute(query(f"authenticity.{step}")).fetchone() for step in steps]
    withdrawn, _, decided = (int(count[0]) if count else 0 for count in counts)
    return withdrawn + decided


def _clusters(found: Detection, names: pa.Array) -> dict[int, str]:
    """The name of the wording of each row that shares one: that of its first text."""
    group = found.wordings.group
    shared = np.flatnonzero((np.bincount(group, minlength=1)[group] > 1) if len(group) else group)
    _, first, place = np.unique(group[shared], return_index=True, return_inverse=True)
    named = [str(name) for name in names.take(pa.array(shared[first])).to_pylist()] if len(shared) else []
    return {int(row): named[spot] for row, spot in zip(shared, place, strict=True)}


def _table(rows: list[Any], schema: pa.Schema) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    arrays = [pa.array(list(column), field.type) for column, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


_CAMPAIGNS = pa.schema(
    [(name, pa.string()) for name in ("campaign_id", "brand", "direction", "verdict", "evidence")]
    + [("clusters", pa.int32()), ("reasons", pa.list_(pa.string()))]
    + [(name, pa.float64()) for name in ("p_value", "q_value")]
)
_MEMBERS = pa.schema(
    [
        ("campaign_id", pa.string()),
        ("mention_id", pa.string()),
        ("cluster", pa.string()),
        ("p_bot", pa.float32()),
        ("reasons", pa.list_(pa.string())),
    ]
)
_TIES = pa.schema(
    [*((name, pa.string()) for name in ("campaign_id", "a", "b", "kind")), ("weight", pa.float32())]
)


def _keep_campaigns(
    cursor: duckdb.DuckDBPyConnection, stream: Stream, found: Detection, weights: Weights, names: pa.Array
) -> None:
    """Write the campaigns as they are now; one that overlaps a known one keeps its name and dates."""
    members = [set(map(str, stream.ids[campaign.rows])) for campaign in found.campaigns]
    known: dict[str, set[str]] = {}
    for campaign_id, mention_id in cursor.execute(query("campaigns.known")).fetchall():
        known.setdefault(str(campaign_id), set()).add(str(mention_id))
    ids = identity(members, known, [campaign.brand for campaign in found.campaigns])
    clusters = _clusters(found, names)
    made = [
        (name, c.brand, c.direction, c.verdict, json.dumps([asdict(item) for item in c.evidence]),
         len(np.unique(c.clusters[c.clusters >= 0])), c.reasons, c.p_value, c.q_value)
        for name, c in zip(ids, found.campaigns, strict=True)
    ]  # fmt: skip
    told = [
        (name, stream.ids[i], clusters.get(int(i)), found.p_bot[i], weights.reasons(found.signals, int(i)))
        for name, c in zip(ids, found.campaigns, strict=True) for i in c.rows
    ]  # fmt: skip
    with registered(
        cursor, made=_table(made, _CAMPAIGNS), members=_table(told, _MEMBERS),
        tied=_table(list(_tied(stream, found, ids)), _TIES),
    ):  # fmt: skip
        for step in ("found", "dates", "replace", "members", "ties", "accounts"):
            cursor.execute(query(f"campaigns.{step}"))


def _tied(stream: Stream, found: Detection, ids: list[str]) -> Iterator[tuple[str, str, str, str, float]]:
    """Ties between members of a campaign, by their mentions."""
    kinds = {**found.wordings.ties, "lockstep": found.lockstep}
    for name, campaign in zip(ids, found.campaigns, strict=True):
        for kind, ties in kinds.items():
            inside = np.isin(ties.a, campaign.rows) & np.isin(ties.b, campaign.rows)
            pairs = zip(ties.a[inside], ties.b[inside], ties.similarity[inside], strict=True)
            yield from ((name, stream.ids[a], stream.ids[b], kind, weight) for a, b, weight in pairs)
