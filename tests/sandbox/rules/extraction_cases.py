"""Prompts in words that vary, the schema each asks for, the right data without what the text leaves open."""

from __future__ import annotations

from tests.sandbox.rules.shapes import (
    BOOKING,
    CARD,
    CONTACT,
    DAY,
    EVENT,
    FLIGHT,
    INVOICE,
    ITEMS,
    LABEL,
    LINK,
    NUMBER,
    ORDER,
    PAYMENT,
    PEOPLE,
    PERSON,
    RECEIPT,
    TASKS,
    TEXT,
    TICKET,
    WHOLE,
    YES,
    Case,
    closed,
    several,
)

__all__ = ["CASES"]

CASES: dict[str, Case] = {
    "paid on": (PAYMENT, "paid on 2026-11-21, total 10.55", {"date": "2026-11-21", "total": 10.55}),
    "total first": (
        PAYMENT,
        "The total came to $1,250.00 and was paid on 3 May 2026.",
        {"date": "2026-05-03", "total": 1250},
    ),
    "amount due": (
        closed(invoice_number=TEXT, due_date=DAY, amount_due=NUMBER),
        "Invoice INV-2041 is due on 15 June 2026. Amount due: 380.20 EUR.",
        {"invoice_number": "INV-2041", "due_date": "2026-06-15", "amount_due": 380.2},
    ),
    "invoice from": (
        INVOICE,
        "Invoice from Acme GmbH, total 21.84 EUR. Extract it.",
        {"merchant": "Acme GmbH", "total": 21.84, "currency": "EUR"},
    ),
    "invoice by": (
        INVOICE,
        "Extract the invoice: issued by Northwind Traders for a total of 99 USD",
        {"merchant": "Northwind Traders", "total": 99, "currency": "USD"},
    ),
    "spent at": (
        INVOICE,
        "I spent €12.40 at Café Luna yesterday.",
        {"merchant": "Café Luna", "total": 12.4, "currency": "EUR"},
    ),
    "labelled": (
        INVOICE,
        "Vendor: Blue Bottle\nTotal: 8.75\nCurrency: USD",
        {"merchant": "Blue Bottle", "total": 8.75, "currency": "USD"},
    ),
    "tax and total": (
        closed(subtotal=NUMBER, tax=NUMBER, total=NUMBER),
        "Subtotal 18.00, tax 1.44, total 19.44",
        {"subtotal": 18, "tax": 1.44, "total": 19.44},
    ),
    "receipt in lines": (
        RECEIPT,
        "Corner Shop\n2026-03-14\n2 x Tea  7.00\nCake  4.50\nTotal  11.50",
        {
            "merchant": "Corner Shop",
            "date": "2026-03-14",
            "items": [{"name": "Tea", "quantity": 2, "price": 7}, {"name": "Cake", "quantity": 1, "price": 4.5}],
            "total": 11.5,
        },
    ),
    "receipt in prose": (
        RECEIPT,
        "At Corner Shop on 14 March 2026 I bought 2 teas for 7.00 and 1 cake for 4.50, total 11.50.",
        {
            "merchant": "Corner Shop",
            "date": "2026-03-14",
            "items": [{"name": "teas", "quantity": 2, "price": 7}, {"name": "cake", "quantity": 1, "price": 4.5}],
            "total": 11.5,
        },
    ),
    "items in a line": (
        ITEMS,
        "2 tea 7.00, 1 cake 4.50",
        {"items": [{"name": "tea", "quantity": 2, "price": 7}, {"name": "cake", "quantity": 1, "price": 4.5}]},
    ),
    "items with x": (
        ITEMS,
        "Order: 3 x apple at 0.50; 1 x bread at 2.20; 2 x milk at 1.10",
        {
            "items": [
                {"name": "apple", "quantity": 3, "price": 0.5},
                {"name": "bread", "quantity": 1, "price": 2.2},
                {"name": "milk", "quantity": 2, "price": 1.1},
            ]
        },
    ),
    "items with and": (
        closed(items=several(closed(product=TEXT, price=NUMBER))),
        "The notebook costs $4.20, the pen $1.10 and the ruler $0.90.",
        {
            "items": [
                {"product": "notebook", "price": 4.2},
                {"product": "pen", "price": 1.1},
                {"product": "ruler", "price": 0.9},
            ]
        },
    ),
    "write to": (closed(email=TEXT), "write to ada@example.org", {"email": "ada@example.org"}),
    "email label": (closed(email=TEXT), "Email: please write to ada@example.org", {"email": "ada@example.org"}),
    "my name is": (
        CONTACT,
        "Hi, my name is Ada Lovelace and you can reach me at ada@example.org.",
        {"name": "Ada Lovelace", "email": "ada@example.org"},
    ),
    "signature": (
        CARD,
        "Best regards,\nGrace Hopper\nNavy Labs\ngrace@navy.example.com\n+1 555 010 9999",
        {"name": "Grace Hopper", "email": "grace@navy.example.com", "phone": "+1 555 010 9999"},
    ),
    "works at": (
        CARD,
        "Alan Turing works at Bletchley Park. Mail alan@bletchley.example.org or call +44 20 7946 0018.",
        {
            "name": "Alan Turing",
            "email": "alan@bletchley.example.org",
            "phone": "+44 20 7946 0018",
            "company": "Bletchley Park",
        },
    ),
    "described": (
        closed(
            who={"type": "string", "description": "The person's name"},
            reach={"type": "string", "description": "E-mail address"},
        ),
        "Contact Linus Pauling, linus@chem.example.org",
        {"who": "Linus Pauling", "reach": "linus@chem.example.org"},
    ),
    "website": (
        closed(company=TEXT, website=LINK),
        "Visit Initech at https://initech.example.com/about.",
        {"company": "Initech", "website": "https://initech.example.com/about"},
    ),
    "team meeting": (
        EVENT,
        "Team meeting on 3 May 2026 in Berlin",
        {"title": "Team meeting", "date": "2026-05-03", "location": "Berlin"},
    ),
    "quoted title": (
        EVENT,
        'We present "Quiet Machines" in Lisbon on May 9, 2026.',
        {"title": "Quiet Machines", "date": "2026-05-09", "location": "Lisbon"},
    ),
    "join us": (
        EVENT,
        "Join us for the Spring Concert at Town Hall on 2026-04-18!",
        {"title": "Spring Concert", "date": "2026-04-18", "location": "Town Hall"},
    ),
    "table for two": (
        BOOKING,
        "Book a table for 2 people at Trattoria Roma on 3 May 2026 at 19:30",
        {"restaurant": "Trattoria Roma", "people": 2, "date": "2026-05-03", "time": "19:30"},
    ),
    "party of": (
        BOOKING,
        "Reserve Golden Lotus for a party of six, 2026-12-31, 8:15 pm",
        {"restaurant": "Golden Lotus", "people": 6, "date": "2026-12-31", "time": "8:15 pm"},
    ),
    "charged twice": (
        TICKET,
        "I was charged twice for my subscription, this is urgent!",
        {"category": "billing", "priority": "high"},
    ),
    "crashes": (TICKET, "The app crashes when I open the settings page.", {"category": "bug"}),
    "would be nice": (
        TICKET,
        "It would be nice to have a dark mode some day, no hurry.",
        {"category": "feature", "priority": "low"},
    ),
    "password": (TICKET, "I forgot my password and cannot log in.", {"category": "account"}),
    "praise": (LABEL, "Classify: I love this kettle, it works great!", {"label": "positive"}),
    "complaint": (LABEL, "The soup was cold and the waiter was rude.", {"label": "negative"}),
    "years old": (PERSON, "Ada Lovelace is 36 years old and lives in London.", {"name": "Ada Lovelace", "age": 36}),
    "comma age": (PERSON, "Meet Marie Curie, 34, a chemist.", {"name": "Marie Curie", "age": 34}),
    "people in prose": (
        PEOPLE,
        "Alice is 30, Bob is 25 and Carol is 41.",
        {"people": [{"name": "Alice", "age": 30}, {"name": "Bob", "age": 25}, {"name": "Carol", "age": 41}]},
    ),
    "people in lines": (
        PEOPLE,
        "Extract the people:\n- Alice (30)\n- Bob (25)",
        {"people": [{"name": "Alice", "age": 30}, {"name": "Bob", "age": 25}]},
    ),
    "from to": (
        FLIGHT,
        "Fly from Oslo to Rome on 12 July 2026.",
        {"origin": "Oslo", "destination": "Rome", "date": "2026-07-12"},
    ),
    "to from": (
        FLIGHT,
        "I need a flight to New York from Paris, leaving 2026-09-01",
        {"origin": "Paris", "destination": "New York", "date": "2026-09-01"},
    ),
    "order": (
        ORDER,
        "Order A-1093: 4 desk lamps",
        {"order_id": "A-1093", "quantity": 4, "product": "desk lamps"},
    ),
    "tasks": (
        TASKS,
        "Alice: write the report\nBob: book the room",
        {"tasks": [{"task": "write the report", "owner": "Alice"}, {"task": "book the room", "owner": "Bob"}]},
    ),
    "yes and no": (
        closed(city=TEXT, pets=YES, rooms=WHOLE),
        "A flat in Hamburg with 3 rooms, no pets.",
        {"city": "Hamburg", "pets": False, "rooms": 3},
    ),
    "tags": (
        closed(tags=several(TEXT), title=TEXT),
        "Title: Slow travel. Tags: trains, maps, patience",
        {"tags": ["trains", "maps", "patience"], "title": "Slow travel"},
    ),
}
