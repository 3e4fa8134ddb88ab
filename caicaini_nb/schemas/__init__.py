"""From Python types to JSON Schema and from JSON back to values.

schema      a type's schema and reader; kinds, members, leaves and tree are its parts
shape       what an answer must be, wrapped for the wire where it is no object
structured  reads a reply's value, and asks once more where it does not fit; json_text finds the JSON in prose
frames      a value as a DataFrame
"""

__all__: list[str] = []
