"""`%%caicaini` and `%caicaini`, as thin as they can be: parse, run, bind. Nothing else is loaded until one is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from IPython.core.magic import Magics, cell_magic, line_magic, magics_class, no_var_expand

if TYPE_CHECKING:
    from IPython.core.completer import CompletionContext, SimpleMatcherResult
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

        %%caicaini? lists every option.
        """
        from .cell import run, screen_for
        from .first_line.options import parse

        options, shell = parse(line), cast("InteractiveShell", self.shell)
        reply = run(self.session, options, cell, shell.user_ns, screen_for(shell, options))
        if options.out:
            shell.user_ns[options.out] = reply

    @no_var_expand
    @line_magic("caicaini")  # type: ignore[arg-type]
    def line(self, line: str) -> Any:
        """Show where answers come from, your calls, what they cost; %caicaini? lists every verb."""
        from .verbs import run_verb

        return run_verb(self.session, line)


def _cell_manual() -> str:
    from .first_line.manual import cell_manual

    return cell_manual()


def _line_manual() -> str:
    from .first_line.manual import line_manual

    return line_manual()


# `%%caicaini?` asks an object for its getdoc() first, and the tables are not read before.
vars(CaicainiMagics)["cell"].getdoc = _cell_manual
vars(CaicainiMagics)["line"].getdoc = _line_manual


def register(shell: InteractiveShell) -> None:
    """Add the magics to a shell, and Tab on their lines; loading the extension again keeps the session."""
    if "caicaini" not in shell.magics_manager.magics["cell"]:
        shell.register_magics(CaicainiMagics)
        shell.Completer.custom_matchers.append(_matcher(shell))


def _matcher(shell: InteractiveShell) -> Any:
    """Asked at every Tab: what completes is loaded for a cell of ours only."""

    def caicaini(context: CompletionContext) -> SimpleMatcherResult:
        if "%caicaini" not in context.full_text:
            return {"completions": []}
        from .first_line.completion import complete

        magics = shell.magics_manager.registry["CaicainiMagics"]
        return complete(context, shell, magics._session)

    caicaini.matcher_api_version = 2  # type: ignore[attr-defined]
    caicaini.matcher_priority = 100  # type: ignore[attr-defined]  # before Python's own names
    caicaini.matcher_identifier = "caicaini_nb"  # type: ignore[attr-defined]
    return caicaini
