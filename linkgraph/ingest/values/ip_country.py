"""The country an address block is registered to, from the data of the five regional internet registries.

It is where the holder of the block is registered, not where the address is used: say "registered to".
The data is inside the installed ``iptocc`` package; nothing is asked of a network.
"""

from __future__ import annotations

import json
import re
from importlib.metadata import distribution

import iptocc

from linkgraph.ingest.values import ip
from linkgraph.ingest.values.result import Reason

_ALPHA_2 = re.compile("[A-Z]{2}")
_UNASSIGNED = frozenset({"ZZ", "EU", "AP"})
"""RIR codes that are no country: unknown, and the former Europe and Asia/Pacific regions."""


def _registry() -> str:
    """Give the data its date: the package is built each night from that night's registry files.

    The build states its time in the CycloneDX bill of materials it carries. A repackaged build without
    one is named by its version, which fixes the data as well.
    """
    package = distribution("iptocc")
    for path in package.files or ():
        if path.name.endswith(".cyclonedx.json"):
            built = json.loads(path.read_text(encoding="utf-8")).get("metadata", {}).get("timestamp", "")
            if re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T", built):
                return f"RIR data of {built[:10]}"
    return f"RIR data in iptocc {package.version}"


REGISTRY = _registry()
"""The data :func:`country` rests on, as findings cite it: ``RIR data of 2026-10-27``."""


def country(address: str) -> str | None:
    """Give the ISO 3166-1 alpha-2 code of the country an address is registered to.

    Args:
        address: canonical text of an :class:`~linkgraph.ingest.values.ip.IPAddress`.

    None where the registries name no country and for every address whose scope is not global.
    """
    read = ip.clean(address)
    return None if isinstance(read, Reason) else country_of(read.value)


def country_of(address: ip.IPAddress) -> str | None:
    """Give what :func:`country` gives, of an address that was read already."""
    if address.scope != "global":
        return None
    code: str | None = iptocc.country_code(address.text)
    return code if code and _ALPHA_2.fullmatch(code) and code not in _UNASSIGNED else None
