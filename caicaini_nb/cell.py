"""Runs one `%%caicaini` cell: prompt in, answer shown, reply bound. What the magic does, without the magic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from .client import Client
from .config import plain
from .display.render import NotebookScreen, PlainScreen, Screen, TerminalScreen
from .errors import CaicainiError, ConfigurationError, Interrupted
from .events import Event, Text, Thinking, ToolInput
from .first_line.named import named_images, named_rows, named_schema, named_tools
from .first_line.options import Options, call_arguments
from .interpolation import interpolate
from .interrupts import held
from .reply import Reply
from .request import Prompt
from .session import Session, choose_provider
from .tools.tool import ROUNDS, ToolRun

if TYPE_CHECKING:
    from .asked import Asked
    from .chat import Chat
    from .stream import Stream

__all__ = ["run", "screen_for"]


def run(session: Session, options: Options, prompt: str, names: Mapping[str, Any], screen: Screen) -> Any:
    """Ask what the cell asks, show the answer on `screen`, and return what `--out` binds.

    That is the `Reply`, with `--compare` a DataFrame, with `--map` the `Job`, with `--dry-run` the `Preview`. Raises a
    `CaicainiError` or `Interrupted`; what had arrived is on the screen and in the error's `reply`.
    """
    options = _interpolated(options, names)
    if options.map is not None:
        return _mapped(session, options, prompt, names, screen)
    _refuse(options, "map", ("job", "limit"), needed=True)
    text = interpolate(prompt, names).strip()
    if not text:
        raise ConfigurationError("The cell has no prompt", action="Write it below the %%caicaini line.")
    asked = _asked(options, names)
    if options.compare is not None:
        return _compare(session, options, text, asked, screen)
    client = _asker(session, options)
    if options.dry_run:
        preview = client.preview(text, stream=not options.no_stream, **asked)
        screen.show(preview)
        return preview
    return _show(_Question(client, text, asked, options, screen), screen)


def _asker(session: Session, options: Options) -> Client | Chat:
    """Whom the cell asks: a client, or a conversation with it, which keeps what is said."""
    client = session.client(choose_provider(options.model, options.provider))
    if options.chat is None:
        return client
    from .chat import Chat  # only a conversation needs it

    return Chat(client, options.chat, session.conversation(options.chat))


def screen_for(shell: Any, options: Options) -> Screen:
    """The screen that fits where this runs: plain by request, a notebook's, or a terminal's."""
    if plain():
        return PlainScreen(shell.display_pub, steady=True)
    if not hasattr(shell, "kernel"):
        return TerminalScreen()
    return PlainScreen(shell.display_pub, steady=False) if options.no_stream else NotebookScreen(shell.display_pub)


def _asked(options: Options, names: Mapping[str, Any]) -> Asked:
    """The options as arguments of a call, with the values of the variables they name."""
    asked: dict[str, Any] = call_arguments(options)
    given = {
        "system": options.system,
        "images": named_images(options.image, names) or None,
        "tools": None if options.tools is None else named_tools(options.tools, names),
        "schema": None if options.schema is None else named_schema(options.schema, names),
        "cache": True if options.cache else None,
    }
    asked |= {name: value for name, value in given.items() if value is not None}
    return asked  # type: ignore[return-value]  # its names are those of Options, which a test compares


def _compare(session: Session, options: Options, prompt: str, asked: Asked, screen: Screen) -> Any:
    from .comparison.compare import compare  # only a comparison needs it

    _refuse(options, "compare", ("model", "chat", "dry_run", "tools"))
    models = str(options.compare).replace(",", " ").split()
    try:
        comparison = compare(prompt, models, client_for=session.client, on_update=screen.update, **asked)
    except Interrupted as stopped:
        screen.show(stopped.reply)
        raise
    screen.show(comparison)
    return comparison.frame()


def _mapped(session: Session, options: Options, template: str, names: Mapping[str, Any], screen: Screen) -> Any:
    """A job over the rows that --map names; it goes on beside the kernel, or where nobody watches, is waited for."""
    from . import bulk  # only a job needs it

    _refuse(options, "map", ("chat", "compare", "image", "cache", "no_stream", "rounds"))
    client = session.client(choose_provider(options.model, options.provider))
    asked: dict[str, Any] = {**_asked(options, names)}
    votes = asked.pop("n", 1)
    job = bulk.run(
        named_rows(str(options.map), names), template.strip(), client=client, job=options.job or str(options.map),
        limit=options.limit, n=votes, names=names, dry_run=options.dry_run, **asked,
    )  # fmt: skip
    if plain() and not options.dry_run:
        job.result()
        screen.show(job)
    return job


def _refuse(options: Options, one: str, others: tuple[str, ...], *, needed: bool = False) -> None:
    """Raises where options stand together that exclude each other, or one without that which it belongs to."""
    found = next((name.replace("_", "-") for name in others if getattr(options, name)), None)
    if found is None:
        return
    if needed:
        raise ConfigurationError(f"--{found} belongs to --{one}", action=f"Add --{one}, or leave it out.")
    raise ConfigurationError(f"--{one} and --{found} exclude each other", action="Leave one of them out.")


def _show(question: _Question, screen: Screen) -> Reply:
    """Ask and show. Stopped between any two steps, what had arrived is shown with its receipt, and nothing goes on."""
    failure: CaicainiError | Interrupted
    try:
        reply = question.reply()
        with held():
            question.is_shown = True
            screen.done(reply)
        return reply
    except (CaicainiError, Interrupted) as error:
        failure = error
    except KeyboardInterrupt:
        failure = Interrupted(question.kept())
    if not question.is_shown:
        with held():
            _show_failure(screen, failure)
    raise failure


def _show_failure(screen: Screen, failure: CaicainiError | Interrupted) -> None:
    finished = failure.reply is not None and failure.reply.complete
    if finished and isinstance(failure, Interrupted):  # stopped after the end: nothing is missing
        screen.done(failure.reply)
    else:
        screen.failed(failure.reply, _why(failure))


class _Question:
    """A question that was asked, and the stream that answers it, so that its text is not lost with a frame."""

    def __init__(self, client: Client | Chat, prompt: Prompt, asked: Asked, options: Options, screen: Screen) -> None:
        self._client, self._prompt, self._options, self._screen = client, prompt, options, screen
        self._asked = asked
        asked["on_wait"] = screen.waiting
        self._stream: Stream | None = None
        self.is_shown = False

    def reply(self) -> Reply:
        if self._options.tools is not None:
            return self._with_tools()
        if self._options.no_stream:
            reply = self._client.send(self._prompt, **self._asked)
            if isinstance(self._screen, TerminalScreen):
                self._screen.text(reply.text)
            return reply
        write = _writer(self._screen, data=self._options.schema is not None)
        with self._client.stream(self._prompt, **self._asked) as self._stream:
            for event in self._stream:
                write(event)
        return self._stream.reply

    def kept(self) -> Reply | None:
        """What has arrived; the stream is over then."""
        if self._stream is None:
            return None
        self._stream.close()
        return self._stream.reply

    def _with_tools(self) -> Reply:
        rounds = ROUNDS if self._options.rounds is None else self._options.rounds
        on_event = None if self._options.no_stream else _writer(self._screen, data=False)
        return self._client.run_tools(self._prompt, rounds=rounds, on_event=on_event, **self._asked)


def _writer(screen: Screen, *, data: bool) -> Any:
    """Writes each event where it is shown; with `data` the answer is JSON, as text or as a tool's arguments."""
    write: dict[type, Any] = {
        Text: lambda event: (screen.data if data else screen.text)(event.text),
        Thinking: lambda event: screen.thinking(event.text),
        ToolRun: screen.run,
    }
    if data:
        write[ToolInput] = lambda event: screen.data(event.partial_json)

    def on_event(event: Event | ToolRun) -> None:
        if getattr(event, "choice", 0) == 0 and (writer := write.get(type(event))):
            writer(event)

    return on_event


def _interpolated(options: Options, names: Mapping[str, Any]) -> Options:
    system = options.system
    return options if system is None else replace(options, system=interpolate(system, names))


def _why(error: BaseException) -> str:
    if isinstance(error, CaicainiError) and error.reply is not None and error.reply.complete:
        return f"{type(error).__name__}: {error.cause}."
    return f"{type(error).__name__}: the answer ends here, incomplete."
