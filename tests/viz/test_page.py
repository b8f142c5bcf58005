"""The HTML file: nothing but itself, and evidence is never markup."""

from __future__ import annotations

import base64
import hashlib
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from viz import sample

from linkgraph.errors import UsageError
from linkgraph.viz import page


@pytest.fixture(scope="module")
def rendered() -> str:
    return page.render(sample.small().model(case="op </title><script>alert(1)</script>", show_victims=True)).text


def element(text: str, name: str) -> str:
    (found,) = re.findall(rf'<script type="application/[a-z-]+" id="{name}">(.*?)</script>', text, re.DOTALL)
    return found


def test_the_policy_allows_exactly_the_script_and_style_that_are_there(rendered: str) -> None:
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', rendered)
    (script,) = re.findall(r'<script id="script">(.*?)</script>', rendered, re.DOTALL)
    (style,) = re.findall(r"<style [^>]*>(.*?)</style>", rendered, re.DOTALL)
    for directive, content in (("script-src", script), ("style-src", style)):
        hashed = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{directive} 'sha256-{hashed}';" in policy
    assert policy.startswith("default-src 'none';")
    assert "connect-src 'none'" in policy
    assert "unsafe" not in policy


def test_there_is_no_address_in_the_file(rendered: str) -> None:
    markup = re.sub(r"<script\b.*?</script>", "", rendered, flags=re.DOTALL)
    assert not re.findall(r"(?:https?|wss?|ftp):/|url\(|@import|\bsrc=|\bhref=", markup)
    assert not re.findall(r"[a-z]+:\x2f\x2f", rendered)


@pytest.mark.parametrize("name", sample.HOSTILE)
def test_hostile_names_are_data(rendered: str, name: str) -> None:
    text = element(rendered, "model")
    assert not re.search("[<>&\u2028\u2029]", text)
    assert sample.HOSTILE[name] in page.unpack(text)["entities"]["label"]


def test_the_case_name_is_text(rendered: str) -> None:
    assert "<title>op &lt;/title&gt;&lt;script&gt;" in rendered
    assert rendered.lower().count("<script") == 4


def test_no_carriage_returns_which_a_browser_would_change_before_hashing(rendered: str) -> None:
    assert "\r" not in rendered


def test_the_same_case_gives_the_same_file() -> None:
    assert page.render(sample.small().model()) == page.render(sample.small().model())


@given(st.text(st.characters(codec=None), max_size=60))
def test_json_survives_a_script_element(text: str) -> None:
    written = page.to_json({"label": text})
    assert json.loads(written) == {"label": text}
    assert not re.search("[<>&\u2028\u2029\ud800-\udfff]|//", written)
    assert written.encode()


def test_a_seal_is_whole_until_a_byte_changes(rendered: str) -> None:
    made = page.render(sample.small().model())
    assert page.check(made.content) == page.Checked(made.digest, made.sha256, ())
    parts = {name: element(made.text, name) for name in ("model", "licences")}
    for name, part in parts.items():
        middle = len(part) // 2
        other = "A" if part[middle] != "A" else "B"
        changed = made.text.replace(part, part[:middle] + other + part[middle + 1 :])
        assert page.check(changed.encode()).broken == (name, "page")
    assert page.check(made.text.replace(made.digest, "0" * 64).encode()).broken == ("page",)
    assert page.check(made.text.replace('{"style"', '{"style').encode()).broken == ("seal",)


def test_a_file_that_is_no_page_is_refused() -> None:
    with pytest.raises(UsageError, match="no page"):
        page.check(b"<html></html>")


def test_a_shell_carries_nothing_of_a_case_and_may_ask_its_server() -> None:
    text = page.shell()
    assert element(text, "model") == element(text, "seal") == ""
    assert "connect-src 'self'" in text


def test_licences_come_along(rendered: str) -> None:
    assert "The Cytoscape Consortium" in json.loads(element(rendered, "licences"))
