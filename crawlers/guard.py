"""What a crawler may fetch: http and https, public addresses, honest sizes.

The address that the guard saw is the address that is connected to: it sits in the name resolver, at every
connect and so at every redirect, and a name that changes its mind in between (DNS rebinding) gains nothing.
"""

from __future__ import annotations

import ipaddress
import zlib
from collections.abc import Iterable, Sequence
from typing import Any, Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import CannotResolveHostError
from scrapy.http import Response
from twisted.internet.interfaces import IHostnameResolver, IResolutionReceiver
from zope.interface import implementer  # type: ignore[import-untyped]

from crawlers.errors import BrokenAnswer, ForbiddenAddress, ForbiddenUrl, PageTooLarge, WrongType

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_LONGEST_URL = 4_000
_PRIVATE_ADVICE = "if it is yours, name the host in [crawl] allow_private"
ENCODINGS = "gzip, deflate"
"""What we offer to take: encodings that can be unpacked piece by piece under a cap."""


class AllowList:
    """Hosts on private addresses that the config names: `name` (any port) or `name:port`."""

    def __init__(self, entries: Iterable[str]) -> None:
        self._entries = {entry.strip().lower().removeprefix("[").replace("]", "") for entry in entries}

    def names(self, host: str, port: int | None) -> bool:
        """Whether the config names this host, or this host at this port."""
        host = host.lower().strip("[]").rstrip(".")
        return host in self._entries or f"{host}:{port}" in self._entries


def is_public(address: Address) -> bool:
    """Whether an address is anybody's on the internet; one that carries another inside counts as that."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if address.teredo is not None:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def may_connect(address: Address, host: str, port: int | None, allowed: AllowList) -> bool:
    """A public address; or a private one of a host that the config names, yet never a link-local one by name:
    there live the secrets of cloud machines."""
    if is_public(address):
        return True
    if not allowed.names(host, port):
        return False
    return literal(host) is not None or not (address.is_link_local or address.is_multicast)


def literal(host: str) -> Address | None:
    """The address that a host spells out, or None if it is a name."""
    try:
        return ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return None


def check_url(url: str, allowed: AllowList) -> None:
    """Refuses what must not even be resolved.

    Raises ForbiddenUrl for schemes other than http and https, for addresses without a host, with credentials
    in them or of absurd length; ForbiddenAddress for a spelled-out address that is not public.
    """
    advice = "give an http or https address"
    if len(url) > _LONGEST_URL:
        raise ForbiddenUrl("the address is absurdly long", where=url[:200], next_step=advice)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ForbiddenUrl(f"not an address ({error})", where=url, next_step=advice) from error
    if parts.scheme not in ("http", "https") or not host:
        raise ForbiddenUrl(f"{parts.scheme or 'no'}: is not fetched", where=url, next_step=advice)
    if parts.username or parts.password:
        raise ForbiddenUrl(
            "credentials in an address are not sent", where=host, next_step="put keys in secrets.toml"
        )
    address = literal(host)
    if address and not may_connect(address, host, port or _port(parts.scheme), allowed):
        raise ForbiddenAddress(f"{address} is not a public address", where=url, next_step=_PRIVATE_ADVICE)


def _port(scheme: str) -> int:
    return 443 if scheme == "https" else 80


# Twisted's interfaces are no types to a type checker: what carries them is Any here.
@implementer(IResolutionReceiver)
class _Sieve:
    """Passes on the addresses that may be connected to, and notes the refused ones."""

    def __init__(self, receiver: Any, host: str, port: int, resolver: GuardedResolver) -> None:
        self._receiver, self._host, self._port, self._resolver = receiver, host, port, resolver

    def resolutionBegan(self, resolution: object) -> None:  # noqa: N802 - Twisted's name
        self._resolver.refused.pop(self._host, None)
        self._receiver.resolutionBegan(resolution)

    def addressResolved(self, address: object) -> None:  # noqa: N802
        found = literal(str(getattr(address, "host", "")))
        if found and may_connect(found, self._host, self._port, self._resolver.allowed):
            self._receiver.addressResolved(address)
        else:
            self._resolver.refused[self._host] = str(found)

    def resolutionComplete(self) -> None:  # noqa: N802
        self._receiver.resolutionComplete()


@implementer(IHostnameResolver)
class GuardedResolver:
    """The reactor's name resolver, through a sieve. `refused` holds host -> the address refused last."""

    refused: dict[str, str] = {}  # noqa: RUF012 - one reactor a process, one resolver a reactor

    def __init__(self, reactor: Any, allowed: AllowList) -> None:
        self._reactor, self.allowed, self._inner = reactor, allowed, reactor.nameResolver

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: Any) -> Self:
        """What Scrapy calls with its settings."""
        return cls(reactor, AllowList(crawler.settings.getlist("SAYSO_ALLOW_PRIVATE")))

    def install_on_reactor(self) -> None:
        """Takes the place of the reactor's resolver."""
        self._reactor.installNameResolver(self)

    def resolveHostName(  # noqa: N802 - Twisted's name
        self,
        resolutionReceiver: Any,  # noqa: N803
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Sequence[type] | None = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> Any:
        """Resolves and lets through only what may be connected to."""
        sieve = _Sieve(resolutionReceiver, hostName, portNumber, self)
        return self._inner.resolveHostName(sieve, hostName, portNumber, addressTypes, transportSemantics)


class GuardMiddleware:
    """Checks every request before it leaves, the ones that a redirect makes included."""

    def __init__(self, allowed: AllowList) -> None:
        self._allowed = allowed

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """What Scrapy calls with its settings."""
        return cls(AllowList(crawler.settings.getlist("SAYSO_ALLOW_PRIVATE")))

    def process_request(self, request: Request) -> None:
        """Raises ForbiddenUrl or ForbiddenAddress."""
        check_url(request.url, self._allowed)

    def process_exception(self, request: Request, exception: Exception) -> None:
        """A name that resolved only to refused addresses is named as such, not as unknown."""
        host = urlsplit(request.url).hostname or ""
        if isinstance(exception, CannotResolveHostError) and host in GuardedResolver.refused:
            raise ForbiddenAddress(
                f"{host} resolves to {GuardedResolver.refused[host]}, which is not a public address",
                where=request.url,
                next_step=_PRIVATE_ADVICE,
            ) from exception


class UnpackMiddleware:
    """Unpacks answers under the size cap; what is damaged or blows up is refused by name."""

    def __init__(self, limit: int) -> None:
        self._limit = limit

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """What Scrapy calls with its settings."""
        return cls(crawler.settings.getint("DOWNLOAD_MAXSIZE"))

    def process_request(self, request: Request) -> None:
        """Says which encodings we take."""
        request.headers.setdefault("Accept-Encoding", ENCODINGS)

    def process_response(self, request: Request, response: Response) -> Response:
        """Raises PageTooLarge, BrokenAnswer or WrongType."""
        packed = b",".join(response.headers.getlist("Content-Encoding")).decode("latin-1")
        names = [name.strip().lower() for name in packed.split(",") if name.strip()]
        if not response.body or not names:
            return response
        body = response.body
        for name in reversed(names):
            body = unpack(body, name, self._limit, request.url)
        headers: dict[bytes, Any] = {key: response.headers.getlist(key) for key in response.headers}
        headers.pop(b"Content-Encoding", None)
        return response.replace(body=body, headers=headers)


def unpack(body: bytes, encoding: str, limit: int, where: str) -> bytes:
    """One layer of Content-Encoding taken off, at most `limit` bytes of it.

    Raises PageTooLarge (a bomb), BrokenAnswer (cut off or damaged) or WrongType (an encoding not offered).
    """
    if encoding in ("identity", "none"):
        return body
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise WrongType(f"content encoding {encoding[:40]!r} was not offered", where=where)
    raw_deflate = encoding == "deflate" and not _has_zlib_header(body)
    try:
        return _inflate(body, -zlib.MAX_WBITS if raw_deflate else zlib.MAX_WBITS | 32, limit, where)
    except zlib.error as error:
        raise BrokenAnswer(f"the {encoding} stream is damaged ({error})", where=where) from error


def _has_zlib_header(body: bytes) -> bool:
    return len(body) > 1 and body[0] & 0x0F == 8 and (body[0] << 8 | body[1]) % 31 == 0


def _inflate(body: bytes, window: int, limit: int, where: str) -> bytes:
    """Members of a gzip one after another, never more than `limit` bytes in memory."""
    parts, size = [], 0
    while body:
        stream = zlib.decompressobj(window)
        piece = stream.decompress(body, limit - size + 1)
        size += len(piece)
        if size > limit:
            raise PageTooLarge(
                f"unpacks to more than {limit} bytes", where=where, next_step="raise max_page_mb"
            )
        if not stream.eof:
            raise BrokenAnswer(
                "the compressed answer breaks off", where=where, next_step="the next run tries again"
            )
        parts.append(piece)
        body = stream.unused_data if stream.unused_data.startswith(b"\x1f\x8b") else b""
    return b"".join(parts)
