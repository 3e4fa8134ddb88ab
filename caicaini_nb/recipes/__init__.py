"""Integrations with proof: a tool's complete configuration for your provider, base and model, fed to the real tool.

The recipes themselves are files, in `recipes/` of the checkout.

    what a recipe is    recipe (recipe.yaml as a value), shelf (where they are, which there are), symptoms (its table)
    what you paste      choice (provider, base, model), render
    what you get        targets, env_file, yaml_list, write, undo
    what is proved      environment (the tool, installed apart), scratch (a folder of its own), trial, verify, record
    what is wrong       doctor, checks
    your hands          commands, verb, picker
"""

__all__: list[str] = []
