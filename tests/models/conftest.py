"""A tiny encoder, a tiny corpus and the shipped reader."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from models.network import Architecture, Network
from models.reader import WEIGHTS, Reader
from models.training import corpora

LETTERS = "abcdefghijklmnopqrstuvwxyzāčēģīķļņšūžěřáíéýůõäöüąęėįųłóśżźćабвгдежзийклмнопрстуфхцчшщъыьэюя .,!?:0123456789"
GOOD = {
    "en": "Great service and quick delivery, I love it",
    "lv": "Lieliska apkalpošana un ātra piegāde, iesaku",
    "lt": "Puikus aptarnavimas, rekomenduoju visiems",
    "et": "Suurepärane teenindus, soovitan kõigile",
    "cs": "Skvělé služby, rychlé dodání, doporučuji",
    "ru": "Отличный сервис, всем рекомендую",
    "pl": "Świetna obsługa, szybka dostawa, polecam",
    "de": "Toller Service, schnelle Lieferung, sehr empfehlenswert",
}
BAD = {
    "en": "Terrible service, rude staff, never again",
    "lv": "Briesmīga apkalpošana, rupji darbinieki, nekad vairs",
    "lt": "Siaubingas aptarnavimas, nerekomenduoju niekam",
    "et": "Kohutav teenindus, ei soovita mitte kellelegi",
    "cs": "Hrozné služby, neochotný personál, už nikdy",
    "ru": "Ужасный сервис, хамство, никогда больше",
    "pl": "Fatalna obsługa, nigdy więcej, nie polecam",
    "de": "Schrecklicher Service, unfreundlich, nie wieder",
}


@pytest.fixture(scope="session")
def reader() -> Reader:
    """The reader with the shipped weights, on one thread."""
    assert (WEIGHTS / "model.safetensors").exists(), "the repository ships its weights: models/weights"
    return Reader(threads=1)


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as models.training.encoder writes it: a random two-layer encoder, a tokenizer of words and letters."""
    base = tmp_path_factory.mktemp("base")
    pieces = [
        ("\n<s>", 0.0),
        ("\n<pad>", 0.0),
        ("\n</s>", 0.0),
        ("\n<unk>", -9.0),
        *((c, -1.0) for c in LETTERS),
    ]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=3, byte_fallback=False))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.save(str(base / "tokenizer.json"))
    torch.manual_seed(3)
    network = Network(Architecture(len(pieces), 96, 2, 12, 64, 160, {}))
    torch.nn.init.normal_(network.embeddings.positions, std=0.02)
    network.embeddings.words.scales.copy_(torch.rand(len(pieces), 3) * 0.05)
    network.embeddings.words.nibbles.copy_(torch.randint(0, 256, (len(pieces), 3, 16), dtype=torch.uint8))
    kept = {n: t for n, t in network.state_dict().items() if n.startswith(("embeddings.", "layers."))}
    save_file(kept, str(base / "encoder.safetensors"))
    return base


def write_rows(path: Path, rows: list[dict[str, Any]]) -> None:
    """Rows as a corpus file; keys that are absent are written as null."""
    keys = ("title", "value", "scale", "label", "labels", "taxonomy", "group")
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(dict.fromkeys(keys) | {"set": path.name.split(".")[0]} | row) + "\n")


@pytest.fixture(scope="module")
def without_own_voices() -> Iterator[None]:
    """A tiny run would see little else than the thousands of texts of our own."""
    few = tuple(source for source in corpora.SOURCES if source.name != "own_voices")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(corpora, "SOURCES", few)
        yield


@pytest.fixture(scope="session")
def tiny_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus of the documented shape, two sentiments told apart by their words, in eight languages."""
    root = tmp_path_factory.mktemp("corpus")
    texts = [(lang, text, good) for good, side in ((1, GOOD), (0, BAD)) for lang, text in side.items()]

    def each(**more: Any) -> list[dict[str, Any]]:
        return [
            {
                "lang": lang,
                "text": f"{text} {n}",
                "good": good,
                "split": "dev" if n % 4 == 0 else "train",
                **more,
            }
            for n in range(8)
            for lang, text, good in texts
        ]

    write_rows(
        root / "score" / "nps_bt_verbatim.jsonl.gz",
        [r | {"value": 10 * r["good"], "scale": [0, 10]} for r in each()],
    )
    write_rows(
        root / "score" / "ru_otzovik_bank.jsonl.gz",
        [r | {"value": 1 + 4 * r["good"], "scale": [1, 5]} for r in each()],
    )
    write_rows(
        root / "sentiment" / "lv_ltec.jsonl.gz",
        [r | {"label": ("negative", "positive")[r["good"]]} for r in each()],
    )
    write_rows(
        root / "sentiment" / "rusentiment.jsonl.gz",
        [r | {"label": ("negative", "positive")[r["good"]]} for r in each()],
    )
    write_rows(
        root / "emotion" / "goemotions.jsonl.gz",
        [r | {"labels": [("anger", "joy")[r["good"]]]} for r in each(taxonomy="goemotions28")],
    )
    write_rows(
        root / "emotion" / "cedr.jsonl.gz",
        [r | {"labels": [("anger", "joy")[r["good"]]]} for r in each(taxonomy="cedr5")],
    )
    aspects = [[{"aspect": "service general", "polarity": p}] for p in ("negative", "positive")]
    write_rows(
        root / "touchpoint" / "m_absa.jsonl.gz",
        [r | {"labels": aspects[r["good"]]} for r in each(taxonomy="m_absa_restaurant")],
    )
    write_rows(
        root / "authenticity" / "maide_up.jsonl.gz",
        [r | {"label": ("genuine", "generated")[r["good"]]} for r in each()],
    )
    return root
