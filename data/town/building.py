"""Drafts become entries: somebody gets to say it, in words, at a place."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

from data.town import writing, writing_events
from data.town.catalogue import sold_for
from data.town.drafting import DAYS, Draft, stars_of
from data.town.entries import Article, Entry, Topic
from data.town.people import Author, Crowd, plain
from data.town.phrases import LANGUAGES, TOUCHPOINTS, Voice, bank, brands, rng

_TRIES = 8
"""People seldom say exactly the same: so often a text is worded anew if somebody has said it before."""


@dataclass
class Builder:
    """Keeps what the places look like so far; `add` must get drafts in the order of their times."""

    seed: int
    until: datetime
    entries: dict[str, Entry] = field(default_factory=dict)
    topics: dict[str, Topic] = field(default_factory=dict)
    articles: dict[str, Article] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._random = rng(self.seed, "building")
        self._shoppers = Crowd(rng(self.seed, "shop"), self.until, again=0.04)
        self._members = Crowd(rng(self.seed, "forum"), self.until, again=0.7, latin=True)
        self._readers = Crowd(rng(self.seed, "blog"), self.until, again=0.35)
        self._said: set[str] = set()
        self._open: dict[tuple[str, ...], str] = {}
        self._stands: dict[str, list[Entry]] = {}
        self._count = {"shop": 0, "forum": 0, "blog": 0}
        self._publish()

    def add(self, draft: Draft) -> Entry:
        """Words the draft and puts it where it belongs."""
        place = {"shop": self._review, "forum": self._post, "blog": self._comment}[draft.place]
        entry = place(draft)
        self._keep(entry)
        return entry

    def _keep(self, entry: Entry) -> None:
        self.entries[entry.native_id] = entry
        self._stands.setdefault(f"{entry.place} {entry.thread}", []).append(entry)

    def _next(self, place: str) -> int:
        self._count[place] += 1
        return self._count[place]

    # --- shop

    def _review(self, draft: Draft) -> Entry:
        key = draft.brand.key if draft.brand else brands()[0].key
        product = self._random.choice(sold_for(key, draft.touchpoint or "billing"))
        author = self._author(self._shoppers, draft)
        voice, level = self._voice(draft, author), draft.level or 3
        titled = draft.flag != "campaign" and self._random.random() < 0.6
        entry = self._entry(
            draft, author, self._text(draft, voice, product.touchpoints, must_name=False), product.key
        )
        return replace(
            entry,
            stars=1 if draft.flag == "campaign" else stars_of(level, self._random),
            title=voice.say(self._random.choice(bank(draft.lang).leveled("titles", level)))
            if titled
            else None,
            owner_reply=self._owner_reply(draft, voice),
            tags=self._tags(draft, product.touchpoints),
        )

    def _owner_reply(self, draft: Draft, voice: Voice) -> str | None:
        if draft.flag != "ordinary" or draft.level in {3, 4} or self._random.random() > 0.06:
            return None
        replies = bank(draft.lang).listed("noise", "owner")
        return voice.say(replies[0] if draft.level == 5 else replies[1])

    def _tags(self, draft: Draft, among: tuple[str, ...]) -> tuple[str, ...]:
        if draft.flag != "ordinary" or draft.level == 3 or self._random.random() > 0.2:
            return ()
        names = bank(draft.lang).tree["tags"]
        more = [each for each in among if each != draft.touchpoint]
        picked = [draft.touchpoint or "billing", *self._random.sample(more, self._random.randrange(2))]
        return tuple(names[each] for each in picked)

    # --- forum

    def _post(self, draft: Draft) -> Entry:
        author = self._author(self._members, draft)
        voice = self._voice(draft, author)
        topic = self._topic(draft, voice)
        before = self._stands.get(f"forum {topic.key}", [])
        answered = self._random.choice(before) if before and self._random.random() < 0.35 else None
        text = self._text(draft, voice, TOUCHPOINTS, must_name=topic.brand is None or draft.flag == "outage")
        if answered and draft.flag == "ordinary" and self._random.random() < 0.5:
            same = _side(answered.level) == _side(draft.level)
            text = f"{writing_events.reply_line(voice, answered.author.handle, same)} {text}"
        topic.size += 1
        entry = self._entry(draft, author, text, topic.key)
        edited = draft.at + timedelta(minutes=7) if self._random.random() < 0.01 else None
        return replace(
            entry, number=topic.size, reply_to=answered.number if answered else None, edited_at=edited
        )

    def _topic(self, draft: Draft, voice: Voice) -> Topic:
        compared = draft.flag == "ordinary" and self._random.random() < 0.22 and draft.at <= self.until
        general = draft.brand is None or compared
        if general:
            return self._general(draft)
        brand = draft.brand or brands()[0]
        about = "outage" if draft.flag == "outage" else draft.touchpoint or self._random.choice(TOUCHPOINTS)
        place, fresh = (draft.lang, brand.key, about), self._random.random() < 0.12
        if place not in self._open or (fresh and draft.flag == "ordinary"):
            titles = (
                bank(draft.lang).listed("topics", about) if about != "outage" else _outage_titles(draft.lang)
            )
            self._start(place, voice.say(self._random.choice(titles)), draft, brand.key)
        return self.topics[self._open[place]]

    def _general(self, draft: Draft) -> Topic:
        """The topic of this half-year in which brands are compared; somebody asks first."""
        half = str((self.until - draft.at).days // (DAYS // 2 + 1))
        place = (draft.lang, "general", half)
        if place not in self._open:
            asked = draft.at - timedelta(minutes=self._random.randrange(30, 600))
            asks = bank(draft.lang).listed("general", "ask")
            topic = self._start(place, asks[int(half) % len(asks)], replace(draft, at=asked), None)
            author = self._members.somebody(draft.lang, asked)
            question = replace(draft, brand=None, touchpoint=None, level=None, at=asked, flag="question")
            topic.size += 1
            self._keep(
                self._entry(
                    question,
                    author,
                    self._random.choice(bank(draft.lang).listed("general", "asking")),
                    topic.key,
                )
            )
        return self.topics[self._open[place]]

    def _start(self, place: tuple[str, ...], title: str, draft: Draft, brand: str | None) -> Topic:
        topic = Topic(len(self.topics) + 1, title, draft.lang, brand, draft.at)
        self.topics[topic.key] = topic
        self._open[place] = topic.key
        return topic

    # --- blog

    def _publish(self) -> None:
        """One article a month and language, the brands in turn, before anybody comments."""
        random = rng(self.seed, "articles")
        for month in range(12):
            for place, lang in enumerate(LANGUAGES):
                brand = brands()[(month + place) % len(brands())]
                at = self.until - timedelta(
                    days=DAYS + 1 - 30 * month, hours=place * 3, minutes=random.randrange(60)
                )
                voice = Voice(lang, brand, False, random)
                about = random.choice(TOUCHPOINTS)
                title = voice.say(random.choice(bank(lang).listed("topics", about)))
                article = Article(len(self.articles) + 1, title, slug(title), lang, brand.key, at)
                self.articles[article.key] = article
                editor = Author(f"Operator Watch {lang.upper()}", lang, False, at, staff=True)
                self._keep(
                    Entry(article.id, "blog", article.key, brand.key, about, None, lang,
                          writing_events.article(voice), editor, at, "editorial", title)
                )  # fmt: skip

    def _comment(self, draft: Draft) -> Entry:
        author = self._author(self._readers, draft)
        article = self._article(draft)
        before = self._stands[f"blog {article.key}"][1:]
        answered = self._random.choice(before) if before and self._random.random() < 0.25 else None
        text = self._text(draft, self._voice(draft, author), TOUCHPOINTS, must_name=True)
        return replace(
            self._entry(draft, author, text, article.key), reply_to=answered.id if answered else None
        )

    def _article(self, draft: Draft) -> Article:
        """A recent article in the language, of the brand if there is one."""
        spoken = [each for each in self.articles.values() if each.lang == draft.lang and each.at <= draft.at][
            -4:
        ]
        fitting = [each for each in spoken if draft.brand and each.brand == draft.brand.key]
        return self._random.choice(fitting or spoken)

    # --- common

    def _author(self, crowd: Crowd, draft: Draft) -> Author:
        if draft.flag in {"campaign", "spam"}:
            return crowd.one_shot(draft.lang, draft.at)
        if draft.flag == "owner" and draft.brand:
            return Author(
                f"{draft.brand.key}_care", draft.lang, True, self.until - timedelta(days=2500), staff=True
            )
        return crowd.somebody(draft.lang, draft.at)

    def _voice(self, draft: Draft, author: Author) -> Voice:
        return Voice(draft.lang, draft.brand, author.female, self._random)

    def _text(self, draft: Draft, voice: Voice, among: tuple[str, ...], must_name: bool) -> str:
        if draft.flag == "outage":
            return writing_events.outage(voice, draft.level or 1)
        if draft.flag == "campaign":
            return writing_events.campaign(voice, draft.wording)
        if draft.touchpoint is None or draft.level is None:
            return writing_events.noise(voice, draft.flag)
        for _ in range(_TRIES):
            text = writing.opinion(voice, draft.touchpoint, draft.level, must_name, among)
            if text not in self._said:
                break
        self._said.add(text)
        return text

    def _entry(self, draft: Draft, author: Author, text: str, thread: str) -> Entry:
        return Entry(
            id=self._next(draft.place),
            place=draft.place,
            thread=thread,
            brand=draft.brand.key if draft.brand else None,
            touchpoint=draft.touchpoint,
            level=draft.level,
            lang=draft.lang,
            text=text,
            author=author,
            at=draft.at,
            flag=draft.flag,
            likes=_likes(self._random),
        )


def slug(title: str) -> str:
    """A title as a part of an address."""
    return "-".join(word for word in map(plain, title.split()) if word) or "x"


def _outage_titles(lang: str) -> list[str]:
    return bank(lang).listed("outage", "what")[1:3]


def _likes(random: Random) -> int:
    return min(40, int(random.expovariate(0.7)))


def _side(level: int | None) -> int:
    return 0 if level is None or level == 3 else (1 if level > 3 else -1)
