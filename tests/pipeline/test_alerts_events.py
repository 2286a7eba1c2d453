"""One warning an event: opened once, updated when it grew or its verdict changed, closed when it is over."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from made_campaign import ID, campaign
from made_warehouse import CONFIG

from pipeline import actions, labels
from pipeline.alert_state import AlertLog, Finding
from pipeline.alerts import CLOSED_AFTER, Alerting, decide, listed
from pipeline.delivery import Delivered
from pipeline.home import Home
from pipeline.publish import publish
from pipeline.snapshot import Snapshot

DAY = timedelta(days=1)


class Out:
    """What went out, and a clock that stands just after the campaign."""

    def __init__(self, home: Home) -> None:
        with Snapshot.open(home) as snapshot:
            row = snapshot.cursor().execute("SELECT max(ended_at) FROM campaigns").fetchone()
        assert row
        self.home, self.at, self.sent = home, row[0] + timedelta(hours=1), list[tuple[str, str]]()

    def send(self, address: str, title: str, body: str, name: str) -> Delivered:
        self.sent.append((title, body))
        return Delivered("sent")

    def alerting(self) -> Alerting:
        return Alerting(
            self.home, {"pr": "json://x"}, now=lambda: self.at, send=self.send, wait=lambda _: None
        )

    def look(self, *found: Finding) -> list[str]:
        """Reconcile with these findings and send; the titles that went out."""
        before, alerting = len(self.sent), self.alerting()
        with alerting.log.alone():
            alerting._decide()
            alerting._reconcile(list(found))
            alerting._deliver(False)
        return [title for title, _ in self.sent[before:]]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with campaign(tmp_path_factory.mktemp("events") / "home") as (home, _):
        return home.root


@pytest.fixture
def out(published: Path, tmp_path: Path) -> Out:
    root = tmp_path / "home"
    shutil.copytree(published, root)
    (root / "sayso.toml").write_text(
        '[[brands]]\nname = "Lumora"\n[alerts]\nurls = ["pr"]\n', encoding="utf-8"
    )
    return Out(Home(root))


def found(out: Out, size: float = 20, state: str = "coordinated, smear", **more: Any) -> Finding:
    facts = {
        "verdict": state.partition(",")[0], "direction": "smear", "mentions": int(size), "authors": 9,
        "p_value": None, "q_value": None, "nps_with": None, "nps_without": None, "sources": ["forum"],
    }  # fmt: skip
    base = {"key": f"campaign:{ID}", "rule": "campaign", "brand": "Lumora", "campaign_id": ID}
    times = {"since": out.at - DAY, "until": out.at}
    return Finding.model_validate(base | times | {"size": size, "state": state, "facts": facts} | more)


def test_a_campaign_in_the_snapshot_is_warned_of_once_with_a_link_to_its_dossier(out: Out) -> None:
    report = out.alerting().run()
    campaigns = [body for title, body in out.sent if "coordinated" in title]
    assert len(campaigns) == 1 and f"campaigns?campaign={ID.replace(':', '%3A')}" in campaigns[0]
    assert report.opened and report.sent == len(out.sent)
    again = out.alerting().run()
    assert (again.opened, again.updated, again.sent) == ([], [], 0)


def test_an_update_comes_only_when_it_grew_or_its_verdict_changed(out: Out) -> None:
    assert len(out.look(found(out, 20))) == 1
    assert out.look(found(out, 25)) == []
    assert out.look(found(out, 31)) == ["Update: Lumora: mentions look coordinated, against the brand"]
    assert out.look(found(out, 40)) == [], "growth counts from what was told last"
    assert len(out.look(found(out, 40, "organic crisis, smear"))) == 1
    assert len(AlertLog(out.home).warnings()) == 1


def test_an_organic_crisis_or_a_dismissed_campaign_opens_nothing(out: Out) -> None:
    assert out.look(found(out, 90, "organic crisis, smear")) == []
    actions.judge(out.home, ID, "dismissed", who="ilze", reason="mūsu akcija")
    assert out.look(found(out)) == []
    assert AlertLog(out.home).warnings() == {}


def test_dismissed_in_the_view_means_no_more_of_it_until_it_is_reopened(out: Out) -> None:
    out.look(found(out, 20))
    actions.judge(out.home, ID, "dismissed", who="ilze", reason="mūsu akcija")
    assert out.look(found(out, 200, "unusual, smear")) == []
    actions.judge(out.home, ID, "reopened", who="ilze")
    assert len(out.look(found(out, 200, "unusual, smear"))) == 1
    lines = len(list(AlertLog(out.home).entries()))
    out.look(found(out, 200, "unusual, smear"))
    assert len(list(AlertLog(out.home).entries())) == lines, "a look that sees nothing new writes nothing"


def test_acknowledged_means_no_updates_but_of_the_verdict(out: Out) -> None:
    out.look(found(out, 20))
    name = next(iter(AlertLog(out.home).warnings()))
    decide(out.home, name, "acknowledged", who="pēteris")
    assert out.look(found(out, 300)) == []
    assert len(out.look(found(out, 300, "unusual, smear"))) == 1


def test_a_word_on_a_campaigns_warning_reaches_the_warehouse(published: Path, tmp_path: Path) -> None:
    with campaign(tmp_path / "home", hostile=False) as (home, con):
        (home.root / "sayso.toml").write_text('[[brands]]\nname = "Lumora"\n', encoding="utf-8")
        out = Out(home)
        out.look(found(out))
        warned, title = next(listed(home))
        assert title == "Lumora: mentions look coordinated, against the brand"
        decide(home, warned.id, "dismissed", who="ilze", reason="Tā bijām mēs")
        labels.take(home, con, [])
        rows = con.execute("SELECT campaign_id, verdict, reason, who FROM verdicts").fetchall()
        assert rows == [(ID, "dismissed", "Tā bijām mēs", "ilze")]
        publish(home, con, CONFIG)
        with Snapshot.open(home) as snapshot:
            assert snapshot.rows("dossier.ids") == []


def test_an_event_that_flickers_is_one_and_one_that_comes_back_later_is_another(out: Out) -> None:
    spike = found(out, 30, "", key="nps:Lumora", rule="nps", campaign_id=None, facts={
        "points": 9.0, "before": 20.0, "after": 11.0, "low": -14.0, "high": -4.0, "n_before": 90, "n_after": 90,
        "days": 28,
    })  # fmt: skip
    assert len(out.look(spike)) == 1
    out.at += DAY
    assert out.look() == []
    out.at += DAY
    assert out.look(spike) == []
    out.look()
    out.at += CLOSED_AFTER
    assert out.look() == []
    out.at += DAY
    assert len(out.look(spike)) == 1
    states = [warned.closed for warned in AlertLog(out.home).warnings().values()]
    assert states == [True, False]


def test_a_channel_added_later_hears_news_and_no_history(out: Out) -> None:
    out.look(found(out))
    config = out.home.config_file
    config.write_text(
        config.read_text(encoding="utf-8").replace('["pr"]', '["pr", "json://new"]'), encoding="utf-8"
    )
    out.home = Home(out.home.root)
    assert len(out.look(found(out))) == 1
    config.write_text(config.read_text(encoding="utf-8").replace("new", "newer"), encoding="utf-8")
    out.home = Home(out.home.root)
    out.at += 5 * DAY
    assert out.look(found(out)) == []
