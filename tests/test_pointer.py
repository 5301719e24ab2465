"""The network that points at the answer, the boosted trees beside it, and their training."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from eval.fitting import fit_logistic, fit_trees
from eval.network import COMPONENTS, Network
from eval.pointing import NETWORKS, Example, _Batches, _fixed, answer_words, together, train
from rag import weights
from rag.answerable import ANSWER_FEATURES, CHOICE_FEATURES
from rag.assistant import Assistant
from rag.choose import Choices, choose, probability
from rag.embed import Embedder, Words
from rag.pointer import SENTENCE_WORDS, networks, of_sentences, point, see
from rag.weights import boosted, using

ROWS, ANSWER = 5, 7
SIZE = 384  # of either layer


def made(seed: int, answerable: bool = True, longest: int = 10) -> Example:
    """An example of random words: where there is an answer, it is the first two words of the second sentence, and they look alike."""
    rng = np.random.default_rng(seed)

    def words(n: int) -> Words:
        layers = rng.normal(size=(n, 2, SIZE)).astype(np.float32)
        layers /= np.linalg.norm(layers, axis=2, keepdims=True)
        return Words(("Who",) + ("paint",) * (n - 1), layers[:, 0], layers.reshape(n, 2 * SIZE))

    sentences = [words(n) for n in (2, 9, longest)]
    if answerable:
        sentences[1].vectors[:2] = np.full(SIZE, SIZE**-0.5)  # and so in `layers`
    seen = see(words(6), sentences, [None, sentences[0], sentences[1]])
    marked = tuple(np.arange(len(s)) < (2 if i == 1 and answerable else 0) for i, s in enumerate(seen.sentences))
    return Example(seen, rng.normal(size=(3, ROWS)), tuple(rng.normal(size=ANSWER)), marked, answerable, 1.0)


def test_what_runs_without_pytorch_computes_what_was_trained() -> None:
    examples = [made(seed, longest=60) for seed in range(COMPONENTS // 8)]
    torch.manual_seed(1)
    both = [Network(ANSWER, ROWS).eval() for _ in range(2)]
    fixed = _fixed(examples)
    with torch.no_grad():
        batch = _Batches(examples, fixed).of(torch.arange(len(examples)))
        (words, none), (others, other) = (network(batch) for network in both)
    words, none = (words + others) / 2, (none + other) / 2
    for i, example in enumerate(examples):
        logits, nothing = point(fixed | together(both), example.seen, example.rows, example.answer)
        assert of_sentences(logits) == pytest.approx(torch.logsumexp(words[i], 1).numpy(), abs=1e-4)
        assert nothing == pytest.approx(float(none[i]), abs=1e-4)


def test_training_twice_gives_the_same_arrays_and_learns_where_the_answer_is() -> None:
    examples = [made(seed, answerable=seed % 2 == 0) for seed in range(800)]
    first, again = train(examples), train(examples)
    assert networks(first) == NETWORKS
    assert not np.array_equal(first["match"][0], first["match"][1])
    assert first.keys() == again.keys()
    assert all(np.array_equal(first[name], again[name]) for name in first)
    best = [int(of_sentences(point(first, e.seen, e.rows, e.answer)[0]).argmax()) for e in examples if e.answerable]
    assert best.count(1) > 380  # of 400; by chance about 133


def test_long_sentences_are_cut_and_empty_ones_are_never_right() -> None:
    example = made(3, longest=60)
    assert [len(s) for s in example.seen.sentences] == [2, 9, SENTENCE_WORDS]
    arrays = train([made(seed) for seed in range(8)])
    empty = Words((), np.zeros((0, SIZE), np.float32), np.zeros((0, 2 * SIZE), np.float32))
    question = Words(("Who",), np.eye(1, SIZE, dtype=np.float32), np.eye(1, 2 * SIZE, dtype=np.float32))
    logits, _ = point(arrays, see(question, [empty, question], [None, None]), np.zeros((2, ROWS)), (0.0,) * ANSWER)
    assert [len(words) for words in logits] == [0, 1]
    assert of_sentences(logits)[0] == -1e4


def test_the_words_of_an_answer_are_marked_and_all_of_a_right_sentence_that_has_none_of_them() -> None:
    sentence = "The bridge cost 40 million crowns."
    assert answer_words(sentence, True, ["40 million"], 6).tolist() == [False, False, False, True, True, False]
    assert answer_words(sentence, True, ["forty"], 6).tolist() == [True] * 6
    assert answer_words(sentence, False, ["40 million"], 6).tolist() == [False] * 6


def test_trees_from_a_file_give_what_scikit_learn_gives(tmp_path: Path) -> None:
    from sklearn.ensemble import HistGradientBoostingClassifier

    rng = np.random.default_rng(0)
    rows = rng.normal(size=(400, len(ANSWER_FEATURES))).round(9)
    labels = rows[:, 0] * rows[:, 1] > 0
    found = fit_trees(rows, labels, np.ones(400), ANSWER_FEATURES)
    arrays = {"pointer": {"match": np.ones((2, 2), np.float32)}, "unmet_words": {"vector": np.ones(3, np.float32)}}
    content = {"answerable": found | {"threshold": 0.4}, "choices": {"weights": {}}} | arrays
    weights.save(content, tmp_path)
    kept = weights.load(tmp_path)
    assert kept["answerable"] == content["answerable"]
    assert kept["choices"] == content["choices"]
    assert np.array_equal(kept["pointer"]["match"], np.ones((2, 2)))
    assert np.array_equal(kept["unmet_words"]["vector"], np.ones(3))
    with using(kept):
        trees = boosted("answerable", ANSWER_FEATURES)
    model = HistGradientBoostingClassifier(
        max_iter=250, learning_rate=0.04, max_depth=4, l2_regularization=5.0, min_samples_leaf=40, early_stopping=False, random_state=0
    ).fit(rows, labels)
    assert [trees.score(row) for row in rows] == pytest.approx(model.decision_function(rows).tolist(), abs=5e-3)


def test_trees_do_not_depend_on_the_last_digits_of_a_sum() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(400, len(ANSWER_FEATURES)))
    labels = rows[:, 0] * rows[:, 1] > 0
    first, again = (fit_trees(rows + by, labels, np.ones(400), ANSWER_FEATURES) for by in (0.0, 2e-16))
    assert first == again


def test_a_regression_is_solved_to_its_end() -> None:
    """Where the solver stops early, the last digits of its input show in the weights that are kept."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(300, 6))
    rows[:, 5] = rows[:, 4] + rng.normal(scale=0.01, size=300)
    labels = rows[:, 0] + rng.normal(size=300) > 0
    weights, bias = fit_logistic(rows, labels)
    mean, scale = rows.mean(axis=0), rows.std(axis=0)
    off = 1 / (1 + np.exp(-(rows @ weights + bias))) - labels
    gradient = ((rows - mean) / scale).T @ off * 0.1 + weights * scale
    assert np.abs(gradient).max() < 1e-6 and abs(off.sum()) < 1e-6


def test_the_network_reads_for_the_bundled_model_and_the_trees_judge_alone_for_another(assistant: Assistant, embedder: Embedder) -> None:
    assert embedder.bundled
    found = assistant.look_up("Who leads the offensive?")
    assert found.bundled
    read, unread = choose(found), choose(replace(found, bundled=False))
    assert read.by_trees == unread.by_trees
    assert unread.answerable == probability(unread.by_trees) != read.answerable
    assert {(c.passage.id, c.position) for c in read.ranked} == {(c.passage.id, c.position) for c in unread.ranked}
    assert sum(c.probability for c in read.ranked) == pytest.approx(1)
    assert choose(replace(found, stored=())) == Choices((), 0.0)


def test_the_shipped_weights_fit_the_code() -> None:
    shipped = weights.load(Path(weights.__file__).parent)
    assert tuple(shipped["choices"]["weights"]) == CHOICE_FEATURES
    assert len(shipped["pointer"]["row_mean"]) == len(CHOICE_FEATURES)
    assert len(shipped["pointer"]["answer_mean"]) == len(ANSWER_FEATURES)
    assert {node[0] for tree in shipped["answerable"]["trees"] for node in tree} - {None} <= set(ANSWER_FEATURES)
