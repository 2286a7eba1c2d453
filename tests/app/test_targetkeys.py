"""Which keys of a target `sayso parse` works with."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.targetkeys import keys_of
from pipeline.errors import InputError, SaysoError

CONFIG = """
[[targets]]
kind = "selectors"
name = "veikals"
url = "https://veikals.example/"
item = "article"
[targets.fields]
text = "p"

[[targets]]
kind = "selectors"
url = "https://shop.example/"
item = "li"

[[targets]]
kind = "discourse"
url = "https://forum.example/"
max_pages = 5
"""
OWN = """
kind = "selectors"
item = "article"
rating_max = 5
[fields]
text = "p"
rating = "i::attr(class)"
"""
PAGE = "<html lang='lv'><article><p>Ļoti labi 👍</p><i class='stars Four'></i></article></html>"


def written(folder: Path, text: str, name: str = "sayso.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_target_of_a_config_by_name_by_address_or_alone(tmp_path: Path) -> None:
    config = written(tmp_path, CONFIG)
    named = keys_of("selectors", [], config=config, home=None, target="veikals")
    assert named == {"item": "article", "fields": {"text": "p"}}
    there = keys_of("selectors", [], config=config, home=None, target="https://shop.example/")
    assert there == {"item": "li"}
    assert keys_of("discourse", [], config=config, home=None, target=None) == {"max_pages": 5}


def test_a_file_of_one_targets_keys(tmp_path: Path) -> None:
    found = keys_of("selectors", [], config=written(tmp_path, OWN), home=None, target=None)
    assert found == {"item": "article", "rating_max": 5, "fields": {"text": "p", "rating": "i::attr(class)"}}


def test_pairs_are_laid_over_a_config(tmp_path: Path) -> None:
    pairs = ["fields.title=h3 a", "rating_max=10", "newest_first=true", "fields.text=p.body", 'next=""']
    found = keys_of("selectors", pairs, config=written(tmp_path, OWN), home=None, target=None)
    assert found["fields"] == {"text": "p.body", "rating": "i::attr(class)", "title": "h3 a"}
    assert (found["rating_max"], found["newest_first"], found["next"]) == (10, True, "")


def test_a_home_stands_in_and_need_not_know_the_kind(tmp_path: Path) -> None:
    written(tmp_path, CONFIG)
    assert keys_of("discourse", [], config=None, home=tmp_path, target=None) == {"max_pages": 5}
    assert keys_of("steam", [], config=None, home=tmp_path, target=None) == {}
    assert keys_of("selectors", [], config=None, home=tmp_path, target=None) == {}
    assert keys_of("steam", [], config=None, home=tmp_path / "none", target=None) == {}


def test_what_cannot_be_used_says_what_to_do(tmp_path: Path) -> None:
    config = written(tmp_path, CONFIG)
    for target, words in (("cits", "veikals"), (None, "veikals")):
        with pytest.raises(InputError) as caught:
            keys_of("selectors", [], config=config, home=None, target=target)
        assert words in str(caught.value) + caught.value.next_step
    for pair in ("item", "=p", "fields..text=p"):
        with pytest.raises(InputError, match="KEY=VALUE"):
            keys_of("selectors", [pair], config=None, home=None, target=None)
    with pytest.raises(InputError):
        keys_of("selectors", [], config=None, home=None, target="veikals")
    with pytest.raises(InputError):
        keys_of("selectors", [], config=tmp_path / "none.toml", home=None, target=None)
    with pytest.raises(SaysoError):
        keys_of("selectors", [], config=written(tmp_path, "item = ", "bad.toml"), home=None, target=None)


def test_parse_tries_a_recipe_on_a_saved_page(tmp_path: Path) -> None:
    page, recipe = written(tmp_path, PAGE, "page.html"), written(tmp_path, OWN, "recipe.toml")
    asked = ["parse", "selectors", str(page), "--url", "https://veikals.example/p/1"]
    done = CliRunner().invoke(app, [*asked, "--config", str(recipe)])
    assert done.exit_code == 0 and '"text":"Ļoti labi 👍"' in done.stdout and '"rating":4.0' in done.stdout
    done = CliRunner().invoke(app, [*asked, "--set", "item=article", "--set", "fields.text=p"])
    assert done.exit_code == 0 and '"rating":null' in done.stdout
    done = CliRunner().invoke(app, asked)
    assert isinstance(done.exception, InputError) and "fields" in str(done.exception)
