"""One message to one address, through apprise, and what is known of it then: sent, failed, or unclear.

Unclear is a message that went out whole and was never answered: the receiver may have it, so it must not
simply be sent again. Addresses hold keys: they are in no error, log or answer of this module.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import apprise

Outcome = Literal["sent", "failed", "unclear"]
ANSWER_SECONDS = 30.0
"""A slow receiver is waited for: an early end makes a message that arrived look as if it had not."""
CONNECT_SECONDS = 10.0
UNKNOWN = "apprise does not know this kind of address, or it names several receivers: give each its own name"


@dataclass(frozen=True, slots=True)
class Delivered:
    """`why` it was not sent: the kind of error and the status, never an address."""

    outcome: Outcome
    why: str | None = None


def deliver(address: str, title: str, body: str, message_id: str) -> Delivered:
    """Send once, without a retry. `message_id` is the same at every try, for receivers that look at it.

    Never raises for what the address or the receiver does.
    """
    import apprise

    with _listening() as heard:
        service = _service(address, message_id)
        if service is None:
            return Delivered("failed", UNKNOWN)
        door = apprise.Apprise(asset=service.asset)
        door.add(service)
        sent = door.notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT)
    if sent:
        return Delivered("sent")
    return Delivered("unclear", "no answer in time") if heard.unanswered else Delivered("failed", heard.why)


def known(address: str) -> bool:
    """Whether messages can be sent to an address of this form; nothing is sent."""
    with _listening():
        return _service(address, "") is not None


def _service(address: str, message_id: str) -> apprise.NotifyBase | None:
    """What sends to an address; None if it is no address of apprise or names several receivers."""
    import apprise

    asset = apprise.AppriseAsset(
        app_id="sayso", app_desc="sayso", app_url="", async_mode=False,
        storage_mode=apprise.PersistentStoreMode.MEMORY,
    )  # fmt: skip
    service = apprise.Apprise.instantiate(address, asset=asset, suppress_exceptions=True)
    if not isinstance(service, apprise.NotifyBase) or len(service) > 1:
        return None
    usual = type(service)
    if service.socket_read_timeout == usual.socket_read_timeout:  # the address asks for no time of its own
        service.socket_read_timeout = ANSWER_SECONDS
    if service.socket_connect_timeout == usual.socket_connect_timeout:
        service.socket_connect_timeout = max(CONNECT_SECONDS, usual.socket_connect_timeout)
    headers = getattr(service, "headers", None)
    if isinstance(headers, dict):  # webhooks and mail
        headers |= {"Idempotency-Key": message_id, "X-Sayso-Message": message_id}
    return service


class _Ear(logging.Handler):
    """Hears which error a plugin of apprise met: each logs it while it handles it. Words are not kept."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.unanswered = False
        self.why = "it was refused"

    def emit(self, record: logging.LogRecord) -> None:
        error = sys.exc_info()[1]
        if error is not None:
            self.why = _kind(error)
            self.unanswered = self.unanswered or _unanswered(error)
        elif record.levelno >= logging.WARNING and (status := _STATUS.search(record.getMessage())):
            self.why = f"it answered {status[1]}"


_STATUS = re.compile(r"error=([1-5]\d\d)\b")


def _kind(error: BaseException) -> str:
    code = getattr(error, "smtp_code", None)
    return f"{type(error).__name__} {code}" if isinstance(code, int) else type(error).__name__


def _unanswered(error: BaseException) -> bool:
    """Whether the message was out when waiting for the answer ended."""
    from requests.exceptions import ReadTimeout

    if isinstance(error, ReadTimeout):
        return True
    # smtplib says "disconnected" of a timeout too; what it really met is the context.
    late = isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)
    return late and _in_smtp_data(error)


def _in_smtp_data(error: BaseException) -> bool:
    """smtplib tells by no error of its own that the text had gone out: the frames do."""
    frame = error.__traceback__
    while frame is not None:
        code = frame.tb_frame.f_code
        if code.co_name == "data" and code.co_filename.endswith("smtplib.py"):
            return True
        frame = frame.tb_next
    return False


@contextmanager
def _listening() -> Iterator[_Ear]:
    """Hear apprise and let nothing through: at their finest level it and urllib3 tell addresses, texts."""
    ear, asked, web = _Ear(), logging.getLogger("apprise"), logging.getLogger("urllib3")
    before = (asked.handlers[:], asked.propagate, asked.level, web.level)
    asked.handlers, asked.propagate = [ear], False
    asked.setLevel(logging.DEBUG)
    web.setLevel(logging.CRITICAL)
    try:
        yield ear
    finally:
        asked.handlers, asked.propagate = before[0], before[1]
        asked.setLevel(before[2])
        web.setLevel(before[3])
