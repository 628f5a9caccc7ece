"use strict";
// Each translation is saved by itself: when somebody pauses or leaves the field. What could not be
// saved stays on the page and is tried again; leaving the page asks first.

(() => {
  const PAUSE = 1500;
  const AGAIN = 5000;
  const waiting = new Set();

  async function save(form) {
    const said = form.querySelector('[role="status"]');
    const sent = new URLSearchParams(new FormData(form));
    form.dataset.sending = "yes";
    said.className = "quiet";
    said.textContent = form.dataset.saving;
    let answer;
    let told;
    try {
      answer = await fetch(form.action, {
        method: "POST", headers: { Accept: "application/json" }, body: sent,
      });
      told = await answer.json();
    } catch {
      said.className = "wrong";
      said.textContent = form.dataset.failed;
      setTimeout(() => save(form), AGAIN);
      return;
    }
    delete form.dataset.sending;
    waiting.delete(form);
    if (answer.ok) {
      form.elements.seen.value = told.seen;
      const bad = Boolean(told.wrong);
      said.className = bad ? "wrong" : "quiet";
      said.textContent = bad ? told.wrong : told.said;
      for (const field of form.querySelectorAll("textarea")) {
        if (bad) field.setAttribute("aria-invalid", "true");
        else field.removeAttribute("aria-invalid");
      }
      // Somebody may have typed on meanwhile.
      if (new URLSearchParams(new FormData(form)).get("form.0") !== sent.get("form.0")) touched(form);
      return;
    }
    said.className = "wrong";
    said.textContent = told.forms ? `${told.said} ${told.forms.join(" / ")}` : told.message;
    if (told.seen) form.elements.seen.value = told.seen;
  }

  function touched(form) {
    waiting.add(form);
    clearTimeout(form.pause);
    form.pause = setTimeout(() => flush(form), PAUSE);
  }

  function flush(form) {
    clearTimeout(form.pause);
    const empty = [...form.querySelectorAll("textarea")].some((field) => !field.value.trim());
    if (waiting.has(form) && !form.dataset.sending && !empty) save(form);
  }

  for (const form of document.querySelectorAll("form.translation")) {
    form.addEventListener("input", () => touched(form));
    form.addEventListener("focusout", () => flush(form));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      clearTimeout(form.pause);
      waiting.add(form);
      if (!form.dataset.sending) save(form);
    });
    // Somebody may type before this runs.
    const early = [...form.querySelectorAll("textarea")].some((f) => f.value !== f.defaultValue);
    if (early) touched(form);
  }
  addEventListener("beforeunload", (event) => {
    if (waiting.size) event.preventDefault();
  });

  // A file is read here and sent as text, so that the form needs no second way in.
  const file = document.getElementById("po-file");
  if (file) {
    file.closest("p").hidden = false;
    file.addEventListener("change", async () => {
      const into = document.getElementById(file.dataset.into);
      if (file.files[0]) into.value = await file.files[0].text();
    });
  }
})();
