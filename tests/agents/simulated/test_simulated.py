"""What the simulated provider answers: the same for the same question, plausible, and fitting any schema."""

from __future__ import annotations

import re

import httpx2
import pytest
from pydantic import JsonValue
from tests.agents.context import Context

from tenuto.agents.simulated import provider
from tenuto.core.agent import Agent, AgentProvider, Reply, Turn
from tenuto.core.connector import Answer
from tenuto.core.errors import Invalid, InvalidOutput
from tenuto.core.language.schema import violations

writer = Agent(id="writer", name="Writer", description="Writes kind answers")
Schema = dict[str, JsonValue]


async def ask(message: str, schema: Schema | None = None, *, agent: Agent = writer, stream: bool = False) -> tuple[Reply, list[str]]:
    async with httpx2.AsyncClient() as client:
        context = Context(provider, client)
        reply = await provider.turn(agent, Turn(message=message, session_id="s", output_schema=schema, stream=stream), context)
        assert context.sent == []
    return reply, context.tokens


async def said(message: str, schema: Schema) -> JsonValue:
    reply, _ = await ask(message, schema)
    assert violations(reply.output, schema) == ()
    return reply.output


async def member(message: str, *members: str, name: str = "topic") -> JsonValue:
    output = await said(message, {"type": "object", "properties": {name: {"enum": list(members)}}, "required": [name]})
    assert isinstance(output, dict)
    return output[name]


async def test_the_same_question_has_the_same_answer_and_another_agent_another() -> None:
    first, _ = await ask("Where is my parcel AB-17?")
    assert first == (await ask("Where is my parcel AB-17?"))[0]
    others = [
        (await ask("Where is my parcel AB-17?", agent=Agent(id=f"a{n}", name="Writer", description="Writes kind answers")))[0]
        for n in range(9)
    ]
    assert any(other.text != first.text for other in others)


async def test_prose_names_the_agent_the_question_and_that_it_is_simulated() -> None:
    reply, tokens = await ask("My parcel has not arrived. Can you look it up?")
    assert reply.output is None
    assert "Writer" in reply.text
    assert "Writes kind answers" in reply.text
    assert "My parcel has not arrived." in reply.text
    assert "no model was asked" in reply.text
    assert 500 < len(reply.text) < 1_600
    assert tokens == []
    assert reply.usage.output_tokens > 100


async def test_streamed_tokens_make_the_text() -> None:
    asked: tuple[Schema | None, ...] = (None, {"type": "object", "properties": {"a": {"type": "string"}}})
    for schema in asked:
        reply, tokens = await ask("Hello there!", schema, stream=True)
        assert "".join(tokens) == reply.text
        assert len(tokens) > 1 or schema


@pytest.mark.parametrize("message", ["", "   ", "\0", "é" * 20_000, "🙂🙂", "{}"])
async def test_any_message_is_answered(message: str) -> None:
    assert (await ask(message))[0].text
    assert await said(message, {"type": "object", "properties": {"s": {"type": "string", "minLength": 30, "maxLength": 40}}})


async def test_the_member_that_shares_words_with_the_question_wins() -> None:
    labels = ("card_arrival", "card_payment_fee_charged", "lost_or_stolen_card", "exchange_rate", "top_up_failed")
    assert await member("My card was stolen yesterday!", *labels) == "lost_or_stolen_card"
    assert await member("When does my new card arrive?", *labels) == "card_arrival"
    assert await member("Why was I charged a fee for this payment?", *labels) == "card_payment_fee_charged"
    assert await member("What rate do you use to exchange money?", *labels) == "exchange_rate"
    assert await member("Topping up has failed again", *labels) == "top_up_failed"


async def test_ladders_follow_urgency_moods_the_tone_and_else_there_is_a_fallback() -> None:
    priorities = ("low", "medium", "high", "critical")
    assert await member("Somebody hacked my account and money was stolen!!", *priorities, name="priority") == "critical"
    assert await member("I am just curious about a new idea", *priorities, name="priority") == "low"
    assert await member("This is great, I love it", "positive", "neutral", "negative") == "positive"
    assert await member("This is terrible and useless", "positive", "neutral", "negative") == "negative"
    assert await member("Zzz", "billing", "shipping", "other") == "other"


async def urgency(message: str, **bounds: JsonValue) -> float:
    output = await said(message, {"type": "object", "properties": {"urgency": {"type": "integer", **bounds}}, "required": ["urgency"]})
    assert isinstance(output, dict)
    assert isinstance(output["urgency"], int)
    return output["urgency"]


async def test_urgency_comes_from_the_words_and_keeps_its_bounds() -> None:
    assert await urgency("My card was stolen", minimum=0, maximum=10) >= 9
    assert await urgency("Urgent: I lost my card", minimum=1, maximum=5) >= 4
    assert await urgency("Just wondering about your newsletter", minimum=0, maximum=10) <= 2
    assert await urgency("This is not urgent, the lost card was found", minimum=0, maximum=10) <= 2
    assert await urgency("Hello") in range(11)


async def test_values_are_taken_from_the_question() -> None:
    schema: Schema = {
        "type": "object",
        "properties": {
            "order_id": {"type": "string"},
            "email": {"type": "string", "format": "email"},
            "amount": {"type": "number", "minimum": 1},
            "is_refund": {"type": "boolean"},
            "is_spam": {"type": "boolean"},
            "escalate": {"type": "boolean"},
            "summary": {"type": "string"},
            "topics": {"type": "array", "items": {"enum": ["refund", "delivery", "other"]}, "maxItems": 2},
        },
    }
    output = await said("Please refund 49.90 for order AB-1734 urgently. Write to grace@example.org about the delivery.", schema)
    assert output == {
        "order_id": "AB-1734",
        "email": "grace@example.org",
        "amount": 49.9,
        "is_refund": True,
        "is_spam": False,
        "escalate": True,
        "summary": "Please refund 49.90 for order AB-1734 urgently.",
        "topics": ["refund", "delivery"],
    }


schemas: dict[str, Schema] = {
    "nested": {
        "type": "object",
        "properties": {"a": {"type": "object", "properties": {"b": {"type": "array", "items": {"type": "object", "required": ["c"]}}}, "required": ["b"]}},
        "required": ["a"],
        "additionalProperties": False,
    },
    "bounds": {"type": "array", "items": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.5}, "minItems": 4, "maxItems": 5},
    "multiples": {"type": "integer", "multipleOf": 7, "minimum": 50, "maximum": 60},
    "whole bounds": {"type": "integer", "exclusiveMinimum": 3, "exclusiveMaximum": 5},
    "negative": {"type": "number", "maximum": -5},
    "lengths": {"type": "string", "minLength": 500, "maxLength": 510},
    "short": {"type": "string", "maxLength": 3},
    "nothing": {"type": "string", "maxLength": 0},
    "pattern": {"type": "string", "pattern": r"^[A-Z]{3}-\d{4}(?:-(?:draft|final))?$"},
    "pattern with lengths": {"type": "string", "pattern": "^[^a-z]+[.]$", "minLength": 2},
    "unique": {"type": "array", "items": {"enum": ["a", "b", "c"]}, "minItems": 3, "uniqueItems": True},
    "unique texts": {"type": "array", "items": {"type": "string"}, "minItems": 2, "uniqueItems": True},
    "tuple": {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}], "items": False, "minItems": 2},
    "contains": {"type": "array", "contains": {"const": "x"}, "items": {"type": "string"}},
    "references": {
        "$defs": {"tree": {"type": "object", "properties": {"name": {"type": "string"}, "children": {"type": "array", "items": {"$ref": "#/$defs/tree"}}}, "required": ["name"]}},
        "$ref": "#/$defs/tree",
    },
    "all of": {"allOf": [{"type": "object", "properties": {"a": {"const": 1}}, "required": ["a"]}, {"properties": {"b": {"type": "null"}}, "required": ["b"]}]},
    "one of": {"type": "object", "properties": {"kind": {}}, "oneOf": [{"properties": {"kind": {"const": "x"}}, "required": ["kind"]}, {"properties": {"kind": {"const": "y"}}, "required": ["kind"]}]},
    "optional": {"type": "object", "properties": {"a": {"anyOf": [{"type": "string"}, {"type": "null"}]}, "b": {"type": ["null", "integer"]}}, "required": ["a", "b"]},
    "required without property": {"type": "object", "required": ["x"], "additionalProperties": {"type": "integer"}},
    "at least": {"type": "object", "minProperties": 3, "additionalProperties": {"type": "boolean"}},
    "dependent": {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "dependentRequired": {"a": ["c"]}},
    "no type": {"minimum": 3},
    "boolean enum": {"enum": [True, False, None]},
    "anything": {},
}  # fmt: skip
formats = [
    "date-time",
    "date",
    "time",
    "duration",
    "email",
    "hostname",
    "uri",
    "uri-reference",
    "ipv4",
    "ipv6",
    "uuid",
    "json-pointer",
    "regex",
]


@pytest.mark.parametrize("name", schemas)
@pytest.mark.parametrize("message", ["", "My card was stolen, order AB-17 cost 49.90!", "x " * 400])
async def test_any_schema_is_met(name: str, message: str) -> None:
    await said(message, schemas[name])


@pytest.mark.parametrize("form", formats)
async def test_formats_are_met(form: str) -> None:
    assert isinstance(await said("Hello", {"type": "string", "format": form}), str)


async def test_a_schema_beyond_guessing_or_wrong_is_a_problem_and_not_a_wrong_answer() -> None:
    with pytest.raises(InvalidOutput, match="No simulated answer fits"):
        await ask("Hi", {"type": "string", "not": {"type": "string"}})
    with pytest.raises(Invalid, match="schema is wrong"):
        await ask("Hi", {"type": "strnig"})


async def test_items_of_a_list_of_objects_differ() -> None:
    item: Schema = {"type": "object", "properties": {"id": {"type": "string", "format": "uuid"}}, "required": ["id"]}
    output = await said("Two of them", {"type": "array", "items": item, "minItems": 3, "uniqueItems": True})
    assert isinstance(output, list)
    assert len({str(each) for each in output}) == 3


def test_it_needs_no_credential_and_sends_nothing() -> None:
    known: AgentProvider = provider
    assert (known.key, known.vendors(), known.vendor(Agent(id="a", name="A"))) == ("simulated", (), None)
    assert known.configure({"LYZR_BASE_URL": "https://x"}) is known
    assert known.problem(Answer(500, {}, b"")) is None
    assert re.fullmatch("[a-z]+", known.key)
