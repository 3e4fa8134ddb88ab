"""Converting units of length, mass, volume, time, data and temperature; it refuses currencies, which need a rate."""

from __future__ import annotations

import re
from fractions import Fraction

from caicaini_nb.sandbox.rules.answer import Answer
from caicaini_nb.sandbox.rules.asked import INSTRUCTION_LIMIT, Asked
from caicaini_nb.sandbox.rules.lazy_pattern import deferred
from caicaini_nb.sandbox.rules.number import parse_number, plain, show, terminates

__all__ = ["units"]

# dimension, size in the dimension's base unit, name in answers, spellings
UNITS = (
    ("length", "0.001", "mm", "mm millimetre millimeter millimetres millimeters"),
    ("length", "0.01", "cm", "cm centimetre centimeter centimetres centimeters"),
    ("length", "1", "m", "m metre meter metres meters"),
    ("length", "1000", "km", "km kilometre kilometer kilometres kilometers kms"),
    ("length", "0.0254", "inches", "inch inches"),
    ("length", "0.3048", "feet", "ft foot feet"),
    ("length", "0.9144", "yards", "yd yard yards"),
    ("length", "1609.344", "miles", "mi mile miles"),
    ("mass", "0.001", "g", "g gram grams"),
    ("mass", "1", "kg", "kg kilogram kilograms kilo kilos"),
    ("mass", "0.028349523125", "ounces", "oz ounce ounces"),
    ("mass", "0.45359237", "pounds", "lb lbs pound pounds"),
    ("volume", "0.001", "ml", "ml millilitre milliliter millilitres milliliters"),
    ("volume", "1", "litres", "l litre liter litres liters"),
    ("volume", "3.785411784", "US gallons", "gallon gallons"),
    ("time", "1", "seconds", "s sec second seconds"),
    ("time", "60", "minutes", "min minute minutes"),
    ("time", "3600", "hours", "h hr hour hours"),
    ("time", "86400", "days", "day days"),
    ("time", "604800", "weeks", "week weeks"),
    ("data", "1", "bytes", "byte bytes"),
    ("data", "1000", "kB", "kb kilobyte kilobytes"),
    ("data", "1000000", "MB", "mb megabyte megabytes"),
    ("data", "1000000000", "GB", "gb gigabyte gigabytes"),
    ("data", "1048576", "MiB", "mib mebibyte mebibytes"),
)
TABLE = {spelling: (kind, Fraction(size), name) for kind, size, name, words in UNITS for spelling in words.split()}
TEMPERATURES = {"c": "°C", "celsius": "°C", "centigrade": "°C", "f": "°F", "fahrenheit": "°F", "k": "K", "kelvin": "K"}
UNIT = r"°?\s?([A-Za-z]{1,12})"
ASK = deferred(
    (
        rf"(-?\d[\d,]{{0,20}}(?:\.\d{{1,20}})?|\ban?\b|\bone\b)\s*(?:degrees?\s+)?{UNIT}\s+(?:in|to"
        rf"|into|as|equals?(?: how many)?)\s+(?:degrees?\s+)?{UNIT}\b"
    ),
    re.I,
)
MANY = deferred(
    (
        rf"\bhow many\s+{UNIT}\s+(?:are\s+)?(?:there\s+)?(?:in|make|is|are)\s+(-?\d[\d,]{{0,20}}(?:\.\d{{1,20}})"
        rf"?|an?|one)\s*{UNIT}\b"
    ),
    re.I,
)


def _celsius(value: Fraction, unit: str) -> Fraction:
    return {"°C": value, "°F": (value - 32) * 5 / 9, "K": value - Fraction("273.15")}[unit]


def _from_celsius(value: Fraction, unit: str) -> Fraction:
    return {"°C": value, "°F": value * 9 / 5 + 32, "K": value + Fraction("273.15")}[unit]


def _convert(amount: Fraction, source: str, target: str) -> tuple[Fraction, str, str] | None:
    """The amount in the target unit and both units' names, or `None` where they do not measure the same."""
    source, target = source.lower(), target.lower()
    if source in TEMPERATURES and target in TEMPERATURES:
        first, second = TEMPERATURES[source], TEMPERATURES[target]
        return _from_celsius(_celsius(amount, first), second), first, second
    if source in TABLE and target in TABLE and TABLE[source][0] == TABLE[target][0]:
        return amount * TABLE[source][1] / TABLE[target][1], TABLE[source][2], TABLE[target][2]
    return None


def _counted(number: Fraction, name: str) -> str:
    """The unit's name beside its number: one mile, two miles."""
    if number != 1 or not name.endswith(("s", "feet")) or len(name) < 4:
        return name
    return {"inches": "inch", "feet": "foot"}.get(name, name.removesuffix("s"))


def units(asked: Asked) -> Answer | None:
    """Convert the amount the prompt names."""
    text = asked.text[:INSTRUCTION_LIMIT]
    if found := ASK.search(text):
        written, source, target = found[1], found[2], found[3]
    elif found := MANY.search(text):
        written, source, target = found[2], found[3], found[1]
    else:
        return None
    amount = Fraction(1) if written.lower() in ("a", "an", "one") else parse_number(written)
    converted = None if amount is None else _convert(amount, source, target)
    if amount is None or converted is None:
        return None
    value, first, second = converted
    sign = "=" if terminates(value) else "≈"
    first, second = (_counted(number, name) for number, name in ((amount, first), (value, second)))
    text = f"{show(amount)} {first} {sign} {show(value)} {second}"
    return Answer(
        text, short=show(value), value=plain(value), steps=(f"Converted {first} to {second} by their definitions.",)
    )
