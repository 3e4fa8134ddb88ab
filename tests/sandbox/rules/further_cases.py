"""More prompts: journeys, stays, tables, rows in prose, works, jobs, and single values, which travel as `value`."""

from __future__ import annotations

from typing import Any

from tests.sandbox.rules.shapes import DAY, NUMBER, TEXT, WHOLE, YES, Case, closed, one_of, several

__all__ = ["FURTHER"]


def value(schema: dict[str, Any]) -> dict[str, Any]:
    """The object in which what is no object travels."""
    return closed(value=schema)


PERSON = closed(name=TEXT, age=WHOLE, city=TEXT)
TRIP = closed(origin=TEXT, destination=TEXT, date=DAY, price=NUMBER)
STAY = closed(arrival=DAY, departure=DAY)
FLIGHT = closed(("seats",), passenger=TEXT, origin=TEXT, destination=TEXT, date=DAY, seats={**WHOLE, "default": 1})
PRODUCT = closed(name=TEXT, price=NUMBER, stock=WHOLE)
LABEL = value(one_of("billing", "bug", "question"))
BILL = closed(("currency",), vendor=TEXT, due_date=DAY, total=NUMBER, currency={**TEXT, "default": "EUR"})

TRIPLE = {"origin": "Lisbon", "destination": "Oslo", "date": "2026-12-03"}
WEEK = {"arrival": "2026-12-05", "departure": "2026-12-09"}
GOODS = {"value": [{"name": "Kettle", "price": 24.9, "stock": 12}, {"name": "Cup", "price": 4.5, "stock": 80}]}
THREE = {
    "value": [
        {"name": "Ana Silva", "age": 34, "city": "Lisbon"},
        {"name": "Bo Berg", "age": 51, "city": "Oslo"},
        {"name": "Cy Young", "age": 28, "city": "Rome"},
    ]
}
PROSE = "Ana Silva is 34 and lives in Lisbon. Bo Berg is 51 and lives in Oslo. Cy Young is 28 and lives in Rome."
TWO = {"value": [{"name": "Lea Roth", "age": 29, "city": "Vienna"}, {"name": "Tom Hale", "age": 44, "city": "Dublin"}]}

FURTHER: dict[str, Case] = {
    "from at the start": (TRIP, "From Lisbon to Oslo on 2026-12-03, price 184.50 EUR", TRIPLE | {"price": 184.5}),
    "from in a sentence": (TRIP, "Ticket. From Lisbon to Oslo on 2026-12-03. It costs 90 EUR.", TRIPLE | {"price": 90}),
    "passenger": (
        FLIGHT,
        "Hello, this is Ana Silva. I fly from Lisbon to Oslo on 3 December 2026 and pay 184.50 EUR.",
        {"passenger": "Ana Silva", **TRIPLE, "seats": None},
    ),
    "arrival first": (STAY, "arrival 2026-12-05, departure 2026-12-09", WEEK),
    "departure first": (STAY, "departure 2026-12-09, arrival 2026-12-05", WEEK),
    "arrive and leave": (STAY, "I leave on 9 December 2026, I arrive on 5 December 2026.", WEEK),
    "span": (STAY, "From 2026-12-05 to 2026-12-09.", WEEK),
    "comma table": (value(several(PRODUCT)), "name,price,stock\nKettle,24.90,12\nCup,4.50,80", GOODS),
    "semicolon table": (value(several(PRODUCT)), "name;price;stock\nKettle;24.90;12\nCup;4.50;80", GOODS),
    "pipe table": (
        value(several(PRODUCT)),
        "| name | price | stock |\n| --- | ---: | --- |\n| Kettle | 24.90 | 12 |\n| Cup | 4.50 | 80 |",
        GOODS,
    ),
    "labelled rows": (
        value(several(PRODUCT)),
        "Kettle: price 24.90, stock 12. Cup: price 4.50, stock 80.",
        GOODS,
    ),
    "rows in prose": (value(several(PERSON)), PROSE, THREE),
    "rows in lines": (value(several(PERSON)), PROSE.replace(". ", ".\n"), THREE),
    "rows with commas": (
        value(several(PERSON)),
        "Lea Roth, 29, lives in Vienna. Tom Hale, 44, lives in Dublin.",
        TWO,
    ),
    "rows that end in a place": (value(several(PERSON)), "- Lea Roth (29), Vienna\n- Tom Hale (44), Dublin", TWO),
    "writing from": (
        PERSON,
        "Hi! I'm Rosa Lind, 41 years old, writing from Malmo.",
        {"name": "Rosa Lind", "age": 41, "city": "Malmo"},
    ),
    "a question": (LABEL, "How do I rotate my key?", {"value": "question"}),
    "a question about a bug": (LABEL, "Why does the app crash?", {"value": "bug"}),
    "vendor sends": (
        BILL,
        "Stadtwerke Bonn send their bill: 88.15 EUR, to be paid by 15 December 2026.",
        {"vendor": "Stadtwerke Bonn", "due_date": "2026-12-15", "total": 88.15},
    ),
    "words for numbers": (
        closed(city=TEXT, date=DAY, parcels=WHOLE),
        "Two parcels go to Ghent on 2026-12-08.",
        {"date": "2026-12-08", "parcels": 2},
    ),
    "a job": (
        closed(title=TEXT, company=TEXT, city=TEXT, salary=WHOLE),
        "Nordlicht AG in Hamburg looks for a data engineer, salary 68000 EUR a year.",
        {"title": "data engineer", "company": "Nordlicht AG", "city": "Hamburg", "salary": 68000},
    ),
    "stars": (
        closed(rating=WHOLE, sentiment=one_of("positive", "negative", "neutral")),
        "4 out of 5 stars: lovely room, friendly people.",
        {"rating": 4, "sentiment": "positive"},
    ),
    "a film": (
        closed(title=TEXT, year=WHOLE, director=TEXT),
        "Metropolis (1927), directed by Fritz Lang.",
        {"title": "Metropolis", "year": 1927, "director": "Fritz Lang"},
    ),
    "a train": (
        closed(origin=TEXT, destination=TEXT, departure=TEXT, platform=WHOLE),
        "The 08:14 train from Ghent to Bruges leaves from platform 6.",
        {"origin": "Ghent", "destination": "Bruges", "departure": "08:14", "platform": 6},
    ),
    "let us": (
        closed(title=TEXT, date=DAY, time=TEXT, place=TEXT),
        "Let's hold the budget review on 2026-12-14 at 14:30 in Room Aurora.",
        {"title": "budget review", "date": "2026-12-14", "time": "14:30", "place": "Room Aurora"},
    ),
    "a verb before a name": (
        closed(name=TEXT, email=TEXT),
        "Reach Marta Kowalska at marta.k@example.com.",
        {"name": "Marta Kowalska", "email": "marta.k@example.com"},
    ),
    "yes and no in a table": (
        value(several(closed(product=TEXT, in_stock=YES))),
        "product,in_stock\nTeapot,yes\nMug,no",
        {"value": [{"product": "Teapot", "in_stock": True}, {"product": "Mug", "in_stock": False}]},
    ),
    "days": (
        value(several(DAY)),
        "We meet on 2026-12-01, 2026-12-08 and 2026-12-15.",
        {"value": ["2026-12-01", "2026-12-08", "2026-12-15"]},
    ),
    "a computed number": (value(WHOLE), "What is 17 * 23?", {"value": 391}),
    "computed numbers": (value(several(WHOLE)), "Count from 1 to 5.", {"value": [1, 2, 3, 4, 5]}),
    "sorted numbers": (value(several(WHOLE)), "Sort these numbers: 5, 3, 9.", {"value": [3, 5, 9]}),
    "a computed fact": (value(YES), "Is 97 a prime number?", {"value": True}),
}
