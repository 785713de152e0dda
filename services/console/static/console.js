// What htmx cannot do alone. No page depends on it: without it, everything is one click further away.

// A menu that was opened closes again: by Escape, or when the user goes on elsewhere.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const open of document.querySelectorAll("details.person[open]")) {
    open.removeAttribute("open");
    open.querySelector("summary").focus();
  }
});
document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details.person[open]")) {
    if (!open.contains(event.target)) open.removeAttribute("open");
  }
});

// A sentence about what failed must not stay once something else was asked for.
document.addEventListener("htmx:beforeRequest", () => document.getElementById("problem").replaceChildren());

// "Choose all" above a list of checkboxes.
document.addEventListener("change", (event) => {
  const name = event.target.dataset?.all;
  if (!name) return;
  for (const box of event.target.form.querySelectorAll(`input[type=checkbox][name="${name}"]`)) box.checked = event.target.checked;
});
