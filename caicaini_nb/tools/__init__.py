"""Functions as tools that a model may ask to be run.

tool        a `Tool` and one `ToolRun`: values
function    `@tool`, and a schema from a signature; docstring reads its parameters' descriptions
runner      the only gate to a run: name, arguments, agreement, time; agreement asks the person
result      what came of it as text for the model
loop        ask, run, tell, until the answer is text
"""

__all__: list[str] = []
