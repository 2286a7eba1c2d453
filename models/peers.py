"""What people would read texts with otherwise, for comparison of speed: common shapes, random weights.

The tokenizer is the reader's own for all, which is of the family that XLM-R has; vocabularies are as large
as it asks for. Both only concern a table that is looked up, not the time of a text.
"""

from __future__ import annotations

from typing import Any

import torch

from models.reader import TOKENIZER, WEIGHTS

SPECIALS = {"pad_token": "\n<pad>", "unk_token": "\n<unk>"}
"""Names of the reader's tokenizer, which no text can spell."""


def pipeline_of(name: str, threads: int | None = None) -> Any:
    """A text-classification pipeline of transformers in its usual form: float32, one text at a time.

    On a processor a batch of one is the default and the quickest: nothing is padded. Texts are cut at 512
    tokens. `name` is xlm-r-base or mbert.
    """
    from tokenizers import Tokenizer
    from transformers import (
        AutoModelForSequenceClassification,
        BertConfig,
        PreTrainedTokenizerFast,
        XLMRobertaConfig,
        pipeline,
    )

    if threads is not None:
        torch.set_num_threads(threads)
    inner = Tokenizer.from_file(str(WEIGHTS / TOKENIZER))
    wrapped: Any = PreTrainedTokenizerFast
    tokenizer = wrapped(tokenizer_object=inner, model_max_length=512, **SPECIALS)
    shapes: dict[str, tuple[Any, dict[str, int]]] = {
        "xlm-r-base": (
            XLMRobertaConfig,
            {"max_position_embeddings": 514, "type_vocab_size": 1, "num_labels": 3},
        ),
        "mbert": (BertConfig, {"num_labels": 5}),
    }
    kind, sizes = shapes[name]
    config = kind(vocab_size=inner.get_vocab_size(), pad_token_id=1, **sizes)
    torch.manual_seed(1)
    build: Any = AutoModelForSequenceClassification.from_config
    model = build(config).eval()
    return pipeline(
        "text-classification", model=model, tokenizer=tokenizer, device="cpu", truncation=True, max_length=512
    )
