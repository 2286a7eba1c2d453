"""The sample town: three operators that exist nowhere else, and a year of what people say about them.

`Town(seed, until)` makes it, `serve(town, port)` answers over HTTP, `town.truth()` tells what is true,
`config(origin)` is the example sayso.toml for it. See docs/town.md.
"""

from pathlib import Path

from data.town.entries import Entry, Truth
from data.town.server import Running, serve
from data.town.town import SEED, UNTIL, Town, true_nps

CONFIG = Path(__file__).resolve().parent / "sayso.toml"


def config(origin: str) -> str:
    """The example config for a town that answers at `origin`."""
    return CONFIG.read_text(encoding="utf-8").replace("{origin}", origin)


__all__ = ["CONFIG", "SEED", "UNTIL", "Entry", "Running", "Town", "Truth", "config", "serve", "true_nps"]
