"""What the commands do. Data goes to stdout, everything else to stderr; heavy modules are imported when they are needed."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.batch import answer_each, filter_of, id_of, lines_of, question_of, text_of
from rag.command import progress, say
from rag.errors import FootnoteError, QuestionError, UnusableInput

if TYPE_CHECKING:
    from rag.assistant import Assistant, Only
    from rag.plan import IndexReport
    from rag.types import Answer


def index(folder: Path, as_json: bool, watch: bool) -> None:
    from rag.index import Index
    from rag.settings import load_settings

    opened = Index(folder, load_settings(), say)

    def update(again: bool = False) -> None:
        with progress() as tick:
            report = opened.update(tick)
        if again and not (report.added or report.changed or report.removed):
            return
        if as_json:
            _print_json(_report_json(report))
        else:
            _print_report(report)

    update()
    if watch:
        from rag.watch import changes

        say("Watching for changes; Ctrl-C ends it.")
        with suppress(KeyboardInterrupt):
            for _ in changes(opened.corpus):
                try:
                    update(again=True)
                except FootnoteError as error:  # an empty folder now may be none in a minute
                    say(f"Error: {error}")


def _report_json(report: IndexReport) -> dict[str, Any]:
    return {
        **{k: getattr(report, k) for k in ("added", "changed", "removed", "unchanged", "duplicates")},
        "failed": [asdict(p) for p in report.failed],
        "duplicate_files": [asdict(p) for p in report.duplicate_files],
        "articles": report.articles,
        "passages": report.passages,
        "seconds": report.seconds,
    }


def _print_report(report: IndexReport) -> None:
    counts = ", ".join(f"{getattr(report, k)} {k}" for k in ("added", "changed", "removed", "unchanged", "duplicates"))
    print(f"{counts}, {len(report.failed)} failed; {report.articles} articles, {report.passages} passages, {report.seconds:.1f} s")
    for problem in (*report.failed, *report.duplicate_files):
        print(f"  {problem.file}: {problem.reason}")
    sys.stdout.flush()


def ask(question: str | None, corpus: Path, writer: str | None, as_json: bool, batch: Path | None, only: Only) -> None:
    from rag.wire import answer_json

    if writer not in {None, "auto", "extractive", "ollama"}:
        raise UnusableInput(f"--writer {writer!r} is not known. It takes auto, extractive or ollama.")
    _check_filter(only)
    if batch is None:
        _check(question)
    lines = lines_of(batch) if batch else []
    assistant = _open(corpus)

    def one(line: dict[str, Any]) -> dict[str, Any]:
        return answer_json(_answer(assistant, *question_of(line), writer, filter_of(line, only)), id_of(line))

    if batch:
        answer_each(lines, one)
        return
    answer = _answer(assistant, question or "", [], writer, only)
    _say_left_out(assistant, only)
    if as_json:
        _print_json(answer_json(answer))
    else:
        _print_answer(answer)


def _answer(assistant: Assistant, question: str, history: list[str], writer: str | None, only: Only) -> Answer:
    """The answer; what is waited for is said meanwhile, and what is worth knowing afterwards is among its notices."""
    from rag.progress import messages
    from rag.types import Done, Draft, Progress

    with messages(say) as show:
        for event in assistant.stream(question, history, writer, **only):
            match event:
                case Progress(message, lasts=False):
                    show(message)
                case Draft(text) if text:
                    show("the model is writing …")
                case Done(answer):
                    return answer
    raise AssertionError("a stream ends with Done")


def retrieve(question: str | None, corpus: Path, top_k: int, as_json: bool, batch: Path | None, only: Only) -> None:
    from rag.wire import passages_json

    _check_filter(only)
    if batch is None:
        _check(question)
    lines = lines_of(batch) if batch else []
    assistant = _open(corpus)

    def one(line: dict[str, Any]) -> dict[str, Any]:
        asked, _ = question_of(line)
        return passages_json(asked, assistant.retrieve(asked, top_k, **filter_of(line, only)), id_of(line))

    if batch:
        answer_each(lines, one)
        return
    evidence = assistant.retrieve(question or "", top_k, **only)
    for notice in assistant.standing_in(evidence, **only):
        say(notice)
    _say_left_out(assistant, only)
    if as_json:
        _print_json(passages_json(question or "", evidence))
        return
    for e in evidence:
        print(f"{e.rank}. [{e.passage.article_id}] {e.passage.start}–{e.passage.end}  score {e.score:.2f}\n{e.passage.text}\n")


def verify(claim: str | None, sources: list[Path], batch: Path | None) -> None:
    from rag import verify as judge

    said: set[str] = set()

    def one(line: dict[str, Any]) -> dict[str, Any]:
        texts = line.get("sources")
        if not isinstance(line.get("claim"), str) or not isinstance(texts, list) or not all(isinstance(t, str) for t in texts):
            raise QuestionError('needs "claim": a text and "sources": a list of texts')
        found = judge(line["claim"], texts)
        if found.notice and found.notice not in said:
            said.add(found.notice)
            say(found.notice)
        return {
            "id": id_of(line),
            "supported": found.supported,
            "score": found.score,
            "source": found.source,
            "start": found.start,
            "end": found.end,
            "reason": found.reason,
        }

    if batch:
        answer_each(lines_of(batch), one)
    elif claim and sources:
        _print_json(one({"claim": claim, "sources": [text_of(path) for path in sources]}))
    else:
        raise UnusableInput('Give a claim and at least one --source FILE, or --batch FILE.jsonl with {"id","claim","sources"}.')


def show(article_id: str, corpus: Path, removed: bool, as_json: bool) -> None:
    from rag.wire import article_json

    article = _open(corpus).article(article_id)
    if as_json:
        _print_json(article_json(article, removed))
        return
    if removed:
        print("\n".join(f"{piece.reason}: {piece.text}" for piece in article.removed) or "Nothing was removed.")
        return
    about = [article.outlet, article.author, article.published, article.dateline]
    print(f"[{article.id}] {article.title}\n{' · '.join(x for x in about if x) or 'no outlet or date known'}")
    if article.alias_of:
        print(f"The same source as [{article.alias_of}], which is asked in its place.")
    for alias in article.aliases:
        print(f"The same source: [{alias.id}] {alias.title} ({_where(alias.outlet, alias.published)})")
    print(f"\n{article.text}")


def articles(corpus: Path, as_json: bool) -> None:
    from rag.wire import articles_json

    found = _open(corpus).articles()
    if as_json:
        _print_json(articles_json(found))
        return
    for a in found:
        also = f"; also {', '.join(f'[{alias.id}]' for alias in a.aliases)}" if a.aliases else ""
        print(f"[{a.id}] {a.title} ({_where(a.outlet, a.published)}){also}")


def _where(outlet: str | None, published: str | None) -> str:
    return ", ".join(x for x in (outlet, published) if x) or "no outlet or date known"


def doctor(corpus: Path, as_json: bool) -> None:
    from rag.doctor import examine

    checks = examine(corpus)
    if as_json:
        _print_json([asdict(check) for check in checks])
        return
    for check in checks:
        print(f"{'ok ' if check.ok else 'NO '} {check.what}: {check.found}{'' if check.ok or not check.fix else f' → {check.fix}'}")


def _open(corpus: Path) -> Assistant:
    from rag.assistant import Assistant

    with progress() as tick:
        return Assistant.open(corpus, progress=say, tick=tick)


def _check(question: str | None) -> None:
    from rag.conversation import clean

    if question is None:
        raise UnusableInput('Give a question in quotation marks, or --batch FILE.jsonl. Example: footnote ask "Where is Mosul?"')
    clean(question)


def _check_filter(only: Only) -> None:
    from rag.filters import make_filter

    make_filter(**only, names=("--since", "--until"))


def _say_left_out(assistant: Assistant, only: Only) -> None:
    from rag.filters import undated

    if left_out := assistant.left_out(**only):
        say(undated(left_out))


def _print_answer(answer: Answer) -> None:
    from rag.wording import same

    for notice in answer.notices:
        say(notice)
    if not same(answer.question, answer.query):
        print(f"Understood as: {answer.query}\n")
    if answer.abstention:
        print(answer.abstention.reason)
        if answer.abstention.nearest:
            print(f"Nearest articles: {', '.join(answer.abstention.nearest)}")
    for statement in answer.statements:
        print(f"• {statement.text}")
        for c in statement.citations:
            about = ", ".join(x for x in (c.title, c.outlet, c.published) if x)
            verbatim = c.quotation == statement.text
            print(f"    [{c.article_id}] {about}, characters {c.start}–{c.end}" + ("" if verbatim else f"\n    “{c.quotation}”"))
    for conflict in answer.conflicts:
        print("The articles disagree:")
        for side in conflict.sides:
            print(f"    [{side.article_id}] {side.value}: “{side.quotation}”")
    if answer.withheld:
        print(f"({len(answer.withheld)} sentence{'s' * (len(answer.withheld) > 1)} withheld: not supported by the articles)")


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False))
