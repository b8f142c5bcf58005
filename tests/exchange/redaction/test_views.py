"""A text as it reads behind escapes."""

from __future__ import annotations

import pytest

from linkgraph.exchange.redaction.views import readings


@pytest.mark.parametrize(
    "text",
    [
        "small_wren",
        "small%5Fwren",
        "small&#95;wren",
        "small&lowbar;wren",
        "small\\u005fwren",
        "small\\u{5f}wren",
        "small_x005F_wren",
        "small%26%2395;wren",
        "small%255Fwren",
    ],
)
def test_it_is_read_as_it_is_and_behind_its_escapes(text):
    assert text in readings(text)
    assert "small_wren" in readings(text)


def test_a_plain_text_is_read_once():
    assert readings("small_wren") == ["small_wren"]
    assert readings("half \ud800") != []
