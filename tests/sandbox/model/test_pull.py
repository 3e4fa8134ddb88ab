"""`pull` against a server on loopback: whole, or nothing is left behind."""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from caicaini_nb.sandbox.cli import run
from caicaini_nb.sandbox.model.pull import pull, release_of
from caicaini_nb.sandbox.model.releases import Release
from caicaini_nb.sandbox.model.trouble import ModelError

pytest.importorskip("pooch", reason="pooch is not installed: it comes with the extra [model]")
CONTENT = b"GGUF" + bytes(range(256)) * 400


class Files(BaseHTTPRequestHandler):
    """Serves the content at /whole, half of it at /cut and nothing else."""

    def do_GET(self) -> None:
        found = {"/whole": CONTENT, "/cut": CONTENT[: len(CONTENT) // 2]}.get(self.path)
        self.send_response(404 if found is None else 200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(found or CONTENT)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        return


@pytest.fixture
def release() -> Iterator[Release]:
    """A release whose file a server on loopback has."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Files)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/whole"
    yield Release("tiny", "tiny.gguf", url, hashlib.sha256(CONTENT).hexdigest(), len(CONTENT), "MIT")
    server.shutdown()
    server.server_close()


def test_a_file_comes_whole_and_is_not_fetched_twice(release: Release, tmp_path: Path) -> None:
    said: list[str] = []
    folder = tmp_path / "models"
    path = pull(release, folder, said.append)
    assert path.read_bytes() == CONTENT
    assert list(folder.iterdir()) == [path]
    assert "licence MIT" in said[0]
    assert "100 %" in said[-1]
    assert pull(replace(release, url="http://127.0.0.1:9/gone"), folder, said.append) == path


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sha256": "0" * 64}, r"its SHA-256 differs, and it was discarded"),
        ({"path": "/cut"}, r"could not be downloaded|SHA-256 differs"),
        ({"path": "/none"}, r"could not be downloaded \(HTTPError\): check the connection"),
        ({"size": 10**18}, r"MB are free in .*: make room"),
    ],
    ids=["wrong hash", "cut short", "not there", "no room"],
)
def test_a_failure_leaves_nothing(release: Release, tmp_path: Path, change: dict[str, str], message: str) -> None:
    changed = {key: value for key, value in change.items() if key != "path"}
    if "path" in change:
        changed["url"] = release.url.replace("/whole", change["path"])
    with pytest.raises(ModelError, match=message):
        pull(replace(release, **changed), tmp_path, str)  # type: ignore[arg-type]
    assert list(tmp_path.glob("*gguf*")) == []
    assert [one.name for one in tmp_path.iterdir()] == ["state"]


def test_no_server_is_one_sentence(release: Release, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(ModelError, match="ConnectionError"):
        pull(replace(release, url=f"http://127.0.0.1:{port}/x"), tmp_path, print)


def test_a_spoiled_file_is_fetched_anew(release: Release, tmp_path: Path) -> None:
    (tmp_path / release.file).write_bytes(b"spoiled")
    assert pull(release, tmp_path, print).read_bytes() == CONTENT


def test_an_unknown_name_gets_near_ones(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ModelError, match=r"try qwen2\.5-coder-0\.5b"):
        release_of("qwen")
    assert run(["pull", "qwen"]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1
