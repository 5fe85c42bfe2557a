// Keeps an open page true: at each event the page is asked for anew, and its content is exchanged.
"use strict";

{
  // Beside our own files, whatever path we are below.
  const EVENTS = new URL("../events", document.currentScript.src);
  const AT_MOST_EVERY = 2000; // milliseconds: a busy fleet has several events in a second
  const TRY_AGAIN_AFTER = 10_000; // and a random part of it more, so that not all come at once
  let last = 0;
  let planned = null;
  let lostAt = null;

  const later = (act) => setTimeout(act, TRY_AGAIN_AFTER * (1 + Math.random()));

  const findPlace = () => document.activeElement?.closest("main a[href]")?.getAttribute("href");

  const remember = (main) => ({
    href: findPlace(),
    open: [...main.querySelectorAll("details")].map((one) => one.open),
    scrolled: [...main.querySelectorAll("[tabindex]")].map((one) => [one.scrollLeft, one.scrollTop]),
  });

  // Details stay as the reader set them, as long as there are as many as before.
  const restore = (main, kept) => {
    const details = [...main.querySelectorAll("details")];
    if (details.length === kept.open.length) details.forEach((one, at) => { one.open = kept.open[at]; });
    main.querySelectorAll("[tabindex]").forEach((one, at) => {
      const [left, top] = kept.scrolled[at] ?? [0, 0];
      one.scrollTo({ left, top, behavior: "instant" });
    });
    if (kept.href) main.querySelector(`a[href="${CSS.escape(kept.href)}"]`)?.focus({ preventScroll: true });
  };

  const exchange = (text) => {
    const page = new DOMParser().parseFromString(text, "text/html");
    const [main, fresh] = [document.querySelector("main"), page.querySelector("main")];
    if (!fresh) return;
    const kept = remember(main);
    main.replaceChildren(...document.importNode(fresh, true).childNodes);
    restore(main, kept);
    document.title = page.title;
    document.querySelector('link[rel="icon"]').href = page.querySelector('link[rel="icon"]').getAttribute("href");
    document.dispatchEvent(new Event("page-renewed"));
  };

  const tellLost = () => {
    lostAt ??= new Date();
    const words = `Not connected since ${lostAt.toLocaleTimeString()}: this is what was known then.`;
    const notice = document.querySelector("#lost");
    notice.textContent = words;
    notice.hidden = false;
  };

  const tellFound = () => {
    lostAt = null;
    document.querySelector("#lost").hidden = true;
  };

  const renew = async () => {
    planned = null;
    // Nothing is taken from under somebody's hands.
    if (document.activeElement?.matches("main input, main select, main textarea")) return plan();
    last = Date.now();
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (!answer.ok) throw new Error(answer.statusText);
      exchange(await answer.text());
      tellFound();
    } catch {
      tellLost();
      planned ??= later(renew);
    }
  };

  const plan = () => {
    planned ??= setTimeout(renew, Math.max(Math.random() * 200, last + AT_MOST_EVERY - Date.now()));
  };

  const listen = () => {
    const events = new EventSource(EVENTS);
    events.addEventListener("changed", plan);
    events.addEventListener("open", () => { if (lostAt) plan(); });
    events.addEventListener("error", () => {
      tellLost();
      // A browser comes back by itself after a broken connection, but not after a 502 or 503.
      if (events.readyState === EventSource.CLOSED) later(listen);
    });
  };

  listen();
}
