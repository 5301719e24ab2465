"""The command line as a user and a script meet it: contract keys, exit codes, one clear line for what went wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

from rag.settings import Settings
from tests.conftest import NAMES, ROOT, Run, child_environment, write_articles
from tests.ollama_server import Script, scripted_ollama

ASK_KEYS = {
    "id", "question", "query", "answered", "text", "statements", "withheld", "conflicts", "abstention", "writer", "model",
    "timings_ms", "notices",
}  # fmt: skip
CITATION_KEYS = {"article_id", "title", "outlet", "published", "quotation", "start", "end"}
HARBOUR = "Why was the harbour of Brill closed?"
COMMANDS = ["index", "ask", "retrieve", "verify", "show", "articles", "doctor"]


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_index_prints_its_counts_and_lists_what_failed(run: Run, corpus: Path) -> None:
    write_articles(corpus, {"copy.md": (corpus / "school.txt").read_bytes(), "empty.md": b""})
    done = run("rag", "index", str(corpus), "--json")
    report = json.loads(done.stdout)
    seconds = report.pop("seconds")
    assert (done.returncode, seconds > 0) == (0, True)
    assert report == {
        "added": 5,
        "changed": 0,
        "removed": 0,
        "unchanged": 0,
        "duplicates": 1,
        "failed": [{"file": "empty.md", "reason": "is empty"}],
        "duplicate_files": [{"file": "school.txt", "reason": "has the same text as copy.md"}],
        "articles": 3,
        "passages": 3,
    }
    shown = run("rag", "index", str(corpus)).stdout.splitlines()
    assert shown[0].startswith("0 added, 0 changed, 0 removed, 5 unchanged, 1 duplicates, 1 failed; 3 articles, 3 passages, ")
    assert shown[1:] == ["  empty.md: is empty", "  school.txt: has the same text as copy.md"]


def test_ask_prints_one_object_with_the_contract_s_keys(run: Run, corpus: Path) -> None:
    done = run("rag", "ask", HARBOUR, "--corpus", str(corpus), "--json")
    (answer,) = lines(done.stdout)
    assert done.returncode == 0
    assert set(answer) == ASK_KEYS
    assert (answer["id"], answer["question"], answer["answered"], answer["abstention"]) == (None, HARBOUR, True, None)
    (citation,) = answer["statements"][0]["citations"]
    assert set(citation) == CITATION_KEYS
    shown = json.loads(run("rag", "show", citation["article_id"], "--corpus", str(corpus), "--json").stdout)
    assert shown["text"][citation["start"] : citation["end"]] == citation["quotation"]
    assert set(answer["timings_ms"]) == {"retrieve", "write", "verify", "total"}


def test_an_abstention_is_a_result(run: Run, corpus: Path) -> None:
    done = run("rag", "ask", "Who won the football world cup?", "--corpus", str(corpus), "--json")
    (answer,) = lines(done.stdout)
    assert (done.returncode, answer["answered"], answer["statements"]) == (0, False, [])
    assert set(answer["abstention"]) == {"reason", "nearest"}
    assert answer["abstention"]["reason"] == "I found no answer to this in the 3 articles."


def test_ask_prints_statements_with_their_sources_for_people(run: Run, corpus: Path) -> None:
    done = run("rag", "ask", "When will the bridge over the Orle open?", "--corpus", str(corpus))
    assert done.stdout.splitlines()[:2] == [
        "• The bridge over the Orle will not open before winter.",
        "    [bridge] The bridge, The Courier, 2019-03-04, characters 0–53",
    ]


def test_a_batch_is_answered_in_order_and_its_bad_lines_are_named(run: Run, corpus: Path, tmp_path: Path) -> None:
    batch = tmp_path / "questions.jsonl"
    batch.write_text(
        json.dumps({"id": "a", "question": HARBOUR})
        + "\nnot json\n\n"
        + '{"id": "c", "question": 7}\n'
        + '["d"]\n'
        + json.dumps({"id": "e", "question": "  "})
        + "\n"
        + json.dumps({"id": "f", "question": "And when will it open?", "history": ["What happened to the bridge?"]})
        + "\n"
        + json.dumps({"id": "g", "question": HARBOUR, "history": "none"})
        + "\n"
    )
    done = run("rag", "ask", "--batch", str(batch), "--corpus", str(corpus))
    answers = lines(done.stdout)
    assert [(a["id"], a.get("line"), a.get("error", "")[:20]) for a in answers] == [
        ("a", None, ""),
        (None, 2, "not JSON (Expecting v"[:20]),
        ("c", 4, 'needs "question": a '),
        (None, 5, "not a JSON object"),
        ("e", 6, "The question is empt"),
        ("f", None, ""),
        ("g", 8, '"history" is a list '),
    ]
    assert [a["query"] for a in answers if "query" in a] == [HARBOUR, "When will the bridge open?"]
    assert done.returncode == 2
    named = [line for line in done.stderr.splitlines() if line.startswith("Error")]
    assert [line.split(":")[0] for line in named[:-1]] == [f"Error in line {n}" for n in (2, 4, 5, 6, 8)]
    assert named[-1] == "Error: 5 of 8 lines could not be used; the others were answered."


def test_a_batch_may_come_from_stdin(run: Run, corpus: Path) -> None:
    done = run("rag", "ask", "--batch", "-", "--corpus", str(corpus), stdin=json.dumps({"id": 1, "question": HARBOUR}))
    assert [(a["id"], a["answered"]) for a in lines(done.stdout)] == [(1, True)]


def test_a_line_of_a_batch_ends_at_a_line_feed_and_nowhere_else(run: Run) -> None:
    source = "The mill burned\u2028down.\x85 The inn stands.\u2029"
    line = json.dumps({"id": "a", "claim": "The inn stands.", "sources": [source]}, ensure_ascii=False)
    done = run("rag", "verify", "--batch", "-", stdin=f"\ufeff{line}\r\n\r\n{line}\n")
    assert [(found["id"], found["supported"]) for found in lines(done.stdout)] == [("a", True)] * 2
    assert (done.returncode, done.stderr) == (0, "")


def test_half_a_character_in_a_batch_ends_neither_its_line_nor_those_after_it(run: Run, corpus: Path) -> None:
    half = [{"id": "\ud83d", "claim": "\ud83d The mill burned down.", "sources": ["\udc00\udc00 The mill burned down."]}] * 2
    done = run("rag", "verify", "--batch", "-", stdin="\n".join(map(json.dumps, half)))
    assert [(v["id"], v["supported"], v["start"], v["end"]) for v in lines(done.stdout)] == [("\ufffd", True, 0, 24)] * 2
    assert (done.returncode, done.stderr) == (0, "")
    asked = {"id": 1, "question": f"{HARBOUR} \ud83d", "history": ["\ud83d"]}
    done = run("rag", "retrieve", "--top-k", "1", "--batch", "-", "--corpus", str(corpus), stdin=json.dumps(asked))
    assert [(found["question"], found["passages"][0]["article_id"]) for found in lines(done.stdout)] == [(f"{HARBOUR} \ufffd", "harbour")]


def test_a_batch_that_is_no_text_or_nested_too_deep_is_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "latin.jsonl").write_bytes("{'é'}".encode("latin-1"))
    done = run("rag", "verify", "--batch", "latin.jsonl")
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "Error: 'latin.jsonl' cannot be read: it is not UTF-8 text.\n")
    done = run("rag", "verify", "--batch", "-", stdin="[" * 100_000)
    assert (done.returncode, [found["error"][:9] for found in lines(done.stdout)]) == (2, ["not JSON "])


def test_retrieve_prints_passages_with_their_places(run: Run, corpus: Path) -> None:
    done = run("rag", "retrieve", HARBOUR, "--top-k", "2", "--corpus", str(corpus), "--json")
    (found,) = lines(done.stdout)
    assert set(found) == {"id", "question", "passages"}
    assert [set(p) for p in found["passages"]] == [{"article_id", "start", "end", "text", "score"}] * 2
    assert found["passages"][0]["article_id"] == "harbour"
    batch = run(
        "rag", "retrieve", "--batch", "-", "--top-k", "2", "--corpus", str(corpus), stdin=json.dumps({"id": "x", "question": HARBOUR})
    )
    assert lines(batch.stdout) == [{**found, "id": "x"}]


def test_verify_judges_a_batch(run: Run) -> None:
    sources = ["The school has 320 pupils. Its roof was repaired.", "The mill burned down."]
    claims = [{"id": i, "claim": c, "sources": sources} for i, c in enumerate(["The mill burned down.", "The school has 330 pupils."])]
    done = run("rag", "verify", "--batch", "-", stdin="\n".join(json.dumps(c) for c in claims) + '\n{"id": 9}\n')
    first, second, bad = lines(done.stdout)
    assert set(first) == {"id", "supported", "score", "source", "start", "end", "reason"}
    assert (first["id"], first["supported"], first["source"], first["start"], first["end"]) == (0, True, 1, 0, 21)
    assert (second["supported"], second["reason"]) == (False, "the quotation does not have the number 330")
    assert 0 <= second["score"] <= 1
    assert bad == {"id": 9, "line": 3, "error": 'needs "claim": a text and "sources": a list of texts'}
    assert done.returncode == 2


def test_verify_judges_one_claim_by_files(run: Run, corpus: Path) -> None:
    done = run("rag", "verify", "The school in Tann has 320 pupils.", "--source", str(corpus / "school.txt"))
    assert (done.returncode, json.loads(done.stdout)["supported"]) == (0, True)


def test_show_and_articles_print_what_is_indexed(run: Run, corpus: Path) -> None:
    done = run("rag", "articles", "--corpus", str(corpus), "--json")
    (articles,) = lines(done.stdout)  # type: ignore[misc]
    assert [(a["id"], a["outlet"], a["published"]) for a in articles] == [  # type: ignore[index]
        ("bridge", "The Courier", "2019-03-04"),
        ("harbour", None, None),
        ("school", None, None),
    ]
    shown = run("rag", "show", "bridge", "--corpus", str(corpus)).stdout
    assert shown.startswith("[bridge] The bridge\nThe Courier · 2019-03-04\n\nThe bridge over the Orle")


def test_doctor_says_what_is_there_and_how_to_get_what_is_not(run: Run, corpus: Path) -> None:
    run("rag", "index", str(corpus))
    done = run("rag", "doctor", "--corpus", str(corpus), "--json", WRITER="ollama", OLLAMA_HOST="http://127.0.0.1:9")
    (checks,) = lines(done.stdout)
    found = {check["what"]: check for check in checks}  # type: ignore[index, union-attr, call-overload]
    assert done.returncode == 0
    assert {"llama-index-core", "chromadb", "sentence-transformers", "gradio", "embedding model", "index", "writer"} <= set(found)
    assert found["index"]["ok"] and found["index"]["found"].startswith("3 articles, 3 passages, ready, in ")
    assert not found["writer"]["ok"] and "Ollama does not answer at http://127.0.0.1:9" in found["writer"]["found"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["index", "nowhere"], "The corpus folder '{cwd}/nowhere' does not exist. Name a folder of articles, such as: seeds"),
        (["ask", "   "], "The question is empty. Ask something about the articles."),
        (["ask", "x" * 100_000], "The question has 100,000 characters; at most 2,000 are read. Ask in fewer words."),
        (["ask"], 'Give a question in quotation marks, or --batch FILE.jsonl. Example: footnote ask "Where is Mosul?"'),
        (["ask", "--batch", "nowhere.jsonl"], "'nowhere.jsonl' cannot be read: No such file or directory."),
        (["ask", "Where?", "--writer", "gpt"], "--writer 'gpt' is not known. It takes auto, extractive or ollama."),
        (["verify", "A claim."], 'Give a claim and at least one --source FILE, or --batch FILE.jsonl with {{"id","claim","sources"}}.'),
    ],
    ids=["no corpus", "only spaces", "too long", "no question", "no batch", "no such writer", "no source"],
)
def test_unusable_input_is_one_line_and_exit_code_2(arguments: list[str], message: str, run: Run, tmp_path: Path) -> None:
    done = run("rag", *arguments)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"Error: {message.format(cwd=tmp_path)}\n")


@pytest.mark.parametrize(
    ("name", "value", "accepts"),
    [
        ("WRITER", "gpt", "input should be 'auto', 'extractive' or 'ollama'"),
        ("UI_PORT", "0", "input should be greater than or equal to 1"),
        ("OLLAMA_NUM_CTX", "many", "input should be a valid integer, unable to parse string as an integer"),
        ("CHROMA_URL", "localhost:8000", "string should match pattern"),
        ("EMBEDDING_RUNTIME", "gpu", "input should be 'auto', 'int8', 'fp32' or 'torch'"),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_it_and_what_it_accepts(name: str, value: str, accepts: str, run: Run) -> None:
    done = run("rag", "articles", **{name: value})
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith(f"Error: {name}={value!r} cannot be used: {accepts}")


@pytest.mark.parametrize("text", ["The mill burned down.", "The mill burned down again.\n\n" * 400], ids=["at the end", "at once"])
def test_a_reader_who_has_gone_is_no_failure(text: str, run: Run, corpus: Path, settings: Settings) -> None:
    write_articles(corpus, {"mill.md": text})
    run("rag", "index", str(corpus))
    command = [sys.executable, "-m", "rag", "show", "mill", "--corpus", str(corpus)]
    with subprocess.Popen(command, env=child_environment(settings), text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout and process.stderr
        process.stdout.close()
        assert (process.stderr.read(), process.wait()) == ("", 0)


INTERRUPTED = """
import os, signal, sys
from rag.__main__ import main

def interrupt(frame, event, argument):
    if event == "call" and frame.f_code.co_qualname == "answer_each":
        os.kill(os.getpid(), signal.SIGINT)

sys.setprofile(interrupt)
main(["verify", "--batch", "-"])
"""


def test_ctrl_c_where_nothing_is_embedded_says_no_more_than_that(settings: Settings) -> None:
    command = [sys.executable, "-c", INTERRUPTED]
    done = subprocess.run(command, env=child_environment(settings), input="{}", text=True, capture_output=True)
    assert (done.returncode, done.stdout, done.stderr.strip()) == (130, "", "Stopped.")


def test_what_a_model_keeps_a_question_waiting_with_is_said_and_what_lasts_is_in_the_answer(run: Run, corpus: Path) -> None:
    written = ("The harbour was closed after a ferry ran aground. [harbour] ", "It cost 1")
    with scripted_ollama(Script(loaded_window=0, words=written, done_reason="length")) as server:
        done = run(
            *["rag", "ask", HARBOUR, "--corpus", str(corpus), "--writer", "ollama"],
            OLLAMA_HOST=server.host,
            OLLAMA_MODEL="tiny:1b",
        )
    assert done.stdout.startswith("• The harbour was closed after a ferry ran aground.\n    [harbour] ")
    assert done.stderr.splitlines()[0] == "loading the model tiny:1b …"
    assert done.stderr.splitlines()[-1] == "The draft reached 400 tokens and was cut: raise OLLAMA_NUM_PREDICT."


def test_a_file_of_settings_that_is_no_text_is_one_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("UI_USER=Ren\xe9\n".encode("latin-1"))
    done = run("rag", "articles")
    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        "Error: The file .env in this folder cannot be read: it is not UTF-8 text. See .env.example.\n",
    )


def test_a_tilde_in_the_file_of_settings_is_the_home_folder(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("\ufeffDATA_DIR=~/data\nEMBEDDING_MODEL=~/model\nRERANKER=owner/~name\n".encode())
    (tmp_path / "model").mkdir()
    program = (
        "from rag.embed import locate; from rag.settings import load_settings; s = load_settings(); "
        "print(s.data_dir, locate(s.embedding_model), s.hub_models)"
    )
    unset = {name: value for name, value in os.environ.items() if name not in NAMES}
    environment = {**unset, "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=environment, text=True, capture_output=True)
    assert (done.stdout, done.stderr) == (f"{tmp_path}/data {tmp_path}/model ('owner/~name',)\n", "")


def test_an_unusable_data_directory_is_one_line(run: Run, corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run("rag", "index", str(corpus), DATA_DIR=str(tmp_path / "file"))
    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        f"Error: DATA_DIR={str(tmp_path / 'file')!r} cannot be written (Not a directory). Set DATA_DIR to a folder that can.\n",
    )


@pytest.mark.parametrize("question", ["<script>alert(1)</script>", "Where \x1b[31m is\x07 the harbour?"])
def test_a_question_s_control_characters_and_markup_do_no_harm(question: str, run: Run, corpus: Path) -> None:
    done = run("rag", "ask", question, "--corpus", str(corpus), "--json")
    (answer,) = lines(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert not any(ord(c) < 32 for c in answer["question"] + answer["query"])


@pytest.mark.parametrize("command", [[], *([c] for c in COMMANDS)])
def test_every_command_explains_itself(command: list[str], run: Run) -> None:
    done = run("rag", *command, "--help")
    assert done.returncode == 0
    assert "Usage:" in done.stdout
    assert all(name in done.stdout for name in (COMMANDS if not command else ["--help"]))


def test_an_unknown_command_is_exit_code_2(run: Run) -> None:
    assert run("rag", "explain").returncode == 2


def test_the_console_script_is_the_same_program() -> None:
    (script,) = entry_points(group="console_scripts", name="footnote")
    assert script.value == "rag.__main__:main"
