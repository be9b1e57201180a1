"use strict";

// The questionnaire: nothing typed is left behind unseen, and the keyboard stays where it was.
(() => {
  const changed = new Set();

  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-guard]");
    if (form) changed.add(form);
  });

  // Leaving by a form that is sent is no loss of that form.
  document.addEventListener("submit", (event) => changed.delete(event.target));

  addEventListener("beforeunload", (event) => {
    if ([...changed].some((form) => form.isConnected)) event.preventDefault();
  });

  document.body.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt;
    // Refused without an answer to show (the server was not reached): what was typed is still unsaved.
    if (form.matches("form[data-guard]") && event.detail.failed && form.isConnected) changed.add(form);
  });

  // After a swap the focus goes to what came of it; an unsaved form stays guarded.
  document.body.addEventListener("htmx:afterSettle", (event) => {
    const target = event.detail.elt;
    const refused = target.querySelector("[role=alert]");
    const told = ["[role=alert]", "[role=status]", "input:checked", "input:not([type=hidden])"]
      .map((what) => target.querySelector(what)).find(Boolean);
    if (refused) {
      const form = refused.closest("form") ?? target.querySelector("form[data-guard]");
      if (form) changed.add(form);
    }
    if (told) {
      if (told.tagName !== "INPUT") told.tabIndex = -1;
      told.focus();
    }
  });
})();
