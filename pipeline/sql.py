"""SQL by name: every query lives in `queries/*.sql` under a `-- name:` line, values are always parameters."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

_MARK = "-- name:"
_INCLUDE = "-- include:"


def query(name: str) -> str:
    """The SQL text of `file.section`: section `-- name: section` of `queries/file.sql`.

    A line `-- include: file.section` in it stands for that section's text.

    Raises KeyError that names the missing file or section: a fault of the code, not of the user.
    """
    file, _, section = name.partition(".")
    sections = _sections(file)
    if section not in sections:
        raise KeyError(f"queries/{file}.sql has no section {section!r}; it has {', '.join(sections)}")
    return sections[section]


@cache
def _sections(file: str) -> dict[str, str]:
    path = files("pipeline") / "queries" / f"{file}.sql"
    if not path.is_file():
        raise KeyError(f"no queries/{file}.sql")
    sections: dict[str, list[str]] = {}
    current: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith(_MARK):
            current = sections.setdefault(line.removeprefix(_MARK).strip(), [])
        elif line.strip().startswith(_INCLUDE):
            current.append(query(line.strip().removeprefix(_INCLUDE).strip()))
        else:
            current.append(line)
    return {name: "\n".join(lines).strip() for name, lines in sections.items()}
