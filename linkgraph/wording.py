"""Words that are true in court, in one place."""

from __future__ import annotations

from linkgraph.model import Basis

NEVER_LINKS = "never links"
"""How the grade of a link begins that connects nothing, however often it was seen."""


def country_words(country: str | None, basis: Basis | str | None, origin: str | None = None) -> str | None:
    """Say of which country something is, and why; an address is registered to a country, never located in it."""
    if country is None:
        return None
    if basis == Basis.REGISTERED:
        return f"registered to {country} ({origin or 'RIR data'})"
    if basis == Basis.CODE:
        return f"{country} ({origin or 'code of the identifier'})"
    if basis == Basis.DERIVED:
        return f"{country} (country of most addresses it used; not where anybody was)"
    return f"{country} (stated in the evidence)"
