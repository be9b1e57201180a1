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

  // Nothing may be lost unseen: say so when an answer did not reach the server. What the page asks by itself
  // changes nothing, so that nobody need hear that it failed.
  const told = (text) => (event) => {
    if (!event.detail.elt.matches("[data-unasked]")) say(text);
  };
  document.body.addEventListener("htmx:sendError", told("The server cannot be reached. Your last change is not saved."));
  document.body.addEventListener("htmx:responseError", told("The server refused the last change. It is not saved."));

  // A filter form that is marked so applies itself; its button stays for those without scripts.
  for (const form of document.querySelectorAll("form[data-submit-on-change]")) {
    form.addEventListener("change", () => form.requestSubmit());
  }

  // "/" leads to the search box, but never from a place where one types, nor where it was switched off:
  // a key of one sign is in the way of who speaks to the computer.
  const keySwitch = document.querySelector("[data-search-key]");
  if (keySwitch !== null) {
    keySwitch.hidden = false;
    const box = keySwitch.querySelector("input");
    box.checked = stored("search-key") !== "off";
    box.addEventListener("change", () => store("search-key", box.checked ? "on" : "off"));
  }
  document.addEventListener("keydown", (event) => {
    const box = document.querySelector("[data-focus-key='/']");
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || typing || !box) return;
    if (stored("search-key") === "off") return;
    // On a narrow screen the box is in the menu; what is not shown cannot be reached.
    const menu = document.querySelector(".usa-menu-btn");
    if (box.offsetParent === null && menu !== null) menu.click();
    event.preventDefault();
    box.focus();
    box.select();
  });
});

// What one chose on this device. Where a browser keeps nothing, the choice holds for the page.
const chosen = {};

function stored(name) {
  try {
    return window.localStorage.getItem(name) ?? chosen[name];
  } catch {
    return chosen[name];
  }
}

function store(name, value) {
  chosen[name] = value;
  try {
    window.localStorage.setItem(name, value);
  } catch {
    // It is kept above.
  }
}

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
