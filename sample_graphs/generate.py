"""A synthetic cross-border case, in the shapes in which evidence arrives, with what was planted in it.

    python sample_graphs/generate.py FOLDER [--seed 7] [--scale 1]

Everything is made up. Handles are pairs of words and a number, e-mail addresses lie under
example.org, telephone numbers in the range that Ofcom keeps for drama, IBANs carry bank codes that
no bank has. IP addresses are those of the registries' own networks (RIPE NCC, APNIC, LACNIC, AFRINIC:
they stand for no subscriber and are registered to a country) or from the documentation ranges.
One seed gives the same bytes on every platform.
"""

from __future__ import annotations

import argparse
import json
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

START = datetime(2026, 1, 5, tzinfo=UTC)
DAYS = 60
SERVICE = "lanternchat"
EMPTY_FILE = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
CARRIER = "202.12.29.175"
"""Address behind which a carrier puts very many subscribers."""
RINGS = (
    # country, network of a registry, members at scale 1
    ("NL", "193.0.6", 14),
    ("AU", "203.119.101", 12),
    ("UY", "200.3.12", 10),
    ("ZA", "196.216.2", 9),
)
_COLOURS = [
    "amber",
    "azure",
    "beige",
    "black",
    "bronze",
    "copper",
    "coral",
    "crimson",
    "green",
    "indigo",
    "ivory",
    "jade",
    "lilac",
    "olive",
    "pearl",
    "ruby",
]
_ANIMALS = [
    "badger",
    "bat",
    "crane",
    "finch",
    "fox",
    "hare",
    "heron",
    "lynx",
    "mole",
    "newt",
    "otter",
    "owl",
    "raven",
    "stoat",
    "tern",
    "vole",
    "wren",
]


@dataclass
class Account:
    """One synthetic account."""

    handle: str
    country: str
    created: datetime
    addresses: list[str] = field(default_factory=list)
    device: str = ""
    email: str = ""
    phone: str = ""
    payment: str = ""
    role: str = ""
    active: tuple[int, int] = (0, DAYS)
    """First and last day of activity."""


class Case:
    """The case while it is being made."""

    def __init__(self, seed: int, scale: int) -> None:
        self.random = random.Random(seed)
        self.scale = scale
        self.accounts: list[Account] = []
        self.rings: list[list[Account]] = []
        self.logins: list[tuple[datetime, str, str, str]] = []
        self.visits: list[tuple[datetime, str, str]] = []
        self.hashes: list[tuple[str, str, datetime, int]] = []
        self.messages: list[tuple[datetime, str, str]] = []
        self.payments: list[tuple[datetime, str, str, str, str, str, str]] = []
        self.statement: list[tuple[datetime, str, str, str]] = []
        self.truth: dict[str, object] = {"seed": seed, "scale": scale, "service": SERVICE}
        self._handles: set[str] = set()
        self._phones = 0

    # -- people ----------------------------------------------------------------------------------

    def account(self, country: str, **facts: object) -> Account:
        """Make an account with a handle of its own."""
        while True:
            handle = f"{self.random.choice(_COLOURS)}_{self.random.choice(_ANIMALS)}_{self.random.randint(10, 999)}"
            if handle not in self._handles:
                break
        self._handles.add(handle)
        made = Account(handle, country, self.moment(-200, -1), **facts)
        self.accounts.append(made)
        return made

    def next_phone(self) -> str:
        """Give the next number of Ofcom's range for drama."""
        self._phones += 1
        return f"+44 7700 900{self._phones % 1000:03d}"

    def moment(self, first_day: float, last_day: float) -> datetime:
        """Give a random second between two days of the case."""
        seconds = int((last_day - first_day) * 86_400)
        return START + timedelta(seconds=int(first_day * 86_400) + self.random.randrange(max(1, seconds)))

    def digest(self) -> str:
        """Give the digest of a file that does not exist."""
        return f"{self.random.getrandbits(256):064x}"

    # -- what is planted -------------------------------------------------------------------------

    def plant_rings(self) -> None:
        """Offender communities: shared addresses and files, mostly in one country."""
        for country, network, size in RINGS:
            members = [self.account(country) for _ in range(size * self.scale)]
            shared = [f"{network}.{self.random.randint(1, 254)}" for _ in range(3)]
            files = [self.digest() for _ in range(6)]
            for number, member in enumerate(members):
                own = f"{network}.{self.random.randint(1, 254)}"
                member.addresses = [*self.random.sample(shared, 2), own]
                member.device = f"device-{country.lower()}-{number:03d}"
                member.email = f"{member.handle}@example.org"
                for digest in self.random.sample(files, 3):
                    self.hashes.append((member.handle, digest, self.moment(0, DAYS), self.random.randint(10**4, 10**7)))
                for other in self.random.sample(members, 3):
                    if other is not member:
                        self.talk(member, other, self.random.randint(1, 4))
            self.rings.append(members)
        self.truth["communities"] = [
            {"country": ring[0].country, "members": sorted(member.handle for member in ring)} for ring in self.rings
        ]

    def plant_hubs_and_broker(self) -> None:
        """Two who hold a ring together, and one who joins two rings across a border."""
        hubs = [self.rings[0][0], self.rings[1][0]]
        for hub, ring in zip(hubs, self.rings[:2], strict=True):
            for member in ring[1:]:
                self.talk(hub, member, 3)
                self.talk(member, hub, 1)
        broker = self.rings[0][1]
        for member in self.random.sample(self.rings[2], 6):
            self.talk(broker, member, 4)
        self.truth["hubs"] = [hub.handle for hub in hubs]
        self.truth["broker"] = {"account": broker.handle, "joins": ["NL", "UY"]}

    def plant_payments(self) -> None:
        """Many small payments into a collector, passed on over three hops to a facilitator."""
        chain = [
            iban("GB", self.random),
            iban("NL", self.random),
            iban("DE", self.random),
            iban("FR", self.random),
        ]
        facilitator = self.rings[3][0]
        facilitator.payment = chain[-1]
        buyers = self.rings[1][1:9]
        day = 3.0
        for buyer in buyers:
            buyer.payment = iban("GB", self.random)
            for _ in range(3):
                amount = f"{self.random.choice([15, 20, 25, 30, 40])}.00"
                self.pay(self.moment(day, day + 4), buyer.payment, chain[0], amount, "AU", "GB")
        for hop, (source, target) in enumerate(pairwise(chain)):
            when = self.moment(day + 5 + 2 * hop, day + 6 + 2 * hop)
            self.pay(when, source, target, f"{700 - 40 * hop}.00", source[:2], target[:2])
            if target == chain[-1]:
                self.statement.append((when, source, "700.00", "TRANSFER"))
        for number in range(12 * self.scale):
            self.pay(
                self.moment(0, DAYS),
                iban("GB", self.random),
                iban("DE", self.random),
                f"{5 + number}.50",
                "",
                "",
            )
        for number in range(8):
            self.statement.append(
                (self.moment(2, DAYS), iban("DE", self.random), f"{30 + number}.25", f"GIFT {number}")
            )
        self.truth["payment_chain"] = [buyers[0].payment, *chain]
        self.truth["facilitator"] = {"account": facilitator.handle, "payment_account": chain[-1]}

    def plant_disposable_identities(self) -> None:
        """One account stops, another starts, with the same device and address."""
        pairs = []
        for ring in self.rings[:3]:
            old = ring[-1]
            old.active = (0, 25)
            new = self.account(old.country, active=(27, DAYS), device=old.device, addresses=list(old.addresses))
            new.created = self.moment(26, 27)
            new.email = f"{new.handle}@example.org"
            self.talk(new, ring[0], 2)
            pairs.append([old.handle, new.handle])
        self.truth["disposable_identities"] = pairs

    def plant_grooming(self) -> None:
        """One who writes to many, two of them children."""
        groomer = self.rings[3][1]
        victims = [self.account("GB", role="victim"), self.account("GB", role="victim")]
        cover = self.account("GB", role="police cover")
        others = [self.account(self.random.choice(["GB", "IE", "DE"])) for _ in range(18 * self.scale)]
        for other in [*victims, cover, *others]:
            other.addresses = [documentation(self.random)]
            self.talk(groomer, other, self.random.randint(1, 3))
        for victim in victims:
            self.talk(groomer, victim, 9)
            self.talk(victim, groomer, 4)
        self.truth["victims"] = [victim.handle for victim in victims]
        self.truth["police_cover"] = cover.handle
        self.truth["groomer"] = groomer.handle

    def plant_noise(self) -> None:
        """People who have nothing to do with it: own addresses, a carrier's address, a file everybody has."""
        viral = self.digest()
        strangers = [self.account(self.random.choice(["GB", "DE", "FR", "NL", "AU"])) for _ in range(90 * self.scale)]
        for number, stranger in enumerate(strangers):
            stranger.addresses = [documentation(self.random)]
            if number % 3 == 0:
                stranger.addresses.append(CARRIER)
            if number % 10 == 0:
                stranger.addresses.append(self.random.choice(["10.0.0.5", "100.64.12.9", "192.168.1.20"]))
            if number % 4 == 0:
                self.hashes.append((stranger.handle, viral, self.moment(0, DAYS), 20_480))
            if number % 15 == 0:
                self.hashes.append((stranger.handle, EMPTY_FILE, self.moment(0, DAYS), 0))
            if number % 2 == 0:
                stranger.phone = self.next_phone()
            self.talk(stranger, self.random.choice(strangers), 1)
        for member in (self.rings[0][2], self.rings[1][3], self.rings[2][2]):
            member.addresses.append(CARRIER)
            self.hashes.append((member.handle, viral, self.moment(0, DAYS), 20_480))
        self.truth["carrier_address"] = CARRIER
        self.truth["viral_file"] = viral

    def talk(self, sender: Account, receiver: Account, times: int) -> None:
        """Write some messages."""
        for _ in range(times):
            first, last = max(sender.active[0], receiver.active[0]), min(sender.active[1], receiver.active[1])
            if sender is not receiver and first < last:
                self.messages.append((self.moment(first, last), sender.handle, receiver.handle))

    def pay(self, when: datetime, sender: str, receiver: str, amount: str, source: str, target: str) -> None:
        """Make one payment."""
        self.payments.append((when, sender, receiver, amount, "EUR", source, target))

    def live(self) -> None:
        """Log everybody in, and the rings to the hidden page."""
        members = {id(member) for ring in self.rings for member in ring}
        for account in self.accounts:
            for _ in range(self.random.randint(3, 9)):
                when = self.moment(*account.active)
                address = self.random.choice(account.addresses or [documentation(self.random)])
                self.logins.append((when, account.handle, address, self.random.choice(["login", "login", "upload"])))
                if id(account) in members and address != CARRIER and self.random.random() < 0.5:
                    self.visits.append((when + timedelta(seconds=40), address, account.handle))


def iban(country: str, source: random.Random) -> str:
    """Give an IBAN with right check digits (ISO 7064 mod 97-10) and a bank code that no bank has."""
    digits = {"GB": ("ZZZZ", 14), "NL": ("ZZZZ", 10), "DE": ("00000", 13), "FR": ("00000", 18)}
    bank, size = digits[country]
    body = bank + "".join(str(source.randint(0, 9)) for _ in range(size))
    number = int("".join(str(int(char, 36)) for char in f"{body}{country}00"))
    return f"{country}{98 - number % 97:02d}{body}"


def documentation(source: random.Random) -> str:
    """Give an address of the documentation ranges (RFC 5737, RFC 3849)."""
    if source.random() < 0.3:
        return f"2001:db8:{source.randrange(1 << 16):x}::{source.randrange(1, 1 << 16):x}"
    network = source.choice(["192.0.2", "198.51.100", "203.0.113"])
    return f"{network}.{source.randint(1, 254)}"


# -- files ---------------------------------------------------------------------------------------


def planted(seed: int, scale: int) -> Case:
    """Make a case with all that is planted in it."""
    case = Case(seed, scale)
    case.plant_rings()
    case.plant_hubs_and_broker()
    case.plant_payments()
    case.plant_disposable_identities()
    case.plant_grooming()
    case.plant_noise()
    case.live()
    return case


def write(folder: Path, seed: int = 7, scale: int = 1) -> None:
    """Write the evidence files of a case and ``truth.json`` into a folder."""
    case = planted(seed, scale)
    files = {
        "returns/accounts.csv": accounts(case),
        "returns/logins.csv": logins(case, second=False),
        "returns/logins_2.csv": logins(case, second=True),
        "access.log": access_log(case),
        "payments.csv": payments(case),
        "statement.sta": statement(case),
        "hashes.csv": hashes(case),
        "messages.csv": messages(case),
        "chart.csv": chart(case),
    }
    case.truth["files"] = {name: counts for name, (_, counts) in files.items()}
    for name, (content, _) in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (folder / "truth.json").write_bytes(json.dumps(case.truth, indent=1, sort_keys=True).encode() + b"\n")


def table(header: str, rows: list[str], bad: list[bytes]) -> tuple[bytes, dict[str, int]]:
    """Join good rows and bad ones, the bad spread evenly among the good."""
    lines = [row.encode() for row in rows]
    for number, row in enumerate(bad):
        lines.insert((number + 1) * len(lines) // (len(bad) + 1), row)
    counts = {"read": len(lines), "quarantined": len(bad)}
    return b"\n".join([header.encode(), *lines]) + b"\n", counts


def stamp(moment: datetime) -> str:
    """Write a time as ISO 8601 in UTC."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def accounts(case: Case) -> tuple[bytes, dict[str, int]]:
    """The platform's account records; user names are attackers' input, so some are hostile and good."""
    rows = [
        f"{one.handle},{SERVICE},{one.handle.replace('_', ' ').title()},{one.email},{one.phone},{one.device},"
        f"{one.payment},{one.country},{stamp(one.created)},{one.role}"
        for one in case.accounts
    ]
    hostile = [
        "<script>alert(1)</script>",
        "=cmd|' /C calc'!A0",
        "\u202egnp.exe",
        "Robert'); DROP TABLE entity;--",
    ]
    for number, name in enumerate(hostile):
        rows.append(f'"{name}",{SERVICE},Hostile {number},,,,,,{stamp(START)},')
    bad = [
        f"bad_phone_1,{SERVICE},X,,07700900123,,,GB,{stamp(START)},".encode(),
        f"bad_country_1,{SERVICE},X,,,,,ZZ,{stamp(START)},".encode(),
        f"bad_email_1,{SERVICE},X,not an address,,,,GB,{stamp(START)},".encode(),
        f"short_row_1,{SERVICE}".encode(),
    ]
    header = "account,service,display_name,email,phone,device,payment_account,country,created_at,role"
    return table(header, rows, bad)


def logins(case: Case, *, second: bool) -> tuple[bytes, dict[str, int]]:
    """The platform's IP log, in UTC without saying so; the second return overlaps the first by ten days."""
    cut, overlap = START + timedelta(days=40), START + timedelta(days=30)
    found = sorted(case.logins)
    chosen = [one for one in found if (one[0] >= overlap if second else one[0] < cut)]
    rows = [
        f"{handle},{SERVICE},{address},{1024 + number % 60_000},{when:%Y-%m-%d %H:%M:%S},{event}"
        for number, (when, handle, address, event) in enumerate(found)
        if (when, handle, address, event) in set(chosen)
    ]
    bad = (
        []
        if second
        else [
            f"bad_ip_1,{SERVICE},010.0.0.1,1,2026-01-06 10:00:00,login".encode(),
            f"bad_ip_2,{SERVICE},193.0.6.300,1,2026-01-06 10:00:00,login".encode(),
            f"bad_time_1,{SERVICE},193.0.6.139,1,2026-02-30 10:00:00,login".encode(),
            f"nul_\0byte,{SERVICE},193.0.6.139,1,2026-01-06 10:00:00,login".encode(),
            b"latin_\xe9,lanternchat,193.0.6.139,1,2026-01-06 10:00:00,login",
            f'"open_quote,{SERVICE},193.0.6.139,1,2026-01-06 10:00:00,login'.encode(),
        ]
    )
    content, counts = table("account,service,ip,port,timestamp,event", rows, bad)
    counts["duplicates"] = sum(one[0] < cut for one in chosen) if second else 0
    return content, counts


def access_log(case: Case) -> tuple[bytes, dict[str, int]]:
    """The web server of the hidden page, in the combined format, one hour ahead of UTC."""
    rows = []
    for number, (when, address, handle) in enumerate(sorted(case.visits)):
        local = (when + timedelta(hours=1)).strftime("%d/%b/%Y:%H:%M:%S +0100")
        user = handle if number % 3 == 0 else "-"
        rows.append(f'{address} - {user} [{local}] "GET /lantern/room?k={number} HTTP/1.1" 200 5120 "-" "Mozilla/5.0"')
    bad = [
        b"this is no line of an access log",
        b'193.0.6.139 - - [32/Jan/2026:10:00:00 +0100] "GET / HTTP/1.1" 200 1 "-" "-"',
    ]
    lines = [row.encode() for row in rows]
    lines[3:3] = bad
    return b"\n".join(lines) + b"\n", {"read": len(lines), "quarantined": len(bad)}


def payments(case: Case) -> tuple[bytes, dict[str, int]]:
    """A remitter's list of transfers."""
    rows = [
        f"{stamp(when)},{sender},{receiver},{amount},{currency},R{number:06d},{source},{target}"
        for number, (when, sender, receiver, amount, currency, source, target) in enumerate(sorted(case.payments))
    ]
    bad = [
        f"{stamp(START)},GB00ZZZZ00000000000000,{iban('GB', random.Random(1))},10.00,EUR,R9,,".encode(),
        f"{stamp(START)},{iban('GB', random.Random(2))},{iban('GB', random.Random(3))},ten,EUR,R9,,".encode(),
    ]
    return table("date,sender,receiver,amount,currency,reference,sender_country,receiver_country", rows, bad)


def statement(case: Case) -> tuple[bytes, dict[str, int]]:
    """The bank statement of the facilitator's account, MT940."""
    own = str(case.truth["facilitator"]["payment_account"])  # type: ignore[index]
    lines = [":20:LANTERN1", f":25:{own}", ":28C:00001/001", ":60F:C260105EUR0,00"]
    total = 0
    found = sorted(case.statement)
    for when, sender, amount, text in found:
        cents = int(amount.replace(".", ""))
        total += cents
        lines.append(f":61:{when:%y%m%d%m%d}CR{amount.replace('.', ',')}NTRFNONREF")
        lines.append(f":86:166?00TRANSFER?20{text}?31{sender}?32EXAMPLE PAYER")
    lines += [f":62F:C260306EUR{total // 100},{total % 100:02d}", "-", ""]
    return "\r\n".join(lines).encode(), {"read": len(found), "quarantined": 0}


def hashes(case: Case) -> tuple[bytes, dict[str, int]]:
    """Which account had which file, by digest."""
    rows = [
        f"{handle},{SERVICE},{digest},{stamp(when)},{size}"
        for handle, digest, when, size in sorted(case.hashes, key=lambda one: (one[2], one[0]))
    ]
    bad = [f"bad_hash_1,{SERVICE},{'ab' * 20 + 'abc'},{stamp(START)},1".encode()]
    return table("account,service,sha256,timestamp,file_size", rows, bad)


def messages(case: Case) -> tuple[bytes, dict[str, int]]:
    """Who wrote to whom."""
    rows = [f"{sender},{receiver},{SERVICE},{stamp(when)}" for when, sender, receiver in sorted(case.messages)]
    bad = [f"{case.rings[0][0].handle},,{SERVICE},{stamp(START)}".encode()]
    return table("sender,receiver,service,timestamp", rows, bad)


def chart(case: Case) -> tuple[bytes, dict[str, int]]:
    """What an analyst drew: persons, and one person behind an account of each ring."""
    rows = []
    for number, ring in enumerate(case.rings):
        rows += [
            f"Subject {number + 1}-{place},Subject {number + 1}-{place + 1},1,associate,2026-01-10,2026-02-20,"
            "Person,Person"
            for place in range(3)
        ]
        rows.append(f"Subject {number + 1}-0,{SERVICE}:{ring[0].handle},2,uses,2026-01-10,2026-02-20,Person,Account")
    return table("source,target,weight,kind,first_seen,last_seen,source_kind,target_kind", rows, [])


def main() -> None:
    """Read the arguments and write a case."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--scale", type=int, default=1)
    stated = parser.parse_args()
    write(stated.folder, stated.seed, stated.scale)


if __name__ == "__main__":
    main()
