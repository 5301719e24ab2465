"""A sentence-transformers CrossEncoder by name or path, for the verifier and the reranker.

Loaded at its first use, once: torch takes seconds to start. A folder never touches the network; a hub's name does once, when
the model is not in the hub's cache yet.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.errors import FootnoteError, JudgeUnavailable, SettingError

Matrix = NDArray[np.float64]
_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
# What a config.json has where nobody named the labels.
_UNNAMED = re.compile(r"label_\d+")


class CrossEncoder:
    """One model. `variable` is the setting that names it, for the messages."""

    def __init__(self, variable: str, name: str) -> None:
        """Raises SettingError where the name can be none. Loads nothing."""
        self.variable, self.name = variable, name
        self._folder = Path(name).expanduser()
        self._loading = threading.Lock()
        if self._folder.is_dir():
            if not (self._folder / "config.json").is_file():
                raise SettingError(f"{self._named}: the folder has no config.json, so it is no model. {self._takes}")
        elif not _HUB_NAME.fullmatch(name):
            raise SettingError(f"{self._named}: there is no such folder, and a hub model's name is owner/model. {self._takes}")

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of its outputs, in order, in small letters; none where they are not named. Loads the model."""
        names = getattr(self._model.config, "id2label", None) or {}
        found = tuple(str(names.get(i, f"LABEL_{i}")).lower() for i in range(self.outputs))
        return () if all(map(_UNNAMED.fullmatch, found)) else found

    @property
    def outputs(self) -> int:
        """How many scores it gives a pair. Loads the model."""
        return int(self._model.num_labels)

    def logits(self, pairs: Sequence[tuple[str, str]]) -> Matrix:
        """Shape (pairs, outputs): what the model says before any activation. Rounded, for a batch's size shows in the last digits.

        Raises:
            SettingError: it is a model of another kind.
            JudgeUnavailable: it cannot be loaded, or fails.
        """
        if not pairs:
            return np.zeros((0, self.outputs))
        from torch.nn import Identity

        try:
            made = self._model.predict(list(pairs), activation_fn=Identity(), show_progress_bar=False)
        except FootnoteError:
            raise
        except Exception as error:  # whatever a model of anybody's does
            raise JudgeUnavailable(f"{self._named} failed ({_brief(error)}). {self._takes}") from error
        return np.round(np.asarray(made, dtype=np.float64).reshape(len(pairs), self.outputs), 5)

    @property
    def _model(self) -> Any:
        with self._loading:
            return self._loaded

    @cached_property
    def _loaded(self) -> Any:
        model = self._from_disk_or_hub()
        if _is_without_head(model):
            raise SettingError(f"{self._named} is no cross-encoder: it has no trained classifier. {self._takes}")
        return model

    def _from_disk_or_hub(self) -> Any:
        local = self._folder.is_dir()
        try:
            return _open(str(self._folder) if local else self.name, local_files_only=True)
        except Exception as error:  # a broken file, code that is not trusted
            if local:
                raise JudgeUnavailable(
                    f"{self._named} cannot be loaded ({_brief(error)}): its files may be damaged. {self._takes}"
                ) from error
        try:
            return _open(self.name, local_files_only=False)
        except Exception as error:
            why = "a hub model needs the network once, and a name that the hub has; a folder needs none"
            raise JudgeUnavailable(f"{self._named} cannot be loaded ({_brief(error)}): {why}. {self._takes}") from error

    @property
    def _named(self) -> str:
        return f"{self.variable}={self.name!r}"

    @property
    def _takes(self) -> str:
        what = "builtin, ollama, or a" if self.variable == "VERIFIER" else "a"
        return f"{self.variable} takes {what} CrossEncoder by the hub's name or by path."


@lru_cache(maxsize=4)
def open_cross_encoder(variable: str, name: str) -> CrossEncoder:
    """The same one every time, so that it is loaded once a process."""
    return CrossEncoder(variable, name)


def _open(where: str, local_files_only: bool) -> Any:
    from sentence_transformers import CrossEncoder as Model

    with _quiet():
        return Model(where, device="cpu", local_files_only=local_files_only)


@contextmanager
def _quiet() -> Iterator[None]:
    """No progress bars, and no warning of what is said as an error here."""
    from transformers.utils import logging as theirs

    ours = logging.getLogger("sentence_transformers")
    levels = ours.level, theirs.get_verbosity()
    theirs.disable_progress_bar()  # type: ignore[no-untyped-call]
    ours.setLevel(logging.ERROR)
    theirs.set_verbosity_error()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        ours.setLevel(levels[0])
        theirs.set_verbosity(levels[1])


def _is_without_head(model: Any) -> bool:
    """An embedding model loads too, with a classifier of random numbers: sentence-transformers only warns."""
    kinds = getattr(model.config, "architectures", None) or ()
    return len(list(model.children())) == 1 and bool(kinds) and not any(kind.endswith("ForSequenceClassification") for kind in kinds)


def _brief(error: Exception) -> str:
    said = " ".join(str(error).split())
    return f"{type(error).__name__}: {said[:160]}{'…' * (len(said) > 160)}"
