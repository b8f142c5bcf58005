r"""Web-server access logs in the common and the combined log format of NCSA, as Apache and nginx write them.

    host ident user [day/month/year:hour:minute:second zone] "request" status bytes "referer" "user agent"

Apache's ``vhost_combined`` has the server that was asked for, with its port, before the host. A list of
addresses there (a logged X-Forwarded-For) stays a list, which no address is: only the server's set-up says
which of them is the client.

Text stays as the log has it: ``\"`` and ``\x16`` are Apache's escapes and stay escaped. A request that
is no HTTP request (scanners send TLS or noise) is a row without method, target and protocol. Further
columns behind the user agent are not read.

Source: Apache HTTP Server 2.4, mod_log_config, "Common Log Format" and "Combined Log Format".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkgraph.ingest.readers import lines
from linkgraph.ingest.readers.rows import Rows

COLUMNS = (
    "host",
    "ip",
    "ident",
    "user",
    "time",
    "method",
    "target",
    "protocol",
    "status",
    "bytes",
    "referer",
    "user_agent",
)
"""All text as the log has it; null where the log has ``-`` or nothing. ``host`` is the server asked for."""

_QUOTED = r'(?:[^"\\]|\\.)*'
_ENTRY = (
    r"^(?:(?P<host>[A-Za-z0-9_.-]*[A-Za-z][A-Za-z0-9_.-]*:[0-9]{1,5}) (?P<host_ip>[0-9A-Fa-f]*[.:][0-9A-Fa-f.:]+)"
    r"|(?P<list>[^ ,]+(?:, ?[^ ,]+)+)|(?P<ip>[^ ]+)) (?P<ident>[^ ]+) (?P<user>[^\[\]]+) \[(?P<time>[^\]]+)\] "
    rf'"(?P<request>{_QUOTED})" (?P<status>[0-9]{{3}}|-) (?P<bytes>[0-9]+|-)'
    rf'(?: "(?P<referer>{_QUOTED})" "(?P<user_agent>{_QUOTED})"(?: .*)?)?\r?\n?$'
)
_REQUEST = r"^(?P<method>[A-Za-z]+) (?P<target>.+) (?P<protocol>HTTP/[0-9.]+)$"
"""RE2, as Arrow runs it: linear in the length of the line, whatever a scanner sent."""

_RECOGNISED_BY = 50


@dataclass(frozen=True, slots=True)
class AccessLog:
    """Reads access logs."""

    name: str = "access-log"
    version: str = "2"
    binary: bool = False
    needs: tuple[str, ...] = ()
    block_bytes: int = lines.BLOCK_BYTES

    def recognises(self, head: bytes) -> bool:
        """Tell whether most of the first lines are entries of an access log."""
        texts = lines.first_texts(head)[:_RECOGNISED_BY]
        if not texts:
            return False
        entries = pc.match_substring_regex(pa.array(texts), _ENTRY)
        return int(pc.sum(entries).as_py()) * 2 > len(texts)

    def read(self, stream: BinaryIO, *, batch_rows: int = 500_000) -> Iterator[Rows]:
        """Yield the entries of ``stream``; see :class:`~linkgraph.ingest.readers.rows.Reader`."""
        return lines.batches(stream, self.block_bytes, batch_rows, _rows)


def _rows(block: lines.Block, first: int, last: int) -> Rows:
    """Read the lines first … last - 1 of a block."""
    text, unreadable = block.texts(first, last)
    entries = pc.extract_regex(text, pattern=_ENTRY)
    matched = entries.is_valid().to_numpy(zero_copy_only=False)
    for at in np.flatnonzero(text.is_valid().to_numpy(zero_copy_only=False) & ~matched).tolist():
        unreadable[at] = lines.unreadable(
            block.line_at(first + at), "access-log-entry", "The line is no entry of an access log."
        )
    if not matched.all():
        entries = entries.filter(pa.array(matched))
    table = pa.table(_columns(entries), schema=pa.schema([(name, pa.string()) for name in COLUMNS]))
    table = block.with_positions(table, first + np.flatnonzero(matched))
    return Rows(table, [unreadable[at] for at in sorted(unreadable)])


def _columns(entries: pa.StructArray) -> dict[str, pa.Array]:
    """Give the columns of matched entries, the request taken apart."""
    parts = dict(zip((part.name for part in entries.type), entries.flatten(), strict=True))
    ips = [parts.pop(name) for name in ("host_ip", "list", "ip")]
    parts["ip"] = pc.binary_join_element_wise(*ips, pa.scalar("", pa.large_string()))  # two of them are empty
    request = pc.extract_regex(parts.pop("request"), pattern=_REQUEST)
    parts |= dict(zip((part.name for part in request.type), request.flatten(), strict=True))
    return {name: _stated(parts[name].cast(pa.string())) for name in COLUMNS}


def _stated(texts: pa.Array) -> pa.Array:
    return pc.if_else(pc.is_in(texts, pa.array(["-", ""])), pa.scalar(None, pa.string()), texts)
