"""The anywidget behind `page`: HTML that it is given, and clocks in it that run by themselves. It needs anywidget."""

from __future__ import annotations

import anywidget
import traitlets

__all__ = ["TickingPage"]

# Seconds are counted from when the page got them: a kernel on another machine has another clock. Its own time, `at`, is
# only for a page that is loaded again later.
SCRIPT = """
function render({ model, el }) {
  const box = document.createElement("div");
  el.append(box);
  let arrived = Date.now();
  const tick = () => {
    const gone = (Date.now() - arrived) / 1000;
    for (const clock of box.querySelectorAll("[data-left]")) {
      const { left, before, then } = clock.dataset;
      const text = left > gone ? `${before}${Math.ceil(left - gone)} s` : then;
      if (clock.textContent !== text) clock.textContent = text;
    }
  };
  const show = () => {
    box.innerHTML = model.get("value");
    tick();
  };
  const changed = () => {
    arrived = Date.now();
    show();
  };
  box.innerHTML = model.get("value");
  const at = 1000 * (box.querySelector("[data-at]")?.dataset.at ?? 0);
  if (at && arrived - at > 5000) arrived = at;
  show();
  model.on("change:value", changed);
  const timer = setInterval(tick, 500);
  return () => {
    clearInterval(timer);
    model.off("change:value", changed);
  };
}
export default { render };
"""


class TickingPage(anywidget.AnyWidget):
    """`value` is HTML and must be safe already."""

    _esm = SCRIPT
    value = traitlets.Unicode("").tag(sync=True)
