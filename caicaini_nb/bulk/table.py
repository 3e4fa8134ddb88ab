"""A job's outcomes as a DataFrame: the input's own index, order and length, each row beside what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from ..schemas.shape import WRAPPER, Shape
from .outcome import Answered, Line
from .work import Work, voted

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COLUMNS", "collect", "table"]

COLUMNS = (
    "value", "text", "outcome", "error", "message", "input_tokens", "output_tokens", "credits", "attempts",
    "message_id", "note",
)  # fmt: skip
WHOLE = ("input_tokens", "output_tokens", "credits", "attempts")
TWICE = "may have been charged twice"
CHARGED = "may have been charged"


def collect(lines: Iterable[Line], keys: Iterable[str | None], votes: int = 1) -> dict[str, Answered]:
    """The last outcome of each row; what earlier ones cost is added to it."""
    wanted = {voted(key, vote) for key in keys if key is not None for vote in range(votes)}
    found: dict[str, Answered] = {}
    for line in lines:
        if not isinstance(line, Answered) or line.key not in wanted:
            continue
        before = found.get(line.key)
        found[line.key] = line if before is None else _added(before, line)
    return found


def table(work: Work, outcomes: Mapping[str, Answered], *, inputs: bool = True) -> pd.DataFrame:
    """One row for each row of the input; `inputs` puts its columns first.

    `outcome` is *ok*, *error*, *skipped* (there was nothing to ask) or *waiting*. A column of the input that is
    named as one of ours keeps its name, and ours is called `reply_…`.
    """
    import pandas as pd

    first: dict[str, int] = {}
    rows = [_row(work, place, outcomes, first) for place in range(len(work.keys))]
    names = list(COLUMNS) + (["agreement", "votes"] if work.votes > 1 else [])
    made = pd.DataFrame(
        {name: pd.Series([row.get(name) for row in rows], dtype="Int64" if name in WHOLE else object) for name in names}
    )
    made = _spread(made)
    if work.rows.index is not None:
        made.index = work.rows.index
    return _beside(work, made) if inputs else made


def _row(work: Work, place: int, outcomes: Mapping[str, Answered], first: dict[str, int]) -> dict[str, Any]:
    key = work.keys[place]
    if key is None:
        return {"outcome": "skipped", "note": "nothing to ask: a cell is empty"}
    found = [outcomes.get(voted(key, vote)) for vote in range(work.votes)]
    given = [outcome for outcome in found if outcome is not None]
    if len(given) < work.votes:
        return {"outcome": "waiting"}
    earlier = first.setdefault(key, place)
    row = _answered(work, given)
    if earlier == place:
        return row
    label = work.rows.index[earlier] if work.rows.index is not None else earlier
    free = None if row["credits"] is None else 0
    return {
        **row, "note": f"asked once, with row {label}", "attempts": 0, "credits": free,
        "input_tokens": 0, "output_tokens": 0,
    }  # fmt: skip


def _answered(work: Work, given: list[Answered]) -> dict[str, Any]:
    """One row from its outcome, or from its votes."""
    chosen, more = (given[0], {}) if len(given) == 1 else _elected(given)
    doubt = any(outcome.doubt for outcome in given)
    return {
        "value": _value(work.plan.shape, chosen),
        "text": chosen.text,
        "outcome": "ok" if chosen.error is None else "error",
        "error": chosen.error,
        "message": chosen.message,
        "input_tokens": _sum([outcome.input_tokens for outcome in given]),
        "output_tokens": _sum([outcome.output_tokens for outcome in given]),
        "credits": _sum([outcome.credits for outcome in given]),
        "attempts": sum(outcome.attempts for outcome in given),
        "message_id": chosen.id,
        "note": (TWICE if chosen.error is None else CHARGED) if doubt else None,
        **more,
    }


def _elected(given: list[Answered]) -> tuple[Answered, dict[str, Any]]:
    """What most votes say, the earliest of equals; `agreement` is their share of all votes."""
    ballots = [
        msgspec.json.encode(one.data if one.data is not None else (one.text or "").strip(), order="sorted")
        for one in given
    ]
    valid = [ballot for ballot, one in zip(ballots, given, strict=True) if one.error is None]
    if not valid:
        return given[0], {"agreement": 0.0, "votes": []}
    winner, count = Counter(valid).most_common(1)[0]
    chosen = next(one for ballot, one in zip(ballots, given, strict=True) if ballot == winner and one.error is None)
    said = [one.data if one.data is not None else one.text for one in given if one.error is None]
    return chosen, {"agreement": count / len(given), "votes": [_unwrapped(vote) for vote in said]}


def _value(shape: Shape | None, outcome: Answered) -> Any:
    """The value of a row: as the schema has it, or the text where none was given."""
    if outcome.error is not None:
        return None
    if shape is None or outcome.data is None:
        return outcome.text
    return shape.read(outcome.data[WRAPPER] if shape.wrapped else outcome.data)


def _unwrapped(data: Any) -> Any:
    return data[WRAPPER] if isinstance(data, dict) and list(data) == [WRAPPER] else data


def _added(before: Answered, line: Answered) -> Answered:
    return replace(
        line,
        attempts=before.attempts + line.attempts,
        credits=_known(before.credits, line.credits),
        input_tokens=_known(before.input_tokens, line.input_tokens),
        output_tokens=_known(before.output_tokens, line.output_tokens),
        doubt=before.doubt or line.doubt,
    )


def _known(*amounts: int | None) -> int | None:
    """What is known of them: one that failed free of charge has no amount."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None


def _sum(amounts: list[int | None]) -> int | None:
    """Unknown where one of them is."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if len(known) == len(amounts) else None


def _spread(made: pd.DataFrame) -> pd.DataFrame:
    """Values with a type for the whole column; the fields of objects as columns of their own, `value.name`."""
    from ..schemas.frames import frame

    places = [place for place, value in enumerate(made["value"]) if value is not None]
    if not places:
        return made
    fields = frame([made["value"].iloc[place] for place in places])
    if list(fields.columns) == ["value"]:
        made["value"] = frame(made["value"].tolist())["value"]
        return made
    for position, name in enumerate(fields.columns):
        made.insert(position + 1, f"value.{name}", _placed(fields[name], places, len(made)))
    return made


def _placed(column: pd.Series[Any], places: list[int], length: int) -> pd.Series[Any]:
    """A column of the answered rows among all rows."""
    column = column.set_axis(places)
    return column if len(places) == length else column.reindex(range(length))


def _beside(work: Work, made: pd.DataFrame) -> pd.DataFrame:
    """The input's columns, then ours."""
    import pandas as pd

    frame = work.rows.frame
    if frame is None:
        given = {name: pd.Series(work.rows.column(name), dtype=object).infer_objects() for name in work.rows.columns}
        frame = pd.DataFrame(given)
    taken = {str(name) for name in frame.columns}
    ours = made.rename(columns={name: f"reply_{name}" for name in made.columns if name in taken})
    # By place: labels may stand several times.
    joined: pd.DataFrame = pd.concat(
        [frame.set_axis(range(len(frame)), axis=0), ours.set_axis(range(len(ours)), axis=0)], axis=1
    )
    joined.index = made.index
    return joined
