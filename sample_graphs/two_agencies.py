"""The synthetic case as two agencies hold it: each has its own returns, and some of what they know is the same.

    python sample_graphs/two_agencies.py FOLDER [--seed 7]

``FOLDER/agency-a`` has what a unit in the Netherlands was given about the first two rings, ``FOLDER/agency-b`` what
one in South Africa was given about the others, the groomer and the children among them. ``FOLDER/overlap.json`` says
which accounts, addresses, digests and payment accounts are in the files of both: the known answer of a deconfliction.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import generate
from generate import SERVICE, Account, Case, stamp


def main() -> None:
    """Read the arguments and write both agencies' files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=7)
    stated = parser.parse_args()
    write(stated.folder, stated.seed)


def write(folder: Path, seed: int = 7) -> None:
    """Write the files of both agencies, and what is in those of both."""
    case = generate.planted(seed, 1)
    first = _agency_a(case)
    theirs = {one.handle for one in first}
    second = [one for one in case.accounts if one.handle not in theirs]
    seen = [
        _files(case, first, folder / "agency-a", payments=True),
        _files(case, second, folder / "agency-b", payments=False),
    ]
    overlap = {kind: sorted(seen[0][kind] & seen[1][kind]) for kind in seen[0]}
    (folder / "overlap.json").write_bytes(json.dumps(overlap, indent=1, sort_keys=True).encode() + b"\n")


def _agency_a(case: Case) -> list[Account]:
    """Give the accounts that the first agency has records of: two rings, who took over from them, half of the noise."""
    rings = {one.handle for ring in case.rings[:2] for one in ring}
    successors = {new for _, new in case.truth["disposable_identities"][:2]}  # type: ignore[index]
    known = {one.handle for ring in case.rings for one in ring}
    strangers = [one for one in case.accounts if one.handle not in known and not one.role and one.phone]
    return [one for one in case.accounts if one.handle in rings | successors or one in strangers]


def _files(case: Case, accounts: list[Account], folder: Path, *, payments: bool) -> dict[str, set[str]]:
    """Write one agency's files; give the canonical values that are in them, by kind of entity."""
    own = {one.handle for one in accounts}
    part = Case(0, 1)
    part.accounts = accounts
    part.rings, part.truth = case.rings, case.truth
    part.logins = [one for one in case.logins if one[1] in own]
    part.hashes = [one for one in case.hashes if one[0] in own]
    part.messages = [one for one in case.messages if own & {one[1], one[2]}]
    tables = {
        "accounts.csv": (
            "account,service,email,phone,device,payment_account,country,created_at,role",
            [
                f"{one.handle},{SERVICE},{one.email},{one.phone},{one.device},{one.payment},{one.country},"
                f"{stamp(one.created)},{one.role}"
                for one in accounts
            ],
        ),
        "logins.csv": (
            "account,service,ip,timestamp,event",
            [
                f"{handle},{SERVICE},{address},{stamp(when)},{event}"
                for when, handle, address, event in sorted(part.logins)
            ],
        ),
    }
    files = {name: generate.table(header, rows, [])[0] for name, (header, rows) in tables.items()}
    files["hashes.csv"] = generate.table(
        "account,service,sha256,timestamp,file_size",
        [f"{handle},{SERVICE},{digest},{stamp(when)},{size}" for handle, digest, when, size in sorted(part.hashes)],
        [],
    )[0]
    files["messages.csv"] = generate.table(
        "sender,receiver,service,timestamp",
        [f"{sender},{receiver},{SERVICE},{stamp(when)}" for when, sender, receiver in sorted(part.messages)],
        [],
    )[0]
    if payments:
        files["payments.csv"] = generate.table(
            "date,sender,receiver,amount,currency,reference",
            [
                f"{stamp(when)},{sender},{receiver},{amount},{currency},R{number:06d}"
                for number, (when, sender, receiver, amount, currency, _, _) in enumerate(sorted(case.payments))
            ],
            [],
        )[0]
    else:
        files["statement.sta"] = generate.statement(case)[0]
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    paid = {end for one in case.payments for end in one[1:3]}
    received = {str(case.truth["facilitator"]["payment_account"]), *(one[1] for one in case.statement)}  # type: ignore[index]
    ibans = (paid if payments else received) | {one.payment for one in accounts if one.payment}
    return {
        "Account": {f"{SERVICE}:{one}" for one in own | {end for _, *ends in part.messages for end in ends}},
        "IPAddress": {address for _, _, address, _ in part.logins},
        "FileHash": {f"sha256:{digest}" for _, digest, _, _ in part.hashes},
        "PaymentAccount": {f"iban:{one}" for one in ibans},
    }


if __name__ == "__main__":
    main()
