"""What exists is documented: an undocumented setting or verb turns this red."""

import re
from pathlib import Path

import pytest

from bot.config import TABLE, Setting

ROOT = Path(__file__).parents[1]
SETTINGS = (ROOT / "docs/operators/settings.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("setting", TABLE, ids=lambda setting: setting.name)
def test_every_setting_is_documented_as_it_is(setting: Setting) -> None:
    """The row in the documentation says the same as the row in the table."""
    row = f"| `{setting.name}` | {setting.kind} | {setting.default} | {setting.help} |"
    assert row in SETTINGS.splitlines()


def test_no_setting_is_documented_that_does_not_exist() -> None:
    """Every row of the documentation is a row of the table."""
    documented = re.findall(r"^\| `([A-Z_]+)` \|", SETTINGS, re.MULTILINE)
    assert documented == [setting.name for setting in TABLE]
