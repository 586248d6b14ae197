"use strict";
// The data of the page, and which of it the filter leaves. Texts reach the page as text alone, never as markup.

const data = JSON.parse(document.getElementById("data").textContent);
const text = (index) => (index < 0 ? null : data.texts[index]);
const byId = (id) => document.getElementById(id);

// From worst to best: a cell of several pairings shows its worst.
const VERDICTS = ["fail", "error", "stale_difference", "unverified", "info", "known_difference", "pass", "not_applicable"];
const SIGNS = { fail: "✗", error: "!", stale_difference: "~", unverified: "?", info: "i", known_difference: "≈", pass: "✓",
  not_applicable: "–" };
const words = (verdict) => verdict.replace("_", " ");

const results = data.results.map((it, index) => ({
  index, caseOf: data.cases[it[0]], row: text(it[1]), level: text(it[2]), verdict: text(it[3]), producer: text(it[4]),
  consumer: text(it[5]), interpreter: text(it[6]), by: text(it[7]), subject: text(it[8]), expected: text(it[9]),
  observed: text(it[10]), end: text(it[11]), message: text(it[12]), why: text(it[13]), output: text(it[14]),
  phase: text(it[15]), binds: text(it[16]), rerun: it[17], timeline: it[18] || [],
}));
const idOf = (it) => `${title(it)}/${it.producer ?? "-"}/${it.consumer ?? "-"}/${it.interpreter}/${it.by ?? "-"}/${it.subject}`;
const title = (it) => (it.row === null ? it.caseOf.id : `${it.caseOf.id}[${it.row}]`);
const rerunOf = (it) => {
  const parts = it.rerun.map(text);
  return parts.length === 1 ? parts[0] : parts[0] + idOf(it) + parts[1];
};
const place = (it) => {
  const sides = [it.producer, it.consumer].filter((side) => side !== null);
  return `${sides.length ? sides.join(" → ") : "the runtime"} on ${it.interpreter}`;
};

// A column is who is bound: a fixture, a capsule of a target, or the interpreter itself.
const targets = new Set(data.targets);
const MANY = 40;
const bound = (it) => (it.binds === "producer" ? it.producer : it.binds === "consumer" ? it.consumer : null);
const subjects = new Set(results.filter((it) => targets.has(bound(it))).map((it) => it.subject));
const columnOf = (it) => {
  const who = bound(it);
  if (who === null) return "the interpreter";
  return targets.has(who) && subjects.size <= MANY ? it.subject : who;
};

const families = new Map();
for (const it of results) {
  const name = it.caseOf.id.split("::")[0];
  if (!families.has(name)) families.set(name, { name, results: [], dirty: true });
  families.get(name).results.push(it);
}

const make = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
};

// The filter.
const find = byId("find");
const hidden = new Set();
let needles = [];
const haystack = (it) =>
  (it.haystack ??= [idOf(it), it.observed, it.message, it.expected, it.level, it.caseOf.summary].join("\n").toLowerCase());
const matches = (it) => !hidden.has(it.verdict) && needles.every((needle) => haystack(it).includes(needle));

const counts = {};
for (const it of results) counts[it.verdict] = (counts[it.verdict] || 0) + 1;
for (const verdict of VERDICTS.filter((verdict) => counts[verdict])) {
  const sign = make("i", { class: verdict, "aria-hidden": "true" }, SIGNS[verdict]);
  const chip = make("button", { type: "button", class: "chip", "aria-pressed": "true", "data-verdict": verdict }, sign,
    `${words(verdict)} ${counts[verdict]}`);
  chip.addEventListener("click", () => {
    if (!hidden.delete(verdict)) hidden.add(verdict);
    chip.setAttribute("aria-pressed", String(!hidden.has(verdict)));
    refresh();
  });
  byId("verdicts").append(chip);
}
