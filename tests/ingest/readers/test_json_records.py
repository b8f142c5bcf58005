"""JSON documents in parts: the same answers as reading them whole, and damage costs what is damaged."""

from __future__ import annotations

import io
import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkgraph.ingest.readers import json_records
from linkgraph.ingest.readers.json_records import Fault
from linkgraph.ingest.readers.json_structure import scan
from linkgraph.ingest.readers.json_values import MAX_DEPTH, Written, parse, parse_element, text_of
from linkgraph.ingest.values.result import Reason

VALUE = [("value",)]
MEDIA = [("value", "*", "Media")]
BLOCKS = (1, 3, 7, 64, 1 << 20)


def read(document: bytes, paths, *, keep=(), block_bytes=1 << 20, max_bytes=1 << 20):
    """Give the elements (value or Reason, scalars around it) and the faults; every place is checked."""
    elements, faults = [], []
    for piece in json_records.split(
        io.BytesIO(document), paths, keep=frozenset(keep), block_bytes=block_bytes, max_bytes=max_bytes
    ):
        if isinstance(piece, Fault):
            assert document[piece.offset :].startswith(piece.raw)
            faults.append(piece)
            continue
        for offset, length, value in json_records.records(piece):
            raw = document[offset : offset + length]
            assert raw == raw.strip(b" \t\r\n")
            if not isinstance(value, Reason):
                assert value == json.loads(raw)
            elements.append((value, piece.scopes))
    return [(value, [scope.values for scope in scopes]) for value, scopes in elements], faults


def some(choose: random.Random, depth: int = 0):
    """Give a value with all that the split could stumble on."""
    which = choose.random()
    if depth > 3 or which < 0.4:
        return choose.choice([1, -5, "a", 'q"{[\\', "\\", '\\\\"', True, None, "ü,:", "}{", "\n", "\U0001f600", ""])
    if which < 0.7:
        return {choose.choice('ab"') + str(at): some(choose, depth + 1) for at in range(choose.randrange(4))}
    return [some(choose, depth + 1) for _ in range(choose.randrange(4))]


@pytest.mark.parametrize("block_bytes", BLOCKS)
def test_a_split_document_says_what_the_whole_says(block_bytes):
    for seed in range(150):
        choose = random.Random(seed)  # noqa: S311 - data of a test, not a secret
        elements = [some(choose) for _ in range(choose.randrange(6))]
        document = {"x": some(choose), "context": "c", "value": elements, "z": some(choose), "late": 3}
        layout = {"indent": choose.choice([None, 2]), "ensure_ascii": choose.random() < 0.5}
        raw = json.dumps(document, **layout).encode()
        found, faults = read(raw, VALUE, keep=("context", "late"), block_bytes=block_bytes)
        assert faults == []
        assert [value for value, _ in found] == elements
        assert all(around == [{"context": "c", "late": 3}] for _, around in found)

        cases = [
            {"id": at, "n": some(choose), "Media": [some(choose) for _ in range(choose.randrange(4))], "after": -at}
            for at in range(choose.randrange(4))
        ]
        raw = b"\xef\xbb\xbf" + json.dumps({"k": 1, "value": cases}, **layout).encode()
        found, faults = read(raw, MEDIA, keep=("id", "after"), block_bytes=block_bytes)
        assert faults == []
        assert found == [
            (medium, [{}, {"id": case["id"], "after": case["after"]}]) for case in cases for medium in case["Media"]
        ]

        found, faults = read(json.dumps(elements, **layout).encode(), [()], block_bytes=block_bytes)
        assert (found, faults) == ([(one, []) for one in elements], [])


def medium(number: int) -> bytes:
    return b'{"MediaID":%d,"A":[{"H":"x","V":"y"},{"H":"x","V":"z"}]}' % number


@pytest.mark.parametrize("block_bytes", BLOCKS)
@pytest.mark.parametrize(
    ("damaged", "codes"),
    [
        (b'{"MediaID":2,"MD5":"abc,"A":[{"H":"x"}]}', ["json-structure"]),
        (b'{"MediaID":"\\"}', ["json-structure"]),
        (b'{"MediaID":2,"A":[{"H":"x"}]', ["json-structure"]),
        (b'{"MediaID":2,"A":[{"H":"x"}}', ["json-structure"]),
        (b'{"MediaID":2,"A":[{"H":"x"]}', ["json-structure"]),
        (b'{"MediaID":2}}', ["json-structure"]),
        (b'{"MediaID":"a\nb"}', ["json-string"]),
        (b'{"MediaID":"' + b"x" * 4000 + b'"}', ["json-too-long"]),
        (b'{"a":1,"a":2}', ["json-duplicate-key"]),
        (b'{"a":[{"b":1,"\\u0062":2}]}', ["json-duplicate-key"]),
        (b'{"a":NaN}', ["json-number"]),
        (b'{"a":-Infinity}', ["json-number"]),
        (b'{"a":"\\ud800"}', ["json-surrogate"]),
        (b'{"\\udc00":1}', ["json-surrogate"]),
        (b'{"a":"\\u0000"}', ["nul-byte"]),
        (b'{"a":"\0"}', ["nul-byte"]),
        (b'{"a":"\xff"}', ["invalid-utf-8"]),
        (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), ["json-depth"]),
        (b'{"a" 1}', ["json-syntax"]),
        (b"[1}", ["json-structure"]),
        (b"{'a':1}", ["json-syntax"]),
        (b'{"a":1} {"a":1}', ["json-syntax"]),
        (b'{"a":"\t"}', ["json-syntax"]),
        (b"", ["json-syntax"]),
        (b"rubbish", ["json-syntax"]),
        (b'{"a":[1]],"b":3}', ["json-structure"]),
    ],
)
def test_a_damaged_element_costs_itself(damaged, codes, block_bytes):
    document = b'{"c":"x", "value":[' + b" , ".join([medium(1), damaged, medium(3), medium(4)]) + b'], "d": 1}'
    found, faults = read(document, VALUE, keep=("c",), block_bytes=block_bytes, max_bytes=3000)
    assert [value["MediaID"] for value, _ in found if not isinstance(value, Reason)] == [1, 3, 4]
    answers = [value.code for value, _ in found if isinstance(value, Reason)]
    assert answers + [fault.reason.code for fault in faults] == codes
    assert b"".join(fault.raw for fault in faults).strip() in damaged


@pytest.mark.parametrize("cut", range(1, 90))
def test_a_document_that_was_cut_off_says_so(cut):
    whole = b'{"c":"x","value":[' + medium(1) + b"," + medium(2) + b"]}"
    found, faults = read(whole[:-cut], VALUE)
    (fault,) = faults
    assert fault.reason.code == "json-truncated"
    assert fault.offset + len(fault.raw) == len(whole) - cut
    assert len(found) == (2 if cut <= 1 else len(found))
    assert b"".join([b"".join(b"." for _ in found), fault.raw]).count(b"MediaID") + len(found) <= 2


def test_damage_never_moves_an_element_to_another_object():
    def case(name: str, *media: bytes) -> bytes:
        return b'{"CaseID":"%s","Media":[%s]}' % (name.encode(), b",".join(media))

    cut = b'{"MediaID":9,"A":"x'
    cases = [
        case("a", medium(1), cut),
        case("b", medium(2), medium(3)),
        case("c", cut, medium(4)),
        case("d", medium(5)),
    ]
    document = b'{"value":[' + b",".join(cases) + b"]}"
    for block_bytes in BLOCKS:
        found, faults = read(document, MEDIA, keep=("CaseID",), block_bytes=block_bytes)
        assert [(value["MediaID"], around[1]["CaseID"]) for value, around in found] == [
            (1, "a"),
            (2, "b"),
            (3, "b"),
            (4, "c"),
            (5, "d"),
        ]
        assert [fault.raw[: len(cut)] for fault in faults] == [cut, cut]


@pytest.mark.parametrize("block_bytes", BLOCKS)
def test_two_missing_quotes_do_not_swallow_what_stands_between_them(block_bytes):
    bad = b'{"MediaID":9,"MD5":x","A":[]}'
    assert parse(bad).code == "json-syntax"
    document = b'{"value":[' + b", ".join([bad, medium(1), medium(2), bad, medium(3), bad, bad, medium(4)]) + b"]}"
    found, faults = read(document, VALUE, block_bytes=block_bytes)
    assert [value["MediaID"] for value, _ in found if not isinstance(value, Reason)] == [1, 2, 3, 4]
    told = [fault.reason.code for fault in faults] + [value.code for value, _ in found if isinstance(value, Reason)]
    assert len(told) == 4

    cases = [
        b'{"CaseID":"%s","Media":[%s]}' % (name, b",".join(media))
        for name, media in ((b"a", [medium(1), bad]), (b"b", [bad, medium(4)]), (b"c", [medium(5), bad, medium(6)]))
    ]
    found, faults = read(b'{"value":[' + b",".join(cases) + b"]}", MEDIA, keep=("CaseID",), block_bytes=block_bytes)
    known = [(value["MediaID"], around[1]["CaseID"]) for value, around in found if not isinstance(value, Reason)]
    assert set(known) <= {(1, "a"), (4, "b"), (5, "c"), (6, "c")}
    assert {(1, "a"), (5, "c"), (6, "c")} <= set(known)


@pytest.mark.parametrize(
    ("document", "codes"),
    [
        (b'{"value":[1],"value":[2]}', ["json-duplicate-key"]),
        (b'{"c":"a","value":[1],"c":"b"}', ["json-duplicate-key"]),
        (b'{"value":{"a":1}}', ["json-structure"]),
        (b'{"value":"text"}', ["json-structure"]),
        (b'{"value":null}', []),
        (b'{"c":xyz,"value":[1]}', ["json-syntax"]),
        (b'{"c":{"a":1},"value":[1]}', ["json-structure"]),
        (b'{"value":[1]} trailing', ["json-trailing"]),
        (b'{"value":[1]}\n\n  ', []),
        (b'{"value":[1]]', ["json-structure"]),
        (b'{"value" [1]}', ["json-structure"]),
        (b'{"value"::[1]}', ["json-structure"]),
        (b'{"other":"\n","value":[1]}', ["json-string"]),
        (b"", []),
        (b"  \n", []),
        (b"\xef\xbb\xbf", []),
        (b"text", ["json-structure"]),
        (b"[1,2]", ["json-structure"]),
        (b'"value"', ["json-structure"]),
    ],
)
@pytest.mark.parametrize("block_bytes", [1, 1 << 20])
def test_what_is_wrong_around_the_elements_is_told(document, codes, block_bytes):
    _, faults = read(document, VALUE, keep=("c",), block_bytes=block_bytes)
    assert [fault.reason.code for fault in faults] == codes


def test_a_scalar_behind_elements_that_were_handed_on_comes_too_late():
    pieces = json_records.split(io.BytesIO(b'{"value":[1],"c":"late"}'), VALUE, keep=frozenset("c"), block_bytes=4)
    faults = []
    for piece in pieces:
        if isinstance(piece, Fault):
            faults.append((piece.reason.code, piece.raw))
        else:
            piece.scopes[0].released = True
    assert faults == [("json-late-member", b'"c":"late"')]


def test_numbers_are_kept_as_written():
    value = parse(b'{"a":1.10,"b":1e999,"c":12345678901234567890123,"d":7,"e":-0.0,"f":"1","g":true,"h":null}')
    assert isinstance(value, dict)
    assert {name: text_of(one) for name, one in value.items()} == {
        "a": "1.10",
        "b": "1e999",
        "c": "12345678901234567890123",
        "d": "7",
        "e": "-0.0",
        "f": "1",
        "g": "true",
        "h": None,
    }
    assert isinstance(value["a"], Written)
    assert parse(b"9" * 5000) == "9" * 5000


_TOKENS = rb"""{"a": } [ ] , "b" : 1 1.5 1e400 12345678901234567890 -0 NaN null "\""
"\ud83d\ude00" "\ud83d" "\u0000" """.split()
_raw = st.one_of(
    st.binary(max_size=40),
    st.lists(st.sampled_from([*_TOKENS, b'"\xff"', b'"\0"', b" "]), max_size=12).map(b"".join),
)
_PARTS = rb"""{"value":[ {"MediaID":1} , ] } { [ " \ : 1 "c":"x" {"MediaID": "Media":[
{"value":[{"CaseID":1,"Media":[""".split()


@settings(max_examples=400, deadline=None)
@given(_raw)
def test_the_fast_parser_gives_the_answers_of_the_strict_one(raw):
    tokens = scan(raw, 0)
    fast = parse_element(raw, int((tokens.kind == 8).sum()), 0)
    strict = parse(raw)
    assert fast == strict
    assert type(fast) is type(strict)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from([*_PARTS, b"\n", b"\xff", b"\0", b" "]), max_size=25).map(b"".join),
    st.sampled_from(BLOCKS),
    st.sampled_from([VALUE, MEDIA, [()]]),
)
def test_any_bytes_are_read_or_told(document, block_bytes, paths):
    found, faults = read(document, paths, keep=("c",), block_bytes=block_bytes, max_bytes=50)
    offsets = [fault.offset for fault in faults]
    assert offsets == sorted(offsets)
    if not document.strip(b" \n\xef\xbb\xbf"):
        assert (found, faults) == ([], [])
    try:
        whole = json.loads(document)
    except ValueError:
        return
    if paths == VALUE and isinstance(whole, dict) and document.count(b"value") == 1 and not faults:
        assert len(found) == len(whole.get("value") or [])
