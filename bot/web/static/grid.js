// Keys in the grid: arrows go from build to build, f to the next failure, / to the name.
"use strict";

{
  const BAD = ".mark.bad, .mark.warn, .mark.unsure";

  const findIn = (row, column) => row.cells[column]?.querySelector("a.mark");

  // The next row that has a build in this column, as far as the grid goes.
  const findBelow = (rows, from, step, column) => {
    for (let at = from + step; at >= 0 && at < rows.length; at += step) {
      const found = findIn(rows[at], column);
      if (found) return found;
    }
    return null;
  };

  const findBeside = (row, from, step) => {
    for (let at = from + step; at >= 0 && at < row.cells.length; at += step) {
      const found = findIn(row, at);
      if (found) return found;
    }
    return null;
  };

  const findNext = (grid, key, here) => {
    const rows = [...grid.querySelectorAll("tbody tr")];
    const cell = here.closest("td");
    const [row, column] = [cell.parentElement, cell.cellIndex];
    const at = rows.indexOf(row);
    return {
      ArrowDown: () => findBelow(rows, at, 1, column),
      ArrowUp: () => findBelow(rows, at, -1, column),
      ArrowRight: () => findBeside(row, column, 1),
      ArrowLeft: () => findBeside(row, column, -1),
    }[key]?.();
  };

  const findFailure = (grid, here) => {
    const bad = [...grid.querySelectorAll(BAD)];
    return bad.find((one) => here && here.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING) ?? bad[0];
  };

  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input, select, textarea");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    // Looked up at each key: a page that is renewed has other ones.
    const grid = document.querySelector(".grid");
    const name = document.querySelector('.filters input[name="q"]');
    if (event.key === "/" && name) {
      event.preventDefault();
      name.focus();
      return;
    }
    if (!grid) return;
    const here = event.target.closest(".grid a.mark");
    const arrow = event.key.startsWith("Arrow");
    const inside = here ?? (event.target === grid && arrow ? grid.querySelector("a.mark") : null);
    let next = null;
    if (event.key === "f") next = findFailure(grid, here);
    else if (arrow && inside) next = here ? findNext(grid, event.key, here) : inside;
    if (!next) return;
    event.preventDefault();
    next.focus();
    next.scrollIntoView({ block: "nearest", inline: "nearest" });
  });
}
