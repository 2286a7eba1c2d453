"""What may be fetched, and what is made of what comes."""

from __future__ import annotations

import gzip
import ipaddress
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.address import IPv4Address

from crawlers.errors import BrokenAnswer, CrawlError, ForbiddenAddress, ForbiddenUrl, PageTooLarge, WrongType
from crawlers.fetch import retry_after
from crawlers.guard import AllowList, GuardedResolver, check_url, is_public, literal, may_connect, unpack
from crawlers.settings import Manners, scrapy_settings

NOBODY = AllowList([])
PRIVATE = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "255.255.255.255", "198.18.0.1", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:10.0.0.1",
    "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:7f00:1::", "2001:db8::1",
]  # fmt: skip
PUBLIC = ["1.1.1.1", "93.184.215.14", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(ForbiddenAddress):
        check_url(f"http://{host}/x", NOBODY)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))
    check_url(f"https://{f'[{address}]' if ':' in address else address}/", NOBODY)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "ftp://example.com", "gopher://example.com", "javascript:alert(1)", "data:text/html,x",
        "//example.com/x", "example.com", "", "http://", "http:///x", "http://[::1", "http://a:b@example.com/",
        "http://example.com:99999999/", "https://example.com/" + "a" * 5_000,
    ],
)  # fmt: skip
def test_odd_addresses_are_refused_by_name(url: str) -> None:
    with pytest.raises(ForbiddenUrl) as caught:
        check_url(url, NOBODY)
    assert "b@" not in str(caught.value)


def test_a_host_is_allowed_only_as_the_config_names_it() -> None:
    allowed = AllowList(["intranet.example", "LocalHost:8080", "[::1]:9000", "10.0.0.5"])
    home = ipaddress.ip_address("127.0.0.1")
    assert may_connect(home, "intranet.example", 80, allowed)
    assert may_connect(home, "localhost", 8080, allowed)
    assert not may_connect(home, "localhost", 8081, allowed)
    assert not may_connect(home, "example.com", 80, allowed)
    check_url("http://[::1]:9000/", allowed)
    check_url("http://10.0.0.5/", allowed)


def test_a_name_never_leads_to_a_cloud_machines_secrets() -> None:
    secrets = ipaddress.ip_address("169.254.169.254")
    assert not may_connect(secrets, "intranet.example", 80, AllowList(["intranet.example"]))
    assert may_connect(secrets, "169.254.169.254", 80, AllowList(["169.254.169.254"]))


@given(st.ip_addresses())
def test_every_address_has_one_answer(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    assert literal(str(address)) == address
    if not address.is_global and not isinstance(address, ipaddress.IPv6Address):
        assert not is_public(address)


@given(st.text(max_size=60))
def test_any_address_is_allowed_or_refused_by_name(url: str) -> None:
    try:
        check_url(url, NOBODY)
    except ForbiddenUrl:
        return
    assert url.split(":", maxsplit=1)[0].strip().lower() in ("http", "https")


RAW = "Ļoti labi. Žluťoučký kůň. ".encode() * 50


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("packed", "encoding"),
    [
        (gzip.compress(RAW), "gzip"),
        (gzip.compress(RAW), "x-gzip"),
        (gzip.compress(RAW[:500]) + gzip.compress(RAW[500:]), "gzip"),
        (gzip.compress(RAW) + b"\0\0\0trailing", "gzip"),
        (zlib.compress(RAW), "deflate"),
        (raw_deflate(RAW), "deflate"),
        (RAW, "identity"),
    ],
    # Packed bytes hold the second they were made in: as names of tests they differ between workers.
    ids=["gzip", "x-gzip", "two members", "trailing bytes", "deflate", "raw deflate", "identity"],
)
def test_answers_are_unpacked(packed: bytes, encoding: str) -> None:
    assert unpack(packed, encoding, 10_000, "http://x/") == RAW


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_bomb_is_stopped_at_the_cap(encoding: str) -> None:
    bomb = gzip.compress(bytes(50_000_000)) if encoding == "gzip" else zlib.compress(bytes(50_000_000))
    with pytest.raises(PageTooLarge):
        unpack(bomb, encoding, 1_000_000, "http://x/")


def test_exactly_the_cap_is_not_too_much() -> None:
    assert len(unpack(gzip.compress(bytes(1_000)), "gzip", 1_000, "x")) == 1_000
    with pytest.raises(PageTooLarge):
        unpack(gzip.compress(bytes(1_001)), "gzip", 1_000, "x")


@given(cut=st.integers(1, 60))
def test_a_broken_off_stream_is_named(cut: int) -> None:
    packed = gzip.compress(RAW)
    with pytest.raises(BrokenAnswer):
        unpack(packed[: max(1, len(packed) - cut)], "gzip", 10_000, "x")


@given(body=st.binary(max_size=200), encoding=st.sampled_from(["gzip", "deflate", "br", "zstd", "identity"]))
def test_any_bytes_are_unpacked_or_refused_by_name(body: bytes, encoding: str) -> None:
    try:
        assert len(unpack(body, encoding, 100_000, "x")) <= 100_000
    except (BrokenAnswer, PageTooLarge, WrongType) as error:
        assert isinstance(error, CrawlError)


def test_retry_after_is_a_number_or_a_date() -> None:
    assert retry_after("120") == 120
    assert retry_after(" 0 ") == 0
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert (retry_after("Wed, 21 Oct 2099 07:28:00 GMT") or 0) > 1e9
    for nonsense in (None, "", "soon", "-5", "٣"):
        assert retry_after(nonsense) is None


def test_polite_by_default() -> None:
    settings = scrapy_settings(Manners())
    assert settings["DOWNLOAD_DELAY"] == 1.0 and settings["CONCURRENT_REQUESTS_PER_DOMAIN"] == 1
    assert settings["AUTOTHROTTLE_ENABLED"] and settings["DOWNLOAD_DELAY_JITTER"] == 0
    assert settings["DOWNLOAD_MAXSIZE"] == 10_000_000
    assert "crawlers.robots.RobotsMiddleware" in settings["DOWNLOADER_MIDDLEWARES"]
    assert not settings["TELNETCONSOLE_ENABLED"] and not settings["COOKIES_ENABLED"]
    assert Manners(contact="me@example.com").agent == "sayso/0.1 (me@example.com)"
    assert Manners(user_agent="Other/1").agent == "Other/1"


class Dns:
    """A reactor whose names resolve to what the test says, another answer each time."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = list(answers)
        self.nameResolver = self

    def resolveHostName(self, receiver: Any, host: str, port: int = 0, *_: Any) -> Any:  # noqa: N802
        receiver.resolutionBegan(self)
        for address in self._answers.pop(0):
            receiver.addressResolved(IPv4Address("TCP", address, port))
        receiver.resolutionComplete()
        return receiver


class Receiver:
    def __init__(self) -> None:
        self.found: list[str] = []

    def resolutionBegan(self, _: Any) -> None:  # noqa: N802
        self.found = []

    def addressResolved(self, address: Any) -> None:  # noqa: N802
        self.found.append(address.host)

    def resolutionComplete(self) -> None:  # noqa: N802
        pass


def test_a_name_that_changes_its_mind_gains_nothing() -> None:
    resolver = GuardedResolver(Dns(["1.1.1.1"], ["127.0.0.1"], ["10.0.0.1", "1.1.1.1"]), NOBODY)
    receiver, seen = Receiver(), []
    for _ in range(3):
        resolver.resolveHostName(receiver, "rebind.example", 80)
        seen.append(list(receiver.found))
    assert seen == [["1.1.1.1"], [], ["1.1.1.1"]]


def test_what_was_refused_is_remembered_for_the_error() -> None:
    resolver = GuardedResolver(Dns(["192.168.0.7"], ["1.1.1.1"]), NOBODY)
    resolver.resolveHostName(Receiver(), "inner.example", 80)
    assert GuardedResolver.refused["inner.example"] == "192.168.0.7"
    resolver.resolveHostName(Receiver(), "inner.example", 80)
    assert "inner.example" not in GuardedResolver.refused
