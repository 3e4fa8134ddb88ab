"""The first line of a `%%caicaini` cell.

options     the table of options, and a line parsed to a value
named       variables that options name
line        a line that is not finished; completion offers what may follow
manual      what `%%caicaini?` says
"""

__all__: list[str] = []
