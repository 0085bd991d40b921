"""Addresses of an account: what its fields may be, and that they lead nowhere else."""

from __future__ import annotations

import re

import pytest

from tenuto.core.account import bounded, filled, host_name, label, moved, placeholders, plain
from tenuto.core.errors import AuthRejected, EgressRefused

site = "https://{site}.atlassian.net/rest/{api}"
domains = ("salesforce.com", "force.com")


def test_fields_are_put_into_the_host_and_the_path() -> None:
    assert placeholders(site) == ("site", "api")
    assert filled(site, {"site": "acme", "api": "3.1", "more": "?"}) == "https://acme.atlassian.net/rest/3.1"
    assert filled("https://{host}/api", {"host": "desk.acme.example"}) == "https://desk.acme.example/api"
    assert filled("https://{dc}-api.vendor.example:8443", {"dc": "eu1"}) == "https://eu1-api.vendor.example:8443"


def test_a_token_is_never_put_in_here() -> None:
    fields = {"token": "looks-like-a-field"}
    assert filled("https://api.telegram.org/bot{token}", fields) == "https://api.telegram.org/bot{token}"


def test_an_account_without_a_field_has_to_be_connected_again() -> None:
    with pytest.raises(AuthRejected, match="does not have the field api"):
        filled(site, {"site": "acme"})


@pytest.mark.parametrize(
    "value",
    [
        "",
        ".",
        "..",
        "a/b",
        "a\\b",
        "evil.example/",
        "evil.example#",
        "evil.example?",
        "a@evil.example",
        "a:1",
        "a b",
        "a\n",
        "%2e",
        "ä",
        "{x}",
    ],
)
@pytest.mark.parametrize("name", ["site", "api"])
def test_a_value_that_could_lead_elsewhere_is_refused(name: str, value: str) -> None:
    assert not plain(value)
    with pytest.raises(EgressRefused):
        filled(site, {"site": "acme", "api": "3"} | {name: value})


@pytest.mark.parametrize("value", ["-acme", "acme-", "a..b", ".a", "a.", "a_b", "~a", "x" * 64])
def test_what_is_no_host_is_refused_although_a_path_could_have_it(value: str) -> None:
    assert plain(value)
    assert filled("https://a.example/{site}", {"site": value})
    for template in ("https://{site}.vendor.example", "https://{site}"):
        with pytest.raises(EgressRefused):
            filled(template, {"site": value})


def test_a_path_alone_has_several_segments_each_of_them_plain() -> None:
    template = "https://{host}/{path}"
    assert filled(template, {"host": "a.example", "path": "v1/mcp"}) == "https://a.example/v1/mcp"
    for path in ("/a", "a/", "a//b", "../a", "a/..", "a/./b", "a?b", "a#b", "a\\b", "a@b", "a:1", "%2e%2e/a", "x/" * 600 + "x"):
        with pytest.raises(EgressRefused):
            filled(template, {"host": "a.example", "path": path})
    for name in ("host", "api"):
        with pytest.raises(EgressRefused):
            filled("https://{host}/{api}", {"host": "a.example", "api": "3"} | {name: "a/b"})
    with pytest.raises(EgressRefused):
        filled("https://{path}.vendor.example", {"path": "evil.example/x"})


def test_a_value_is_not_endless() -> None:
    assert plain("x" * 255)
    assert not plain("x" * 256)


@pytest.mark.parametrize(
    ("template", "right"),
    [
        ("https://api.vendor.example", True),
        ("https://{site}.vendor.example/{anything}", True),
        ("https://{dc}-api.vendor.example", True),
        ("https://{a}.{b}.vendor.example:8443/x", True),
        ("https://{host}/x", True),
        ("https://{dc}vendor.example", False),
        ("https://{site}.example", False),
        ("https://{site}.", False),
        ("https://vendor.{region}", False),
        ("https://vendor.{region}.example", False),
        ("https://{site}..example", False),
    ],
)
def test_two_labels_right_of_a_field_are_fixed_unless_it_is_the_host(template: str, right: bool) -> None:
    assert bounded(template) is right


def test_a_base_url_of_the_vendors_takes_the_path_of_ours() -> None:
    template = "https://login.salesforce.com/services/data/v62.0"
    assert moved(template, "https://acme.my.Salesforce.com", domains) == "https://acme.my.salesforce.com/services/data/v62.0"
    assert moved(template, "https://salesforce.com/eu/", domains) == "https://salesforce.com/eu/services/data/v62.0"
    assert moved("https://login.salesforce.com", "https://a.force.com/", domains) == "https://a.force.com"


@pytest.mark.parametrize(
    "given",
    [
        "",
        "acme.salesforce.com",
        "http://acme.salesforce.com",
        "https://evil.example",
        "https://evilsalesforce.com",
        "https://acme.salesforce.com.evil.example",
        "https://acme.salesforce.com@evil.example",
        "https://evil.example#.salesforce.com",
        "https://evil.example?.salesforce.com",
        "https://evil.example\\.salesforce.com",
        "https://evil.example\n.salesforce.com",
        "https://acme.salesforce.com:8443",
        "https://acme.salesforce.com.",
        "https://acme.salesforce.com/..",
        "https://acme.salesforce.com/a/../b",
        "https://acme.salesforce.com/a?b",
        "https://acme.salesforce.com/{token}",
        "https://{site}.salesforce.com",
        "https://acme.salesforce.com\n",
    ],
)
def test_a_base_url_that_is_none_of_the_vendors_is_refused(given: str) -> None:
    with pytest.raises(EgressRefused):
        moved("https://login.salesforce.com/services", given, domains)


def test_without_domains_no_base_url_is_taken() -> None:
    with pytest.raises(EgressRefused):
        moved("https://login.salesforce.com", "https://acme.salesforce.com", ())


@pytest.mark.parametrize(
    ("pattern", "value", "right"),
    [
        (label, "acme-1", True),
        (label, "a.b", False),
        (label, "x" * 63, True),
        (label, "x" * 64, False),
        (host_name, "a.b.example", True),
        (host_name, "a..b", False),
        (host_name, ".".join(["x" * 63] * 4), False),
    ],
)
def test_the_patterns_of_hosts(pattern: str, value: str, right: bool) -> None:
    assert (re.fullmatch(pattern, value) is not None) is right
