"""File formats: bytes → numbered text rows, one file a format."""

from linkgraph.ingest.readers.access_log import AccessLog
from linkgraph.ingest.readers.hash_list import HashList
from linkgraph.ingest.readers.mt940 import MT940
from linkgraph.ingest.readers.rows import Reader

SPECIAL: tuple[Reader, ...] = (AccessLog(), MT940(), HashList())
"""Formats recognised by their content; what none of them recognises is read as delimited text."""
