"""The fits of a calibration: one on everything, and one for each fold that is held out. They take the better part of an hour.

Each is kept in the data directory as soon as it is made, so that what was stopped goes on, and several processes share them. They are
found again only by a program and data that are the same to the byte. Every process computes in one thread: what comes out depends
neither on how many there are nor on which of them made what.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import pickle
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from threadpoolctl import threadpool_limits

from eval.asking import Asked, Found, Ordered, ask_all
from eval.fit_weights import chosen, fit
from eval.scratch import scratch_settings
from eval.squad import SQUAD, load_squad
from eval.stories import FOLDER, stories
from rag.choose import Choices
from rag.embed import open_embedder
from rag.settings import Settings

FOLDS = 4  # of Wikipedia articles, and of stories
EVERYTHING = "everything"
NAMES = (EVERYTHING, *map(str, range(FOLDS)))
# What the fits are made by beside `rag`, in this package.
PARTS = ("asking", "fit_weights", "fitting", "kept_fits", "lines", "network", "pointing", "questions", "scratch", "squad", "stories")
Say = Callable[[str], None]
HeldOut = list[tuple[Ordered, Choices]]
ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Fits:
    """Weights of everything, and for every question to its own corpus the choice under weights that never saw its article or story."""

    weights: dict[str, Any]
    held_out: HeldOut


@dataclass(frozen=True)
class Development:
    """What to fit from: the folder with SQuAD, and the one with the stories."""

    data: Path
    stories: Path = FOLDER


def make(development: Development, settings: Settings, say: Say, processes: int = 2) -> Fits:
    """All fits; those that are missing in so many processes at once, the others of which write what they do to stderr.

    Raises:
        UnusableInput: the data are not there.
    """
    load_squad(development.data / SQUAD)
    folder = settings.data_dir / "calibration" / _digest(development, settings)
    folder.mkdir(parents=True, exist_ok=True)
    missing = [name for name in NAMES if not (folder / name).is_file()]
    if missing:
        say(f"To fit: {', '.join(missing)}. What is made is kept in {folder}; start again to go on.")
    context = multiprocessing.get_context("spawn")  # a fork would share the threads of what has been imported
    helpers = [context.Process(target=_help, args=(development, settings, folder), daemon=True) for _ in missing[1:processes]]
    for helper in helpers:
        helper.start()
    _work(development, settings, folder, say)
    for other in folder.parent.iterdir():
        if other != folder:
            shutil.rmtree(other)  # of another program or other data: hundreds of megabytes that nobody finds again
    everything, *folds = (pickle.loads((folder / name).read_bytes()) for name in NAMES)
    return Fits(everything, [pair for fold in folds for pair in fold])


def _help(development: Development, settings: Settings, folder: Path) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # the first process says what an interrupt means
    _work(development, settings, folder, partial(print, file=sys.stderr, flush=True))


def _work(development: Development, settings: Settings, folder: Path, say: Say) -> None:
    """First what nobody else is making; then wait for what is being made, and make it where its process has died."""
    ask = cache(lambda: _ask(development, settings, say))
    for seconds in (0, -1):
        for name in NAMES:
            try:
                with FileLock(folder / f"{name}.lock", timeout=seconds):
                    if not (folder / name).is_file():
                        _make(ask(), folder / name, say)
            except Timeout:
                continue


def _ask(development: Development, settings: Settings, say: Say) -> list[Found]:
    squad, told = load_squad(development.data / SQUAD), list(stories(development.stories))
    say(f"Asking {len(squad.questions) + sum(len(story.questions) for story in told):,} questions …")
    with tempfile.TemporaryDirectory() as scratch:
        return ask_all(squad, told, scratch_settings(settings, Path(scratch)), Path(scratch) / "corpora")


def _make(asked: Sequence[Found], file: Path, say: Say) -> None:
    say(f"Fitting {file.name} …")
    started = time.monotonic()
    with threadpool_limits(limits=1):
        made = fit(asked) if file.name == EVERYTHING else _hold_out(asked, folds(asked)[int(file.name)])
    partial = file.with_suffix(".partial")
    partial.write_bytes(pickle.dumps(made))
    partial.rename(file)
    say(f"Fitted {file.name} in {(time.monotonic() - started) / 60:.0f} minutes.")


def _hold_out(asked: Sequence[Found], groups: frozenset[str]) -> HeldOut:
    weights = fit([a for a in asked if not groups & a.groups])
    theirs = [a for a in asked if groups & a.groups and not a.far]
    return list(chosen(theirs, weights))


def folds(asked: Sequence[Asked]) -> list[frozenset[str]]:
    """The Wikipedia articles and stories that are held out together."""
    by_source = [sorted(set().union(*(a.groups for a in asked if a.source == source))) for source in ("squad", "stories")]
    return [frozenset(group for groups in by_source for group in groups[fold::FOLDS]) for fold in range(FOLDS)]


def _digest(development: Development, settings: Settings) -> str:
    """Of all that the fits depend on."""
    found = hashlib.sha256(open_embedder(settings).fingerprint.encode())
    files = [*sorted((ROOT / "rag").rglob("*.py")), *(ROOT / "eval" / f"{part}.py" for part in PARTS)]
    files += sorted(path for path in development.stories.rglob("*") if path.is_file())
    for path in [*files, development.data / SQUAD]:
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()[:16]
