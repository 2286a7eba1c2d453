"""How fast the view is: snapshots of made-up mentions, its pages in a real Chromium and their figures alone.

Seconds are wall clock beside the server's processor time: on a machine that others use the second tells more.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from app.screenshots import chromium
from app.serve import Running, ViewError, running
from pipeline.home import Home
from pipeline.made_snapshot import BRANDS, make_snapshot
from pipeline.progress import Progress, silent

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_SIZE = {"width": 1280, "height": 900}
_LIMIT_MS = 300_000
_SCRIPT = Path(__file__).parent / "entry" / "view.py"
_WORDS = "stundas talrunis"
_QUIET = '[data-testid="stApp"][data-test-script-state="notRunning"]'
_FIGURE = '[data-testid="stMain"] :is(.sayso-tile, [class*="st-key-card-"], .sayso-empty)'
_SEEN = """selector => {
    const found = document.querySelector(selector);
    return found && found.getBoundingClientRect().height > 0 ? performance.now() : 0;
}"""
_CONTENT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"
_FILTERS = (("period", "30 d"), ("language", "Latvian"))


def bench_view(sizes: Sequence[int], progress: Progress = silent) -> list[dict[str, Any]]:
    """Of each size and page: seconds to first paint, a change of filter, a search; and the figures alone.

    `first_paint`: from the start of the navigation until the page's first figure stands, by the first visitor
    of a snapshot; `first_paint_again`: by the next; `first_contentful_paint`: as Chromium has it. A change of
    filter ends when the page has been drawn anew. Raises ViewError without Chromium.
    """
    return [_of_size(size, progress) for size in sizes]


def _of_size(size: int, progress: Progress) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        brands = "".join(f'[[brands]]\nname = "{name}"\n' for name in BRANDS)
        home.config_file.write_text(brands, encoding="utf-8")
        make_snapshot(home, size, progress=progress)
        return {"mentions": size, **measure(home, progress)}


def measure(home: Home, progress: Progress = silent) -> dict[str, Any]:
    """The same of a home that has a snapshot: `start`, seconds until its view answers, and `pages`."""
    from app.view import PAGES

    paths = [path for path, *_ in PAGES]
    begun = time.perf_counter()
    pages: dict[str, dict[str, Any]] = {}
    with running(home) as view, chromium() as browser:
        started = time.perf_counter() - begun
        for number, path in enumerate(paths, 1):
            # The first page stands at the root.
            pages[path] = _page(browser, view, path if number > 1 else "")
            progress("pages opened", number, len(paths))
    for path, seconds in figures_alone(home, paths).items():
        pages[path]["figures_alone"] = seconds
    return {"start": round(started, 2), "pages": pages}


def _page(browser: Browser, view: Running, path: str) -> dict[str, Any]:
    first, busy, content = _paint(browser, view, path)
    again, _, _ = _paint(browser, view, path)
    page = _opened(browser, view, path)
    changes = {f"filter_{key}": _filtered(page, view, key, name) for key, name in _FILTERS}
    searched = {"search": _searched(page, view)} if path == "mentions" else {}
    page.close()
    return {
        "first_paint": first, "first_paint_again": again, "first_contentful_paint": content,
        "first_visit": busy, **changes, **searched,
    }  # fmt: skip


def _paint(browser: Browser, view: Running, path: str) -> tuple[float, dict[str, float], float | None]:
    """Seconds until the first figure stands, what the whole visit took, the first contentful paint."""
    page = browser.new_page(viewport=_SIZE)  # type: ignore[arg-type]
    try:
        with _took(view) as took:
            page.goto(f"{view.url}/{path}", wait_until="commit")
            seen = page.wait_for_function(_SEEN, arg=_FIGURE, timeout=_LIMIT_MS).json_value()
            page.wait_for_selector(_QUIET, timeout=_LIMIT_MS)
        content = page.evaluate(_CONTENT)
    finally:
        page.close()
    return round(seen / 1e3, 3), took, None if content is None else round(content / 1e3, 3)


def _opened(browser: Browser, view: Running, path: str) -> Page:
    page = browser.new_page(viewport=_SIZE)  # type: ignore[arg-type]
    page.goto(f"{view.url}/{path}")
    page.wait_for_selector(_FIGURE, timeout=_LIMIT_MS)
    page.wait_for_selector(_QUIET, timeout=_LIMIT_MS)
    return page


def _filtered(page: Page, view: Running, key: str, name: str) -> dict[str, float]:
    widget = page.locator(f".st-key-{key}")
    if key == "period":
        return _redrawn(page, view, key, widget.get_by_text(name, exact=True).click)
    widget.locator("input").click()
    return _redrawn(page, view, key, page.get_by_role("option", name=name).click)


def _searched(page: Page, view: Running) -> dict[str, float]:
    field = page.locator(".st-key-q input")
    field.fill(_WORDS)
    return _redrawn(page, view, "q", lambda: field.press("Enter"))


def _redrawn(page: Page, view: Running, key: str, act: Callable[[], None]) -> dict[str, float]:
    """What an act takes until its page is drawn: the address names `key` as soon as the run has begun."""
    with _took(view) as took:
        act()
        page.wait_for_url(lambda url: f"{key}=" in url, timeout=_LIMIT_MS)
        page.wait_for_selector(_QUIET, timeout=_LIMIT_MS)
    return took


@contextmanager
def _took(view: Running) -> Iterator[dict[str, float]]:
    """Seconds of wall clock and, where the system tells, of the server's processor time."""
    found: dict[str, float] = {}
    begun, busy = time.perf_counter(), _processor(view.process.pid)
    yield found
    found["seconds"] = round(time.perf_counter() - begun, 3)
    if busy is not None:
        found["processor_seconds"] = round((_processor(view.process.pid) or busy) - busy, 3)


def _processor(pid: int) -> float | None:
    """Processor seconds that a process has used; None where there is no /proc."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return None
    # The command's name, in brackets, may hold spaces; user and system time are 12th and 13th after it.
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def figures_alone(home: Home, paths: Sequence[str]) -> dict[str, dict[str, float]]:
    """Of each page: wall and processor seconds in the functions that ask the snapshot, nothing cached; the
    snapshot itself is open. Raises ViewError for a page that fails."""
    from streamlit.runtime.caching import cache_data
    from streamlit.testing.v1 import AppTest
    from streamlit.util import calc_hash

    found: dict[str, dict[str, float]] = {}
    with patch.dict(os.environ, SAYSO_HOME=str(home.root.resolve())), ExitStack() as patched:
        clock = _Clock()
        _clocked(clock, patched)
        for path in [paths[0], *paths]:
            cache_data.clear()
            clock.wall = clock.busy = 0.0
            test = AppTest.from_file(str(_SCRIPT), default_timeout=_LIMIT_MS / 1e3)
            test._page_hash = calc_hash(path)
            test.run()
            if test.exception:
                raise ViewError(f"The page {path} failed: {test.exception[0].message}")
            found[path] = {"seconds": round(clock.wall, 3), "processor_seconds": round(clock.busy, 3)}
    return found


class _Clock:
    """Adds up the time inside functions, each call within another once."""

    def __init__(self) -> None:
        self.wall = self.busy = 0.0
        self._deep = 0

    def timed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same function under this clock."""

        def run(*args: Any, **options: Any) -> Any:
            self._deep += 1
            begun, busy = time.perf_counter(), time.process_time()
            try:
                return function(*args, **options)
            finally:
                self._deep -= 1
                if not self._deep:
                    self.wall += time.perf_counter() - begun
                    self.busy += time.process_time() - busy

        return run


def _clocked(clock: _Clock, patched: ExitStack) -> None:
    """Puts every public function of the two modules that pages take figures from under the clock."""
    from app import data, figures

    for module in (data, figures):
        for name, function in list(vars(module).items()):
            if callable(function) and not name.startswith("_") and _is_ours(function, module.__name__):
                patched.enter_context(patch.object(module, name, clock.timed(function)))


def _is_ours(function: Any, module: str) -> bool:
    return getattr(function, "__module__", None) == module and not isinstance(function, type)
