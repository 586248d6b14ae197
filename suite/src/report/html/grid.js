// The grid: a table for each family, made when it comes into view.
const sections = new Map();
const watcher = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    const family = sections.get(entry.target);
    family.near = entry.isIntersecting;
    if (family.near && family.dirty) draw(family);
  }
}, { rootMargin: "600px" });

function refresh() {
  needles = find.value.toLowerCase().split(/\s+/).filter((word) => word !== "");
  let shown = 0;
  for (const family of families.values()) {
    family.matching = family.results.filter(matches);
    shown += family.matching.length;
    family.dirty = true;
    family.section.hidden = family.matching.length === 0;
    family.head.textContent = summaryOf(family.matching);
    if (family.near) draw(family);
    else family.body.style.minHeight = `${new Set(family.matching.map(title)).size * 26 + 120}px`;
  }
  byId("shown").textContent = shown === results.length ? `${shown} pairings` : `${shown} of ${results.length} pairings`;
  byId("nothing").hidden = shown > 0;
}

function summaryOf(list) {
  const count = {};
  for (const it of list) count[it.verdict] = (count[it.verdict] || 0) + 1;
  return VERDICTS.filter((verdict) => count[verdict]).map((verdict) => `${count[verdict]} ${words(verdict)}`).join(", ");
}

function columnsOf(list) {
  const columns = new Map();
  for (const it of list) {
    const key = `${it.interpreter}\n${columnOf(it)}`;
    if (!columns.has(key)) columns.set(key, { key, interpreter: it.interpreter, name: columnOf(it) });
  }
  const order = (it) => data.interpreters.indexOf(it.interpreter);
  return [...columns.values()].sort((a, b) => order(a) - order(b) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function draw(family) {
  family.dirty = false;
  family.body.style.minHeight = "";
  const columns = columnsOf(family.matching);
  const place = new Map(columns.map((column, index) => [column.key, index]));
  const rows = new Map();
  for (const it of family.matching) {
    const name = title(it);
    if (!rows.has(name)) rows.set(name, { first: it, cells: columns.map(() => []) });
    rows.get(name).cells[place.get(`${it.interpreter}\n${columnOf(it)}`)].push(it);
  }
  const body = make("tbody");
  for (const { first, cells } of rows.values()) {
    const tr = make("tr", { role: "row" }, headOf(first));
    cells.forEach((cell, index) => {
      const starts = index === 0 || columns[index - 1].interpreter !== columns[index].interpreter;
      const td = make("td", { role: "gridcell", class: starts ? "first" : "" });
      if (cell.length) td.append(cellOf(cell, columns[index]));
      tr.append(td);
    });
    body.append(tr);
  }
  const table = make("table", { role: "grid", "aria-label": `${family.name}: cases by participant` }, tableHead(columns), body);
  family.body.replaceChildren(make("div", { class: "scroll" }, table));
  giveOneTabStop();
}

function headOf(it) {
  const fact = it.caseOf.id.split("::")[1];
  const head = make("th", { scope: "row", role: "rowheader", class: "case", title: it.caseOf.summary || it.caseOf.id });
  head.append(make("span", {}, ...breakable(fact)));
  if (it.row !== null) head.append(" ", make("span", { class: "row" }, ...breakable(it.row)));
  return head;
}

// A long name may be broken behind each underscore.
const breakable = (name) => name.split(/(?<=_)/).flatMap((part, index) => (index ? [make("wbr"), part] : [part]));

// The end of a long expression tells it from the others.
const LONGEST = 28;
const shortened = (name) => (name.length > LONGEST ? `…${name.slice(1 - LONGEST)}` : name);

function tableHead(columns) {
  const groups = make("tr", { role: "row" }, make("th", { class: "case", role: "columnheader" }, ""));
  for (let begin = 0; begin < columns.length;) {
    let end = begin;
    while (end < columns.length && columns[end].interpreter === columns[begin].interpreter) end += 1;
    groups.append(make("th", { class: "group", scope: "colgroup", role: "columnheader", colspan: end - begin },
      columns[begin].interpreter));
    begin = end;
  }
  const names = make("tr", { role: "row" }, make("th", { class: "case", role: "columnheader" }, "case"));
  for (const { name } of columns) {
    names.append(make("th", { class: "side", scope: "col", role: "columnheader", title: name }, make("span", {}, shortened(name))));
  }
  return make("thead", {}, groups, names);
}

const worst = (list) => VERDICTS.find((verdict) => list.some((it) => it.verdict === verdict));

function look(list) {
  const verdict = worst(list);
  const mild = verdict === "fail" && !list.some((it) => it.verdict === "fail" && it.level === "must");
  return mild ? "should" : verdict;
}

function cellOf(list, column) {
  const verdict = worst(list);
  const of = list.filter((it) => it.verdict === verdict).length;
  const said = `${title(list[0])}, ${column.name} on ${column.interpreter}: ${words(verdict)}` +
    (list.length > 1 ? `, ${of} of ${list.length} pairings` : "");
  const cell = make("button", { type: "button", class: `cell ${look(list)}`, tabindex: "-1", "aria-label": said, title: said,
    "aria-expanded": "false", "aria-haspopup": "dialog" }, SIGNS[verdict]);
  if (of < list.length) cell.append(make("small", {}, `${of}/${list.length}`));
  cell.pairings = list;
  return cell;
}

// Keys: one cell of the grid can be tabbed to, and arrows go on from there.
const allCells = () => [...document.querySelectorAll(".cell")];
let current = null;

function giveOneTabStop() {
  if (current === null || !current.isConnected) current = document.querySelector(".cell");
  if (current) current.tabIndex = 0;
}

function goTo(cell) {
  if (!cell) return;
  if (current) current.tabIndex = -1;
  current = cell;
  cell.tabIndex = 0;
  cell.focus();
  cell.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function neighbour(cell, key) {
  const td = cell.closest("td");
  const inRow = (tr) => [...tr.querySelectorAll(".cell")];
  const row = inRow(td.parentElement);
  const at = row.indexOf(cell);
  if (key === "ArrowRight") return row[at + 1];
  if (key === "ArrowLeft") return row[at - 1];
  if (key === "Home") return row[0];
  if (key === "End") return row[row.length - 1];
  const step = key === "ArrowDown" ? 1 : -1;
  const rows = allRows();
  const next = rows[rows.indexOf(td.parentElement) + step];
  if (!next) return undefined;
  const cells = inRow(next);
  const near = (it) => Math.abs(it.closest("td").cellIndex - td.cellIndex);
  return cells.reduce((best, it) => (best === undefined || near(it) < near(best) ? it : best), undefined);
}

// The next table has to be there before a key can lead into it.
function allRows() {
  for (const family of families.values()) if (family.dirty && !family.section.hidden) draw(family);
  return [...document.querySelectorAll("tbody tr")];
}

byId("families").addEventListener("keydown", (event) => {
  const cell = event.target.closest?.(".cell");
  if (!cell || event.ctrlKey || event.metaKey || event.altKey) return;
  if (["ArrowRight", "ArrowLeft", "ArrowUp", "ArrowDown", "Home", "End"].includes(event.key)) {
    event.preventDefault();
    goTo(neighbour(cell, event.key));
  }
});
byId("families").addEventListener("click", (event) => {
  const cell = event.target.closest(".cell");
  if (cell) open(cell, worstFirst(cell.pairings)[0]);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !panel.hidden) {
    event.preventDefault();
    close();
  } else if (event.key === "/" && !event.target.closest("input")) {
    event.preventDefault();
    find.focus();
  }
});
