"""Simulated actions: of the result's shape, the same for the same step, and as strict about parameters as the real ones."""

from __future__ import annotations

import pytest
from pydantic import Field

from tenuto.connectors.github import github
from tenuto.connectors.gmail import gmail
from tenuto.connectors.slack import slack
from tenuto.core.connector import Action, Connector, Params, Request, Result
from tenuto.core.errors import Invalid
from tenuto.engine.actions.simulate import simulate
from tenuto.testing import example_params

actions = [action for connector in (github, gmail, slack) for action in connector.actions.values()]


@pytest.mark.parametrize("action", actions, ids=lambda action: action.key)
def test_a_simulation_fits_its_result_and_is_the_same_for_the_same_key(action: Action) -> None:
    params = example_params(action)
    first, again = simulate(action, params, key="run:node:1"), simulate(action, params, key="run:node:1")
    assert first == again
    assert isinstance(first, dict)
    assert set(first) == {field.alias or name for name, field in action.result.model_fields.items()}


def test_ids_differ_from_step_to_step_in_the_shape_of_their_example() -> None:
    send = gmail.actions["send_email"]
    params = example_params(send)
    made = [simulate(send, params, key=f"run:node:{n}") for n in range(50)]
    ids = {str(each["message_id"]) for each in made if isinstance(each, dict)}
    assert len(ids) == 50
    assert all(len(each) == 16 and int(each, 16) for each in ids)


def test_parameters_come_back_under_their_name() -> None:
    sent = simulate(slack.actions["send_message"], {"channel": "#ops", "text": "Hi"}, key="k")
    assert isinstance(sent, dict)
    assert (sent["channel"], sent["text"]) == ("#ops", "Hi")
    assert str(sent["ts"]).startswith("1767605400.")


def test_wrong_parameters_are_refused_as_in_earnest() -> None:
    with pytest.raises(Invalid) as refused:
        simulate(slack.actions["send_message"], {"channel": "#ops", "txet": "Hi"}, key="k")
    assert {issue.pointer for issue in refused.value.data.issues} == {"/text", "/txet"}


class Nothing(Params):
    count: str = Field(default="three", description="Of another type than the result's.", examples=["three"])


class Counted(Result):
    count: int = Field(description="Count.", examples=[3])


class Unsaid(Result):
    what: int


def test_a_parameter_that_does_not_fit_is_not_echoed_and_a_field_without_example_is_named() -> None:
    shop = Connector(key="shop", name="Shop", base_url="https://shop.example")

    @shop.action(effect="read")
    def counted(params: Nothing) -> Request[Counted]:
        """Count."""
        return Request(result=Counted, method="GET", path="/")

    @shop.action(effect="read")
    def unsaid(params: Nothing) -> Request[Unsaid]:
        """Say nothing."""
        return Request(result=Unsaid, method="GET", path="/")

    assert simulate(shop.actions["counted"], {"count": "x"}, key="k") == {"count": 3}
    with pytest.raises(Invalid, match=r"Unsaid\.what") as refused:
        simulate(shop.actions["unsaid"], {}, key="k")
    assert refused.value.data.fix == "Give the field an example."
