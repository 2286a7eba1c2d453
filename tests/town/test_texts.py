"""What is said in the town: enough of it, in every language, hardly ever twice, and with what was planted."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta

import pytest

from data.town import Town, Truth, true_nps
from data.town.events import campaign_began, outage_began
from data.town.phrases import LANGUAGES, LEVELS, TOUCHPOINTS, Voice, bank, bare, brand, brands, rng

ALPHABETS = {
    "lv": "āčēģīķļņšūž",
    "lt": "ąčęėįšųūž",
    "cs": "áčďéěíňřšťúůýž",
    "et": "äõöü",
    "ru": "абвгдежзиклмнопрстуфхцчшщыьэюя",
    "en": "abcdefghijklmnopqrstuvwxyz",
}


def of_flag(town: Town, *flags: str) -> list[Truth]:
    return [each for each in town.truth() if each.flag in flags]


def test_same_seed_same_town_other_seed_other_town() -> None:
    towns = [Town(seed, ordinary=300).truth() for seed in (7, 7, 8)]
    assert towns[0] == towns[1]
    assert {each.text for each in towns[0]} != {each.text for each in towns[2]}


def test_enough_mentions_of_every_brand_language_and_kind(town: Town) -> None:
    truths = town.truth()
    assert len(truths) >= 3600
    assert min(Counter(each.lang for each in truths)[lang] for lang in LANGUAGES) >= 300
    assert min(Counter(each.source_kind for each in truths).values()) >= 600
    assert min(Counter(each.brand for each in truths)[each.name] for each in brands()) >= 900
    assert len({each.native_id for each in truths}) == len(truths)


def test_a_year_and_nothing_after_its_end(town: Town) -> None:
    times = [each.published_at for each in of_flag(town, "ordinary")]
    assert town.until.date() == date(2026, 10, 31)
    assert max(times) <= town.until
    assert min(times) >= town.until - timedelta(days=366)
    assert len({(at.year, at.month) for at in times}) >= 12


def test_hardly_anything_is_said_twice_outside_the_campaign(town: Town) -> None:
    said = Counter(each.text for each in town.truth() if each.flag != "campaign")
    assert sum(count for count in said.values() if count > 1) < 0.02 * said.total()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_letters_of_the_language_are_used(town: Town, lang: str) -> None:
    letters = set("".join(each.text.lower() for each in town.truth() if each.lang == lang))
    assert set(ALPHABETS[lang]) <= letters


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_bank_has_enough_phrases_on_every_level(lang: str) -> None:
    own = bank(lang)
    for level in LEVELS:
        parts = ["openings", "closings", *(f"bodies.{each}" for each in TOUCHPOINTS)]
        phrases = [phrase for part in parts for phrase in own.leveled(part, level)]
        assert len(phrases) == len(set(phrases)) >= 25


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("female", [False, True])
def test_every_phrase_can_be_said_of_every_brand(lang: str, female: bool) -> None:
    def phrases(node: object) -> list[str]:
        if isinstance(node, dict):
            return [each for value in node.values() for each in phrases(value)]
        return [node] if isinstance(node, str) else [each for value in node for each in phrases(value)]  # type: ignore[attr-defined]

    for each in brands():
        voice = Voice(lang, each, female, rng("phrases"))
        for phrase in phrases(dict(bank(lang).tree)):
            said = voice.say(phrase, who="anna")
            assert not re.search(r"[{}\[\]|<]", said), (phrase, said)
            assert "  " not in said


def test_names_are_inflected(town: Town) -> None:
    said = " ".join([each.text for each in town.truth()] + [topic.title for topic in town.topics.values()])
    forms = "Nordvilai Vintrela Nordvilą Vintrelo Kometrou Vintrelem Нордвилой Винтрелом Kometraga Nordvilat"
    for form in forms.split():
        assert re.search(rf"\b{form}\b", said), form


def test_blog_comments_and_comparisons_name_their_brand(town: Town) -> None:
    stems = {
        each.name: (each.name.lower().rstrip("a"), brand(each.key).cases["ru"]["nom"].lower().rstrip("а"))
        for each in brands()
    }
    for each in of_flag(town, "ordinary"):
        if each.source_kind == "feed":
            hint = stems[each.brand or ""]
            assert any(bare(stem)[:5] in bare(each.text.lower()) for stem in hint), each.text


def test_the_brands_differ_and_one_is_rising(town: Town) -> None:
    truths = town.truth()
    nps = {name: true_nps(truths, name) for name in ("Nordvila", "Vintrel", "Kometra")}
    assert nps["Nordvila"] > 35
    assert 5 < nps["Vintrel"] < 28
    assert nps["Kometra"] < -10
    middle = town.until - timedelta(days=182)
    halves = [[each for each in truths if (each.published_at > middle) == late] for late in (False, True)]
    assert true_nps(halves[1], "Kometra") - true_nps(halves[0], "Kometra") > 8


def test_stars_agree_with_the_level_but_not_always(town: Town) -> None:
    rated = [each for each in of_flag(town, "ordinary") if each.stars is not None]
    assert all(each.source_kind == "structured" for each in rated)
    same = sum(each.stars == each.level for each in rated) / len(rated)
    assert 0.75 < same < 0.95


def test_the_campaign_is_what_the_manifest_says(town: Town) -> None:
    planted = of_flag(town, "campaign")
    assert len(planted) == 60
    assert {each.brand for each in planted} == {"Nordvila"}
    assert {each.stars for each in planted} == {1, None}
    began = campaign_began(town.until)
    assert all(began <= each.published_at <= began + timedelta(hours=72) for each in planted)
    assert len({each.author for each in planted}) == 60
    assert all(each.author[-5:].isdigit() for each in planted)
    assert Counter(each.text for each in planted).most_common(1)[0][1] >= 5


def test_the_outage_is_organic(town: Town) -> None:
    reports = of_flag(town, "outage")
    began = outage_began(town.until)
    assert {each.brand for each in reports} == {"Vintrel"}
    assert all(began <= each.published_at <= began + timedelta(hours=36) for each in reports)
    assert len({each.text for each in reports}) > 0.95 * len(reports)
    assert {each.lang for each in reports} == set(LANGUAGES)
    assert {each.source_kind for each in reports} == {"structured", "discourse", "feed"}
    ages = [each.at - each.author.created_at for each in town.entries if each.flag == "outage"]
    assert min(ages) > timedelta(days=20)


def test_noise_is_about_three_percent(town: Town) -> None:
    noise = len(of_flag(town, "off-topic", "spam", "owner")) + sum(
        bool(each.owner_reply) for each in town.entries
    )
    assert 0.02 < noise / len(town.truth()) < 0.06
