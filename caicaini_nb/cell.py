"""Runs one `%%caicaini` cell: prompt in, answer shown, reply bound. What the magic does, without the magic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from .client import Client
from .config import plain
from .errors import CaicainiError, ConfigurationError, Interrupted
from .interpolation import interpolate
from .interrupts import held
from .options import Options, request_fields
from .place import here
from .render import NotebookScreen, PlainScreen, Screen, TerminalScreen
from .reply import Reply
from .request import Prompt
from .session import Session, choose_provider

if TYPE_CHECKING:
    from .stream import Stream

__all__ = ["run", "screen_for"]


def run(session: Session, options: Options, prompt: str, names: Mapping[str, Any], screen: Screen) -> Reply:
    """Ask what the cell asks and show the answer on `screen`.

    Raises a `CaicainiError` or `Interrupted`; what had arrived is on the screen and in the error's `reply`.
    """
    options = _interpolated(options, names)
    text = interpolate(prompt, names).strip()
    if not text:
        raise ConfigurationError("The cell has no prompt", action="Write it below the %%caicaini line.")
    client = session.client(choose_provider(options.model, options.provider))
    cell = here().cell
    chat = session.conversation(options.chat) if options.chat else None
    reply = _show(client, chat.messages(text, cell) if chat else text, options, screen)
    if chat:
        chat.record(text, reply.text, cell)
    return reply


def screen_for(shell: Any, options: Options) -> Screen:
    """The screen that fits where this runs: plain by request, a notebook's, or a terminal's."""
    if plain():
        return PlainScreen(shell.display_pub, steady=True)
    if not hasattr(shell, "kernel"):
        return TerminalScreen()
    return PlainScreen(shell.display_pub, steady=False) if options.no_stream else NotebookScreen(shell.display_pub)


def _show(client: Client, prompt: Prompt, options: Options, screen: Screen) -> Reply:
    """Ask and show. Stopped between any two steps, what had arrived is shown with its receipt, and nothing goes on."""
    asked = _Asked(client, prompt, options, screen)
    failure: CaicainiError | Interrupted
    try:
        reply = asked.reply()
        with held():
            asked.is_shown = True
            screen.done(reply)
        return reply
    except (CaicainiError, Interrupted) as error:
        failure = error
    except KeyboardInterrupt:
        failure = Interrupted(asked.kept())
    if not asked.is_shown:
        with held():
            _show_failure(screen, failure)
    raise failure


def _show_failure(screen: Screen, failure: CaicainiError | Interrupted) -> None:
    if failure.reply is not None and failure.reply.complete:  # stopped after the end: nothing is missing
        screen.done(failure.reply)
    else:
        screen.failed(failure.reply, _why(failure))


class _Asked:
    """A question that was asked, and the stream that answers it, so that its text is not lost with a frame."""

    def __init__(self, client: Client, prompt: Prompt, options: Options, screen: Screen) -> None:
        self._client, self._prompt, self._options, self._screen = client, prompt, options, screen
        self._stream: Stream | None = None
        self.is_shown = False

    def reply(self) -> Reply:
        screen, system, fields = self._screen, self._options.system, request_fields(self._options)
        if self._options.no_stream:
            reply = self._client.send(self._prompt, system=system, on_wait=screen.waiting, **fields)
            if isinstance(screen, TerminalScreen):
                screen.text(reply.text)
            return reply
        with self._client.stream(self._prompt, system=system, on_wait=screen.waiting, **fields) as self._stream:
            for text in self._stream.texts():
                screen.text(text)
        return self._stream.reply

    def kept(self) -> Reply | None:
        """What has arrived; the stream is over then."""
        if self._stream is None:
            return None
        self._stream.close()
        return self._stream.reply


def _interpolated(options: Options, names: Mapping[str, Any]) -> Options:
    system = options.system
    return options if system is None else replace(options, system=interpolate(system, names))


def _why(error: BaseException) -> str:
    return f"{type(error).__name__}: the answer ends here, incomplete."
