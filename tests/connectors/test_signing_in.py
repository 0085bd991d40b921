"""Each way of each connector for which a secret is typed in: the right one is accepted, and whose it is said; a wrong one is refused."""

from __future__ import annotations

from typing import Any, cast

import pytest
from pydantic import SecretStr
from tests.connectors.conformance import every
from tests.connectors.world import catalog
from tests.doubles.vendor import token, user
from tests.doubles.vendors import VendorsDouble

from tenuto.core.connecting import fields_asked, ways_of
from tenuto.core.errors import Invalid
from tenuto.core.ways import kind_of, labels_of, typed_in
from tenuto.services.connections.adding import Adding, Given
from tenuto.services.connections.probes import Probes
from tenuto.vault.oauth.apps import Apps
from tenuto.vault.oauth.client import OAuthClient
from tenuto.vault.oauth.grants import Grants
from tenuto.vault.sender import VaultSender
from tenuto.vault.tokens import SettingSecrets

here = ("127.0.0.1/32",)
ways = [(key, kind_of(way)) for key, each in every().items() for way in ways_of(each.connector) if typed_in(way)]


@pytest.mark.parametrize(("key", "kind"), ways)
async def test_the_right_secret_and_a_wrong_one(key: str, kind: str, double: VendorsDouble) -> None:
    connector = every()[key].connector
    way = next(each for each in ways_of(connector) if kind_of(each) == kind)
    bases = {key: double.bases[key] + every()[key].base}
    async with VaultSender(SettingSecrets({}), allow=here) as door:
        unused = cast("Any", None)  # no secret that is typed in is kept here, nor asks for an app
        grants = Grants(catalog.connectors, apps=Apps({}, unused, unused), client=OAuthClient(door))
        adding = Adding(catalog, grants, Probes(lambda only: VaultSender(only, allow=here), bases))
        given = Given(
            integration=key,
            name="new",
            secret=SecretStr(token),
            user=user if labels_of(way).user else "",
            way=kind_of(way),
            fields={field.name: field.example for field in fields_asked(connector, way)},
        )
        kept = await adding.tried(1, given)
        assert kept.granted.account, "it says whose the secret is"
        wrong = Given(**{name: getattr(given, name) for name in Given.__slots__} | {"secret": SecretStr("wrong-0123456789")})
        with pytest.raises(Invalid) as refused:
            await adding.tried(1, wrong)
    assert refused.value.data.pointer == "/secret", refused.value
    assert "wrong-0123456789" not in refused.value.data.model_dump_json()
