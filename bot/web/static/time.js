// Times in the reader's zone. Without this they are read in UTC, which stays in the title.
"use strict";

{
  const shown = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  const spans = [["d", 86400], ["h", 3600], ["min", 60]];

  // The same words as the server's.
  const tell = (at) => {
    const seconds = (Date.now() - at) / 1000;
    const [unit, size] = spans.find(([, size]) => Math.abs(seconds) >= size) ?? [];
    if (!unit) return "just now";
    const words = `${Math.trunc(Math.abs(seconds) / size)} ${unit}`;
    return seconds > 0 ? `${words} ago` : `in ${words}`;
  };

  const show = () => {
    for (const time of document.querySelectorAll("time[datetime]")) {
      const at = new Date(time.dateTime);
      if (Number.isNaN(at.getTime())) continue;
      time.textContent = "relative" in time.dataset ? tell(at) : shown.format(at);
    }
  };

  show();
  setInterval(show, 30_000);
  document.addEventListener("page-renewed", show);
}
