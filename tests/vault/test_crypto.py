"""Sealed secrets open only where they were sealed; keys are strong and made once; tokens are kept as hashes."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from tenuto.core.errors import Misconfigured
from tenuto.vault.crypto import Keyring, Place, Sealed, hash_token, key_file, key_in, new_token, parse_keys, same

one, two = bytes(range(7, 39)), bytes(range(60, 92))
here = Place(1, "connections", "row-1")


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_sealed_opens_again(text: str) -> None:
    keyring = Keyring([one])
    assert keyring.open(keyring.seal(SecretStr(text), here), here).get_secret_value() == text


def test_it_opens_nowhere_else() -> None:
    keyring = Keyring([one])
    sealed = keyring.seal(SecretStr("secret"), here)
    elsewhere = (Place(2, "connections", "row-1"), Place(1, "triggers", "row-1"), Place(1, "connections", "row-2"))
    for place in (*elsewhere, Place(1, 'connections", "row-1', ""), Place(11, "connections", "row-1")):
        with pytest.raises(Misconfigured, match="another row"):
            keyring.open(sealed, place)


def test_every_changed_byte_is_noticed() -> None:
    keyring = Keyring([one])
    data = keyring.seal(SecretStr("secret"), here).data
    for index in range(len(data)):
        changed = data[:index] + bytes([data[index] ^ 1]) + data[index + 1 :]
        with pytest.raises(Misconfigured):
            keyring.open(Sealed(changed), here)
    for length in (0, 1, 20, len(data) - 1):
        with pytest.raises(Misconfigured):
            keyring.open(Sealed(data[:length]), here)


def test_two_sealings_of_one_secret_differ() -> None:
    keyring = Keyring([one])
    assert len({keyring.seal(SecretStr("secret"), here) for _ in range(100)}) == 100


def test_keys_are_rotated_while_the_house_is_open() -> None:
    before = Keyring([one])
    during = Keyring([two, one])
    old = before.seal(SecretStr("secret"), here)
    assert during.open(old, here).get_secret_value() == "secret"
    assert during.outdated(old)
    new = during.seal(during.open(old, here), here)
    assert not during.outdated(new)
    assert Keyring([two]).open(new, here).get_secret_value() == "secret"
    with pytest.raises(Misconfigured, match="sealed with the key"):
        Keyring([two]).open(old, here)


def test_keys_are_read_in_every_usual_form() -> None:
    key = bytes.fromhex("fbef" + os.urandom(30).hex())
    standard = base64.b64encode(key).decode()
    forms = (standard, standard.rstrip("="), base64.urlsafe_b64encode(key).decode(), key.hex(), key.hex().upper(), f" {standard}\n")
    assert all(parse_keys(SecretStr(form)) == (key,) for form in forms)
    assert parse_keys(SecretStr(f"{standard}, {one_random.hex()}")) == (key, one_random)


one_random = os.urandom(32)
weak = {
    "nothing": "",
    "zeros": bytes(32).hex(),
    "counting": bytes(range(32)).hex(),
    "counting down by three": bytes(200 - 3 * n for n in range(32)).hex(),
    "repeated": (b"\x01\x9f\x33\xc8" * 8).hex(),
    "a sentence": base64.b64encode(b"correct horse battery staple 123").decode(),
    "16 bytes": os.urandom(16).hex(),
    "33 bytes": base64.b64encode(os.urandom(33)).decode(),
    "a word": "changeme",
    "not ASCII": "ü" * 43,
    "one good, one bad": f"{one_random.hex()},",
}


@pytest.mark.parametrize("text", weak.values(), ids=weak)
def test_weak_keys_are_refused_in_a_sentence_that_does_not_repeat_them(text: str) -> None:
    with pytest.raises(Misconfigured, match="TENUTO_SECRET_KEY") as caught:
        parse_keys(SecretStr(text))
    assert "os.urandom(32)" in (caught.value.data.fix or "")
    assert not text or text not in caught.value.data.model_dump_json()


def test_a_keyring_needs_whole_keys() -> None:
    for keys in ([], [b"short"]):
        with pytest.raises(Misconfigured):
            Keyring(keys)


def test_a_key_is_made_once_and_is_nobody_elses(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    key = key_in(folder)
    assert len(key) == 32
    assert key_in(folder) == key
    assert (folder / key_file).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in folder.iterdir()] == [key_file]
    assert key_in(tmp_path / "other") != key


def test_processes_that_start_at_once_get_one_key(tmp_path: Path) -> None:
    script = "import sys, pathlib; from tenuto.vault.crypto import key_in; sys.stdin.read(); print(key_in(pathlib.Path(sys.argv[1])).hex())"
    command = [sys.executable, "-c", script, str(tmp_path / "data")]
    starting = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(6)]
    for process in starting:
        assert process.stdin
        process.stdin.close()
        process.stdin = None
    keys = {process.communicate(timeout=60)[0] for process in starting}
    assert len(keys) == 1
    assert len(keys.pop().strip()) == 64
    assert [path.name for path in (tmp_path / "data").iterdir()] == [key_file]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666, 0o610])
def test_a_key_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    key_in(tmp_path)
    (tmp_path / key_file).chmod(mode)
    with pytest.raises(Misconfigured, match="can be read by others") as caught:
        key_in(tmp_path)
    assert "chmod 600" in (caught.value.data.fix or "")


def test_a_link_or_nonsense_in_place_of_the_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / key_file
    (tmp_path / "elsewhere").write_bytes(base64.b64encode(one))
    (tmp_path / "elsewhere").chmod(0o600)
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Misconfigured, match="cannot be read"):
        key_in(tmp_path)
    path.unlink()
    for content in (b"", b"nonsense!", base64.b64encode(b"short")):
        path.write_bytes(content)
        path.chmod(0o600)
        with pytest.raises(Misconfigured, match="does not hold a key"):
            key_in(tmp_path)
        assert path.read_bytes() == content


def test_tokens_are_random_and_kept_as_hashes() -> None:
    tokens = {new_token("tk").get_secret_value() for _ in range(1000)}
    assert len(tokens) == 1000
    assert all(token.startswith("tk_") and len(token) == 3 + 43 for token in tokens)
    token = new_token("tk")
    assert token.get_secret_value() not in repr(token)
    assert same(hash_token(token), hash_token(token.get_secret_value()))
    assert not same(hash_token(token), hash_token(token.get_secret_value() + "x"))
    assert len(hash_token("half a \ud800 pair")) == 32
