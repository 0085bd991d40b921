"""Doors and tickets for tests: the real sender, allowed to reach loopback, with secrets and names that a test chooses."""

from __future__ import annotations

import ssl
from collections.abc import Sequence

from opentelemetry.trace import Tracer
from pydantic import SecretStr

from tenuto.core.auth import ApiKey, Auth
from tenuto.core.connector import Outbound
from tenuto.engine.ports import Ticket
from tenuto.vault.sender import VaultSender
from tenuto.vault.tokens import Credential, Setting, SettingSecrets

canary = "canary+/Zx9=secret value that must not be seen"
here = ("127.0.0.1/32",)


own_header = ApiKey(header="x-api-key")


class Names:
    """A name server: each name's answers, one per question, the last one for ever."""

    def __init__(self, **answers: Sequence[Sequence[str]]) -> None:
        self.answers = {name.replace("_", "."): list(each) for name, each in answers.items()}
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        answers = self.answers.get(host)
        if not answers:
            raise OSError(f"no such name: {host}")
        return answers.pop(0) if len(answers) > 1 else answers[0]


def door(
    *,
    allow: Sequence[str] = here,
    names: Names | None = None,
    secret: str | None = canary,
    auth: Auth = own_header,
    user: str = "",
    tls: ssl.SSLContext | None = None,
    tracer: Tracer | None = None,
) -> VaultSender:
    """A door with a secret for `agent:lyzr`; `None` is a setting that is not set."""
    credential = Credential(auth=auth, secret=SecretStr(secret), user=user) if secret is not None else None
    secrets = SettingSecrets({"agent:lyzr": Setting(name="LYZR_API_KEY", credential=credential)})
    return VaultSender(secrets, allow=allow, resolve=names or Names(), tls=tls, tracer=tracer)


def plain(*allow: str) -> Ticket:
    """A ticket without a secret, for a workflow with these hosts on its list."""
    return Ticket(workspace=1, allow=allow)


def signed(*hosts: str, connection: str | None = None) -> Ticket:
    """A ticket with the secret, for these hosts."""
    return Ticket(workspace=1, integration="agent:lyzr", hosts=hosts, connection=connection)


def get(url: str, timeout: float = 20, **more: object) -> Outbound:
    return Outbound(method="GET", url=url, timeout=timeout, **more)  # type: ignore[arg-type]


def post(url: str, timeout: float = 20, **more: object) -> Outbound:
    return Outbound(method="POST", url=url, timeout=timeout, **more)  # type: ignore[arg-type]
