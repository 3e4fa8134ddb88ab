"""What the ledger stands on: its file, its sums by day, and the ways in and out of it.

entry       one row, and sums over rows
file        the tables, older files brought up to date, rows that a killed process left open
rollup      sums by day, kept by the database itself
writing     rows begun and completed, many in one commit
reading     rows as columns, a batch at a time; what a period is
export      Parquet by month, CSV
imported    calls out of other programs' logs; line, litellm_line and openai_line read them
shown       the last rows as a table
"""

__all__: list[str] = []
