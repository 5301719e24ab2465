"""A data directory that is thrown away, with the exported embedding model of the real one."""

from __future__ import annotations

from pathlib import Path

from rag.embed import open_embedder
from rag.settings import Settings


def scratch_settings(settings: Settings, folder: Path) -> Settings:
    """The same settings, with indexes below `folder`."""
    open_embedder(settings)
    data_dir = folder / "data"
    data_dir.mkdir(parents=True, exist_ok=True)
    models = data_dir / "models"
    if not models.exists():
        models.symlink_to((settings.data_dir / "models").resolve(), target_is_directory=True)
    return settings.model_copy(update={"data_dir": data_dir})
