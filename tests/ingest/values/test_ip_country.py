"""The country an address is registered to, and the data it rests on."""

from __future__ import annotations

import re

import pytest

from linkgraph.ingest.values import ip_country


@pytest.mark.parametrize(
    ("address", "country"),
    [
        ("8.8.8.8", "US"),
        ("193.0.6.139", "NL"),
        ("2001:4860:4860::8888", "US"),
        ("10.0.0.1", None),
        ("100.64.0.1", None),
        ("203.0.113.5", None),
        ("2001:db8::1", None),
        ("64:ff9b::808:808", None),
        ("not an address", None),
    ],
)
def test_registered_to(address: str, country: str | None) -> None:
    assert ip_country.country(address) == country


def test_the_data_is_dated_or_at_least_named() -> None:
    assert re.fullmatch(r"RIR data (of 20\d\d-\d\d-\d\d|in iptocc [\d.]+)", ip_country.REGISTRY)
