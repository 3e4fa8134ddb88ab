"""The endpoints that run the engine: messages, chat completions of both services, and count_tokens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from starlette.responses import Response

from caicaini_nb.sandbox.answering import Choosing, UnfitError
from caicaini_nb.sandbox.call import Call, estimate
from caicaini_nb.sandbox.catalogue import CAICAINI
from caicaini_nb.sandbox.chat_wire import ChatWire
from caicaini_nb.sandbox.exchange import Exchange, json_response
from caicaini_nb.sandbox.images import holds_pictures
from caicaini_nb.sandbox.job import Job
from caicaini_nb.sandbox.messages_wire import MessagesWire
from caicaini_nb.sandbox.meter import Meter
from caicaini_nb.sandbox.protocol import reset_connection
from caicaini_nb.sandbox.refusal import Refusal
from caicaini_nb.sandbox.streaming import SLOW_SECONDS, STALL_SECONDS, StreamedAnswer, wait_unless_gone
from caicaini_nb.sandbox.validation.chat import CAICAINI_CHAT, CAILAG_CHAT, read_chat
from caicaini_nb.sandbox.validation.fields import Notes
from caicaini_nb.sandbox.validation.messages import check_window, read_messages
from caicaini_nb.sandbox.wire import Wire

__all__ = ["cailag_chat", "chat", "count_tokens", "messages"]

INLINE_CHARACTERS = 20_000  # longer prompts are counted in a thread
SHORT_TOKENS = 1_000

Reader = Callable[[dict[str, Any], Notes, datetime], Call]


async def messages(exchange: Exchange) -> Response:
    """POST /v1/messages."""
    call, input_tokens = await _read(exchange, read_messages)
    check_window(CAICAINI[call.asked_model], input_tokens, call.max_tokens)
    call = replace(call, model=_resolved(call, input_tokens))
    return await _answer(exchange, call, input_tokens, MessagesWire(call.model), "toolu_")


async def count_tokens(exchange: Exchange) -> Response:
    """POST /v1/messages/count_tokens: costs nothing, but counts as a request."""
    _, input_tokens = await _read(exchange, lambda body, notes, now: read_messages(body, notes, now, counting=True))
    return json_response({"input_tokens": input_tokens})


async def chat(exchange: Exchange) -> Response:
    """POST /v1/chat/completions."""
    call, input_tokens = await _read(exchange, lambda body, notes, now: read_chat(body, CAICAINI_CHAT, notes, now))
    model = CAICAINI[call.asked_model]
    check_window(model, input_tokens, min(call.max_tokens, model.max_output_tokens))
    call = replace(call, model=_resolved(call, input_tokens))
    wire = ChatWire(call.model, call.include_usage, cailag=False)
    return await _answer(exchange, call, input_tokens, wire, "call_")


async def cailag_chat(exchange: Exchange) -> Response:
    """POST /cailag/v1/chat/completions: no credits, no documented limits."""
    call, input_tokens = await _read(exchange, lambda body, notes, now: read_chat(body, CAILAG_CHAT, notes, now))
    wire = ChatWire(call.model, call.include_usage, cailag=True)
    return await _answer(exchange, call, input_tokens, wire, "call_")


async def _read(exchange: Exchange, read: Reader) -> tuple[Call, int]:
    """Read a body into a call and count its input tokens."""
    body = await exchange.body()
    await exchange.services.engine()
    account = exchange.account
    notes = Notes(account.documented_only)
    moment = account.clock.moment()
    try:
        # Pictures are decoded to their end, up to a second each: not in the loop that serves everybody.
        call = await asyncio.to_thread(read, body, notes, moment) if holds_pictures(body) else read(body, notes, moment)
    finally:
        exchange.log.undocumented = notes.undocumented
    if call.size <= INLINE_CHARACTERS:
        return call, estimate(call)
    loop = asyncio.get_running_loop()
    return call, await loop.run_in_executor(exchange.services.workers, estimate, call)


def _resolved(call: Call, input_tokens: int) -> str:
    """Route `caicaini/auto` (assumed): what thinks, sees or calls tools to sonnet, short turns to haiku, else kimi."""
    if call.asked_model != "caicaini/auto":
        return call.asked_model
    question = call.question
    demanding = question.thinking_budget is not None or question.tools or call.image_tokens
    if demanding:
        return "caicaini/sonnet"
    return "caicaini/haiku" if input_tokens <= SHORT_TOKENS else "caicaini/kimi"


async def _answer(exchange: Exchange, call: Call, input_tokens: int, wire: Wire, call_prefix: str) -> Response:
    account, window = exchange.account, exchange.window
    priced = not exchange.cailag
    streams = window if priced and call.stream else None
    if priced:
        window.check_input(account.tier, input_tokens)
    if streams is not None:
        streams.check_stream(account.tier)
    meter = Meter(account, call.model if priced else None, input_tokens)
    window.input_tokens += input_tokens
    services = exchange.services
    try:
        engine, workers = await services.engine_for(call.question)
    except UnfitError as error:
        meter.release()
        raise Refusal(400, str(error)) from None
    except BaseException:
        meter.release()
        raise
    exchange.engine = engine.name
    fault = account.faults.take_answer(call.stream)
    job = Job(account, call, meter, wire, engine, workers, exchange.log, fault, call_prefix)
    if not call.stream:
        async with _listening(exchange, job if isinstance(engine, Choosing) else None):
            return await _plain(exchange, job)
    exchange.log.streamed = True
    return StreamedAnswer(job, streams, services.report)


@asynccontextmanager
async def _listening(exchange: Exchange, job: Job | None) -> AsyncGenerator[None, None]:
    """Stop a job that takes its time when its client goes away; without a job, do nothing."""
    if job is None:
        yield
        return

    async def listen(job: Job) -> None:
        while (await exchange.request.receive())["type"] != "http.disconnect":
            continue
        job.cancel()
        job.entry.outcome, job.entry.closed_early = "closed", True

    listener = asyncio.create_task(listen(job))
    try:
        yield
    finally:
        listener.cancel()


async def _plain(exchange: Exchange, job: Job) -> Response:
    """Make the whole answer; a planned stall, slow or reset comes after it was made and charged."""
    try:
        answers = await job.whole()
        used = job.settle()
    finally:
        job.close()
    fault = job.fault
    if fault is not None and fault.kind == "reset":
        job.entry.outcome = "broken"
        reset_connection(exchange.request.scope)
    elif fault is not None:
        default = STALL_SECONDS if fault.kind == "stall" else SLOW_SECONDS
        seconds = default if fault.seconds is None else fault.seconds
        if await wait_unless_gone(exchange.request.receive, seconds):
            job.entry.outcome, job.entry.closed_early = "closed", True
    return json_response(job.wire.whole(answers, used))
