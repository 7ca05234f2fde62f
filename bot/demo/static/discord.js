"use strict";
// A chat follows its newest message. The preview keeps its place instead and restores it more than once while a
// message is laid out, so the end is held for a second, or until somebody scrolls.
const list = document.getElementById("channel-message-list");
const timeline = document.getElementById("channel-timeline");
let newest = "";
let until = 0;

function follow() {
  if (performance.now() > until) return;
  timeline.scrollTop = timeline.scrollHeight;
  requestAnimationFrame(follow);
}

new MutationObserver(() => {
  const last = list.lastElementChild?.dataset.messageId ?? "";
  if (last === newest) return;
  newest = last;
  until = performance.now() + 1000;
  follow();
}).observe(list, { childList: true });
timeline.addEventListener("wheel", () => { until = 0; }, { passive: true });
