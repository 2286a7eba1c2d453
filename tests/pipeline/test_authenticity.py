"""Exact copies by many authors are told; what repeats by itself is not."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from landing_of import START, land, mention

from crawlers.mention import Mention
from pipeline.authenticity import DetectReport, detect
from pipeline.home import Home
from pipeline.ingest import ingest
from pipeline.warehouse import open_warehouse

ATTACK = (
    "Never again with this operator, they cut my line for a week without any warning and then charged me twice "
    "for a technician who never came to the house."
)
WORDS = [
    "signal",
    "shop",
    "price",
    "staff",
    "invoice",
    "router",
    "speed",
    "village",
    "phone",
    "summer",
    "roof",
]


def detected(
    home: Home, mentions: list[Mention], name: str = "a"
) -> tuple[DetectReport, dict[str, tuple[Any, ...]]]:
    land(home, name, mentions)
    with open_warehouse(home) as con:
        ingest(home, con)
        report = detect(con, home.config)
        rows = con.execute(
            "SELECT native_id, p_bot, reasons, cluster, set_aside, decided_at FROM authenticity JOIN mentions"
            " USING (mention_id) WHERE current"
        ).fetchall()
    return report, {row[0]: row[1:] for row in rows}


def organic(count: int, first: int = 1000, seed: int = 3) -> list[Mention]:
    """Distinct reviews over a year, some short praise among them."""
    rng = random.Random(seed)
    texts = ["Very good!", "Viss labi", "Всё отлично", "Fast delivery, everything was fine, thank you"]
    return [
        mention(
            first + n,
            text=rng.choice(texts) if n % 3 == 0 else " ".join(rng.choices(WORDS, k=14)),
            published_at=START - timedelta(days=rng.uniform(0, 365)),
        )
        for n in range(count)
    ]


def copies(count: int, text: str = ATTACK, hours: float = 72, **fields: Any) -> list[Mention]:
    rng = random.Random(count)
    return [
        mention(n, text=text, rating=1, published_at=START - timedelta(hours=rng.uniform(0, hours)), **fields)
        for n in range(count)
    ]


def test_planted_copies_are_set_aside_and_nothing_else(home: Home) -> None:
    report, rows = detected(home, organic(300) + copies(30))
    assert {f"r{n}" for n in range(30)} == set(rows)
    assert (report.suspected, report.set_aside, report.clusters) == (30, 30, 1)
    assert all("copies" in row[1] for row in rows.values())


def test_copies_differ_in_case_punctuation_and_diacritics(home: Home) -> None:
    text = "Šī ir sliktākā pieredze manā mūžā, nekad vairs neiešu uz turieni un citiem arī neiesaku to darīt"
    disguised = [
        text,
        text.upper() + "!!!",
        text.replace(",", " 🙂"),
        text.replace("ā", "a"),
    ]
    mentions = [mention(n, text=variant) for n, variant in enumerate(disguised)]
    _, rows = detected(home, mentions)
    assert len(rows) == 4
    assert len({row[2] for row in rows.values()}) == 1


TEMPLATE = (
    "Shame on Nordvila! I waited {days} days in {town} for the technician and then they cheated me out of {sum} EUR. "
    "Everybody who can read this should leave them now!"
)
TOWNS = ["Fernwick", "Port Ellory", "Lower Tamsin", "Brackenford", "Wexcombe", "Ozolkalns"]


def test_a_filled_in_template_is_told_from_what_people_write(home: Home) -> None:
    rng = random.Random(5)
    attack = [
        mention(
            n,
            text=TEMPLATE.format(days=rng.randint(2, 9), town=rng.choice(TOWNS), sum=rng.randint(10, 99)),
            published_at=START - timedelta(hours=rng.uniform(0, 60)),
        )
        for n in range(20)
    ]
    report, rows = detected(home, organic(300) + attack)
    assert {key for key, row in rows.items() if row[3]} == {f"r{n}" for n in range(20)}
    assert report.clusters == 1
    assert all({"near_copies", "template"} & set(row[1]) for row in rows.values())


def test_what_many_quote_is_not_their_own_text(home: Home) -> None:
    quoted = "Our new tariff is here: more minutes, more data and the same old price for all of our loyal customers"
    said = ["No.", "Why, why?", "Oh please", "Lol", "Not again", "Who asked", "Stop it", "Hm"]
    shapes = ["{} RT @ostmar: {}", "“@ostmar: {1}” {0}", "{0}\n> {1}", 'RT "@ostmar {1}']
    mentions = [
        mention(n, text=shapes[n % 4].format(word, quoted), kind="post", published_at=START)
        for n, word in enumerate(said)
    ]
    assert detected(home, mentions)[0].suspected == 0


def test_short_praise_is_never_a_copy(home: Home) -> None:
    report, _ = detected(home, copies(200, text="Very good!") + copies(0) + organic(100))
    assert report.suspected == 0


def test_the_same_author_twice_is_not_two_voices(home: Home) -> None:
    mentions = [mention(n, text=ATTACK, rating=n + 1, author_hash="same") for n in range(4)]
    assert detected(home, mentions)[0].suspected == 0


def test_one_person_on_two_sites_is_not_a_campaign(home: Home) -> None:
    mentions = [mention(1, text=ATTACK), mention(2, text=ATTACK, source="structured:other.example")]
    assert detected(home, mentions)[0].suspected == 0


def test_a_campaign_s_copy_on_another_site_belongs_to_it(home: Home) -> None:
    elsewhere = mention(77, text=ATTACK, source="discourse:forum.example", published_at=START)
    report, rows = detected(home, [*copies(10), elsewhere])
    assert report.set_aside == 11
    assert rows["r77"][2] == rows["r0"][2]


def test_copies_spread_over_a_year_weigh_less_than_in_one_week(home: Home) -> None:
    spread = [mention(n, text=ATTACK, published_at=START - timedelta(days=40 * n)) for n in range(9)]
    assert detected(home, spread)[0].suspected == 0
    _, rows = detected(home, [m.model_copy(update={"native_id": f"x{m.native_id}"}) for m in copies(9)], "b")
    assert all(row[3] for key, row in rows.items() if key.startswith("x"))


def test_survey_answers_are_never_suspected(home: Home) -> None:
    assert detected(home, copies(20, kind="survey"))[0].suspected == 0


@pytest.mark.parametrize(("count", "suspected"), [(3, 0), (12, 12)])
def test_unknown_authors_count_only_in_bulk(home: Home, count: int, suspected: int) -> None:
    assert detected(home, copies(count, author_hash=None))[0].suspected == suspected


def test_two_copies_are_not_set_aside(home: Home) -> None:
    report, rows = detected(home, copies(2))
    assert report.set_aside == 0
    assert all(row[0] < 0.6 for row in rows.values())


def test_a_second_detection_changes_nothing_and_keeps_its_dates(home: Home) -> None:
    _, first = detected(home, copies(10))
    with open_warehouse(home) as con:
        assert detect(con, home.config).changed == 0
    _, second = detected(home, organic(5), "b")
    assert second == first


def test_a_decision_is_withdrawn_when_the_copies_are_edited(home: Home) -> None:
    assert detected(home, copies(6))[0].set_aside == 6
    later = START + timedelta(days=1)
    edited = [mention(n, text=f"I wrote something else, {n} times", collected_at=later) for n in range(5)]
    report, _ = detected(home, edited, "b")
    assert (report.set_aside, report.changed) == (0, 6)


def campaigns(home: Home) -> list[tuple[Any, ...]]:
    with open_warehouse(home) as con:
        return con.execute(
            "SELECT campaign_id, brand, mentions, authors, direction, verdict, found_at, updated_at FROM campaigns"
        ).fetchall()


def hinted(mentions: list[Mention]) -> list[Mention]:
    return [each.model_copy(update={"brand_hint": "Nordvila"}) for each in mentions]


def test_a_campaign_that_grows_stays_the_same_campaign(home: Home) -> None:
    detected(home, hinted(organic(60) + copies(8)))
    (before,) = campaigns(home)
    assert before[1:6] == ("Nordvila", 8, 8, "smear", before[5])
    more = [
        each.model_copy(update={"native_id": f"y{n}", "author_hash": f"y{n}"})
        for n, each in enumerate(copies(6))
    ]
    detected(home, hinted(more), "b")
    (after,) = campaigns(home)
    assert (after[0], after[2], after[6]) == (before[0], 14, before[6])
    assert after[7] > before[7]
    with open_warehouse(home) as con:
        detect(con, home.config)
        ties, accounts = con.execute(
            "SELECT (SELECT count(*) FROM campaign_ties), (SELECT count(*) FROM campaign_accounts)"
        ).fetchall()[0]
    assert campaigns(home) == [after]
    assert ties >= 13 and accounts == 14


def test_a_dismissed_campaign_is_set_aside_no_more(home: Home) -> None:
    assert detected(home, hinted(organic(60) + copies(8)))[0].set_aside == 8
    with open_warehouse(home) as con:
        con.execute(
            "INSERT INTO verdicts SELECT campaign_id, 'dismissed', 'our newsletter', 'pr', NULL, now() FROM campaigns"
        )
        report = detect(con, home.config)
    assert (report.set_aside, report.suspected) == (0, 8)
