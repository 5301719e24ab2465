"""The page: Gradio's Blocks around an Assistant that may still be opening.

Everything that comes from articles, models and users goes to the browser as JSON and is drawn there by our own
scripts into text nodes. Gradio's Markdown and its templates are not used for it: the one fetches images, the
other evaluates `${…}`.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import gradio as gr
from gradio.events import api

from rag.errors import FootnoteError
from ui import render
from ui.chat import Chat, converse
from ui.opening import Opening

AT_ONCE = 10  # questions being answered at the same time; more wait their turn
Update = dict[Any, Any]
SYSTEM_FONTS = tuple(gr.themes.Font(name) for name in ("system-ui", "Segoe UI", "Roboto", "sans-serif"))
MONO_FONTS = tuple(gr.themes.Font(name) for name in ("ui-monospace", "Menlo", "monospace"))


def asset(name: str) -> str:
    return files("ui").joinpath(name).read_text(encoding="utf-8")


def panel(name: str, **arguments: Any) -> gr.HTML:
    """A part of the page that `NAME.js` draws from its value, starting from `NAME.html`."""
    script = asset("dom.js") + asset(f"{name}.js")
    shell = asset(f"{name}.html")
    return gr.HTML(html_template=shell, js_on_load=script, apply_default_css=False, elem_id=name, **arguments)


def build(opening: Opening) -> gr.Blocks:
    """The whole page and its one public endpoint, `/ask`."""
    page = gr.Blocks(title="Footnote", analytics_enabled=False, fill_width=True)
    with page:
        chat = gr.State(Chat())
        status = panel("status", value={"state": "opening", "line": "Getting ready …", "why": ""})
        transcript = panel("transcript", value={"turns": [], "examples": []})
        with gr.Row(elem_id="composer"):
            box = gr.Textbox(
                label="Your question",
                placeholder="Ask the articles",
                show_label=False,
                container=False,
                max_lines=8,
                autofocus=True,
                scale=1,
                elem_id="question",
            )
            send = gr.Button("Send", variant="primary", scale=0, min_width=84, elem_id="send")
            stop = gr.Button("Stop", scale=0, min_width=84, visible=False, elem_id="stop")
        panel("article", value={}, server_functions=[_article_function(opening)])

        def on_ask(question: str, mine: Chat, event: gr.EventData) -> Iterator[Update]:
            wanted = _wanted(question, mine, event)
            if not wanted.strip():
                yield {box: ""}
                return
            yield {box: "", send: gr.update(visible=False), stop: gr.update(visible=True)}
            for _ in converse(opening, mine, wanted):
                yield {transcript: mine.view(opening)}
            yield {transcript: mine.view(opening), send: gr.update(visible=True), stop: gr.update(visible=False)}

        def on_load(mine: Chat) -> Iterator[Update]:
            for step in opening.progress():
                yield {status: {"state": "opening", "line": f"Getting ready: {step.message}", "why": ""}}
            yield {status: status_of(opening), transcript: mine.view(opening)}

        def on_clear(mine: Chat) -> Any:
            mine.clear()
            return mine.view(opening)

        private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        asked = gr.on(
            [box.submit, send.click, transcript.example_select, transcript.retry],
            on_ask,
            [box, chat],
            [transcript, box, send, stop],
            concurrency_limit=AT_ONCE,
            concurrency_id="ask",
            **private,
        )
        # Ollama may have come or gone since; whoever asks next should know who will write.
        asked.then(lambda: status_of(opening), None, status, concurrency_limit=None, **private)
        stop.click(Chat.stop, chat, queue=False, **private)
        status.clear(on_clear, chat, transcript, queue=False, **private)
        page.load(on_load, chat, [status, transcript], concurrency_limit=None, **private)
        api(_ask_function(opening), api_name="ask", concurrency_limit=AT_ONCE, concurrency_id="ask")
    return page


def launch(page: gr.Blocks, host: str, port: int) -> None:
    """Serve the page and return; nothing that it loads comes from elsewhere."""
    page.queue(api_open=False).launch(
        server_name=host,
        server_port=port,
        theme=gr.themes.Default(primary_hue="slate", neutral_hue="zinc", font=SYSTEM_FONTS, font_mono=MONO_FONTS),
        head=f"<style>{''.join(asset(f'{name}.css') for name in ('page', 'transcript', 'article'))}</style>",
        footer_links=[],
        run_history=False,
        show_error=False,
        quiet=True,
        prevent_thread_lock=True,
        share=False,
        inbrowser=False,
        ssr_mode=False,
        mcp_server=False,
        pwa=False,
        max_file_size="1kb",  # nothing here takes a file
    )


def status_of(opening: Opening) -> dict[str, str]:
    try:
        status = opening.assistant().status()
    except FootnoteError as error:
        return {"state": "failed", "line": "Not ready", "why": str(error)}
    return render.status_view(status.articles, status.passages, status.writer, status.model, status.why)


def _wanted(question: str, chat: Chat, event: gr.EventData) -> str:
    """The question that an event asks: from the box, an example, or the last one again."""
    data = event._data if isinstance(event._data, dict) else {}
    if data.get("again"):
        return chat.take_back()
    example = data.get("question")
    return example if isinstance(example, str) else question


def _article_function(opening: Opening) -> Any:
    def article(place: Any) -> dict[str, Any]:  # Gradio hands over what the page sent, as one value
        match place:
            case {"article_id": str(article_id), "start": int(start), "end": int(end)}:
                found = opening.find(article_id)
            case _:
                return {"error": "No such place in the articles."}
        if found is None:
            return {"error": f"Article {article_id} is not in the corpus any more."}
        return render.article_view(found, start, end)

    return article


def _ask_function(opening: Opening) -> Any:
    def ask(question: str, history: list[str] = []) -> dict[str, Any]:  # noqa: B006  (the default that callers see)
        """Answer a question from the articles; `history` is the list of earlier questions.

        Returns the object that `footnote ask --json` prints.
        """
        from rag.wire import answer_json

        if not (isinstance(question, str) and isinstance(history, list) and all(isinstance(q, str) for q in history)):
            raise gr.Error("question is a text and history a list of texts.", print_exception=False)
        try:
            return answer_json(opening.assistant().ask(question, tuple(history)), None)
        except FootnoteError as error:
            raise gr.Error(str(error), print_exception=False) from error

    return ask
