"""Texts are found however they are written, and not where they mean something else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkgraph.exchange.redaction.texts import Texts, fold


@pytest.mark.parametrize(
    ("wanted", "text", "there"),
    [
        ("small_wren", 'name":"small_wren"', True),
        ("small_wren", "SMALL_WREN!", True),
        ("small_wren", "ｓmall_wren", True),
        ("Zoë", "zoe\u0308 ", True),
        ("straße", "STRASSE", True),
        ("anna", "joanna", False),
        ("anna", "annabel", False),
        ("anna", "anna-b", True),
        ("10.0.0.1", "10.0.0.12", False),
        ("10.0.0.1", "10.0.0.1:443", True),
        ("ab", "ab", False),
        ("猫の手", "この猫の手も", True),
        ("анна", "иоанна", False),
    ],
)
def test_as_words(wanted, text, there):
    assert Texts([wanted]).within([text]) == [there]


@pytest.mark.parametrize(
    ("wanted", "text", "there"),
    [
        ("small_wren", "IMG_small_wrenx.jpg", True),
        ("wren_1", "wren_12", False),
        ("wren_1", "wren_1x", True),
        ("anna", "joanna", False),
        ("猫の手も借りたい", "xx猫の手も借りたいよ", True),
    ],
)
def test_anywhere(wanted, text, there):
    """A text too short to be told from half of all words is a word here too; a longer number is another number."""
    assert Texts([], [wanted]).within([text]) == [there]


def test_which_of_several_texts_has_one():
    assert Texts(["fox", "owl and fox"]).within(["a fox", "an ow", "l", "owl", "fox\nowl", ""]) == [
        True,
        False,
        False,
        False,
        True,
        False,
    ]


def test_nothing_wanted_is_nothing_found():
    assert Texts([]).within(["a", ""]) == [False, False]
    assert len(Texts(["ab", ""])) == 0


@given(st.lists(st.text("abc 1.\u00e9\u732b", max_size=6)), st.text("abc 1.\u00e9\u732b", min_size=3, max_size=4))
def test_as_a_slow_search_finds_it(texts, wanted):
    word = fold(wanted)

    def slow(text):
        text = fold(text)
        for at in range(len(text)):
            if text.startswith(word, at):
                before, after = text[at - 1 : at] if at else "", text[at + len(word) : at + len(word) + 1]
                glued = (before and is_word(before) and closes(word[0])) or (
                    after and is_word(after) and closes(word[-1])
                )
                if not glued:
                    return True
        return False

    assert Texts([wanted]).within(texts) == [slow(one) for one in texts]


def is_word(character):
    return ord(character) >= 0x80 or character.isalnum()


def closes(character):
    return is_word(character) and character != "\u732b"


@pytest.mark.parametrize(
    "between", ["\u034f", "\u061c", "\u180e", "\ufe0f", "\U000e0041", "\U000e0100", "\u3164", "\u200b", "\xad", "\x01"]
)
def test_what_is_drawn_as_nothing_hides_no_name(between):
    assert fold(f"Zo{between}e{between}\u0308 W{between}ren") == fold("Zoë Wren")
    assert Texts([], ["small_wren"]).within([f"xx small{between}_{between}wren"]) == [True]


def test_separators_of_lines_are_blanks():
    assert fold("Zoë\u2028Wren\u2029") == fold("Zoë Wren ")
