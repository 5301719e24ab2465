"""What all tests share: settings that are nobody's own, one exported embedding model, corpora and an open Assistant."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from rag import Assistant
from rag.embed import Embedder, locate, open_embedder
from rag.export import SAMPLE
from rag.settings import BUNDLED_MODEL, Settings, load_settings, read_settings

pytest_plugins = ["tests.harbour", "tests.judging", "tests.real_ollama", "tests.scripted_page", "tests.reader", "tests.shelf"]

ROOT = Path(__file__).resolve().parent.parent
SEEDS = ROOT / "seeds"
NAMES = [name.upper() for name in Settings.model_fields]


def pytest_configure() -> None:
    """A shell starts what runs in its background deaf to Ctrl-C, and so would be the programs that tests interrupt."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def session_data_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """No test reads the settings of whoever runs it, nor writes to their data folder.

    Embedding models that were exported there are used: exporting takes 20 seconds.
    """
    exported = read_settings().data_dir / "models"
    folder = tmp_path_factory.mktemp("data")
    (folder / "models").mkdir()
    for model in exported.iterdir() if exported.is_dir() else ():
        (folder / "models" / model.name).symlink_to(model)
    with pytest.MonkeyPatch.context() as patch:
        for name in NAMES:
            patch.delenv(name, raising=False)
        patch.setenv("DATA_DIR", str(folder))
        patch.setitem(Settings.model_config, "env_file", None)
        patch.setenv("ANONYMIZED_TELEMETRY", "False")
        yield folder


@pytest.fixture(autouse=True)
def fresh_settings(session_data_dir: Path) -> Iterator[None]:
    """Settings are read once a process; a test that changes a variable must not answer for the next."""
    load_settings.cache_clear()
    yield
    load_settings.cache_clear()


@pytest.fixture
def settings(session_data_dir: Path, tmp_path: Path) -> Settings:
    """Settings with a data directory of the test's own, which has the exported models."""
    return own_settings(session_data_dir, tmp_path / "data")


def own_settings(session_data_dir: Path, folder: Path, **more: object) -> Settings:
    folder.mkdir(exist_ok=True)
    if not (folder / "models").exists():
        (folder / "models").symlink_to(session_data_dir / "models")
    values: dict[str, object] = {"data_dir": folder, "writer": "extractive", **more}
    return read_settings(**values)


@pytest.fixture(scope="session")
def embedder(session_data_dir: Path) -> Embedder:
    """The bundled model, as `auto` runs it."""
    return open_embedder(read_settings(data_dir=session_data_dir))


@dataclass(frozen=True)
class TorchMade:
    """What only torch can make: another model, and what sentence-transformers computes with both."""

    tiny_model: Path
    bundled: NDArray[np.float32]
    tiny: NDArray[np.float32]
    tiny_by_torch: NDArray[np.float32]  # by our own encoder for models that do not export
    words_by_torch: NDArray[np.float32]  # by the same, of the bundled model: the words of all texts, on both layers


@pytest.fixture(scope="session")
def torch_made(tmp_path_factory: pytest.TempPathFactory) -> TorchMade:
    """In a process of its own, once: torch would stay in this one, and takes 8 seconds to start."""
    folder = tmp_path_factory.mktemp("torch")
    command = [sys.executable, "-c", BY_TORCH, locate(BUNDLED_MODEL), str(folder)]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(command, input=json.dumps(TEXTS), text=True, capture_output=True, env=environment)
    assert done.returncode == 0, done.stderr
    return TorchMade(folder / "tiny", *(np.load(folder / f"{name}.npy") for name in ("bundled", "tiny", "by_torch", "words")))


@pytest.fixture(scope="session")
def tiny_model(torch_made: TorchMade) -> Path:
    """A sentence-transformers model of one layer, 32 dimensions and random weights: another model, quickly exported."""
    return torch_made.tiny_model


TEXTS = [*SAMPLE, "", "?", "Das Boot ist voll.", "港は火曜日に閉鎖された。", "word " * 1000, "The harbour was closed."]
BY_TORCH = """
import json, sys
from pathlib import Path
import numpy as np, torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
from transformers import BertConfig, BertModel, BertTokenizerFast
from rag.embed import Embedder

bundled, folder, texts = Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.stdin.read())
torch.manual_seed(0)
vocabulary = json.loads((bundled / "tokenizer.json").read_text())["model"]["vocab"]
tokenizer = BertTokenizerFast(vocab={w: i for w, i in vocabulary.items() if i < 3000})
bert = BertModel(BertConfig(
    vocab_size=3000, hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64,
    initializer_range=0.5,
))
bert.save_pretrained(folder / "bert"), tokenizer.save_pretrained(folder / "bert")
inner = Transformer(str(folder / "bert"), max_seq_length=64)
SentenceTransformer(modules=[inner, Pooling(32)]).save(str(folder / "tiny"))
for name, model in (("bundled", bundled), ("tiny", folder / "tiny")):
    np.save(folder / name, SentenceTransformer(str(model), device="cpu").encode(texts, normalize_embeddings=True))
meta = {"model": str(folder / "tiny"), "query_prefix": "", "passage_prefix": ""}
np.save(folder / "by_torch", Embedder("tiny", "torch", 32, "", None, folder, meta).embed_passages(texts))
words = Embedder("bundled", "torch", 384, "", None, folder, meta | {"model": str(bundled)}).embed_words(texts)
np.save(folder / "words", np.concatenate([w.layers for w in words]))
"""


@pytest.fixture(scope="session")
def assistant(session_data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """Open over `seeds/`, extractive. Tests only ask it."""
    opened = Assistant.open(SEEDS, own_settings(session_data_dir, tmp_path_factory.mktemp("seeds") / "data"))
    yield opened
    opened.close()


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Three short articles about a harbour, a bridge and a school."""
    return write_articles(
        tmp_path / "corpus",
        {
            "harbour.md": "The harbour of Brill was closed on Tuesday after a ferry ran aground. Forty passengers were taken ashore.",
            "bridge.md": "---\ntitle: The bridge\noutlet: The Courier\npublished: 2019-03-04\n---\n"
            "The bridge over the Orle will not open before winter. Engineers found that its eastern pillar has sunk.",
            "school.txt": "The school in Tann has 320 pupils. Its roof was repaired in 2018.",
        },
    )


def write_articles(folder: Path, articles: Mapping[str, str | bytes]) -> Path:
    for name, text in articles.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(settings: Settings, tmp_path: Path) -> Run:
    """Run a Python module as a process of its own, on this test's data directory: `run("rag", "ask", "…")`."""

    def start(module: str, *arguments: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", module, *arguments]
        return subprocess.run(
            command,
            cwd=tmp_path,
            env=child_environment(settings, **environment),
            input=stdin,
            text=True,
            capture_output=True,
        )

    return start


def child_environment(settings: Settings, **more: str) -> dict[str, str]:
    """For a process that is started in a folder without `.env`."""
    return {**os.environ, "DATA_DIR": str(settings.data_dir), "WRITER": "extractive", "COLUMNS": "120", **more}
