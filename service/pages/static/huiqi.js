// Makes the pages faster to use; everything works without it.
// Sends what a search field holds to this service only.
"use strict";

// A search field instead of a long select: the select keeps the chosen code, the field shows its name.
function searchable(field) {
  const select = field.querySelector("select");
  const input = field.querySelector("input");
  const label = field.querySelector("label");
  const list = document.createElement("ul");
  list.id = select.id + "-found";
  list.className = "suggest";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", label.textContent);
  list.hidden = true;
  input.after(list);
  input.hidden = input.disabled = false;
  for (const [name, value] of Object.entries({
    role: "combobox", "aria-controls": list.id, "aria-expanded": "false", "aria-autocomplete": "list",
  })) input.setAttribute(name, value);
  label.htmlFor = input.id;
  select.hidden = true;
  const box = { field, select, input, list, asked: 0 };
  let wait = 0;
  input.addEventListener("input", () => {
    select.value = "";
    clearTimeout(wait);
    wait = setTimeout(() => look(box), 120);
  });
  input.addEventListener("keydown", (event) => steer(box, event));
  input.addEventListener("blur", () => close(box));
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[data-code]");
    if (option) choose(box, option);
  });
  field.querySelector("[data-offers]")?.addEventListener("click", (event) => {
    const option = event.target.closest("[data-code]");
    if (!option) return;
    choose(box, option);
    event.currentTarget.remove();
    input.focus();
  });
}

async function look(box) {
  const words = box.input.value.trim();
  const asked = ++box.asked;
  if (!words) return close(box);
  const answer = await fetch(`/choices/${box.field.dataset.search}?q=${encodeURIComponent(words)}`);
  if (!answer.ok || asked !== box.asked) return;
  const found = await answer.json();
  if (asked !== box.asked) return;
  box.list.replaceChildren(...found.map((item, place) => entry(box, item, place)));
  if (!found.length) box.list.append(told(box.field.dataset.none));
  box.list.hidden = false;
  box.input.setAttribute("aria-expanded", "true");
}

function entry(box, item, place) {
  const option = told(item.name);
  option.id = `${box.list.id}-${place}`;
  option.dataset.code = item.code;
  option.lang = "zh-Hans";
  option.setAttribute("role", "option");
  option.setAttribute("aria-selected", "false");
  return option;
}

function told(text) {
  const line = document.createElement("li");
  line.textContent = text;
  return line;
}

function steer(box, event) {
  const options = [...box.list.querySelectorAll("[data-code]")];
  if (box.list.hidden || !options.length) return;
  const now = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    event.preventDefault();
    mark(box, options, (now + step + options.length) % options.length);
  } else if (event.key === "Enter") {
    event.preventDefault();
    choose(box, options[Math.max(now, 0)]);
  } else if (event.key === "Escape") {
    close(box);
  }
}

function mark(box, options, place) {
  options.forEach((option, i) => option.setAttribute("aria-selected", String(i === place)));
  options[place].scrollIntoView({ block: "nearest" });
  box.input.setAttribute("aria-activedescendant", options[place].id);
}

function choose(box, option) {
  const { code } = option.dataset;
  if (![...box.select.options].some((one) => one.value === code)) {
    box.select.append(new Option(option.textContent, code));
  }
  box.select.value = code;
  box.input.value = option.textContent;
  close(box);
}

function close(box) {
  box.asked++;
  box.list.hidden = true;
  box.input.setAttribute("aria-expanded", "false");
  box.input.removeAttribute("aria-activedescendant");
}

// A running job's page reloads itself until the job has ended.
function follow(place) {
  setTimeout(() => location.reload(), Number(place.dataset.reload) * 1000);
}

// What a firm does with a card is told without leaving the page; opening a part or the link is told once.
function telling(form) {
  const card = form.closest(".card");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    note(form, event.submitter);
  });
  const opened = () => {
    if (card.dataset.opened) return;
    card.dataset.opened = "1";
    send(form, "opened").catch(() => {});
  };
  card.querySelectorAll("a.tap").forEach((link) => link.addEventListener("click", opened));
  card.querySelectorAll("details").forEach((part) => {
    if (!form.contains(part)) part.addEventListener("toggle", () => part.open && opened());
  });
}

function send(form, deed) {
  const body = new URLSearchParams(new FormData(form));
  body.set("deed", deed);
  return fetch(form.action, { method: "POST", body, keepalive: true, headers: { Accept: "application/json" } });
}

async function note(form, button) {
  const answer = await send(form, button.value).catch(() => null);
  if (!answer?.ok || answer.redirected) return location.reload();
  const [kind, reason] = button.value.split("=");
  for (const each of form.querySelectorAll("button")) {
    const mine = each === button || (reason && each.value === kind);
    each.setAttribute("aria-pressed", String(Boolean(mine)));
  }
  for (const tag of form.closest(".card").querySelectorAll("[data-tag]")) tag.hidden = tag.dataset.tag !== kind;
  form.querySelector("[data-done]").textContent = `✓ ${form.dataset[kind]}`;
}

document.querySelectorAll("[data-deeds]").forEach(telling);
document.querySelectorAll("[data-search]").forEach(searchable);
document.querySelectorAll("[data-reload]").forEach(follow);
document.getElementById("faults")?.focus();
