"""Warnings over real sockets: receivers that fail, answer late or not at all get each message once, none
is lost."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from receivers import hook, mailbox

from pipeline.alert_state import AlertLog, AlertsBusy, Entry, Finding
from pipeline.alerts import LONGEST_RETRY, TRIES, Alerting, Send, channel_name, decide
from pipeline.delivery import Delivered, deliver
from pipeline.errors import ConfigError, InputError
from pipeline.home import Home

AT = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)


class Clock:
    """A clock that tests turn; waiting turns it too."""

    def __init__(self, at: datetime = AT) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def wait(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


Make = Callable[..., tuple[Alerting, Clock]]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def made(*urls: str, more: str = "", addresses: dict[str, str] | None = None) -> tuple[Alerting, Clock]:
        home = Home(tmp_path / "home")
        home.root.mkdir(exist_ok=True)
        listed = ", ".join(f'"{url}"' for url in urls)
        text = f'[sayso]\ntimezone = "Europe/Riga"\n[alerts]\nurls = [{listed}]\n{more}\n'
        home.config_file.write_text(text, encoding="utf-8")
        clock = Clock()
        return Alerting(home, addresses or {}, now=clock.now, wait=clock.wait), clock

    return made


def opened(alerting: Alerting, at: datetime = AT, name: str = "W-1", **more: Any) -> str:
    """Put one open warning into the log, as a rule would."""
    found = {
        "key": "volume:Lumora",
        "rule": "volume",
        "brand": "Lumora",
        "size": 40,
        "since": at,
        "until": at,
    }
    facts = {
        "count": 40,
        "hours": 6,
        "usual": 4.0,
        "times": 10.0,
        "p_value": 1e-9,
        "sources": ["feed:a.example"],
    }
    finding = Finding.model_validate(found | {"facts": facts} | more)
    alerting.log.add(Entry(at=at, what="opened", warning=name, finding=finding))
    return name


def deliveries(alerting: Alerting, send: Send = deliver) -> list[str]:
    """Send what is due, as a later run does; says what did not arrive."""
    again = Alerting(alerting.home, alerting.addresses, now=alerting.now, wait=alerting.wait, send=send)
    with again.log.alone():
        again._deliver(False)
    return again.report.undelivered


@pytest.mark.parametrize("script", [(), (500,), (503, 429, 404), ("drop",), ("drop", 500, "drop", 502)])
def test_a_test_message_reaches_a_webhook_that_first_fails_once(make: Make, script: tuple[Any, ...]) -> None:
    with hook(*script) as receiver:
        report = make(receiver.address)[0].test()
        assert (report.sent, report.undelivered, len(receiver.taken)) == (1, [], 1)
        assert receiver.seen == len(script) + 1
        assert len(set(receiver.ids)) == 1, "every try carries the same id"


@pytest.mark.parametrize("script", [(), ("451 busy",), ("452 full", "421 later", "554 no")])
def test_a_test_message_reaches_a_mailbox_that_first_fails_once(make: Make, script: tuple[str, ...]) -> None:
    with mailbox(*script) as receiver:
        assert make(receiver.address)[0].test().sent == 1
        assert len(receiver.taken) == 1 and receiver.subject() == "sayso: test message"


def test_a_receiver_that_is_not_there_yet_gets_it_in_a_later_run_once(make: Make) -> None:
    with hook() as receiver:
        address, port = receiver.address, receiver.port
    alerting, clock = make(address)
    assert len(alerting.test().undelivered) == 1
    with hook(port=port) as receiver:
        assert deliveries(alerting) == [] and receiver.taken == [], "the next run is too early"
        clock.wait(301)
        deliveries(alerting)
        clock.wait(90_000)
        deliveries(alerting)
        assert len(receiver.taken) == 1


def test_a_second_test_sends_only_where_the_first_did_not_arrive(make: Make) -> None:
    with hook() as well, hook(*[500] * TRIES) as sick:
        alerting, _ = make(well.address, sick.address)
        assert (alerting.test().sent, len(well.taken), len(sick.taken)) == (1, 1, 0)
        assert Alerting(alerting.home, {}, now=alerting.now, wait=alerting.wait).test().undelivered == []
        assert (len(well.taken), len(sick.taken)) == (1, 1)
        Alerting(alerting.home, {}, now=alerting.now, wait=alerting.wait).test()
        assert (len(well.taken), len(sick.taken)) == (2, 2), "all had it: this is a new test"


@pytest.mark.parametrize("kind", ["hook", "mail"])
def test_a_receiver_that_took_it_and_answered_too_late_does_not_get_it_again(make: Make, kind: str) -> None:
    with ExitStack() as stack:
        receiver: Any = stack.enter_context(hook("late") if kind == "hook" else mailbox("late"))
        alerting, clock = make(receiver.address)
        opened(alerting)
        assert "may have arrived" in deliveries(alerting)[0]
        for _ in range(3):
            clock.wait(600)
            deliveries(alerting)
        assert len(receiver.taken) == 1


def test_what_nobody_confirmed_is_followed_by_a_reminder_unless_somebody_acknowledged_it(make: Make) -> None:
    with hook("hang", "late") as receiver:
        alerting, clock = make(receiver.address)
        opened(alerting)
        deliveries(alerting)
        clock.wait(3700)
        deliveries(alerting)
        assert [message["title"][:9] for message in receiver.taken] == ["Reminder,"]
        decide(alerting.home, "W-1", "acknowledged", who="ilze")
        clock.wait(90_000)
        deliveries(alerting)
        assert receiver.seen == 2


def test_reminders_end(make: Make) -> None:
    with hook(*["hang"] * 20) as receiver:
        alerting, clock = make(receiver.address)
        opened(alerting)
        for _ in range(8):
            deliveries(alerting)
            clock.wait(100_000)
        assert receiver.seen == 4


def test_a_kill_between_sending_and_its_outcome_does_not_send_twice(make: Make) -> None:
    with hook() as receiver:
        alerting, clock = make(receiver.address)
        opened(alerting)

        def killed(*message: str) -> Any:
            deliver(*message)
            raise KeyboardInterrupt

        alerting.send = killed
        with pytest.raises(KeyboardInterrupt), alerting.log.alone():
            alerting._deliver(False)
        clock.wait(1800)
        deliveries(alerting)
        assert len(receiver.taken) == 1
        clock.wait(1900)
        deliveries(alerting)
        assert [message["title"][:9] for message in receiver.taken][1:] == ["Reminder,"]


def test_a_torn_last_line_never_happened_and_the_log_goes_on(make: Make) -> None:
    with hook() as receiver:
        alerting, _ = make(receiver.address)
        opened(alerting)
        with alerting.log.path.open("ab") as file:
            file.write(b'{"at": "2026-03-09T12:00:00Z", "what": "sent", "warn')
        assert deliveries(alerting) == [] and len(receiver.taken) == 1
        assert deliveries(alerting) == [] and len(receiver.taken) == 1
        log = AlertLog(alerting.home)
        assert (
            log.warnings()["W-1"].deliveries[channel_name(receiver.address)].outcome == "sent"
            and log.damaged == 1
        )


def test_quiet_hours_hold_messages_until_they_end_by_the_clock_of_the_home(make: Make) -> None:
    with hook() as receiver:
        alerting, clock = make(receiver.address, more='quiet_hours = "22-7"')
        clock.at = datetime(2026, 3, 9, 20, 30, tzinfo=UTC)  # 22:30 in Riga
        opened(alerting, clock.at)
        deliveries(alerting)
        clock.at = datetime(2026, 3, 10, 4, 59, tzinfo=UTC)
        deliveries(alerting)
        assert receiver.taken == []
        clock.at = datetime(2026, 3, 10, 5, 0, tzinfo=UTC)
        deliveries(alerting)
        assert len(receiver.taken) == 1


def test_retries_grow_apart_and_never_end(make: Make) -> None:
    alerting, clock = make("json://127.0.0.1:9/")
    opened(alerting)
    tries: list[datetime] = []

    def refused(*message: str) -> Delivered:
        tries.append(clock.at)
        return Delivered("failed", "it answered 500")

    while clock.at < AT + timedelta(days=3):
        deliveries(alerting, send=refused)
        clock.wait(300)
    gaps = [(b - a).total_seconds() for a, b in pairwise(tries)]
    rounds = [gap for gap in gaps if gap > 60]
    assert gaps[: TRIES - 1] == [0.5, 1, 2, 4]
    assert rounds == sorted(rounds) and abs(rounds[-1] - LONGEST_RETRY.total_seconds()) < 600


def test_a_channel_that_is_down_keeps_a_run_from_ending_once_not_for_every_warning(make: Make) -> None:
    with hook(*[500] * 99) as receiver:
        alerting, clock = make(receiver.address)
        for number in range(4):
            opened(alerting, name=f"W-{number}")
        deliveries(alerting)
        assert receiver.seen == TRIES + 3
        assert clock.at - AT < timedelta(seconds=10)


def test_two_senders_at_once_are_refused(make: Make) -> None:
    alerting, _ = make()
    with alerting.log.alone(), pytest.raises(AlertsBusy):
        Alerting(alerting.home, {}).test()


def test_keys_reach_no_log_no_report_and_no_state(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secret = "s3cr3t-Pass"
    with hook(500, 500, 500, 500, 500) as receiver:
        address = f"json://bot:{secret}@127.0.0.1:{receiver.port}/{secret}?rto=1"
        alerting, _ = make("team", addresses={"team": address})
        report = alerting.test()
    told = caplog.text + str(report.to_dict()) + alerting.log.path.read_text(encoding="utf-8")
    assert report.undelivered and secret not in told and "team" in told


def test_an_address_of_sayso_toml_stands_in_no_log_either(make: Make) -> None:
    with mailbox() as receiver:
        alerting, _ = make(receiver.address)
        alerting.test()
        told = alerting.log.path.read_text(encoding="utf-8")
        assert "pr@example.org" not in told and '"mailto-' in told


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("json://127.0.0.1:9/x", False),
        ("nonsense://x", True),
        ("mailto://h.example?from=a@b.example&to=c@d.example,e@f.example", True),
    ],
)
def test_an_address_is_checked_before_it_is_needed(make: Make, address: str, fault: bool) -> None:
    alerting, _ = make("team", addresses={"team": address})
    if fault:
        with pytest.raises(ConfigError) as caught:
            alerting.channels()
        assert "team" in caught.value.message and "example" not in caught.value.message
    else:
        assert alerting.channels() == ["team"]


def test_a_name_without_an_address_is_told_and_keeps_nobody_else_from_hearing(make: Make) -> None:
    with hook() as receiver:
        alerting, _ = make("absent", receiver.address)
        report = alerting.test()
        assert len(receiver.taken) == 1 and "secrets.toml" in report.undelivered[0]


def test_dismissed_and_snoozed_warnings_wait(make: Make) -> None:
    with hook() as receiver:
        alerting, clock = make(receiver.address)
        opened(alerting)
        decide(alerting.home, "W-1", "snoozed", who="x", until=AT + timedelta(hours=2))
        deliveries(alerting)
        assert receiver.taken == []
        clock.wait(7300)
        deliveries(alerting)
        assert len(receiver.taken) == 1
    with pytest.raises(InputError):
        decide(alerting.home, "W-1", "dismissed", who="x")
    with pytest.raises(InputError):
        decide(alerting.home, "W-9", "acknowledged", who="x")
