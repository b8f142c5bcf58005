"""JSON-LD as nodes with full names, read without a network.

Source: JSON-LD 1.1 (W3C, 2020) §3.1 (contexts), §3.2 (IRIs), §4.1 and §4.2 (typed values, coercion), §4.3 (lists and
sets), §4.9 (``@graph``). A context that is named by its address is refused: it would have to be fetched, and whoever
serves it decides what the file says. So are contexts inside of nodes, ``@reverse`` and other ways to write the same
thing in another form, which tools of digital evidence do not use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from linkgraph.errors import IntegrityError, UsageError

MAX_DEPTH = 64
MAX_IRI = 2_048
"""Characters that a term of a context may stand for: each name in the file may begin with it."""


@dataclass(slots=True, eq=False)
class Node:
    """A thing: what is said of it in one place."""

    id: str
    """Its IRI, or ``_:…``; empty where it has none."""
    types: list[str] = field(default_factory=list)
    facts: dict[str, list[Value]] = field(default_factory=dict)
    """Values by the name of the property, in the order of the file; never empty."""

    @property
    def is_reference(self) -> bool:
        """Whether it only names a thing that is described elsewhere."""
        return bool(self.id) and not self.types and not self.facts

    def texts(self, name: str) -> list[str]:
        """Give the values of a property that are texts, numbers or truth values, as text."""
        return [value for value in self.facts.get(name, ()) if isinstance(value, str)]

    def text(self, name: str) -> str:
        """Give the first of :meth:`texts`; empty where there is none."""
        return next((value for value in self.facts.get(name, ()) if isinstance(value, str)), "")

    def nodes(self, name: str) -> list[Node]:
        """Give the values of a property that are nodes."""
        return [value for value in self.facts.get(name, ()) if isinstance(value, Node)]

    def walk(self) -> Iterator[Node]:
        """Give this node and all that stand within it."""
        waiting = [self]
        while waiting:
            one = waiting.pop()
            yield one
            within = [value for values in one.facts.values() for value in values if isinstance(value, Node)]
            waiting.extend(reversed(within))


Value = str | Node


class Context:
    """What short names in a document stand for."""

    def __init__(self, given: Any, called: Callable[[str], str] = str) -> None:  # noqa: ANN401  (any JSON)
        """Read the value of ``@context``.

        Args:
            given: an object, or a list of objects of which later ones count more.
            called: what the names of properties and types are called, by their IRIs.

        Raises:
            UsageError: it is on a network.
            IntegrityError: it is no context.
        """
        self._terms: dict[str, str] = {}
        self._of_ids: set[str] = set()
        """Terms whose values are names of things."""
        self._vocabulary = self._base = ""
        self._called = called
        self._known: dict[str, str] = {}
        for one in given if isinstance(given, list) else [given]:
            if isinstance(one, str):
                raise UsageError(
                    "The file takes the meaning of its words from the network, which is never asked: have it sent "
                    "with its context written out."
                )
            if one is not None:
                self._take(one)

    def nodes(self, document: dict[str, Any]) -> Iterator[Node]:
        """Give the nodes of a document that is one, or has some under ``@graph``.

        Raises:
            IntegrityError: something in it is not as JSON-LD has it.
        """
        graph = document.get("@graph", [])
        for one in graph if isinstance(graph, list) else [graph]:
            yield self.node(one)
        if document.keys() - {"@context", "@graph"}:
            yield self.node({name: value for name, value in document.items() if name not in {"@context", "@graph"}})

    def node(self, given: object, depth: int = 0) -> Node:
        """Read one node.

        Raises:
            IntegrityError: it is none.
        """
        if not isinstance(given, dict):
            raise IntegrityError("The file has something that is no object where one should stand.")
        if depth > MAX_DEPTH:
            raise IntegrityError(f"The file is nested more than {MAX_DEPTH} deep and is not read.")
        name = given.get("@id", "")
        types = given.get("@type", [])
        types = types if isinstance(types, list) else [types]
        if not isinstance(name, str) or not all(isinstance(one, str) for one in types):
            raise IntegrityError("The file has an object whose name or type is no text.")
        node = Node(self._iri(name), [self._word(one) for one in types])
        for key, value in given.items():
            if key in {"@id", "@type"}:
                continue
            if key.startswith("@"):
                raise IntegrityError(f"The file uses '{key[:24]}' inside of an object, which is not read.")
            word = self._word(key)
            if word and (values := list(self._values(value, key in self._of_ids, depth))):
                node.facts.setdefault(word, []).extend(values)
        return node

    def _values(self, given: object, of_ids: bool, depth: int) -> Iterator[Value]:
        for one in given if isinstance(given, list) else [given]:
            if one is None:
                continue
            if isinstance(one, dict):
                if "@value" in one:
                    yield _literal(one["@value"])
                elif "@list" in one or "@set" in one:
                    yield from self._values(one.get("@list", one.get("@set")), of_ids, self._deeper(depth))
                else:
                    yield self.node(one, depth + 1)
            elif of_ids and isinstance(one, str):
                yield Node(self._iri(one))
            else:
                yield _literal(one)

    @staticmethod
    def _deeper(depth: int) -> int:
        if depth > MAX_DEPTH:
            raise IntegrityError(f"The file is nested more than {MAX_DEPTH} deep and is not read.")
        return depth + 1

    def _take(self, given: object) -> None:
        if not isinstance(given, dict):
            raise IntegrityError("The file has a context that is no object.")
        for term, meaning in given.items():
            if term in {"@vocab", "@base"}:
                if not isinstance(meaning, str | None) or len(meaning or "") > MAX_IRI:
                    raise IntegrityError(f"The file has a context whose {term} is no text, or too long.")
                if term == "@vocab":
                    self._vocabulary = meaning or ""
                else:
                    self._base = meaning or ""
                continue
            if term.startswith("@"):
                if term != "@version":
                    raise IntegrityError(f"The file has a context with '{term[:24]}', which is not read.")
                continue
            stands_for = meaning.get("@id", term) if isinstance(meaning, dict) else meaning
            if not isinstance(stands_for, str | None) or len(stands_for or "") > MAX_IRI:
                raise IntegrityError("The file has a context whose terms are no texts, or too long.")
            self._terms[term] = stands_for or ""
            if isinstance(meaning, dict) and meaning.get("@type") in {"@id", "@vocab"}:
                self._of_ids.add(term)

    def _word(self, given: str) -> str:
        """Give what a property or type is called; nothing where the context gives it no meaning."""
        if given not in self._known:
            iri = self._meaning(given)
            self._known[given] = self._called(iri) if iri else ""
        return self._known[given]

    def _meaning(self, given: str, steps: int = 0) -> str:
        # Terms may be defined by other terms; a circle defines nothing.
        if steps > MAX_DEPTH:
            raise IntegrityError("The file has a context whose terms define each other.")
        if given in self._terms:
            stands_for = self._terms[given]
            return stands_for if stands_for == given else self._meaning(stands_for, steps + 1)
        prefix, colon, rest = given.partition(":")
        if colon:
            if rest.startswith("//") or prefix not in self._terms:
                return given
            return self._meaning(prefix, steps + 1) + rest
        return self._vocabulary + given if self._vocabulary and given else ""

    def _iri(self, given: str) -> str:
        prefix, colon, rest = given.partition(":")
        if not colon:
            return self._base + given if given else ""
        if prefix == "_" or rest.startswith("//") or prefix not in self._terms:
            return given
        return self._meaning(prefix) + rest


def _literal(given: object) -> str:
    if isinstance(given, str):
        return given
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, int | float):
        return repr(given)
    raise IntegrityError("The file has a value that is neither text nor number.")
