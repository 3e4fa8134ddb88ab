"""How the live views look: JupyterLab's own colours where it gives them, the system's elsewhere, light or dark.

No state is told by colour alone, and text keeps the theme's own contrast: amber and red are edges and bars.
"""

from __future__ import annotations

from .markup import Markup

__all__ = ["hiding", "style"]

CSS = """
.caicaini { --c-text: var(--jp-ui-font-color1, currentColor); --c-soft: var(--jp-ui-font-color1, currentColor);
  --c-line: var(--jp-border-color1, #8888); --c-ground: var(--jp-layout-color1, transparent);
  --c-bar: var(--jp-brand-color1, #1f6fb4); --c-amber: #d98600; --c-red: #d13438;
  color: var(--c-text); font-family: var(--jp-ui-font-family, system-ui, sans-serif);
  font-size: var(--jp-ui-font-size1, 13px); line-height: 1.45; }
.caicaini .widget-html-content, .caicaini .jp-RenderedHTMLCommon { color: inherit; line-height: inherit; }
.caicaini .tiles { display: flex; flex-wrap: wrap; gap: 6px; margin: 0; padding: 0; }
.caicaini .tile { border: 1px solid var(--c-line); border-radius: 3px; padding: 3px 10px; min-width: 80px;
  background: var(--c-ground); }
.caicaini .tile dt { font-size: .87em; font-weight: normal; color: var(--c-soft); margin: 0; float: none; width: auto; }
.caicaini .tile dd { margin: 0; font-size: 1.1em; white-space: nowrap; font-weight: 600;
  font-variant-numeric: tabular-nums; }
.caicaini .tile dd small { display: block; font-weight: normal; font-size: .8em; }
.caicaini .amber { border-left: 5px solid var(--c-amber); }
.caicaini .red { border-left: 5px solid var(--c-red); }
.caicaini .track { display: block; height: 5px; margin-top: 3px; border-radius: 2px; background: var(--c-line); }
.caicaini .track span { display: block; height: 5px; border-radius: 2px; background: var(--c-bar); }
.caicaini .amber .track span { background: var(--c-amber); }
.caicaini .red .track span { background: var(--c-red); }
.caicaini .said { margin: 4px 0 0; min-height: 1.2em; }
.caicaini table { border-collapse: collapse; margin: 6px 0; font-variant-numeric: tabular-nums; }
.caicaini caption { text-align: left; padding: 2px 0; }
.caicaini th, .caicaini td { padding: 2px 10px 2px 0; text-align: right; font-weight: normal;
  border-bottom: 1px solid var(--c-line); }
.caicaini thead th { font-weight: 600; }
.caicaini tr > :first-child { text-align: left; }
.caicaini tfoot th, .caicaini tfoot td { font-weight: 600; border-bottom: 0; }
.caicaini svg text { fill: var(--c-text); font-size: 12px; font-family: inherit; }
.caicaini svg rect { fill: var(--c-bar); }
.caicaini .scrolled { max-height: 420px; overflow: auto; display: inline-block; padding-right: 8px; }
.caicaini a.action { display: inline-block; padding: 0 10px; line-height: 26px; color: var(--c-text);
  border: 1px solid var(--c-line); border-radius: 2px; text-decoration: none; background: var(--c-ground); }
.caicaini a.action:hover, .caicaini a.action:focus-visible { outline: 2px solid var(--c-bar); }
.caicaini button:focus-visible, .caicaini select:focus-visible, .caicaini textarea:focus-visible,
.caicaini input:focus-visible { outline: 2px solid var(--c-bar); outline-offset: 1px; }
.caicaini .turn { border-left: 3px solid var(--c-line); padding: 0 0 0 10px; margin: 8px 0; }
.caicaini .turn.mine { border-left-color: var(--c-bar); }
.caicaini .turn pre { white-space: pre-wrap; background: var(--jp-layout-color2, #8882); padding: 6px; }
.caicaini .receipt { font-size: .87em; }
.caicaini .widget-button, .caicaini .widget-toggle-button, .caicaini .jupyter-button { color: var(--c-text);
  background: var(--c-ground); border: 1px solid var(--c-line); box-shadow: none; }
.caicaini .jupyter-button.mod-active { border-color: var(--c-bar); box-shadow: inset 0 -3px 0 var(--c-bar); }
.caicaini .widget-label { color: var(--c-text); }
"""

# The table gives way to the live view, and takes its place again where there is none: JupyterLab shows "Loading
# widget…" for one whose kernel has ended: a panel with text and no element in it.
WAITING = """
.jp-OutputArea-child:has(.caicaini-twin-{name})
  + .jp-OutputArea-child:has(> .jp-OutputArea-output.lm-Panel):not(:has(> .jp-OutputArea-output > *)) {{
  display: none; }}
"""
LIVE = ".caicaini-twin-{name} {{ display: none; }}"
# Keys pressed in a live view are its own: else an arrow in a list moves through the cells, and D twice deletes one.
# JupyterLab asks the element that has the focus, and no other.
KEYS = (
    "this.closest('.caicaini-live')?.addEventListener('focusin',"
    " (event) => event.target.setAttribute('data-lm-suppress-shortcuts', 'true'))"
)


def style(name: str) -> Markup:
    """The style sheet a live view brings along; it hides the table of the same `name`."""
    return Markup(f'<style onload="{KEYS}">{CSS}{LIVE.format(name=name)}</style>')


def hiding(name: str) -> Markup:
    """The style sheet of the table: it hides a live view that is not there."""
    return Markup(f"<style>{WAITING.format(name=name)}</style>")
