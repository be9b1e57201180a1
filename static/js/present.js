"use strict";

// Steps through saved views without leaving the page, so that the full screen stays.

const EVERY = 20000; // milliseconds
let timer = null;

function step(where) {
  document.querySelector(`[data-step="${where}"]`).click();
}

function play(on) {
  clearInterval(timer);
  timer = on ? setInterval(() => step("after"), EVERY) : null;
  showState();
}

function showState() {
  const button = document.querySelector("[data-play]");
  button.hidden = false;
  button.setAttribute("aria-pressed", String(timer !== null));
  button.textContent = timer === null ? "Step every 20 seconds" : "Stop stepping";
  document.querySelector("[data-full]").hidden = !document.fullscreenEnabled;
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-play]")) {
    play(timer === null);
  }
  if (event.target.closest("[data-full]")) {
    if (document.fullscreenElement) {
      document.exitFullscreen();
    } else {
      document.documentElement.requestFullscreen();
    }
  }
});

document.addEventListener("keydown", (event) => {
  const elsewhere = event.target.closest("input, select, textarea, summary, [tabindex='0']");
  if (elsewhere || event.altKey || event.ctrlKey || event.metaKey) {
    return;
  }
  if (event.key === "ArrowRight" || event.key === "PageDown") {
    event.preventDefault();
    step("after");
  } else if (event.key === "ArrowLeft" || event.key === "PageUp") {
    event.preventDefault();
    step("before");
  }
});

document.body.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target.id === "present" || document.querySelector("[data-play][hidden]")) {
    showState();
  }
  const name = document.querySelector(".present__name");
  if (name) {
    document.title = `${name.textContent.trim().replace(/\s+/g, " ")} | Maturity Portal`;
  }
});

showState();
