"""`ChatPanel`: talk to a model beside your cells: answers stream in, can be stopped, and say what they cost.

An answer is read in a thread of its own, so that Stop works while it comes and cells can run meanwhile. What the model
writes is shown without raw HTML and without images. What fails or is stopped is shown and not kept, as in any
conversation.
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from ..chat import Chat
from ..config import plain
from ..conversation import Conversation
from ..display.receipt import Receipt
from ..errors import CaicainiError, ConfigurationError, Interrupted
from ..events import Text
from ..interrupts import held
from ..place import running_shell
from .cell_text import cell_text
from .default_client import default_client
from .live import Live
from .markup import Markup, element, joined
from .rendered import rendered
from .twin import Twin

if TYPE_CHECKING:
    from ..call import OnWait
    from ..client import Client
    from ..reply import Reply
    from ..retry import Wait

__all__ = ["ChatPanel"]

INTERVAL = 0.1  # seconds between two paintings of a growing answer
LONG = 1500  # characters: a longer one is painted more rarely, so that bytes a second stay the same


@dataclass
class _Turn:
    """One question and what has come of it."""

    question: str
    pictures: tuple[bytes, ...] = ()
    pieces: list[str] = field(default_factory=list)
    is_stopped: bool = False
    reply: Reply | None = None
    problem: str | None = None

    @property
    def answer(self) -> str:
        return self.reply.text if self.reply is not None else "".join(self.pieces)


class ChatPanel(Live):
    """A conversation with a client, by default `connect()`; `options` are those of `Client.send`, such as `model`."""

    title: ClassVar[str] = "Chat"

    def __init__(self, client: Client | None = None, *, name: str = "panel", **options: Any) -> None:
        super().__init__()
        self.client = default_client(client)
        self._options = options
        self._conversation = Conversation(name)
        self._turns: list[_Turn] = []
        self._asker: Client | None = None
        self._thread: threading.Thread | None = None
        self._parts: dict[str, Any] = {}

    @property
    def chat(self) -> Chat:
        """What was said, to go on with in cells or to export."""
        return Chat(self.client, self._conversation.name, self._conversation)

    @property
    def is_answering(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def send(self, question: str, images: Sequence[bytes] = ()) -> None:
        """Ask; the answer comes into the panel. Raises `ConfigurationError` while another one is coming."""
        if self.is_answering:
            raise ConfigurationError("An answer is under way", action="Wait for its end, or press Stop.")
        if not question.strip():
            raise ConfigurationError("There is no question", action="Write one.")
        turn = _Turn(question, tuple(images))
        self._turns.append(turn)
        self._changed.interval = INTERVAL
        self._asker = self.client.apart()
        context = contextvars.copy_context()  # which cell a ledger row belongs to is kept there
        with held():  # a thread whose start was interrupted cannot be joined
            self._thread = threading.Thread(
                target=context.run, args=(self._answer, turn, self._asker), name="chat panel", daemon=True
            )
            self._thread.start()
        self._changed()

    def stop(self) -> None:
        """End the answer that is coming; what has come stays on screen."""
        if self._asker is not None and self.is_answering:
            self._turns[-1].is_stopped = True  # for a call that waits to be sent again
            self._asker.abort()

    def wait(self, seconds: float | None = None) -> None:
        """Until the answer is all there."""
        if self._thread is not None:
            self._thread.join(seconds)

    def to_cell(self) -> str:
        """Put the last answer's code into a new cell below the one that runs this, and return it.

        An answer without code puts its question there, as a `%%caicaini` cell. Raises `ConfigurationError` where
        nothing was answered.
        """
        text = self._cell_text()
        shell = running_shell()
        if shell is not None:
            shell.set_next_input(text)
        return text

    def close(self) -> None:
        """End it, and the answer that is coming."""
        self.stop()
        super().close()

    def twin(self) -> Twin:
        said = [f"You: {turn.question}\n\n{_answered(turn)}" for turn in self._turns]
        words = "\n\n".join(said) or "Nothing has been said yet."
        shown = joined(map(_shown, self._turns)) if self._turns else element("p", words)
        return Twin(picture=shown, words=words)

    def _build(self) -> list[Any]:
        import ipywidgets

        wide = {"width": "100%", "max_width": "820px"}
        label = {"description_width": "initial"}
        said, growing, problem = (ipywidgets.HTML(layout=wide) for _ in range(3))
        question = ipywidgets.Textarea(description="Message", rows=3, style=label, layout=wide)
        pictures = ipywidgets.FileUpload(accept="image/*", multiple=True, description="Pictures")
        buttons = {
            name: ipywidgets.Button(description=name, layout={"width": "max-content"})
            for name in ("Send", "Stop", "To a cell")
        }
        for name, action in {"Send": self._sent, "Stop": self.stop, "To a cell": self._to_cell}.items():
            buttons[name].on_click(lambda _, action=action: action())
        self._parts = {"said": said, "growing": growing, "problem": problem, "question": question}
        self._parts |= {"pictures": pictures, **buttons, "writer": _writer()}
        row = ipywidgets.HBox([buttons["Send"], buttons["Stop"], pictures, buttons["To a cell"]])
        growing.add_class("growing")
        return [said, growing, question, row, problem, *filter(None, [self._parts["writer"]])]

    def _show(self) -> None:
        parts, is_answering = self._parts, self.is_answering
        whole = self._turns[:-1] if is_answering else self._turns
        said = str(element("div", *map(_shown, whole), role="log", aria_label="Conversation"))
        if parts["said"].value != said:
            parts["said"].value = said
        parts["growing"].value = str(_shown(self._turns[-1])) if is_answering else ""
        parts["Stop"].disabled = not is_answering
        parts["Send"].disabled = is_answering
        parts["To a cell"].disabled = is_answering or not self._turns

    def _paint(self) -> None:
        if not self.is_answering:
            super()._paint()
        elif self._view is not None:
            self._changed.interval = INTERVAL * max(1.0, len(self._turns[-1].answer) / LONG)
            self._show()

    def _answer(self, turn: _Turn, asker: Client) -> None:
        """In a thread of its own."""
        try:
            chat = Chat(asker, self._conversation.name, self._conversation)
            asked = {**self._options, "on_wait": _stopping(turn)}
            asked |= {"images": list(turn.pictures)} if turn.pictures else {}
            with chat.stream(turn.question, **asked) as stream:
                for event in stream:
                    if type(event) is Text and event.choice == 0:
                        turn.pieces.append(event.text)
                        self._changed()
                turn.reply = stream.reply
        except Interrupted as stopped:
            turn.reply, turn.problem = stopped.reply, "Stopped. It is not kept in the conversation."
        except CaicainiError as error:
            turn.reply, turn.problem = error.reply, f"{type(error).__name__}: {error}"
        finally:
            asker.close()
            self._thread = None
            self._changed.now()

    def _sent(self) -> None:
        """The Send button."""
        question, pictures = self._parts["question"], self._parts["pictures"]
        try:
            self.send(question.value, [bytes(item["content"]) for item in pictures.value])
        except ConfigurationError as error:
            self._tell(str(error))
            return
        self._tell("")
        question.value, pictures.value = "", ()

    def _to_cell(self) -> None:
        """The button: the browser puts the text into a new cell, where it can."""
        try:
            text = self._cell_text()
        except ConfigurationError as error:
            self._tell(str(error))
            return
        if (writer := self._parts["writer"]) is not None:
            writer.write(text)
        else:
            self._tell("Run the panel's to_cell() in a cell: it puts the code into the cell below.")

    def _tell(self, text: str) -> None:
        self._parts["problem"].value = str(element("p", text, role="status")) if text else ""

    def _cell_text(self) -> str:
        answered = [turn for turn in self._turns if turn.answer]
        if not answered:
            raise ConfigurationError("There is no answer yet", action="Ask something first.")
        return cell_text(answered[-1].question, answered[-1].answer)


def _stopping(turn: _Turn) -> OnWait:
    """Told while a retry waits: who has stopped need not wait for it to end."""

    def on_wait(wait: Wait, left: float) -> None:
        if turn.is_stopped and left > 0:
            raise Interrupted()

    return on_wait


def _shown(turn: _Turn) -> Markup:
    mine = element("div", element("strong", "You"), element("p", turn.question), class_="turn mine")
    parts = [element("strong", (turn.reply and turn.reply.model) or "Answer"), rendered(turn.answer)]
    parts += [element("p", turn.problem)] if turn.problem else []
    parts += [element("p", _receipt(turn.reply), class_="receipt")] if turn.reply is not None else []
    return joined([mine, element("div", *parts, class_="turn")])


def _receipt(reply: Reply) -> str:
    return Receipt(reply).text(steady=plain())


def _answered(turn: _Turn) -> str:
    receipt = _receipt(turn.reply) if turn.reply is not None else ""
    return "\n".join(filter(None, [turn.answer, turn.problem, receipt])) or "…"


def _writer() -> Any:
    """What writes into a new cell; `None` where anywidget is not installed."""
    try:
        from .cell_writer import CellWriter
    except ImportError:
        return None
    return CellWriter()
