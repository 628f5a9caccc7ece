"""Settings: one table says what the environment may hold; docs and tests read the same table."""

import difflib
import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

PREFIX = "LUCHT_"


class ConfigError(Exception):
    """The environment does not add up. `problems` holds every reason; no value is ever repeated."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        """Keep every problem, each with the name of the setting first."""
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Setting:
    """One row of the table: where it is read from, where it lands and what it means."""

    name: str
    field: str
    kind: str
    default: str
    help: str
    parse: Callable[[str], object]


def _host(text: str) -> str:
    if any(c.isspace() or c in "/@" for c in text):
        raise ValueError("give an address or host name alone, such as 127.0.0.1")
    return text


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise ValueError("give a whole number from 0 to 65535, such as 8080")
    return int(text)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _split_url(text: str) -> SplitResult:
    hint = "give a full address, such as https://lucht.example"
    try:
        url = urlsplit(text)
        complete = bool(url.hostname) and url.port != 0
    except ValueError:
        raise ValueError(hint) from None
    if not complete or any(c.isspace() for c in text):
        raise ValueError(hint)
    return url


def _url(text: str) -> str:
    url = _split_url(text)
    if url.username is not None or url.query or url.fragment:
        raise ValueError("leave out user name, password, ? and #; they would end up in logs")
    if url.scheme != "https" and not (url.scheme == "http" and _is_loopback(url.hostname or "")):
        raise ValueError("must begin with https://; plain http only for this machine itself")
    return text.rstrip("/")


def _database(text: str) -> Path:
    if _is_postgresql(text):
        raise ValueError(
            "PostgreSQL is not supported yet, and SQLite instead would keep chats where you do not "
            "expect them; leave this out, or name a file: sqlite:////srv/live/live.sqlite"
        )
    return _file(text)


def _content(text: str) -> Path | str:
    if not _is_postgresql(text):
        return _file(text)
    try:
        url = urlsplit(text)
        complete = bool(url.hostname and url.path.strip("/")) and url.port != 0
    except ValueError:
        complete = False
    if not complete:
        raise ValueError("name server and database: postgresql://user:password@host:5432/lucht")
    return text


def _is_postgresql(text: str) -> bool:
    return text.partition("://")[0].partition("+")[0] in ("postgresql", "postgres")


def _file(text: str) -> Path:
    backend, separator, place = text.partition("://")
    kind = backend.partition("+")[0]
    # As SQLAlchemy reads it: nothing between the second slash and the third, then the path.
    path = place.removeprefix("/")
    if not separator or kind != "sqlite" or path == place or not path or re.search("[?#]", path):
        raise ValueError(
            "name a file, such as sqlite:////srv/live/live.sqlite (four slashes for a path from "
            "the root), or leave it out"
        )
    return Path(path)


def _rate(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,3})?", text) or not float(text):
        raise ValueError("give how many messages a second, more than 0, such as 30")
    return float(text)


def _switch(text: str) -> bool:
    if text not in ("on", "off"):
        raise ValueError("write on or off")
    return text == "on"


def _token(text: str) -> str:
    if any(c.isspace() or c in "/?#" for c in text):
        raise ValueError("copy the token from BotFather again, without spaces or line ends")
    return text


TABLE = (
    Setting("LUCHT_HOST", "host", "address", "127.0.0.1", "where the server listens", _host),
    Setting("LUCHT_PORT", "port", "number", "8080", "on which port; 0 takes a free one", _port),
    Setting("LUCHT_DATA", "data", "folder", "data", "stores, made when missing", Path),
    Setting(
        "LUCHT_KEYS", "keys", "folder", "keys in LUCHT_DATA", "epoch keys, best on a RAM disk", Path
    ),
    Setting(
        "LUCHT_DATABASE_URL",
        "live",
        "database",
        "live.sqlite in LUCHT_DATA",
        "another file for the live store",
        _database,
    ),
    Setting(
        "LUCHT_CONTENT_URL",
        "content",
        "database",
        "content.sqlite in LUCHT_DATA",
        "another file for the content store, or a PostgreSQL database",
        _content,
    ),
    Setting(
        "LUCHT_PUBLIC_URL",
        "public_url",
        "https address",
        "none",
        "how the world reaches the web chat; set: Telegram by webhook, else polling",
        _url,
    ),
    Setting(
        "LUCHT_CONSOLE_URL",
        "console_url",
        "https address",
        "none",
        "how moderators reach the console, when that differs",
        _url,
    ),
    Setting(
        "LUCHT_LINK_CHECK",
        "link_check",
        "switch",
        "off",
        "on: asks each source of the directory once a week whether it is still there",
        _switch,
    ),
    Setting(
        "TELEGRAM_BOT_TOKEN",
        "telegram_token",
        "secret",
        "none",
        "token from BotFather; without it there is no Telegram",
        _token,
    ),
    Setting(
        "TELEGRAM_API_URL",
        "telegram_api_url",
        "https address",
        "https://api.telegram.org",
        "the Bot API, for a server of your own or a test",
        _url,
    ),
    Setting(
        "TELEGRAM_RATE", "telegram_rate", "number", "30", "messages a second to all chats", _rate
    ),
    Setting(
        "TELEGRAM_CHAT_RATE",
        "telegram_chat_rate",
        "number",
        "1",
        "messages a second to one chat, after a burst of twelve",
        _rate,
    ),
)


@dataclass(frozen=True)
class Settings:
    """What the operator chose. `repr` shows neither the token nor a database's password.

    Paths are as given (relative ones start at the working folder); addresses carry no final slash.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    data: Path = Path("data")
    keys: Path = Path("data/keys")
    live: Path | None = None
    content: Path | str | None = field(default=None, repr=False)
    public_url: str | None = None
    console_url: str | None = None
    link_check: bool = False
    telegram_token: str | None = field(default=None, repr=False)
    telegram_api_url: str = "https://api.telegram.org"
    telegram_rate: float = 30
    telegram_chat_rate: float = 1

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> "Settings":
        """Read the settings from `environ`; an empty value counts as not set.

        Raises `ConfigError` with every problem at once: bad values, and `LUCHT_` names that nobody
        reads, since a misspelt setting would otherwise silently do nothing.
        """
        values, problems = _parse(environ)
        problems += _unknown(environ)
        if problems:
            raise ConfigError(tuple(problems))
        data = values.setdefault("data", cls.data)
        values.setdefault("keys", Path(str(data)) / "keys")
        return cls(**values)  # type: ignore[arg-type]

    @property
    def live_file(self) -> Path:
        """Return the file of the live store."""
        return self.live or self.data / "live.sqlite"

    @property
    def content_place(self) -> Path | str:
        """Return the file of the content store, or the address of its database."""
        return self.content or self.data / "content.sqlite"


def _parse(environ: Mapping[str, str]) -> tuple[dict[str, object], list[str]]:
    values: dict[str, object] = {}
    problems = []
    for setting in TABLE:
        text = environ.get(setting.name, "").strip()
        if not text:
            continue
        try:
            values[setting.field] = setting.parse(text)
        except ValueError as error:
            problems.append(f"{setting.name}: {error}")
    return values, problems


def _unknown(environ: Mapping[str, str]) -> Iterator[str]:
    known = [setting.name for setting in TABLE]
    for name in sorted(environ):
        if name.startswith(PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else "docs/operators/settings.md lists them"
            yield f"{name}: no such setting; {hint}"
