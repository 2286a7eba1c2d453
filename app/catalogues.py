"""Keeps the catalogues of the interface: `python -m app.catalogues` brings each up to what the sources say.

New messages come in untranslated, which a test finds; messages that nobody says any more are dropped.
"""

from __future__ import annotations

import ast
import io
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from app.i18n import LANGUAGES
from app.output import say

_TAKES = {"_": 1, "N_": 1, "n_": 2}
"""How many of the first arguments of each function are a message."""
_WIDTH = 110
_FOLDER = Path(str(files("app")))


def said() -> Catalog:
    """Every message that the sources mark, with the files that say it."""
    found = Catalog(charset="utf-8")
    for path in sorted(_FOLDER.rglob("*.py")):
        for message in _marked(ast.parse(path.read_text(encoding="utf-8"))):
            found.add(message, locations=[(f"app/{path.relative_to(_FOLDER).as_posix()}", 0)])
    return found


def _marked(tree: ast.Module) -> Iterator[str | tuple[str, ...]]:
    # Babel's own extraction does not look into f-strings.
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _TAKES:
            given = node.args[: _TAKES[node.func.id]]
            literals = [part.value for part in given if isinstance(part, ast.Constant)]
            parts = tuple(part for part in literals if isinstance(part, str))
            if parts and len(parts) == len(given):
                yield parts if len(parts) > 1 else parts[0]


def written(language: str) -> Catalog:
    """The catalogue of a language as it stands in the package; an empty one where there is none."""
    path = _path(language)
    if not path.exists():
        return Catalog(locale=language, charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def _path(language: str) -> Path:
    return _FOLDER / "locale" / language / "LC_MESSAGES" / "sayso.po"


def bring_up(language: str) -> int:
    """Take what is said now into a language's catalogue; give how many messages it does not translate."""
    catalogue = written(language)
    catalogue.update(said(), no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    save(catalogue, language)
    return len([message for message in catalogue if message.id and not _whole(message.string)])


def save(catalogue: Catalog, language: str) -> None:
    """Write a catalogue into the package, without the fields that nobody fills in."""
    text = io.BytesIO()
    write_po(text, catalogue, width=_WIDTH, sort_output=True, omit_header=True, include_lineno=False)
    head = (
        f"""msgid ""\nmsgstr ""\n"Language: {language}\\n"\n"Plural-Forms: {catalogue.plural_forms}\\n"\n"""
    )
    kind = '"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    path = _path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes((head + kind).encode() + text.getvalue())


def _whole(told: str | tuple[str, ...] | list[str] | None) -> bool:
    return bool(told) and (isinstance(told, str) or all(told or ()))


if __name__ == "__main__":
    for code in LANGUAGES:
        if code != "en":
            say(f"{code}: {bring_up(code)} messages without a translation")
