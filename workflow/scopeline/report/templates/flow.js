/* The list of the members of the box that the address names: #members-<box>. */
const MOST = 300;
const listing = document.getElementById("listing");
const filter = document.getElementById("listing-filter");
const reason = document.getElementById("listing-reason");
const rowsOf = document.getElementById("listing-rows");
const more = document.getElementById("listing-more");
const heading = document.getElementById("members-title");
let found = [];
let drawn = 0;
let box = null;
let reasonAt = -1;

function line(row) {
  const made = element("tr");
  const id = element("th", "", row[0]);
  id.scope = "row";
  made.append(id, element("td", "text", data.names[row[0]] || ""));
  row.slice(1).forEach((value) => made.append(element("td", "text", value)));
  return made;
}

function draw() {
  const next = found.slice(drawn, drawn + MOST);
  rowsOf.append(...next.map(line));
  drawn += next.length;
  more.hidden = drawn >= found.length;
  document.getElementById("listing-said").textContent = found.length.toLocaleString("en") + " of "
    + box.rows.length.toLocaleString("en") + (drawn < found.length ? ", " + drawn.toLocaleString("en") + " shown" : "");
}

function narrow() {
  const wanted = filter.value.trim().toLowerCase().split(/\s+/);
  found = box.rows.filter((row) => {
    const words = (row.join(" ") + " " + (data.names[row[0]] || "")).toLowerCase();
    return wanted.every((word) => words.includes(word)) && (!reason.value || row[reasonAt] === reason.value);
  });
  rowsOf.replaceChildren();
  drawn = 0;
  draw();
}

function show(name, focus) {
  box = data.boxes[name];
  heading.textContent = box.label + " (n = " + box.n.toLocaleString("en") + ")";
  document.getElementById("listing-caption").textContent = "Members: " + box.label;
  const told = [];
  if (box.typed) {
    told.push(box.typed.toLocaleString("en") + (box.typed === box.n ? " typed, so no members are known here" : " typed, the others are listed")
      + (box.cells.length ? " (" + box.cells.join(", ") + ")." : "."));
  } else if (!box.n) told.push("Nothing is in this box.");
  if (box.rows.length < box.whole) told.push("The first " + box.rows.length.toLocaleString("en") + " are listed here, all of them in the csv file.");
  document.getElementById("listing-told").textContent = told.join(" ");
  reasonAt = box.columns.indexOf("Reason");
  const reasons = reasonAt < 0 ? [] : [...new Set(box.rows.map((row) => row[reasonAt]))].filter(Boolean).sort();
  document.getElementById("listing-reasons").hidden = reasons.length < 2;
  reason.replaceChildren(element("option", "", "all"), ...reasons.map((each) => element("option", "", each)));
  reason.options[0].value = "";
  const heads = box.columns.length ? [box.columns[0], "Title", ...box.columns.slice(1)] : [];
  document.getElementById("listing-head").replaceChildren(...heads.map((words) => {
    const head = element("th", "", words);
    head.scope = "col";
    return head;
  }));
  filter.value = "";
  listing.hidden = false;
  narrow();
  document.querySelectorAll("[aria-current]").forEach((each) => each.removeAttribute("aria-current"));
  document.querySelectorAll('[href="#members-' + CSS.escape(name) + '"]').forEach((each) => {
    each.setAttribute("aria-current", "true");
    const row = each.closest("tr");
    if (row) row.setAttribute("aria-current", "true");
  });
  if (focus) {
    heading.focus({ preventScroll: true });
    heading.scrollIntoView();
  }
}

function follow(focus) {
  const name = decodeURIComponent(location.hash).replace(/^#members-/, "");
  if (location.hash.startsWith("#members-") && Object.hasOwn(data.boxes, name)) show(name, focus);
}

/* Also where the address does not change, because the same box is chosen again. */
document.addEventListener("click", (event) => {
  const link = event.target.closest('a[href^="#members-"]');
  if (link && link.getAttribute("href") === location.hash) {
    event.preventDefault();
    follow(true);
  }
});
addEventListener("hashchange", () => setTimeout(() => follow(true)));
filter.addEventListener("input", narrow);
reason.addEventListener("change", narrow);
more.addEventListener("click", draw);
follow(true);
