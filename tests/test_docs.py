"""The generated pages are current, and the README names commands that exist."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest
from typer.main import get_command

from linkgraph.cli import app
from linkgraph.ingest import KINDS
from linkgraph.ingest.readers import SPECIAL

ROOT = Path(__file__).resolve().parent.parent


def reference():
    spec = importlib.util.spec_from_file_location("reference", ROOT / "docs" / "reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["cli.md", "sources.md", "formats/README.md"])
def test_a_generated_page_is_current(name):
    current = reference().pages()[name]
    assert (ROOT / "docs" / name).read_text("utf-8") == current, "run: python docs/reference.py"


def test_every_reader_has_a_page_and_every_page_is_listed():
    tables = [form.name for kind in KINDS.values() for form in kind.tables]
    readers = {*(reader.name for reader in SPECIAL), *tables, "delimited", "xlsx"}
    assert {"mt940", "access-log"} <= readers
    index = (ROOT / "docs" / "formats" / "README.md").read_text("utf-8")
    listed = dict(re.findall(r"^\| \[`([a-z0-9-]+)`\]\(([a-z0-9-]+\.md)\) \|", index, re.MULTILINE))
    assert set(listed) == readers
    pages = {page.name for page in (ROOT / "docs" / "formats").glob("*.md")} - {"README.md"}
    assert set(re.findall(r"\(([a-z0-9-]+\.md)\)", index)) == pages


def test_the_readme_names_commands_that_exist():
    commands = set(get_command(app).commands)
    named = set(re.findall(r"^linkgraph ([a-z]+)", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE))
    assert named
    assert named <= commands


def test_links_between_pages_lead_somewhere():
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name} → {target}"
