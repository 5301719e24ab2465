"""Cross-encoders that the tests make: one layer, 32 dimensions, taught a few pairs of texts by heart."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Pair = tuple[str, str]
NEAR = 0.02  # mean squared distance from the logits that were asked for
OWN = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def taught(folder: Path, examples: Mapping[Pair, Sequence[float]], labels: Sequence[str] = ()) -> Path:
    """A saved model that gives these pairs about these logits; `labels` are its outputs' names."""
    import torch
    from transformers import BertTokenizerFast

    torch.manual_seed(0)
    words = dict.fromkeys(word for pair in examples for text in pair for word in re.findall(r"\w+|[^\w\s]", text.lower()))
    tokenizer = BertTokenizerFast(vocab={word: i for i, word in enumerate([*OWN, *words])})
    wanted = torch.tensor([list(logits) for logits in examples.values()], dtype=torch.float32)
    model = _blank(len(tokenizer), wanted.shape[1], labels)
    encoded = tokenizer([a for a, _ in examples], [b for _, b in examples], padding=True, return_tensors="pt")
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(3000):
        optimizer.zero_grad()
        loss = ((model(**encoded).logits - wanted) ** 2).mean()
        if loss.item() < NEAR:
            break
        loss.backward()
        optimizer.step()
    assert loss.item() < NEAR, f"not learnt by heart: {loss.item()}"
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def relabelled(model: Path, folder: Path, outputs: Sequence[int], labels: Sequence[str]) -> Path:
    """The same model with these of its outputs, in this order and under these names."""
    import torch
    from transformers import AutoTokenizer, BertForSequenceClassification

    before = BertForSequenceClassification.from_pretrained(model)
    after = _blank(before.config.vocab_size, len(outputs), labels)
    weights = dict(before.state_dict())
    weights |= {name: weights[name][list(outputs)] for name in ("classifier.weight", "classifier.bias")}
    after.load_state_dict(weights)
    assert torch.equal(after.classifier.bias, before.classifier.bias[list(outputs)])
    after.save_pretrained(folder)
    AutoTokenizer.from_pretrained(model).save_pretrained(folder)
    return folder


def _blank(words: int, outputs: int, labels: Sequence[str]) -> Any:
    from transformers import BertConfig, BertForSequenceClassification

    names = {"id2label": dict(enumerate(labels)), "label2id": {label: i for i, label in enumerate(labels)}} if labels else {}
    config = BertConfig(
        vocab_size=words,
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=128,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        num_labels=outputs,
        **names,
    )
    return BertForSequenceClassification(config)
