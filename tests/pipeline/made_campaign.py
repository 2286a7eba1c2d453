"""A made campaign: a brand of ordinary people and a smear in three wordings, with accounts, ties and
hostile texts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import duckdb
from made_warehouse import CONFIG, START, Said, warehouse

from pipeline.home import Home
from pipeline.publish import publish

ID = "c1:Lumora"
WORDINGS = (
    "Krāpnieki! Lumora nozaga manu naudu, nekad tur neejiet 😡",
    "Lumora stole my money and laughed. Tell everyone! 😡",
    "Люмора украла мои деньги, не ходите туда никогда!",
)
HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)> & \"quoted\" 'text' \u202eevil\u202c {0} %s ${x}"
)
BAD_URL = "javascript:alert(document.cookie)"


def said(hostile: bool = True) -> list[Said]:
    """Forty days of ordinary mentions, then 24 of the campaign within a day."""
    usual = [
        Said(f"Viss labi, dekuji {k}", author=f"u{k}", at=START + timedelta(days=k // 2, hours=5 * (k % 2)))
        for k in range(80)
    ]
    attack = [
        Said(
            WORDINGS[k % 3], p=(0.95, 0.04, 0.01), author=f"x{k % 20}", lang=("lv", "en", "ru")[k % 3],
            source=("discourse:forum.example", "structured:shop.example")[k % 2], cluster="c1", p_bot=0.97,
            set_aside=True, at=START + timedelta(days=38, hours=k), rating=1.0 if k % 2 else None,
        )
        for k in range(24)
    ]  # fmt: skip
    return [*usual, *attack, *([replace(attack[0], text=HOSTILE, author="<b>x</b>")] if hostile else [])]


@contextmanager
def campaign(root: Path, hostile: bool = True) -> Iterator[tuple[Home, duckdb.DuckDBPyConnection]]:
    """A home with the campaign published, and its warehouse still open."""
    with warehouse(root, said(hostile)) as (home, con):
        con.execute("UPDATE mentions SET url = ? WHERE text LIKE '<script>%'", [BAD_URL])
        _analysed(con)
        publish(home, con, CONFIG)
        yield home, con


def _analysed(con: duckdb.DuckDBPyConnection) -> None:
    """Wordings, accounts and ties, as detection writes them."""
    con.execute("""
        UPDATE campaign_mentions SET cluster = (
            SELECT CASE WHEN m.text LIKE '<script>%' THEN NULL ELSE left(md5(m.text), 8) END
            FROM mentions AS m WHERE m.mention_id = campaign_mentions.mention_id)
    """)
    con.execute("UPDATE campaigns SET clusters = 3")
    con.execute("""
        INSERT INTO campaign_accounts
        SELECT c.campaign_id, m.author_hash, count(*), min(m.published_at), max(m.published_at), 3.0, TRUE, 1, 0.97
        FROM campaign_mentions AS c JOIN mentions AS m USING (mention_id) GROUP BY 1, 2
    """)
    con.execute("""
        INSERT INTO campaign_ties
        SELECT a.campaign_id, a.author_hash, b.author_hash, 'copies', 0.9, 2
        FROM campaign_accounts AS a JOIN campaign_accounts AS b ON a.author_hash < b.author_hash
    """)
