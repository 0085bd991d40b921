"""Settings: where they come from, which wins, and a sentence that names the wrong one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tenuto.core.errors import Misconfigured
from tenuto.settings import Settings

wrong = {
    "TENUTO_PORT": ("eighty", "TENUTO_PORT"),
    "TENUTO_ENV": ("staging", "TENUTO_ENV"),
    "NODE_ENV": ("staging", "NODE_ENV"),
    "DATABASE_URL": ("mysql://user:hunter2@host/db", "DATABASE_URL"),
    "TENUTO_PUBLIC_URL": ("tenuto.example", "TENUTO_PUBLIC_URL"),
    "TENUTO_EGRESS_ALLOW": ("10.0.0.0/8,everything", "TENUTO_EGRESS_ALLOW"),
    "TENUTO_SLOTS": ("0", "TENUTO_SLOTS"),
    "TENUTO_CODE_PROCESSES": ("0", "TENUTO_CODE_PROCESSES"),
    "TENUTO_LARGEST_VALUE": ("1", "TENUTO_LARGEST_VALUE"),
    "TENUTO_RETENTION": ("0d", "TENUTO_RETENTION"),
    "TENUTO_BOOTSTRAP_KEY": ("short", "TENUTO_BOOTSTRAP_KEY"),
    "LYZR_BASE_URL": ("ftp://x", "LYZR_BASE_URL"),
}


@pytest.mark.parametrize("name", wrong)
def test_a_wrong_setting_is_named_and_what_it_holds_is_not_shown(name: str, tmp_path: Path) -> None:
    value, named = wrong[name]
    with pytest.raises(Misconfigured) as raised:
        Settings.read(tmp_path, {name: value})
    assert str(raised.value).startswith(f"{named} is wrong: ")
    assert "hunter2" not in str(raised.value)


def test_the_environment_wins_over_the_local_file_and_that_over_the_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TENUTO_HOST=localhost\nTENUTO_PORT=1\nTENUTO_SLOTS=5\n")
    (tmp_path / ".env.local").write_text("TENUTO_PORT=2\nTENUTO_SLOTS=6\n")
    found = Settings.read(tmp_path, {"TENUTO_SLOTS": "7"})
    assert (found.host, found.port, found.slots) == ("localhost", 2, 7)


def test_nothing_set_is_a_whole_configuration(tmp_path: Path) -> None:
    found = Settings.read(tmp_path, {"TENUTO_PORT": " "})
    assert (found.host, found.port, found.database_url, found.secret_key) == ("127.0.0.1", 8400, None, None)
    assert found.development


@pytest.mark.parametrize(
    ("given", "development"),
    [
        ({}, True),
        ({"TENUTO_HOST": "::1"}, True),
        ({"TENUTO_HOST": "0.0.0.0"}, False),
        ({"TENUTO_HOST": "0.0.0.0", "NODE_ENV": "development"}, True),
        ({"NODE_ENV": "production"}, False),
        ({"TENUTO_ENV": "production", "NODE_ENV": "development"}, False),
        ({"NODE_ENV": "test"}, True),
    ],
)
def test_unset_means_development_on_loopback_and_production_elsewhere(given: dict[str, str], development: bool, tmp_path: Path) -> None:
    assert Settings.read(tmp_path, given).development is development


def test_both_names_of_the_agent_work_and_the_longer_wins(tmp_path: Path) -> None:
    assert Settings.read(tmp_path, {"AGENT_ID": "a"}).agent_id == "a"
    assert Settings.read(tmp_path, {"AGENT_ID": "a", "LYZR_AGENT_ID": "b"}).agent_id == "b"


def test_no_secret_is_shown_when_settings_are_printed(tmp_path: Path) -> None:
    canary = "canary-0123456789-0123456789-0123456789"
    names = ("LYZR_API_KEY", "TENUTO_SECRET_KEY", "TENUTO_BOOTSTRAP_KEY", "OTHER_API_KEY")
    found = Settings.read(tmp_path, {**dict.fromkeys(names, canary), "DATABASE_URL": f"postgresql://u:{canary}@h/d"})
    assert canary not in repr(found)
    assert canary not in str(found.model_dump())
    secret = found.variable("OTHER_API_KEY")
    assert secret is not None
    assert secret.get_secret_value() == canary
