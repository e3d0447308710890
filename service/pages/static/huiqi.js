// Makes the pages faster to use; everything works without it. Never sends what a field holds anywhere but to this service.
"use strict";

// A search field in front of a long select: finds codes by name and puts the chosen one into the select.
function searchable(field) {
  const select = field.querySelector("select");
  const input = document.createElement("input");
  const list = document.createElement("datalist");
  const label = document.createElement("label");
  const hint = document.createElement("span");
  list.id = select.id + "-found";
  input.id = select.id + "-search";
  hint.id = select.id + "-hint";
  input.setAttribute("list", list.id);
  input.setAttribute("aria-describedby", hint.id);
  input.autocomplete = "off";
  label.htmlFor = input.id;
  label.textContent = field.dataset.label;
  hint.className = "hint";
  hint.textContent = field.dataset.hint;
  select.before(label, hint, input, list);
  let wait = 0;
  const found = new Map();
  input.addEventListener("input", () => {
    const code = found.get(input.value);
    if (code) return choose(select, code, input.value);
    clearTimeout(wait);
    wait = setTimeout(() => look(field.dataset.search, input.value.trim(), list, found), 150);
  });
}

async function look(kind, words, list, found) {
  if (!words) return;
  const answer = await fetch(`/v1/codes/${kind}?limit=20&q=${encodeURIComponent(words)}`);
  if (!answer.ok) return;
  const { items } = await answer.json();
  list.replaceChildren();
  found.clear();
  for (const item of items) {
    const name = shown(item);
    found.set(name, item.code);
    const option = document.createElement("option");
    option.value = name;
    list.append(option);
  }
}

function shown(item) {
  const path = (item.path || []).map((step) => step.name || step).filter((step) => step !== item.name);
  return [...path, item.name].join(" ");
}

function choose(select, code, name) {
  if (![...select.options].some((option) => option.value === code)) {
    select.append(new Option(name, code));
  }
  select.value = code;
}

// A running job's page reloads itself until the job has ended.
function follow(place) {
  setTimeout(() => location.reload(), Number(place.dataset.reload) * 1000);
}

document.querySelectorAll("[data-search]").forEach(searchable);
document.querySelectorAll("[data-reload]").forEach(follow);
document.getElementById("faults")?.focus();
