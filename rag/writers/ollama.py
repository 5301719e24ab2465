"""The writer that asks a model on an Ollama server, through LlamaIndex.

The order of one answer, read downwards: is the server ready → which evidence fits → load the model if it is not in
memory → stream the draft → can what was written be trusted at all. Whether it is true is for the verifier.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from rag.errors import ModelUnavailable
from rag.prompts import STOP, FindArticle, Prompt, compose
from rag.settings import Settings
from rag.types import Evidence, Progress, WriterName
from rag.writers import DraftPiece
from rag.writers.background import Beat, follow
from rag.writers.drafting import Drafting
from rag.writers.failures import broke_off, translated
from rag.writers.server import Connection, Readiness, address, is_loaded, keep_alive, probe

if TYPE_CHECKING:
    from llama_index.core.llms import ChatResponse
    from llama_index.llms.ollama import Ollama

__all__ = ["OllamaWriter", "Readiness", "probe"]


class OllamaWriter:
    """A `Writer`. `find_article` gives the outlet and date of a passage; without it the model sees only the id."""

    name: WriterName = "ollama"

    def __init__(self, settings: Settings, find_article: FindArticle | None = None) -> None:
        self._settings = settings
        self._find_article = find_article or (lambda article_id: None)

    @property
    def model(self) -> str:
        return self._settings.ollama_model

    def write(self, query: str, evidence: Sequence[Evidence]) -> Iterator[DraftPiece]:
        """Write a draft. Closing the iterator hangs up, which stops the model.

        Raises:
            ModelUnavailable: the server or the model cannot go on, or the model did not see the whole prompt.
        """
        readiness = probe(self._settings)
        if not readiness.ready:
            raise ModelUnavailable(readiness.reason)
        if not evidence:
            return
        num_predict = min(self._settings.ollama_num_predict, readiness.window // 4)
        prompt = compose(query, evidence, self._find_article, readiness.window - num_predict)
        yield from self._left_out(len(evidence), prompt, readiness.window)
        yield from self._load(readiness.window)
        yield from self._draft(prompt, readiness.window, num_predict)

    def _left_out(self, offered: int, prompt: Prompt, window: int) -> Iterator[Progress]:
        if not prompt.evidence:
            raise ModelUnavailable(f"Not one passage fits the window of {window} tokens: ask more briefly, or raise OLLAMA_NUM_CTX.")
        if len(prompt.evidence) < offered:
            yield Progress(
                f"{len(prompt.evidence)} of {offered} passages fit the window of {window} tokens: raise OLLAMA_NUM_CTX for more.",
                lasts=True,
            )

    def _load(self, window: int) -> Iterator[Progress]:
        """Bring the model into memory, saying so: a cold load takes minutes and must neither look like a hang nor be
        cut short, because hanging up aborts the load and a repeated time-out would never get past it."""
        if is_loaded(self._host(), self.model, window):
            return
        yield Progress(f"loading the model {self.model} …")
        began = time.monotonic()
        with self._connected(silence_s=None) as connection:
            with closing(follow(lambda: self._preload(connection, window), connection.cut)) as beats:
                for _ in beats:
                    elapsed = time.monotonic() - began
                    yield Progress(f"loading the model {self.model} … {elapsed:.0f} s")
                    if elapsed > self._settings.ollama_timeout_s and not (alive := probe(self._settings)).ready:
                        raise ModelUnavailable(alive.reason)

    def _preload(self, connection: Connection, window: int) -> Iterable[None]:
        with self._translated():
            # Empty messages with keep_alive 0 mean: unload.
            stay = keep_alive(self._settings) or 60.0
            connection.client.chat(self.model, messages=[], options={"num_ctx": window}, keep_alive=stay)
        return ()

    def _draft(self, prompt: Prompt, window: int, num_predict: int) -> Iterator[DraftPiece]:
        drafting = Drafting((each.passage.article_id for each in prompt.evidence), num_predict)
        last: Mapping[str, Any] = {}
        with self._connected(self._settings.ollama_timeout_s) as connection:
            with closing(follow(lambda: self._chat(connection, prompt, window, num_predict), connection.cut)) as stream:
                for reply in stream:
                    if isinstance(reply, Beat):
                        yield Progress(f"the model is {drafting.doing} … {reply.silent_s:.0f} s")
                        continue
                    last = _raw(reply)
                    yield from drafting.take(reply.delta or "")
                    yield from drafting.think(reply.additional_kwargs.get("thinking_delta") or "")
                    if drafting.over:
                        break
        if not drafting.over:
            self._check_whole(last, window)
        yield from drafting.finish(cut_short=last.get("done_reason") == "length")
        if not drafting.kept and not drafting.declined:
            raise ModelUnavailable(self._nothing(drafting, last.get("done_reason") == "length"))

    def _chat(self, connection: Connection, prompt: Prompt, window: int, num_predict: int) -> Iterator[ChatResponse]:
        with self._translated():
            from llama_index.core.llms import ChatMessage

            asked = (("system", prompt.system), ("user", prompt.user))
            messages = [ChatMessage(role=role, content=content) for role, content in asked]
            yield from self._llm(connection, window, num_predict).stream_chat(messages)

    def _llm(self, connection: Connection, window: int, num_predict: int) -> Ollama:
        """`context_window` is always given, or the client asks for the whole trained window, which can take all memory;
        `thinking` is always given, or capable models think. A repeat penalty would punish the third [000] and the
        digits of names and dates, so loops are noticed here instead (see `Drafting`)."""
        from llama_index.llms.ollama import Ollama

        return Ollama(
            model=self.model,
            base_url=self._host(),
            client=connection.client,
            context_window=window,
            temperature=0.0,
            thinking=False,
            keep_alive=keep_alive(self._settings),
            additional_kwargs={"num_predict": num_predict, "seed": 0, "repeat_penalty": 1.0, "stop": list(STOP)},
        )

    def _check_whole(self, last: Mapping[str, Any], window: int) -> None:
        """A server that cuts the prompt says nothing; only the count, which comes last, gives it away."""
        if not last.get("done"):
            raise ModelUnavailable(broke_off(self._host()))
        read = last.get("prompt_eval_count") or 0
        if read >= window or read + (last.get("eval_count") or 0) > window:
            raise ModelUnavailable(
                f"The prompt was larger than the model's window of {window} tokens, so the draft cannot be trusted: raise OLLAMA_NUM_CTX."
            )

    def _nothing(self, drafting: Drafting, cut_short: bool) -> str:
        if drafting.thought:
            return f"{self.model} only thought and wrote no answer: choose an OLLAMA_MODEL that does not think."
        if drafting.over:
            return f"{self.model} only repeated itself and was stopped: choose a larger OLLAMA_MODEL."
        if cut_short:
            return f"{self.model} finished no sentence within its token limit: raise OLLAMA_NUM_PREDICT."
        return f"{self.model} answered with nothing: ask again, or choose another OLLAMA_MODEL."

    def _host(self) -> str:
        return address(self._settings.ollama_host)

    @contextmanager
    def _connected(self, silence_s: float | None) -> Iterator[Connection]:
        with self._translated():
            connection = Connection(self._host(), silence_s)
        try:
            yield connection
        finally:
            connection.close()

    def _translated(self) -> Any:
        return translated(self._host(), self.model)


def _raw(reply: ChatResponse) -> Mapping[str, Any]:
    return reply.raw if isinstance(reply.raw, Mapping) else {}
