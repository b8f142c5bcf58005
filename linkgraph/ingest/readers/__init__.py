"""File formats: bytes → numbered text rows, one file a format."""

from linkgraph.ingest.readers.access_log import AccessLog
from linkgraph.ingest.readers.auth_log import AuthLog
from linkgraph.ingest.readers.camt import Camt
from linkgraph.ingest.readers.cybertip_json import CybertipJSON
from linkgraph.ingest.readers.cybertip_xml import CybertipXML
from linkgraph.ingest.readers.google_html import GoogleHTML
from linkgraph.ingest.readers.hash_list import HashList
from linkgraph.ingest.readers.kik import KikBind
from linkgraph.ingest.readers.meta_html import MetaHTML
from linkgraph.ingest.readers.mt940 import MT940
from linkgraph.ingest.readers.ncmec_hashes import NCMECHashes
from linkgraph.ingest.readers.nsrl import NSRL, NSRL2
from linkgraph.ingest.readers.radius import RadiusDetail
from linkgraph.ingest.readers.rows import Reader
from linkgraph.ingest.readers.snapchat import SnapchatIPs
from linkgraph.ingest.readers.vics import VICS
from linkgraph.ingest.readers.w3c_log import W3CLog

SPECIAL: tuple[Reader, ...] = (
    AccessLog(),
    W3CLog(),
    AuthLog(),
    RadiusDetail(),
    KikBind(),
    SnapchatIPs(),
    Camt(),
    CybertipJSON(),
    CybertipXML(),
    NCMECHashes(),
    MetaHTML(),
    GoogleHTML(),
    MT940(),
    NSRL(),
    NSRL2(),
    VICS(),
    HashList(),
)
"""Formats recognised by their content; what none of them recognises is read as delimited text."""
