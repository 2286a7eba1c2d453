"""How many authors say the same around the same time. Pure functions over arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[Any]


def voices(
    group: Keys, source: Keys, author: Keys, day: NDArray[np.float64], window: float, bulk: int
) -> NDArray[np.int64]:
    """(n,) for each of n texts: the most authors of one source who spoke in its group within `window` days.

    One person may post on several sites, so the source with most authors speaks for all. `author` 0 is
    unknown: each counts as one author, but only where a group holds `bulk` of them in a source, since a page
    may repeat itself. 0 for a text alone in its group. Near-linear in n.
    """
    found = np.zeros(len(group), dtype=np.int64)
    order = np.lexsort((day, group))
    edges = np.flatnonzero(np.diff(group[order])) + 1
    for members in np.split(order, edges):
        if len(members) > 1:
            found[members] = _in_group(source[members], author[members], day[members], window, bulk)
    return found


def _in_group(
    source: Keys, author: Keys, day: NDArray[np.float64], window: float, bulk: int
) -> NDArray[np.int64]:
    """The same for the members of one group, in order of time."""
    most = np.zeros(len(day), dtype=np.int64)
    for each in np.unique(source):
        here = source == each
        heard = here & _heard(here, author, bulk)
        first = np.searchsorted(day[heard], day - window, side="left")
        last = np.searchsorted(day[heard], day + window, side="right")
        most = np.maximum(most, last - first)
    return most


def _heard(here: NDArray[np.bool_], author: Keys, bulk: int) -> NDArray[np.bool_]:
    """Which texts of a source are another voice: the first of each known author, the unknown in bulk."""
    heard = np.zeros(len(author), dtype=np.bool_)
    places = np.flatnonzero(here & (author != 0))
    heard[places[np.unique(author[places], return_index=True)[1]]] = True
    unknown = here & (author == 0)
    return heard | unknown if unknown.sum() >= bulk else heard
