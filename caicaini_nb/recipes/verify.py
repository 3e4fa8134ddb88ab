"""A recipe put to the proof: its own files, fed to the real tool, against the sandbox or, *live*, the service itself.

Then each thing that people get wrong is broken on purpose: the run must fail, and with the sentence its table has.
Whatever fails is one sentence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from ..config import PROVIDERS, resolve
from ..errors import ConfigurationError, VerificationError
from ..key import Key
from .choice import Choice, choose
from .environment import Environment, prepare
from .recipe import Recipe
from .trial import NO_KEY, Trial, broken_names, run_trial

if TYPE_CHECKING:
    from ..sandbox import Sandbox

__all__ = ["Seen", "Verified", "verify"]

# What a cause in the table must name for each thing broken, so that the sentence is the right one.
NAMES = {"base": "/v1", "key": "key", "model": "model", "402": "credit", "429": "request"}


class Seen(msgspec.Struct, frozen=True, order=True):
    """Requests of one kind in the sandbox's own log: how many, and how many of them streamed."""

    method: str
    path: str
    status: int
    times: int
    streamed: int


class Verified(msgspec.Struct, frozen=True):
    """What a verification found. `undocumented` is what the tool relies on beyond the documented contract."""

    tool: str
    version: str | None
    seconds: float
    ran: Mapping[str, Sequence[str]]
    broken: Sequence[str] = ()
    seen: Sequence[Seen] = ()
    undocumented: Sequence[str] = ()
    live: bool = False


Tell = Callable[[str], None]


def verify(recipe: Recipe, *, live: bool = False, breaks: bool = True, tell: Tell = lambda line: None) -> Verified:
    """Run the recipe for each of its providers. Raises `VerificationError`: the sentence that says what is wrong."""
    if recipe.verify is None:
        raise ConfigurationError(
            f"{recipe.tool} is class {recipe.kind}: there is nothing to run", action="Follow its README by hand."
        )
    environment = prepare(recipe)
    version = environment.version(recipe.verify.package)
    if version is None or (environment.locks(recipe.verify.package) and version != recipe.version):
        raise VerificationError(
            f"{recipe.tool} is written for {recipe.verify.package} {recipe.version}, but {version} is installed",
            action="Correct version and date in its recipe.yaml.",
        )
    found = _live(recipe, environment, tell) if live else _in_sandbox(recipe, environment, breaks, tell)
    return msgspec.structs.replace(found, version=version)


def _live(recipe: Recipe, environment: Environment, tell: Tell) -> Verified:
    """Only what must work: nothing is broken on purpose at the service itself."""
    ran: dict[str, Sequence[str]] = {}
    seconds = 0.0
    for provider in recipe.providers:
        config = resolve(provider, None, None)
        if config is None:
            tell(f"{provider}: left out, {PROVIDERS[provider].key_variable} is not set")
            continue
        trial = _good(recipe, choose(recipe, provider, config.base), config.key, environment)
        ran[provider], seconds = trial.ran, seconds + trial.seconds
        tell(f"{provider}: {'; '.join(trial.ran)} ({trial.seconds:.1f} s)")
    if not ran:
        raise ConfigurationError("No key is set", action="Set CAICAINI_API_KEY or CAILAG_API_KEY, or leave out --live.")
    return Verified(recipe.tool, None, seconds, ran, live=True)


def _in_sandbox(recipe: Recipe, environment: Environment, breaks: bool, tell: Tell) -> Verified:
    from ..sandbox import Sandbox

    assert recipe.verify is not None
    ran: dict[str, Sequence[str]] = {}
    seconds, broken = 0.0, []
    with Sandbox(fresh=True, engine="rules") as sandbox:
        # an allowance that no recipe uses up: 429 comes where it is asked for
        sandbox.set_tier("enterprise", requests=100_000, input_tokens=10**9, streams=20)
        for provider in recipe.providers:
            trial = _good(recipe, _choice(recipe, provider, sandbox), Key(sandbox.api_key), environment)
            ran[provider], seconds = trial.ran, seconds + trial.seconds
            tell(f"{provider}: {'; '.join(trial.ran)} ({trial.seconds:.1f} s)")
            for fault in recipe.verify.faults:
                with sandbox.faults(fault, times=None):
                    trial = _good(recipe, _choice(recipe, provider, sandbox), Key(sandbox.api_key), environment, fault)
                ran[provider] = (*ran[provider], *trial.ran)
                tell(f"{provider}, with {fault}: {'; '.join(trial.ran)} ({trial.seconds:.1f} s)")
        rows = sandbox.requests()
        bad: Sequence[str] = recipe.verify.broken_with or recipe.providers
        for other in bad if breaks else ():
            choice = _choice(recipe, other, sandbox)
            for name in recipe.verify.breaks:
                trial = _broken(recipe, choice, sandbox, environment, name)
                seconds += trial.seconds
                broken.append(f"{other} {name}")
                tell(f"{other}, {name} broken: {trial.sentence} ({trial.seconds:.1f} s)")
    undocumented = sorted({item for row in rows for item in row["undocumented"]})
    return Verified(recipe.tool, None, seconds, ran, broken, _counted(rows), undocumented)


def _choice(recipe: Recipe, provider: str, sandbox: Sandbox) -> Choice:
    return choose(recipe, provider, sandbox.base_url if provider == "caicaini" else sandbox.cailag_base_url)


def _good(recipe: Recipe, choice: Choice, key: Key, environment: Environment, fault: str = "") -> Trial:
    trial = run_trial(recipe, choice, key, environment, {"fault": fault})
    if not trial.ok:
        error = VerificationError(f"{recipe.tool} with {choice.provider}: {trial.sentence}", action="")
        error.add_note(trial.output[-4_000:])
        raise error
    if not trial.ran:
        raise VerificationError(
            f"{recipe.tool} with {choice.provider}: its verify told of no step", action="Print 'ok NAME' for each."
        )
    return trial


def _broken(recipe: Recipe, choice: Choice, sandbox: Sandbox, environment: Environment, name: str) -> Trial:
    """Break one thing; the run must fail with a row of the table whose cause is that thing."""
    key = Key(NO_KEY if name == "key" else sandbox.api_key)
    if name.isdecimal():
        with sandbox.faults(name, times=None, retry_after=0 if name == "429" else None):
            trial = run_trial(recipe, choice, key, environment)
    else:
        trial = run_trial(recipe, choice, key, environment, broken_names(choice, name))
    wrong = None
    if trial.ok:
        wrong = "its verify passed all the same"
    elif trial.symptom is None:
        wrong = f"its table has no symptom that was seen: {trial.sentence}"
    elif NAMES[name] not in trial.symptom.cause.lower():
        wrong = f"its table answers with another cause: {trial.symptom.sentence}"
    if wrong:
        error = VerificationError(f"{recipe.tool} with {choice.provider}, {name} broken: {wrong}", action="")
        error.add_note(trial.output[-4_000:])
        raise error
    return trial


def _counted(rows: Sequence[Mapping[str, Any]]) -> list[Seen]:
    kinds = Counter((row["method"], row["path"].partition("?")[0], row["status"]) for row in rows)
    streamed = Counter((row["method"], row["path"].partition("?")[0], row["status"]) for row in rows if row["streamed"])
    return sorted(Seen(*kind, times, streamed[kind]) for kind, times in kinds.items())
