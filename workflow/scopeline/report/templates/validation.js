
/* Narrows the issues on the page by text, severity, file and rule. */
const groups = [...document.querySelectorAll(".group")].map((group) => ({
  group,
  file: group.closest(".file"),
  open: group.open,
  issues: [...group.querySelectorAll(".issues > li")].map((item) => [item, item.textContent.toLowerCase()]),
}));
const controls = ["find", "of-severity", "of-file", "of-rule"].map((id) => document.getElementById(id));

function narrow() {
  const [find, severity, file, rule] = controls.map((control) => control.value);
  const wanted = find.trim().toLowerCase().split(/\s+/);
  const narrowed = Boolean(find.trim() || severity || file || rule);
  let shown = 0;
  const files = new Map();
  groups.forEach((entry) => {
    const here = (!severity || entry.group.dataset.severity === severity) && (!rule || entry.group.dataset.rule === rule)
      && (!file || entry.file.id === file);
    let some = 0;
    entry.issues.forEach(([item, words]) => {
      item.hidden = !(here && wanted.every((word) => words.includes(word)));
      if (!item.hidden) some += 1;
    });
    entry.group.hidden = !some;
    entry.group.open = narrowed ? some > 0 && some <= 200 : entry.open;
    files.set(entry.file, (files.get(entry.file) || 0) + some);
    shown += some;
  });
  files.forEach((some, part) => { part.hidden = !some; });
  document.getElementById("said").textContent = shown.toLocaleString("en") + " of " + data.listed.toLocaleString("en")
    + (data.listed < data.all ? " on this page (" + data.all.toLocaleString("en") + " in all)" : "");
}
if (controls[0]) {
  controls.forEach((control) => control.addEventListener("input", narrow));
  narrow();
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(button.dataset.copy, button);
});
