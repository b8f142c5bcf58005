"""Countries: codes and names of ISO 3166-1."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkgraph.ingest.values import country
from linkgraph.ingest.values.result import Clean, Reason


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("DE", "DE"),
        ("de", "DE"),
        (" deu ", "DE"),
        ("Germany", "DE"),
        ("GERMANY", "DE"),
        ("GB", "GB"),
        ("UK", "GB"),
        ("U.K.", "GB"),
        ("Scotland", "GB"),
        ("XK", "XK"),
        ("Kosovo", "XK"),
        ("EL", "GR"),
        ("USA", "US"),
        ("U.S.A.", "US"),
        ("The Bahamas", "BS"),
        ("Cote d’Ivoire", "CI"),
        ("Côte d'Ivoire", "CI"),
        ("St. Lucia", "LC"),
        ("Trinidad & Tobago", "TT"),
        ("Korea (Republic of)", "KR"),
        ("Korea, Republic of", "KR"),
        ("Turkey", "TR"),
        ("Türkiye", "TR"),
        ("Guinea-Bissau", "GW"),
        ("ST", "ST"),
        ("st", "ST"),
        ("Niger", "NE"),
        ("Nigeria", "NG"),
        ("Congo", "CG"),
        ("", "country-empty"),
        ("XX", "country-unknown"),
        ("EU", "country-unknown"),
        ("SU", "country-unknown"),
        ("Atlantis", "country-unknown"),
        ("Saint Martin", "country-unknown"),
        ("Korea", "country-unknown"),
        ("-", "country-unknown"),
        ("D\0E", "country-control-character"),
    ],
)
def test_countries(raw: str, expected: str) -> None:
    answer = country.clean(raw)
    assert (answer.code if isinstance(answer, Reason) else answer.value) == expected


@pytest.mark.parametrize("raw", ["UK", "XK", "Wales"])
def test_what_is_read_as_another_code_is_noted(raw: str) -> None:
    answer = country.clean(raw)
    assert isinstance(answer, Clean)
    assert answer.notes


def test_every_region_with_telephone_numbers_is_known() -> None:
    """An independent list: only Ascension and Tristan da Cunha have numbers without an ISO code."""
    unknown = {code for code in phonenumbers.SUPPORTED_REGIONS if isinstance(country.clean(code), Reason)}
    assert unknown == {"AC", "TA"}


@given(st.text() | st.text("abcdeuxkg .", max_size=4))
def test_any_text_gets_an_answer_that_reads_as_itself(raw: str) -> None:
    answer = country.clean(raw)
    if isinstance(answer, Clean):
        again = country.clean(answer.value)
        assert isinstance(again, Clean)
        assert again.value == answer.value
        assert len(answer.value) == 2
