"""A real kernel to measure in: what a cell sends, when, how many bytes, and what the kernel says of itself."""

from __future__ import annotations

import ast
import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

__all__ = ["Kernel", "Output", "kernel"]

ROOT = Path(__file__).parents[2]
TIMEOUT = 60


@dataclass(frozen=True)
class Output:
    """One message a cell sent: its type, when it was seen (`time.monotonic`), its bytes on the wire, its content."""

    kind: str
    at: float
    size: int
    content: Mapping[str, Any]

    @property
    def is_shown(self) -> bool:
        """Whether a reader sees it: anything but the kernel's own busy, idle and input."""
        return self.kind not in ("status", "execute_input")

    @property
    def text(self) -> str:
        """What it says, in every form it has."""
        forms = [self.content.get("text"), *self.content.get("data", {}).values()]
        return "\n".join(form for form in forms if isinstance(form, str))


class Kernel:
    """Runs cells one after the other; a cell that fails raises here."""

    def __init__(self, client: BlockingKernelClient) -> None:
        self._client = client

    def run(self, cell: str) -> Sequence[Output]:
        """Run a cell to its end; everything it sent."""
        request = self._client.execute(cell)
        outputs = []
        while True:
            output, parent = self._next()
            if parent != request:
                continue
            outputs.append(output)
            if output.kind == "error":
                raise RuntimeError(f"{output.content['ename']}: {output.content['evalue']}")
            if output.kind == "status" and output.content["execution_state"] == "idle":
                return outputs

    def value(self, expression: str) -> Any:
        """The value of an expression in the kernel, by its repr: literals only."""
        reply = self._client.execute("", user_expressions={"value": expression}, reply=True, timeout=TIMEOUT)
        found = reply["content"]["user_expressions"]["value"]
        if found["status"] != "ok":
            raise RuntimeError(f"{found['ename']}: {found['evalue']}")
        return ast.literal_eval(found["data"]["text/plain"])

    def resident_mib(self) -> float:
        """The memory the kernel's process holds now."""
        pid = self.value("__import__('os').getpid()")
        return float(psutil.Process(pid).memory_info().rss / 2**20)

    def _next(self) -> tuple[Output, str]:
        socket = self._client.iopub_channel.socket
        if not socket.poll(TIMEOUT * 1000):
            raise TimeoutError(f"The kernel was silent for {TIMEOUT} s")
        frames = socket.recv_multipart()
        at = time.monotonic()
        session = self._client.session
        message = session.deserialize(session.feed_identities(frames)[1])
        output = Output(message["msg_type"], at, sum(map(len, frames)), message["content"])
        return output, message["parent_header"].get("msg_id", "")


@contextmanager
def kernel(folder: Path, interpreter: Path | None = None, /, **environment: str) -> Iterator[Kernel]:
    """Start a kernel that has settled, with its files in `folder` and these variables set.

    Another interpreter brings an environment of its own: it finds nothing of this checkout.
    """
    manager = KernelManager()
    settings = {**os.environ, "IPYTHONDIR": str(folder / "ipython"), "CAICAINI_LEDGER": str(folder / "kernel.sqlite")}
    if interpreter is None:
        settings["PYTHONPATH"] = os.pathsep.join([str(ROOT), str(folder)])
    else:
        assert manager.kernel_spec is not None
        manager.kernel_spec.argv = [str(interpreter), *manager.kernel_spec.argv[1:]]
        # Its modules were compiled where they are when it was installed.
        for name in ("PYTHONPATH", "PYTHONPYCACHEPREFIX"):
            settings.pop(name, None)
    manager.start_kernel(env=settings | environment, cwd=str(folder), stderr=subprocess.DEVNULL)
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=TIMEOUT)
        running = Kernel(client)
        running.run("pass")
        yield running
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
