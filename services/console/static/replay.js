// The replay of a case: a slider over the positions of its facts. The server tells how the case stood; we only swap it in.
"use strict";

(() => {
  const replay = document.getElementById("replay");
  if (!replay) return;
  const slider = document.getElementById("slider");
  const play = document.getElementById("play");
  const url = replay.dataset.url;
  const positions = replay.dataset.positions.split(" ").map(Number);
  const last = positions.length - 1;
  const STEP_MS = 900;

  let asking = null;
  let timer = null;

  const address = (index) => (index === last ? url : `${url}?position=${positions[index]}`);

  const tellProgress = () => slider.setAttribute("aria-valuetext", document.querySelector("#replay-at .at").textContent.trim());

  function swap(html) {
    const open = [...document.querySelectorAll("[data-replayed] details[open]")].map((each) => each.id);
    const fresh = new DOMParser().parseFromString(html, "text/html");
    for (const part of fresh.querySelectorAll("[data-replayed]")) {
      const old = document.getElementById(part.id);
      // A link that had the focus keeps it: its place among the links stays the same.
      const links = [...old.querySelectorAll("a, summary")];
      const focused = links.indexOf(document.activeElement);
      old.replaceWith(document.adoptNode(part));
      if (focused >= 0) part.querySelectorAll("a, summary")[focused]?.focus({ preventScroll: true });
    }
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    tellProgress();
  }

  async function show(index) {
    slider.value = index;
    asking?.abort();
    asking = new AbortController();
    try {
      const answer = await fetch(address(index), { headers: { "HX-Request": "true" }, signal: asking.signal });
      if (!answer.ok) return location.assign(address(index));
      swap(await answer.text());
      history.replaceState(history.state, "", address(index));
      replay.dataset.shown = positions[index];
      return true;
    } catch (error) {
      if (error.name !== "AbortError") stop();
      return false;
    }
  }

  function stop() {
    clearTimeout(timer);
    timer = null;
    play.textContent = play.dataset.play;
    play.setAttribute("aria-pressed", "false");
  }

  async function run(index) {
    const shown = await show(index);
    if (timer === null) return;
    if (shown && index < last) timer = setTimeout(() => run(index + 1), STEP_MS);
    else stop();
  }

  play.addEventListener("click", () => {
    if (timer !== null) return stop();
    play.textContent = play.dataset.pause;
    play.setAttribute("aria-pressed", "true");
    const from = Number(slider.value) === last ? 0 : Number(slider.value) + 1;
    timer = setTimeout(() => run(Math.min(from, last)), 0);
  });

  slider.addEventListener("input", () => {
    stop();
    show(Number(slider.value));
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-position]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    stop();
    show(positions.indexOf(Number(link.dataset.position)));
  });

  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.target.closest("input:not([type=checkbox]), select, textarea")) return;
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    stop();
    show(Math.min(Math.max(Number(slider.value) + step, 0), last));
  });

  slider.hidden = play.hidden = false;
  tellProgress();
})();
