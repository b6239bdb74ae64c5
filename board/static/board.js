// Shows a note when no updates arrive. The server sets the page's clock every second. If the clock
// does not change for SILENT_MS, the figures are old, and the note says of what time they are.
"use strict";
(() => {
  const SILENT_MS = 5000;
  let heard = Date.now();
  let clock = null;

  const observer = new MutationObserver(() => {
    heard = Date.now();
  });

  const note = document.createElement("p");
  note.className = "lost";
  note.setAttribute("role", "alert");
  document.body.append(note);

  setInterval(() => {
    const shown = document.getElementById("board-clock");
    if (shown && shown !== clock) {
      clock = shown;
      observer.disconnect();
      observer.observe(clock, { childList: true, characterData: true, subtree: true });
      heard = Date.now();
    }
    const lost = clock !== null && Date.now() - heard > SILENT_MS;
    if (lost !== document.body.classList.contains("is-lost")) {
      document.body.classList.toggle("is-lost", lost);
      note.textContent = lost
        ? `The board is gone: these figures are of ${clock.textContent}. It comes back by itself.`
        : "";
    }
  }, 1000);
})();
