"""What the documents say is so: commands, settings and files exist, and none is left out."""

from __future__ import annotations

import re

import pytest
import typer
from pydantic_core import PydanticUndefined

from eval.__main__ import app as evaluation
from rag.__main__ import app
from rag.settings import Settings
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
DOCUMENTS = README + CONTRIBUTING
ALL = "\n".join([DOCUMENTS, *(path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").glob("*.md")))])
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
COMMANDS = {command.callback.__name__ for command in app.registered_commands if command.callback}


def settings_of_the_example() -> dict[str, tuple[str, str]]:
    """Name → (value, comment lines above it)."""
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    return {name: (value, comment) for comment, name, value in re.findall(r"((?:^#.*\n)+)^([A-Z_]+)=(.*)$", text, re.M)}


def written(default: object) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    return f"{default:g}" if isinstance(default, float) else str(default)


def test_the_example_has_every_setting_in_order_and_no_other() -> None:
    assert list(settings_of_the_example()) == [name.upper() for name in Settings.model_fields]


@pytest.mark.parametrize("name", Settings.model_fields)
def test_the_example_has_a_setting_s_default_and_description(name: str) -> None:
    value, comment = settings_of_the_example()[name.upper()]
    field = Settings.model_fields[name]
    assert field.description and field.description in comment
    if field.default is PydanticUndefined:
        assert (name, value) == ("data_dir", "") and "the user's data folder" in comment
    else:
        assert value == written(field.default)


def test_the_example_can_be_used_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATA_DIR")
    assert Settings(_env_file=ROOT / ".env.example") == Settings(_env_file=None)  # type: ignore[call-arg]


def test_every_make_command_in_the_documents_exists() -> None:
    named = set(re.findall(r"\bmake ([a-z-]+)(?=[ `\n])", "\n".join(code_of(ALL))))
    assert {"chat", "ask", "test", "check", "eval", "eval-model"} <= named <= TARGETS


def test_every_command_and_option_of_the_evaluation_in_the_documents_exists() -> None:
    """With its own options, and not those of another command."""
    found = re.findall(r"python -m eval\b([^`|#\n]*)", "\n".join(code_of(ALL)))
    group = typer.main.get_command(evaluation)
    commands = group.commands  # type: ignore[attr-defined]
    for words in (arguments.split() for arguments in found):
        command = commands[words[0]] if words and not words[0].startswith("-") else group
        known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
        assert {word for word in words if word.startswith("--")} <= known
    assert set(commands) == {words.split()[0] for words in found if words.split()} & set(commands)


def test_every_footnote_command_in_the_documents_exists() -> None:
    named = set(re.findall(r"(?:\bfootnote|python -m rag) ([a-z]+)", "\n".join(code_of(DOCUMENTS))))
    assert named <= COMMANDS


def test_the_readme_names_every_command() -> None:
    assert all(f"`{command}`" in README for command in COMMANDS)


def code_of(text: str) -> list[str]:
    return [*re.findall(r"```.*?```", text, re.S), *re.findall(r"(?<!`)`[^`\n]+`(?!`)", text)]


def tree() -> list[str]:
    """The paths of the README's tree: a line that is not indented is a folder, what follows it is in it."""
    block = README.split("## The tree")[1].split("```")[1]
    paths, folder = [], ""
    for line in block.strip().splitlines():
        name = line.split()[0]
        folder = folder if line.startswith(" ") else name
        paths.append(name if name == folder else folder + name)
    return paths


@pytest.mark.parametrize("path", tree())
def test_the_readme_s_tree_shows_what_is_there(path: str) -> None:
    assert (ROOT / path).exists()


def test_the_readme_s_tree_leaves_no_module_of_the_library_out() -> None:
    named = set(re.findall(r"[\w./]+\.(?:py|json)|writers/", README.split("## The tree")[1]))
    modules = {path.name for path in (ROOT / "rag").iterdir() if path.suffix in {".py", ".json"}}
    assert modules - {"__init__.py", "__main__.py"} <= named


@pytest.mark.parametrize("target", re.findall(r"\]\((?!http)([^)#]+)\)", DOCUMENTS))
def test_links_to_files_lead_somewhere(target: str) -> None:
    assert (ROOT / target).exists()


def test_the_licence_is_the_one_that_is_declared() -> None:
    assert 'license = "Apache-2.0"' in (ROOT / "pyproject.toml").read_text()
    assert (ROOT / "LICENSE").read_text().split()[:4] == ["Apache", "License", "Version", "2.0,"]


def test_every_pinned_package_is_pinned_exactly() -> None:
    pins = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    assert pins == sorted(pins) and all(re.fullmatch(r"[a-z0-9-]+==[\w.+!]+", pin) for pin in pins)
