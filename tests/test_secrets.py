"""No six characters of a key's secret part in anything a person, a file or a log gets to see, whatever fails."""

from __future__ import annotations

import copy
import io
import logging
import pickle
import re
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.ultratb import VerboseTB
from traitlets.config import Config as Settings

from caicaini_nb import Client, connect, errors
from tests.fake_service import KEY, SECRET, Answer, End, FakeService, answer, dial, error, frames, stream
from tests.wire.replies import MESSAGES_PLAIN, MESSAGES_TEXT, messages_stream

HIDDEN = SECRET[4:]
RUNS = [HIDDEN[place : place + 6] for place in range(len(HIDDEN) - 5)]


def leaks(text: str | bytes) -> list[str]:
    shown = text if isinstance(text, str) else text.decode("latin-1")
    return [run for run in RUNS if run in shown]


def test_the_search_finds_a_leak() -> None:
    assert leaks(f"Bearer {KEY}")
    assert leaks(f"… {KEY[20:27]} …")
    assert not leaks(KEY[:12])


def send(client: Client) -> None:
    client.send("hi")


def read(client: Client) -> None:
    for _ in client.stream("hi"):
        pass


def chat(client: Client) -> None:
    client.send("hi", surface="chat")


def stop_after_start(client: Client) -> None:
    for _ in client.stream("hi"):
        raise KeyboardInterrupt


def other_model(client: Client) -> None:
    client.send("hi", model="deepseek-chat")


def half_an_emoji(client: Client) -> None:
    client.send("\ud83d")


def use_after_close(client: Client) -> None:
    client.close()
    client.send("hi")


def bad_key(client: Client) -> None:
    connect(base=client.base, key=client._transport.config.key.reveal() + "\n\nX: y")


def plain_http(client: Client) -> None:
    connect(base="http://example.com/v1", key=client._transport.config.key)


def pickle_it(client: Client) -> None:
    pickle.dumps(client)


CUT = MESSAGES_TEXT[: MESSAGES_TEXT.index(b"event: content_block_stop")]
OVERLOADED = messages_stream([{"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}])
BROKEN_GZIP = answer(b"\x1f\x8bxxxxxxxxxxxxxxxxxxx", 200, {"Content-Encoding": "gzip"})

FAILURES: dict[str, tuple[Answer, Callable[[Client], None], type[BaseException]]] = {
    **{f"status {status}": (error(status), send, errors.StatusError)
       for status in (400, 401, 402, 403, 404, 413, 429, 500, 502, 503, 504, 529)},
    "status 401, streamed": (error(401), read, errors.AuthenticationError),
    "status 429, a day": (error(429, headers={"Retry-After": "86400"}), read, errors.RateLimitError),
    "redirect": (answer(b"", 307, {"Location": "https://example.com"}), send, errors.RedirectedError),
    "reset": ((End.RESET,), send, errors.ConnectionFailedError),
    "reset, streamed": ((End.RESET,), read, errors.ConnectionFailedError),
    "closed": ((End.CLOSE,), send, errors.ConnectionFailedError),
    "silence": ((End.HOLD,), send, errors.DeadlineError),
    "silence, streamed": ((End.HOLD,), read, errors.DeadlineError),
    "no HTTP": ((b"220 smtp ready\r\n\r\n", End.CLOSE), send, errors.ConnectionFailedError),
    "header without end": ((b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000, End.CLOSE), send, errors.ConnectionFailedError),
    "body cut": ((b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", End.CLOSE), send, errors.ConnectionFailedError),
    "HTML": (answer(b"<html>", 200), send, errors.UnreadableReplyError),
    "deep JSON": (answer(b"[" * 100_000, 200), chat, errors.UnreadableReplyError),
    "stream cut off": (stream(CUT), read, errors.TruncatedStreamError),
    "stream reset": (stream(CUT, end=End.RESET), read, errors.TruncatedStreamError),
    "silence in a stream": (stream(CUT, end=End.HOLD), read, errors.TruncatedStreamError),
    "error in a stream": (stream(CUT, OVERLOADED), read, errors.OverloadedError),
    "bad JSON in a stream": (stream(CUT, b"data: {\n\n"), read, errors.UnreadableReplyError),
    "broken gzip": (BROKEN_GZIP, read, errors.UnreadableReplyError),
    "interrupt": (stream(CUT, end=End.HOLD), stop_after_start, KeyboardInterrupt),
    "model of the other": (answer({}), other_model, errors.ProviderConflictError),
    "half an emoji": (answer({}), half_an_emoji, errors.ConfigurationError),
    "closed client": (answer({}), use_after_close, errors.ConfigurationError),
    "bad key": (answer({}), bad_key, errors.ConfigurationError),
    "plain http": (answer({}), plain_http, errors.ConfigurationError),
    "pickle": (answer({}), pickle_it, TypeError),
}  # fmt: skip


@pytest.fixture(params=FAILURES)
def failure(
    request: pytest.FixtureRequest, service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Client, Callable[[Client], None], type[BaseException]]]:
    """Yield a client whose next call fails, the call, and the error's type."""
    played, act, kind = FAILURES[request.param]
    monkeypatch.setattr("caicaini_nb.retry.FIRST_BACKOFF", 0.0)
    service.play(played)
    with dial(service, timeout=0.1) as client:
        yield client, act, kind


Failure = tuple[Client, Callable[[Client], None], type[BaseException]]


def chain(raised: BaseException) -> Iterator[BaseException]:
    """Every exception that a report could print."""
    pending: list[BaseException | None] = [raised]
    while pending:
        one = pending.pop()
        if one is not None:
            yield one
            pending += [one.__cause__, one.__context__]


def test_enough_failures() -> None:
    assert len(FAILURES) >= 20


def test_tracebacks_with_everything_in_them(failure: Failure, caplog: pytest.LogCaptureFixture) -> None:
    client, act, kind = failure
    caplog.set_level(logging.DEBUG)
    with pytest.raises(kind) as caught:
        act(client)
    raised = caught.value
    for one in chain(raised):
        report = traceback.TracebackException.from_exception(one, capture_locals=True)
        assert not leaks("".join(report.format()))
    assert not leaks(verbose(raised))
    assert not leaks(repr(raised) + str(raised) + repr(vars(raised)) + repr(raised.args))
    assert not leaks("".join(getattr(raised, "_render_traceback_", list)()))
    assert not leaks(caplog.text)
    assert not leaks(walked(raised, 3))
    assert not leaks(pickled(raised))
    assert not leaks(b"".join(file.read_bytes() for file in client.ledger.path.parent.glob("ledger.db*")))


def verbose(raised: BaseException) -> str:
    """What IPython prints in its most talkative mode, our own rendering passed by."""
    formatter = VerboseTB(theme_name="nocolor", include_vars=True, long_header=False)
    return str(formatter.text(type(raised), raised, raised.__traceback__))


def pickled(value: object) -> bytes:
    try:
        return pickle.dumps(value)
    except (TypeError, AttributeError, pickle.PicklingError) as refused:
        return str(refused).encode()


def copied(value: object) -> str:
    try:
        return walked(copy.deepcopy(value), 3)
    except TypeError as refused:
        return str(refused)


def walked(value: object, levels: int) -> str:
    """The value's text, and that of what its attributes hold, so many levels down."""
    shown = repr(value)
    if levels == 0:
        return shown
    inner = dict(getattr(value, "__dict__", {}))
    inner.update({name: getattr(value, name, None) for name in getattr(type(value), "__slots__", ())})
    if isinstance(value, dict):
        inner.update(value)
    return shown + "".join(walked(item, levels - 1) for item in inner.values())


@pytest.fixture(scope="module")
def shell() -> Iterator[Any]:
    settings = Settings()
    settings.HistoryManager.enabled = False
    settings.InteractiveShell.colors = "nocolor"  # a colour in the middle would hide a leak from the search
    make: Any = InteractiveShell  # IPython's own methods are not typed
    made = make(config=settings)
    yield made
    made.reset()


@pytest.mark.parametrize("mode", ["Verbose", "Context", "Plain", "Minimal"])
@pytest.mark.parametrize("ours", [True, False], ids=["our rendering", "IPython's own"])
def test_in_a_cell(failure: Failure, shell: Any, mode: str, ours: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    client, act, kind = failure
    if not ours:
        monkeypatch.delattr(errors.CaicainiError, "_render_traceback_")
        monkeypatch.delattr(errors.Interrupted, "_render_traceback_")
    shell.run_line_magic("xmode", mode)
    shell.push({"client": client, "act": act})
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        result = shell.run_cell("answer = act(client)\n")
    raised = result.error_in_exec
    printed = re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue() + err.getvalue())
    assert isinstance(raised, kind)
    assert type(raised).__name__ in printed
    if mode == "Verbose" and not ours and kind is not TypeError:
        assert "client = " in printed  # variables are shown indeed
    assert not leaks(printed)
    shell.user_ns.clear()
    sys.last_traceback = None


def test_objects(service: FakeService) -> None:
    service.play(answer(MESSAGES_PLAIN), frames(MESSAGES_TEXT), stream(CUT))
    with dial(service) as client:
        reply = client.send("hi")
        done = client.stream("hi")
        list(done)
        under_way = client.stream("hi")
        next(under_way)
        config = client._transport.config
        arrival: Any = done._arrival
        holders = (client, reply, done, under_way, config, client._transport, client.ledger, arrival.call)
        for holder in (*holders, arrival.response, client.ledger.entries()):
            assert not leaks(repr(holder) + str(holder) + f"{holder}")
            assert not leaks(walked(holder, 3)), holder
            assert not leaks(pickled(holder)), holder
            assert not leaks(copied(holder)), holder
        assert KEY[:12] in repr(client)
        under_way.close()


def test_logs_and_warnings(service: FakeService, caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    caplog.set_level(logging.DEBUG)
    service.play(answer(MESSAGES_PLAIN), frames(MESSAGES_TEXT))
    with warnings.catch_warnings(record=True) as warned, dial(service) as client:
        warnings.simplefilter("always")
        client.send("hi")
        read(client)
    assert "send_request_headers" in caplog.text  # httpcore tells what it does
    assert not leaks(caplog.text)
    assert not any(leaks(str(warning.message)) for warning in warned)
    assert service.received[0].headers["authorization"] == f"Bearer {KEY}"  # the key was on its way indeed
