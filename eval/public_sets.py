"""The public sets by name: what each reads, and whether what it needs is there, before any of them is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from eval import engines, public, unseen
from eval.lines import check_there
from eval.llama import check_installed
from eval.squad import SQUAD
from eval.support import ATTRIBUTION, WICE
from rag.errors import UnusableInput
from rag.settings import Settings

Say = Callable[[str], None]
Run = Callable[[Settings], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class PublicSet:
    """`beside`: LlamaIndex is measured in the same run."""

    files: tuple[str, ...]
    run: Callable[..., dict[str, Any]]
    beside: bool = True


SETS: Mapping[str, PublicSet] = {
    "squad": PublicSet((SQUAD,), public.squad),
    "attribution": PublicSet((ATTRIBUTION, WICE), public.attribution, beside=False),
    "xquad": PublicSet((unseen.XQUAD, SQUAD), unseen.xquad),
    "clapnq": PublicSet(tuple(unseen.CLAPNQ.values()), unseen.clapnq),
    "citing": PublicSet(tuple(unseen.CLAPNQ.values()), engines.citing),
}


def wanted(data: Path, only: str, say: Say, verifiers: Sequence[str], sample: int) -> dict[str, Run]:
    """The one that is named, or all whose files are in the folder; it is said which are not.

    Raises:
        UnusableInput: no such set, no file of it, or LlamaIndex's retrievers are not installed.
    """
    if only and only not in SETS:
        raise UnusableInput(f"There is no public set {only!r}. There are: {', '.join(SETS)}.")
    found = {}
    for name, public_set in {only: SETS[only]}.items() if only else SETS.items():
        missing = [file for file in public_set.files if not (data / file).is_file()]
        if not missing:
            found[name] = public_set
        elif only:
            check_there(data / missing[0])
        else:
            say(f"{name}: there is no {missing[0]} in {str(data)!r}; left out.")
    if not found:
        raise UnusableInput(f"There is none of the public sets in {str(data)!r}. docs/evaluation.md says which files are read.")
    if any(public_set.beside for public_set in found.values()):
        check_installed()
    more: dict[str, dict[str, Any]] = {"attribution": {"verifiers": verifiers}, "citing": {"sample": sample}}
    return {name: partial(_run, data, public_set.run, say, more.get(name, {})) for name, public_set in found.items()}


def _run(data: Path, run: Callable[..., dict[str, Any]], say: Say, more: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    return run(data, settings, say, **more)
