"""The local model as judge: asked whether the quotation says what the statement says. It can only withhold more.

A model of a few billion parameters errs both ways, so its yes changes nothing, and a reply that is neither yes nor no, or none at
all, leaves the built-in verdict as it is, with a notice.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.errors import ModelUnavailable
from rag.prompts import JUDGE_RULES, TEMPLATE_TOKENS, estimate_tokens, judging
from rag.quotations import Embeds, Source
from rag.settings import Settings
from rag.types import Support
from rag.verifier import examine
from rag.writers.failures import translated
from rag.writers.server import Connection, address, keep_alive, probe

NOT_SAID = "the model finds that the quotation does not say this"
STANDS = "Sentences that it could not judge were judged by the built-in verifier alone."
WORDS = 8  # tokens; the verdict is the first
_VERDICT = re.compile(r"\W*(yes|no)\b", re.I)


@dataclass(frozen=True, slots=True)
class OllamaJudge:
    """A `Judge`."""

    settings: Settings
    embedder: Embeds

    def judge(self, statement: str, sources: Sequence[Source], spread: bool = False) -> Support:
        examined = examine(statement, sources, self.embedder, spread)
        found = examined.support
        if not found.supported or not examined.near:
            return found
        source = sources[found.source]
        quotation = examined.together() if examined.several else source.text[found.start : found.end]
        try:
            said = self._ask(judging(statement, quotation, source.known))
        except ModelUnavailable as error:
            return replace(found, notice=f"{error} {STANDS}")
        return found if said else replace(found, supported=False, reason=NOT_SAID)

    def about(self) -> str:
        ready = probe(self.settings)
        if not ready.ready:
            raise ModelUnavailable(ready.reason)
        return f"ollama ({ready.model}), after builtin: {ready.reason}"

    def _ask(self, prompt: str) -> bool:
        """The model's yes or no.

        Raises:
            ModelUnavailable: the server cannot answer, or the reply is no verdict.
        """
        ready = probe(self.settings)
        if not ready.ready:
            raise ModelUnavailable(ready.reason)
        if estimate_tokens(JUDGE_RULES + prompt) + TEMPLATE_TOKENS + WORDS > ready.window:  # the server would cut it and say nothing
            raise ModelUnavailable(f"A quotation does not fit the window of {ready.window} tokens: raise OLLAMA_NUM_CTX.")
        reply = self._reply(prompt, ready.window)
        verdict = _VERDICT.match(reply)
        if not verdict:
            raise ModelUnavailable(f"{ready.model} gives no verdict, yes or no: choose another OLLAMA_MODEL, or VERIFIER=builtin.")
        return verdict[1].lower() == "yes"

    def _reply(self, prompt: str, window: int) -> str:
        host, model = address(self.settings.ollama_host), self.settings.ollama_model
        with translated(host, model):
            connection = Connection(host, self.settings.ollama_timeout_s)
            try:
                reply = connection.client.chat(
                    model,
                    messages=[{"role": "system", "content": JUDGE_RULES}, {"role": "user", "content": prompt}],
                    options={"num_ctx": window, "num_predict": WORDS, "temperature": 0.0, "seed": 0},  # a writer's window: no reload
                    think=False,
                    keep_alive=keep_alive(self.settings),
                )
            finally:
                connection.close()
        return reply.message.content or ""
