"""Entry: one text of the town, with what is true about it; and the places where entries stand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from data.town.people import Author

Place = Literal["shop", "forum", "blog"]
Flag = Literal["ordinary", "outage", "campaign", "off-topic", "spam", "owner", "question", "editorial"]


@dataclass(frozen=True, slots=True)
class Entry:
    """`native_id` is unique in the town; `thread` is a product, topic or article key. `level` 1..5 is how the
    author feels, None where no customer speaks; `brand` is a brand key or None. Times are aware UTC."""

    id: int
    place: Place
    thread: str
    brand: str | None
    touchpoint: str | None
    level: int | None
    lang: str
    text: str
    author: Author
    at: datetime
    flag: Flag = "ordinary"
    title: str | None = None
    stars: int | None = None
    likes: int = 0
    number: int = 1
    reply_to: int | None = None
    edited_at: datetime | None = None
    owner_reply: str | None = None
    tags: tuple[str, ...] = ()

    @property
    def native_id(self) -> str:
        """The id that the place publishes, the same on every port."""
        if self.place == "shop":
            return f"urn:town:review:{self.id}"
        if self.place == "forum":
            return str(self.id)
        return f"urn:town:article:{self.id}" if self.flag == "editorial" else f"comment-{self.id}"


@dataclass(frozen=True, slots=True)
class Product:
    """Something sold in a brand's shop. `markup` says in which syntax its page holds the reviews."""

    key: str
    brand: str
    name: str
    price: int
    touchpoints: tuple[str, ...]
    markup: Literal["json-ld", "microdata"]


@dataclass(slots=True)
class Topic:
    """A forum topic; `id` counts from 1 in order of opening."""

    id: int
    title: str
    lang: str
    brand: str | None
    opened_at: datetime
    size: int = 0
    key: str = field(init=False)

    def __post_init__(self) -> None:
        self.key = str(self.id)


@dataclass(frozen=True, slots=True)
class Article:
    """A blog post; its own text is an entry with the flag `editorial`."""

    id: int
    title: str
    slug: str
    lang: str
    brand: str
    at: datetime

    @property
    def key(self) -> str:
        return str(self.id)


@dataclass(frozen=True, slots=True)
class Truth:
    """What is known about one mention: the answer that the demo and the benches are held against."""

    native_id: str
    source_kind: Literal["structured", "discourse", "feed"]
    brand: str | None
    """The brand's name as in the config, None where nobody speaks of one."""
    level: int | None
    """1 very unhappy .. 5 very happy; 5 promoter, 4 passive, 1-3 detractor. None: no customer speaks."""
    lang: str
    touchpoint: str | None
    text: str
    author: str
    published_at: datetime
    stars: int | None
    flag: Flag
