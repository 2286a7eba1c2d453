"""Dossiers: the figures of the snapshot, quotes by wording, originals that anybody can check, and no
word too many."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import zstandard
from landing_of import START, land, make_home, mention
from made_campaign import ID, WORDINGS, campaign
from made_warehouse import CONFIG

from crawlers.mention import mention_id
from pipeline import actions
from pipeline.dossier import Dossier, dossier
from pipeline.errors import InputError
from pipeline.home import Home
from pipeline.originals import originals
from pipeline.publish import publish
from pipeline.snapshot import Snapshot


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Dossier]:
    with campaign(tmp_path_factory.mktemp("dossier") / "home") as (home, _):
        actions.judge(home, ID, "acknowledged", who="ilze@lumora.example")
    with Snapshot.open(home) as snapshot:
        return home, dossier(snapshot, ID, said=actions.verdicts(home))


def test_it_holds_what_the_snapshot_says(made: tuple[Home, Dossier]) -> None:
    found = made[1]
    assert (found.brand, found.direction, found.mentions, len(found.members)) == ("Lumora", "smear", 25, 25)
    assert found.started_at == min(member.at for member in found.members)
    assert found.nps_with is not None and found.nps_without is not None
    assert found.nps_with < found.nps_without
    assert sum(bucket.members for bucket in found.volume) == 25
    assert sum(bucket.others for bucket in found.volume) > 0
    assert [said.verdict for said in found.history] == ["acknowledged"]


def test_each_wording_is_quoted_once_with_how_many_said_it(made: tuple[Home, Dossier]) -> None:
    worded = [quote for quote in made[1].quotes if quote.cluster]
    assert sorted(quote.text for quote in worded) == sorted(WORDINGS)
    assert [quote.mentions for quote in worded] == [8, 8, 8]
    assert all(1 < quote.accounts <= 8 for quote in worded)


def test_accounts_have_their_times_and_ties(made: tuple[Home, Dossier]) -> None:
    found = made[1]
    assert len(found.accounts) == 21
    assert sum(len(account.times) for account in found.accounts) == 25
    assert all(tie.a < tie.b and 0 <= tie.weight <= 1 for tie in found.ties)


def test_what_would_change_our_mind_is_only_what_was_not_seen(made: tuple[Home, Dossier]) -> None:
    assert "accounts_unrelated" in made[1].would_change
    assert "accounts_unknown" not in made[1].would_change
    assert "customers" in made[1].would_change


def test_the_json_is_whole_and_says_the_same(made: tuple[Home, Dossier]) -> None:
    plain = json.loads(made[1].to_json())
    assert plain["mentions"] == 25 and len(plain["members"]) == 25
    assert datetime.fromisoformat(plain["started_at"]).tzinfo is not None
    assert plain["history"][0]["who"] == "ilze@lumora.example"
    assert plain["made"]["generation"] >= 1


def test_where_no_wording_is_common_every_quote_stands_alone(tmp_path: Path) -> None:
    with campaign(tmp_path / "home") as (home, con):
        con.execute("UPDATE campaigns SET clusters = 0, updated_at = updated_at + INTERVAL 1 DAY")
        publish(home, con, CONFIG)
    with Snapshot.open(home) as snapshot:
        assert {quote.mentions for quote in dossier(snapshot, ID).quotes} == {1}


def test_an_unknown_campaign_has_a_name(made: tuple[Home, Dossier]) -> None:
    with Snapshot.open(made[0]) as snapshot, pytest.raises(InputError):
        dossier(snapshot, "'; DROP TABLE campaigns; --")


def test_originals_can_be_checked_against_the_archive(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    posts = [mention(k, text=f"Žluťoučký kůň {k} 🐎") for k in range(5)]
    ids = [mention_id(post.source, post.native_id) for post in posts]
    path = land(home, "20260301T120000Z-1-a", ["{broken", *posts, '{"source": 1}', "[1]"])
    land(home, "20260301T130000Z-1-b", [posts[1]])
    (home.landing / "dt=2026-03-01" / "20260301T140000Z-1-c.jsonl.zst").write_bytes(b"torn")
    wanted = [(ids[1], START), (ids[3], START), ("f" * 64, START)]
    found = originals(home.landing, wanted)
    assert {name: len(kept) for name, kept in found.items()} == {wanted[0][0]: 2, wanted[1][0]: 1}
    first = found[wanted[0][0]][0]
    line = (
        zstandard.ZstdDecompressor()
        .decompressobj()
        .decompress(path.read_bytes())
        .split(b"\n")[first.line - 1]
    )
    assert hashlib.sha256(line).hexdigest() == first.record_sha256
    assert hashlib.sha256(path.read_bytes()).hexdigest() == first.segment_sha256
    assert datetime.fromisoformat(first.collected_at) == posts[1].collected_at


def test_only_segments_of_the_days_of_collection_are_read(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    post = mention(1)
    land(home, "20250101T120000Z-1-a", [post], day="2025-01-01")
    name = mention_id(post.source, post.native_id)
    assert originals(home.landing, [(name, START)]) == {}
    assert originals(home.landing, [(name, datetime(2025, 1, 2, tzinfo=UTC))]) != {}
