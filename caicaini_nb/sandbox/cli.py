"""`caicaini sandbox …`: run a sandbox in the foreground, and do what the hosted dashboard does.

`status`, `stop`, `keys` and `top-up` speak to the user's shared process; they never start one. Without
`--account` they mean the account used last.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from caicaini_nb.sandbox import process
from caicaini_nb.sandbox.control import SandboxEndedError
from caicaini_nb.sandbox.process import Options, Runtime

__all__ = ["run"]


def run(argv: list[str]) -> int:
    """Run the sub-command; returns the exit status."""
    arguments = _parser().parse_args(argv)
    try:
        return int(ACTIONS[arguments.action](arguments))
    except KeyboardInterrupt:
        return 0
    except (OSError, ValueError, SandboxEndedError) as error:
        print(error, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="caicaini sandbox", description="A local stand-in for both APIs.")
    parser.add_argument("--port", type=int, default=0, help="port to listen on (default: any free one)")
    parser.add_argument("--key", help="sandbox key of the account to open (default: a new one)")
    parser.add_argument("--fresh", action="store_true", help="discard earlier accounts first")
    parser.add_argument("--engine", help="auto (rules where they can compute, else a model), rules or model")
    parser.add_argument("--model", help="model of the engine: smollm2, a pulled name, or the path of a GGUF file")
    parser.add_argument("--documented-only", action="store_true", help="answer undocumented fields with 400")
    parser.add_argument("--pace", type=float, default=0.0, help="seconds a token in streams")
    parser.set_defaults(action="serve")
    actions = parser.add_subparsers(title="actions, instead of serving")
    for name, text in (("status", "say whether the shared sandbox runs"), ("stop", "end the shared sandbox")):
        actions.add_parser(name, help=text).set_defaults(action=name)
    pull = actions.add_parser("pull", help="download a model's official file and check it")
    pull.set_defaults(action="pull")
    pull.add_argument("name", help="such as qwen2.5-coder-0.5b")
    keys = actions.add_parser("keys", help="mint, list or revoke keys")
    keys.set_defaults(action="keys")
    keys.add_argument("what", choices=("mint", "list", "revoke"))
    keys.add_argument("name", nargs="?", help="key, key id or prefix to revoke")
    top_up = actions.add_parser("top-up", help="add credits")
    top_up.set_defaults(action="top-up")
    top_up.add_argument("--usd", required=True, help="dollars, 10 to 10000")
    for sub in (keys, top_up):
        sub.add_argument("--account", help="account id (default: the one used last)")
    return parser


def _serve(arguments: argparse.Namespace) -> int:
    """Serve in the foreground as the user's shared sandbox, until interrupted."""
    running = process.find()
    if running is not None:
        raise ValueError(f"A sandbox runs at {running.bases[0]}: use it, or end it with `caicaini sandbox stop`.")
    from caicaini_nb.sandbox import server

    folder: Path = process.home()
    engine, model = process.selected(arguments.engine, arguments.model)
    options = Options(str(folder), "shared", arguments.port, engine, model, idle_minutes=0, fresh=arguments.fresh)
    opening = {"key": arguments.key, "documented_only": arguments.documented_only, "pace": arguments.pace}
    server.run(options, lambda runtime: _introduce_later(runtime, opening), exact_port=arguments.port != 0)
    return 0


def _introduce_later(runtime: Runtime, opening: dict[str, Any]) -> None:
    """Open the account from a thread, as the server that answers the call runs in this one."""
    import threading

    def introduce() -> None:
        try:
            opened = runtime.control.call("POST", "accounts", opening)
        except (ValueError, SandboxEndedError) as error:
            print(error, file=sys.stderr, flush=True)
            runtime.control.call("POST", "stop", {})
            return
        print(f"Sandbox (engine {runtime.engine}), not the hosted service. Press Ctrl-C to end it.")
        print(f"CAICAINI_BASE={runtime.bases[0]}")
        print(f"CAILAG_BASE={runtime.bases[1]}")
        print(f"key (for both): {opened['key']}", flush=True)

    threading.Thread(target=introduce, daemon=True).start()


def _status(arguments: argparse.Namespace) -> int:
    runtime = process.find()
    if runtime is None:
        print("No shared sandbox runs.")
        return 1
    accounts = runtime.control.call("GET", "accounts")["accounts"]
    print(f"Sandbox (engine {runtime.engine}), process {runtime.pid}, {len(accounts)} accounts")
    print("\n".join(runtime.bases))
    trouble = runtime.control.call("GET", "engine")["trouble"]
    if trouble:
        print(f"Only the rules engine answers. {trouble}")
    return 0


def _stop(arguments: argparse.Namespace) -> int:
    _running().control.call("POST", "stop", {})
    print("The sandbox ends; its accounts are kept.")
    return 0


def _keys(arguments: argparse.Namespace) -> int:
    if arguments.what == "mint":
        print(_act(arguments, "mint-key")["key"])
    elif arguments.what == "revoke":
        _act(arguments, "revoke-key", key=arguments.name or "")
        print("Revoked.")
    else:
        for key in _act(arguments, "keys")["keys"]:
            print(f"{key['id']}  {key['prefix']}…  {'revoked' if key['revoked'] else 'valid'}")
    return 0


def _top_up(arguments: argparse.Namespace) -> int:
    added = _act(arguments, "top-up", usd=arguments.usd)["credits"]
    balance = _act(arguments, "state")["credits"]
    print(f"{added} credits added, {balance} in all.")
    return 0


def _pull(arguments: argparse.Namespace) -> int:
    """Download a model; the sandbox need not run."""
    from caicaini_nb.sandbox.model.pull import pull, release_of

    path = pull(release_of(arguments.name), process.models(), print)
    print(
        f"{path}\nUse it with `caicaini sandbox --model {arguments.name}`, or CAICAINI_SANDBOX_MODEL={arguments.name}."
    )
    return 0


def _running() -> Runtime:
    runtime = process.find()
    if runtime is None:
        raise ValueError("No shared sandbox runs: start one with `caicaini sandbox`, or in a notebook.")
    return runtime


def _act(arguments: argparse.Namespace, action: str, **values: Any) -> Any:
    runtime = _running()
    account = arguments.account
    if account is None:
        accounts = runtime.control.call("GET", "accounts")["accounts"]
        if not accounts:
            raise ValueError("The sandbox has no account yet: open one with `caicaini sandbox`, or in a notebook.")
        account = accounts[0]
    return runtime.control.call("POST", f"accounts/{account}/{action}", values)


ACTIONS = {"keys": _keys, "pull": _pull, "serve": _serve, "status": _status, "stop": _stop, "top-up": _top_up}
