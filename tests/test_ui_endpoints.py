"""What other programs get: the JSON of the command line, by gradio_client, by plain HTTP and as MCP tools."""

from __future__ import annotations

import base64
import json
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from rag import Assistant
from rag.wire import answer_json, article_json, articles_json, passages_json
from tests.conftest import ROOT
from tests.scripted_page import ScriptedAssistant, free_port
from ui import app, mcp
from ui.endpoints import endpoints
from ui.opening import Opening

MILITANTS = "How many militants are believed to be in Mosul?"
FOLLOW_UP = ("How many of them are in the city?", [MILITANTS])
LOGIN = ("ann", "open sesame")


def served(assistant: Any, login: tuple[str, str] | None = None) -> Iterator[str]:
    opening, port = Opening(lambda progress: assistant), free_port()
    blocks = app.build(opening)
    app.launch(blocks, "127.0.0.1", port, login, endpoints(opening))
    opening.start()
    yield f"http://127.0.0.1:{port}"
    blocks.close(verbose=False)


@pytest.fixture(scope="module")
def offered(assistant: Assistant) -> Iterator[str]:
    """The page over `seeds/`, with MCP."""
    yield from served(assistant)


@pytest.fixture(scope="module")
def client(offered: str) -> Any:
    from gradio_client import Client

    return Client(offered, download_files=False, verbose=False, analytics_enabled=False)


def untimed(answer: dict[str, Any]) -> dict[str, Any]:
    """As it is after the way through JSON, without the milliseconds."""
    return {name: value for name, value in json.loads(json.dumps(answer)).items() if name != "timings_ms"}


def test_there_are_four_endpoints_and_no_other(client: Any):
    assert list(client.view_api(return_format="dict")["named_endpoints"]) == ["/ask", "/retrieve", "/articles", "/article"]


def test_each_endpoint_answers_with_the_json_of_the_command_line(client: Any, assistant: Assistant):
    answer = client.predict(*FOLLOW_UP, api_name="/ask")
    assert untimed(answer) == untimed(answer_json(assistant.ask(*FOLLOW_UP)))
    assert client.predict(MILITANTS, 3, api_name="/retrieve") == passages_json(MILITANTS, assistant.retrieve(MILITANTS, 3))
    assert client.predict(api_name="/articles") == articles_json(assistant.articles())
    assert client.predict("001", api_name="/article") == article_json(assistant.article("001"))


def test_plain_http_posts_a_question_and_fetches_the_answer(offered: str, assistant: Assistant):
    endpoint = f"{offered}/gradio_api/call/ask"
    request = urllib.request.Request(endpoint, json.dumps({"data": list(FOLLOW_UP)}).encode(), {"Content-Type": "application/json"})
    event = json.loads(urllib.request.urlopen(request, timeout=20).read())["event_id"]
    lines = urllib.request.urlopen(f"{endpoint}/{event}", timeout=20).read().decode().splitlines()
    (answer,) = json.loads(lines[lines.index("event: complete") + 1].removeprefix("data: "))
    assert untimed(answer) == untimed(answer_json(assistant.ask(*FOLLOW_UP)))


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("/ask", ("", []), "question"),
        ("/ask", (["no", "text"], []), "question is a text"),
        ("/ask", ("who?", [1]), "history is a list of texts"),
        ("/ask", ("who?", ["and?"] * 101), "at most 100 questions"),
        ("/retrieve", ("who?", 0), "top_k is a number from 1 to 100"),
        ("/retrieve", ("who?", "ten"), "top_k is a number from 1 to 100"),
        ("/article", ("../../etc/passwd",), "no article '../../etc/passwd'"),
        ("/article", (7,), "article_id is a text"),
    ],
)
def test_what_cannot_be_used_is_one_clear_sentence(client: Any, name: str, arguments: tuple[Any, ...], said: str):
    from gradio_client.exceptions import AppError

    with pytest.raises(AppError, match=said):
        client.predict(*arguments, api_name=name)


def test_the_documents_name_every_endpoint_and_argument():
    text = (ROOT / "docs" / "endpoints.md").read_text(encoding="utf-8")
    for name, schema in mcp.SCHEMAS.items():
        assert f"`/{name}`" in text
        assert all(f"`{argument}`" in text for argument in schema["properties"])


def test_ask_and_retrieve_take_dates_and_outlets(client: Any, assistant: Assistant):
    only = {"since": "2017-01", "until": "2017", "outlets": ["Business Insider Africa"]}
    answer = client.predict(MILITANTS, **only, api_name="/ask")
    assert untimed(answer) == untimed(answer_json(assistant.ask(MILITANTS, **only)))
    found = client.predict(MILITANTS, **only, api_name="/retrieve")
    assert found == json.loads(json.dumps(passages_json(MILITANTS, assistant.retrieve(MILITANTS, **only))))
    with pytest.raises(Exception, match="since 'soon' cannot be used"):
        client.predict(MILITANTS, since="soon", api_name="/ask")


def test_the_documented_shell_commands_work(offered: str):
    text = (ROOT / "docs" / "endpoints.md").read_text(encoding="utf-8")
    commands = text.split("```sh")[1].split("```")[0].replace("http://127.0.0.1:7860", offered)
    done = subprocess.run(["bash", "-ec", commands], text=True, capture_output=True, timeout=60)
    assert "event: complete" in done.stdout and "up to 7,500 militants" in done.stdout


def test_the_schemas_are_those_of_the_functions():
    functions = {e.__name__: set(e.__annotations__) - {"return"} for e in endpoints(Opening(lambda progress: ScriptedAssistant()))}
    assert functions == {name: set(schema["properties"]) for name, schema in mcp.SCHEMAS.items()}


def sent(address: str, message: Any, method: str = "POST", **headers: str) -> tuple[int, Any]:
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    request = urllib.request.Request(f"{address}/mcp", body if method == "POST" else None, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=20) as reply:
            said = reply.read()
            return reply.status, json.loads(said) if said else None
    except urllib.error.HTTPError as refusal:
        return refusal.code, None


def called(address: str, tool: str, **arguments: Any) -> dict[str, Any]:
    status, reply = sent(address, {"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {"name": tool, "arguments": arguments}})
    assert (status, reply["id"]) == (200, 7)
    return dict(reply["result"])


def test_an_assistant_introduces_itself_and_finds_the_four_tools(offered: str):
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    _, reply = sent(offered, {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello})
    assert reply["result"]["protocolVersion"] == "2025-06-18" and reply["result"]["serverInfo"]["name"] == "footnote"
    assert sent(offered, {"jsonrpc": "2.0", "method": "notifications/initialized"}) == (202, None)
    _, reply = sent(offered, {"jsonrpc": "2.0", "id": "x", "method": "tools/list"})
    tools = reply["result"]["tools"]
    assert [tool["name"] for tool in tools] == ["ask", "retrieve", "articles", "article"]
    assert all(tool["description"] and tool["inputSchema"]["type"] == "object" and tool["annotations"]["readOnlyHint"] for tool in tools)
    assert sent(offered, {"jsonrpc": "2.0", "id": 2, "method": "ping"}) == (200, {"jsonrpc": "2.0", "id": 2, "result": {}})


def test_a_version_that_is_not_known_is_answered_with_the_newest(offered: str):
    _, reply = sent(offered, {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2099-01-01"}})
    assert reply["result"]["protocolVersion"] == mcp.VERSIONS[0]


def test_a_tool_gives_what_the_endpoint_gives(offered: str, assistant: Assistant):
    result = called(offered, "ask", question=FOLLOW_UP[0], history=FOLLOW_UP[1])
    assert untimed(result["structuredContent"]) == untimed(answer_json(assistant.ask(*FOLLOW_UP)))
    assert json.loads(result["content"][0]["text"]) == result["structuredContent"]
    assert called(offered, "articles")["structuredContent"] == {"articles": articles_json(assistant.articles())}
    assert called(offered, "article", article_id="001")["structuredContent"] == article_json(assistant.article("001"))


def test_the_tools_take_dates_and_outlets(offered: str, assistant: Assistant):
    only = {"since": "2017-01", "until": "2017", "outlets": ["Business Insider Africa", "The Independent"]}
    asked = called(offered, "ask", question=MILITANTS, **only)["structuredContent"]
    assert untimed(asked) == untimed(answer_json(assistant.ask(MILITANTS, **only)))
    found = called(offered, "retrieve", question=MILITANTS, top_k=5, **only)["structuredContent"]
    assert found == json.loads(json.dumps(passages_json(MILITANTS, assistant.retrieve(MILITANTS, 5, **only))))
    everywhere = called(offered, "retrieve", question=MILITANTS, top_k=5)["structuredContent"]
    assert {p["article_id"] for p in found["passages"]} < {p["article_id"] for p in everywhere["passages"]}
    for wrong in ({"since": "soon"}, {"outlets": "The Independent"}):
        refused = called(offered, "ask", question=MILITANTS, **wrong)
        assert refused["isError"] and next(iter(wrong)) in refused["content"][0]["text"]


def test_a_tool_that_cannot_answer_says_why_in_its_result(offered: str):
    result = called(offered, "article", article_id="none")
    assert result["isError"] and "no article 'none'" in result["content"][0]["text"]


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (b"{", mcp.PARSE_ERROR),
        (b"\xff", mcp.PARSE_ERROR),
        (b"[" * 100_000, mcp.PARSE_ERROR),
        (b" " * (mcp.LARGEST + 1), mcp.PARSE_ERROR),
        ([], mcp.INVALID_REQUEST),
        ({"id": 1, "method": "ping"}, mcp.INVALID_REQUEST),
        ({"jsonrpc": "2.0", "id": 1, "method": 3}, mcp.INVALID_REQUEST),
        ({"jsonrpc": "2.0", "id": 1, "method": "resources/list"}, mcp.UNKNOWN_METHOD),
        ({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "rm"}}, mcp.INVALID_PARAMS),
        ({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "ask"}}, mcp.INVALID_PARAMS),
        ({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "articles", "arguments": {"x": 1}}}, mcp.INVALID_PARAMS),
    ],
)
def test_a_message_that_cannot_be_used_is_answered_with_its_code(offered: str, message: Any, code: int):
    status, reply = sent(offered, message)
    assert (status, reply["error"]["code"]) == (200, code)


def test_only_posts_from_this_machine_reach_the_tools(offered: str):
    assert sent(offered, b"", "GET") == (405, None)
    ping = {"jsonrpc": "2.0", "id": 2, "method": "ping"}
    assert sent(offered, ping, Origin="http://evil.example") == (403, None)
    assert sent(offered, ping, Host="evil.example") == (403, None)


def test_the_tools_ask_for_the_login_of_the_page():
    ping = {"jsonrpc": "2.0", "id": 2, "method": "ping"}
    for address in served(ScriptedAssistant(), LOGIN):
        assert sent(address, ping) == (401, None)
        assert sent(address, ping, Authorization="Basic guessed") == (401, None)
        key = base64.b64encode(b"ann:open sesame").decode()
        assert sent(address, ping, Authorization=f"Basic {key}")[0] == 200


def test_without_being_asked_for_the_tools_are_not_there(scripted_address: str):
    status, _ = sent(scripted_address, {"jsonrpc": "2.0", "id": 2, "method": "ping"})
    assert status in (404, 405)
