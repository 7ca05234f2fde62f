"use strict";
// Which channel and whose eyes are in the address (#general/Student09): windows side by side can differ.
const $ = (id) => document.getElementById(id);
const seen = {};
let state = null;
let shown = "";

function chosen() {
  const [channel, viewer] = decodeURIComponent(location.hash.slice(1)).split("/");
  const who = state.viewers.find((item) => item.name === viewer) || state.viewers[0];
  const open = state.channels.filter((item) => who.staff || !item.staff);
  return { who, open, where: open.find((item) => item.name === channel) || open.find((item) => item.name === "general") };
}

function button(label, detail, pressed, target) {
  const item = document.createElement("li");
  const control = document.createElement("button");
  control.type = "button";
  control.textContent = label;
  if (detail) control.append(Object.assign(document.createElement("small"), { textContent: detail }));
  control.setAttribute("aria-pressed", String(pressed));
  control.dataset.target = target;
  control.addEventListener("click", () => { location.hash = target; });
  item.append(control);
  return item;
}

function render() {
  const { who, open, where } = chosen();
  const focused = document.activeElement?.dataset?.target;
  seen[where.name] = where.last;
  $("now").textContent = state.now;
  $("next").disabled = !state.next;
  $("next").textContent = state.next ? `To the next reminder (${state.next})` : "No reminder is left";
  $("viewers").replaceChildren(...state.viewers.map(
    (item) => button(item.name, item.what, item === who, `${where.name}/${item.name}`)));
  $("channels").replaceChildren(...open.map((item) => {
    const entry = button(`# ${item.name}`, "", item === where, `${item.name}/${who.name}`);
    entry.firstChild.classList.toggle("unread", item.last !== (seen[item.name] ??= item.last));
    return entry;
  }));
  if (focused) document.querySelector(`[data-target="${focused}"]`)?.focus();
  const address = `/discord#${where.id}.${who.id}.${state.key}`;
  if (address === shown) return;
  // Replaced, not assigned: the browser's Back button goes through the page's own choices.
  if (shown) $("discord").contentWindow.location.replace(address);
  else $("discord").src = address;
  shown = address;
}

async function ask(path, body) {
  const answer = await fetch(path, body && {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(await answer.text());
  state = await answer.json();
  render();
}

async function look() {
  try {
    await ask("/demo/state");
    if ($("notice").dataset.lost) { delete $("notice").dataset.lost; $("notice").textContent = ""; }
  } catch {
    $("notice").dataset.lost = "yes";
    $("notice").textContent = "The demo has ended. Start it again and reload this page.";
  }
  setTimeout(look, 2000);
}

const posted = () => state.channels.find((item) => item.name === "announcements").last;

for (const control of document.querySelectorAll("[data-step]")) {
  control.addEventListener("click", async () => {
    const before = posted();
    const controls = [...document.querySelectorAll("[data-step]")];
    controls.forEach((item) => { item.disabled = true; });
    try {
      await ask("/demo/time", { step: control.dataset.step });
      const news = posted() !== before;
      $("notice").textContent = news ? "A reminder was posted in #announcements." : "Nothing was due.";
      if (news && chosen().where.name !== "announcements") location.hash = `announcements/${chosen().who.name}`;
      else $("discord").contentWindow.location.reload(); // "in 3 days" is written when a message is drawn
    } catch (error) {
      $("notice").textContent = `Time could not be moved: ${error.message}`;
    } finally {
      controls.forEach((item) => { item.disabled = item.id === "next" && !state.next; });
    }
  });
}
addEventListener("hashchange", render);
look();
