"""The forum: the JSON that Discourse serves to everybody, and plain HTML of the same topics."""

from __future__ import annotations

from html import escape
from typing import Any

from data.town.building import slug
from data.town.entries import Entry, Topic
from data.town.pages.markup import document, iso, millis
from data.town.phrases import LANGUAGES
from data.town.town import Town

ROOT = "/forum"
TOPICS_A_PAGE, POSTS_A_CHUNK, LATEST_POSTS = 30, 20, 50
_NAMES = dict(zip(LANGUAGES, ("English", "Latviešu", "Lietuvių", "Česky", "Русский", "Eesti"), strict=True))
_LIKE = 2


def category_id(lang: str) -> int:
    """Categories are languages, numbered from 5."""
    return LANGUAGES.index(lang) + 5


def categories(town: Town) -> dict[str, Any]:
    """`/categories.json`."""
    return {
        "category_list": {
            "can_create_category": False,
            "categories": [
                {
                    "id": category_id(lang),
                    "name": _NAMES[lang],
                    "slug": lang,
                    "topic_count": sum(topic.lang == lang for topic in town.topics.values()),
                    "post_count": sum(entry.lang == lang for entry in town.posts()),
                    "read_restricted": False,
                }
                for lang in LANGUAGES
            ],
        }
    }


def latest(town: Town, number: int, order: str, lang: str | None = None) -> dict[str, Any]:
    """`/latest.json` and `/c/SLUG/ID.json`: topics by last activity, or by age with `order=created`."""
    topics = [topic for topic in town.topics.values() if lang in (None, topic.lang)]
    topics.sort(key=lambda topic: (_moved(town, topic, order), topic.id), reverse=True)
    shown = topics[number * TOPICS_A_PAGE : (number + 1) * TOPICS_A_PAGE]
    listed: dict[str, Any] = {"can_create_topic": False, "per_page": TOPICS_A_PAGE}
    if len(topics) > (number + 1) * TOPICS_A_PAGE:
        base = f"{ROOT}/c/{lang}/{category_id(lang)}/l/latest" if lang else f"{ROOT}/latest"
        listed["more_topics_url"] = f"{base}?no_definitions=true&page={number + 1}"
    return {
        "users": [],
        "primary_groups": [],
        "topic_list": listed | {"topics": [_topic(town, each) for each in shown]},
    }


def _moved(town: Town, topic: Topic, order: str) -> Any:
    return topic.opened_at if order == "created" else town.thread("forum", topic.key)[-1].at


def _topic(town: Town, topic: Topic) -> dict[str, Any]:
    posts = town.thread("forum", topic.key)
    return {
        "id": topic.id,
        "title": topic.title,
        "fancy_title": escape(topic.title),
        "slug": slug(topic.title),
        "posts_count": len(posts),
        "reply_count": len(posts) - 1,
        "highest_post_number": len(posts),
        "created_at": millis(posts[0].at),
        "last_posted_at": millis(posts[-1].at),
        "bumped": True,
        "bumped_at": millis(max(entry.edited_at or entry.at for entry in posts[-1:])),
        "archetype": "regular",
        "pinned": False,
        "visible": True,
        "closed": False,
        "archived": False,
        "tags": [],
        "views": 40 * len(posts) + topic.id,
        "like_count": sum(entry.likes for entry in posts),
        "category_id": category_id(topic.lang),
        "last_poster_username": posts[-1].author.handle,
    }


def topic(town: Town, key: str, number: int) -> dict[str, Any] | None:
    """`/t/ID.json?page=N` (from 1): a chunk of posts and the stream of all ids; None beyond the end."""
    about = town.topics.get(key)
    posts = town.thread("forum", key) if about else []
    chunk = posts[(number - 1) * POSTS_A_CHUNK : number * POSTS_A_CHUNK]
    if about is None or not chunk:
        return None
    stream = {
        "posts": [_post(about, entry, posts) for entry in chunk],
        "stream": [entry.id for entry in posts],
    }
    return _topic(town, about) | {"post_stream": stream, "chunk_size": POSTS_A_CHUNK, "deleted_at": None}


def some_posts(town: Town, key: str, ids: list[int], post_number: int | None) -> dict[str, Any] | None:
    """`/t/ID/posts.json`: the named posts, or a chunk from `post_number` on."""
    about = town.topics.get(key)
    if about is None:
        return None
    posts = town.thread("forum", key)
    wanted = [entry for entry in posts if entry.id in ids]
    if post_number is not None:
        wanted = [entry for entry in posts if entry.number >= post_number][:POSTS_A_CHUNK]
    return {"post_stream": {"posts": [_post(about, entry, posts) for entry in wanted]}, "id": about.id}


def latest_posts(town: Town, before: int | None) -> dict[str, Any]:
    """`/posts.json?before=ID`: posts with ids up to ID, newest first."""
    posts = [entry for entry in town.posts() if before is None or entry.id <= before]
    return {"latest_posts": [_latest_post(town, entry) for entry in reversed(posts[-LATEST_POSTS:])]}


def _latest_post(town: Town, entry: Entry) -> dict[str, Any]:
    about = town.topics[entry.thread]
    data = _post(about, entry, town.thread("forum", entry.thread))
    return data | {
        "topic_title": about.title,
        "topic_html_title": escape(about.title),
        "category_id": category_id(about.lang),
        "raw": entry.text,
    }


def _post(about: Topic, entry: Entry, thread: list[Entry]) -> dict[str, Any]:
    changed = entry.edited_at or entry.at
    return _writer(entry) | {
        "id": entry.id,
        "created_at": millis(entry.at),
        "updated_at": millis(changed),
        "cooked": cooked(entry, thread),
        "post_number": entry.number,
        "post_type": 1,
        "reply_count": sum(other.reply_to == entry.number for other in thread),
        "reply_to_post_number": entry.reply_to,
        "quote_count": int(_quotes(entry)),
        "reads": 10 + entry.likes,
        "score": round(2.2 + 15 * entry.likes, 1),
        "topic_id": about.id,
        "topic_slug": slug(about.title),
        "version": 2 if entry.edited_at else 1,
        "actions_summary": [{"id": _LIKE, "count": entry.likes}] if entry.likes else [],
        "hidden": False,
        "deleted_at": None,
        "user_deleted": False,
        "post_url": f"{ROOT}/t/{slug(about.title)}/{about.id}/{entry.number}",
    }


def _writer(entry: Entry) -> dict[str, Any]:
    handle = entry.author.handle
    return {
        "name": handle,
        "username": handle,
        "user_id": 100 + sum(map(ord, handle)),
        "user_title": None,
        "trust_level": 0 if entry.flag in {"campaign", "spam"} else 2,
        "moderator": False,
        "admin": False,
        "staff": entry.author.staff,
    }


def _quotes(entry: Entry) -> bool:
    return entry.reply_to is not None and entry.id % 4 == 0


def cooked(entry: Entry, thread: list[Entry]) -> str:
    """The post as HTML: some replies quote the post that they answer."""
    quote = ""
    if _quotes(entry) and entry.reply_to:
        answered = thread[entry.reply_to - 1]
        quote = (
            f'<aside class="quote no-group" data-username="{escape(answered.author.handle)}" '
            f'data-post="{answered.number}" data-topic="{entry.thread}">\n<div class="title">'
            f"{escape(answered.author.handle)}:</div>\n<blockquote>\n<p>{escape(answered.text)}</p>\n</blockquote>\n"
            "</aside>\n"
        )
    handle, _, rest = entry.text.partition(" ")
    if handle.startswith("@"):
        name = escape(handle[1:])
        return f'{quote}<p><a class="mention" href="{ROOT}/u/{name}">@{name}</a> {escape(rest)}</p>'
    return f"{quote}<p>{escape(entry.text)}</p>"


def user(town: Town, handle: str) -> dict[str, Any] | None:
    """`/u/NAME.json`: when the account was opened."""
    posts = [entry for entry in town.posts() if entry.author.handle == handle]
    if not posts:
        return None
    opened = millis(posts[0].author.created_at)
    return {"user": {"username": handle, "name": handle, "created_at": opened, "post_count": len(posts)}}


# --- HTML


def front(town: Town) -> str:
    """The newest topics."""
    topics = sorted(town.topics.values(), key=lambda each: _moved(town, each, ""), reverse=True)[:60]
    links = "".join(
        f'<li><a href="{ROOT}/t/{slug(each.title)}/{each.id}">{escape(each.title)}</a> '
        f"<small>{each.size}</small></li>"
        for each in topics
    )
    return document("The town's forum", f"<h1>Forum</h1><ul>{links}</ul>")


def page(town: Town, key: str) -> str | None:
    """A topic to read, all of it."""
    about = town.topics.get(key)
    if about is None:
        return None
    posts = town.thread("forum", key)
    shown = "".join(
        f'<article id="post_{entry.number}"><small>{escape(entry.author.handle)}, '
        f'<time datetime="{iso(entry.at)}">{entry.at:%Y-%m-%d %H:%M}</time></small>'
        f"{cooked(entry, posts)}</article>\n"
        for entry in posts
    )
    body = f'<header><a href="{ROOT}/">Forum</a></header><h1>{escape(about.title)}</h1>{shown}'
    return document(about.title, body, about.lang)
