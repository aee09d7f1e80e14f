
/* The panel that lists the members of a number. */
const panel = document.getElementById("panel");
const list = document.getElementById("panel-list");
const filter = document.getElementById("panel-filter");

function member(entry) {
  const [id, note, findings] = Array.isArray(entry) ? entry : [entry, "", []];
  const item = element("li");
  if (data.rows[id]) {
    const link = element("a", "id", id);
    link.href = "#" + data.rows[id];
    link.addEventListener("click", () => panel.close());
    item.append(link);
  } else item.append(element("span", "id", id));
  if (note) item.append(element("span", "note", note));
  if (data.names[id]) item.append(element("bdi", "name", data.names[id]));
  if (findings.length) {
    const inner = element("ul");
    findings.forEach((finding) => {
      const line = element("li");
      line.append(element("span", "id", finding), " ", element("bdi", "", data.names[finding] || ""));
      inner.append(line);
    });
    item.append(inner);
  }
  return item;
}

function show(set) {
  document.getElementById("panel-title").textContent = set.title;
  const more = set.n - set.members.length;
  document.getElementById("panel-n").textContent = set.n.toLocaleString("en") + " " + set.unit + ". "
    + (more ? "The first " + set.members.length.toLocaleString("en") + " are listed here, all of them in " : "");
  const csv = document.getElementById("panel-csv");
  csv.href = set.csv;
  csv.textContent = set.csv.split("/").pop();
  list.replaceChildren(...set.members.map(member));
  filter.value = "";
  filter.hidden = set.members.length < 12;
  document.getElementById("panel-copy").onclick = (event) =>
    copy(set.members.map((entry) => (Array.isArray(entry) ? entry[0] : entry)).join("\n"), event.currentTarget);
  panel.showModal();
  panel.scrollTop = 0;
  document.getElementById("panel-title").focus();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-set]");
  if (!button) return;
  event.preventDefault();
  show(data.sets[button.dataset.set]);
});
filter.addEventListener("input", () => {
  const wanted = filter.value.trim().toLowerCase();
  for (const item of list.children) item.hidden = !item.textContent.toLowerCase().includes(wanted);
});
document.getElementById("panel-close").addEventListener("click", () => panel.close());
panel.addEventListener("click", (event) => { if (event.target === panel) panel.close(); });

/* A box of the drawing opens what its number in the table opens. */
document.querySelectorAll(".drawing [data-box]").forEach((box) => {
  const button = document.querySelector('.flow [data-box-row="' + CSS.escape(box.dataset.box) + '"] [data-set]');
  if (!button) return;
  box.dataset.set = button.dataset.set;
  box.style.cursor = "pointer";
});

/* A mark of a figure opens the studies that it stands for; from one mark the arrow keys lead to the others. */
function showMark(mark) {
  const ids = mark.dataset.ids.split("; ");
  show({
    title: mark.querySelector("title").textContent,
    csv: mark.closest("[data-csv]").dataset.csv,
    n: ids.length,
    unit: ids.length === 1 ? "study" : "studies",
    members: ids,
  });
}
const reach = (mark, order) => { mark.setAttribute("role", "button"); mark.setAttribute("tabindex", order); };
document.querySelectorAll("[data-csv]").forEach((drawing) => {
  const marks = [...drawing.querySelectorAll("[data-ids]")].filter((mark) => mark.dataset.ids);
  if (!marks.length) return;
  drawing.querySelector("svg").setAttribute("role", "group");
  reach(marks[0], "0");
  drawing.addEventListener("click", (event) => {
    const mark = event.target.closest("[data-ids]");
    if (marks.includes(mark)) showMark(mark);
  });
  drawing.addEventListener("keydown", (event) => {
    const place = marks.indexOf(event.target);
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (place < 0) return;
    if (event.key === "Enter" || event.key === " ") showMark(event.target);
    else if (step && marks[place + step]) {
      reach(event.target, "-1");
      reach(marks[place + step], "0");
      marks[place + step].focus();
    } else if (!step) return;
    event.preventDefault();
  });
});

/* The table of studies: find and sort. */
function searchable(table) {
  const rows = [...table.tBodies[0].rows].filter((row) => row.id);
  const said = document.getElementById("studies-said");
  const wantedStudy = document.getElementById("studies-filter");
  const whole = rows.length;
  const words = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));

  function narrow() {
    const wanted = wantedStudy.value.trim().toLowerCase().split(/\s+/);
    let shown = 0;
    rows.forEach((row) => {
      row.hidden = !wanted.every((word) => words.get(row).includes(word));
      if (!row.hidden) shown += 1;
    });
    said.textContent = shown.toLocaleString("en") + " of " + whole.toLocaleString("en") + " studies";
  }
  wantedStudy.addEventListener("input", narrow);
  narrow();

  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, place) => {
    const button = element("button", "sort", head.textContent);
    button.type = "button";
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const key = (row) => row.cells[place];
      const order = (a, b) => {
        const [left, right] = [key(a), key(b)];
        const gone = left.classList.contains("absent") - right.classList.contains("absent");
        if (gone) return gone;
        const by = left.dataset.key && right.dataset.key ? left.dataset.key - right.dataset.key
          : left.textContent.trim().localeCompare(right.textContent.trim(), "en", { numeric: true });
        return up ? by : -by;
      };
      table.tBodies[0].append(...rows.slice().sort(order));
    });
  });

  /* A link to a study shows its row even where the table was narrowed. */
  addEventListener("hashchange", () => {
    const row = location.hash.startsWith("#study-") && document.getElementById(location.hash.slice(1));
    if (row && row.hidden) { wantedStudy.value = ""; narrow(); row.scrollIntoView(); }
  });
}
const studies = document.getElementById("studies-table");
if (studies) searchable(studies);
