// A firm's messages as they come: each is put on top once and told politely to who listens.
// Everything stands on the page without it. Takes the words from the page.
"use strict";

const box = document.querySelector("[data-stream]");
const part = (name) => box.querySelector(`[data-${name}]`);
let last = box.dataset.after;
let source = null;
let wait = 2000;
let timer = 0;

function open() {
  clearTimeout(timer);
  source?.close();
  source = new EventSource(box.dataset.stream + (last ? `?after=${encodeURIComponent(last)}` : ""));
  source.addEventListener("open", () => { wait = 2000; say("on"); });
  source.addEventListener("message", (event) => {
    last = event.lastEventId;
    add(piece(event.data));
  });
  source.addEventListener("watch", (event) => part("watch").replaceChildren(piece(event.data)));
  source.addEventListener("over", () => { stop(); say("over"); });
  source.addEventListener("error", broken);
}

// The browser tries again by itself unless the answer was no stream: a proxy's 502, say.
function broken() {
  say("off");
  if (source?.readyState !== EventSource.CLOSED) return;
  timer = setTimeout(open, wait);
  wait = Math.min(wait * 2, 60000);
}

function stop() {
  clearTimeout(timer);
  source?.close();
  source = null;
}

function piece(data) {
  return new DOMParser().parseFromString(JSON.parse(data), "text/html").body.firstElementChild;
}

function say(state) {
  const line = part("state");
  line.dataset.state = state;
  line.hidden = false;
  line.textContent = box.dataset[state];
}

function add(note) {
  if (document.getElementById(note.id)) return;
  part("none")?.remove();
  part("notes").prepend(note);
  const count = part("count");
  const unread = Number(count.dataset.count) + 1;
  count.dataset.count = String(unread);
  count.textContent = box.dataset.unread.replace("#", String(unread));
  count.hidden = false;
  part("said").textContent = note.dataset.said;
}

// Few connections are open at a time in one browser: a page nobody looks at gives its own back.
document.addEventListener("visibilitychange", () => {
  if (part("state").dataset.state === "over") return;
  if (document.hidden) stop();
  else if (!source) open();
});
open();
