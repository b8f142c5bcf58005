"""Devices: IMEI, MAC address, other identifiers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkgraph.ingest.values import device
from linkgraph.ingest.values.result import Clean, Reason


def read(raw: str, type_: str | None = None) -> str:
    answer = device.clean(raw, type=type_)
    return answer.code if isinstance(answer, Reason) else answer.value


@pytest.mark.parametrize(
    ("raw", "type_", "expected"),
    [
        ("490154203237518", None, "imei:490154203237518"),
        ("49-015420-323751-8", None, "imei:490154203237518"),
        ("49015420323751", "imei", "imei:490154203237518"),
        ("4901542032375103", "imei", "imei:490154203237518"),
        ("imei:490154203237518", None, "imei:490154203237518"),
        ("3C:52:82:0A:1B:2C", None, "mac:3c:52:82:0a:1b:2c"),
        ("3c-52-82-0a-1b-2c", None, "mac:3c:52:82:0a:1b:2c"),
        ("3c52.820a.1b2c", None, "mac:3c:52:82:0a:1b:2c"),
        ("3c52820a1b2c", "mac", "mac:3c:52:82:0a:1b:2c"),
        ("3c52820a1b2c", None, "device:3c52820a1b2c"),
        ("mac:3c:52:82:0a:1b:2c", "mac", "mac:3c:52:82:0a:1b:2c"),
        ("A1B2-Serial", None, "device:a1b2-serial"),
        ("490154203237517", None, "device:490154203237517"),
        ("490154203237518", "device", "device:490154203237518"),
        ("", None, "device-empty"),
        ("device:", None, "device-empty"),
        ("490154203237517", "imei", "device-imei-check-digit"),
        ("1234", "imei", "device-imei"),
        ("٤٩٠١٥٤٢٠٣٢٣٧٥١٨", "imei", "device-imei"),
        ("000000000000000", None, "device-filler"),
        ("3c:52:82:0a:1b", "mac", "device-mac"),
        ("01:00:5e:00:00:01", None, "device-mac"),
        ("00:00:00:00:00:00", None, "device-filler"),
        ("ff:ff:ff:ff:ff:ff", None, "device-filler"),
        ("mac:3c:52:82:0a:1b:2c", "imei", "device-type"),
        ("x", "toaster", "device-type"),
        ("a\0b", None, "device-control-character"),
    ],
)
def test_devices(raw: str, type_: str | None, expected: str) -> None:
    assert read(raw, type_) == expected


def test_an_address_set_by_software_is_noted() -> None:
    answer = device.clean("da:a1:19:00:00:01")
    assert isinstance(answer, Clean)
    assert any("software" in note for note in answer.notes)


@pytest.mark.parametrize(("digits", "check"), [("7992739871", "3"), ("49015420323751", "8"), ("411111111111111", "1")])
def test_luhn(digits: str, check: str) -> None:
    assert device.luhn_digit(digits) == check


@given(
    st.text() | st.text("0123456789:imeacdv-. ", max_size=20) | st.from_regex("[0-9]{15}|([0-9a-f]{2}:){5}[0-9a-f]{2}"),
    st.sampled_from([None, "imei", "mac", "device"]),
)
def test_any_text_gets_an_answer_that_reads_as_itself(raw: str, type_: str | None) -> None:
    answer = device.clean(raw, type_)
    if isinstance(answer, Clean):
        again = device.clean(answer.value)
        assert isinstance(again, Clean)
        assert again.value == answer.value
        assert not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in answer.value)
