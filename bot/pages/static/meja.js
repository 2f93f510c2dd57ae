// Live parts are fetched again every few seconds; everything works without this too.
"use strict";
const EVERY = 4000;

async function renew(part) {
  if (document.hidden) return;
  try {
    const response = await fetch(part.dataset.live, { redirect: "manual" });
    if (!response.ok) return;
    const html = await response.text();
    if (html === part.before) return;
    const known = part.before !== undefined;
    part.before = html;
    if (!known && part.children.length) return; // the first look only learns what is shown already
    const held = part.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    part.innerHTML = html;
    if (held) part.querySelector(`[href="${CSS.escape(held)}"]`)?.focus();
    const version = part.querySelector("[data-version]")?.dataset.version;
    if (version) tell(version);
  } catch { /* the line is down: the next look may find it again */ }
}

function tell(version) { // forms of an older state say so before anything is sent in vain
  const field = document.querySelector("input[name=versi]");
  if (!field || field.value === version || document.getElementById("kata")) return;
  if (document.getElementById("berubah")) return;
  const note = document.createElement("p");
  note.id = "berubah";
  note.className = "info";
  note.setAttribute("role", "status");
  note.textContent = "Ada yang baru. Muat ulang halaman ini sebelum melangkah; salin dulu tulisan yang belum terkirim.";
  document.querySelector(".ticket").before(note);
}

for (const part of document.querySelectorAll("[data-live]")) setInterval(renew, EVERY, part);
for (const select of document.querySelectorAll("[data-into]")) {
  select.addEventListener("change", () => {
    const field = document.getElementById(select.dataset.into);
    if (select.value) field.value = field.value ? `${field.value}\n${select.value}` : select.value;
    field.focus();
  });
}
for (const form of document.querySelectorAll("form[data-ask]")) {
  form.addEventListener("submit", (event) => { if (!confirm(form.dataset.ask)) event.preventDefault(); });
}
document.getElementById("kata")?.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); event.target.form.requestSubmit(); }
});
document.querySelector(".talk")?.lastElementChild?.scrollIntoView({ block: "nearest" });
