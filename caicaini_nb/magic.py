"""`%%caicaini` and `%caicaini`, as thin as they can be: parse, run, bind. Nothing else is loaded until one is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from IPython.core.magic import Magics, cell_magic, line_magic, magics_class, no_var_expand

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from .session import Session

__all__ = ["CaicainiMagics", "register"]


@magics_class
class CaicainiMagics(Magics):
    """The magics of one shell and the session they share."""

    _session: Session | None = None

    @property
    def session(self) -> Session:
        """Made at first use: it opens the ledger."""
        if self._session is None:
            from .session import Session

            self._session = Session()
        return self._session

    @no_var_expand
    @cell_magic("caicaini")  # type: ignore[arg-type]  # IPython types it for functions, not for methods
    def cell(self, line: str, cell: str) -> None:
        """Send the cell as a prompt and show the answer as it comes, with what it cost.

        %%caicaini [--model ID] [--max-tokens N] [--system TEXT] [--temperature X] [--surface NAME]
                   [--provider NAME] [--chat NAME] [--out NAME] [--no-stream]

        {{expr}} in the prompt or in --system is replaced by the value of that Python expression.
        Example:

            %%caicaini --model caicaini/sonnet --out answer
            What is 17 * 23?
        """
        from .cell import run, screen_for
        from .options import parse

        options, shell = parse(line), cast("InteractiveShell", self.shell)
        reply = run(self.session, options, cell, shell.user_ns, screen_for(shell, options))
        if options.out:
            shell.user_ns[options.out] = reply

    @no_var_expand
    @line_magic("caicaini")  # type: ignore[arg-type]
    def line(self, line: str) -> Any:
        """%caicaini status | models | account | ledger | key | help"""
        from .verbs import run_verb

        return run_verb(self.session, line)


def register(shell: InteractiveShell) -> None:
    """Add the magics to a shell; loading the extension again keeps the session."""
    if "caicaini" not in shell.magics_manager.magics["cell"]:
        shell.register_magics(CaicainiMagics)
