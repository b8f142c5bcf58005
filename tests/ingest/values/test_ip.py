"""IP addresses: what is read, how far it reaches, and what is refused with which readings."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkgraph.ingest.values import ip
from linkgraph.ingest.values.result import Clean, Reason


def read(raw: str) -> tuple[str, int | None, str] | str:
    answer = ip.clean(raw)
    if isinstance(answer, Reason):
        return answer.code
    return answer.value.text, answer.value.port, answer.value.scope


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("8.8.8.8", ("8.8.8.8", None, "global")),
        (" 8.8.8.8\t", ("8.8.8.8", None, "global")),
        ("8.8.8.8:51234", ("8.8.8.8", 51234, "global")),
        ("8.8.8.8:0", ("8.8.8.8", None, "global")),
        ("[8.8.8.8]:80", ("8.8.8.8", 80, "global")),
        ("2A00:1450:0:0::1", ("2a00:1450::1", None, "global")),
        ("[2a00:1450::1]", ("2a00:1450::1", None, "global")),
        ("[2a00:1450::1]:65535", ("2a00:1450::1", 65535, "global")),
        ("::ffff:10.0.0.1", ("10.0.0.1", None, "private")),
        ("[::ffff:808:808]:443", ("8.8.8.8", 443, "global")),
        ("fe80::1%eth0", ("fe80::1", None, "link-local")),
        ("[fe80::1%25en0]:80", ("fe80::1", 80, "link-local")),
        ("10.255.255.255", ("10.255.255.255", None, "private")),
        ("11.0.0.0", ("11.0.0.0", None, "global")),
        ("172.15.255.255", ("172.15.255.255", None, "global")),
        ("172.16.0.0", ("172.16.0.0", None, "private")),
        ("172.32.0.0", ("172.32.0.0", None, "global")),
        ("192.168.1.1", ("192.168.1.1", None, "private")),
        ("fd12::1", ("fd12::1", None, "private")),
        ("100.63.255.255", ("100.63.255.255", None, "global")),
        ("100.64.0.0", ("100.64.0.0", None, "shared")),
        ("100.127.255.255", ("100.127.255.255", None, "shared")),
        ("100.128.0.0", ("100.128.0.0", None, "global")),
        ("127.8.8.8", ("127.8.8.8", None, "loopback")),
        ("::1", ("::1", None, "loopback")),
        ("169.254.1.1", ("169.254.1.1", None, "link-local")),
        ("0.1.2.3", ("0.1.2.3", None, "reserved")),
        ("192.0.2.1", ("192.0.2.1", None, "reserved")),
        ("198.51.100.7", ("198.51.100.7", None, "reserved")),
        ("203.0.113.9", ("203.0.113.9", None, "reserved")),
        ("198.19.255.255", ("198.19.255.255", None, "reserved")),
        ("224.0.0.1", ("224.0.0.1", None, "reserved")),
        ("255.255.255.255", ("255.255.255.255", None, "reserved")),
        ("::", ("::", None, "reserved")),
        ("ff02::1", ("ff02::1", None, "reserved")),
        ("2001:db8::1", ("2001:db8::1", None, "reserved")),
        ("2001:db9::1", ("2001:db9::1", None, "global")),
        ("3fff::1", ("3fff::1", None, "reserved")),
        ("64:ff9b::8.8.8.8", ("64:ff9b::808:808", None, "reserved")),
        ("64:ff9b:1::1", ("64:ff9b:1::1", None, "reserved")),
        ("2002:808:808::1", ("2002:808:808::1", None, "global")),
        ("2002:a00:1::1", ("2002:a00:1::1", None, "private")),
        ("2001:0:53aa:64c:0:fbff:a9c0:fe00", ("2001:0:53aa:64c:0:fbff:a9c0:fe00", None, "global")),
        ("2001:2::1", ("2001:2::1", None, "reserved")),
        ("", "ip-empty"),
        ("8.8.8\0.8", "ip-control-character"),
        ("010.0.0.1", "ip-leading-zeros"),
        ("10.00.0.1", "ip-leading-zeros"),
        ("::ffff:010.0.0.1", "ip-leading-zeros"),
        ("10.1", "ip-parts"),
        ("10.1.2", "ip-parts"),
        ("167772161", "ip-number"),
        ("0x0a000001", "ip-hexadecimal"),
        ("0xa.0.0.1", "ip-hexadecimal"),
        ("١٠.٠.٠.١", "ip-not-ascii"),
        ("１０.0.0.1", "ip-not-ascii"),
        ("10.0.0.0/24", "ip-network"),
        ("2a00::/32", "ip-network"),
        ("8.8.8.8, 1.1.1.1", "ip-several"),
        ("8.8.8.256", "ip-range"),
        ("8.8.8.8:65536", "ip-port"),
        ("8.8.8.8:080", "ip-port"),
        ("2a00::1%eth0", "ip-zone"),
        ("fe80::1%", "ip-zone"),
        ("::ffff:10.0.0.1%1", "ip-zone"),
        ("8.8.8.8.", "ip-form"),
        ("8.8.8.8.8", "ip-form"),
        ("[8.8.8.8", "ip-form"),
        ("1:2:3", "ip-form"),
        (":::", "ip-form"),
        ("-", "ip-form"),
        ("localhost", "ip-form"),
        ("1" * 500, "ip-too-long"),
    ],
)
def test_addresses(raw: str, expected: tuple[str, int | None, str] | str) -> None:
    assert read(raw) == expected


@pytest.mark.parametrize(
    ("raw", "readings"),
    [
        ("010.0.0.1", ("8.0.0.1 as octal", "10.0.0.1 as decimal")),
        ("009.0.0.1", ("no address as octal", "9.0.0.1 as decimal")),
        ("10.1", ("10.0.0.1",)),
        ("10.1.258", ("10.1.1.2",)),
        ("3232235777", ("192.168.1.1",)),
        ("0xC0A80101", ("192.168.1.1",)),
    ],
)
def test_the_hint_shows_how_programs_read_it(raw: str, readings: tuple[str, ...]) -> None:
    answer = ip.clean(raw)
    assert isinstance(answer, Reason)
    for reading in readings:
        assert reading in answer.hint


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("::ffff:8.8.8.8", "unmapped"),
        ("2002:808:808::1", "8.8.8.8"),
        ("64:ff9b::808:808", "8.8.8.8"),
        ("2001::f7f7:f7f7", "8.8.8.8"),
        ("fe80::1%3", "zone"),
        ("8.8.8.8:80", "port"),
    ],
)
def test_what_was_done_is_noted(raw: str, said: str) -> None:
    answer = ip.clean(raw)
    assert isinstance(answer, Clean)
    assert any(said in note for note in answer.notes)


@given(st.integers(0, 2**32 - 1))
def test_every_ipv4_address_is_read_and_none_is_global_that_python_calls_private(number: int) -> None:
    address = IPv4Address(number)
    answer = ip.clean(str(address))
    assert isinstance(answer, Clean)
    assert answer.value.text == str(address)
    if address.is_private or address.is_multicast or address.is_reserved:
        assert answer.value.scope != "global"


@given(st.integers(0, 2**128 - 1))
def test_every_ipv6_address_is_read_in_its_one_form(number: int) -> None:
    answer = ip.clean(IPv6Address(number).exploded.upper())
    assert isinstance(answer, Clean)
    again = ip.clean(answer.value.text)
    assert isinstance(again, Clean)
    assert again.value == answer.value
    if answer.value.version == 6:
        assert ip_address(answer.value.text) == IPv6Address(number)


@given(st.text() | st.text("0123456789abcdefx.:[]%/ ", max_size=45))
def test_any_text_gets_an_answer_that_reads_as_itself(raw: str) -> None:
    answer = ip.clean(raw)
    if isinstance(answer, Clean):
        again = ip.clean(answer.value.text)
        assert isinstance(again, Clean)
        assert (again.value.text, again.value.scope) == (answer.value.text, answer.value.scope)
        assert answer.value.text.isprintable()
