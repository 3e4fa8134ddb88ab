"""An anywidget that puts text into a new cell below its own, in JupyterLab and Notebook 7. It needs anywidget.

A page has no call for that, so it does what a hand would: it presses the toolbar's button and types. Where that
cannot be done the text goes to the clipboard, and a line says so. It runs nothing.
"""

from __future__ import annotations

import anywidget

__all__ = ["CellWriter"]

SCRIPT = """
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
async function insert(el, text) {
  const cell = el.closest(".jp-Cell"), panel = el.closest(".jp-NotebookPanel");
  const button = panel?.querySelector('[data-command="notebook:insert-cell-below"]');
  if (!cell || !button) return false;
  const cells = () => [...panel.querySelectorAll(".jp-CodeCell")];
  cell.querySelector(".cm-content")?.focus();
  await pause(50);
  const before = new Set(cells());
  button.dispatchEvent(new MouseEvent("mousedown", { bubbles: true, button: 0 })); // the toolbar acts on this
  for (let tries = 0; tries < 20; tries++) {
    await pause(50);
    const made = cells().find((one) => !before.has(one))?.querySelector(".cm-content");
    if (made) {
      made.focus();
      return document.execCommand("insertText", false, text);
    }
  }
  return false;
}
function render({ model, el }) {
  const said = document.createElement("p");
  said.setAttribute("role", "status");
  el.append(said);
  const write = async ({ text }) => {
    said.textContent = "";
    if (await insert(el, text)) return;
    try {
      await navigator.clipboard.writeText(text);
      said.textContent = "It is in the clipboard: paste it into a cell.";
    } catch {
      said.textContent = "Run the panel's to_cell() in a cell: it puts the text into the cell below.";
    }
  };
  model.on("msg:custom", write);
  return () => model.off("msg:custom", write);
}
export default { render };
"""


class CellWriter(anywidget.AnyWidget):
    """`write(text)` puts it into a cell."""

    _esm = SCRIPT

    def write(self, text: str) -> None:
        self.send({"text": text})
