// The wall refreshes itself: lists that somebody has scrolled stay where they are, and so does the focus.
"use strict";

(() => {
  let places = new Map();
  let focused = "";

  document.addEventListener("htmx:beforeSwap", () => {
    places = new Map([...document.querySelectorAll("#wall [id]")].map((list) => [list.id, list.scrollTop]));
    focused = document.activeElement?.closest("#wall")
      ? `#wall a[href="${CSS.escape(document.activeElement.getAttribute("href") ?? "")}"]`
      : "";
  });

  document.addEventListener("htmx:afterSwap", () => {
    for (const [id, top] of places) {
      const list = top && document.getElementById(id);
      if (list) list.scrollTop = top;
    }
    if (focused) document.querySelector(focused)?.focus({ preventScroll: true });
  });
})();
