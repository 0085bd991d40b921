"""`tenuto apps`: an OAuth app is stored, listed without its secret, and forgotten."""

from __future__ import annotations

import json

from tests.cli.conftest import Command
from tests.cli.test_connections import fed


def test_set_list_and_delete(tenuto: Command) -> None:
    made = fed(tenuto, "the-canary-of-apps\n", "apps", "set", "github", "--client-id", "Iv1.0123", "--json")
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["redirect"].endswith("/api/oauth/callback")
    listed = tenuto("apps", "list", "--json")
    assert isinstance(listed.json["apps"], list)
    found = {str(each["name"]): each for each in listed.json["apps"] if isinstance(each, dict)}
    assert (found["github"]["client_id"], found["github"]["source"]) == ("Iv1.0123", "stored")
    shown = tenuto("apps", "list")
    assert "Redirect address" in shown.out
    assert "canary" not in made.stdout + listed.out + shown.out
    wrong = fed(tenuto, "x\n", "apps", "set", "nope", "--client-id", "x")
    assert (wrong.returncode != 0, "Nothing is connected" in wrong.stderr) == (True, True)
    assert tenuto("apps", "delete", "github").code == 0
    assert tenuto("apps", "delete", "github").code != 0
