"""The graph is that of the rows: their order, and the files they come in, do not change it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import linkgraph
from linkgraph.ingest.mapping import Stated

LOGINS = st.lists(
    st.tuples(
        st.sampled_from(["Amber", "amber ", "blue", "ｂｌｕｅ", "", "x\u202ey"]),
        st.sampled_from(["193.0.6.1", "193.0.6.2:4711", "::ffff:193.0.6.1", "10.0.0.1", "010.0.0.1", ""]),
        st.integers(0, 59),
        st.sampled_from(["", "login", "logout"]),
    ),
    min_size=1,
    max_size=14,
    unique=True,
)


def text(rows):
    lines = [f'"{who}",{ip},2026-01-05T10:{minute:02}:00Z,{event}' for who, ip, minute, event in rows]
    return "account,ip,timestamp,event\n" + "\n".join(lines) + "\n"


def graph_of(*files):
    """Give the graph that some files make, without what names the files themselves."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        case = linkgraph.create(folder / "case", agency="A", timezone="UTC")
        for number, content in enumerate(files):
            (folder / f"{number}.csv").write_text(content, "utf-8")
            [done] = case.ingest("ip-logs", [folder / f"{number}.csv"], stated=Stated(service="chat"))
            assert done.already or done.tally.read == content.count("\n") - 1
        return case.digest()


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(LOGINS, st.randoms(use_true_random=False), st.data())
def test_order_and_split_do_not_matter(rows, random, data):
    whole = graph_of(text(rows))
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert graph_of(text(shuffled)) == whole
    cut = data.draw(st.integers(0, len(rows)))
    parts = [part for part in (rows[:cut], rows[cut:]) if part]
    assert graph_of(*map(text, parts)) == whole
    assert graph_of(*map(text, reversed(parts))) == whole


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(LOGINS, st.data())
def test_files_that_overlap_count_an_event_once(rows, data):
    first, last = sorted(data.draw(st.tuples(st.integers(0, len(rows)), st.integers(0, len(rows)))))
    parts = [part for part in (rows[:last], rows[first:]) if part]
    assert graph_of(*map(text, parts)) == graph_of(text(rows))


def test_an_event_is_counted_once_though_other_rows_of_the_second_file_have_more():
    rows = [("Amber", "193.0.6.1", 0, ""), ("Amber", "193.0.6.2:4711", 0, "")]
    assert graph_of(text(rows[:1]), text(rows)) == graph_of(text(rows))
