"""sayso.toml: documented, validated once, faults named by key and line."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel

from pipeline import config
from pipeline.errors import ConfigError

ROOT = Path(__file__).resolve().parents[2]


def fault(tmp_path: Path, text: str) -> str:
    path = tmp_path / "sayso.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        config.load(path)
    return caught.value.message


def test_the_example_config_is_valid() -> None:
    loaded = config.load(ROOT / "data" / "sayso.example.toml")
    assert [brand.name for brand in loaded.brands] == ["Nordfon", "Baltvia"]


def sections() -> list[tuple[str, type[BaseModel]]]:
    return [
        ("[sayso]", config.General),
        ("[[brands]]", config.Brand),
        ("[[targets]]", config.Target),
        ("[[touchpoints]]", config.TouchpointConfig),
        ("[crawl]", config.Crawl),
        ("[reader]", config.ReaderConfig),
        ("[imports.NAME]", config.Import),
        ("[alerts]", config.Alerts),
        ("[privacy]", config.Privacy),
        ("[view]", config.View),
    ]


def documented_keys(section: str) -> set[str]:
    text = (ROOT / "docs" / "config.md").read_text(encoding="utf-8")
    _, _, after = text.partition(f"## {section}\n")
    rows = [line for line in after.partition("\n## ")[0].splitlines() if line.startswith("| `")]
    return {row.split("`")[1] for row in rows}


@pytest.mark.parametrize(("section", "model"), sections(), ids=str)
def test_every_key_is_documented(section: str, model: type[BaseModel]) -> None:
    assert documented_keys(section) == set(model.model_fields)


def test_every_section_is_listed_here() -> None:
    assert len(sections()) == len(config.Config.model_fields)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[sayso]\nlanguage = "xx"\n', ["line 2", "sayso.language"]),
        ('[sayso]\n\ntimezone = "Mars/Base"\n', ["line 3", "sayso.timezone", "Mars/Base"]),
        ('[[brands]]\nname = "A"\n\n[[brands]]\nname = "B"\ncolour = 3\n', ["line 6", "brands.1.colour"]),
        ('[[targets]]\nkind = "carrier-pigeon"\n', ["line 2", "targets.0.kind"]),
        ('[[targets]]\nurl = "https://a.example"\n', ["line 1", "targets.0.kind"]),
        ("[crawl]\ndelay = -1\n", ["line 2", "crawl.delay"]),
        ("[sayso\n", ["TOML", "line 1"]),
        ('[[brands]]\nname = "A"\n[[brands]]\nname = "A"\n', ["twice", "A"]),
        ('[[targets]]\nkind = "feed"\nbrand = "Nobody"\n', ["Nobody"]),
    ],
)
def test_a_fault_names_its_key_and_line(tmp_path: Path, text: str, said: list[str]) -> None:
    message = fault(tmp_path, text)
    for part in said:
        assert part in message


def test_a_missing_config_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="sayso init"):
        config.load(tmp_path / "sayso.toml")


def test_targets_keep_the_keys_of_their_kind(tmp_path: Path) -> None:
    path = tmp_path / "sayso.toml"
    path.write_text('[[targets]]\nkind = "feed"\nurl = "https://a.example/feed"\ncomments = true\n')
    assert config.load(path).targets[0].options == {"comments": True}


def test_undecodable_bytes_are_a_config_error(tmp_path: Path) -> None:
    path = tmp_path / "sayso.toml"
    path.write_bytes(b"[sayso]\nlanguage = '\xff'\n")
    with pytest.raises(ConfigError):
        config.load(path)
