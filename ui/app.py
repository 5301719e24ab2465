"""The page: Gradio's Blocks around an Assistant that may still be opening.

Everything that comes from articles, models and users goes to the browser as JSON and is drawn there by our own
scripts into text nodes. Gradio's Markdown and its templates are not used for it: the one fetches images, the
other evaluates `${…}`. There is no `gr.State`: for it every tab would hold a connection for as long as it is open, and a
browser has six for a host.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import wraps
from importlib.resources import files
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.components.api_component import Api
from gradio.events import api
from starlette.middleware import Middleware

from rag.conversation import LONGEST_QUESTION
from rag.errors import FootnoteError
from rag.settings import Settings, load_settings
from ui import render
from ui.chat import Asked, Turns, converse, model_chosen, writer_chosen
from ui.endpoints import Endpoint, endpoints
from ui.feedback import Feedback
from ui.functions import article_function, feedback_function, library_functions, model_functions, questions_function, revision_function
from ui.guard import Guard
from ui.library import Library
from ui.models import Models
from ui.opening import Opening

AT_ONCE = 10  # questions being answered at the same time; more wait their turn
CHOSEN = "You chose the articles' own sentences, without a model."
STYLES = ("page", "drawer", "transcript", "composer", "article", "library")
Update = dict[Any, Any]
SYSTEM_FONTS = tuple(gr.themes.Font(name) for name in ("system-ui", "Segoe UI", "Roboto", "sans-serif"))
MONO_FONTS = tuple(gr.themes.Font(name) for name in ("ui-monospace", "Menlo", "monospace"))


def asset(name: str) -> str:
    return files("ui").joinpath(name).read_text(encoding="utf-8")


def panel(name: str, *scripts: str, **arguments: Any) -> gr.HTML:
    """A part of the page that starts from `NAME.html` and is drawn by the scripts, `NAME.js` last."""
    script = "\n".join(asset(f"{each}.js") for each in ("dom", "address", *scripts, name))
    shell = asset(f"{name}.html")
    return gr.HTML(html_template=shell, js_on_load=script, apply_default_css=False, elem_id=name, **arguments)


class Page(gr.Blocks):
    """Takes an endpoint's last arguments as left out where plain HTTP does not send them, as it takes them from Gradio's own client."""

    def validate_inputs(self, block_fn: Any, inputs: list[Any]) -> None:
        left_out = [component for component in block_fn.inputs[len(inputs) :] if isinstance(component, Api)]
        inputs.extend(component.value for component in left_out if component.value is not None)
        super().validate_inputs(block_fn, inputs)


def build(opening: Opening, corpus: str = "", settings: Settings | None = None, folder: Path | None = None) -> gr.Blocks:
    """The whole page. `corpus` tells apart what the browser keeps of chats with different folders; files are added to `folder`."""
    page = Page(title="Footnote", analytics_enabled=False, fill_width=True)
    settings = settings or load_settings()
    judged = Feedback(settings.data_dir / "feedback" / f"{corpus or 'corpus'}.jsonl")
    turns = Turns()
    with page:
        status = panel(
            *("status", "chats", "export", "menu"),
            value=getting_ready("Getting ready …"),
            corpus=corpus,
            server_functions=[questions_function(judged), revision_function(opening)],
        )
        transcript = panel(
            "transcript",
            *("chats", "parts", "tip", "verdicts"),
            value={"examples": []},
            corpus=corpus,
            server_functions=[feedback_function(judged, opening)],
        )
        panel("composer", value={}, longest=LONGEST_QUESTION)
        panel("article", value={}, server_functions=[article_function(opening)])
        panel("models", "chats", value={}, corpus=corpus, server_functions=model_functions(Models(settings)))

        panel("library", "timeline", value={}, server_functions=library_functions(Library(opening, folder, settings)))

        def on_ask(event: gr.EventData) -> Iterator[Update]:
            asked = Asked.read(event._data)
            if asked is None:
                return
            for turn in converse(opening, turns, asked):
                yield {transcript: {"token": asked.token, "turn": render.turn_view(turn, opening.find)}}

        def on_stop(event: gr.EventData) -> None:
            turns.stop(event._data.get("token") if isinstance(event._data, dict) else None)

        def on_status(event: gr.EventData) -> dict[str, Any]:
            return status_of(opening, model_chosen(event._data), writer_chosen(event._data))

        def on_load() -> Iterator[Update]:
            for step in opening.progress():
                yield {status: getting_ready(f"Getting ready: {step.message}")}
            ready = status_of(opening)  # waits for it
            yield {status: ready, transcript: {"examples": opening.examples()}}

        private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        transcript.submit(
            on_ask,
            None,
            transcript,
            concurrency_limit=AT_ONCE,
            concurrency_id="ask",
            trigger_mode="multiple",  # else a question right after a stop is lost
            **private,
        )
        # Ollama may have come or gone since the page asked last; the choice that is told last counts.
        status.submit(on_status, None, status, concurrency_limit=None, trigger_mode="always_last", **private)
        transcript.stop(on_stop, None, None, queue=False, trigger_mode="multiple", **private)
        page.load(on_load, None, [status, transcript], concurrency_limit=None, **private)
        for endpoint in endpoints(opening):
            looked_up = endpoint.__name__ in ("articles", "article")  # at once, however many are asking
            limits: dict[str, Any] = {} if looked_up else {"concurrency_id": "ask"}
            api(_published(endpoint), api_name=endpoint.__name__, concurrency_limit=None if looked_up else AT_ONCE, **limits)
    return page


def launch(page: gr.Blocks, host: str, port: int, login: tuple[str, str] | None = None, tools: tuple[Endpoint, ...] = ()) -> None:
    """Serve the page and return; nothing that it loads comes from elsewhere. `tools` are offered by MCP as well."""
    middleware = [Middleware(Guard, host=host)]
    if tools:
        from ui.mcp import Mcp

        middleware.append(Middleware(Mcp, endpoints=tools, login=login))
    page.queue(api_open=False).launch(
        server_name=host,
        server_port=port,
        theme=gr.themes.Default(primary_hue="slate", neutral_hue="zinc", font=SYSTEM_FONTS, font_mono=MONO_FONTS),
        head=f"<style>{''.join(asset(f'{name}.css') for name in STYLES)}</style>",
        footer_links=[],
        run_history=False,
        show_error=False,
        enable_monitoring=False,
        quiet=True,
        prevent_thread_lock=True,
        share=False,
        inbrowser=False,
        ssr_mode=False,
        mcp_server=False,
        pwa=False,
        max_file_size="1kb",  # nothing here takes a file
        auth=login,
        app_kwargs={"middleware": middleware},
    )


def getting_ready(line: str) -> dict[str, Any]:
    return {"state": "opening", "line": line, "why": "", "revision": "", "outlets": [], "undated": 0}


def status_of(opening: Opening, model: str | None = None, writer: str | None = None) -> dict[str, Any]:
    """The status line, for a reader who chose this model or writer, and what is in the corpus as of a revision of it."""
    try:
        assistant = opening.assistant()
        undated = assistant.left_out(since="0001")  # by any date
        corpus = {"revision": assistant.revision, "outlets": list(assistant.outlets()), "undated": undated}
        status = assistant.status(model, writer)
    except FootnoteError as error:
        return {"state": "failed", "line": "Not ready", "why": str(error), "revision": "", "outlets": [], "undated": 0}
    why = CHOSEN if writer else status.why
    return render.status_view(status.articles, status.passages, status.writer, status.model, why) | corpus


def _published(endpoint: Endpoint) -> Endpoint:
    """An endpoint whose errors reach the caller as the one clear sentence that they are."""

    @wraps(endpoint)
    def answer(*arguments: Any) -> Any:
        try:
            return endpoint(*arguments)
        except FootnoteError as error:
            raise gr.Error(str(error), print_exception=False) from error

    return answer
