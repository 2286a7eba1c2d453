"""Every command that the README prints is run, as printed, in its order."""

from __future__ import annotations

import shlex
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

from tests.end_to_end.conftest import ROOT, command
from tests.end_to_end.test_demo import free_port

README = (ROOT / "README.md").read_text(encoding="utf-8")
ANSWERS = """NPS;Why?;Region;Date
10;Ātra un laipna apkalpošana 👍;Rīga;2026-03-01
9;Rychlé vyřízení, děkuji;Brno;2026-03-02
3;Kolm päeva ei tööta internet!;Tartu;2026-03-02
0;Обещали перезвонить и не перезвонили;Rīga;2026-03-03
eleven;Nesupratau klausimo;Vilnius;2026-03-04
"""


def printed() -> list[list[str]]:
    """The commands of the README's sh blocks, comments left out."""
    blocks = [part.partition("```")[0] for part in README.split("```sh\n")[1:]]
    lines = [line for block in blocks for line in block.splitlines() if line.strip()]
    return [shlex.split(line, comments=True) for line in lines]


SAYSO = [words[1:] for words in printed() if words[0] == ".venv/bin/sayso"]
MAKE = [words for words in printed() if words[0] == "make"]


def test_nothing_printed_is_left_out() -> None:
    assert len(SAYSO) + len(MAKE) == len(printed()) and len(SAYSO) >= 5 and len(MAKE) >= 3


@pytest.mark.parametrize("words", MAKE, ids=" ".join)
def test_make_knows_the_target(words: list[str]) -> None:
    done = subprocess.run([*words, "--dry-run"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def answers(url: str, seconds: float = 60) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            time.sleep(0.3)
    return False


def serve(words: list[str], folder: Path) -> None:
    port = free_port()
    process = subprocess.Popen(command(*words, "--no-open", "--port", port), cwd=folder)
    try:
        assert answers(f"http://127.0.0.1:{port}/_stcore/health")
    finally:
        process.terminate()
        assert process.wait(timeout=30) is not None


def test_the_commands_work_as_printed(tmp_path: Path, shared: Path) -> None:
    (tmp_path / "answers.csv").write_text(ANSWERS, encoding="utf-8")
    (tmp_path / "shared").symlink_to(shared)
    (tmp_path / "data").symlink_to(ROOT / "data")
    for printed_words in SAYSO:
        words = [word.replace("../shared", "shared") for word in printed_words]
        if words[0] == "serve":
            serve(words, tmp_path)
            continue
        done = subprocess.run(
            command(*words), cwd=tmp_path, capture_output=True, text=True, check=False, timeout=900
        )
        assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
