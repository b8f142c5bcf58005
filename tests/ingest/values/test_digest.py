"""Digests: which algorithm, which form, which never link."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkgraph.ingest.values import digest
from linkgraph.ingest.values.result import Clean, Reason

MD5 = hashlib.md5(b"x", usedforsecurity=False).hexdigest()
SHA1 = hashlib.sha1(b"x", usedforsecurity=False).hexdigest()
SHA256 = hashlib.sha256(b"x").hexdigest()
SHA512 = hashlib.sha512(b"x").hexdigest()
SHA1_BASE32 = base64.b32encode(bytes.fromhex(SHA1)).decode()


def read(raw: str, algorithm: str | None = None) -> str:
    answer = digest.clean(raw, algorithm=algorithm)
    return answer.code if isinstance(answer, Reason) else answer.value.text


@pytest.mark.parametrize(
    ("raw", "algorithm", "expected"),
    [
        (MD5, None, f"md5:{MD5}"),
        (SHA1, None, f"sha1:{SHA1}"),
        (SHA256, None, f"sha256:{SHA256}"),
        (SHA512, None, f"sha512:{SHA512}"),
        (SHA256, "pdq", f"pdq:{SHA256}"),
        (f"  {SHA256.upper()} ", None, f"sha256:{SHA256}"),
        (f'"0x{SHA1}"', None, f"sha1:{SHA1}"),
        (f"SHA-256:{SHA256}", None, f"sha256:{SHA256}"),
        (f"sha256:{SHA256}", "sha256", f"sha256:{SHA256}"),
        (f"pdq:{SHA256}", None, f"pdq:{SHA256}"),
        (f"md5={MD5}", None, f"md5:{MD5}"),
        (f"urn:sha1:{SHA1_BASE32}", None, f"sha1:{SHA1}"),
        (SHA1_BASE32.lower(), None, f"sha1:{SHA1}"),
        ("2" * 32, None, f"md5:{'2' * 32}"),
        ("A" * 32, "sha1", f"sha1:{'0' * 40}"),
        ("", None, "digest-empty"),
        (MD5[:31], None, "digest-length"),
        (MD5, "sha256", "digest-length"),
        (f"sha1:{MD5}0", None, "digest-length"),
        (f"md5:{MD5}", "sha1", "digest-algorithm"),
        (MD5, "whirlpool", "digest-algorithm"),
        (MD5[:31] + "g", None, "digest-form"),
        (MD5[:31] + "٣", None, "digest-form"),
        (SHA1_BASE32, "md5", "digest-form"),
        (MD5[:16] + "\0" + MD5[17:], None, "digest-control-character"),
        ("0x", None, "digest-form"),
        ("md5:", None, "digest-form"),
    ],
)
def test_digests(raw: str, algorithm: str | None, expected: str) -> None:
    assert read(raw, algorithm) == expected


@pytest.mark.parametrize(
    "raw",
    [
        "d41d8cd98f00b204e9800998ecf8427e",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
        "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
        "0" * 32,
        "pdq:" + "0" * 64,
    ],
)
def test_the_empty_file_and_fillers_are_known(raw: str) -> None:
    answer = digest.clean(raw)
    assert isinstance(answer, Clean)
    assert answer.value.known_empty


def test_other_files_are_not_taken_for_empty() -> None:
    answer = digest.clean(MD5)
    assert isinstance(answer, Clean)
    assert not answer.value.known_empty


@given(
    st.text() | st.text("0123456789abcdefABCDEFx:", min_size=30, max_size=66),
    st.sampled_from([None, "pdq", "sha1"]),
)
def test_any_text_gets_an_answer_that_reads_as_itself(raw: str, algorithm: str | None) -> None:
    answer = digest.clean(raw, algorithm)
    if isinstance(answer, Clean):
        again = digest.clean(answer.value.text)
        assert isinstance(again, Clean)
        assert again.value == answer.value
        assert answer.value.text.isprintable()
