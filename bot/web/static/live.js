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

  // What a reader opened is known by its words, whatever counts are in them, and by which of those
  // it is: sections come and go.
  const nameDetails = (main) => {
    const seen = new Map();
    return [...main.querySelectorAll("details")].map((one) => {
      const words = (one.querySelector("summary")?.textContent ?? "").replace(/\d+/g, "#").replace(/s\b/g, "");
      const around = one.parentElement.closest("[id], [aria-labelledby]");
      const place = `${around?.id || around?.getAttribute("aria-labelledby")} ${words}`;
      const count = (seen.get(place) ?? 0) + 1;
      seen.set(place, count);
      return [`${place} ${count}`, one];
    });
  };

  // A build that ran has another address when it has ended, and the same name.
  const findName = () => document.activeElement?.closest("main a[title]")?.title.split(":")[0];

  const remember = (main) => ({
    href: findPlace(),
    name: findName(),
    grid: document.activeElement?.matches(".grid") ?? false,
    open: new Map(nameDetails(main).map(([name, one]) => [name, one.open])),
    scrolled: [...main.querySelectorAll("[tabindex]")].map((one) => [one.scrollLeft, one.scrollTop]),
  });

  const restore = (main, kept) => {
    nameDetails(main).forEach(([name, one]) => { one.open = kept.open.get(name) ?? one.open; });
    main.querySelectorAll("[tabindex]").forEach((one, at) => {
      const [left, top] = kept.scrolled[at] ?? [0, 0];
      one.scrollTo({ left, top, behavior: "instant" });
    });
    if (kept.grid) main.querySelector(".grid")?.focus({ preventScroll: true });
    const named = kept.name && main.querySelector(`a[title^="${CSS.escape(kept.name)}:"]`);
    const same = kept.href && main.querySelector(`a[href="${CSS.escape(kept.href)}"]`);
    (same || named)?.focus({ preventScroll: true });
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
