"""Settings, from the environment and a `.env` file in the working folder. `.env.example` lists every one."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from platformdirs import user_data_path
from pydantic import Field, SecretStr, StringConstraints, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from rag.errors import SettingError

BUNDLED_MODEL = "sentence-transformers/all-MiniLM-L6-v2"
Url = Annotated[str, StringConstraints(pattern=r"^(https?://\S+)?$")]
Pairs = Annotated[
    str,
    StringConstraints(pattern=r"^((id|title|text|outlet|author|published|language|dateline|source)=[^,=]+(,|$))*$", strip_whitespace=True),
]


class Settings(BaseSettings):
    """Every setting. A field's name in capitals is the variable; its description is the line in `.env.example`."""

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8-sig", extra="ignore", frozen=True, env_ignore_empty=True)

    data_dir: Path = Field(
        default_factory=lambda: user_data_path("footnote"),
        description="Where indexes and the exported embedding model are kept; never inside the corpus folder.",
    )
    writer: Literal["auto", "extractive", "ollama"] = Field(
        "auto", description="auto uses Ollama when it answers and has the model; extractive never asks a model."
    )
    ollama_host: str = Field(
        "http://127.0.0.1:11434",
        min_length=1,
        description="The Ollama server. It and the one of CHROMA_URL, if any, are the only ones ever sent a passage.",
    )
    ollama_model: str = Field("qwen3:4b-instruct", min_length=1, description="The model that writes; get it with `ollama pull`.")
    ollama_num_ctx: int = Field(8192, ge=1024, le=131072, description="The model's window in tokens; a change reloads the model.")
    ollama_num_predict: int = Field(400, ge=32, le=4096, description="The longest draft in tokens.")
    ollama_keep_alive: str = Field(
        "10m", pattern=r"^-?\d+(s|m|h)?$", description="How long the server keeps the model loaded: 30s, 10m, 1h, -1."
    )
    ollama_timeout_s: float = Field(600.0, gt=0, description="Longest silence of the server in seconds, loading the model included.")
    ollama_allow_cloud: bool = Field(False, description="true lets a `:cloud` model be used: passages then leave this machine.")
    embedding_model: str = Field(
        BUNDLED_MODEL, min_length=1, description="Any sentence-transformers model by name or path; a change re-embeds."
    )
    embedding_runtime: Literal["auto", "int8", "fp32", "torch"] = Field(
        "auto", description="auto takes int8 where it agrees with sentence-transformers, else fp32, else torch."
    )
    verifier: str = Field(
        "builtin",
        min_length=1,
        description="Who judges support: builtin, ollama, or a sentence-transformers CrossEncoder by name or path (./folder).",
    )
    verifier_threshold: float = Field(0.5, gt=0, lt=1, description="The probability from which a cross-encoder's word is support.")
    reranker: str = Field("", description="A CrossEncoder with one score, by name or path, that reorders the passages found; empty: none.")
    reranked: int = Field(20, ge=2, le=100, description="How many of the best passages it reorders.")
    chroma_url: Url = Field(
        "",
        description="A Chroma server (`chroma run`), http://127.0.0.1:8000 say, that is sent every passage; empty uses embedded Chroma.",
    )
    max_files: int = Field(100_000, ge=1, description="The most files a corpus folder may have.")
    max_file_mb: int = Field(50, ge=1, le=2000, description="The largest file that is read, in megabytes.")
    max_line_chars: int = Field(200_000, ge=1000, description="The longest line of an article; what has a longer one is data.")
    max_pdf_pages: int = Field(1_000, ge=1, description="The longest PDF that is read, in pages.")
    max_archive_files: int = Field(10_000, ge=1, description="The most files in a .zip, those in archives within it included.")
    max_archive_mb: int = Field(500, ge=1, le=20_000, description="What a .zip, .docx or .epub may unpack to, in megabytes.")
    max_archive_ratio: int = Field(200, ge=2, description="How many times its size an archive may unpack to.")
    max_archive_depth: int = Field(3, ge=1, le=10, description="How deep archives may be in archives.")
    max_read_s: int = Field(
        60, ge=0, description="How long a file, or one article in it, may keep its reader busy, in seconds; 0 sets no limit."
    )
    record_fields: Pairs = Field(
        "", description="Your fields' names in JSON and CSV where they are unusual: text=story,title=meta.head,id=number."
    )
    ui_host: str = Field("127.0.0.1", min_length=1, description="The address the web chat listens on.")
    ui_port: int = Field(7860, ge=1, le=65535, description="The port the web chat listens on.")
    ui_user: str = Field("", description="The name that the web chat asks for; with UI_PASSWORD. Empty asks for none.")
    ui_password: SecretStr = Field(SecretStr(""), description="The password that goes with UI_USER.")

    @field_validator("data_dir", "embedding_model", "verifier", "reranker", mode="before")
    @classmethod
    def _expanded(cls, path: Any) -> Any:
        """`~` is the user's home: a shell expands it, a .env file does not."""
        return os.path.expanduser(path) if isinstance(path, str | Path) else path

    @property
    def hub_models(self) -> tuple[str, ...]:
        """The models that are looked for on the Hugging Face hub: named by the user, and no folder on this machine."""
        known = {"", "builtin", "ollama", BUNDLED_MODEL}
        named = (self.embedding_model, self.verifier, self.reranker)
        return tuple(name for name in named if name not in known and not Path(name).is_dir())


@cache
def load_settings() -> Settings:
    """The settings of this process.

    Raises:
        SettingError: a variable has a value it does not accept, the message names it and what it accepts; or .env cannot be read.
    """
    return read_settings()


def read_settings(**overrides: object) -> Settings:
    """Settings with some fields given by the caller instead of the environment; same errors."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except (UnicodeDecodeError, OSError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise SettingError(f"The file .env in this folder cannot be read: {why}. See .env.example.") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][0])
        accepts = f"{first['msg'][0].lower()}{first['msg'][1:]}"
        raise SettingError(
            f"{name.upper()}={first['input']!r} cannot be used: {accepts}. {Settings.model_fields[name].description} See .env.example."
        ) from error
