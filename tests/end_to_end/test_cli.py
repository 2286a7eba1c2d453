"""The command line: every verb explains itself, errors name the next step, exit codes are those documented."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer.main

from app.cli import app
from app.reference import page

ROOT = Path(__file__).resolve().parents[2]
VERBS = sorted(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
CONTRACT = {
    "init", "demo", "sources", "import", "crawl", "parse", "ingest", "read", "score", "detect", "aggregate",
    "publish", "run", "serve", "export", "doctor",
}  # fmt: skip


def test_the_contract_is_whole() -> None:
    assert set(VERBS) >= CONTRACT


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_and_option_explains_itself(verb: str) -> None:
    found = typer.main.get_command(app).commands[verb]  # type: ignore[attr-defined]
    for command in (getattr(found, "commands", None) or {verb: found}).values():
        assert command.help and len(command.help) > 30
        undocumented = [p.name for p in command.params if not getattr(p, "help", None) and p.name != "help"]
        assert not undocumented


def test_docs_cli_is_what_the_code_says() -> None:
    assert (ROOT / "docs" / "cli.md").read_text(encoding="utf-8") == page(), (
        "run python -m app.reference > docs/cli.md"
    )


def test_a_folder_without_a_home_says_what_to_do(sayso, tmp_path) -> None:
    for verb in ("crawl", "ingest", "score", "detect", "aggregate", "publish", "run", "summary", "serve"):
        done = sayso(verb, "--home", tmp_path, code=3)
        assert "sayso init" in done.stderr
        assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_home_is_made_once_and_its_secrets_are_private(sayso, tmp_path) -> None:
    home = tmp_path / "home"
    sayso("init", "--home", home)
    assert (home / "secrets.toml").stat().st_mode & 0o077 == 0
    before = (home / "sayso.toml").read_bytes(), (home / "secrets.toml").read_bytes()
    done = sayso("init", "--home", home, code=3)
    assert "already" in done.stderr
    assert ((home / "sayso.toml").read_bytes(), (home / "secrets.toml").read_bytes()) == before


def test_home_may_stand_before_the_verb_or_in_the_environment(sayso, tmp_path) -> None:
    home = tmp_path / "home"
    sayso("init", "--home", home)
    assert json.loads(sayso("--home", home, "doctor", "--json").stdout)
    assert json.loads(sayso("doctor", "--json", env={"SAYSO_HOME": str(home)}).stdout)


def test_secrets_that_others_may_read_are_refused(sayso, tmp_path) -> None:
    home = tmp_path / "home"
    sayso("init", "--home", home)
    (home / "secrets.toml").chmod(0o644)
    done = sayso("doctor", "--home", home, code=1)
    assert "chmod 600" in done.stdout
    key = (home / "secrets.toml").read_text().split('"')[1]
    assert key not in done.stdout + done.stderr


def test_doctor_names_what_is_wrong_with_the_config(sayso, tmp_path) -> None:
    (tmp_path / "sayso.toml").write_text("[crawl]\ndelay = -1\n")
    done = sayso("doctor", "--home", tmp_path, code=1)
    assert "line 2" in done.stdout and "crawl.delay" in done.stdout


def test_an_empty_home_runs_and_says_that_there_is_nothing(sayso, tmp_path) -> None:
    home = tmp_path / "home"
    sayso("init", "--home", home)
    first = sayso("run", "--home", home, "--json", "--quiet")
    assert {brand["name"] for brand in json.loads(first.stdout)["brands"]} == {"Nordfon", "Baltvia"}


LINES = [
    {"id": "a", "text": "Ļoti laba apkalpošana, iesaku visiem!", "lang": "lv"},
    {"id": "b", "text": "Ужасный сервис, деньги списали дважды 😡"},
    {"id": 3, "text": ""},
    {"id": "d", "text": "Skvělá obsluha, všem doporučuji."},
]


def test_read_gives_each_line_its_reading_in_order(sayso) -> None:
    done = sayso("read", "-q", stdin="".join(json.dumps(line) + "\n" for line in LINES))
    readings = [json.loads(line) for line in done.stdout.splitlines()]
    assert [reading["id"] for reading in readings] == ["a", "b", 3, "d"]
    assert readings[0]["score"] > 6.5 > 3.5 > readings[1]["score"]
    assert readings[3]["score"] > 7
    assert readings[0]["lang"] == "lv" and readings[1]["lang"] == "ru"
    assert readings[2]["abstain"]
    for reading in readings:
        assert sum(reading["scores"]) == pytest.approx(1, abs=1e-3)
        assert len(reading["emotions"]) == 12


def test_a_bad_line_is_named_and_the_lines_before_it_are_read(sayso) -> None:
    done = sayso("read", "-q", stdin='{"text": "fine"}\n{"txt": 1}\n', code=7)
    assert "line 2" in done.stderr
    assert json.loads(done.stdout)["id"] is None


PAGE = """<!doctype html><html lang="lv"><body><script type="application/ld+json">
{"@context": "https://schema.org", "@type": "Product", "name": "Maršrutētājs R2", "review": [
 {"@type": "Review", "author": {"@type": "Person", "name": "Zane"}, "datePublished": "2026-03-04",
  "reviewBody": "Ātrs un kluss.", "reviewRating": {"@type": "Rating", "ratingValue": "5"}}]}
</script></body></html>"""


def test_parse_needs_no_home_and_prints_one_mention_a_line(sayso, tmp_path) -> None:
    page = tmp_path / "page.html"
    page.write_text(PAGE, encoding="utf-8")
    done = sayso("parse", "structured", page, "--url", "https://shop.example/r2")
    mention = json.loads(done.stdout)
    assert mention["text"] == "Ātrs un kluss." and mention["rating"] == 5 and mention["rating_max"] == 5
    assert mention["source"] == "structured:shop.example" and mention["product"] == "Maršrutētājs R2"
    assert "Zane" not in done.stdout and len(mention["author_hash"]) == 32
    assert mention["published_at"].startswith("2026-03-04") and mention["cons"] is None


@pytest.mark.parametrize(
    ("kind", "url", "said"),
    [("pigeon", "https://a.example/", "pigeon"), ("structured", "nowhere", "absolute")],
)
def test_parse_names_what_it_cannot_use(sayso, tmp_path, kind: str, url: str, said: str) -> None:
    page = tmp_path / "page.html"
    page.write_text(PAGE, encoding="utf-8")
    assert said in sayso("parse", kind, page, "--url", url, code=7).stderr
