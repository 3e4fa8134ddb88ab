"""`RecipePicker`: choose tool, provider, model and base, and copy the tool's complete configuration. It shows no key.

The files are the ones that `caicaini recipes show` prints, made by the same renderer.
"""

from __future__ import annotations

from typing import Any, ClassVar

from ..errors import CaicainiError
from ..models import catalogue
from ..widgets.live import Live
from ..widgets.markup import Markup, element, joined
from ..widgets.twin import Table, Twin
from .choice import Choice, choose
from .recipe import Recipe
from .render import render_all
from .shelf import named, names
from .standing import standing

__all__ = ["RecipePicker"]

FIRST = "openai-python"
LEFT = "text-align: left"
LABEL = {"description_width": "initial"}
# Where the page may not write to the clipboard, the text is selected for the reader's own Ctrl-C.
COPY = (
    "const text = this.closest('figure').querySelector('pre'), done = () => { this.textContent = 'Copied'; };"
    "const select = () => { getSelection().selectAllChildren(text); document.execCommand('copy') && done(); };"
    "navigator.clipboard ? navigator.clipboard.writeText(text.textContent).then(done, select) : select();"
)
BLOCK = (
    "max-height: 420px; overflow: auto; padding: 6px 10px; margin: 2px 0 10px; border: 1px solid var(--c-line, #8888)"
)


class RecipePicker(Live):
    """Pick a recipe. `tool`, `provider`, `model` and `base` are what stands there first.

    Raises `ConfigurationError` for a tool there is no recipe for, and for what does not belong together.
    """

    title: ClassVar[str] = "Recipe picker"

    def __init__(
        self, tool: str | None = None, *, provider: str | None = None, model: str | None = None, base: str | None = None
    ) -> None:
        super().__init__()
        self.recipe: Recipe = named(tool or FIRST)
        self.choice: Choice = choose(self.recipe, provider, base, model)
        self.problem: str | None = None
        self._controls: dict[str, Any] = {}
        self._is_showing = False

    @property
    def files(self) -> dict[str, str]:
        """The rendered files, by name."""
        return render_all(self.recipe, self.choice)

    def pick(
        self, tool: str | None = None, *, provider: str | None = None, model: str | None = None, base: str | None = None
    ) -> None:
        """Choose anew; what is left out stays where it can, else it is the provider's own. Raises as the class does."""
        recipe = self.recipe if tool is None else named(tool)
        kept = provider or (self.choice.provider if self.choice.provider in recipe.providers else recipe.providers[0])
        if kept == self.choice.provider:
            model, base = model or self.choice.model, base or self.choice.base
        self.choice = choose(recipe, kept, base, model)
        self.recipe, self.problem = recipe, None
        self._changed.now()

    def twin(self) -> Twin:
        files = self.files
        blocks = [joined([element("p", element("strong", name)), _block(text)]) for name, text in files.items()]
        words = "\n\n".join(f"{name}\n{text.rstrip()}" for name, text in files.items())
        return Twin([self._facts()], [self.problem] if self.problem else [], joined(blocks), words)

    def _facts(self) -> Table:
        recipe, choice = self.recipe, self.choice
        rows = [
            ("provider", choice.provider),
            ("base", choice.base),
            ("model", choice.model),
            ("key", f"from {choice.names()['key_variable']}"),
            *([("install", recipe.install)] if recipe.install else []),
            ("proof", standing(recipe)),
            *([("write it", f"caicaini recipes write {recipe.tool}")] if self._is_written else []),
            ("steps", f"recipes/{recipe.tool}/README.md"),
        ]
        return Table(f"{recipe.title}. {recipe.outcome}", ("", ""), rows)

    @property
    def _is_written(self) -> bool:
        return any(file.write for file in self.recipe.files_for(self.choice.provider))

    def _build(self) -> list[Any]:
        import ipywidgets

        dropdown = {"style": LABEL, "layout": {"width": "max-content"}}
        self._controls = {
            "tool": ipywidgets.Dropdown(options=names(), description="Tool", **dropdown),
            "provider": ipywidgets.Dropdown(description="Provider", **dropdown),
            "model": ipywidgets.Dropdown(description="Model", **dropdown),
            "base": ipywidgets.Text(description="Base", continuous_update=False, style=LABEL),
        }
        for name, control in self._controls.items():
            control.observe(lambda change, name=name: self._changed_by_hand(name, change["new"]), "value")
        self._controls["said"] = ipywidgets.HTML()
        self._controls["files"] = ipywidgets.HTML()
        chosen = [self._controls[name] for name in ("tool", "provider", "model", "base")]
        row = ipywidgets.HBox(chosen, layout={"flex_flow": "row wrap", "grid_gap": "4px 14px"})
        return [row, self._controls["said"], self._controls["files"]]

    def _show(self) -> None:
        self._is_showing = True  # new options choose the first of them
        try:
            known = [model.id for model in catalogue().values() if model.provider == self.choice.provider]
            models = known if self.choice.model in known else [self.choice.model, *known]
            for name, options in (("provider", self.recipe.providers), ("model", tuple(models))):
                if tuple(self._controls[name].options) != tuple(options):
                    self._controls[name].options = options
            values = (self.recipe.tool, self.choice.provider, self.choice.model, self.choice.base)
            for name, value in zip(("tool", "provider", "model", "base"), values, strict=True):
                self._controls[name].value = value
        finally:
            self._is_showing = False
        told = element("p", self.problem or "", class_="said", role="status")
        facts = Markup(self._facts().html().replace("<td>", f'<td style="{LEFT}">'))  # words, not numbers
        self._controls["said"].value = str(joined([facts, told]))
        self._controls["files"].value = str(joined([_copied(name, text) for name, text in self.files.items()]))

    def _changed_by_hand(self, name: str, value: str) -> None:
        if self._is_showing:
            return
        try:
            self.pick(**{name: value})
        except CaicainiError as error:  # told where it was typed; what was chosen before stays
            self.problem = str(error)
            self._changed.now()


def _copied(name: str, text: str) -> Markup:
    """A file with its name and a button."""
    label = f"Copy {name}"
    button = element("button", "Copy", type="button", class_="jupyter-button", onclick=COPY, aria_label=label)
    return element(
        "figure", element("figcaption", element("strong", name), " ", button), _block(text), style="margin: 0"
    )


def _block(text: str) -> Markup:
    return element("pre", text.rstrip("\n"), style=BLOCK, tabindex="0")
