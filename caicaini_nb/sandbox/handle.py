"""`Sandbox`: the object that holds one account in a sandbox process, and the process itself when it is private.

Standard library only, so that importing it stays cheap. It never shows its key: `repr`, `vars` and pickles
give the first 12 characters at most; `api_key` reveals it.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any

from caicaini_nb.sandbox import process
from caicaini_nb.sandbox.control import SandboxEndedError
from caicaini_nb.sandbox.keys import HiddenKey, is_sandbox_key
from caicaini_nb.sandbox.process import Options, Runtime

__all__ = ["Faults", "Sandbox"]


class Faults:
    """A planned fault; leaving the `with` clears what is left of it."""

    def __init__(self, sandbox: Sandbox, identity: int, kind: str) -> None:
        self._sandbox = sandbox
        self._identity = identity
        self.kind = kind

    def clear(self) -> None:
        """Take the fault back; harmless when it is used up."""
        self._sandbox._account("clear-faults", fault=self._identity)

    def __enter__(self) -> Faults:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.clear()
        except SandboxEndedError:
            return  # faults do not outlive their process

    def __repr__(self) -> str:
        return f"<Faults {self.kind!r} in {self._sandbox.account_id}>"


class Sandbox:
    """One account in a sandbox process: base URLs, a key, and what the hosted dashboard would let you do.

    `with Sandbox(fresh=True) as s:` starts a process of its own, whose state is discarded at exit. Without
    `fresh`, state stays in `folder` (default: `private` in the sandbox's home) and `key` finds its account again.
    `pace` is seconds a token; `idle_minutes` 0 keeps the process until it is closed. `engine` is `auto`, `rules` or
    `model`; `model` a name such as `smollm2` or the path of a GGUF chat model. The environment names what is left out.
    """

    def __init__(
        self,
        *,
        fresh: bool = False,
        port: int = 0,
        key: str | None = None,
        documented_only: bool = False,
        pace: float = 0.0,
        engine: str | None = None,
        model: str | None = None,
        idle_minutes: float = 30,
        folder: Path | None = None,
    ) -> None:
        if key is not None and not is_sandbox_key(key):
            raise ValueError("A sandbox key is cai_api_sbx_ and 28 URL-safe characters: pass such a key, or none.")
        self._fresh = fresh
        self._port = port
        self._key = None if key is None else HiddenKey(key)
        self._settings: dict[str, Any] = {"documented_only": documented_only, "pace": pace}
        self._engine, self._model = process.selected(engine, model)
        self._idle_minutes = idle_minutes
        self._folder = folder
        self._temporary: Path | None = None
        self._shared = False
        self._runtime: Runtime | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._account_id = ""

    @classmethod
    def shared(cls) -> Sandbox:
        """Open a new account in the user's shared process, which is started when it is not running."""
        sandbox = cls()
        sandbox._shared = True
        return sandbox.start()

    def start(self) -> Sandbox:
        """Start (or find) the process and open the account; harmless when it is open already."""
        if self._runtime is None:
            self._open()
        return self

    def close(self) -> None:
        """End a private process and discard a fresh state; a shared process goes on for the others."""
        if self._process is not None:
            self._end_process(self._process)
            self._process = None
        self._runtime = None
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)
            self._temporary = None

    def __enter__(self) -> Sandbox:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def revive(self) -> str:
        """Start the process again after it ended: same state, account and key, same port if free; returns base_url."""
        if self._runtime is not None and self._runtime.control.is_ours():
            return self.base_url
        if self._process is not None:
            self._end_process(self._process)
            self._process = None
        self._open()
        return self.base_url

    @property
    def base_url(self) -> str:
        """Base URL of the Caicaini surface, `http://127.0.0.1:PORT/v1`."""
        return self._open_runtime.bases[0]

    @property
    def cailag_base_url(self) -> str:
        """Base URL of the cailag surface, `http://127.0.0.1:PORT/cailag/v1`."""
        return self._open_runtime.bases[1]

    @property
    def api_key(self) -> str:
        """The account's key, valid on both surfaces."""
        if self._key is None:
            raise RuntimeError("The sandbox is not started: call start() first.")
        return self._key.reveal()

    @property
    def account_id(self) -> str:
        """The account's id, `acct_…`."""
        return self._account_id

    @property
    def engine(self) -> str:
        """Name of the engine that writes the answers: `rules`, a model's name, or `rules, else` a model's name."""
        return self._open_runtime.engine

    def mint_key(self) -> str:
        """Make one more key for this account."""
        return str(self._account("mint-key")["key"])

    def revoke_key(self, key_or_prefix: str) -> None:
        """Revoke a key, named whole, by its id (`key_…`) or by a prefix that fits one key only."""
        self._account("revoke-key", key=key_or_prefix)

    def keys(self) -> list[dict[str, Any]]:
        """List the account's keys: id, first 12 characters, created, revoked."""
        return list(self._account("keys")["keys"])

    def top_up(self, usd: int | str | Decimal | float) -> int:
        """Add credits at the documented rates, $10–$10,000 in whole cents; returns the credits added."""
        return int(self._account("top-up", usd=str(usd))["credits"])

    def advance(self, minutes: float = 0, seconds: float = 0) -> None:
        """Move the account's clock forward: rate windows, the tier sweep and usage dates follow it."""
        self._account("advance", seconds=minutes * 60 + seconds)

    def balance(self) -> int:
        """Return the account's spendable credits."""
        return int(self._account("state")["credits"])

    def set_tier(
        self,
        tier: str,
        *,
        requests: int | None = None,
        input_tokens: int | None = None,
        streams: int | None = None,
    ) -> None:
        """Put the account on a tier; the figures replace the tier's own (enterprise has none and needs all three)."""
        self._account("tier", tier=tier, requests=requests, input_tokens=input_tokens, streams=streams)

    def set_pace(self, seconds_per_token: float) -> None:
        """Set the streaming pace; 0 is as fast as possible."""
        self._account("settings", pace=seconds_per_token)

    def set_documented_only(self, on: bool) -> None:
        """Answer fields and shapes that the contract does not document with 400."""
        self._account("settings", documented_only=on)

    def faults(
        self,
        kind: str,
        *,
        times: int | None = 1,
        retry_after: str | float | None = None,
        after: int | None = None,
        seconds: float | None = None,
    ) -> Faults:
        """Plan a fault, at once: an error status as text, or `stall`, `reset`, `early_end`, `split_utf8`,
        `stream_error`, `duplicate`, `unknown`, `slow`; `times=None` is until cleared, `after` counts content events.
        """
        text = None if retry_after is None else str(retry_after)
        made = self._account("faults", kind=kind, times=times, retry_after=text, after=after, seconds=seconds)
        return Faults(self, int(made["fault"]), kind)

    def requests(self) -> list[dict[str, Any]]:
        """Return this account's request log, oldest first; no prompts and no keys are in it."""
        return list(self._account("requests")["requests"])

    def __repr__(self) -> str:
        if self._runtime is None:
            return "<Sandbox, not started>"
        return f"<Sandbox {self._runtime.bases[0]} account {self._account_id} key {self._key}>"

    @property
    def _open_runtime(self) -> Runtime:
        if self._runtime is None:
            raise RuntimeError("The sandbox is not started: call start(), or use it in a `with`.")
        return self._runtime

    def _account(self, action: str, **values: Any) -> Any:
        path = f"accounts/{self._account_id}/{action}"
        return self._open_runtime.control.call("POST", path, values)

    def _open(self) -> None:
        runtime = process.shared_runtime(self._engine, self._model) if self._shared else self._start_private()
        self._runtime = runtime
        self._port = runtime.port
        key = None if self._key is None else self._key.reveal()
        opened = runtime.control.call("POST", "accounts", {"key": key, **self._settings})
        self._account_id = str(opened["account_id"])
        self._key = HiddenKey(str(opened["key"]))

    def _start_private(self) -> Runtime:
        options = Options(
            folder=str(self._state_folder()),
            name="private",
            port=self._port,
            engine=self._engine,
            model=self._model,
            idle_minutes=self._idle_minutes,
            fresh=self._fresh and not self._account_id,  # a revived process keeps what it had
            discard=self._temporary is not None,
            watch_parent=True,
        )
        runtime, self._process = process.launch(options)
        return runtime

    def _state_folder(self) -> Path:
        if self._fresh and self._folder is None:
            if self._temporary is None:
                self._temporary = Path(tempfile.mkdtemp(prefix="caicaini-sandbox-"))
            return self._temporary
        folder = self._folder or process.home() / "private"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    def _end_process(self, running: subprocess.Popen[bytes]) -> None:
        """Closing its standard input tells a private process to end; one that does not is killed."""
        assert running.stdin is not None
        running.stdin.close()
        try:
            running.wait(5)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()
