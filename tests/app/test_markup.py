"""What mentions say is text, wherever it is shown: our code hands nothing to Streamlit that it would read as
Markdown or HTML, but for markup made in app/cards.py, which escapes, and one file of our own."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

APP = Path(__file__).resolve().parents[2] / "app"
MARKDOWN = {
    "markdown", "write", "write_stream", "caption", "title", "header", "subheader", "latex", "code", "text_area",
    "info", "warning", "error", "success", "toast", "exception", "chat_message", "badge", "iframe", "components",
}  # fmt: skip
"""Of `st`: what renders its words, or HTML of a page's own."""
OUR_OWN = {("pages/method.py", "markdown")}
"""The model card, a file that ships with us."""
MADE = {"cards", "dossier_page"}
"""Modules that make markup and escape what they are given."""


def calls() -> Iterator[tuple[str, ast.Call]]:
    for path in sorted(APP.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield path.relative_to(APP).as_posix(), node


def of_streamlit(node: ast.Call) -> str | None:
    """The name of a function of `st`."""
    inside = isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name)
    return node.func.attr if inside and node.func.value.id == "st" else None  # type: ignore[attr-defined]


def test_nothing_is_rendered_as_markdown() -> None:
    found = {(name, of_streamlit(node)) for name, node in calls() if of_streamlit(node) in MARKDOWN}
    assert found == OUR_OWN


def test_nothing_asks_for_unsafe_markup() -> None:
    asked = [
        (name, word.arg)
        for name, node in calls()
        for word in node.keywords
        if word.arg and word.arg.startswith("unsafe_")
    ]
    assert asked == []


def test_markup_is_made_in_one_place() -> None:
    """Every `.html(...)` takes what a function of `cards` gives; the gate passes such markup on."""
    strange = [
        f"{name}:{node.lineno}"
        for name, node in calls()
        if isinstance(node.func, ast.Attribute) and node.func.attr == "html" and not _made(node.args[0])
    ]
    assert [line for line in strange if not line.startswith("gate.py")] == []


def _made(value: ast.expr) -> bool:
    called = value.func if isinstance(value, ast.Call) else None
    return (
        isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id in MADE
    )
