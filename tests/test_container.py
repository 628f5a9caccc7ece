"""Image and compose file keep their promises: least rights, no secret, keys in memory alone."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from bot.config import TABLE

ROOT = Path(__file__).parents[1]
# A line that goes on in the next one counts as one.
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
FINAL = DOCKERFILE.split("\nFROM ")[-1].splitlines()
IGNORED = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()


@pytest.fixture(scope="module")
def service() -> Any:
    """The one service of the compose file."""
    with (ROOT / "compose.yaml").open(encoding="utf-8") as file:
        return YAML(typ="safe").load(file)["services"]["lucht"]


def instruction(name: str) -> str:
    """The argument of the one instruction `name` of the final stage."""
    (line,) = [line for line in FINAL if line.startswith(name + " ")]
    return line.removeprefix(name + " ")


def environment() -> dict[str, str]:
    return dict(re.findall(r"(\w+)=(\S+)", instruction("ENV")))


def health_command() -> list[str]:
    command: list[str] = json.loads(instruction("HEALTHCHECK").split("CMD ", 1)[1])
    return command


class Health(BaseHTTPRequestHandler):
    """Answers /healthz with the status that the test chose."""

    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/healthz" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def port() -> Iterator[int]:
    """A loopback server that answers like Lucht's health page."""
    with HTTPServer(("127.0.0.1", 0), Health) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def check_health(port: int) -> int:
    command = [sys.executable, *health_command()[1:]]
    environ = {**os.environ, "LUCHT_PORT": str(port), "http_proxy": "http://127.0.0.1:1"}
    return subprocess.run(command, env=environ, capture_output=True, check=False).returncode


def test_the_linter_has_nothing_to_say_about_the_dockerfile() -> None:
    """Hadolint, as installed with the development dependencies, finds no fault."""
    hadolint = Path(sys.executable).with_name("hadolint")
    command = [hadolint, "--no-color", "Dockerfile"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout + result.stderr) == (0, "")


def test_the_image_runs_as_nobody_in_particular() -> None:
    """The server is started by a number that is not root, without a shell in between."""
    user, _, group = instruction("USER").partition(":")
    assert int(user) > 0
    assert int(group) > 0
    for name in ("ENTRYPOINT", "CMD"):
        assert json.loads(instruction(name))


def test_dependencies_are_installed_by_hash_and_without_the_development_ones() -> None:
    """Only the pinned run-time dependencies enter the image."""
    assert '"--require-hashes", "-r", "requirements/run.lock"' in DOCKERFILE
    assert "dev.lock" not in DOCKERFILE
    assert DOCKERFILE.count("FROM python:3.13-slim") == 2


def test_the_image_sets_only_settings_that_exist() -> None:
    """The container listens for the proxy and keeps data and keys in folders of their own."""
    known = {setting.name for setting in TABLE}
    given = environment()
    assert {name for name in given if name.startswith("LUCHT_")} <= known
    assert given["LUCHT_HOST"] == "0.0.0.0"  # noqa: S104
    assert json.loads(instruction("VOLUME")) == [given["LUCHT_DATA"]]
    assert not given["LUCHT_KEYS"].startswith(given["LUCHT_DATA"])


def test_the_health_check_sees_a_server_that_answers(port: int) -> None:
    """A healthy server is healthy, whatever proxy the host uses."""
    assert check_health(port) == 0


def test_the_health_check_sees_a_server_that_is_ill(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that answers with an error is not healthy."""
    monkeypatch.setattr(Health, "status", 503)
    assert check_health(port) != 0


def test_only_named_files_can_enter_the_image() -> None:
    """The build starts from nothing, so a key, a store or an .env file is never sent along."""
    assert next(line for line in IGNORED if not line.startswith("#")) == "*"
    admitted = {line[1:] for line in IGNORED if line.startswith("!")}
    copied = set()
    for line in re.findall(r"^COPY (?!--)(.+)$", DOCKERFILE, re.MULTILINE):
        copied |= set(line.split()[:-1])
    assert copied == admitted


def test_the_container_has_the_least_rights(service: Any) -> None:
    """Not root, nothing to write to, no capability, no way to more rights."""
    assert service["user"] == instruction("USER")
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "devices", "network_mode", "pid"} & set(service)


def test_keys_live_in_memory_alone(service: Any) -> None:
    """The key folder is a RAM disk of the server's own; memory is neither dumped nor swapped."""
    mounts = dict(mount.split(":", 1) for mount in service["tmpfs"])
    options = mounts[environment()["LUCHT_KEYS"]].split(",")
    uid, gid = service["user"].split(":")
    assert {"mode=0700", f"uid={uid}", f"gid={gid}", "noexec"} <= set(options)
    assert [volume.split(":")[1] for volume in service["volumes"]] == [environment()["LUCHT_DATA"]]
    assert service["ulimits"]["core"] == 0
    assert service["mem_limit"] == service["memswap_limit"]


def test_the_port_is_open_to_the_proxy_alone(service: Any) -> None:
    """The outside reaches the server through the proxy only."""
    assert service["ports"] == [f"127.0.0.1:8080:{environment()['LUCHT_PORT']}"]
    assert instruction("EXPOSE") == environment()["LUCHT_PORT"]


def test_no_secret_stands_in_the_files(service: Any) -> None:
    """Values come from outside; the image names no secret setting at all."""
    for name, value in service["environment"].items():
        assert value == f"${{{name}:-}}"
    assert set(service["environment"]) <= {setting.name for setting in TABLE}
    assert "TOKEN" not in DOCKERFILE
    assert ".env" in (ROOT / ".gitignore").read_text(encoding="utf-8").split()
