"""The distinct cells of a column that were met so far in a source, each cleaned once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from linkgraph.ingest.content import Words
from linkgraph.ingest.values.result import Reason
from linkgraph.ingest.values.text import BLANKS

A = TypeVar("A")
Numbers = npt.NDArray[np.int32]


class Known(Generic[A]):
    """Cells by number, in the order they were met."""

    def __init__(self, clean: Callable[[str], A | Reason], add: Callable[[Sequence[A | Reason | None]], Words]) -> None:
        self._clean = clean
        self._add = add
        self._texts = pa.array([], pa.string())
        self._blank = False
        self.answers: list[A | Reason | None] = []
        """What each cell was read as; None for a blank one."""
        self.refused = np.empty(0, np.bool_)
        """(n,) whether each cell was refused."""
        self._adds = np.empty((0, 4), np.uint64)

    @property
    def adds(self) -> Words:
        """(n, 4) what each cell adds to the content of a row; worked out where it is asked for."""
        if len(self._adds) < len(self.answers):
            self._adds = np.concatenate([self._adds, self._add(self.answers[len(self._adds) :])])
        return self._adds

    def meet(self, texts: pa.Array) -> Numbers:
        """Give the number of each row's cell, −1 where it has none or a blank one; cells that are new are cleaned."""
        found = pc.index_in(texts, value_set=self._texts)
        if found.null_count > texts.null_count:
            unmet = pc.and_(found.is_null(), texts.is_valid())
            fresh = texts.filter(unmet).dictionary_encode()
            at = found.fill_null(-1).to_numpy(zero_copy_only=False).copy()
            at[unmet.to_numpy(zero_copy_only=False)] = fresh.indices.to_numpy(zero_copy_only=False) + len(self.answers)
            self._learn(fresh.dictionary)
        else:
            at = found.fill_null(-1).to_numpy(zero_copy_only=False)
        if self._blank:
            blank = np.array([answer is None for answer in self.answers], np.bool_)
            at = np.where((at >= 0) & blank[at], np.int32(-1), at)
        return np.asarray(at, np.int32)

    def answer(self, number: int) -> A:
        """Give a cell that was understood."""
        answer = self.answers[number]
        if answer is None or isinstance(answer, Reason):
            raise AssertionError("a refused cell is in no row that is kept")
        return answer

    def texts(self, at: Numbers, give: Callable[[A], str | None]) -> pa.DictionaryArray:
        """Give one text per row from its cell; null where it has none or one that was refused."""
        shown = np.zeros(len(self.answers) + 1, np.bool_)
        shown[at] = True
        used, texts = [], []
        for number in np.flatnonzero(shown[:-1]).tolist():
            answer = self.answers[number]
            text = None if answer is None or isinstance(answer, Reason) else give(answer)
            if text is not None:
                used.append(number)
                texts.append(text)
        # A text that is none is no word of the dictionary: a row without one says nothing, and so adds nothing.
        place = np.full(len(shown), -1, np.int32)
        place[used] = np.arange(len(used), dtype=np.int32)
        codes = place[at]
        return pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), pa.array(texts, pa.string()))

    def _learn(self, fresh: pa.Array) -> None:
        answers = [self._clean(bare) if (bare := text.strip(BLANKS)) else None for text in fresh.to_pylist()]
        self._texts = pa.concat_arrays([self._texts, fresh])
        self._blank = self._blank or None in answers
        self.answers += answers
        self.refused = np.append(self.refused, [isinstance(answer, Reason) for answer in answers])
