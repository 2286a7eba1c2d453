"""Pictures of the view for the README: `python -m app.screenshots HOME OUT_DIR`. Needs Chromium."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from app.errors import exit_code
from app.output import complain, say
from app.serve import ViewError, running
from pipeline.home import Home

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_ARGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip
_READY_MS = 60_000
_SETTLE_MS = 700


@dataclass(frozen=True)
class Shot:
    """A picture to take. `height` 0: as tall as the page."""

    name: str
    width: int
    height: int
    theme: Literal["light", "dark"] = "light"
    path: str = ""


SHOTS = (
    Shot("overview", 1280, 1210),
    Shot("overview-full", 1280, 0),
    Shot("overview-dark", 1280, 1210, "dark"),
    Shot("overview-phone", 390, 1500),
)
_COLOURS = 256


def shots() -> tuple[Shot, ...]:
    """The overview in its forms, and the top of every other page."""
    from app.view import PAGES

    return (*SHOTS, *(Shot(path, 1280, 1810, path=path) for path, *_rest in PAGES[1:]))


def take(home: Home, folder: Path, wanted: tuple[Shot, ...] | None = None) -> list[Path]:
    """Serve the home, take each picture (all of them unless some are named), and give the files.

    Raises as `serve.running`, and ViewError without a browser.
    """
    folder.mkdir(parents=True, exist_ok=True)
    chosen = shots() if wanted is None else wanted
    with running(home) as view, chromium() as browser:
        return [_take(browser, view.url, shot, folder / f"{shot.name}.png") for shot in chosen]


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium: the system's where there is one. Raises ViewError where there is none."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError as error:
        raise ViewError("playwright is not installed", next_step="pip install 'sayso[test]'") from error
    with sync_playwright() as driver:
        try:
            browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=list(_ARGS))
        except Error as error:
            step = "apt-get install chromium, or playwright install chromium"
            raise ViewError(
                "Chromium does not start", where=str(error).splitlines()[0], next_step=step
            ) from error
        try:
            yield browser
        finally:
            browser.close()


def settled(page: Page) -> None:
    """Wait until the page has run and every chart is drawn."""
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=_READY_MS)
    page.wait_for_selector(".sayso-head, .sayso-empty", timeout=_READY_MS)
    page.wait_for_function(
        """() => [...document.querySelectorAll('[data-testid="stVegaLiteChart"]')]
                  .every(chart => chart.querySelector('canvas, svg'))
                  && !document.querySelector('[data-testid="stSkeleton"]')""",
        timeout=_READY_MS,
    )
    page.wait_for_timeout(_SETTLE_MS)


def _take(browser: Browser, url: str, shot: Shot, path: Path) -> Path:
    size = {"width": shot.width, "height": shot.height or 900}
    page = browser.new_page(viewport=size, color_scheme=shot.theme)  # type: ignore[arg-type]
    page.goto(f"{url}/{shot.path}")
    settled(page)
    if not shot.height:
        tall = page.evaluate("document.querySelector('[data-testid=\"stMainBlockContainer\"]').scrollHeight")
        page.set_viewport_size({"width": shot.width, "height": int(tall)})
        settled(page)
    page.screenshot(path=path)
    page.close()
    _shrink(path)
    return path


def _shrink(path: Path) -> None:
    """A picture of few colours: a third of the size, and no difference to the eye."""
    from PIL import Image

    with Image.open(path) as full:
        few = full.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
    few.save(path, optimize=True)


def main() -> None:
    """The command: HOME and OUT_DIR are its arguments."""
    if len(sys.argv) != 3:
        complain("usage: python -m app.screenshots HOME OUT_DIR")
        raise SystemExit(2)

    def run() -> None:
        for path in take(Home(Path(sys.argv[1])), Path(sys.argv[2])):
            say(str(path))

    raise SystemExit(exit_code(run))


if __name__ == "__main__":
    main()
