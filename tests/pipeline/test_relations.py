"""Relations: who recommends and who warns, who leaves for whom, how strong, and how it was told."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_warehouse import CONFIG, Said, put, warehouse

from pipeline.facts import Cut, ReaderError
from pipeline.publish import publish
from pipeline.relations import Relation, _Votes, relations
from pipeline.snapshot import Snapshot


def of(root: Path, said: Sequence[Said], cut: Cut | None = None) -> dict[str | None, Relation]:
    with warehouse(root, said) as (home, con):
        publish(home, con, CONFIG)
    with Snapshot.open(home) as snapshot:
        return {item.brand: item for item in relations(snapshot, cut or Cut())}


def spoken(n: int, **more: object) -> list[Said]:
    return [Said(f"Teksts {n} numur {i} – děkuji 🙂", **more) for i in range(n)]  # type: ignore[arg-type]


def test_word_of_mouth_counts_those_who_warn_others(tmp_path: Path) -> None:
    said = spoken(40, p=(0, 0, 1), advocacy=1.0, leaving=0.0) + spoken(
        30, p=(1, 0, 0), advocacy=0.0, leaving=0.0
    )
    said += spoken(20, p=(1, 0, 0), advocacy=-1.0, leaving=1.0) + spoken(
        10, p=(0, 1, 0), advocacy=0.0, leaving=0.0
    )
    found = of(tmp_path, said)["Lumora"]
    assert (
        found.womi
        and found.active_detractors
        and found.leaving
        and found.strong
        and found.weak
        and found.medium
    )
    assert found.womi.value == pytest.approx(20)
    assert found.womi.low < 20 < found.womi.high
    assert found.detractors.value == pytest.approx(0.5)
    assert found.active_detractors.value == pytest.approx(0.2)
    assert found.leaving.value == pytest.approx(0.2)
    assert found.csat.value == pytest.approx(0.5)
    assert (found.strong.value, found.medium.value, found.weak.value) == pytest.approx((0.4, 0.1, 0.5))
    assert found.votes == 100
    assert not found.too_few


def test_a_strong_customer_can_be_at_risk(tmp_path: Path) -> None:
    said = spoken(8, p=(0, 0, 1), advocacy=1.0, leaving=0.0)
    said += [
        Said("Lumora is fine, but Kaskāde is better than Lumora", p=(0, 0, 1), advocacy=0.5, leaving=0.0),
        Said("Pārgāju no Kaskādes uz Lumora 🎉", p=(0, 0, 1), advocacy=1.0, leaving=0.0),
    ]
    found = of(tmp_path, said)["Lumora"]
    assert found.at_risk.value == pytest.approx(0.1)
    [rival] = found.rivals
    assert (rival.name, rival.ours, rival.theirs, rival.balance.value) == ("Kaskāde", 1, 1, 0)
    assert rival.balance.low < 0 < rival.balance.high


def test_a_new_text_alone_is_searched_and_other_brands_search_all_anew(tmp_path: Path) -> None:
    with warehouse(tmp_path, [Said("Kaskāde ir labāka nekā Lumora")]) as (home, con):
        publish(home, con, CONFIG)
        put(con, [Said("Lumora je lepší než Kaskāde", lang="cs")], first=1)
        publish(home, con, CONFIG)
        assert con.execute("SELECT better, worse FROM comparisons ORDER BY 1").fetchall() == [
            ("Kaskāde", "Lumora"), ("Lumora", "Kaskāde"),
        ]  # fmt: skip
        alone = CONFIG.model_copy(update={"brands": CONFIG.brands[:1]})
        publish(home, con, alone)
        assert con.execute("SELECT count(*) FROM numbers.preferences").fetchone() == (0,)


def test_who_speaks_and_how_hard_it_was(tmp_path: Path) -> None:
    said = spoken(30, p=(0, 0, 1), speaker="customer", effort=1.0) + spoken(
        10, p=(1, 0, 0), speaker="former", effort=-1.0
    )
    found = of(tmp_path, said)["Lumora"]
    assert {name: figure.nps for name, figure in found.speakers.items()} == {"customer": 100, "former": -100}
    assert found.speakers["former"].too_few
    assert found.effort and found.easy and found.struggle
    assert found.effort.value == pytest.approx(50)
    assert (found.easy.value, found.struggle.value) == pytest.approx((0.75, 0.25))


def test_without_heads_nothing_is_claimed(tmp_path: Path) -> None:
    found = of(tmp_path, spoken(5))["Lumora"]
    assert (found.womi, found.leaving, found.effort, found.strong) == (None, None, None, None)
    assert found.speakers == {}
    assert found.csat.n == 5
    assert found.to_dict()["womi"] is None


def test_relations_follow_the_cut(tmp_path: Path) -> None:
    said = spoken(
        3, p=(0, 0, 1), segments={"Region": "Rīga", "Plan": "Pro"}, kind="survey", rating=10, scale=(0, 10)
    )
    said += spoken(4, p=(0, 0, 1)) + spoken(2, brand="Kaskāde", p=(1, 0, 0))
    found = of(tmp_path, said, Cut(brands=("Kaskāde",)))
    assert {name: item.votes for name, item in found.items()} == {"Kaskāde": 2}


unit = st.floats(0, 1)


@given(
    st.lists(
        st.tuples(unit, unit, st.floats(-1, 1), unit, st.floats(-1, 1), st.booleans()),
        min_size=1,
        max_size=20,
    )
)
@settings(max_examples=60, deadline=None)
def test_shares_stay_shares(rows: list[tuple[float, float, float, float, float, bool]]) -> None:
    p, q, advocacy, leaving, effort, swayed = (list(column) for column in zip(*rows, strict=True))
    d = [min(b, 1 - a) for a, b in zip(p, q, strict=True)]
    heard = {
        "cluster": np.arange(len(p)), "native": np.zeros(len(p), bool), "p": np.array(p), "d": np.array(d),
        "advocacy": np.array(advocacy), "leaving": np.array(leaving), "effort": np.array(effort),
        "swayed": np.array(swayed),
    }  # fmt: skip
    votes, exact = _Votes(heard, ReaderError(4.0, 7)), _Votes(heard, None)
    shares = votes.shares()
    for name, share in shares.items():
        assert 0 <= share.low <= share.value <= share.high <= 1
        narrow = exact.shares()[name]
        assert share.low <= narrow.low <= narrow.high <= share.high
        assert name == "at_risk" or share.se > narrow.se
    assert shares["strong"].value + shares["medium"].value + shares["weak"].value == pytest.approx(1)
    assert shares["active_detractors"].value <= shares["detractors"].value + 1e-9
    womi = votes.balance("recommends", "discourages")
    assert womi is not None
    assert womi.low <= womi.value <= womi.high
    assert womi.value == pytest.approx(100 * float(np.mean(advocacy)), abs=1e-6)
