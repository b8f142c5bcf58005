"""Addresses of crypto-currency wallets, told from other text by their checksums.

Sources: BIP 13 and 16 (addresses 1… and 3…), BIP 173 and 350 (bech32, bech32m), EIP-55 (Ethereum: the letter
case is a checksum that some writers leave out, so it is not asked for).
"""

from __future__ import annotations

import hashlib
import re

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BASE58_VALUE = {char: value for value, char in enumerate(_BASE58)}
_BASE58_SHAPE = re.compile(f"[13][{_BASE58}]{{25,34}}")
_PAY_TO_KEY, _PAY_TO_SCRIPT = 0x00, 0x05

_BECH32_VALUE = {char: value for value, char in enumerate("qpzry9x8gf2tvdw0s3jn54khce6mua7l")}
_BECH32_SHAPE = re.compile("bc1([02-9ac-hj-np-z]{11,87})")
_BECH32, _BECH32M = 1, 0x2BC830A3
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)

_ETHEREUM = re.compile("0x[0-9a-fA-F]{40}")


def bitcoin(written: str) -> str | None:
    """Give a Bitcoin main-net address in canonical form, or None where the checksum or form is wrong."""
    if _BASE58_SHAPE.fullmatch(written):
        return written if _is_base58check(written) else None
    lower = written.lower()
    if written not in {lower, written.upper()}:
        return None
    body = _BECH32_SHAPE.fullmatch(lower)
    return lower if body is not None and _is_segwit(body[1]) else None


def ethereum(written: str) -> str | None:
    """Give an Ethereum address in lower case, or None where the form is wrong."""
    return written.lower() if _ETHEREUM.fullmatch(written) else None


def _is_base58check(written: str) -> bool:
    """Tell whether the last four of 25 bytes are the start of the double SHA-256 of the others."""
    number = 0
    for char in written:
        number = number * 58 + _BASE58_VALUE[char]
    if number >= 1 << 200:
        return False
    data = number.to_bytes(25, "big")
    leading_zeros = len(written) - len(written.lstrip("1"))
    if len(data) - len(data.lstrip(b"\0")) != leading_zeros or data[0] not in {_PAY_TO_KEY, _PAY_TO_SCRIPT}:
        return False
    return hashlib.sha256(hashlib.sha256(data[:-4]).digest()).digest()[:4] == data[-4:]


def _is_segwit(body: str) -> bool:
    """Tell whether the part behind ``bc1`` has a right checksum for its witness version."""
    values = [_BECH32_VALUE[char] for char in body]
    human = "bc"
    checksum = _polymod([*(ord(char) >> 5 for char in human), 0, *(ord(char) & 31 for char in human), *values])
    version, program_bytes = values[0], (len(values) - 7) * 5 // 8
    if version == 0:
        return checksum == _BECH32 and program_bytes in {20, 32}
    return checksum == _BECH32M and version <= 16 and 2 <= program_bytes <= 40


def _polymod(values: list[int]) -> int:
    """Give the remainder of the BCH code over GF(32) of BIP 173."""
    remainder = 1
    for value in values:
        top = remainder >> 25
        remainder = (remainder & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_GENERATOR):
            if top >> bit & 1:
                remainder ^= generator
    return remainder
