"""The explorer, used as an investigator uses it: a real server, a real browser, a case with a victim in it."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from web import exploring

import linkgraph
from linkgraph.case import Case
from linkgraph.ingest.mapping import Stated
from linkgraph.viz import page as html_page
from linkgraph.web import serving
from linkgraph.web.held import held

pytestmark = pytest.mark.browser

HOSTILE = ("<img src=x onerror=alert(1)>", "</script><script>window.hacked=1</script>", "\u202egnp.exe", "a\u200bb")
NEWCOMER = "account,service,ip,timestamp,event\nnew_lynx,chat,193.0.6.139,2026-02-01 10:00:00,login\n"


@dataclass
class Explored:
    """A page of the explorer, and all it asked for or complained of."""

    page: Page
    url: str
    origin: str
    token: str
    case: Case
    stop: Callable[[], None]
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def until(self, condition: str) -> None:
        """Wait for a JavaScript condition."""
        for _ in range(500):
            with contextlib.suppress(Exception):  # the page may be loading anew
                if self.page.evaluate(condition):
                    return
            self.page.wait_for_timeout(20)
        raise AssertionError(condition)

    def ready(self) -> None:
        self.page.wait_for_selector("#app[data-ready]")

    def labels(self) -> set[str]:
        """Names of what is drawn."""
        return set(self.page.evaluate("linkgraph.cy.nodes('.entity').map(n => n.data('label').split(' ')[0])"))

    def choose(self, name: str) -> None:
        """Find an entity and select it."""
        self.page.fill("#search", name)
        self.page.wait_for_selector("#found li")
        self.page.keyboard.press("Enter")
        self.page.wait_for_selector(f"#details h2:has-text('{name}')")

    def details(self) -> str:
        """What the page says of the selected thing."""
        return self.page.inner_text("#details")

    def case_tab(self) -> None:
        self.page.click("#tab-case")


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return exploring.made(tmp_path_factory.mktemp("original"))


@pytest.fixture
def explore(original: Path, tmp_path: Path, browser: Browser) -> Iterator[Callable[..., Explored]]:
    """Serve a copy of the case and open it; at the end nothing but the server may have been asked."""
    with contextlib.ExitStack() as stack:
        opened: list[Explored] = []

        def act(*, read_only: bool = False, fragment: str | None = None, of: Path | None = None) -> Explored:
            folder = Path(shutil.copytree(of or original, tmp_path / "op"))
            ready, stop = threading.Event(), threading.Event()
            address = stack.enter_context(serving.listening())
            case = stack.enter_context(held(folder, address.origin, read_only=read_only))
            explorer = stack.enter_context(serving.explored(case, None))
            explorer.look(exploring.nothing)
            thread = threading.Thread(
                target=serving.serve, args=(explorer, address), kwargs={"ready": ready.set, "stop": stop}
            )
            thread.start()

            def end() -> None:
                stop.set()
                thread.join(30)

            stack.callback(end)
            assert ready.wait(30)
            context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
            stack.callback(context.close)
            url = address.url if fragment is None else f"{address.origin}/{fragment}"
            made = Explored(context.new_page(), url, address.origin, address.token, case, end)
            opened.append(made)
            made.page.on("request", lambda request: made.requests.append(request.url))
            made.page.on("console", lambda message: made.complaints.append(message.text))
            made.page.on("pageerror", lambda error: made.complaints.append(str(error)))
            made.page.goto(url)
            return made

        yield act
        for made in opened:
            asked = [url for url in made.requests if not url.startswith(("data:", "blob:", made.origin + "/"))]
            assert asked == []
            # A refused request is written to the console by the browser itself.
            assert [one for one in made.complaints if not one.startswith("Failed to load resource")] == []


@pytest.fixture(scope="session")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case of three rings, too large to be drawn whole, with names that attack."""
    made = tmp_path_factory.mktemp("crowd")
    rows = ["account,service,ip,timestamp,event"]
    for ring in range(3):
        for place in range(500):
            for other in (place, place + 1, place + 7):
                address = f"193.0.{ring}.{other % 200}"
                rows.append(f"r{ring}-{place},chat,{address},2026-01-0{1 + other % 9} 10:00:00,login")
    rows += [f'"{name}",chat,193.0.0.1,2026-01-01 10:00:00,login' for name in HOSTILE]
    (made / "logins.csv").write_text("\n".join(rows) + "\n", "utf-8")
    case = linkgraph.create(made / "op", agency="A", timezone="Europe/London")
    case.ingest("ip-logs", [made / "logins.csv"], stated=Stated(timezone="UTC"))
    return case.folder


@pytest.fixture
def crowded(explore, crowd: Path) -> Explored:
    made = explore(of=crowd)
    made.ready()
    return made


@pytest.fixture
def explored(explore) -> Explored:
    made = explore()
    made.ready()
    return made


def test_it_opens_on_the_case_and_hides_the_victim(explored) -> None:
    assert "op" in explored.page.inner_text("h1")
    assert "1 victim not shown" in explored.page.inner_text("header")
    assert {"amber_fox", "blue_owl", "grey_hare"} <= explored.labels()
    text = explored.page.evaluate("JSON.stringify(linkgraph.model)")
    assert [name for name in exploring.VICTIM if name in text] == []


def test_every_panel_of_the_page_is_here_too(explored) -> None:
    page = explored.page
    explored.choose("amber_fox")
    for tab in ("filters", "lists", "route", "case"):
        page.click(f"#tab-{tab}")
        assert page.is_visible(f"#panel-{tab}")
    for tab, said in (("table", "amber_fox"), ("map", "United Kingdom"), ("timeline", "2026-01-05")):
        page.click(f"#tab-{tab}")
        page.wait_for_selector(f"#panel-{tab}:has-text('{said}')")


def test_a_path_is_found_and_told(explored) -> None:
    page = explored.page
    page.click("#tab-route")
    for end, name in (("from", "amber_fox"), ("to", "blue_owl")):
        page.fill(f"#route-{end}", name)
        page.wait_for_selector(f"#route-{end}-found li")
        page.keyboard.press("Enter")
    page.click("#find-route")
    page.wait_for_selector("#route-answer .hops")
    assert "1 step" in page.inner_text("#route-answer")
    explored.until("linkgraph.cy.elements('.route').length === 3")


def test_a_path_says_which_steps_the_filters_hide(explored) -> None:
    page = explored.page
    page.uncheck("#sources-filter >> text=messages.csv")
    explored.until("linkgraph.cy.edges('[kind = \"CONTACTED\"]').length === 0")
    page.click("#tab-route")
    assert "the other filters are not looked at" in page.inner_text("#panel-route")
    for end, name in (("from", "amber_fox"), ("to", "blue_owl")):
        page.fill(f"#route-{end}", name)
        page.wait_for_selector(f"#route-{end}-found li")
        page.keyboard.press("Enter")
    page.click("#find-route")
    page.wait_for_selector("#route-answer .hops")
    assert "1 step is hidden by the filters, and not drawn." in page.inner_text("#route-answer")


def test_filters_ask_the_server(explored) -> None:
    page = explored.page
    page.uncheck("#kinds >> text=Accounts")
    explored.until("linkgraph.cy.nodes('[kind = \"Account\"]').length === 0")
    page.click("#undo")
    explored.until("linkgraph.cy.nodes('[kind = \"Account\"]').length === 3")
    page.uncheck("#sources-filter >> text=messages.csv")
    explored.until("linkgraph.cy.edges('[kind = \"CONTACTED\"]').length === 0")


def test_evidence_is_dropped_looked_at_and_imported(explored) -> None:
    page = explored.page
    explored.choose("amber_fox")
    page.click(".about summary:has-text('Your note')")
    page.fill("#note", "met twice")
    page.keyboard.press("Tab")
    explored.case_tab()
    transfer = page.evaluate_handle(
        """text => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([text], "new logins.csv", { type: "text/csv" }));
            return transfer;
        }""",
        NEWCOMER,
    )
    page.dispatch_event("#picture", "drop", {"dataTransfer": transfer})
    page.wait_for_selector("#upload-verdict")
    assert "Something must be said first" in page.inner_text("#upload-verdict")
    assert "new_lynx" in page.inner_text(".sample-rows")
    page.fill("#upload-timezone", "UTC")
    page.click("#look-again")
    page.wait_for_selector("#ingest-upload")
    page.select_option("#upload-marking", "TLP:RED")
    page.click("#ingest-upload")
    page.wait_for_selector("#ingest-outcome")
    assert "1 rows read: 1 stored, 0 duplicates, 0 quarantined" in page.inner_text("#ingest-outcome")
    page.click("#show-imported")
    explored.until("linkgraph.model.explorer.snapshot > 1")
    explored.ready()
    explored.choose("new_lynx")
    # What the investigator made of the page is still there.
    explored.until("linkgraph.session.state.edits.notes.size === 1")


def test_a_picture_is_refused_with_a_sentence(explored) -> None:
    page = explored.page
    explored.case_tab()
    page.set_input_files(
        "#evidence-file", {"name": "x.csv", "mimeType": "text/csv", "buffer": b"\x89PNG\r\n\x1a\n" * 9}
    )
    page.wait_for_selector("#upload-verdict")
    assert "Not taken" in page.inner_text("#upload-verdict")
    assert page.locator("#ingest-upload").count() == 0


def test_a_candidate_is_shown_accepted_and_taken_back(explored) -> None:
    page = explored.page
    explored.case_tab()
    page.click("#load-candidates")
    page.wait_for_selector(".candidate")
    page.click(".candidate .show-both >> nth=0")
    explored.until("linkgraph.cy.nodes('.together').length === 2")
    page.click(".candidate .accept >> nth=0")
    assert "Write a reason" in page.inner_text("#candidates-note")
    page.fill("#why-0", "same device")
    page.click(".candidate .accept >> nth=0")
    page.wait_for_selector(".candidate .decided:has-text('same device')")
    with explored.case.reading() as store:
        assert [one.why for one in store.same_as()] == ["same device"]
    page.fill("#why-0", "a mistake")
    page.click(".candidate .undo-decision >> nth=0")
    page.wait_for_selector(".candidate .accept")
    with explored.case.reading() as store:
        assert store.same_as() == []


def test_a_victim_that_is_flagged_leaves_the_picture(explored) -> None:
    page = explored.page
    explored.choose("grey_hare")
    explored.case_tab()
    page.select_option("#role", "victim")
    page.click("#set-role")
    assert "Write a reason" in page.inner_text("#role-note")
    page.fill("#role-why", "named in the report")
    page.click("#set-role")
    explored.until("linkgraph.model.explorer.snapshot > 1")
    explored.ready()
    assert "grey_hare" not in explored.labels()
    assert "2 victims not shown" in page.inner_text("header")
    page.fill("#search", "grey_hare")
    page.wait_for_selector("#found-note:has-text('Nothing')")


def test_a_page_is_made_and_kept(explored, tmp_path: Path) -> None:
    page = explored.page
    explored.case_tab()
    with page.expect_download() as waiting:
        page.click("#make-page")
    path = tmp_path / "page.html"
    waiting.value.save_as(path)
    checked = html_page.check(path.read_bytes())
    assert checked.broken == ()
    page.wait_for_selector(f"#page-note:has-text('{checked.sha256}')")
    assert checked.digest in page.inner_text("#page-note")
    assert [name for name in exploring.VICTIM if name.encode() in path.read_bytes()] == []


def test_read_only_has_nothing_that_changes(explore) -> None:
    made = explore(read_only=True)
    made.ready()
    made.case_tab()
    assert "Read-only" in made.page.inner_text("header")
    assert made.page.locator("#evidence-file, #set-role, #page-victims").count() == 0
    made.page.click("#load-candidates")
    made.page.wait_for_selector(".candidate")
    assert made.page.locator(".candidate .accept").count() == 0


@pytest.mark.parametrize(("fragment", "said"), [("", "lacks its token"), ("#wrong", "earlier run")])
def test_an_address_without_its_token_says_what_to_do(explore, fragment: str, said: str) -> None:
    made = explore(fragment=fragment)
    made.page.wait_for_selector("[role=alert]")
    assert said in made.page.inner_text("[role=alert]")
    assert "amber_fox" not in made.page.content()


def test_a_server_that_is_gone_is_said_and_nothing_is_lost(explored) -> None:
    explored.stop()
    explored.page.uncheck("#kinds >> text=Accounts")
    explored.page.wait_for_selector(".banner:visible")
    assert "Nothing is lost" in explored.page.inner_text(".banner")
    explored.requests[:] = []


@pytest.mark.parametrize("dark", [False, True])
def test_nothing_stands_in_the_way_of_a_screen_reader(explored, dark: bool) -> None:
    page = explored.page
    if dark:
        page.click("#theme")
    explored.case_tab()
    page.click("#load-candidates")
    page.wait_for_selector(".candidate")
    page.set_input_files("#evidence-file", {"name": "x.csv", "mimeType": "text/csv", "buffer": NEWCOMER.encode()})
    page.wait_for_selector("#upload-verdict")
    found = Axe().run(page)
    assert [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found.response["violations"]] == []
    assert json.dumps(found.response["passes"])


def test_a_large_case_begins_with_communities_and_is_fetched_as_it_is_opened(crowded) -> None:
    page = crowded.page
    total = page.evaluate("linkgraph.model.totals.entities")
    assert " communities, " in page.inner_text("#status")
    assert total > 1000
    page.evaluate("linkgraph.session.toggle(0)")
    crowded.until("linkgraph.cy.nodes('.entity').length > 100")
    assert "1 open" in page.inner_text("#status")
    page.click("#close-all")
    crowded.until("linkgraph.cy.nodes('.entity').length === 0")


def test_neighbours_are_fetched_on_demand_and_undone(crowded) -> None:
    page = crowded.page
    page.fill("#search", "r2-250")
    page.wait_for_selector("#found li")
    page.keyboard.press("Enter")
    page.wait_for_selector("#details h2:has-text('r2-250')")
    page.click("#close-all")
    page.click("#expand")
    crowded.until("linkgraph.cy.nodes('.entity').length === 4")
    page.click("#undo")
    crowded.until("linkgraph.cy.nodes('.entity').length === 0")


def test_time_plays_and_lists_table_and_pictures_are_here(crowded) -> None:
    page = crowded.page
    page.click("#tab-lists")
    page.locator("#hubs > ol > li button").first.click()
    page.wait_for_selector("#details h2.title")
    page.click("#tab-table")
    page.wait_for_selector("#panel-table table")
    with page.expect_download() as waiting:
        page.click("#table-csv")
    assert waiting.value.suggested_filename.endswith(".csv")
    for button, ending in (("#save-png", ".png"), ("#save-svg", ".svg")):
        page.click("#save-menu summary")
        with page.expect_download() as waiting:
            page.click(button)
        assert waiting.value.suggested_filename.endswith(ending)
    page.click("#tab-filters")
    page.select_option("#play-speed", "3")
    page.click("#play")
    page.wait_for_selector("#play:text-is('Pause')")
    page.wait_for_selector("#play:text-is('Play')")
    page.click("#undo")
    crowded.until("document.getElementById('from').value === ''")


def test_a_view_is_kept_and_opened(crowded, tmp_path: Path) -> None:
    page = crowded.page
    page.uncheck("#kinds >> text=IP addresses")
    crowded.until("!linkgraph.session.passes.entities.every(Boolean)")
    page.click("#view-menu summary")
    with page.expect_download() as waiting:
        page.click("#save-view")
    path = tmp_path / "view.json"
    waiting.value.save_as(path)
    page.click("#clear-filters")
    crowded.until("linkgraph.session.state.filters.kindsOff.size === 0")
    page.set_input_files("#open-view", path)
    crowded.until("linkgraph.session.state.filters.kindsOff.size === 1")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_inert(crowded, name: str) -> None:
    page = crowded.page
    page.fill("#search", name[:8])
    page.wait_for_selector("#found li")
    page.keyboard.press("Enter")
    page.wait_for_selector("#details h2.title")
    for tab in ("lists", "route", "case", "table", "timeline"):
        page.click(f"#tab-{tab}")
    sent = {"name": name.replace("/", "") + ".csv", "mimeType": "text/csv", "buffer": f"account\n{name}\n".encode()}
    page.set_input_files("#evidence-file", sent)
    page.wait_for_selector("#upload-verdict")
    assert page.evaluate("window.hacked") is None
    assert page.locator("#app img, #app script, #app iframe, #app a").count() == 0
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b]", page.inner_text("#app"))


def drop(explored: Explored, *files: tuple[str, str]) -> None:
    """Drop files onto the picture; the browser must not take them itself."""
    prevented = explored.page.evaluate(
        """files => {
            const dataTransfer = new DataTransfer();
            for (const [name, text] of files) dataTransfer.items.add(new File([text], name, { type: "text/csv" }));
            const event = new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true });
            document.getElementById("picture").dispatchEvent(event);
            return event.defaultPrevented;
        }""",
        [list(one) for one in files],
    )
    assert prevented


def test_files_are_taken_before_the_panel_was_ever_seen_and_none_is_forgotten(explored) -> None:
    page = explored.page
    drop(explored, ("one.csv", NEWCOMER), ("two.csv", NEWCOMER))
    page.wait_for_selector("#upload h4:has-text('one.csv')")
    assert "1 file waits" in page.inner_text("#upload-queue")
    assert "two.csv" in page.inner_text("#upload-queue")
    drop(explored, ("three.csv", NEWCOMER))
    assert "2 files wait" in page.inner_text("#upload-queue")
    for name in ("two.csv", "three.csv"):
        page.click("#drop-upload")
        page.wait_for_selector(f"#upload h4:has-text('{name}')")
    page.click("#drop-upload")
    explored.until("document.getElementById('upload').childElementCount === 0")


def test_a_file_dropped_on_a_read_only_case_is_not_taken(explore) -> None:
    made = explore(read_only=True)
    made.ready()
    drop(made, ("one.csv", NEWCOMER))
    made.page.wait_for_selector("#said:has-text('Read-only')")
    assert not [url for url in made.requests if "/api/uploads" in url]


def test_columns_are_corrected_and_what_only_this_file_needs_is_asked(explored) -> None:
    page = explored.page
    drop(explored, ("odd.csv", "who,app,seen from,at\nnew_lynx,chat,193.0.6.139,2026-02-01T10:00:00Z\n"))
    page.wait_for_selector("#upload-verdict")
    page.select_option("#upload-kind", "ip-logs")
    page.click("#look-again")
    page.wait_for_selector("#map-ip")
    columns = (("account", "who"), ("service", "app"), ("ip", "seen from"))
    for field_name, column in columns:
        page.select_option(f"#map-{field_name}", column)
    time = page.locator("#upload-state select[id^='map-'][id*='time'], #upload-state select[id='map-first_seen']").first
    time.select_option("at")
    page.click("#look-again")
    page.wait_for_selector("#ingest-upload")
    page.click("#ingest-upload")
    page.wait_for_selector("#ingest-outcome:has-text('1 rows read: 1 stored')")
    assert "1 read = 1 stored + 0 duplicates + 0 quarantined" in page.inner_text("#upload")


def test_trying_again_asks_the_server_whatever_is_known_already(explored) -> None:
    page = explored.page
    page.route("**/api/search", lambda route: route.abort())
    page.fill("#search", "amber")
    page.wait_for_selector(".banner:visible")
    page.unroute("**/api/search")
    page.click(".banner button")
    page.wait_for_selector(".banner", state="hidden")


def test_a_newer_state_of_the_case_keeps_what_was_drawn_selected_and_open(crowded) -> None:
    page = crowded.page
    page.fill("#search", "r2-250")
    page.wait_for_selector("#found li")
    page.keyboard.press("Enter")
    page.wait_for_selector("#details h2:has-text('r2-250')")
    page.click("#close-all")
    page.click("#expand")
    crowded.until("linkgraph.cy.nodes('.entity').length === 4")
    drawn = crowded.labels()
    crowded.case_tab()
    page.select_option("#role", "suspect")
    page.fill("#role-why", "named in the report")
    page.click("#set-role")
    crowded.until("linkgraph.model.explorer.snapshot > 1")
    crowded.ready()
    crowded.until("linkgraph.cy.nodes('.entity').length === 4")
    assert crowded.labels() == drawn
    assert "r2-250" in crowded.details()
    assert page.get_attribute("#tab-case", "aria-selected") == "true"
    assert "suspect" in crowded.details().lower()
    assert "newest picture" in page.inner_text("#said")
    page.wait_for_selector("#jobs:has-text('Picture of the case')")


def test_an_older_state_is_refused_and_the_page_goes_on_to_the_newest(explored) -> None:
    page = explored.page
    explored.choose("amber_fox")
    fox = page.evaluate("linkgraph.model.entities.id[linkgraph.session.state.selected.index]")
    with explored.case.reading() as store:
        assert store.same_as() == []
    changed = page.evaluate(
        """async id => {
            const headers = { authorization: `Bearer ${location.hash.slice(1)}`, "content-type": "application/json" };
            const body = JSON.stringify({ id, role: "suspect", why: "seen" });
            return (await fetch("/api/role", { method: "POST", headers, body })).status;
        }""",
        fox,
    )
    assert changed == 200
    for _ in range(100):  # until the new picture is there, the old one is answered from
        page.fill("#search", "blue")
        page.fill("#search", "grey")
        page.wait_for_timeout(200)
        with contextlib.suppress(Exception):
            if page.evaluate("linkgraph.model.explorer.snapshot > 1"):
                break
    explored.until("linkgraph.model.explorer.snapshot > 1")
    explored.until("document.querySelector('#details h2')?.textContent.includes('amber_fox')")


def test_taking_a_victims_part_away_needs_a_second_person(explored) -> None:
    page = explored.page
    with explored.case.reading() as store:
        [victim] = [one.id for one in explored.case.find("small_wren") if one.kind == "Account"]
        assert store is not None
    explored.case_tab()
    page.fill("#role-id", victim)
    page.select_option("#role", "")
    page.fill("#role-why", "a mistake")
    page.click("#set-role")
    page.wait_for_selector("#role-note.error")
    page.fill("#role-second", "B. Second")
    page.click("#set-role")
    explored.until("linkgraph.model.explorer.snapshot > 1")
    explored.ready()
    explored.until("linkgraph.cy.nodes('.entity').some(n => n.data('label').startsWith('small_wren'))")


def test_a_page_with_victims_says_that_it_is_logged_and_it_is(explored, tmp_path: Path) -> None:
    page = explored.page
    explored.case_tab()
    assert "logged" in page.inner_text("label[for=page-victims]")
    page.check("#page-victims")
    with page.expect_download() as waiting:
        page.click("#make-page")
    waiting.value.save_as(tmp_path / "page.html")
    log = (explored.case.folder / "audit.jsonl").read_text("utf-8")
    assert "render.victims" in log
    page.wait_for_selector("#jobs:has-text('The page has')")


def test_without_neo4j_there_are_no_named_queries(explored) -> None:
    explored.case_tab()
    explored.page.wait_for_selector("#jobs", state="attached")
    assert explored.page.locator("#queries").count() == 0
    assert not [url for url in explored.requests if "/api/queries" in url]


def test_named_queries_take_typed_parameters_and_lead_to_entities(explore) -> None:
    """The server's answers are made here; tests/neo4j has it answer them itself."""
    made = explore(fragment="#later")
    page = made.page
    sent: list[dict[str, object]] = []
    query = {
        "name": "near",
        "description": "Who is near.",
        "parameters": [{"name": "steps", "default": 2}, {"name": "all", "default": True}],
        "columns": ["id", "name"],
    }

    def with_queries(route) -> None:
        model = route.fetch().json()
        model["explorer"]["queries"] = True
        route.fulfill(json=model)

    def ask(route) -> None:
        sent.append(route.request.post_data_json)
        fox = page.evaluate(
            "linkgraph.model.entities.id[linkgraph.model.entities.label.findIndex(l => l.startsWith('amber_fox'))]"
        )
        route.fulfill(json={"columns": query["columns"], "rows": [[fox, "<b>x</b>"], ["0" * 32, None]]})

    page.route("**/api/model", with_queries)
    page.route("**/api/queries", lambda route: route.fulfill(json=[query]))
    page.route("**/api/queries/near", ask)
    page.goto("about:blank")
    page.goto(f"{made.origin}/#{made.token}")
    made.ready()
    made.case_tab()
    page.fill("#parameter-steps", "3")
    page.uncheck("#parameter-all")
    page.click("#run-query")
    page.wait_for_selector("#query-rows table")
    assert sent == [{"parameters": {"steps": "3", "all": False}}]
    assert "<b>x</b>" in page.inner_text("#query-rows")
    page.click("#query-rows tr:nth-child(2) button")
    page.wait_for_selector("#said:has-text('not in the picture')")
    page.click("#query-rows tr:nth-child(1) button")
    page.wait_for_selector("#details h2:has-text('amber_fox')")
    made.requests[:] = [url for url in made.requests if url != "about:blank"]
