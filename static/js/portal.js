"use strict";

// Runs in the head, before the page is drawn: style rules for pages without scripts end here.
document.documentElement.classList.remove("no-js");

document.addEventListener("DOMContentLoaded", () => {
  // What the server answered with an error is shown in its place, as a full page load would show it.
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    const status = event.detail.xhr.status;
    if (status === 409 || status === 422) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });

  // Nothing may be lost unseen: say so when an answer did not reach the server.
  document.body.addEventListener("htmx:sendError", () => say("The server cannot be reached. Your last change is not saved."));
  document.body.addEventListener("htmx:responseError", () => say("The server refused the last change. It is not saved."));

  // A filter form that is marked so applies itself; its button stays for those without scripts.
  for (const form of document.querySelectorAll("form[data-submit-on-change]")) {
    form.addEventListener("change", () => form.requestSubmit());
  }
});

function say(text) {
  const alert = document.createElement("div");
  alert.className = "usa-alert usa-alert--error usa-alert--slim";
  alert.setAttribute("role", "alert");
  const body = document.createElement("div");
  body.className = "usa-alert__body";
  const words = document.createElement("p");
  words.className = "usa-alert__text";
  words.textContent = text;
  body.append(words);
  alert.append(body);
  document.getElementById("messages").replaceChildren(alert);
}
