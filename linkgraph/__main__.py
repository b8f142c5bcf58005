"""``python -m linkgraph``: the command line where its script is not on the path."""

from linkgraph.cli import run

run()
