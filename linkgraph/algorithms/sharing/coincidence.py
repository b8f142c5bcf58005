"""How probable a number of coincidences is by chance, and how many of many findings may be false.

Of N equally likely occasions one account was at n, another at k: the number they share follows the hypergeometric
distribution (Tumminello et al. 2011, *PLoS ONE* 6, e17994). Where occasions of several sorts are counted together,
the sum is one of independent numbers of this distribution, and its probability is worked out exactly, by
convolution. All terms are added from the smallest up, so that a probability of 1e-60 is as exact as one of 0.1.

False discovery rate: Benjamini & Hochberg 1995, *Journal of the Royal Statistical Society B* 57, 289. It holds for
independent tests and for positively dependent ones (Benjamini & Yekutieli 2001, *Annals of Statistics* 29, 1165),
as those of pairs who meet at the same place are. Under any dependence at all it is at most alpha times
1 + 1/2 + … + 1/m.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy

if TYPE_CHECKING:
    from linkgraph.graph import Floats, Longs

_MOST_CELLS = 4_000_000
"""Numbers of one table of the convolution."""


def tail(shared: Longs, n: Longs, k: Longs, occasions: Longs) -> Floats:
    """Give the probability (m,) of at least so many coincidences over all sorts.

    Args:
        shared: (m,) how many there were.
        n: (m, sorts) at how many occasions of each sort one account was.
        k: (m, sorts) at how many the other was.
        occasions: (m, sorts) how many there were; where fewer than n or k, a coincidence is taken as certain.
    """
    p = np.ones(len(shared))
    both = (n > 0) & (k > 0)
    single = np.flatnonzero((both.sum(axis=1) == 1) & (shared > 0))
    sort = both[single].argmax(axis=1)
    p[single] = at_least(shared[single], n[single, sort], k[single, sort], occasions[single, sort])
    several = np.flatnonzero((both.sum(axis=1) > 1) & (shared > 0))
    for number in np.unique(shared[several]).tolist():
        rows = several[shared[several] == number]
        size = max(1, _MOST_CELLS // (number + 1))
        for start in range(0, len(rows), size):
            piece = rows[start : start + size]
            p[piece] = _sum_at_least(number, n[piece], k[piece], occasions[piece])
    return p


def at_least(shared: Longs, n: Longs, k: Longs, occasions: Longs) -> Floats:
    """Give the probability (m,) that draws of n and of k out of so many occasions have ``shared`` or more in common."""
    certain = (occasions < np.maximum(n, k)) | (shared <= np.maximum(0, n + k - occasions))
    possible = np.flatnonzero(~certain & (shared <= np.minimum(n, k)))
    total = np.where(certain & (shared <= np.minimum(n, k)), 1.0, 0.0)
    x, n, k, occasions = (values[possible] for values in (shared.copy(), n, k, occasions))
    term = _exactly(x, n, k, occasions)
    found = term.copy()
    # Every term is a known multiple of the one before; stop where nothing is added any more.
    going = np.flatnonzero(x < np.minimum(n, k))
    while len(going):
        x[going] += 1
        at, a, b, c = x[going], n[going], k[going], occasions[going]
        term[going] *= ((a - at + 1.0) * (b - at + 1.0)) / (at * (c - a - b + at).astype(np.float64))
        found[going] += term[going]
        rising = at < (a + 1.0) * (b + 1.0) / (c + 2.0)
        going = going[(at < np.minimum(a, b)) & (rising | (term[going] > 1e-17 * found[going]))]
    total[possible] = np.minimum(found, 1.0)
    return total


def _exactly(shared: Longs, n: Longs, k: Longs, occasions: Longs) -> Floats:
    """Give the probability (m,) of exactly so many in common, all of them possible."""
    return np.asarray(
        np.exp(log_ways(n, shared) + log_ways(occasions - n, k - shared) - log_ways(occasions, k)),
        np.float64,
    )


def log_ways(n: Longs, k: Longs) -> Floats:
    """Give the logarithm of n over k."""
    log_factorial = scipy.special.gammaln
    return np.asarray(log_factorial(n + 1.0) - log_factorial(k + 1.0) - log_factorial(n - k + 1.0), np.float64)


def _sum_at_least(number: int, n: Longs, k: Longs, occasions: Longs) -> Floats:
    """Give the probability (m,) that the sorts (m, sorts) have ``number`` or more in common together."""
    # A row: the probability of 0, 1, … number − 1 so far, and last that of number or more.
    so_far = np.zeros((len(n), number + 1))
    so_far[:, 0] = 1.0
    for sort in np.flatnonzero(((n > 0) & (k > 0)).any(axis=0)):
        least = np.stack(
            [at_least(np.full(len(n), x), n[:, sort], k[:, sort], occasions[:, sort]) for x in range(number + 1)],
            axis=1,
        )
        exact = np.maximum(least[:, :-1] - least[:, 1:], 0.0)
        joined = np.zeros_like(so_far)
        joined[:, number] = so_far[:, number]
        for x in range(number):
            joined[:, x:number] += so_far[:, [x]] * exact[:, : number - x]
            joined[:, number] += so_far[:, x] * least[:, number - x]
        so_far = joined
    return np.asarray(np.minimum(so_far[:, number], 1.0), np.float64)


def false_discovery_rate(p: Floats, tested: int) -> Floats:
    """Give q (k,) of the k smallest of ``tested`` probabilities: the least rate at which each would be a finding."""
    order = np.argsort(p, kind="stable")
    q = p[order] * tested / np.arange(1, len(p) + 1)
    q = np.minimum.accumulate(q[::-1])[::-1]
    back = np.empty(len(p))
    back[order] = np.minimum(q, 1.0)
    return back
