"""Exit codes of the command line. Only here do named errors turn into codes (docs/cli.md lists them)."""

from __future__ import annotations

import sys
from collections.abc import Callable

from pipeline.errors import SaysoError

OK, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130


def exit_code(run: Callable[[], None]) -> int:
    """Run a verb; print a named error to standard error and give its code.

    An error that nobody named is a bug and keeps its traceback.
    """
    from app.output import complain

    try:
        _named(run)
    except SaysoError as error:
        complain(f"sayso: {error.message}")
        return error.exit_code
    except KeyboardInterrupt:
        complain("sayso: interrupted; what was landed is kept, run the same verb again to go on")
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return OK
    return OK


class CollectingError(SaysoError):
    """The crawl could not be begun or ended by itself."""


class BusyError(SaysoError):
    """Another crawl works on this home."""

    exit_code = 4


class UnreadableError(SaysoError):
    """The weights or the texts cannot be used by the reader."""

    exit_code = 8


def _named(run: Callable[[], None]) -> None:
    """Run, and give the named errors of the rooms that know nothing of ours our form."""
    from crawlers.errors import CrawlBusy, CrawlError
    from models.errors import ModelError

    try:
        run()
    except CrawlBusy as error:
        raise BusyError(error.what, where=error.where, next_step=error.next_step) from error
    except CrawlError as error:
        raise CollectingError(error.what, where=error.where, next_step=error.next_step) from error
    except ModelError as error:
        raise UnreadableError(str(error), next_step="run `sayso doctor`") from error
