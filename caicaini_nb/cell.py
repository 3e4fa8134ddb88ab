"""Runs one `%%caicaini` cell: prompt in, answer shown, reply bound. What the magic does, without the magic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

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
    try:
        reply = _ask(client, prompt, options, screen)
    except (CaicainiError, Interrupted) as error:
        with held():
            screen.failed(error.reply, _why(error))
        raise
    with held():
        screen.done(reply)
    return reply


def _ask(client: Client, prompt: Prompt, options: Options, screen: Screen) -> Reply:
    fields = request_fields(options)
    if options.no_stream:
        reply = client.send(prompt, system=options.system, on_wait=screen.waiting, **fields)
        if isinstance(screen, TerminalScreen):
            screen.text(reply.text)
        return reply
    with client.stream(prompt, system=options.system, on_wait=screen.waiting, **fields) as stream:
        for text in stream.texts():
            screen.text(text)
    return stream.reply


def _interpolated(options: Options, names: Mapping[str, Any]) -> Options:
    system = options.system
    return options if system is None else replace(options, system=interpolate(system, names))


def _why(error: BaseException) -> str:
    return f"{type(error).__name__}: the answer ends here, incomplete."
