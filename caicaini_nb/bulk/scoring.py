"""How good the labels are, against what is known to be true: accuracy, what is taken for what, disagreements first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..display.panel import Panel
from ..errors import ConfigurationError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Score", "score"]


@dataclass(frozen=True)
class Score:
    """`accuracy` is the share of the answered rows that are right, `None` where none was answered.

    `confusion` counts them: what is true by row, what was answered by column. `rows` has the frame with the truth
    beside it, disagreements first, then what has no answer, each in the input's order.
    """

    accuracy: float | None
    answered: int
    total: int
    confusion: pd.DataFrame
    rows: pd.DataFrame

    @property
    def disagreements(self) -> pd.DataFrame:
        """The answered rows that are wrong."""
        return self.rows[self.rows["agrees"].eq(False).fillna(False).astype(bool)]

    def __repr__(self) -> str:
        return f"{self._panel()!r}\n\n{self.confusion}"

    def _repr_markdown_(self) -> str:
        names = [str(name) for name in self.confusion.columns]
        counts = [
            [str(label), *(f"{count:,}" for count in row)]
            for label, row in zip(self.confusion.index, self.confusion.to_numpy().tolist(), strict=True)
        ]
        table = Panel.of("what is true by row, what was answered by column", ["", *names], counts)
        return f"{self._panel()._repr_markdown_()}\n\n{table._repr_markdown_()}"

    def _panel(self) -> Panel:
        accuracy = "unknown" if self.accuracy is None else f"{self.accuracy:.1%}"
        rows = [
            ("accuracy", f"{accuracy} of {self.answered:,} answered rows"),
            ("without an answer", f"{self.total - self.answered:,}"),
        ]
        return Panel.of("", ("", ""), rows)


def score(frame: pd.DataFrame, truth: Any, *, column: str = "value") -> Score:
    """Compare a job's frame with the truth: a column of it by name, or as many values in the same order.

    A Series with labels of its own is put in order by them, where each stands once. Raises `ConfigurationError` for a
    truth that cannot be laid beside the rows.
    """
    import pandas as pd

    if column not in frame.columns:
        raise ConfigurationError(
            f"The frame has no column {column!r}", action=f"It has {', '.join(map(str, frame.columns))}."
        )
    true = _aligned(frame, truth)
    given = frame[column].tolist()
    pairs = [(_plain(known), _plain(said)) for known, said in zip(true, given, strict=True)]
    answered = [said is not None and known is not None for known, said in pairs]
    agrees = [known == said if both else None for (known, said), both in zip(pairs, answered, strict=True)]
    right, count = sum(one is True for one in agrees), sum(answered)
    judged = [pair for pair, both in zip(pairs, answered, strict=True) if both]
    confusion = pd.crosstab(
        pd.Series([known for known, _ in judged], name="true", dtype=object),
        pd.Series([said for _, said in judged], name="answered", dtype=object),
    )
    laid = frame.assign(truth=true, agrees=pd.Series(agrees, dtype="boolean").array)
    order = sorted(range(len(agrees)), key=lambda place: {False: 0, None: 1, True: 2}[agrees[place]])
    return Score(right / count if count else None, count, len(frame), confusion, laid.iloc[order])


def _aligned(frame: pd.DataFrame, truth: Any) -> list[Any]:
    """The truth, one value for each row."""
    if isinstance(truth, str):
        if truth not in frame.columns:
            raise ConfigurationError(f"The frame has no column {truth!r}", action="Name the column that is true.")
        return list(frame[truth])
    index = getattr(truth, "index", None)
    if index is not None and not callable(index) and not index.equals(frame.index):
        if not (index.is_unique and frame.index.is_unique and set(index) == set(frame.index)):
            raise ConfigurationError(
                "The truth has other labels than the frame, so nobody can say which row is which",
                action="Give it the frame's index, or pass truth.tolist() if it is in the same order.",
            )
        truth = truth.reindex(frame.index)
    values = list(truth)
    if len(values) != len(frame):
        raise ConfigurationError(
            f"There are {len(values):,} true values for {len(frame):,} rows", action="Give one for each row."
        )
    return values


def _plain(value: Any) -> Any:
    """A label to compare: an enum's value, `None` for what is missing."""
    value = getattr(value, "value", value)
    try:
        return None if value is None or value != value else value
    except (TypeError, ValueError):
        return value
