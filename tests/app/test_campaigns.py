"""The campaigns page: the list, the evidence both ways, what somebody decides, and who may."""

from __future__ import annotations

import json

import pytest
from made_snapshot import BRANDS, CAMPAIGN, make_snapshot, write_config
from pagetest import VIEW, markup, opened
from streamlit.testing.v1 import AppTest

from app import words
from app.sharing import role
from pipeline import actions
from pipeline.config import View
from pipeline.dossier import dossier
from pipeline.home import Home
from pipeline.snapshot import Snapshot


def test_a_campaign_is_shown_as_its_dossier_says(made_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    test = opened(made_home, monkeypatch, "campaigns", campaign=CAMPAIGN)
    shown = markup(test)
    with Snapshot.open(made_home) as snapshot:
        found = dossier(snapshot, CAMPAIGN)
    assert "Lumora: 1 campaign stands open" in shown
    assert "These mentions look coordinated, against the brand" in shown
    assert words.many(found.mentions, "mention") in shown
    assert "What speaks for coordination" in shown
    assert "What speaks for many independent people" in shown
    assert "−1.5" in shown
    tables = {frozenset(frame.value.columns): frame.value for frame in test.dataframe}
    accounts = next(table for columns, table in tables.items() if "Age, days" in columns)
    assert len(accounts) == len(found.accounts)
    evidence = [table for columns, table in tables.items() if "Evidence" in columns]
    assert evidence
    assert "fake" not in shown.replace("never “fake”", "").casefold()


def test_the_address_of_a_campaign_that_is_not_there_is_said(
    made_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = markup(opened(made_home, monkeypatch, "campaigns", campaign="<script>"))
    assert "Campaign “&lt;script&gt;”: shown without" in shown


def test_no_campaign_says_what_to_do(made_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = markup(opened(made_home, monkeypatch, "campaigns", brand="Kaskada"))
    assert "No campaign for or against Kaskada was found" in shown
    assert "sayso run" in shown


@pytest.fixture
def one(empty_home: Home, monkeypatch: pytest.MonkeyPatch) -> tuple[Home, AppTest]:
    make_snapshot(empty_home, BRANDS[:1])
    return empty_home, opened(empty_home, monkeypatch, "campaigns", campaign=CAMPAIGN)


def test_decisions_go_to_the_inbox_with_who_and_when_and_show(one: tuple[Home, AppTest]) -> None:
    home, test = one
    test.button(key="acknowledge").click().run()
    test.selectbox(key="snooze-days").set_value(7)
    test.button(key="snooze").click().run()
    test.text_input(key="dismiss-reason").set_value("<b>a petition</b>")
    test.button(key="dismiss").click().run()
    said = actions.verdicts(home)
    assert [verdict.verdict for verdict in said] == ["acknowledged", "snoozed", "dismissed"]
    assert all(verdict.who and verdict.campaign_id == CAMPAIGN for verdict in said)
    assert said[1].until is not None
    assert 6.9 < (said[1].until - said[1].said_at).total_seconds() / 86400 < 7.1
    assert "dismissed · “&lt;b&gt;a petition&lt;/b&gt;”" in markup(test)


def test_a_dismissal_without_a_reason_is_refused_in_words(one: tuple[Home, AppTest]) -> None:
    home, test = one
    test.button(key="dismiss").click().run()
    assert "needs a reason" in markup(test)
    assert actions.verdicts(home) == []


def test_a_hostile_text_in_a_campaign_is_only_text(empty_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_snapshot(empty_home, BRANDS[:1])
    import duckdb

    with duckdb.connect(str(path)) as con:
        con.execute("UPDATE mentions SET text = '<script>1</script><img src=x>', url = 'javascript:1'")
    shown = markup(opened(empty_home, monkeypatch, "campaigns", campaign=CAMPAIGN))
    assert "&lt;script&gt;" in shown
    assert not any(part in shown for part in ("<script", "<img", "javascript:"))


SHARED = """[view]
public = true
viewers = ["eva@example.com", "Ana@example.com"]
analysts = ["ana@example.com"]
admins = ["ada@example.com"]"""


@pytest.mark.parametrize(
    ("email", "may", "acts", "governs"),
    [("eva@example.com", "viewer", False, False), ("ana@example.com", "analyst", True, False), ("ada@example.com", "admin", True, True)],
)  # fmt: skip
def test_what_each_role_may_do(
    empty_home: Home, monkeypatch: pytest.MonkeyPatch, email: str, may: str, acts: bool, governs: bool
) -> None:
    write_config(empty_home, extra=SHARED)
    make_snapshot(empty_home, BRANDS[:1])
    assert role({"email": email}, empty_home.config.view) == may
    keys = _buttons(empty_home, monkeypatch, email, "campaigns", campaign=CAMPAIGN)
    assert ("acknowledge" in keys) is acts
    assert ("dismiss" in keys) is governs
    keys = _buttons(empty_home, monkeypatch, email, "mentions", period="all", mention="lu000001", of="Lumora")
    assert ("answered" in keys) is acts
    assert ("set-aside" in keys) is acts
    assert ("audit-draw" in _buttons(empty_home, monkeypatch, email, "audit")) is acts


def _buttons(home: Home, patch: pytest.MonkeyPatch, email: str, path: str, **params: str) -> set[str | None]:
    from streamlit.util import calc_hash

    patch.setenv("SAYSO_HOME", str(home.root))
    test = AppTest.from_file(str(VIEW), default_timeout=60)
    test._page_hash = calc_hash(path)
    test.user.update({"is_logged_in": True, "email": email})
    for name, value in params.items():
        test.query_params[name] = value
    test.run()
    assert not test.exception
    return {button.key for button in test.button}


def test_nobody_else_has_a_role() -> None:
    lists = View(viewers=["eva@example.com"])
    assert role({"email": "mallory@example.com"}, lists) is None
    assert role({"email": "eva@example.com", "email_verified": False}, lists) is None
    assert role({}, lists) is None


def test_an_admin_sees_who_did_what(empty_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    make_snapshot(empty_home, BRANDS[:1])
    actions.judge(empty_home, CAMPAIGN, "acknowledged", who="ana@example.com")
    shown = markup(opened(empty_home, monkeypatch, "audit"))
    assert "Who did what" in shown
    assert "ana@example.com" in shown
    assert "a campaign decided" in shown


def test_the_json_of_a_dossier_is_the_dossier(made_home: Home) -> None:
    with Snapshot.open(made_home) as snapshot:
        found = dossier(snapshot, CAMPAIGN)
    assert json.loads(found.to_json())["campaign_id"] == CAMPAIGN
