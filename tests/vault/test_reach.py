"""Lists of hosts are read whole label by whole label."""

from __future__ import annotations

import pytest

from tenuto.core.errors import EgressRefused
from tenuto.vault.reach import checked_url, host_of, reaches


@pytest.mark.parametrize(
    ("pattern", "url", "any_port", "expected"),
    [
        ("api.example.com", "https://api.example.com/x", False, True),
        ("API.Example.com.", "https://api.example.COM./x", False, True),
        ("api.example.com", "https://api.example.com:8443/", False, False),
        ("api.example.com", "https://api.example.com:8443/", True, True),
        ("api.example.com:8443", "https://api.example.com:8443/", False, True),
        ("api.example.com:443", "https://api.example.com/", False, True),
        ("api.example.com:8443", "https://api.example.com:8444/", True, False),
        ("*.example.com", "https://a.b.example.com/", True, True),
        ("*.example.com", "https://example.com/", True, False),
        ("*.example.com", "https://notexample.com/", True, False),
        ("*.example.com:8443", "https://a.example.com:8443/", False, True),
        ("example.com", "https://example.com.evil.org/", True, False),
        ("ample.com", "https://example.com/", True, False),
        ("a*.example.com", "https://ab.example.com/", True, False),
        ("*.0.0.1", "https://127.0.0.1/", True, False),
        ("münchen.example", "https://xn--mnchen-3ya.example/", True, True),
        ("[2001:db8::1]:8443", "https://[2001:db8::1]:8443/", False, True),
        ("2001:db8::1", "https://[2001:db8::1]/", True, False),
        ("https://example.com", "https://example.com/", True, False),
        ("example.com/path", "https://example.com/", True, False),
        ("user@example.com", "https://example.com/", True, False),
        ("example.com:port", "https://example.com/", True, False),
        ("", "https://example.com/", True, False),
        ("*", "https://example.com/", True, False),
    ],
)
def test_patterns(pattern: str, url: str, any_port: bool, expected: bool) -> None:
    assert reaches([pattern], checked_url(url), any_port=any_port) is expected


def test_hosts_are_compared_in_one_form() -> None:
    assert host_of(checked_url("https://MÜNCHEN.example./")) == "xn--mnchen-3ya.example"


@pytest.mark.parametrize(
    "url", ["http://a_b.example/", "http://x1.example/", "http://1.example/", "http://localhost:1/?a@b", "http://h/@x"]
)
def test_ordinary_urls_pass(url: str) -> None:
    assert checked_url(url).host


@pytest.mark.parametrize(
    "url", ["http://-a.example/", "http://a..example/", "http://a%00.example/", "http://a;b/", "http://" + "a" * 64 + "/"]
)
def test_hosts_that_are_no_names_are_refused(url: str) -> None:
    with pytest.raises(EgressRefused):
        checked_url(url)
