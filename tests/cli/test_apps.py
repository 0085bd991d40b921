"""`tenuto apps`: an OAuth app is stored, listed without its secret, and forgotten."""

from __future__ import annotations

import json

from tests.cli.conftest import Command


def test_set_list_and_delete(tenuto: Command) -> None:
    made = tenuto("apps", "set", "github", "--client-id", "Iv1.0123", "--json", feed="the-canary-of-apps\n")
    assert made.code == 0, made.err
    assert json.loads(made.out)["redirect"].endswith("/api/oauth/callback")
    listed = tenuto("apps", "list", "--json")
    assert isinstance(listed.json["apps"], list)
    found = {str(each["name"]): each for each in listed.json["apps"] if isinstance(each, dict)}
    assert (found["github"]["client_id"], found["github"]["source"]) == ("Iv1.0123", "stored")
    shown = tenuto("apps", "list")
    assert "Redirect address" in shown.out
    assert "canary" not in made.out + listed.out + shown.out
    wrong = tenuto("apps", "set", "nope", "--client-id", "x", feed="x\n")
    assert (wrong.code != 0, "Nothing is connected" in wrong.err) == (True, True)
    assert tenuto("apps", "delete", "github").code == 0
    assert tenuto("apps", "delete", "github").code != 0
