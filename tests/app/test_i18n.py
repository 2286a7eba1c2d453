"""The interface in its five languages: nothing untranslated, every placeholder kept, the right plural forms."""

from __future__ import annotations

import ast
import json
import string
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from hypothesis import given
from hypothesis import strategies as st
from made_snapshot import MadeBrand, make_snapshot, write_config
from pagetest import markup, opened

from app import catalogues, charts, i18n, words
from app.i18n import LANGUAGES, Language, speaking
from app.numerals import numerals
from app.palette import LIGHT
from app.view import PAGES
from pipeline.home import Home

OTHERS: tuple[Language, ...] = LANGUAGES[1:]
APP = Path(i18n.__file__).parent


@pytest.fixture(scope="module")
def said() -> Catalog:
    return catalogues.said()


def texts(told: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (told,) if isinstance(told, str) else tuple(told)


def fields(message: str) -> set[str]:
    return {name for _text, name, *_rest in string.Formatter().parse(message) if name}


@pytest.mark.parametrize("language", OTHERS)
def test_no_catalogue_lacks_a_message_or_keeps_a_dead_one(said: Catalog, language: Language) -> None:
    told = {message.id for message in catalogues.written(language) if message.id}
    assert told == {message.id for message in said if message.id}


@pytest.mark.parametrize("language", OTHERS)
def test_every_message_is_said_in_every_form_with_its_fields(language: Language) -> None:
    catalogue = catalogues.written(language)
    for message in catalogue:
        if not message.id:
            continue
        forms = texts(message.string)
        assert all(form.strip() for form in forms), message.id
        assert len(forms) == (1 if isinstance(message.id, str) else catalogue.num_plurals), message.id
        # The singular may leave the number out: "the day before".
        needed, allowed = fields(texts(message.id)[0]), fields(texts(message.id)[-1])
        for form in forms:
            assert needed <= fields(form) | {"n"} and fields(form) <= allowed, (message.id, form)
            assert form.count("`") == texts(message.id)[0].count("`"), (message.id, form)


def test_messages_are_literals_so_that_they_are_found(said: Catalog) -> None:
    """What `_` and `n_` are given is a literal, or comes from a table whose values are marked by N_."""
    known = {text for message in said if message.id for text in texts(message.id)}
    for path in [*sorted(APP.glob("pages/*.py")), APP / "reading.py", APP / "sections.py", APP / "view.py"]:
        for text in _shown(ast.parse(path.read_text(encoding="utf-8"))):
            assert text in known, f"{path.name}: {text!r} is shown untranslated"


def _shown(tree: ast.Module) -> Iterator[str]:
    """First arguments of the functions that show text, where they are bare literals."""
    showing = {
        "title",
        "head",
        "nothing",
        "note",
        "empty",
        "button",
        "selectbox",
        "multiselect",
        "text_input",
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in showing:
            yield from (
                arg.value
                for arg in node.args[:2]
                if isinstance(arg, ast.Constant) and isinstance(arg.value, str) and " " in arg.value
            )


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", ["0 mentions", "1 mention", "2 mentions", "21 mentions", "1,204 mentions"]),
        ("lv", ["0 pieminējumu", "1 pieminējums", "2 pieminējumi", "21 pieminējums", "1\xa0204 pieminējumi"]),
        ("lt", ["0 paminėjimų", "1 paminėjimas", "2 paminėjimai", "21 paminėjimas", "1\xa0204 paminėjimai"]),
        ("cs", ["0 zmínek", "1 zmínka", "2 zmínky", "21 zmínek", "1\xa0204 zmínek"]),
        ("ru", ["0 упоминаний", "1 упоминание", "2 упоминания", "21 упоминание", "1\xa0204 упоминания"]),
    ],
)
def test_numbers_take_the_form_of_their_language(language: Language, told: list[str]) -> None:
    with speaking(language):
        assert [words.many(n, "mention") for n in (0, 1, 2, 21, 1204)] == told


@pytest.mark.parametrize(
    ("language", "share", "score", "when"),
    [
        ("en", "25%", "−3.5", "24 Aug – 22 Nov 2026"),
        ("lv", "25%", "−3,5", "2026. gada 24. aug. – 22. nov."),
        ("lt", "25\xa0%", "−3,5", "2026 rugp. 24 – lapkr. 22"),
        ("cs", "25\xa0%", "−3,5", "24. 8. – 22. 11. 2026"),
        ("ru", "25\xa0%", "−3,5", "24 авг. – 22 нояб. 2026\u202fг."),
    ],
)
def test_figures_and_dates_are_in_the_form_of_the_language(
    language: Language, share: str, score: str, when: str
) -> None:
    with speaking(language):
        assert words.percent(0.25) == share
        assert words.signed(-3.5, 1) == score
        assert words.days(date(2026, 8, 24), date(2026, 11, 22)) == when


@given(st.sampled_from(LANGUAGES), st.integers(0, 10**7), st.floats(-100, 100), st.floats(0, 1))
def test_every_language_says_every_number(language: Language, n: int, points: float, share: float) -> None:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    with speaking(language):
        for told in (
            *words.nouns(n), words.too_few(n), words.percent(share), words.span(-points, points, 1),
            words.movement(points, points - 1, points + 1, n % 400 + 1)[1], words.verdict(points, points - 5, points + 5),
            words.ago(now - timedelta(minutes=n), now), words.moment(now), words.language("lv"),
        ):  # fmt: skip
            assert told
            assert "{" not in told


def test_what_the_pipeline_says_is_said_again_and_else_left_as_it_is() -> None:
    told = "sampling error; the reader's error between 7 domains (3.6 points); something new"
    with speaking("ru"):
        again = words.basis(told)
    assert again.startswith("ошибка выборки; ошибка модели между областями, 7 (3.6 пункта); ")
    assert again.endswith("something new")
    assert words.basis(told) == told


@pytest.mark.parametrize("language", LANGUAGES)
def test_charts_carry_the_forms_of_the_language(language: Language) -> None:
    with speaking(language):
        frame = charts.pd.DataFrame([{"brand": "Lumora", "rival": None, "share": 0.5, "n": 3, "label": ""}])
        spec = charts.voice(frame, LIGHT).to_dict(validate=True)
        assert spec["config"]["locale"] == json.loads(json.dumps(numerals(language)))
    assert spec["config"]["locale"]["number"]["decimal"] == ("." if language == "en" else ",")


SMALL = [MadeBrand("Lumora", 0.5, 0.3, 80, False), MadeBrand("Vestnet", 0.4, 0.3, 60)]


@pytest.fixture(scope="module")
def small_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home of few mentions, in Latvian; not to be changed."""
    home = Home(tmp_path_factory.mktemp("small") / "home")
    home.root.mkdir()
    write_config(home, SMALL, extra='[sayso]\nlanguage = "lv"')
    make_snapshot(home, SMALL)
    return home


@pytest.mark.parametrize("address", [path for path, *_ in PAGES])
def test_every_page_is_drawn_in_another_language(
    small_home: Home, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    shown = markup(opened(small_home, monkeypatch, address, period="all", lang="ru"))
    assert 'lang="ru"' in shown
    assert any("\u0400" <= letter <= "\u04ff" for letter in _headline(shown))


def _headline(shown: str) -> str:
    return shown.partition("<h1>")[2].partition("</h1>")[0]


def test_the_home_says_which_language_and_the_address_another(
    small_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = opened(small_home, monkeypatch, "overview", period="all")
    assert "Dabiskais NPS" in markup(test)
    assert "lang" not in test.query_params
    test.selectbox(key="lang").set_value("cs").run()
    assert "Přirozené NPS" in markup(test)
    assert test.query_params["lang"] == "cs"


def test_what_was_chosen_stays_when_the_language_changes(
    small_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = opened(small_home, monkeypatch, "mentions", brand="Vestnet", language="lv", emotion="anger")
    test.selectbox(key="lang").set_value("lt").run()
    assert test.selectbox(key="brand").value == "Vestnet"
    assert test.multiselect(key="language").value == ["lv"]
    assert test.selectbox(key="emotion").value == "anger"
    assert test.query_params["emotion"] == "anger"


def test_an_unknown_language_is_said_and_the_page_stands(
    small_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = markup(opened(small_home, monkeypatch, "overview", lang="<b>tlh</b>"))
    assert "Saskarnes valoda “&lt;b&gt;tlh&lt;/b&gt;”: rādīts bez tā" in shown
    assert "Dabiskais NPS" in shown
