"use strict";
// A chat follows its newest message. The preview keeps its place instead and restores it more than once while a
// message is laid out, so the end is held for half a second, or until somebody scrolls.
const list = document.getElementById("channel-message-list");
const timeline = document.getElementById("channel-timeline");
let newest = "";
let frames = 0;

function follow() {
  if (window.simcordPreview?.ready) {
    timeline.scrollTop = timeline.scrollHeight;
    frames -= 1;
  }
  if (frames > 0) requestAnimationFrame(follow);
}

new MutationObserver(() => {
  const last = list.lastElementChild?.dataset.messageId ?? "";
  if (last === newest) return;
  newest = last;
  if (frames <= 0) requestAnimationFrame(follow);
  frames = 30;
}).observe(list, { childList: true });
timeline.addEventListener("wheel", () => { frames = 0; }, { passive: true });
