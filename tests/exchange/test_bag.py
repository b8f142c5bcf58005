"""Signed bags: deterministic, checked by others' tools, no bit of them free, and nothing hostile read."""

from __future__ import annotations

import hashlib
import io
import random
import re
import shutil
import struct
import subprocess
import tracemalloc
import zipfile
import zlib
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime

import bagit
import pyrage
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkgraph.errors import IntegrityError, StorageError, UsageError
from linkgraph.exchange import bag, dsse, keys, strict_zip
from linkgraph.exchange.bag import Limits
from linkgraph.store.audit import canonical

OWN = keys.generate("Amber Fox", "Agency A", made=datetime(2026, 11, 2, tzinfo=UTC))
OTHER = keys.generate("Blue Owl", "Agency B")
CARDS = [OTHER.card, OWN.card]
GRAPH = b"".join(b'{"id":"%d","kind":"Account","value":"account %d"}\n' % (n * n, n) for n in range(41))
FILES = {"graph.jsonl": GRAPH, "report/page.html": b"<p>7</p>", "empty": b""}
INFO = {"TLP": "AMBER", "Contact-Name": "Amber Föx", "Case-Reference": "op 7"}
PREDICATE = {"recipients": ["x"], "rows": 40}


def made(files=FILES, info=INFO, predicate=PREDICATE, own=OWN):
    stream = io.BytesIO()
    digest = bag.write(stream, files, info, predicate, own)
    assert digest == hashlib.sha256(stream.getvalue()).hexdigest()
    return stream.getvalue()


def opened(content, limits=None):
    return bag.read(io.BytesIO(content), CARDS, limits)


WHOLE = made()


class TestWhole:
    def test_what_is_written_is_read(self):
        found = opened(WHOLE)
        assert (found.card, dict(found.predicate), dict(found.info)) == (OWN.card, PREDICATE, INFO)
        assert list(found.files) == sorted(FILES)
        assert {name: found.open(name).read() for name in found.files} == FILES
        assert found.sha256 == hashlib.sha256(WHOLE).hexdigest()
        assert found.files["graph.jsonl"].size == len(GRAPH)
        assert found.files["graph.jsonl"].sha256 == hashlib.sha256(GRAPH).hexdigest()

    def test_two_are_the_same_bytes(self, tmp_path):
        for number, content in enumerate(FILES.values()):
            (tmp_path / str(number)).write_bytes(content)
        paths = {name: tmp_path / str(number) for number, name in enumerate(FILES)}
        turned = dict(reversed(paths.items())), dict(reversed(INFO.items())), dict(reversed(PREDICATE.items()))
        assert made(*turned) == WHOLE

    def test_streams_can_be_read_in_turn(self):
        found = opened(WHOLE)
        one, other = found.open("graph.jsonl"), found.open("graph.jsonl")
        assert one.read(10) + other.read(5) + one.read() == GRAPH[:10] + GRAPH[:5] + GRAPH[10:]

    def test_a_file_that_is_not_there(self):
        with pytest.raises(UsageError, match=r"graph\.jsonl"):
            opened(WHOLE).open("../graph.jsonl")

    def test_an_archive_that_changes_after_it_was_verified(self):
        stream = io.BytesIO(WHOLE)
        found = bag.read(stream, CARDS)
        place, size = packed_place("data/report/page.html")
        stream.seek(place + size - 4)
        stream.write(b"8")
        with pytest.raises(IntegrityError), found.open("report/page.html") as content:
            content.read()

    def test_it_is_unpacked(self, tmp_path):
        paths = bag.unpack(opened(WHOLE), tmp_path / "new")
        assert {path.relative_to(tmp_path / "new").as_posix(): path.read_bytes() for path in paths} == FILES
        with pytest.raises(UsageError, match="not empty"):
            bag.unpack(opened(WHOLE), tmp_path / "new")

    def test_another_key_is_not_accepted(self):
        with pytest.raises(IntegrityError, match=f"{OWN.card.fingerprint}.*keys trust"):
            bag.read(io.BytesIO(WHOLE), [OTHER.card])

    @pytest.mark.parametrize(
        "name",
        [
            "",
            "/abs",
            "../up",
            "a/../b",
            "a/",
            "a//b",
            "C:x",
            "a\\b",
            "CON",
            "a/nul.txt",
            "lpt1.x.y",
            "dot.",
            "é",
            "a b",
            "a\n",
        ],
    )
    def test_names_it_does_not_write(self, name):
        with pytest.raises(UsageError):
            made({name: b"x"})

    @pytest.mark.parametrize(
        "info",
        [
            {"a b": "x"},
            {"A": ""},
            {"A": "x\ny"},
            {"A": "x\u2028y"},
            {"A": " x"},
            {"payload-oxum": "1.1"},
            {"A": "1", "a": "2"},
        ],
    )
    def test_what_it_does_not_say_of_itself(self, info):
        with pytest.raises(UsageError):
            made(info=info)

    def test_names_that_are_one_on_some_systems_are_not_written_either(self):
        for names in (("a", "A"), ("a", "A/b")):
            with pytest.raises(UsageError, match=r"one name|folder that is a file"):
                made(dict.fromkeys(names, b"x"))

    def test_nothing_to_share(self):
        with pytest.raises(UsageError, match="nothing"):
            made({})

    def test_a_file_that_is_missing_or_grows(self, tmp_path):
        with pytest.raises(StorageError, match="could not be read"):
            made({"a": tmp_path / "none"})

        class Growing(type(tmp_path)):
            """A file that is written to between the look at its size and the reading of it."""

            def open(self, *arguments, **options):
                with super().open("ab") as log:
                    log.write(b"more")
                return super().open(*arguments, **options)

        (tmp_path / "log").write_bytes(b"line\n")
        with pytest.raises(StorageError, match="changed while it was read"):
            made({"a": Growing(tmp_path / "log")})

    def test_what_deflates_like_a_bomb_is_stored(self):
        content = b"0" * 950_000
        whole = made({"same.jsonl": content, "graph.jsonl": GRAPH})
        assert opened(whole).open("same.jsonl").read() == content
        with zipfile.ZipFile(io.BytesIO(whole)) as archive:
            assert archive.getinfo("data/same.jsonl").compress_type == zipfile.ZIP_STORED
            assert archive.getinfo("data/graph.jsonl").compress_type == zipfile.ZIP_DEFLATED

    def test_large_files_are_not_held_in_memory(self, tmp_path):
        path, size = tmp_path / "large", 64 << 20
        source = random.Random(7)  # noqa: S311 - bytes that do not deflate, the same each time
        with path.open("wb") as stream:
            for _ in range(size >> 20):
                stream.write(source.randbytes(1 << 20))
        tracemalloc.start()
        try:
            with (tmp_path / "out").open("wb") as stream:
                bag.write(stream, {"large": path}, {}, {}, OWN)
            with (tmp_path / "out").open("rb") as stream:
                found = bag.read(stream, CARDS)
                with found.open("large") as content:
                    while content.read(1 << 20):
                        pass
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert found.files["large"].size == size
        # 16 MiB of packed bytes wait in memory, and growing that buffer takes as much again.
        assert peak < 40 << 20


def forge_all(folder):
    """Change a file and every list that is not signed."""
    graph = folder / "data" / "graph.jsonl"
    old, new = (hashlib.sha256(content).hexdigest().encode() for content in (GRAPH, GRAPH + b" "))
    graph.write_bytes(GRAPH + b" ")
    before = (folder / "manifest-sha256.txt").read_bytes()
    edit(folder / "manifest-sha256.txt", old, new)
    after = (folder / "manifest-sha256.txt").read_bytes()
    old, new = (hashlib.sha256(content).hexdigest().encode() for content in (before, after))
    edit(folder / "tagmanifest-sha256.txt", old, new)


def edit(path, old, new):
    content = path.read_bytes()
    assert content.count(old) == 1
    path.write_bytes(content.replace(old, new))


class TestOtherTools:
    @pytest.fixture
    def folder(self, tmp_path):
        with zipfile.ZipFile(io.BytesIO(WHOLE)) as archive:
            assert archive.testzip() is None
            archive.extractall(tmp_path / "bag")
        (tmp_path / "card.lgcard").write_bytes(OWN.card.content())
        return tmp_path / "bag"

    def test_bagit_finds_it_valid(self, folder):
        found = bagit.Bag(str(folder))
        assert found.validate()
        assert found.version == "1.0"
        assert found.info["Contact-Name"] == "Amber Föx"

    def test_bagit_finds_a_change(self, folder):
        (folder / "data" / "empty").write_bytes(b"x")
        assert not bagit.Bag(str(folder)).is_valid()

    def test_the_commands_of_the_bag_accept_it(self, folder):
        run = checked(folder)
        assert run.returncode == 0, run.stderr
        assert "Signature Verified Successfully" in run.stdout
        files = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
        assert {f"{name}: OK" for name in files if name != "statement.dsse.json"} <= set(run.stdout.split("\n"))
        assert "number of files: OK" in run.stdout
        assert OWN.card.signing_key in run.stdout
        assert OWN.card.fingerprint in run.stdout

    @pytest.mark.parametrize(
        "change",
        [
            lambda folder: (folder / "data" / "graph.jsonl").write_bytes(GRAPH + b" "),
            lambda folder: (folder / "data" / "empty").unlink(),
            lambda folder: (folder / "data" / "more").write_bytes(b""),
            lambda folder: (folder / "more.txt").write_bytes(b""),
            lambda folder: (folder / "bag-info.txt").write_bytes(b"TLP: CLEAR\n"),
            lambda folder: (folder / "tagmanifest-sha256.txt").write_bytes(b""),
            forge_all,
            lambda folder: edit(folder / "statement.dsse.json", b'"sig":"', b'"sig":"AA'),
            lambda folder: edit(folder / "statement.dsse.json", b'"payload":"e', b'"payload":"f'),
        ],
    )
    def test_the_commands_of_the_bag_find_a_change(self, folder, change):
        change(folder)
        assert checked(folder).returncode != 0


def checked(folder):
    """Run the commands that the bag itself gives, in a shell that stops at the first that fails."""
    for tool in ("bash", "openssl", "sha256sum", "sed", "base64"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not here")
    text = (folder / "CHECKING.txt").read_text("ascii")
    commands = "".join(f"{line.strip()}\n" for line in text.split("\n") if line.startswith("    "))
    script = "set -e -o pipefail\n" + commands.replace("CARD.lgcard", "../card.lgcard")
    bash = shutil.which("bash")
    return subprocess.run([bash, "-c", script], cwd=folder, capture_output=True, text=True, check=False)


class TestEveryByte:
    def test_no_bit_is_free(self):
        undetected = [at for at, content in edits(WHOLE) if accepted(content)]
        assert undetected == []

    def test_no_byte_is_free_when_all_check_sums_are_made_anew(self):
        """Whoever edits with intent makes CRC, sizes and offsets right: hashes and signature alone are left."""
        undetected = []
        for number, entry in enumerate(parts()):
            for at, content in edits(entry.content):
                entries = parts()
                entries[number] = Entry(entry.name, content, entry.deflate)
                if content != entry.content and accepted(archive(entries)):
                    undetected.append((entry.name, at))
        assert undetected == []

    def test_the_control(self):
        """A reader that compares content with a signed manifest, as most do: edits of headers are not seen."""
        undetected = sum(lax(content) for at, content in edits(WHOLE) if at % 7 == 0)
        assert undetected > 50

    def test_no_bit_is_free_in_deflate(self):
        """Bits that deflate leaves open: another spelling of the same content has to be found."""
        place, size = packed_place("data/graph.jsonl")
        packed = WHOLE[place : place + size]
        free = [bit for bit in range(8) if same_content(packed, bit)]
        assert free, "the control: the last byte has bits that mean nothing"
        for bit in free:
            edited = bytearray(WHOLE)
            edited[place + size - 1] ^= 1 << bit
            assert lax(bytes(edited))
            with pytest.raises(IntegrityError, match=r"data/graph\.jsonl"):
                opened(bytes(edited))

    def test_cut_off_anywhere(self):
        for at in range(0, len(WHOLE), 100):
            with pytest.raises(IntegrityError):
                opened(WHOLE[:at])

    def test_no_bit_of_the_encrypted_file_is_free(self):
        small = io.BytesIO()
        bag.encrypt(io.BytesIO(b"x" * 200), small, [OWN.card, OTHER.card])
        undetected = []
        for at, content in edits(small.getvalue()):
            try:
                bag.decrypt(io.BytesIO(content), io.BytesIO(), OWN)
                undetected.append(at)
            except IntegrityError:
                pass
        assert undetected == []

    def test_no_bit_of_an_encrypted_bag_is_free(self):
        whole = io.BytesIO()
        bag.encrypt(io.BytesIO(WHOLE), whole, [OTHER.card])
        undetected = []
        for at, content in edits(whole.getvalue()):
            plain = io.BytesIO()
            try:
                bag.decrypt(io.BytesIO(content), plain, OTHER)
                undetected.append(at)
            except IntegrityError:
                assert plain.getvalue() == b""
        assert undetected == []


def edits(content):
    """Give place and content with each byte changed in two ways, left out, and doubled."""
    for at in range(len(content)):
        byte = content[at : at + 1]
        for put in (bytes([byte[0] ^ 0x01]), bytes([byte[0] ^ 0xFF]), b"", byte * 2):
            yield at, content[:at] + put + content[at + 1 :]


def accepted(content):
    try:
        opened(content)
    except IntegrityError:
        return False
    return True


def lax(content):
    """Read as a program does that trusts zipfile and compares the payload with the signed hashes."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            found = {name: archive.read(f"data/{name}") for name in FILES}
            dsse.verify(archive.read("statement.dsse.json"), CARDS)
    except Exception:
        return False
    return found == FILES


def packed_place(name):
    """Give where the packed bytes of a member lie, and how many they are."""
    with zipfile.ZipFile(io.BytesIO(WHOLE)) as whole:
        member = whole.getinfo(name)
    return member.header_offset + 30 + len(name), member.compress_size


def same_content(packed, bit):
    changed = packed[:-1] + bytes([packed[-1] ^ 1 << bit])
    try:
        inflate = zlib.decompressobj(-15)
        return inflate.decompress(changed) + inflate.flush() == GRAPH and inflate.eof
    except zlib.error:
        return False


@dataclass
class Entry:
    """One member of an archive put together by hand; what is stated in ``says`` overrides what would be true."""

    name: str | bytes
    content: bytes = b""
    deflate: bool = False
    says: dict[str, int | bytes] = field(default_factory=dict)
    local: dict[str, int | bytes] = field(default_factory=dict)


def archive(entries, *, before=b"", between=b"", after=b"", comment=b"", end=None):
    """Put an archive together by hand, lies and all."""
    out, directory = bytearray(before), bytearray()
    for entry in entries:
        name = entry.name if isinstance(entry.name, bytes) else entry.name.encode()
        packed = zlib.compress(entry.content, strict_zip.LEVEL, -15) if entry.deflate else entry.content
        true = {
            "made_by": 3 << 8 | 20,
            "needed": 20,
            "flags": 0,
            "method": 8 if entry.deflate else 0,
            "time": 0,
            "date": 33,
            "crc": zlib.crc32(entry.content),
            "packed": len(packed),
            "size": len(entry.content),
            "extra": b"",
            "comment": b"",
            "disk": 0,
            "internal": 0,
            "attributes": 0o100644 << 16,
            "offset": len(out),
            "name": name,
        }
        near, far = true | entry.says | entry.local, true | entry.says
        common = ("needed", "flags", "method", "time", "date", "crc", "packed", "size")
        out += struct.pack(
            "<4s5H3I2H", b"PK\x03\x04", *(near[key] for key in common), len(near["name"]), len(near["extra"])
        )
        out += near["name"] + near["extra"] + packed + between
        directory += struct.pack(
            "<4s6H3I5H2I",
            b"PK\x01\x02",
            far["made_by"],
            *(far[key] for key in common),
            len(far["name"]),
            len(far["extra"]),
            len(far["comment"]),
            far["disk"],
            far["internal"],
            far["attributes"],
            far["offset"],
        )
        directory += far["name"] + far["extra"] + far["comment"]
    true = {"count": len(entries), "size": len(directory), "at": len(out)} | (end or {})
    out += directory
    out += struct.pack(
        "<4s4H2IH", b"PK\x05\x06", 0, 0, true["count"], true["count"], true["size"], true["at"], len(comment)
    )
    return bytes(out) + comment + after


with zipfile.ZipFile(io.BytesIO(WHOLE)) as _sound:
    SOUND = [(one.filename, _sound.read(one), one.compress_type == zipfile.ZIP_DEFLATED) for one in _sound.infolist()]


def parts():
    """Give the sound bag as entries, to be changed."""
    return [Entry(*one) for one in SOUND]


def with_entry(*more):
    """Give the sound bag with more entries, signed anew by a trusted key so that only the reader's rules stop it."""
    entries = [one for one in parts() if one.name != "statement.dsse.json"]
    entries = sorted([*entries, *more], key=lambda one: one.name if isinstance(one.name, str) else "data/zz")
    subjects = []
    for one in entries:
        subject = {"name": str(one.name), "digest": {"sha256": hashlib.sha256(one.content).hexdigest()}}
        if one.deflate:
            packed = hashlib.sha256(zlib.compress(one.content, strict_zip.LEVEL, -15)).hexdigest()
            subject["annotations"] = {"packed_sha256": packed}
        subjects.append(subject)
    return sorted([*entries, Entry("statement.dsse.json", signed(subjects))], key=lambda one: str(one.name))


def signed(subjects, **changes):
    statement = {
        "_type": bag.STATEMENT_TYPE,
        "subject": subjects,
        "predicateType": bag.PREDICATE_TYPE,
        "predicate": PREDICATE,
    } | changes
    return dsse.sign(canonical(statement).encode(), bag.ENVELOPE_TYPE, OWN)


def test_archives_put_together_by_hand_are_read_if_they_are_right():
    """The control of all hostile ones: the same builder makes the same bytes where nothing is changed."""
    assert archive(parts()) == WHOLE


LINK, FOLDER, PIPE = 0o120777 << 16, 0o040755 << 16, 0o010644 << 16
BOMB = bytes(50 << 20)
ZIP64 = struct.pack("<HHQQ", 1, 16, 5, 5)


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        (Entry("data/../../evil", b"x"), "leads out of its folder"),
        (Entry("../../evil", b"x"), "leads out of its folder"),
        (Entry("data/./a", b"x"), "leads out of its folder"),
        (Entry("/abs", b"x"), "absolute"),
        (Entry("data//a", b"x"), "absolute"),
        (Entry("C:/a", b"x"), "characters other than"),
        (Entry("data/C:a", b"x"), "characters other than"),
        (Entry("data\\a", b"x"), "characters other than"),
        (Entry("data/a\\..\\b", b"x"), "characters other than"),
        (Entry("data/a\n", b"x"), "characters other than"),
        (Entry("data/a\0.txt", b"x"), "characters other than"),
        (Entry("data/\u202eexe.txt", b"x"), "characters other than"),
        (Entry(b"data/\xff", b"x"), "characters other than"),
        (Entry("", b"x"), "characters other than"),
        (Entry("data/CON", b"x"), "device on Windows"),
        (Entry("data/con.txt", b"x"), "device on Windows"),
        (Entry("data/NUL/a", b"x"), "device on Windows"),
        (Entry("data/Com7.tar.gz", b"x"), "device on Windows"),
        (Entry("data/dot.", b"x"), "ends in a dot"),
        (Entry("data/dot./a", b"x"), "ends in a dot"),
        (Entry("data/" + "x" * 200, b"x"), "longer than"),
        (Entry("data/folder/"), "folder"),
        (Entry("data/folder", says={"attributes": FOLDER}), "is a folder"),
        (Entry("data/folder", says={"attributes": 0x10, "made_by": 20}), "is a folder"),
        (Entry("data/link", b"/etc/passwd", says={"attributes": LINK}), "symbolic link"),
        (Entry("data/pipe", says={"attributes": PIPE}), "is no file"),
        (Entry("data/more", says={"attributes": 0o104755 << 16}), "not the one allowed"),
        (Entry("data/secret", b"x", says={"flags": 1}), "encrypted"),
        (Entry("data/later", b"x", says={"flags": 8}), "after its content"),
        (Entry("data/utf", b"x", says={"flags": 0x800}), "flags"),
        (Entry("data/lzma", b"x", says={"method": 14}), "method 14"),
        (Entry("data/extra", b"x", says={"extra": b"\x01\x00\x00\x00"}), "extra field"),
        (Entry("data/extra", b"x", local={"extra": b"\x01\x00\x00\x00"}), "two headers"),
        (Entry("data/comment", b"x", says={"comment": b"hi"}), "comment"),
        (Entry("data/zip64", b"x", says={"extra": ZIP64, "size": 0xFFFFFFFF, "packed": 0xFFFFFFFF}), "extra field"),
        (Entry("data/zip64", b"x", says={"size": 0xFFFFFFFF, "packed": 0xFFFFFFFF}), "does not lie where"),
        (Entry("data/time", b"x", says={"time": 1}), "not the one allowed"),
        (Entry("data/date", b"x", says={"date": 34}), "not the one allowed"),
        (Entry("data/disk", b"x", says={"disk": 1}), "not the one allowed"),
        (Entry("data/needed", b"x", says={"needed": 45}), "not the one allowed"),
        (Entry("data/name", b"x", local={"name": b"data/nome"}), "two headers"),
        (Entry("data/size", b"x", local={"size": 2}), "two headers"),
        (Entry("data/over", b"x", says={"offset": 0}), "does not lie where"),
        (Entry("data/graph.jsonl", b"x"), "is there twice"),
        (Entry("data/Graph.jsonl", b"x"), "one name on some systems"),
        (Entry("data/empty/a", b"x"), "folder that is a file"),
        (Entry("data/EMPTY/a", b"x"), "folder that is a file"),
        (Entry("data/bomb", BOMB, deflate=True), "more than 200 times"),
        (Entry("data/bomb", BOMB, deflate=True, says={"size": 1000}), "does not hold what it declares"),
        (Entry("data/less", b"x" * 9, deflate=True, says={"size": 10}), "does not hold what it declares"),
        (Entry("data/two", b"xx", says={"size": 1}), "two sizes"),
        (Entry("data/crc", b"x", says={"crc": 1}), "does not hold what it declares"),
        (Entry("fetch.txt", b"http://example.org - data/a\n"), "belongs in none"),
        (Entry("manifest-md5.txt", b"x"), "belongs in none"),
    ],
    ids=lambda value: value if isinstance(value, str) else ascii(value.name),
)
def test_hostile_members(entry, told, tmp_path):
    """Each is signed by a trusted key, so that it is the rule alone that refuses it."""
    content = archive(with_entry(entry))
    tracemalloc.start()
    with pytest.raises(IntegrityError, match=told):
        bag.unpack(opened(content), tmp_path / "target")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert list(tmp_path.iterdir()) == []
    assert peak < 8 << 20


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (archive(parts(), before=b"#!/bin/sh\n"), "does not lie where"),
        (archive(parts(), between=b"x"), "does not lie where"),
        (archive(parts(), after=b"x"), "goes on after its end"),
        (archive(parts(), comment=b"hi"), "has a comment"),
        (archive(parts(), after=archive(parts()[:1])), "goes on after its end"),
        (archive(parts(), end={"count": 11}), "more than|fewer entries"),
        (archive(parts(), end={"count": 9}), "more than|belong to no member"),
        (archive(parts(), end={"count": 0xFFFF}), "more than 1,000"),
        (archive(parts(), end={"at": 5}), "cut off, goes on"),
        (archive(parts(), end={"at": 0xFFFFFFFF, "size": 0xFFFFFFFF, "count": 0xFFFF}), "cut off, goes on"),
        (archive(list(reversed(parts()))), "order of names"),
        (archive([]), "no 'CHECKING.txt'"),
        (archive([Entry(f"data/{n:04}") for n in range(1001)]), "more than 1,000"),
        (archive(with_entry(Entry("data/b", b"x"))[:-1]), "no 'tagmanifest"),
        (b"", "too short"),
        (b"x" * 100, "cut off"),
    ],
)
def test_hostile_archives(content, told, tmp_path):
    with pytest.raises(IntegrityError, match=told):
        bag.unpack(opened(content), tmp_path / "target")
    assert list(tmp_path.iterdir()) == []


def test_members_that_share_their_bytes():
    """Fifield's bomb: many entries of the directory lie over the same bytes."""
    entries = parts()
    at = next(number for number, one in enumerate(entries) if one.name == "data/graph.jsonl")
    offset = WHOLE.index(b"PK\x03\x04", WHOLE.index(b"data/empty"))
    entries.insert(at + 1, Entry("data/graph2", GRAPH, deflate=True, says={"offset": offset}))
    with pytest.raises(IntegrityError, match="'data/graph2' does not lie where"):
        opened(archive(entries))


def test_a_zip64_archive_of_the_standard_library():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as whole:
        for one in parts():
            with whole.open(one.name, "w", force_zip64=True) as target:
                target.write(one.content)
    with pytest.raises(IntegrityError):
        opened(stream.getvalue())


def test_what_the_standard_library_stores_in_silence(tmp_path):
    for names in (["../../evil"], ["/abs"], ["dup", "dup"], ["a\\b"], ["C:evil"]):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as whole:
            for name in names:
                with pytest.warns(UserWarning) if name in whole.namelist() else nullcontext():
                    whole.writestr(zipfile.ZipInfo(name), "x")
        with pytest.raises(IntegrityError):
            bag.unpack(opened(stream.getvalue()), tmp_path / "target")
        assert list(tmp_path.iterdir()) == []


class TestMembers:
    """A partner's files moved about, every header made anew so that it is right."""

    def test_a_change(self):
        assert "'data/report/page.html'" in refused(changed("data/report/page.html", b"<p>8</p>"))

    def test_a_missing_one(self):
        assert "was signed and is not in the bag" in refused([one for one in parts() if one.name != "data/empty"])

    def test_one_more(self):
        more = sorted([*parts(), Entry("data/more", b"x")], key=lambda one: one.name)
        assert "'data/more' is in the bag and was not signed" in refused(more)

    def test_another_name(self):
        renamed = [
            Entry("data/emptx" if one.name == "data/empty" else one.name, one.content, one.deflate) for one in parts()
        ]
        assert "'data/emptx' is in the bag and was not signed" in refused(renamed)

    def test_two_swapped(self):
        content = {one.name: one.content for one in parts()}
        swap = {"data/graph.jsonl": "data/report/page.html", "data/report/page.html": "data/graph.jsonl"}
        swapped = [Entry(one.name, content[swap.get(one.name, one.name)], one.deflate) for one in parts()]
        assert "is not what was signed" in refused(swapped)

    def test_packed_otherwise(self):
        stored = [Entry(one.name, one.content, deflate=False) for one in parts()]
        assert "is not what was signed" in refused(stored)
        deflated = [Entry(one.name, one.content, deflate=True) for one in parts()]
        assert "is deflated or too long" in refused(deflated)

    @pytest.mark.parametrize("name", [one.name for one in parts() if not one.name.startswith("data/")])
    def test_each_tag_file(self, name):
        content = next(one.content for one in parts() if one.name == name)
        assert name in refused(changed(name, content + b"\n")) or name == "statement.dsse.json"

    @pytest.mark.parametrize(
        "name", ["bag-info.txt", "bagit.txt", "manifest-sha256.txt", "signer.pem", "tagmanifest-sha256.txt"]
    )
    @pytest.mark.parametrize("content", [b"", b"x", b"Payload-Oxum: 0.0\n", b"\xff"])
    def test_tag_files_that_are_signed_and_wrong(self, name, content):
        entries = {one.name: one for one in with_entry()} | {name: Entry(name, content)}
        subjects = [
            {"name": one.name, "digest": {"sha256": hashlib.sha256(one.content).hexdigest()}}
            | ({"annotations": {"packed_sha256": packed_hash(one)}} if one.deflate else {})
            for one in entries.values()
            if one.name != "statement.dsse.json"
        ]
        entries["statement.dsse.json"] = Entry("statement.dsse.json", signed(subjects))
        assert f"'{name}'" in refused(entries.values())


def packed_hash(entry):
    return hashlib.sha256(zlib.compress(entry.content, strict_zip.LEVEL, -15)).hexdigest()


def changed(name, content):
    return [Entry(one.name, content if one.name == name else one.content, one.deflate) for one in parts()]


def refused(entries):
    with pytest.raises(IntegrityError) as told:
        opened(archive(list(entries)))
    return str(told.value)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        (signed([], predicateType="urn:linkgraph:bag:2"), "another version"),
        (signed([], _type="https://in-toto.io/Statement/v0.1"), "another version"),
        (signed(5), "cannot be read"),
        (signed([{}]), "cannot be read"),
        (signed([{"name": 5, "digest": {"sha256": "x"}}]), "cannot be read"),
        (signed([{"name": "a", "digest": {"sha256": 5}}]), "cannot be read"),
        (signed([{"name": "a", "digest": {"sha256": "x"}}] * 2), "cannot be read"),
        (signed([], predicate=[]), "cannot be read"),
        (signed([]), "was not signed"),
        (dsse.sign(b"{", bag.ENVELOPE_TYPE, OWN), "cannot be read"),
        (dsse.sign(b"[" * 100_000, bag.ENVELOPE_TYPE, OWN), "cannot be read"),
        (dsse.sign(b"{}", "text/plain", OWN), "carries"),
    ],
)
def test_statements_that_are_signed_and_wrong(statement, told):
    assert re.search(told, refused(changed("statement.dsse.json", statement)))


class TestLimits:
    def test_a_bomb_that_lies_is_not_inflated_beyond_what_it_says(self):
        stream = io.BytesIO(archive([Entry("data/bomb", BOMB, deflate=True, says={"size": 100_000})]))
        [member] = strict_zip.members(stream, Limits())
        given_out = 0
        with pytest.raises(IntegrityError, match="does not hold what it declares"):
            for piece in strict_zip.pieces(stream, member):
                given_out += len(piece)
        assert given_out <= 100_000

    @pytest.mark.parametrize(
        ("limits", "told"),
        [
            (Limits(members=5), "more than 5 members"),
            (Limits(total_bytes=3000), "inflates to more than 3,000 bytes"),
            (Limits(ratio=2), "more than 2 times"),
        ],
    )
    def test_what_a_reader_takes(self, limits, told):
        with pytest.raises(IntegrityError, match=told):
            opened(WHOLE, limits)

    def test_what_a_writer_gives(self):
        with pytest.raises(UsageError, match="too long"):
            made(predicate={"long": "x" * (13 << 20)})
        with pytest.raises(UsageError, match="1,000 files"):
            made({f"{number:04}": b"" for number in range(1000)})


class TestEncrypted:
    def test_each_recipient_opens_it(self):
        encrypted = io.BytesIO()
        bag.encrypt(io.BytesIO(WHOLE), encrypted, [OWN.card, OTHER.card])
        for own in (OWN, OTHER):
            plain = io.BytesIO()
            bag.decrypt(io.BytesIO(encrypted.getvalue()), plain, own)
            assert plain.getvalue() == WHOLE
            assert pyrage.decrypt(encrypted.getvalue(), [own.identity]) == WHOLE

    def test_nobody_else_does(self):
        encrypted = io.BytesIO()
        bag.encrypt(io.BytesIO(WHOLE), encrypted, [OTHER.card])
        with pytest.raises(IntegrityError, match="not encrypted to it"):
            bag.decrypt(io.BytesIO(encrypted.getvalue()), io.BytesIO(), OWN)
        with pytest.raises(UsageError, match="name a recipient"):
            bag.encrypt(io.BytesIO(WHOLE), io.BytesIO(), [])

    def test_cut_off_between_two_pieces(self):
        """age encrypts 64 KiB at a time; the last piece says that it is the last."""
        encrypted = io.BytesIO()
        bag.encrypt(io.BytesIO(bytes(200_000)), encrypted, [OWN.card])
        whole = encrypted.getvalue()
        head = len(whole) - 200_000 - 4 * 16
        for pieces in range(4):
            with pytest.raises(IntegrityError):
                bag.decrypt(io.BytesIO(whole[: head + pieces * (65_536 + 16)]), io.BytesIO(), OWN)

    def test_a_full_disk(self):
        encrypted = io.BytesIO()
        bag.encrypt(io.BytesIO(bytes(200_000)), encrypted, [OWN.card])
        with pytest.raises(StorageError, match="No space left"):
            bag.encrypt(io.BytesIO(bytes(200_000)), Full(), [OWN.card])
        with pytest.raises(StorageError, match="No space left"):
            bag.decrypt(io.BytesIO(encrypted.getvalue()), Full(), OWN)


class Full(io.RawIOBase):
    """A disk with no room."""

    def writable(self):
        return True

    def write(self, _):
        raise OSError(28, "No space left on device")


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_whatever_is_given_only_one_error_comes(data):
    content = bytearray(WHOLE)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content)))
        until = data.draw(st.integers(at, min(len(content), at + 40)))
        content[at:until] = data.draw(st.binary(max_size=40) | st.just(b"PK\x03\x04") | st.just(b"\xff" * 8))
    if bytes(content) != WHOLE:
        with pytest.raises(IntegrityError):
            opened(bytes(content))


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_whatever_headers_say_only_one_error_comes(data):
    entries = parts()
    numbers = st.integers(0, 0xFFFF)
    for _ in range(data.draw(st.integers(1, 3))):
        entry = data.draw(st.sampled_from(entries))
        key = data.draw(
            st.sampled_from(["made_by", "needed", "flags", "method", "time", "date", "crc", "packed", "size", "offset"])
        )
        data.draw(st.sampled_from([entry.says, entry.local]))[key] = data.draw(numbers)
    content = archive(entries)
    if content != WHOLE:
        with pytest.raises(IntegrityError):
            opened(content)


@given(st.binary(max_size=400))
def test_noise(content):
    with pytest.raises(IntegrityError):
        opened(content)
    with pytest.raises(IntegrityError):
        bag.decrypt(io.BytesIO(content), io.BytesIO(), OWN)
