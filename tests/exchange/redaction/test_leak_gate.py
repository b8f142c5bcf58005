"""The gate: whatever is planted in whatever way is found, and what is clean passes."""

from __future__ import annotations

import base64
import gzip
import html
import io
import json
import unicodedata
import zipfile
import zlib
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from exchange.tables import entity, everything, extract

from linkgraph.exchange import graphml, jsonl
from linkgraph.exchange.redaction.choosing import Suppressed
from linkgraph.exchange.redaction.leak_gate import _PIECE, Gate, LeakError
from linkgraph.model import EntityKind
from linkgraph.viz import page

CANARIES = (
    "small_wren",
    "Zoë O'Neill",
    "chat:猫の手も",
    "wren+1@example.org",
    "2001:db8::77",
    'O\u2028dd\x01 "name"\\',
)


def zipped(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def parquet(text: str) -> bytes:
    stream = io.BytesIO()
    nested = pa.array([[{"a": text}], []], pa.list_(pa.struct([("a", pa.string())])))
    pq.write_table(pa.table({"n": pa.array([1, 2]), "deep": nested}), stream, compression="zstd")
    return stream.getvalue()


def commented(text: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a", b"")
        archive.comment = text.encode()
    return stream.getvalue()


NOISE = b"nothing to see, 12 of it; " * 4

WAYS = {
    "as it is": lambda text: text.encode(),
    "in capitals": lambda text: text.upper().encode(),
    "in another composition": lambda text: unicodedata.normalize("NFD", text).encode(),
    "in full width": lambda text: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text).encode(),
    "in UTF-16": lambda text: text.encode("utf-16-le"),
    "in UTF-16, the other end first": lambda text: text.encode("utf-16-be"),
    "in JSON": lambda text: json.dumps(text).encode(),
    "in JSON, every character escaped": lambda text: b'"' + b"".join(rb"\u%04x" % ord(c) for c in text) + b'"',
    "in JSON in JSON": lambda text: json.dumps(json.dumps([text])).encode(),
    "in XML": lambda text: html.escape(text).encode(),
    "in XML, every character escaped": lambda text: "".join(f"&#{ord(c)};" for c in text).encode(),
    "in XML, in hexadecimal": lambda text: "".join(f"&#x{ord(c):X};" for c in text).encode(),
    "in JSON in XML": lambda text: html.escape(json.dumps([text])).encode(),
    "in an address": lambda text: quote(text, safe="").encode(),
    "in an address, every byte": lambda text: "".join(f"%{b:02x}" for b in text.encode()).encode(),
    "in an address in JSON": lambda text: json.dumps("https://example.org/?q=" + quote(text)).encode(),
    "quoted-printable": lambda text: "".join(f"={b:02X}" for b in text.encode()).encode(),
    "in a workbook's escapes": lambda text: "".join(f"_x{ord(c):04X}_" for c in text).encode(),
    "in braces": lambda text: "".join(f"\\u{{{ord(c):x}}}" for c in text).encode(),
    "in hexadecimal": lambda text: text.encode().hex().encode(),
    "in hexadecimal, capitals": lambda text: text.encode().hex().upper().encode(),
    "in base64": lambda text: base64.b64encode(text.encode()),
    "in base64 after one byte": lambda text: base64.b64encode(b"\xff" + text.encode() + b"!!"),
    "in base64 after two bytes": lambda text: base64.b64encode(b"\xff>" + text.encode() + b"!!"),
    "in base64 for addresses": lambda text: base64.urlsafe_b64encode(b"\xff" + text.encode() + b"!"),
    "in long base64": lambda text: base64.b64encode(bytes(range(256)) + text.encode() + NOISE),
    "in long base64 that begins in the middle": lambda text: (
        b"xy" + base64.b64encode(NOISE * 3 + text.encode() + NOISE)
    ),
    "in gzip": lambda text: gzip.compress(text.encode()),
    "in a zip": lambda text: zipped(a=b"", b=text.encode()),
    "in a zip in a zip": lambda text: zipped(b=zipped(c=json.dumps(text).encode())),
    "in the name of a zip's member": lambda text: zipped(**{text.replace("\x01", ""): b"x"}),
    "in the comment of a zip": commented,
    "in deflated base64": lambda text: base64.b64encode(deflated(NOISE * 20 + bytes(range(256)) * 2 + text.encode())),
    "in the model of a page": lambda text: (
        f'<script id="model">{page.pack({"case": text, "n": rare()})}</script>'.encode()
    ),
    "in Parquet": parquet,
}


def deflated(raw: bytes) -> bytes:
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return deflate.compress(raw) + deflate.flush()


def rare() -> list[int]:
    """Numbers that do not deflate to next to nothing."""
    return [number * number * 7919 % 104729 for number in range(400)]


def gate(*texts: str, **options) -> Gate:
    return Gate(Suppressed(set(texts), set()), **options)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("canary", CANARIES)
def test_a_planted_canary_is_found(canary, way):
    if way == "in the name of a zip's member":
        canary = canary.replace("\x01", "")
    planted = NOISE + b" \n" + WAYS[way](canary) + b"\n " + NOISE
    content = WAYS[way](canary) if way.split(" ")[-1] in {"zip", "gzip", "Parquet", "member"} else planted
    assert gate(canary).leaks({"graph": content}), f"{canary} {way} passed"
    # The control: the gate is not one that finds everything.
    assert gate("another" + canary).leaks({"graph": content}) == []


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_escapes_in_a_file_of_utf_16_are_read(encoding):
    text = html.escape("of <Zoë O'Neill> & others")
    content = ("\ufeff" if encoding == "utf-16-be" else "") + text
    assert gate("<Zoë O'Neill>").leaks({"chart.anx": content.encode(encoding)})
    assert gate("<Zoë O'Brien>").leaks({"chart.anx": content.encode(encoding)}) == []


def test_the_name_of_a_file_is_looked_at():
    [leak] = gate("small_wren").leaks({"data/of small_wren.txt": b""})
    assert leak.file == "the name of data/of small_wren.txt"


def test_where_and_how_is_said():
    [leak] = gate("small_wren").leaks({"view.xlsx": zipped(sheet=html.escape("say 'small_wren'").encode())})
    assert (leak.text, leak.file, leak.how) == ("small_wren", "view.xlsx, sheet", "plain")
    found = gate("sm'all").leaks({"a": b"sm&#39;all"})
    assert [leak.how for leak in found] == ["escaped for XML"]


def test_a_leak_stops_the_export_with_the_exit_code_of_integrity():
    with pytest.raises(LeakError, match="in a \\(plain\\)") as raised:
        gate("small_wren").pass_or_raise({"a": b"small_wren"})
    assert raised.value.exit_code == 4
    assert "small_wren" not in str(raised.value)
    gate("small_wren").pass_or_raise({"a": b"tall_wren"})


def test_longer_files_are_looked_at_to_the_end(tmp_path):
    line = b"x" * 99 + b"\n"
    path = tmp_path / "graph.jsonl"
    path.write_bytes(line * (_PIECE // 100 + 7) + b"small_wren\n" + line)
    assert len(gate("small_wren").leaks({"graph.jsonl": path})) == 1
    assert gate("tiny_wren").leaks({"graph.jsonl": path}) == []


def test_a_packed_file_on_the_disk_is_unpacked(tmp_path):
    path = tmp_path / "view.xlsx"
    path.write_bytes(zipped(a=b"small_wren", b=bytes(_PIECE)))
    assert gate("small_wren").leaks({"view.xlsx": path})


def test_words_of_the_format_are_not_looked_for_and_are_counted():
    empty = io.BytesIO()
    jsonl.write(empty, extract([], [], case="", agency=""))
    with_label = io.BytesIO()
    jsonl.write(with_label, extract([entity(EntityKind.ACCOUNT, "chat:fox")], []))
    found = gate("chat:kind", "kind", "fox")
    assert {leak.text for leak in found.leaks({"g": with_label.getvalue()})} == {"kind", "fox"}
    against = gate("chat:sources", "sources", "fox", baseline={"g": empty.getvalue()})
    assert against.words_of_the_format == 1
    assert {leak.text for leak in against.leaks({"g": with_label.getvalue()})} == {"fox"}
    assert {leak.text for leak in against.leaks({"g": b'"chat:sources"'})} == {"chat:sources"}


@pytest.mark.parametrize("writer", [jsonl.write, graphml.write])
def test_every_name_of_an_extract_is_found_in_what_is_written(writer):
    """Every text of `everything()` is planted by a writer that escapes as its format does."""
    given = everything()
    texts = {text for name in ("value", "label") for text in given.entities[name].to_pylist()}
    stream = io.BytesIO()
    writer(stream, given)
    found = {leak.text for leak in gate(*texts).leaks({"g": stream.getvalue()})}
    assert found == set(gate(*texts)._texts.wanted)


@pytest.mark.parametrize(
    "begins", [b"PAID list", b"PAR1 ", b"PK.jsonl", b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b\x08", b"\x1f\x8b"]
)
def test_what_only_begins_like_a_packed_file_is_looked_at_as_it_is(begins, tmp_path):
    gate = Gate(Suppressed(frozenset(), {"small_wren"}))
    assert [(leak.text, leak.how) for leak in gate.leaks({"a": begins + b" small_wren"})] == [("small_wren", "plain")]
    assert gate.leaks({begins.decode("latin-1"): begins}) == []
    (tmp_path / "a").write_bytes(begins + b"\n" * _PIECE + b"small_wren")
    assert [leak.text for leak in gate.leaks({"a": tmp_path / "a"})] == ["small_wren"]


def test_a_packed_file_that_is_cut_off_is_looked_at_as_far_as_it_goes():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("graph", "small_wren")
    gate = Gate(Suppressed(frozenset(), {"small_wren"}))
    assert {leak.how for leak in gate.leaks({"a": stream.getvalue()[:-10]})} == {"plain"}
    packed = gzip.compress(b"small_wren" * 5000)
    assert gate.leaks({"a": packed[:-4]}) == []
    assert [leak.text for leak in gate.leaks({"a": packed})] == ["small_wren"]
