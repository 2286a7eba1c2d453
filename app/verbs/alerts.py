"""`sayso alert`: look, warn, try the channels, and say what is known already."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from app.options import HomeOption, JsonOption, existing_home, seconds_of

if TYPE_CHECKING:
    from pipeline.actions import Judgement
    from pipeline.alert_state import Delivery, Warned
    from pipeline.alerts import Alerting, AlertReport
    from pipeline.home import Home

alert = typer.Typer(
    name="alert",
    invoke_without_command=True,
    help="Warn people of what the published snapshot shows: campaigns, falls, rises, silent sources.",
)
WarningArgument = Annotated[str, typer.Argument(help="As `sayso alert list` names it: W-....", metavar="ID")]


@alert.callback()
def _alone(context: typer.Context, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Without a further word: `sayso alert send`."""
    if context.invoked_subcommand is None:
        send(home, as_json)


@alert.command("send")
def send(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Look at the published snapshot and send what is due, now: quiet hours and waiting times are passed
    over.

    An event is warned of once, and again only when it grew or its verdict changed. Exits with 1 if a
    message did not arrive; `sayso run` and this verb go on trying.
    """
    place = existing_home(home)
    _show(alerting(place).run(asked=True), as_json)


@alert.command("test")
def test(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Send one test message to every address of [alerts].

    Exits with 1 if one did not arrive; done again, only those that lack it get it.
    """
    place = existing_home(home)
    _show(alerting(place).test(), as_json)


@alert.command("list")
def list_(
    home: HomeOption = None,
    everything: Annotated[bool, typer.Option("--all", help="With those that are over.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Warnings, what people said of them, and how far each channel is: the delivery log."""
    from app.output import print_json, print_table
    from pipeline.alerts import listed

    found = [(w, title) for w, title in listed(existing_home(home)) if everything or not w.closed]
    if as_json:
        print_json([_row(warned, title) for warned, title in found])
        return
    columns = ["", "since", "what", "state", "delivered"]
    rows = [
        (w.id, f"{w.finding.since:%Y-%m-%d %H:%M}", title, _state(w), _deliveries(w)) for w, title in found
    ]
    print_table("Warnings", columns, rows)


@alert.command("ack")
def ack(warning: WarningArgument, home: HomeOption = None) -> None:
    """Somebody looks after it: no reminders, and updates only if its verdict changes."""
    _decide(home, warning, "acknowledged")


@alert.command("snooze")
def snooze(
    warning: WarningArgument,
    length: Annotated[str, typer.Option("--for", help="30m, 6h, 2d or 1w.")] = "1d",
    home: HomeOption = None,
) -> None:
    """Nothing more of it is sent until that time has passed."""
    until = datetime.now(UTC) + timedelta(seconds=seconds_of(length))
    _decide(home, warning, "snoozed", until=until)


@alert.command("dismiss")
def dismiss(
    warning: WarningArgument,
    reason: Annotated[str, typer.Option(help="Why it is nothing. Detection learns from it.")],
    home: HomeOption = None,
) -> None:
    """It is nothing: no more of it, and later runs learn why."""
    _decide(home, warning, "dismissed", reason=reason)


@alert.command("reopen")
def reopen(warning: WarningArgument, home: HomeOption = None) -> None:
    """Take back what was said of it: it is open again."""
    _decide(home, warning, "reopened")


def alerting(place: Home) -> Alerting:
    """A home's warnings with the addresses that its secrets name."""
    from app import keys
    from pipeline.alerts import Alerting

    return Alerting(place, keys.of_sources(place, ["alerts"]).get("alerts", {}))


def _decide(
    home: HomeOption,
    warning: str,
    what: Judgement,
    *,
    reason: str | None = None,
    until: datetime | None = None,
) -> None:
    from app.output import say
    from pipeline.alerts import decide

    warned = decide(existing_home(home), warning, what, who=getpass.getuser(), reason=reason, until=until)
    say(f"{warned.id} {what}" + (f" until {until:%Y-%m-%d %H:%M} UTC" if until else ""))


def _show(report: AlertReport, as_json: bool) -> None:
    from app.output import complain, print_json, print_pairs

    if as_json:
        print_json(report.to_dict())
    else:
        counts = {"opened": len(report.opened), "updated": len(report.updated), "closed": len(report.closed)}
        print_pairs("Alert", counts | {"sent": report.sent, "held": report.held})
    for line in report.undelivered:
        complain(f"alert: {line}")
    if report.undelivered:
        raise typer.Exit(1)


def _state(warned: Warned) -> str:
    if warned.decided:
        until = f" until {warned.decided.until:%Y-%m-%d %H:%M}" if warned.decided.until else ""
        return warned.decided.what + until
    return "over" if warned.closed else "open"


def _deliveries(warned: Warned) -> str:
    return ", ".join(f"{channel}: {_told(done)}" for channel, done in warned.deliveries.items())


def _told(done: Delivery) -> str:
    why = f" ({done.why})" if done.why else ""
    return f"{done.outcome}{why}" + (f", {done.tries} tries" if done.tries > 1 else "")


def _row(warned: Warned, title: str) -> dict[str, object]:
    decided = warned.decided
    return {
        "id": warned.id, "rule": warned.finding.rule, "brand": warned.finding.brand, "title": title,
        "campaign_id": warned.finding.campaign_id, "opened_at": warned.opened_at, "since":
        warned.finding.since, "revision": warned.revision, "state": _state(warned), "closed":
        warned.closed, "decided": decided.model_dump(mode="json", exclude_none=True) if decided else None,
        "facts": warned.finding.facts, "deliveries": [ {"channel": channel, "outcome":
        done.outcome, "tries": done.tries, "at": done.at, "why": done.why, "retry_at": done.retry_at,
        "has_revision": done.has} for channel, done in warned.deliveries.items() ], }  # fmt: skip
