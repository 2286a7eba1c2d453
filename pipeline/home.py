"""The home: one folder that holds the config and all that sayso collected."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pipeline import config
from pipeline.errors import HomeError


@dataclass(frozen=True)
class Home:
    """Paths of a home. Folders are made on first use; nothing else is touched."""

    root: Path

    @property
    def config_file(self) -> Path:
        return self.root / "sayso.toml"

    @property
    def secrets_file(self) -> Path:
        return self.root / "secrets.toml"

    @property
    def warehouse(self) -> Path:
        return self.root / "warehouse.duckdb"

    @property
    def landing(self) -> Path:
        return self._folder("landing")

    @property
    def snapshots(self) -> Path:
        return self._folder("snapshots")

    @property
    def inbox(self) -> Path:
        return self._folder("inbox")

    @property
    def alerts(self) -> Path:
        return self._folder("alerts")

    @property
    def exports(self) -> Path:
        return self._folder("exports")

    @property
    def logs(self) -> Path:
        return self._folder("logs")

    @cached_property
    def config(self) -> config.Config:
        """The validated sayso.toml. Raises ConfigError."""
        return config.load(self.config_file)

    def _folder(self, name: str) -> Path:
        path = self.root / name
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise HomeError(
                f"Cannot make the folder: {error}", where=str(path), next_step="check its rights"
            ) from error
        return path
