"use strict";
(() => {
  const panel = document.getElementById("panel");
  const away = document.getElementById("away");

  // The server chooses a size by the length of the text; wide letters and many lines may need a smaller one.
  function fit() {
    const question = panel.querySelector(".question");
    if (!question) return;
    question.style.fontSize = "";
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    let size = parseFloat(getComputedStyle(question).fontSize);
    const least = rem * 0.8;
    const over = () => question.scrollHeight > question.clientHeight + 1 || question.scrollWidth > question.clientWidth + 1;
    while (over() && size > least) {
      size = Math.max(least, size * 0.96);
      question.style.fontSize = `${size}px`;
    }
  }

  function follow() {
    const events = new EventSource(`${location.pathname.replace(/\/$/, "")}/events`);
    events.onmessage = (event) => {
      const now = JSON.parse(event.data);
      panel.innerHTML = now.panel;
      panel.className = now.layout;
      away.hidden = true;
      fit();
    };
    events.onerror = () => {
      away.hidden = false;
      // A browser gives up for good when it was answered with an error, as while the bot starts again.
      if (events.readyState === EventSource.CLOSED) setTimeout(follow, 3000);
    };
    events.onopen = () => { away.hidden = true; };
  }

  addEventListener("resize", fit);
  fit();
  follow();
})();
