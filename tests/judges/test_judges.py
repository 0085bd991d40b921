"""The judges can be asked, and do refuse."""

from __future__ import annotations

from tests.judges import ask


def test_githubs_own_library_signs_and_refuses() -> None:
    """The vector of GitHub's documentation: https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries."""
    question = {"secret": "It's a Secret to Everybody", "body": "Hello, World!"}
    signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert ask("webhooks.mjs", {**question, "signature": signature}) == {"signed": signature, "accepted": True}
    assert ask("webhooks.mjs", {**question, "body": "Hello, World?", "signature": signature})["accepted"] is False
