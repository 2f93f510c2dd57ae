// The trial chat: posts what is typed or tapped, shows bubbles as they come.
"use strict";

const log = document.getElementById("log");
const text = document.getElementById("text");
const state = document.getElementById("state");
const sheet = document.getElementById("sheet");
const agency = document.body.dataset.agency || null;
const BUTTONS = 3; // as many as the messengers show below a bubble; more become a list
const PATIENCE = 120000; // milliseconds until a reply is said to be late
let last = 0;
let patience = 0;
let talking = false;
let typing = null;

function element(tag, className, content) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (content) made.textContent = content;
  return made;
}

function show(node) {
  log.append(node);
  node.scrollIntoView({ block: "end" });
}

function clock() {
  const now = new Date();
  const time = element("time", "", now.toLocaleTimeString("id-ID", { hour: "2-digit", minute: "2-digit" }));
  time.dateTime = now.toISOString();
  return time;
}

function mine(content) {
  const bubble = element("div", "bubble mine", content);
  bubble.append(clock());
  show(bubble);
  return bubble;
}

function theirs(message) {
  const bubble = element("div", "bubble theirs");
  for (const line of message.lines) {
    const row = element("div", `line l${line.level}${line.bold ? " bold" : ""}${line.text ? "" : " blank"}`);
    if (line.marker) row.append(element("span", "marker", line.marker));
    row.append(element("span", "", line.text));
    bubble.append(row);
  }
  if (message.attachment) {
    const address = `/coba/lampiran/${message.id}`;
    const link = element("a", "", message.attachment.media_type.startsWith("image/") ? "" : message.attachment.name);
    link.href = address;
    link.download = message.attachment.name;
    if (!link.textContent) {
      const picture = element("img");
      picture.src = address;
      picture.alt = message.attachment.name;
      link.append(picture);
    }
    bubble.append(link);
  }
  bubble.append(clock());
  log.append(bubble);
  if (message.choices.length) log.append(choices(message));
  bubble.scrollIntoView({ block: "start" });
}

function choices(message) {
  const group = element("div", "choices");
  if (message.choices.length <= BUTTONS) {
    for (const choice of message.choices) group.append(tappable(choice, choice.label));
  } else {
    const open = element("button", "", "☰ Pilihan");
    open.type = "button";
    open.setAttribute("aria-haspopup", "dialog");
    open.addEventListener("click", () => list(message.choices));
    group.append(open);
  }
  return group;
}

function tappable(choice, label) {
  const button = element("button", "", label);
  button.type = "button";
  button.addEventListener("click", () => { sheet.close(); send(choice.label, choice.id); });
  return button;
}

function list(options) {
  const rows = sheet.querySelector("ul");
  rows.replaceChildren(...options.map((choice) => {
    const button = tappable(choice, choice.label);
    if (choice.description) button.append(element("small", "", choice.description));
    const row = element("li");
    row.append(button);
    return row;
  }));
  sheet.showModal();
}

function dots(on) {
  if (typing) typing.remove();
  typing = null;
  state.textContent = on ? "mengetik…" : "daring";
  if (!on) return;
  typing = element("div", "typing");
  typing.setAttribute("aria-hidden", "true");
  typing.append(element("i"), element("i"), element("i"));
  show(typing);
}

function newId() { // the page's own for each message: stored once, however often it is sent
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, "0")).join("");
}

function send(content, choice) {
  const body = JSON.stringify({ id: newId(), text: content, choice: choice || null, agency });
  return deliver(mine(content), "/coba/pesan", { method: "POST", headers: { "Content-Type": "application/json" }, body });
}

function sendFile(file) {
  const body = new FormData();
  body.append("id", newId());
  body.append("text", "");
  body.append("agency", agency || "");
  body.append("file", file);
  return deliver(mine(`📎 ${file.name}`), "/coba/berkas", { method: "POST", body });
}

async function deliver(bubble, address, request) {
  dots(!talking);
  try {
    const response = await post(address, request);
    if (!response.ok) throw new Error((await response.json()).error);
    clearTimeout(patience);
    if (!talking) patience = setTimeout(late, PATIENCE);
  } catch (error) {
    dots(false);
    bubble.classList.add("failed");
    const reason = error instanceof TypeError ? "Sambungan terputus. Periksa internet lalu kirim lagi." : error.message;
    show(element("p", "day", reason));
  }
}

function follow(message) { // an officer writes when they have read, so nothing says that an answer is on its way
  const offered = message.choices.map((choice) => choice.id);
  if (offered.includes("menu")) talking = false;
  else if (offered.some((id) => id.startsWith("akhiri:")) && message.choices[0].label.startsWith("Akhiri")) talking = true;
}

async function post(address, request) {
  try {
    return await fetch(address, request);
  } catch {
    await new Promise((resolve) => setTimeout(resolve, 1500));
    return fetch(address, request);
  }
}

function late() {
  dots(false);
  show(element("p", "day", "Jawaban belum datang. Pesan sudah tersimpan; muat ulang halaman ini sebentar lagi."));
}

async function listen() { // replies, and what officers say later, come as long as the page is open
  for (;;) {
    try {
      const response = await fetch(`/coba/balasan?tunggu=1&after=${last}`);
      const { bubbles } = await response.json();
      if (bubbles.length) {
        clearTimeout(patience);
        dots(false);
        bubbles.forEach(theirs);
        bubbles.forEach(follow);
        last = bubbles.at(-1).id;
      }
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 3000));
    }
  }
}

async function skipEarlier() { // a reloaded page starts a clean screen, the talk itself goes on
  const response = await fetch("/coba/balasan?after=0");
  const { bubbles } = await response.json();
  if (bubbles && bubbles.length) last = bubbles.at(-1).id;
}

function fit() {
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight}px`;
}

document.getElementById("compose").addEventListener("submit", (event) => {
  event.preventDefault();
  const content = text.value;
  if (!content.trim()) return text.focus();
  text.value = "";
  fit();
  text.focus();
  send(content);
});
text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    text.form.requestSubmit();
  }
});
text.addEventListener("input", fit);
sheet.querySelector(".close").addEventListener("click", () => sheet.close());
sheet.addEventListener("click", (event) => { if (event.target === sheet) sheet.close(); });
document.getElementById("office")?.addEventListener("change", (event) => event.target.form.submit());
document.getElementById("file").addEventListener("change", (event) => {
  const [file] = event.target.files;
  event.target.value = "";
  if (file) sendFile(file);
});
skipEarlier().finally(() => { text.focus(); listen(); });
