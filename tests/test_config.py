"""Settings are read from the environment, all problems at once and without repeating a secret."""

from dataclasses import fields
from pathlib import Path

import pytest

from bot.config import TABLE, ConfigError, Settings

SECRET = "123456:very secret token"


def problems(**environ: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        Settings.read(environ)
    return caught.value.problems


def told(settings: Settings, field: str) -> str:
    """What a setting is, as one would write it."""
    value = getattr(settings, field)
    return {"True": "on", "False": "off"}.get(str(value), str(value))


def test_nothing_needs_to_be_set() -> None:
    """An empty environment serves on loopback with everything under ./data."""
    settings = Settings.read({})
    assert settings == Settings()
    assert (settings.host, settings.port) == ("127.0.0.1", 8080)
    assert settings.keys == Path("data/keys")
    assert settings.telegram_token is None


def test_every_setting_lands_in_its_field() -> None:
    """Each row of the table fills exactly the field that it names."""
    given = {
        "LUCHT_HOST": "0.0.0.0",  # noqa: S104
        "LUCHT_PORT": "9000",
        "LUCHT_DATA": "/srv/lucht",
        "LUCHT_KEYS": "/run/lucht",
        "LUCHT_DATABASE_URL": "sqlite:////srv/live/live.sqlite",
        "LUCHT_CONTENT_URL": "postgresql://lucht:secret@db.example/lucht",
        "LUCHT_PUBLIC_URL": "https://lucht.example/",
        "LUCHT_CONSOLE_URL": "https://console.lucht.example",
        "LUCHT_LINK_CHECK": "on",
        "TELEGRAM_BOT_TOKEN": "123:abc",
        "TELEGRAM_API_URL": "http://127.0.0.1:8081",
        "TELEGRAM_RATE": "100.0",
        "TELEGRAM_CHAT_RATE": "0.5",
    }
    assert set(given) == {setting.name for setting in TABLE}
    assert {setting.field for setting in TABLE} == {field.name for field in fields(Settings)}
    settings = Settings.read(given)
    assert settings.port == 9000
    assert settings.keys == Path("/run/lucht")
    assert settings.public_url == "https://lucht.example"
    for setting in TABLE:
        wanted = given[setting.name].rstrip("/").removeprefix("sqlite:///")
        assert told(settings, setting.field) == wanted


def test_the_tables_defaults_are_the_real_ones() -> None:
    """A default that the table states literally is the one in force."""
    literal = [s for s in TABLE if " " not in s.default and s.default != "none"]
    assert len(literal) >= 4
    for setting in literal:
        assert told(Settings(), setting.field) == setting.default


def test_keys_follow_the_data_folder() -> None:
    """Moving the data moves the keys along, unless they have a place of their own."""
    assert Settings.read({"LUCHT_DATA": "/srv/lucht"}).keys == Path("/srv/lucht/keys")


def test_an_empty_value_counts_as_not_set() -> None:
    """A compose file passes empty variables on; they mean nothing."""
    empty = {setting.name: " " for setting in TABLE}
    assert Settings.read(empty) == Settings()


def test_other_programs_variables_are_left_alone() -> None:
    """Only our own prefix is checked for unknown names."""
    assert Settings.read({"PATH": "/bin", "TELEGRAM_OTHER": "x"}) == Settings()


def test_all_problems_come_at_once() -> None:
    """One start shows everything that is wrong, name first."""
    found = problems(LUCHT_PORT="many", LUCHT_PUBLIC_URL="http://lucht.example", LUCHT_PROT="1")
    assert [problem.partition(":")[0] for problem in found] == [
        "LUCHT_PORT",
        "LUCHT_PUBLIC_URL",
        "LUCHT_PROT",
    ]


@pytest.mark.parametrize("port", ["-1", "65536", "80 80", "8080.0", "\u0663"])
def test_a_port_is_a_number_that_a_port_can_be(port: str) -> None:
    """Anything but 0 to 65535 in plain digits is refused."""
    assert problems(LUCHT_PORT=port)[0].startswith("LUCHT_PORT: give a whole number")


@pytest.mark.parametrize(
    "url",
    [
        "http://lucht.example",
        "ftp://lucht.example",
        "lucht.example",
        "https://",
        "https://[::1",
        "https://lucht.example:port",
        "https://me:pw@lucht.example",
        "https://lucht.example?key=1",
        "https://lucht .example",
        "http://127.0.0.1.evil.example",
    ],
)
def test_a_public_address_is_plain_https(url: str) -> None:
    """Without https others could read along; a password or query would end up in logs."""
    (problem,) = problems(LUCHT_PUBLIC_URL=url)
    assert problem.startswith("LUCHT_PUBLIC_URL: ")


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "[::1]:80", "a.localhost:1"])
def test_plain_http_is_fine_on_the_machine_itself(host: str) -> None:
    """Loopback never leaves the machine, so it needs no certificate."""
    assert Settings.read({"LUCHT_PUBLIC_URL": f"http://{host}"}).public_url == f"http://{host}"


@pytest.mark.parametrize(
    "url",
    [
        *("mysql://db/lucht", "lucht.sqlite", "sqlite://", "sqlite:///", "sqlite://host/file"),
        "sqlite:///file?mode=memory",
    ],
)
def test_a_database_is_a_file(url: str) -> None:
    """What the store cannot use is refused at once, with what would do."""
    assert problems(LUCHT_DATABASE_URL=url)[0].startswith(
        "LUCHT_DATABASE_URL: name a file, such as"
    )


@pytest.mark.parametrize("url", ["postgresql://db", "postgresql:///lucht", "mysql://u:pw@db/x"])
def test_a_content_store_is_a_file_or_a_whole_address(url: str) -> None:
    """Half an address is refused, and nothing of it repeated."""
    (problem,) = problems(LUCHT_CONTENT_URL=url)
    assert problem.startswith("LUCHT_CONTENT_URL: name ")
    assert "pw" not in problem


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+asyncpg"])
def test_postgresql_is_refused_with_what_next(scheme: str) -> None:
    """Serving from SQLite instead would silently be something else than what was asked."""
    (problem,) = problems(LUCHT_DATABASE_URL=f"{scheme}://lucht:hunter2@db/lucht")
    assert problem.startswith("LUCHT_DATABASE_URL: PostgreSQL is not supported yet")
    assert "leave this out, or name a file" in problem
    assert "hunter2" not in problem


def test_each_of_the_three_places_can_be_set() -> None:
    """Sessions, content and keys need not share a disk; without settings they share a folder."""
    assert Settings.read({"LUCHT_DATA": "/srv/lucht"}).live_file == Path("/srv/lucht/live.sqlite")
    three = Settings.read(
        {
            "LUCHT_DATABASE_URL": "sqlite+aiosqlite:////run/live/live.sqlite",
            "LUCHT_DATA": "/srv/lucht",
            "LUCHT_KEYS": "/run/lucht",
        }
    )
    assert (three.live_file, three.data, three.keys) == (
        Path("/run/live/live.sqlite"),
        Path("/srv/lucht"),
        Path("/run/lucht"),
    )


def test_a_misspelt_setting_is_named_with_the_likely_one() -> None:
    """A setting that does nothing would be worse than an error."""
    assert problems(LUCHT_PULIC_URL="https://lucht.example") == (
        "LUCHT_PULIC_URL: no such setting; did you mean LUCHT_PUBLIC_URL?",
    )
    assert "settings.md" in problems(LUCHT_QQQQQQQQQQQQQQ="1")[0]


def test_no_value_is_ever_repeated() -> None:
    """Errors and `repr` end up in logs and tickets; a token or password does not."""
    found = problems(
        TELEGRAM_BOT_TOKEN=SECRET,
        LUCHT_DATABASE_URL="mysql://u:hunter2@db",
        LUCHT_HOST="hunter2/x",
        LUCHT_TOKEN="hunter2",
    )
    assert len(found) == 4
    assert not any(word in " ".join(found) for word in ("secret", "hunter2"))
    assert "hush" not in repr(Settings.read({"TELEGRAM_BOT_TOKEN": "1:hush"}))


@pytest.mark.parametrize("rate", ["0", "-1", "fast", "1e9", "nan", "\u0663"])
def test_a_rate_is_more_than_nothing(rate: str) -> None:
    """A rate of nothing would leave every reply waiting."""
    assert problems(TELEGRAM_RATE=rate)[0].startswith("TELEGRAM_RATE: give how many")
