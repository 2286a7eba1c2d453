"""What `sayso serve` runs: Streamlit, and beside its start the pages' code and the snapshot are taken in, so
that the first visitor waits for neither."""

from __future__ import annotations

import os
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from threading import Thread


def main() -> None:
    """Take its arguments as `streamlit` does."""
    Thread(target=_prepare, daemon=True, name="prepare").start()
    from streamlit.web.cli import main as streamlit

    streamlit(prog_name="streamlit")


def _prepare() -> None:
    from app import holding
    from pipeline.errors import SaysoError
    from pipeline.home import Home

    # Without a snapshot that can be read the page says so, to whoever comes.
    with suppress(SaysoError):
        holding.newest(Home(Path(os.environ["SAYSO_HOME"])))
    import_module("app.view")


if __name__ == "__main__":
    main()
