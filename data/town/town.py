"""The town: a year of mentions of three operators, the same for the same seed and end date."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from threading import RLock

from data.town import events
from data.town.building import Builder
from data.town.drafting import Draft, drafts
from data.town.entries import Article, Entry, Place, Topic, Truth
from data.town.phrases import brand, brands

SEED, UNTIL, ORDINARY = 7, date(2026, 10, 31), 3700
_KINDS = {"shop": "structured", "forum": "discourse", "blog": "feed"}


class Town:
    """All entries and where they stand. `version` counts the changes made by `edit` and `add`.

    `until` is the last day (UTC) on which anybody spoke, `ordinary` how many mentions lie outside the events.
    """

    def __init__(self, seed: int = SEED, until: date = UNTIL, ordinary: int = ORDINARY) -> None:
        self.seed = seed
        self.until = datetime.combine(until, time(23, 59), UTC)
        self.version = 0
        self.lock = RLock()
        self._builder = Builder(seed, self.until)
        for draft in self._drafts(ordinary):
            self._builder.add(draft)
        self._arrange()

    def _drafts(self, ordinary: int) -> list[Draft]:
        made = drafts(self.seed, self.until, ordinary)
        made += events.outage(self.seed, self.until) + events.campaign(self.seed, self.until)
        return sorted(made + events.noise(self.seed, self.until), key=lambda draft: draft.at)

    @property
    def entries(self) -> list[Entry]:
        """Everything published, in order of publication within each place."""
        return list(self._builder.entries.values())

    @property
    def topics(self) -> dict[str, Topic]:
        return self._builder.topics

    @property
    def articles(self) -> dict[str, Article]:
        return self._builder.articles

    def thread(self, place: Place, key: str) -> list[Entry]:
        """Entries of a product, topic or article, oldest first."""
        return self._threads[place, key]

    def posts(self) -> list[Entry]:
        """Posts of the forum, by id."""
        return self._posts

    def edit(self, native_id: str, text: str) -> None:
        """The author rewrites an entry. KeyError if nobody published that id."""
        with self.lock:
            old = self._builder.entries[native_id]
            changed = replace(old, text=text, edited_at=self._now())
            self._builder.entries[native_id] = changed
            self._arrange()

    def add(self, count: int) -> list[str]:
        """`count` people more speak up, after all others; returns the native ids of what they say."""
        with self.lock:
            places: tuple[Place, ...] = ("shop", "forum", "blog")
            fresh = drafts(self.seed + 1 + self.version, self.until, count)
            start = self._now()
            added = [
                self._builder.add(
                    replace(draft, at=start + timedelta(minutes=index), place=places[index % 3])
                )
                for index, draft in enumerate(fresh)
            ]
            self._arrange()
            return [entry.native_id for entry in added]

    def _now(self) -> datetime:
        """A moment after everything that was published."""
        latest = max(entry.edited_at or entry.at for entry in self._builder.entries.values())
        return max(latest, self.until) + timedelta(minutes=1)

    def _arrange(self) -> None:
        threads: defaultdict[tuple[str, str], list[Entry]] = defaultdict(list)
        for entry in self._builder.entries.values():
            threads[entry.place, entry.thread].append(entry)
        self._threads = threads
        self._posts = [entry for entry in self._builder.entries.values() if entry.place == "forum"]
        self.version += 1

    def truth(self) -> list[Truth]:
        """What is true about every mention that a crawler can find. It is served nowhere."""
        return [_truth(entry) for entry in self.entries]


def _truth(entry: Entry) -> Truth:
    return Truth(
        native_id=entry.native_id,
        source_kind=_KINDS[entry.place],  # type: ignore[arg-type]
        brand=brand(entry.brand).name if entry.brand else None,
        level=entry.level,
        lang=entry.lang,
        touchpoint=entry.touchpoint,
        text=entry.text,
        author=entry.author.handle,
        published_at=entry.at,
        stars=entry.stars,
        flag=entry.flag,
    )


def true_nps(truths: list[Truth], name: str) -> float:
    """Share of promoters minus detractors among a brand's customers, in points; the attack does not count."""
    levels = [each.level for each in truths if each.brand == name and each.level and each.flag != "campaign"]
    return (
        100
        * (sum(level == 5 for level in levels) - sum(level <= 3 for level in levels))
        / max(len(levels), 1)
    )


def brand_names() -> list[str]:
    """The brands of the town, as the example config names them."""
    return [each.name for each in brands()]
