"""Segments are whole or absent, and what a dead writer left is saved."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.landing import Landing, read_segment, salvage, segments
from crawlers.mention import Mention
from crawlers.parsing import Reject


def mention(number: int, text: str = "Ātrs 📶 internets") -> Mention:
    now = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
    return Mention(source="feed:x", kind="post", native_id=str(number), text=text, collected_at=now)


def landed(root: Path) -> list[str]:
    return [record["native_id"] for path in segments(root) for record in read_segment(path)]


def test_nothing_is_visible_before_it_is_sealed(tmp_path: Path) -> None:
    with Landing(tmp_path) as landing:
        landing.add(mention(1))
        assert segments(tmp_path) == []
        (path,) = landing.seal()
        assert path.parent.name == f"dt={datetime.now(UTC):%Y-%m-%d}"
        assert landed(tmp_path) == ["1"]
        landing.add(mention(2))
    assert landed(tmp_path) == ["1", "2"]
    assert not list(tmp_path.rglob("*.part"))


def test_a_line_is_the_whole_contract(tmp_path: Path) -> None:
    with Landing(tmp_path) as landing:
        landing.add(mention(1))
    (record,) = read_segment(segments(tmp_path)[0])
    assert record == json.loads(mention(1).to_json())
    assert Mention.model_validate(record) == mention(1)
    assert record["rating"] is None and record["schema"] == 1


def test_segments_are_sealed_by_count_and_by_time(tmp_path: Path) -> None:
    told: list[list[str]] = []
    with Landing(tmp_path, batch=3, seconds=3600, on_seal=told.append) as landing:
        for number in range(7):
            landing.add(mention(number))
        assert len(segments(tmp_path)) == 2
    assert [len(names) for names in told] == [1, 1, 1]
    with Landing(tmp_path, seconds=0.0) as landing:
        landing.add(mention(8))
        assert landed(tmp_path)[-1] == "8"


def test_an_exception_keeps_what_was_collected_until_then(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), Landing(tmp_path) as landing:
        landing.add(mention(1))
        raise RuntimeError("the source exploded")
    assert landed(tmp_path) == ["1"]


def test_rejects_stand_apart_with_their_reason(tmp_path: Path) -> None:
    with Landing(tmp_path) as landing:
        landing.reject(Reject("no text", "line 4", "ž" * 9_000), source="import:survey", target="t")
    assert segments(tmp_path) == []
    (record,) = read_segment(segments(tmp_path / "rejected")[0])
    assert (record["reason"], record["where"], record["source"], record["target"]) == (
        "no text",
        "line 4",
        "import:survey",
        "t",
    )
    assert len(record["raw"]) == 2_000


def start_writer(root: Path) -> subprocess.Popen[bytes]:
    script = f"""
import time
from datetime import datetime, UTC
from pathlib import Path
from crawlers.landing import Landing
from crawlers.mention import Mention
landing = Landing(Path({str(root)!r}), seconds=3600)
for number in range(500):
    landing.add(Mention(source="feed:x", kind="post", native_id=str(number), text="š" * 50, collected_at=datetime.now(UTC)))
    landing.flush()
print("ready", flush=True)
time.sleep(60)
"""
    writer = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert writer.stdout is not None and writer.stdout.readline() == b"ready\n"
    return writer


def test_what_a_killed_writer_left_is_salvaged_and_a_living_ones_left_alone(tmp_path: Path) -> None:
    writer = start_writer(tmp_path)
    assert salvage(tmp_path) == []
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait()
    assert segments(tmp_path) == []
    (saved,) = salvage(tmp_path)
    assert landed(tmp_path) == [str(number) for number in range(500)]
    assert saved in segments(tmp_path) and not list(tmp_path.rglob("*.part"))
    assert salvage(tmp_path) == []


@settings(max_examples=25, deadline=None)
@given(cut=st.integers(0, 2_000))
def test_a_segment_cut_anywhere_gives_only_whole_lines(
    cut: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("cut")
    with Landing(root) as landing:
        for number in range(20):
            landing.add(mention(number, text=f"{number} " * 20))
            landing.flush()
    (whole,) = segments(root)
    data = whole.read_bytes()
    whole.with_name(whole.name + ".part").write_bytes(data[: max(0, len(data) - cut)])
    whole.unlink()
    salvage(root)
    numbers = landed(root)
    assert numbers == [str(number) for number in range(len(numbers))]


def test_names_sort_by_time_and_can_be_read_from_a_point(tmp_path: Path) -> None:
    with Landing(tmp_path) as landing:
        for number in range(3):
            landing.add(mention(number))
            landing.seal()
            time.sleep(0.002)
    paths = segments(tmp_path)
    assert [path.name for path in paths] == sorted(path.name for path in paths)
    assert segments(tmp_path, after=paths[0].name) == paths[1:]


def test_two_writers_do_not_disturb_each_other(tmp_path: Path) -> None:
    with Landing(tmp_path) as first, Landing(tmp_path) as second:
        first.add(mention(1))
        second.add(mention(2))
    assert sorted(landed(tmp_path)) == ["1", "2"]
