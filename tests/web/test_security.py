"""Who is answered: on a real port, with requests as other pages, other names and other programs would send them."""

from __future__ import annotations

import socket

import pytest

JSON = {"snapshot": 1, "text": "fox"}


def test_the_page_itself_is_answered(served):
    assert served.ask("GET", "/api/status").json()["case"] == "op"
    same = {"origin": served.address.origin, "sec-fetch-site": "same-origin"}
    assert served.ask("POST", "/api/search", json=JSON, headers=same).json()["total"] == 1
    by_name = served.ask("GET", "/api/status", headers={"host": f"localhost:{served.address.port}"})
    assert by_name.status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1",
        "localhost",
        "127.0.0.1:1",
        "127.0.0.1.evil.example",
        "[::1]:{port}",
        "",
        "0.0.0.0:{port}",
    ],
)
@pytest.mark.parametrize("path", ["/", "/api/status"])
def test_another_name_is_refused(served, host, path):
    answered = served.ask("GET", path, headers={"host": host.format(port=served.address.port)})
    assert answered.status_code == 421
    assert "op" not in answered.json()["detail"].split()


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1"},
        {"origin": "https://127.0.0.1:{port}"},
        {"origin": "http://localhost:{port}"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/"), ("GET", "/api/status"), ("POST", "/api/role"), ("OPTIONS", "/api/role")]
)
def test_another_page_is_refused(served, method, path, headers):
    said = {name: value.format(port=served.address.port) for name, value in headers.items()}
    assert served.ask(method, path, headers=said).status_code == 403


@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", "Bearer wrong", "{token}", "Basic {token}", "bearer {token}x"]
)
@pytest.mark.parametrize(
    "path", ["/api/status", "/api/openapi.json", "/api/model", "/api/nothing", "/docs", "/api/files/0"]
)
def test_without_the_token_nothing_is_told(served, authorization, path):
    said = None if authorization is None else authorization.format(token=served.address.token)
    answered = served.ask("GET", path, headers={"authorization": said})
    assert answered.status_code == 401
    assert answered.headers["www-authenticate"] == "Bearer"


def test_the_token_counts_in_the_header_alone(served):
    token = served.address.token
    without = {"authorization": None}
    assert served.ask("GET", f"/api/status?token={token}", headers=without).status_code == 401
    assert served.ask("GET", "/api/status", headers=without | {"cookie": f"token={token}"}).status_code == 401


def test_every_run_has_another_token(served):
    from linkgraph.web import serving

    with serving.listening() as other:
        assert other.token != served.address.token
        assert len(other.token) >= 43
        assert other.url == f"http://127.0.0.1:{other.port}/#{other.token}"


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "/api/role"), ("DELETE", "/api/model"), ("GET", "/api/role"), ("POST", "/"), ("TRACE", "/api/status")],
)
def test_another_method_is_refused(served, method, path):
    assert served.ask(method, path).status_code == 405


def test_a_body_that_is_too_large_is_refused(served):
    big = b'{"snapshot":1,"text":"' + b"x" * 1_100_000 + b'"}'
    typed = {"content-type": "application/json"}
    assert served.ask("POST", "/api/search", content=big, headers=typed).status_code == 413

    def in_pieces():
        for at in range(0, len(big), 50_000):
            yield big[at : at + 50_000]

    assert served.ask("POST", "/api/search", content=in_pieces(), headers=typed).status_code == 413
    assert served.ask("POST", "/api/uploads?name=a.csv", content=b"x" * 2_000_001).status_code == 413
    assert not list(served.explorer.folder.joinpath("uploads").iterdir())


@pytest.mark.parametrize(
    ("path", "status", "token"),
    [("/", 200, True), ("/api/status", 200, True), ("/api/status", 401, False), ("/no", 404, True)],
)
def test_every_answer_says_what_a_browser_may_do_with_it(served, path, status, token):
    answered = served.ask("GET", path, headers={} if token else {"authorization": None})
    assert answered.status_code == status
    found = answered.headers
    assert {name: found[name] for name in found if name.startswith(("x-", "cross-", "referrer", "cache"))} == {
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
        "cache-control": "no-store",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
    }
    assert "default-src 'none'" in found["content-security-policy"]
    assert "frame-ancestors 'none'" in found["content-security-policy"]
    assert "set-cookie" not in found
    assert not [name for name in found if name.startswith("access-control-")]
    assert "server" not in found


def test_a_preflight_is_allowed_nothing(served):
    asked = {
        "origin": "https://evil.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization",
    }
    answered = served.ask("OPTIONS", "/api/role", headers=asked)
    assert answered.status_code == 403
    assert not [name for name in answered.headers if name.startswith("access-control-")]


def test_the_page_holds_nothing_of_the_case(served):
    answered = served.ask("GET", "/", headers={"authorization": None})
    assert answered.status_code == 200
    assert answered.headers["content-type"].startswith("text/html")
    policy = answered.headers["content-security-policy"]
    assert "connect-src 'self'" in policy
    assert "script-src 'sha256-" in policy
    # Browsers complain of this where a page says it of itself.
    assert "frame-ancestors" not in answered.text.partition("</head>")[0]
    for word in ("amber_fox", "193.0.6.139", served.address.token, "messages.csv"):
        assert word not in answered.text


def test_it_listens_on_this_machine_alone(served):
    assert served.address.socket.getsockname()[0] == "127.0.0.1"
    with pytest.raises(OSError), socket.create_connection(("127.0.0.2", served.address.port), timeout=2):
        pass


def test_two_host_headers_are_refused(served):
    with socket.create_connection(("127.0.0.1", served.address.port), timeout=10) as raw:
        host = f"127.0.0.1:{served.address.port}"
        raw.sendall(f"GET /api/status HTTP/1.1\r\nHost: {host}\r\nHost: evil.example\r\n\r\n".encode())
        assert raw.recv(64).split()[1] in (b"400", b"421")


def test_web_sockets_are_refused(served):
    asked = {
        "connection": "Upgrade",
        "upgrade": "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "eA==",
    }
    assert served.ask("GET", "/api/status", headers=asked | {"authorization": None}).status_code in (401, 403)
