"""A stream of words from a model → finished sentences with the article ids they name.

Models think aloud, write Markdown although told not to, and put markers before or after the full stop, on the next line
or in front of the sentence. All of that is settled here; whether a sentence is true is for the verifier.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rag.prompts import NO_ANSWER, unquoted
from rag.writers import DraftSentence

LONGEST = 600  # characters; an opening quotation mark that is never closed must not hold a sentence back for ever

_THOUGHT = re.compile(r"<think(?:ing)?>.*?</think(?:ing)?>", re.S | re.I)
_STRAY_CLOSE = re.compile(r"</think(?:ing)?>", re.I)  # some templates open the thought inside the prompt
_OPEN_THOUGHT = re.compile(r"<think(?:ing)?>", re.I)
_UNSURE = re.compile(r"<think(?:ing)?>|<(?:[A-Za-z/|!][^<>\n]{0,200})?\Z", re.I)  # not known yet what it will be
_TAG = re.compile(r"</?[A-Za-z|!][^<>\n]{0,200}>")
_BULLET = re.compile(r"^\s*(?:(?:[-*•+–>]|#{1,6}|\d{1,2}[.)])\s+)+")
_EMPHASIS = re.compile(r"\*+|`+|__+")
_LABEL = re.compile(r"^(?:final )?answer\s*:\s*", re.I)
_LEAD_IN = re.compile(r"^(?:according to|as reported (?:in|by)|in)(?: the)?(?: (?:article|passage|source)s?)?\s*,\s+", re.I)
_BRACKETED = re.compile(r"\[([^\[\]\n]{0,200})\]|\(([^()\[\]\n]{1,200})\)")
_ID_LABEL = re.compile(r"\b(?:articles?|passages?|sources?|ids?)\b", re.I)
_OPEN_BRACKET = re.compile(r"[\[(][^\])]*\Z")
_NEXT_WORD = re.compile(r"\s*\S+\s")
_ODD_BRACKETS = {"[[": "[", "]]": "]", "【": "[", "】": "]"}


class SentenceReader:
    """Feed it what the model writes; it gives back each sentence once nothing can be added to it any more.

    `pending` is the unfinished sentence, without markers, to be shown as a draft.
    """

    def __init__(self, known: Iterable[str]) -> None:
        self._known = {article_id.casefold(): article_id for article_id in known}
        longest_first = "|".join(map(re.escape, sorted(self._known.values(), key=len, reverse=True)))
        self._id = re.compile(rf"(?<!\w)(?:{longest_first or '(?!)'})(?!\w)", re.I)
        self.thought = False  # whether it thought aloud
        self._raw = ""  # may still turn out to be a thought or a tag
        self._text = ""  # visible, not yet given out

    @property
    def pending(self) -> str:
        return self._sentence(_OPEN_BRACKET.sub("", self._text)).text

    def feed(self, words: str) -> list[DraftSentence]:
        self._see(words)
        held, lines = self._hold_last_line()
        found = [sentence for line in lines for sentence in self._sentences(line)]
        if held is None:
            finished, self._text = self._finished(self._text)
            return found + finished
        self._text = held
        return found

    def finish(self) -> list[DraftSentence]:
        """What is left, taken for complete."""
        if not _OPEN_THOUGHT.match(self._raw):
            self._text += self._raw
        self._raw = ""
        lines = self._joined(self._text + "\n").split("\n")
        self._text = ""
        return [sentence for line in lines for sentence in self._sentences(line)]

    def _see(self, words: str) -> None:
        """Move what is certainly visible from the raw words to the text."""
        self._raw += words
        self.thought = self.thought or _OPEN_THOUGHT.search(self._raw) is not None
        self._raw = _THOUGHT.sub("", self._raw)
        if _STRAY_CLOSE.search(self._raw):
            self._text, self._raw = "", _STRAY_CLOSE.split(self._raw)[-1]
        unsure = _UNSURE.search(self._raw)
        sure = unsure.start() if unsure else len(self._raw)
        self._text += _TAG.sub("", self._raw[:sure])
        self._raw = self._raw[sure:]
        for odd, plain in _ODD_BRACKETS.items():
            self._text = self._text.replace(odd, plain)

    def _hold_last_line(self) -> tuple[str | None, list[str]]:
        """Complete lines to read, and what to keep while the line just ended may still get its marker."""
        self._text = self._joined(self._text)
        *lines, last = self._text.split("\n")
        while lines and not lines[-1].strip():
            lines.pop()
        if not lines:
            return None, []
        if last.lstrip()[:1] in ("", "[", "("):
            return f"{lines[-1]}\n{last}", lines[:-1]
        self._text = last
        return None, lines

    def _joined(self, text: str) -> str:
        """A line of nothing but markers belongs to the line before it."""
        *lines, last = text.split("\n")
        joined: list[str] = []
        for line in lines:
            blank, cited = self._without_markers(line)
            if cited is not None and not blank.strip(" .,;") and joined:
                joined[-1] += f" {line.strip()}"
            elif line.strip():
                joined.append(line)
        return "\n".join([*joined, last])

    def _finished(self, line: str) -> tuple[list[DraftSentence], str]:
        """The sentences of an unfinished line that are complete, and the rest of the line."""
        spans = self._spans(line)
        done = 0
        for start, end in spans[:-1]:
            rest = line[end:]
            if not _NEXT_WORD.match(rest) or _OPEN_BRACKET.match(rest.lstrip()) or _in_quotation(line[start:end]):
                break
            done += 1
        found = [self._sentence(line[start:end]) for start, end in spans[:done]]
        return [each for each in found if each.text], line[spans[done][0] :] if done else line

    def _sentences(self, line: str) -> list[DraftSentence]:
        found = [self._sentence(line[start:end]) for start, end in self._spans(line)]
        return [each for each in found if each.text]

    def _spans(self, line: str) -> list[tuple[int, int]]:
        """Offsets of the sentences of a line, each with the markers after it; before it, if the line opens with one."""
        import sentencex

        if not line.strip():
            return []
        plain = self._blanked(line)
        spans = [(each["start_index"], each["end_index"]) for each in sentencex.get_sentence_boundaries("en", plain)]
        spans = [span for span in spans if plain[slice(*span)].strip()] or [(0, len(line))]
        ends = [start for start, _ in spans[1:]] + [len(line)]
        if self._opens_with_marker(line):
            ends = [start + len(plain[start:end].rstrip()) for start, end in spans[:-1]] + [len(line)]
        return list(zip([0, *ends[:-1]], ends, strict=True))

    def _blanked(self, line: str) -> str:
        """The line with markers and Markdown as blanks: same length, nothing to mislead the splitter."""
        blank = _BRACKETED.sub(lambda m: m[0] if self._cited(m) is None else " " * len(m[0]), line)
        return _EMPHASIS.sub(_blanks, _BULLET.sub(_blanks, blank))

    def _opens_with_marker(self, line: str) -> bool:
        opening = _BRACKETED.match(_BULLET.sub("", line).lstrip())
        return bool(opening and self._cited(opening) is not None)

    def _sentence(self, words: str) -> DraftSentence:
        words, cited = self._without_markers(_BULLET.sub("", words))
        text = re.sub(r"\s+([.,;:!?])", r"\1", " ".join(_EMPHASIS.sub("", words).split()))
        text = re.sub(r"^[.,;:!?\s]+", "", _LABEL.sub("", text))
        text, led_in = _LEAD_IN.subn("", text) if cited is not None else (text, 0)
        text = unquoted(text[:1].upper() + text[1:] if led_in else text)
        return DraftSentence(text if any(map(str.isalnum, text)) else "", tuple(dict.fromkeys(cited or ())))

    def _without_markers(self, words: str) -> tuple[str, list[str] | None]:
        """The words without markers, and the known ids in them; None when there is no marker at all."""
        cited: list[str] | None = None
        kept, at = "", 0
        for match in _BRACKETED.finditer(words):
            ids = self._cited(match)
            if ids is not None:
                cited = (cited or []) + ids
                kept, at = f"{kept}{words[at : match.start()]} ", match.end()
        return kept + words[at:], cited

    def _cited(self, match: re.Match[str]) -> list[str] | None:
        """The known ids in a bracket; None when the bracket is an ordinary one, such as (2016) or [sic]."""
        square = match[1] is not None
        inner = match[1] if square else match[2]
        found = [each.casefold() for each in self._id.findall(inner)]
        ids = [self._known[each] for each in found if each in self._known]
        others = re.findall(r"(?!and\b)\b\w+", _ID_LABEL.sub("", self._id.sub("", inner)))
        numbers = all(other.isdecimal() for other in others)
        if square:
            return ids if ids or numbers else None
        return ids if (ids and not others) or (_ID_LABEL.search(inner) and others and numbers) else None


def declines(sentence: DraftSentence) -> bool:
    """Whether the model says, in the agreed words, that the passages do not answer."""
    return bool(re.match(rf"\W*{NO_ANSWER}\b", sentence.text) or re.fullmatch(rf"\W*{NO_ANSWER}\W*", sentence.text, re.I))


def _in_quotation(words: str) -> bool:
    unbalanced = words.count('"') % 2 == 1 or words.count("“") > words.count("”")
    return unbalanced and len(words) < LONGEST


def _blanks(match: re.Match[str]) -> str:
    return " " * len(match[0])
