"""HTML to PDF through the Chromium of this machine, without network, in a profile of its own."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from pipeline.errors import SaysoError

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
_SECONDS = 120
_NEXT = "install Chromium (apt-get install chromium), or print the HTML from your browser"


class PdfError(SaysoError):
    """The PDF could not be made; the HTML is there."""

    exit_code = 9


def browser() -> str:
    """The Chromium to print with. Raises PdfError where there is none."""
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found is None:
        raise PdfError("No Chromium on this machine, so no PDF", next_step=_NEXT)
    return found


def print_pdf(html: Path, pdf: Path) -> None:
    """Print a page into `pdf`, which appears when it is whole. Raises PdfError."""
    program = browser()
    with tempfile.TemporaryDirectory(prefix="sayso-print-") as folder:
        part = Path(folder) / "report.pdf"
        command = [
            program, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-extensions",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={folder}/profile",
            "--no-pdf-header-footer", f"--print-to-pdf={part}", html.resolve().as_uri(),
        ]  # fmt: skip
        try:
            done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise PdfError(f"Chromium did not print: {error}", where=str(html), next_step=_NEXT) from error
        if done.returncode or not part.is_file() or not part.read_bytes().startswith(b"%PDF-"):
            last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or ["no word from it"]
            raise PdfError(f"Chromium did not print: {last[0]}", where=str(html), next_step=_NEXT)
        shutil.move(part, pdf)
