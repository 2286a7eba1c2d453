"""How the texts of events, of noise and of the town's own people are worded."""

from __future__ import annotations

from data.town.phrases import Voice, bank
from data.town.writing import finish


def outage(voice: Voice, level: int) -> str:
    """A report of the outage with details of place and device, in many shapes."""
    own, random = bank(voice.lang), voice.random
    more = random.sample(
        own.listed("outage", "more"), random.choices((0, 1, 2, 3), (0.15, 0.45, 0.3, 0.1))[0]
    )
    parts = [random.choice(own.listed("outage", "what")), *more, random.choice(own.listed("outage", "end"))]
    if len(parts) > 3 and random.random() < 0.3:
        parts.insert(1, random.choice(own.listed("speech", "details")))
    return finish(" ".join(voice.say(part) for part in parts if part), voice.lang, level, random)


def campaign(voice: Voice, wording: str) -> str:
    """A planted accusation: `copy`, `template` or `paraphrase`."""
    return voice.say(voice.random.choice(bank(voice.lang).listed("campaign", wording)))


def noise(voice: Voice, flag: str) -> str:
    """An `off-topic`, `spam` or `owner` text."""
    return voice.say(voice.random.choice(bank(voice.lang).listed("noise", flag.replace("-", ""))))


def reply_line(voice: Voice, handle: str, same: bool) -> str:
    """How a reply begins: in agreement with the one before, or not."""
    lines = bank(voice.lang).listed("speech", "replies")
    return voice.say(voice.random.choice(lines[:2] if same else lines[2:]), who=handle)


def article(voice: Voice) -> str:
    """The text of a blog post: neutral, with what it covers."""
    own, random = bank(voice.lang), voice.random
    covers = random.sample(list(own.tree["tags"].values()), random.randrange(3, 6))
    return f"{voice.say(random.choice(own.listed('general', 'articles')))} {' · '.join(covers)}."
