// The panel: all there is to say about one pairing.
const panel = byId("panel");
let opener = null;
const worstFirst = (list) => [...list].sort((a, b) => VERDICTS.indexOf(a.verdict) - VERDICTS.indexOf(b.verdict));

// The address leads back to the pairing, where whoever shows the page lets it.
function remember(id) {
  try {
    history.replaceState(null, "", `#${id}`);
  } catch {
    // A page within another has no address of its own.
  }
}

function open(cell, pairing) {
  if (opener) opener.setAttribute("aria-expanded", "false");
  opener = cell;
  if (cell) cell.setAttribute("aria-expanded", "true");
  if (cell?.matches(".cell")) {
    if (current) current.tabIndex = -1;
    current = cell;
    cell.tabIndex = 0;
  }
  fill(cell ? worstFirst(cell.pairings) : [pairing], pairing);
  panel.hidden = false;
  panel.scrollTop = 0;
  panel.querySelector(".close").focus();
}

function close() {
  panel.hidden = true;
  if (opener) {
    opener.setAttribute("aria-expanded", "false");
    if (opener.isConnected) opener.focus();
  }
  opener = null;
  remember("");
}

function fill(list, it) {
  remember(encodeURIComponent(idOf(it)));
  const shut = make("button", { type: "button", class: "close", "aria-label": "Close" }, "Close");
  shut.addEventListener("click", close);
  const head = make("header", {}, make("h2", { id: "panel-title" }, title(it)), shut);
  const parts = [head];
  if (it.caseOf.summary) parts.push(make("p", {}, `${it.caseOf.summary}.`.replace("..", ".")));
  parts.push(make("p", {}, make("span", { class: `tag ${look([it])}` }, `${SIGNS[it.verdict]} ${words(it.verdict)}`),
    make("span", { class: "dim" }, `${it.level}, binds the ${it.binds === "runtime" ? "interpreter" : it.binds}`)));
  if (list.length > 1) parts.push(heading(`${list.length} pairings`), picks(list, it));
  parts.push(heading("Where"), make("p", {}, place(it)), make("p", { class: "dim" },
    `subject ${it.subject}${it.by === null ? "" : `, taken by ${it.by}`}`));
  const block = (name, value) => {
    if (value) parts.push(heading(name), make("pre", { "data-part": name.toLowerCase() }, value));
  };
  block("Expected", it.expected);
  block("Seen", it.observed ?? (it.verdict === "pass" ? "as the case asks" : null));
  block(it.verdict === "pass" || it.verdict === "fail" ? "Also said" : "Reason", it.message.trim());
  const why = it.why ?? it.caseOf.why;
  if (why) parts.push(heading("Why"), make("p", { "data-part": "why" }, why));
  if (/^https:\/\//.test(it.caseOf.spec || "")) {
    parts.push(heading("Source"), make("p", {}, make("a", { href: it.caseOf.spec, rel: "noopener noreferrer", target: "_blank",
      "data-part": "source" }, it.caseOf.spec)));
  }
  parts.push(heading("Run it again"), command(rerunOf(it), "rerun"), command(`capsule-conformance explain ${it.caseOf.id}`, "explain"));
  parts.push(heading("What happened"), timeline(it));
  block("Output", (it.output ?? "").trimEnd());
  panel.replaceChildren(...parts);
}

const heading = (name) => make("h3", {}, name);

function picks(list, chosen) {
  const all = list.map((it) => {
    const pick = make("button", { type: "button", class: "pick" }, make("i", { class: look([it]) }, SIGNS[it.verdict]),
      list.some((other) => other.subject !== it.subject) ? `${place(it)}, ${it.subject}` : place(it));
    if (it === chosen) pick.setAttribute("aria-current", "true");
    pick.addEventListener("click", () => {
      const scrolled = panel.querySelector(".picks").scrollTop;
      fill(list, it);
      panel.querySelector(".picks").scrollTop = scrolled;
      panel.querySelector(".pick[aria-current]").focus();
    });
    return pick;
  });
  return make("div", { class: "picks", role: "group", "aria-label": "Pairings" }, ...all);
}

function command(line, part) {
  const copy = make("button", { type: "button", class: "copy", "aria-label": `Copy: ${line}` }, "Copy");
  const shown = make("pre", { "data-part": part }, line);
  copy.addEventListener("click", async () => {
    copy.textContent = (await put(line, shown)) ? "Copied" : "Select it";
    setTimeout(() => { copy.textContent = "Copy"; }, 1500);
  });
  return make("div", { class: "command" }, shown, copy);
}

// A page from a file has no clipboard of its own in some browsers.
async function put(line, shown) {
  try {
    await navigator.clipboard.writeText(line);
    return true;
  } catch {
    getSelection().selectAllChildren(shown);
    return document.execCommand("copy");
  }
}

function timeline(it) {
  if (it.timeline.length === 0) {
    return make("p", { class: "dim" }, it.end === "not started" ? "It was not run." :
      `It ended with “${it.end}”${it.phase ? `, in phase ${it.phase}` : ""}. Steps and events are kept where a run is no pass.`);
  }
  const list = make("ol", { class: "timeline" });
  for (const [step, what, more] of it.timeline) {
    list.append(make("li", { class: text(what) }, make("span", { class: "step" }, text(step) ?? ""),
      make("span", { class: "mono" }, make("b", {}, text(what)), ` ${text(more)}`)));
  }
  list.append(make("li", { class: `last ${it.end === "returned" ? "" : "bad"}` }, make("span", { class: "step" }, "the process"),
    make("span", { class: "mono" }, make("b", {}, "ends"), ` ${it.end}${it.phase ? `, in phase ${it.phase}` : ""}`)));
  return list;
}
