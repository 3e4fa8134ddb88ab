"""JSON Schemas that the prompts of the tables ask for."""

from __future__ import annotations

from typing import Any

__all__ = [
    "BOOKING",
    "CARD",
    "CONTACT",
    "DAY",
    "EVENT",
    "FLIGHT",
    "INVOICE",
    "ITEMS",
    "LABEL",
    "LINK",
    "MAIL",
    "NUMBER",
    "ORDER",
    "PAYMENT",
    "PEOPLE",
    "PERSON",
    "RECEIPT",
    "TASKS",
    "TEXT",
    "TICKET",
    "WHOLE",
    "YES",
    "Case",
    "Schema",
    "closed",
    "one_of",
    "several",
]

Schema = dict[str, Any]
Case = tuple[Schema, str, Any]


def closed(optional: tuple[str, ...] = (), **properties: Schema) -> Schema:
    """An object of these properties and no others."""
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def several(item: Schema) -> Schema:
    return {"type": "array", "items": item}


def one_of(*labels: str) -> Schema:
    return {"type": "string", "enum": list(labels)}


TEXT, WHOLE, NUMBER, YES = {"type": "string"}, {"type": "integer"}, {"type": "number"}, {"type": "boolean"}
DAY, MAIL, LINK = ({"type": "string", "format": name} for name in ("date", "email", "uri"))
PERHAPS = {"anyOf": [{"type": "string"}, {"type": "null"}]}

PAYMENT = closed(date=DAY, total=NUMBER)
INVOICE = closed(merchant=TEXT, total=NUMBER, currency=TEXT)
RECEIPT = closed(merchant=TEXT, date=DAY, items=several(closed(name=TEXT, quantity=WHOLE, price=NUMBER)), total=NUMBER)
ITEMS = closed(items=several(closed(name=TEXT, quantity=WHOLE, price=NUMBER)))
CONTACT = closed(name=TEXT, email=TEXT)
CARD = closed(("company",), name=TEXT, email=MAIL, phone=TEXT, company=PERHAPS)
EVENT = closed(title=TEXT, date=DAY, location=TEXT)
BOOKING = closed(restaurant=TEXT, people=WHOLE, date=DAY, time=TEXT)
TICKET = closed(
    category=one_of("billing", "bug", "feature", "account"), priority=one_of("low", "medium", "high"), summary=TEXT
)
LABEL = closed(label=one_of("positive", "negative", "neutral"))
PERSON = closed(name=TEXT, age=WHOLE)
PEOPLE = closed(people=several(PERSON))
FLIGHT = closed(origin=TEXT, destination=TEXT, date=DAY)
ORDER = closed(order_id=TEXT, quantity=WHOLE, product=TEXT)
TASKS = closed(tasks=several(closed(task=TEXT, owner=TEXT)))
