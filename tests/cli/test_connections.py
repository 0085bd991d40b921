"""`tenuto connections` on a real database: kept, listed, shared, tested and forgotten, and never shown."""

from __future__ import annotations

import json

from tests.cli.conftest import Command

secret = "xoxb-canary-0123456789"
unknown = "0198c5a0-0000-7000-8000-000000000000"


def test_add_list_share_test_and_delete(tenuto: Command) -> None:
    added = tenuto("connections", "add", "something_of_ours", "--json", feed=secret + "\n")
    assert added.code == 0, added.err
    made = str(json.loads(added.out)["id"])
    listed = tenuto("connections", "list", "--json")
    assert isinstance(listed.json["connections"], list)
    (found,) = listed.json["connections"]
    assert isinstance(found, dict)
    assert (found["id"], found["name"], found["shared_with"], found["workflows"]) == (made, "default", ["*"], [])
    shared = tenuto("connections", "share", made, "ada", "bob", "--json")
    assert shared.json["shared_with"] == ["ada", "bob"]
    shown = tenuto("connections", "show", made)
    assert (shown.code, "something_of_ours: default (valid)" in shown.out) == (0, True), shown
    tested = tenuto("connections", "test", made)
    assert (tested.code, "cannot be asked" in tested.out) == (0, True), tested
    deleted = tenuto("connections", "delete", made, "--json")
    assert deleted.json == {"deleted": made, "revoked": False}
    table = tenuto("connections", "list")
    assert "No connections" in table.out
    for said in (added.out + added.err, listed.out, shown.out, tested.out, deleted.out):
        assert "canary" not in said


def test_connect_says_where_to_consent_or_what_is_missing(tenuto: Command) -> None:
    missing = tenuto("connections", "connect", "github")
    assert (missing.code, "TENUTO_GITHUB_CLIENT_ID" in missing.err) == (4, True), missing
    ready = tenuto("connections", "connect", "github", "--shared", "--name", "ours", "--json", TENUTO_GITHUB_CLIENT_ID="abc")
    assert str(ready.json["url"]).endswith("/api/oauth/github/authorize?name=ours&shared=true")
    assert tenuto("connections", "connect", "nope").code == 3


def test_what_is_wrong_is_said(tenuto: Command) -> None:
    assert tenuto("connections", "add", "slack").code == 1
    assert tenuto("connections", "add", "slack", feed="a\tb\n").code == 1
    for wrong in (("--way", "nonsense"), ("--way", "basic"), ("--field", "site"), ("--field", "site=acme")):
        done = tenuto("connections", "add", "slack", *wrong, feed=secret)
        assert (done.code != 0, "Traceback" in done.err, secret in done.err) == (True, False, False), done
    for command in ("show", "test", "delete", "share"):
        done = tenuto("connections", command, unknown)
        assert (done.code, "Traceback" in done.err) == (3, False), done
    assert tenuto("connections", "show", "nonsense").code == 2
