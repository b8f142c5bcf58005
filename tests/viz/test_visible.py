"""Characters that are not seen are written out."""

from __future__ import annotations

import pytest

from linkgraph.viz.visible import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Zoë 李 ü", "Zoë 李 ü"),
        ("\u202egnp.exe", "⟨U+202E⟩gnp.exe"),
        ("a\u200bb", "a⟨U+200B⟩b"),
        ("a\u2066b\u2069", "a⟨U+2066⟩b⟨U+2069⟩"),
        ("tab\tend\n", "tab⟨U+0009⟩end⟨U+000A⟩"),
        ("a\u00a0b\u3164", "a⟨U+00A0⟩b⟨U+3164⟩"),
        ("\ufeffx\U000e0041", "⟨U+FEFF⟩x⟨U+E0041⟩"),
        ("\ud800", "⟨U+D800⟩"),
    ],
)
def test_visible(text: str, shown: str) -> None:
    assert visible(text) == shown
