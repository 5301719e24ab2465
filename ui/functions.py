"""What the page's scripts call, outside the queue: each function takes one value that the page sent, which may be anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from rag.errors import FootnoteError, UnusableInput
from ui.feedback import Feedback
from ui.library import Library
from ui.models import Models
from ui.opening import Opening
from ui.reading import MOST_USED, Quoted, quoted_view


def model_functions(models: Models) -> list[Any]:
    """What the model panel calls; trouble is an answer, not a failure."""

    def said(act: Callable[[str], None]) -> Any:
        def answer(named: Any) -> dict[str, Any]:
            try:
                act(named["name"] if isinstance(named, dict) and isinstance(named.get("name"), str) else "")
            except FootnoteError as error:
                return {"error": str(error)}
            return {}

        answer.__name__ = act.__name__
        return answer

    def view(_: Any) -> dict[str, Any]:
        return models.view()

    view.__name__ = "models"
    return [view, said(models.fetch), said(models.remove), said(models.cancel)]


def library_functions(library: Library) -> list[Any]:
    """What the library calls; trouble is an answer, not a failure."""

    def answering(act: Callable[[Any], dict[str, Any]]) -> Any:
        def answer(said: Any) -> dict[str, Any]:
            try:
                return act(said)
            except FootnoteError as error:
                return {"error": str(error)}

        answer.__name__ = act.__name__
        return answer

    def view(_: Any) -> dict[str, Any]:
        return library.view()

    def step(_: Any) -> dict[str, Any]:
        return {"step": library.step}

    def refresh(_: Any) -> dict[str, Any]:
        return {"said": library.refresh()}

    def add(said: Any) -> dict[str, Any]:
        match said:
            case {"upload": str(upload), "name": str(name), "piece": str(piece), "last": bool(last)}:
                return library.add(upload, name, piece, last)
            case _:
                raise UnusableInput("That is no piece of a file.")

    def remove(article_id: Any) -> dict[str, Any]:
        return {"said": library.remove(str(article_id))}

    return [answering(act) for act in (view, step, refresh, add, remove)]


def article_function(opening: Opening) -> Any:
    def article(place: Any) -> dict[str, Any]:  # Gradio hands over what the page sent, as one value
        match place:
            case {"article_id": str(article_id), "used": [*used]}:
                quoted = Quoted.read(place)
            case _:
                quoted = None
        if quoted is None:
            return {"error": "No such place in the articles."}
        opening.wait()  # a link may open the page at an article
        found = opening.find(article_id)
        if found is None:
            return {"error": f"Article {article_id} is not in the corpus any more."}
        return quoted_view(found, quoted, filter(None, map(Quoted.read, used[:MOST_USED])))

    return article


def feedback_function(judged: Feedback, opening: Opening) -> Any:
    def feedback(said: Any) -> dict[str, Any]:
        try:
            return {} if judged.keep(said, opening.find) else {"error": "That is no verdict on an answer."}
        except OSError as error:
            return {"error": f"It could not be kept: {error.strerror}."}

    return feedback


def revision_function(opening: Opening) -> Any:
    def revision(_: Any) -> dict[str, str]:
        """By which an open page sees that the corpus has changed; none while it is being opened."""
        return {"revision": opening.revision}

    return revision


def questions_function(judged: Feedback) -> Any:
    def questions(_: Any) -> dict[str, Any]:
        return asdict(judged.export())

    return questions
