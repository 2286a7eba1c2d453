"""Warnings: one an event, updated when it grows, sent to every channel once, as far as that can be known.

What rules see is held against what was warned of before (pipeline/alert_state.py); what is new is written
down, then sent. A failed delivery is tried again, within a run and by later runs, at growing distances,
for as long as it takes. One that nobody answered may have arrived: it is not repeated as it was, but
after a while a reminder says so, unless somebody has acknowledged the warning.
"""

from __future__ import annotations

import hashlib
import time as clock
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pipeline import actions, alert_rules, alert_text
from pipeline.actions import Verdict
from pipeline.alert_state import AlertLog, Delivery, Entry, Finding, Warned, What, warning_id
from pipeline.alert_text import Voice
from pipeline.config import quiet_span
from pipeline.delivery import UNKNOWN, Delivered, deliver, known
from pipeline.errors import ConfigError, InputError
from pipeline.home import Home
from pipeline.snapshot import Snapshot

TRIES = 5
"""Within one run, with the waits below between them; more run by run."""
WAITS = (0.5, 1.0, 2.0, 4.0)
FIRST_RETRY, LONGEST_RETRY = timedelta(minutes=5), timedelta(hours=6)
REMIND_AFTER, REMINDERS = timedelta(hours=1), 3
CLOSED_AFTER = timedelta(days=3)
"""An event that no rule has seen for so long is over: what comes later is another one."""
NEWS = timedelta(days=3)
"""A channel that was added later is told of what is no older than this."""

Send = Callable[[str, str, str, str], Delivered]
Wait = Callable[[float], None]


@dataclass(slots=True)
class AlertReport:
    """What one look did. `held`: messages that wait (quiet hours, a later try). `undelivered` says why."""

    opened: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    sent: int = 0
    held: int = 0
    undelivered: list[str] = field(default_factory=list)
    damaged: int = 0

    def to_dict(self) -> dict[str, Any]:
        """As JSON-able fields."""
        return asdict(self)


@dataclass(slots=True)
class Alerting:
    """One home's warnings. `addresses` are apprise addresses by name (secrets.toml and the environment)."""

    home: Home
    addresses: Mapping[str, str]
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    send: Send = deliver
    wait: Wait = clock.sleep
    log: AlertLog = field(init=False)
    report: AlertReport = field(init=False)
    _down: set[str] = field(init=False, default_factory=set)
    """Channels that failed in this run: the next message to them is tried once, not five times."""

    def __post_init__(self) -> None:
        self.log, self.report = AlertLog(self.home), AlertReport()

    def run(self, *, asked: bool = False) -> AlertReport:
        """Look at the published snapshot, write down what is new, send what is due.

        `asked`: a person asked for it now, so that neither quiet hours nor the time of the next try hold it.
        Raises SnapshotMissing and AlertsBusy.
        """
        with self.log.alone():
            with Snapshot.open(self.home) as snapshot:
                at = alert_rules.look(snapshot, self.home.config.alerts, self.now())
                found = alert_rules.findings(at) if at else []
            self._decide()
            self._reconcile(found)
            self._deliver(asked)
        return self.report

    def test(self) -> AlertReport:
        """One test message to every channel, at once; one that did not arrive last time goes out under
        its own name again. Raises AlertsBusy."""
        with self.log.alone():
            last = [w for w in self.log.warnings().values() if w.finding.rule == "test" and not w.closed]
            owed = [w for w in last if self._owes(w)]
            for warned in last:
                if warned not in owed:
                    self._add("closed", warned.id)
            if not owed:
                at = self.now()
                finding = Finding(key="test", rule="test", size=1, since=at, until=at)
                self._add("opened", warning_id("test", at), finding=finding)
            self._deliver(True, only="test")
        return self.report

    def channels(self) -> list[str]:
        """Every channel that the config asks for. Raises ConfigError for one without a usable address."""
        at = self.now()
        asked = self._channels(
            Warned("", Finding(key="test", rule="test", size=1, since=at, until=at), at, at)
        )
        for name, address in asked.items():
            fault = _NO_ADDRESS if address is None else None if known(address) else UNKNOWN
            if fault:
                raise ConfigError(f"Warnings to {name} go nowhere: {fault}", next_step="see docs/alerts.md")
        return list(asked)

    def _owes(self, warned: Warned) -> bool:
        told = (warned.deliveries.get(name) for name in self._channels(warned))
        return any(done is None or done.outcome in ("failed", "sending") for done in told)

    def _add(self, what: What, warning: str, **more: Any) -> None:
        self.log.add(Entry(at=self.now(), what=what, warning=warning, **more))

    # --- what people decided -----------------------------------------------------------------------------

    def _decide(self) -> None:
        """Verdicts laid in the inbox since the last look, at the warnings of their campaigns."""
        said = actions.newest(actions.verdicts(self.home))
        for warned in self.log.warnings().values():
            verdict = said.get(warned.finding.campaign_id or "")
            if verdict and (warned.decided_at is None or warned.decided_at < verdict.said_at):
                self.log.add(_entry(warned.id, verdict))

    # --- what is new -------------------------------------------------------------------------------------

    def _reconcile(self, found: list[Finding]) -> None:
        """Open, update or close warnings so that they say what the rules see."""
        known = {w.finding.key: w for w in self.log.warnings().values() if not w.closed}
        for finding in found:
            warned = known.pop(finding.key, None)
            if warned is None:
                self._open(finding)
            else:
                self._update(warned, finding)
        for warned in known.values():
            self._absent(warned)

    def _open(self, finding: Finding) -> None:
        if finding.rule == "campaign" and not _opens(finding, self.home):
            return
        name = warning_id(finding.key, self.now())
        self._add("opened", name, finding=finding)
        self.report.opened.append(name)

    def _update(self, warned: Warned, finding: Finding) -> None:
        if warned.absent_since:
            self._add("back", warned.id)
        told = warned.finding
        grew = finding.size >= told.size * (1 + self.home.config.alerts.growth)
        if warned.dismissed or not (grew or finding.state != told.state):
            return
        if warned.decided and warned.decided.what == "acknowledged" and finding.state == told.state:
            return
        self._add("updated", warned.id, finding=finding)
        self.report.updated.append(warned.id)

    def _absent(self, warned: Warned) -> None:
        """No rule sees it any more: over after a while, so that what flickers is one event."""
        if warned.finding.rule in ("campaign", "test"):
            return  # a campaign stays the same one for ever
        if warned.absent_since is None:
            self._add("absent", warned.id)
        elif self.now() - warned.absent_since >= CLOSED_AFTER:
            self._add("closed", warned.id)
            self.report.closed.append(warned.id)

    # --- sending -----------------------------------------------------------------------------------------

    def _deliver(self, asked: bool, only: str | None = None) -> None:
        for warned in self.log.warnings().values():
            if only in (None, warned.finding.rule):
                for channel, address in self._channels(warned).items():
                    self._channel(warned, channel, address, asked)
        self.report.damaged = self.log.damaged

    def _channels(self, warned: Warned) -> dict[str, str | None]:
        """The address of each channel by its name; None where a name has none."""
        settings = self.home.config.alerts
        operator = settings.urls if settings.operator is None else settings.operator
        asked = {"people": settings.urls, "operator": operator}[warned.finding.audience]
        if warned.finding.rule == "test":
            asked = [*settings.urls, *operator]
        return {
            channel_name(entry): entry if "://" in entry else self.addresses.get(entry) for entry in asked
        }

    def _channel(self, warned: Warned, channel: str, address: str | None, asked: bool) -> None:
        now, done = self.now(), warned.deliveries.get(channel)
        if not self._due(warned, done):
            return
        if warned.snoozed(now) or (not asked and (self._quiet(now) or _waits(done, now))):
            self.report.held += 1
            return
        reminder = bool(done and done.revision == warned.revision and done.may_have)
        for number in range(1 if channel in self._down else TRIES):
            if number:
                self.wait(WAITS[min(number - 1, len(WAITS) - 1)])
            outcome = self._once(warned, channel, address, done, reminder)
            if outcome.outcome != "failed" or outcome.why == _NO_ADDRESS:
                break
            done = self.log.warnings()[warned.id].deliveries[channel]
        self._tell(warned, channel, outcome)

    def _due(self, warned: Warned, done: Delivery | None) -> bool:
        """Whether this channel lacks the newest revision and somebody still wants it."""
        if warned.dismissed:
            return False
        if done is None:
            return not warned.closed and self.now() - warned.revised_at <= NEWS
        if done.revision < warned.revision:
            return not warned.closed
        if done.outcome in ("unclear", "sending"):
            return not (warned.closed or warned.decided) and done.unclear <= REMINDERS
        return done.outcome == "failed"

    def _quiet(self, now: datetime) -> bool:
        asked = self.home.config.alerts.quiet_hours
        if asked is None:
            return False
        begin, end = quiet_span(asked)
        at = now.astimezone(ZoneInfo(self.home.config.sayso.timezone)).time()
        return begin <= at < end if begin < end else at >= begin or at < end

    def _once(
        self, warned: Warned, channel: str, address: str | None, done: Delivery | None, reminder: bool
    ) -> Delivered:
        """One try, written down before and after."""
        revision = warned.revision
        title, body = alert_text.text(
            warned, voice(self.home), update=bool(done and done.has), reminder=reminder
        )
        self._add("sending", warned.id, channel=channel, revision=revision)
        if address is None:
            outcome = Delivered("failed", _NO_ADDRESS)
        else:
            outcome = self.send(address, title, body, message_id(warned.id, revision, channel))
        tries = done.tries + 1 if done and done.revision == revision else 1
        retry_at = None if outcome.outcome == "sent" else self.now() + _distance(outcome, tries, done)
        self._add(
            outcome.outcome, warned.id, channel=channel, revision=revision, why=outcome.why, retry_at=retry_at
        )
        return outcome

    def _tell(self, warned: Warned, channel: str, outcome: Delivered) -> None:
        if outcome.outcome == "sent":
            self.report.sent += 1
        else:
            self._down.add(channel)
            said = "may have arrived" if outcome.outcome == "unclear" else "did not arrive"
            self.report.undelivered.append(f"{warned.id} to {channel} {said}: {outcome.why}")


_NO_ADDRESS = "no address of this name under [alerts] of secrets.toml, nor in the environment"


def _opens(finding: Finding, home: Home) -> bool:
    """Whether a campaign is worth a warning: by its verdict, and unless a person dismissed it already."""
    if finding.facts["verdict"] not in alert_rules.WARNED:
        return False
    said = actions.newest(actions.verdicts(home)).get(finding.campaign_id or "")
    return said is None or said.verdict != "dismissed"


def _entry(warning: str, verdict: Verdict) -> Entry:
    return Entry(
        at=verdict.said_at, what=verdict.verdict, warning=warning, why=verdict.reason, who=verdict.who,
        until=verdict.until,
    )  # fmt: skip


def _waits(done: Delivery | None, now: datetime) -> bool:
    if done is None:
        return False
    if done.outcome == "sending":
        return now < done.at + REMIND_AFTER
    return done.retry_at is not None and now < done.retry_at


def _distance(outcome: Delivered, tries: int, done: Delivery | None) -> timedelta:
    """How long until the next run may try again: doubling, at most six hours."""
    if outcome.outcome == "unclear":
        return REMIND_AFTER * float(2 ** min(done.unclear if done else 0, REMINDERS))
    rounds = min(max(0, (tries - 1) // TRIES), 10)
    return min(FIRST_RETRY * float(2**rounds), LONGEST_RETRY)


def channel_name(entry: str) -> str:
    """What a channel is called in the log and in lists: its name in secrets.toml, or its kind and a mark."""
    kind, address, _ = entry.partition("://")
    return f"{kind}-{hashlib.sha256(entry.encode()).hexdigest()[:6]}" if address else entry


def message_id(warning: str, revision: int, channel: str) -> str:
    """The same at every try of one message to one channel."""
    return hashlib.sha256(f"{warning}\n{revision}\n{channel}".encode()).hexdigest()[:32]


def voice(home: Home) -> Voice:
    """The language, time zone and address of a home's warnings."""
    config = home.config
    link = config.alerts.link or f"http://{config.view.host}:{config.view.port}"
    language = config.alerts.language or config.sayso.language
    return Voice(language, ZoneInfo(config.sayso.timezone), link.rstrip("/"))


def listed(home: Home) -> Iterator[tuple[Warned, str]]:
    """Every warning with its headline, the newest first."""
    for warned in sorted(AlertLog(home).warnings().values(), key=lambda w: w.opened_at, reverse=True):
        yield warned, alert_text.headline(warned, voice(home))


def decide(
    home: Home,
    warning: str,
    what: actions.Judgement,
    *,
    who: str | None,
    reason: str | None = None,
    until: datetime | None = None,
) -> Warned:
    """A person's word on one warning. On a campaign it is laid in the inbox too: detection learns of it.

    Raises InputError for an unknown warning, or a word that lacks its reason or time.
    """
    log = AlertLog(home)
    warned = log.warnings().get(warning)
    if warned is None:
        raise InputError(f"No warning is called {warning!r}", next_step="`sayso alert list` names them")
    said = Verdict.checked(
        campaign_id=warned.finding.campaign_id or warning, verdict=what, who=who, reason=reason, until=until
    )
    if warned.finding.campaign_id:
        actions.lay(home, "verdict", said)
    log.add(_entry(warning, said))
    return log.warnings()[warning]
