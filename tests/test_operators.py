"""The examples for operators keep the promises that docs/operators/README.md makes for them."""

import re
from pathlib import Path

from bot.config import TABLE

FOLDER = Path(__file__).parents[1] / "docs/operators"


def example(name: str) -> str:
    """An example without its comments."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    return re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE)


def test_nginx_writes_down_no_address() -> None:
    """Every server block is silent, and neither bodies nor addresses go further than they must."""
    text = example("nginx.conf")
    servers = text.count("server {")
    assert servers == 2
    assert text.count("access_log off;") == text.count("error_log /dev/null emerg;") == servers
    for header in ("X-Forwarded-For", "X-Real-IP"):
        assert f'proxy_set_header {header} "";' in text
    assert "$remote_addr" not in text
    sizes = re.findall(r"client_(max_body|body_buffer)_size (\w+);", text)
    largest = [size for name, size in sizes if name == "max_body"]
    assert largest == [size for name, size in sizes if name == "body_buffer"]
    assert "proxy_max_temp_file_size 0;" in text


def test_whoever_is_over_the_limit_of_nginx_gets_the_numbers_to_call() -> None:
    """The proxy's own error page would lock a frightened child out of a busy school."""
    blocks = dict(
        re.findall(r"location ([^{]+?) \{(.*?)\n    \}", example("nginx.conf"), re.DOTALL)
    )
    limited = {path for path, block in blocks.items() if "limit_req " in block}
    assert limited == {"/"}
    assert "limit_req_status 429;" in blocks["/"]
    assert "error_page 429 /hulp;" in blocks["/"]
    # A message that was refused may have been sent by POST; the page is only there for GET.
    assert {"proxy_method GET;", "proxy_pass_request_body off;"} <= {
        line.strip() for line in blocks["= /hulp"].splitlines()
    }


def test_caddy_writes_down_no_address() -> None:
    """The logger leaves out everything that names a visitor, and the header is taken away."""
    text = example("Caddyfile")
    assert "exclude http.log http.handlers http.stdlib" in text
    assert text.count("log {") == 1
    assert "header_up -X-Forwarded-For" in text
    assert "header_up -X-Real-IP" in text


def test_the_service_keeps_memory_off_the_disk() -> None:
    """Keys are on the RAM disk, core dumps and swap are off, and danger numbers are checked."""
    lines = example("lucht.service").splitlines()
    settings = dict(
        line.removeprefix("Environment=").split("=", 1) for line in lines if "LUCHT_" in line
    )
    assert set(settings) <= {setting.name for setting in TABLE}
    assert settings["LUCHT_KEYS"].startswith("/run/")
    assert {"LimitCORE=0", "MemorySwapMax=0", "RuntimeDirectoryMode=0700"} <= set(lines)
    assert any(line.startswith("ExecStart=") and line.endswith("run --public") for line in lines)
