"""docs/cli.md, made from the code: `python -m app.reference > docs/cli.md`. A test holds the two equal."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from typing import Any

import typer.main

import pipeline
from app.cli import app
from app.errors import FAILED, INTERRUPTED, OK, USAGE
from pipeline.errors import SaysoError

_OWN = {
    OK: "done",
    FAILED: "done, but something is wrong: what, stands in the output",
    USAGE: "the command's words are off",
    INTERRUPTED: "interrupted by Ctrl-C; run the same verb again to go on",
}
_ERROR_HOLDERS = ("app.demo", "app.printing", "app.serve", "app.sharing")
"""Modules of the faces that define named errors: they count only once they are imported."""
_HEAD = """# The command line

Made from the code by `python -m app.reference`; do not edit. Results go to standard output, progress and
complaints to standard error. `--home DIR` names a folder with `sayso.toml` and its data; without it
`SAYSO_HOME` counts, then the current folder.
"""


def page() -> str:
    """The whole of docs/cli.md."""
    verbs: Any = typer.main.get_command(app)
    parts = [_HEAD]
    for name, command in verbs.commands.items():
        subcommands = getattr(command, "commands", None) or {"": command}
        parts += [
            _verb(f"{name} {sub}".strip(), found.help or "", found.params)
            for sub, found in subcommands.items()
        ]
    return "\n".join([*parts, _exit_codes()])


def _verb(name: str, text: str, params: list[Any]) -> str:
    arguments = "".join(f" {param.name.upper()}" for param in params if param.param_type_name == "argument")
    rows = [row for param in params if (row := _row(param))]
    table = ["", "| | |", "|---|---|", *rows] if rows else []
    return "\n".join([f"## `sayso {name}{arguments}`", "", text.strip(), *table, ""])


def _row(param: Any) -> str | None:
    record = param.get_help_record(typer.Context(typer.main.get_command(app)))
    if record is None or "--help" in record[0]:
        return None
    names, text = (" ".join(part.split()).replace("|", "\\|") for part in record)
    return f"| `{names}` | {text} |"


def _exit_codes() -> str:
    codes: dict[int, list[str]] = {code: [text] for code, text in _OWN.items()}
    for error in _errors(SaysoError):
        if error.exit_code not in _OWN:
            codes.setdefault(error.exit_code, []).append((error.__doc__ or "").split("\n")[0].rstrip("."))
    rows = [f"| {code} | {'; '.join(dict.fromkeys(texts))} |" for code, texts in sorted(codes.items())]
    return "\n".join(["## Exit codes", "", "| code | meaning |", "|---|---|", *rows, ""])


def _errors(base: type[SaysoError]) -> list[type[SaysoError]]:
    for name in (
        *_ERROR_HOLDERS,
        *(f"pipeline.{module.name}" for module in pkgutil.iter_modules(pipeline.__path__)),
    ):
        importlib.import_module(name)
    found = sorted(base.__subclasses__(), key=lambda error: (error.exit_code, error.__name__))
    return [error for sub in found for error in (sub, *_errors(sub))]


if __name__ == "__main__":
    sys.stdout.write(page())
