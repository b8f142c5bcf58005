"""Time zones by their IANA names."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from linkgraph.errors import UsageError


def zone(name: str) -> ZoneInfo:
    """Give the time zone of an IANA name, as in ``Europe/London``.

    Raises:
        UsageError: there is no such zone.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as fault:
        raise UsageError(
            f"'{name}' is no time zone of the IANA database; write it as in Europe/London or UTC."
        ) from fault
