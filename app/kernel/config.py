"""What an installation is told by its environment."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_SHORTEST_SECRET = 32
_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


class ConfigError(Exception):
    """The environment says nothing, or something impossible, where it has to say something."""


@dataclass(frozen=True)
class Config:
    """Where the data is, what signs the sessions, and what lies between us and the browser."""

    database_url: str
    secret_key: str
    data_dir: Path
    demo: bool = False
    https: bool = True
    proxies: int = 0

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Config:
        """Read the YICHENG_… variables.

        SECRET_KEY    signs the sessions, at least 32 characters; a demonstration makes and keeps its own
        DATABASE_URL  default: SQLite in the data directory
        DATA_DIR      attachments and the default database; default: var
        DEMO          1 for training: demo accounts without passwords, and a business clock that can be moved
        HTTPS         0 where browsers reach us by plain HTTP; default: 1, in a demonstration 0
        PROXIES       how many reverse proxies to believe about the client's address and scheme; default: 0

        Raises ConfigError.
        """
        given = os.environ if environment is None else environment
        demo = _flag(given, "YICHENG_DEMO", default=False)
        data_dir = Path(given.get("YICHENG_DATA_DIR") or "var").absolute()
        data_dir.mkdir(parents=True, exist_ok=True)
        return cls(
            database_url=given.get("YICHENG_DATABASE_URL") or f"sqlite:///{data_dir / 'yicheng.db'}",
            secret_key=_secret(given.get("YICHENG_SECRET_KEY", ""), data_dir if demo else None),
            data_dir=data_dir,
            demo=demo,
            https=_flag(given, "YICHENG_HTTPS", default=not demo),
            proxies=_count(given, "YICHENG_PROXIES"),
        )


def _secret(given: str, keep_in: Path | None) -> str:
    if not given and keep_in is not None:
        return _kept_secret(keep_in / "secret-key")
    if len(given) < _SHORTEST_SECRET or len(set(given)) == 1:
        raise ConfigError(
            f"YICHENG_SECRET_KEY 未设置或过短：请设为至少 {_SHORTEST_SECRET} 位的随机字符串"
            "(例如 python3 -c 'import secrets; print(secrets.token_hex(32))' 的输出)。"
        )
    return given


def _kept_secret(path: Path) -> str:
    """The secret in this file, made first if there is none; of processes starting together one makes it."""
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
    except FileExistsError:
        pass
    return path.read_text()


def _flag(given: Mapping[str, str], name: str, *, default: bool) -> bool:
    value = given.get(name)
    if value is None:
        return default
    if value.lower() in _TRUE | _FALSE:
        return value.lower() in _TRUE
    raise ConfigError(f"{name} 应为 1 或 0。")


def _count(given: Mapping[str, str], name: str) -> int:
    value = given.get(name) or "0"
    if not value.isdigit():
        raise ConfigError(f"{name} 应为非负整数。")
    return int(value)
