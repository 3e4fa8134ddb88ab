"""Interrupts: held back where something must not be cut in two, and survived at any instant of a call."""

from __future__ import annotations

import gc
import os
import random
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from caicaini_nb import Client, errors
from caicaini_nb.interrupts import held
from tests.conftest import suite
from tests.fake_service import FakeService, answer, dial, stream
from tests.wire.replies import MESSAGES_PLAIN, MESSAGES_TEXT


def interrupt() -> None:
    signal.raise_signal(signal.SIGINT)


def test_held_until_the_end() -> None:
    done = []

    def work() -> None:
        with held():
            interrupt()
            done.append("inside")
        done.append("after")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == ["inside"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_held_twice() -> None:
    done = []

    def work() -> None:
        with held():
            with held():
                interrupt()
                done.append("inner")
            done.append("outer")
        done.append("after")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == ["inner", "outer"]


def test_nothing_came() -> None:
    with held():
        pass
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_error_inside_is_kept() -> None:
    def work() -> None:
        with held():
            interrupt()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_off_the_main_thread_nothing_is_held() -> None:
    seen: list[Any] = []

    def work() -> None:
        with held():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler]


class Armed:
    """Whether a timer may interrupt. A plain attribute: the lock of an Event could be held when the signal comes."""

    now = False


@pytest.fixture
def alarms_interrupt() -> Iterator[None]:
    """Let the timer raise what the kernel's interrupt button raises, through the same handler, while armed.

    Callbacks of the garbage collector rest meanwhile: an interrupt inside one, and hypothesis has one, is lost.
    """

    def alarm(number: int, frame: object) -> None:
        if Armed.now:
            Armed.now = False
            interrupt()

    callbacks, gc.callbacks[:] = gc.callbacks[:], []
    before = signal.signal(signal.SIGALRM, alarm)
    yield
    Armed.now = False
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)
    gc.callbacks[:] = callbacks


@pytest.fixture
def client(service: FakeService) -> Iterator[Client]:
    with dial(service) as connected:
        yield connected


def send(client: Client) -> None:
    client.send("hi")


def read(client: Client) -> None:
    with client.stream("hi") as reading:
        for _ in reading:
            pass


PIECES = [MESSAGES_TEXT[place : place + 100] for place in range(0, len(MESSAGES_TEXT), 100)]
SLOW = {
    send: (0.001, *answer(MESSAGES_PLAIN)),
    read: stream(*(step for piece in PIECES for step in (piece, 0.0003))),
}


def interrupted(act: Callable[[Client], None], client: Client, after: float) -> bool:
    """Whether the call was interrupted before it was over."""
    Armed.now = True
    signal.setitimer(signal.ITIMER_REAL, after)
    try:
        act(client)
    except KeyboardInterrupt:
        return True
    finally:
        Armed.now = False
    return False


# A socket that is cut off between its making and its keeping closes itself, and warns.
@pytest.mark.filterwarnings("ignore:.*unclosed <socket.socket", "ignore:.*<socket.socket fd=")
@pytest.mark.parametrize("act", SLOW, ids=lambda act: act.__name__)
@pytest.mark.usefixtures("alarms_interrupt")
def test_at_any_instant(service: FakeService, client: Client, act: Any, seed: int) -> None:
    """The row is `interrupted` or `ok` and never open, the next call works, no descriptor is lost."""
    choose = random.Random(seed)
    service.play(SLOW[act])
    act(client)
    before = len(os.listdir("/proc/self/fd"))
    stopped = 0
    for _ in range(suite(2000)):
        try:
            stopped += interrupted(act, client, choose.uniform(0.00005, 0.012))
        except KeyboardInterrupt:  # between the call's end and the disarming
            stopped += 1
        assert {row.outcome for row in client.ledger.entries(limit=2)} <= {"interrupted", "ok"}
    signal.setitimer(signal.ITIMER_REAL, 0)
    act(client)
    assert client.ledger.entries(limit=1)[0].outcome == "ok"
    assert stopped > 10
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) <= before + 3


@pytest.mark.usefixtures("alarms_interrupt")
def test_the_text_is_kept(service: FakeService, client: Client) -> None:
    service.play(stream(MESSAGES_TEXT[: MESSAGES_TEXT.index(b"event: content_block_stop")], 5.0))
    Armed.now = True
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    with client.stream("hi") as reading, pytest.raises(errors.Interrupted) as caught:
        list(reading)
    assert caught.value.reply is reading.reply
    assert reading.text == "Grüße 🎈!"
    assert caught.value.__context__ is None
    assert "8 characters" in caught.value._render_traceback_()[0]
    (row,) = client.ledger
    assert (row.outcome, row.credits, row.input_tokens) == ("interrupted", None, 5)
