"""Match weights: how many bits each field of a pair speaks for, or against, one owner.

A field's weight is ``log2(m / u)``: how much more often it comes out like this for two accounts of one owner (m)
than for two of different owners (u). Fields add up; with the prior they give a probability (Fellegi & Sunter 1969,
*JASA* 64, 1183; in bits as in Enamorado, Fifield & Imai 2019, *APSR* 113, 353). Two refinements:

- *What many hold says little* (Winkler 1989, frequency-based matching): of a value that d accounts hold, those above
  the field's ``few`` are others by all that is known, so ``u = (others + max(0, d − few)) / (N − 1)``.
- *What comes together is not counted twice.* Fellegi and Sunter take fields as independent given the truth; a
  household shares device and address. So only the strongest thing in common counts in full. Every other field of
  substance is measured against pairs of different owners that share something already (``together``).

m comes from ``identities.toml``, or is estimated from the case by expectation maximisation (Winkler 1988): among all
pairs that share one field, how the *other* fields come out, u being held fixed; then the same for the next field,
and the mean, so that no field is judged by the pairs it chose itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from linkgraph.algorithms.reviewed import shipped

if TYPE_CHECKING:
    from linkgraph.graph import Floats, Ints, Longs, Mask

UNKNOWN = -1
"""Outcome of a field that one of the two does not have. The last outcome of a field is that nothing agrees."""
LEAST_U, MOST_U = 1e-9, 0.99
LEAST_PAIRS, LEAST_MATCHES = 30, 10.0
"""A session of the estimation with fewer pairs, or fewer expected matches, says nothing of a field."""
MOST_ESTIMATED = 200_000
"""Pairs a session is worked out from: of more, the first by id, which is a fair draw since ids are hashes."""
STATED_PAIRS = 5.0
"""As so many pairs the stated figures count in an estimation."""
ROUNDS = 200


@dataclass(frozen=True, slots=True)
class Level:
    """One way in which a field can agree."""

    field: str
    name: str
    m: float
    others: float | None = None
    """None where u is counted in the case."""
    together: float | None = None
    few: int = 0
    pair_all: int = 0


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What ``identities.toml`` says."""

    doubles: float
    levels: tuple[Level, ...]
    """In the order of fields and levels, the strongest level of a field first."""

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the fields in order."""
        return tuple(dict.fromkeys(level.field for level in self.levels))

    def of(self, field: str) -> tuple[Level, ...]:
        """Give the levels of one field."""
        return tuple(level for level in self.levels if level.field == field)


@cache
def reviewed() -> Reviewed:
    """Read ``identities.toml``."""
    fields = dict(shipped("identities.toml").content)
    doubles = float(fields.pop("doubles"))
    levels = [Level(field, name, **one) for field, ways in fields.items() for name, one in ways.items()]
    return Reviewed(doubles, tuple(levels))


@dataclass(frozen=True, eq=False, slots=True)
class Outcomes:
    """How one field came out for each pair; arrays (n_pairs,)."""

    outcome: Ints
    """Number of the level, the number of levels where nothing agrees, or :data:`UNKNOWN`."""
    u: Floats
    """Share of pairs of different owners with this outcome; of a level, with a value held as widely as this one."""
    together: Floats
    """The same among pairs that share something else."""
    few: Mask | None = None
    """Whether they have a thing in common that few hold; None for names and times, which nobody holds."""

    @property
    def substance(self) -> bool:
        """Whether this is a thing held."""
        return self.few is not None


def of_substance(levels: tuple[Level, ...], outcome: Ints, holders: Ints, n: int) -> Outcomes:
    """Give what the outcomes of a field of things held are worth among strangers.

    Args:
        levels: of the field.
        outcome: (n_pairs,).
        holders: (n_pairs,) how many hold the value in common, where there is one.
        n: accounts of the case.
    """
    u, together = np.ones(len(outcome)), np.ones(len(outcome))
    rest, rest_together = 1.0, 1.0
    few = np.zeros(len(outcome), bool)
    for number, level in enumerate(levels):
        agrees = outcome == number
        few |= agrees & (holders <= level.few)
        base = float(level.others or 0.0) / max(n - 1, 1)
        widely = np.clip(base + np.maximum(holders[agrees] - level.few, 0) / max(n - 1, 1), LEAST_U, MOST_U)
        u[agrees] = widely
        together[agrees] = np.clip(np.maximum(widely, float(level.together or 0.0)), LEAST_U, MOST_U)
        rest -= min(base, MOST_U / len(levels))
        rest_together -= float(level.together or 0.0)
    u[outcome == len(levels)] = rest
    together[outcome == len(levels)] = rest_together
    return Outcomes(outcome, u, together, few)


def counted(outcome: Ints, among_strangers: Ints, levels: int) -> Outcomes:
    """Give what the outcomes of a field are worth by how it comes out for pairs drawn by chance."""
    drawn = among_strangers[among_strangers != UNKNOWN]
    share = (np.bincount(drawn, minlength=levels + 1) + 1.0) / (len(drawn) + levels + 1.0)
    u = np.where(outcome == UNKNOWN, 1.0, share[outcome])
    return Outcomes(outcome, u, u)


def hundredths(fields: Mapping[str, Outcomes], m: Mapping[str, Floats]) -> tuple[Longs, Longs]:
    """Give the bits of each field (n_fields, n_pairs), in hundredths so that they add up exactly as printed.

    Returns:
        the bits, and the position (n_pairs,) of the field that counts in full, −1 where nothing is in common.
    """
    alone, beside = [], []
    for name, field in fields.items():
        chance = np.append(m[name], 1.0)[field.outcome]
        known = field.outcome != UNKNOWN
        alone.append(np.where(known, np.log2(chance / field.u), 0.0))
        beside.append(np.where(known, np.log2(chance / field.together), 0.0))
    agrees = np.stack([_agrees(field, m[name]) for name, field in fields.items()])
    full = np.where(agrees, np.stack(alone), -np.inf)
    strongest = np.where(agrees.any(axis=0), full.argmax(axis=0), -1)
    first = np.arange(len(fields))[:, None] == strongest
    bits = np.where(first | (strongest < 0), np.stack(alone), np.stack(beside))
    return np.rint(bits * 100).astype(np.int64), strongest.astype(np.int64)


def _agrees(field: Outcomes, m: Floats) -> Mask:
    agreed: Mask = (field.outcome >= 0) & (field.outcome < len(m) - 1) & field.substance
    return agreed


def chances(levels: tuple[Level, ...]) -> Floats:
    """Give m of each outcome of a field: its levels, then that nothing agrees."""
    m = [level.m for level in levels]
    return np.array([*m, 1.0 - sum(m)])


def estimated(fields: Mapping[str, Outcomes], start: Mapping[str, Floats]) -> tuple[dict[str, Floats], tuple[str, ...]]:
    """Estimate m of each field from the pairs compared; give it and the fields for which the case has enough.

    Args:
        fields: outcomes of all pairs.
        start: m to begin with, kept where the case says too little.
    """
    total = {name: np.zeros(len(m)) for name, m in start.items()}
    weight = dict.fromkeys(start, 0.0)
    for by, chosen in fields.items():
        if chosen.few is None:
            continue
        # Of what many hold nearly all pairs are strangers', and what is estimated from them are strangers.
        rows = np.flatnonzero(chosen.few)[:MOST_ESTIMATED]
        if len(rows) < LEAST_PAIRS:
            continue
        for name, (m, matches) in _session({k: v for k, v in fields.items() if k != by}, start, rows).items():
            if matches >= LEAST_MATCHES:
                total[name] += m * matches
                weight[name] += matches
    found = tuple(name for name in start if weight[name] > 0)
    return {name: total[name] / weight[name] if name in found else start[name] for name in start}, found


def _session(
    fields: Mapping[str, Outcomes], start: Mapping[str, Floats], rows: Longs
) -> dict[str, tuple[Floats, float]]:
    """Estimate m among pairs that share one thing already: by field, with the matches it was seen in.

    How strangers who share that one thing come out is estimated with it and not kept: it is theirs alone.
    """
    m = {name: start[name] for name in fields}
    outcome = {name: field.outcome[rows] for name, field in fields.items()}
    known = {name: one != UNKNOWN for name, one in outcome.items()}
    u = {name: _shares(field, rows, len(start[name])) for name, field in fields.items()}
    stated = dict(u)
    share, matches = 0.1, dict.fromkeys(fields, 0.0)
    for _ in range(ROUNDS):
        odds = np.full(len(rows), np.log(share / (1.0 - share)))
        for name in fields:
            odds += np.append(np.log(m[name] / u[name]), 0.0)[outcome[name]]
        match = 1.0 / (1.0 + np.exp(-np.clip(odds, -500, 500)))
        before, share = share, float(np.clip(match.mean(), 1e-6, 1 - 1e-6))
        for name in fields:
            of, levels = outcome[name][known[name]], len(m[name])
            seen = np.bincount(of, weights=match[known[name]], minlength=levels)
            not_ = np.bincount(of, weights=1.0 - match[known[name]], minlength=levels)
            matches[name] = float(seen.sum())
            # What was stated counts as a few pairs, so that an outcome not yet seen is not impossible.
            m[name] = (seen + STATED_PAIRS * start[name]) / (seen.sum() + STATED_PAIRS)
            u[name] = (not_ + STATED_PAIRS * stated[name]) / (not_.sum() + STATED_PAIRS)
        if abs(share - before) < 1e-9:
            break
    return {name: (m[name], matches[name]) for name in fields}


def _shares(field: Outcomes, rows: Longs, outcomes: int) -> Floats:
    """Give how often strangers who share something have each outcome, to begin with."""
    mean = np.full(outcomes, LEAST_U)
    for number in range(outcomes):
        those = rows[field.outcome[rows] == number]
        mean[number] = field.together[those].mean() if len(those) else LEAST_U
    share: Floats = mean / mean.sum()
    return share


def probability(score: Longs, prior: int) -> Floats:
    """Give the probability of one owner, from hundredths of bits."""
    return 1.0 / (1.0 + np.exp2(-np.clip((score + prior) / 100.0, -60.0, 60.0)))


def prior_hundredths(doubles: float, n: int) -> int:
    """Give the prior in hundredths of bits: the odds that two accounts drawn by chance have one owner."""
    chance = min(doubles / max(n - 1, 1), 0.5)
    return round(100 * float(np.log2(chance / (1.0 - chance))))
