"""Zip archives of returns: the honest ones are looked through, the others refused with nothing written."""

from __future__ import annotations

import hashlib
import io
import stat
import struct
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkgraph.errors import IntegrityError, LinkgraphError, StorageError, UsageError
from linkgraph.ingest import bundle

LOG = b"ip,user,time\n193.0.6.139,amber_fox,2026-01-05T10:00:00Z\n"


def zipped(path, members, *, compression=zipfile.ZIP_DEFLATED):
    """Write an archive of (name or ZipInfo, content)."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def info(name, mode=0, **attributes):
    one = zipfile.ZipInfo(name)
    one.external_attr = mode << 16
    for attribute, value in attributes.items():
        setattr(one, attribute, value)
    return one


def test_members_are_looked_at_in_order_of_their_names(tmp_path):
    path = zipped(tmp_path / "r.zip", [("b/2.csv", LOG), ("a/", b""), ("a/1.csv", b"x" * 100_000), ("c.csv", b"")])
    members = list(bundle.look(path))
    assert [one.path for one in members] == ["a/1.csv", "b/2.csv", "c.csv"]
    assert [one.size for one in members] == [100_000, len(LOG), 0]
    assert members[1].sha256 == hashlib.sha256(LOG).hexdigest()
    assert len(members[0].head) == 1 << 16
    assert sorted(one.name for one in tmp_path.iterdir()) == ["r.zip"]


def test_a_member_is_taken_out_and_removed(tmp_path):
    path = zipped(tmp_path / "r.zip", [("b/2.csv", LOG)])
    [member] = bundle.look(path)
    case = tmp_path / "case"
    case.mkdir()
    with bundle.taken_out(path, member, case) as file:
        assert file.read_bytes() == LOG
        assert case in file.parents
    assert list(case.iterdir()) == []
    assert bundle.content(path, member) == LOG


def test_what_a_killed_run_left_is_cleared(tmp_path):
    (tmp_path / "incoming-0011").mkdir()
    (tmp_path / "incoming-0011" / "member").write_bytes(LOG)
    bundle.clear(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_archive_that_changed_is_not_taken(tmp_path):
    path = zipped(tmp_path / "r.zip", [("1.csv", LOG)])
    [member] = bundle.look(path)
    zipped(path, [("1.csv", LOG.replace(b"fox", b"hen"))])
    with pytest.raises(StorageError, match="changed"), bundle.taken_out(path, member, tmp_path):
        pass
    with pytest.raises(StorageError, match="changed"):
        bundle.content(path, member)
    assert [one.name for one in tmp_path.iterdir()] == ["r.zip"]


def test_a_member_compressed_by_itself_shows_its_content(tmp_path):
    import gzip

    [member] = bundle.look(zipped(tmp_path / "r.zip", [("1.csv.gz", gzip.compress(LOG))]))
    assert member.head == LOG


@pytest.mark.parametrize(
    "name",
    [
        "../evil.csv",
        "a/../../evil.csv",
        "..\\evil.csv",
        "/etc/passwd",
        "\\\\server\\share\\x",
        "C:/evil.csv",
        "c:evil.csv",
        "a\0b.csv",
        "a\x1b[2Jb.csv",
        "a\nb.csv",
        ".",
    ],
)
def test_names_that_lead_elsewhere_are_refused(tmp_path, name):
    one = zipfile.ZipInfo("x" * len(name.encode()))
    path = zipped(tmp_path / "r.zip", [("fine.csv", LOG), (one, LOG)])
    # The library cleans names as it writes; an attacker does not.
    path.write_bytes(path.read_bytes().replace(b"x" * len(name.encode()), name.encode()))
    with pytest.raises(bundle.UnsafeArchiveError, match="refused whole") as caught:
        list(bundle.look(path))
    assert caught.value.exit_code == 4
    assert [one.name for one in tmp_path.iterdir()] == ["r.zip"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("members", "why"),
    [
        ([("a.csv", LOG), ("a.csv", LOG)], "twice"),
        ([(info("link", stat.S_IFLNK | 0o777), b"/etc/passwd")], "is a link"),
        ([(info("pipe", stat.S_IFIFO | 0o777), b"")], "is no file"),
    ],
)
def test_members_that_are_no_files_of_their_own_are_refused(tmp_path, members, why):
    with pytest.raises(bundle.UnsafeArchiveError, match=why):
        list(bundle.look(zipped(tmp_path / "r.zip", members)))


def test_a_bomb_is_refused_while_it_inflates(tmp_path):
    path = zipped(tmp_path / "r.zip", [("fine.csv", LOG), ("bomb", b"\0" * (64 << 20))])
    assert path.stat().st_size < 100_000
    with pytest.raises(bundle.UnsafeArchiveError, match="200 times"):
        list(bundle.look(path))


def test_a_size_that_is_a_lie_is_found_out(tmp_path):
    path = zipped(tmp_path / "r.zip", [("bomb", b"\0" * (64 << 20))])
    content = path.read_bytes()
    path.write_bytes(content.replace(struct.pack("<I", 64 << 20), struct.pack("<I", 1000)))
    with pytest.raises(LinkgraphError):
        list(bundle.look(path))


def test_limits_of_size_and_number(tmp_path, monkeypatch):
    path = zipped(tmp_path / "r.zip", [(f"{at}.csv", LOG * 100) for at in range(10)])
    for name, value, why in (
        ("MAX_MEMBERS", 9, "more than 9 members"),
        ("MAX_MEMBER_BYTES", 100, "longer than 100"),
        ("MAX_TOTAL_BYTES", 9 * 100 * len(LOG), "inflates to more"),
    ):
        with monkeypatch.context() as patch, pytest.raises(bundle.UnsafeArchiveError, match=why):
            patch.setattr(bundle, name, value)
            list(bundle.look(path))
    with monkeypatch.context() as patch, pytest.raises(UsageError, match="unpack"):
        patch.setattr(bundle, "MAX_IN_MEMORY", 10)
        bundle.content(path, next(bundle.look(path)))


def test_overlapping_members_are_refused(tmp_path):
    path = zipped(tmp_path / "r.zip", [("a.csv", LOG * 50), ("b.csv", LOG * 50)])
    content = bytearray(path.read_bytes())
    # The second entry of the list of members points to the first member.
    second = content.rfind(b"PK\x01\x02")
    content[second + 42 : second + 46] = struct.pack("<I", 0)
    path.write_bytes(content)
    with pytest.raises(bundle.UnsafeArchiveError, match="lies over another"):
        list(bundle.look(path))


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_compression_without_a_bound_is_not_inflated(tmp_path, compression):
    with pytest.raises(UsageError, match="not read here"):
        list(bundle.look(zipped(tmp_path / "r.zip", [("a.csv", LOG)], compression=compression)))


def test_an_encrypted_archive_is_said_to_be_one(tmp_path):
    path = zipped(tmp_path / "r.zip", [("a.csv", LOG)])
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.rfind(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"encrypted.*password") as caught:
        list(bundle.look(path))
    assert not isinstance(caught.value, IntegrityError)


def test_a_cut_archive_is_damaged(tmp_path):
    path = zipped(tmp_path / "r.zip", [("a.csv", LOG * 1000)])
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(UsageError, match="damaged"):
        list(bundle.look(path))


def test_a_member_that_names_itself_otherwise_is_not_believed(tmp_path):
    path = zipped(tmp_path / "r.zip", [("a.csv", LOG)])
    # The list of members says a.csv, the member itself b.csv.
    path.write_bytes(path.read_bytes().replace(b"a.csv", b"b.csv", 1))
    with pytest.raises(UsageError, match="does not hold what it declares"):
        list(bundle.look(path))


def test_an_archive_of_very_many_members_is_refused_before_they_are_listed(tmp_path):
    # More than 65,535 members stand in another record (zip64).
    path = zipped(tmp_path / "r.zip", [(str(at), b"") for at in range(65_536)], compression=zipfile.ZIP_STORED)
    with pytest.raises(bundle.UnsafeArchiveError, match="more than 10,000 members"):
        list(bundle.look(path))


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_any_change_of_bytes_is_refused_or_harmless(data, tmp_path_factory):
    stream = io.BytesIO()
    zipped(stream, [("a.csv", LOG), ("b.csv", LOG[::-1])])
    content = bytearray(stream.getvalue())
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    folder = tmp_path_factory.mktemp("z")
    path = folder / "r.zip"
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))] if data.draw(st.booleans()) else content)
    try:
        members = list(bundle.look(path))
    except LinkgraphError:
        members = []
    assert all(one.size <= 1 << 20 for one in members)
    assert [one.name for one in folder.iterdir()] == ["r.zip"]
