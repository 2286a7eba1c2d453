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
        run()
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
