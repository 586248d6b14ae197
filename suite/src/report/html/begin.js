// What went wrong, in a list of its own: the pairings that share a finding are one line.
function findings() {
  const groups = new Map();
  for (const it of results.filter((it) => ["fail", "error", "stale_difference"].includes(it.verdict))) {
    const key = JSON.stringify([title(it), it.subject, it.verdict, it.observed ?? it.message]);
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(it);
  }
  const rank = (it) => VERDICTS.indexOf(it.verdict) * 2 + (it.level === "must" ? 0 : 1);
  const sorted = [...groups.values()].sort((a, b) => rank(a[0]) - rank(b[0]));
  if (sorted.length === 0) return;
  const items = sorted.map((group) => {
    const it = group[0];
    const line = make("button", { type: "button", class: "finding", tabindex: "-1", "aria-expanded": "false", "aria-haspopup": "dialog" },
      make("span", { class: `tag ${look([it])}` }, it.verdict === "fail" ? it.level : words(it.verdict)),
      make("span", { class: "mono" }, ...breakable(title(it))), make("span", { class: "dim" }, ` ${it.subject}: `),
      make("span", {}, it.observed ?? it.message), make("span", { class: "dim" }, group.length > 1 ? ` (${group.length} pairings)` : ""));
    line.pairings = group;
    line.addEventListener("click", () => open(line, it));
    return make("li", {}, line);
  });
  // One stop for the tab key, as in the grid; arrows go on from there.
  const list = make("ul", { class: "findings" }, ...items);
  const lines = [...list.querySelectorAll(".finding")];
  lines[0].tabIndex = 0;
  list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const from = event.target.closest(".finding");
    const to = lines[lines.indexOf(from) + step];
    if (!step || !from) return;
    event.preventDefault();
    if (!to) return;
    from.tabIndex = -1;
    to.tabIndex = 0;
    to.focus();
  });
  const head = make("div", { class: "family-head" }, make("h2", { id: "findings" }, "Findings"),
    make("span", { class: "dim" }, String(items.length)));
  byId("families").append(make("section", { "aria-labelledby": "findings" }, head, list));
}

// Begin.
findings();
for (const family of families.values()) {
  family.head = make("span", { class: "dim" });
  family.body = make("div");
  const head = make("div", { class: "family-head" }, make("h2", { id: `family-${family.name}` }, family.name), family.head);
  family.section = make("section", { "aria-labelledby": `family-${family.name}` }, head, family.body);
  sections.set(family.section, family);
  byId("families").append(family.section);
}
byId("families").append(make("p", { class: "nothing", id: "nothing" }, results.length ? "Nothing matches the filter." :
  "Nothing was run."));
refresh();
for (const section of sections.keys()) watcher.observe(section);
let waiting = 0;
find.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(refresh, results.length > 2000 ? 120 : 0);
});
const wanted = decodeURIComponent(location.hash.slice(1));
const linked = wanted && results.find((it) => idOf(it) === wanted);
if (linked) {
  allRows();
  const cell = allCells().find((it) => it.pairings.includes(linked));
  open(cell ?? null, linked);
  cell?.scrollIntoView({ block: "center" });
}
