"""The sandbox's process: binds 127.0.0.1, writes its runtime file, serves, and ends when idle or told to.

It refuses to share a state folder with another process. It runs uvicorn without reload, access log, websockets
and lifespan, so that it starts fast and stays small.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import secrets
import shutil
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from caicaini_nb.sandbox.engines import Choice, resolve
from caicaini_nb.sandbox.keys import HiddenKey
from caicaini_nb.sandbox.lock import FileLock
from caicaini_nb.sandbox.process import CONTROL_VERSION, Options, Runtime, home, models, passive_threads, write_runtime

if TYPE_CHECKING:
    from starlette.types import ASGIApp
    from uvicorn import Config, Server

    from caicaini_nb.sandbox.services import Services

__all__ = ["main", "run"]

KEEP_ALIVE_SECONDS = 600  # longer than clients keep a connection, so that none is closed under a request


def main(text: str) -> None:
    """Run a process as `launch` started it; `text` is its Options as JSON."""
    options = Options(**json.loads(text))
    if options.detach and sys.platform != "win32" and os.fork():
        os._exit(0)  # the starter has no child to wait for: the process belongs to the user, not to one kernel
    try:
        orphaned = run(options, _announce)
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    if orphaned and options.discard:
        shutil.rmtree(options.folder, ignore_errors=True)


def run(options: Options, on_ready: Callable[[Runtime], None], exact_port: bool = False) -> bool:
    """Serve until idle or told to end; says whether the parent let go, OSError when port or folder is taken."""
    folder = Path(options.folder)
    passive_threads()
    choice = resolve(options.engine, options.model, models())
    try:
        lock = FileLock(folder / "state.lock", wait_seconds=2).__enter__()
    except TimeoutError:
        raise OSError(f"Another sandbox uses {folder.name}: end it, or start a fresh one.") from None
    try:
        listening = bind(options.port, exact_port)
        with listening:
            return asyncio.run(_serve(options, choice, listening, on_ready))
    finally:
        lock.release()


def bind(port: int, exact: bool) -> socket.socket:
    """Listen on loopback; a taken port is an OSError when exact, else any free one does."""
    # The protocol is named because asyncio sets TCP_NODELAY only on sockets that name it.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if sys.platform != "win32":
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
    except OSError:
        if exact or not port:
            listening.close()
            raise OSError(f"Port {port} is taken: choose another one, or none.") from None
        listening.bind(("127.0.0.1", 0))
    listening.listen(128)
    return listening


async def _serve(
    options: Options, choice: Choice, listening: socket.socket, on_ready: Callable[[Runtime], None]
) -> bool:
    from uvicorn import Server

    from caicaini_nb.sandbox.app import build
    from caicaini_nb.sandbox.services import Services
    from caicaini_nb.sandbox.store import Store

    runtime = _runtime(options, choice.label, listening.getsockname()[1])
    store = Store(Path(options.folder), options.fresh)
    services = Services(store, runtime.port, runtime.token, choice)
    server = Server(_config(build(services)))
    try:
        if choice.chosen:
            await services.engine()  # a model that was named and does not load ends the start
    except ValueError:
        services.close()
        store.close()
        raise
    write_runtime(runtime)
    on_ready(runtime)
    if options.watch_parent:
        _watch_parent(asyncio.get_running_loop(), services.orphaned, services.stopping)
    watcher = asyncio.create_task(_end_when_due(server, services, options.idle_minutes * 60))
    gc.freeze()  # what is loaded now stays; the collector need not look at it again
    try:
        await server.serve(sockets=[listening])
    finally:
        watcher.cancel()
        services.close()
        store.close()
        if options.name != "shared":
            runtime.path.unlink(missing_ok=True)
    return services.orphaned.is_set()


def _config(app: ASGIApp) -> Config:
    from uvicorn import Config

    from caicaini_nb.sandbox.protocol import SandboxProtocol

    return Config(
        app,
        http=SandboxProtocol,
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=1,
    )


async def _end_when_due(server: Server, services: Services, idle_seconds: float) -> None:
    """End the server once it is told to, or once nothing was asked for the idle time; 0 is never."""
    while not services.stopping.is_set():
        left = idle_seconds - services.idle_seconds() if idle_seconds else 3600.0
        if left <= 0:
            break
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(services.stopping.wait(), left)
    services.stopping.set()  # whoever looks for a sandbox now must not settle in this one
    server.should_exit = True


def _runtime(options: Options, engine: str, port: int) -> Runtime:
    name = "shared" if options.name == "shared" else f"{options.name}-{os.getpid()}"
    base = f"http://127.0.0.1:{port}"
    return Runtime(
        name=name,
        pid=os.getpid(),
        port=port,
        token=HiddenKey(secrets.token_urlsafe(32), shown=""),
        version=CONTROL_VERSION,
        engine=engine,
        asked=options.asked,
        bases=(f"{base}/v1", f"{base}/cailag/v1"),
        path=home() / "runtime" / f"{name}.json",
    )


def _announce(runtime: Runtime) -> None:
    """Tell the starter where the runtime file is, then let go of its pipe."""
    sys.stdout.write(f"{runtime.path}\n")
    sys.stdout.flush()
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.close(silent)


def _watch_parent(loop: asyncio.AbstractEventLoop, *events: asyncio.Event) -> None:
    """End with the parent: its end of our standard input closes when it closes it, or dies."""

    def watch() -> None:
        os.read(0, 1)
        with contextlib.suppress(RuntimeError):  # the loop may have ended first
            for event in events:
                loop.call_soon_threadsafe(event.set)

    threading.Thread(target=watch, name="parent", daemon=True).start()
