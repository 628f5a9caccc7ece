"use strict";
// The editor without loading the page anew, and without losing a letter. Every link and form of it
// works without this too.

(() => {
  const PAUSE = 1200;  // milliseconds without typing before a text is saved
  const AGAIN = 4000;  // before it is tried again without a connection
  const csrf = document.querySelector('meta[name="csrf"]').content;

  let timer = 0;
  let unsaved = null;   // the form with letters that are not saved yet
  let sending = null;   // the request that saves them

  const byId = (id) => document.getElementById(id);
  const word = (name) => byId("words").content.querySelector(`[data-word="${name}"]`).textContent;
  const say = (text) => { byId("state").textContent = text; };
  const fields = (form) => new URLSearchParams(new FormData(form));

  // ---- another part of the page

  const swap = (id, page) => {
    const next = page.getElementById(id);
    if (next) byId(id).replaceWith(document.adoptNode(next));
  };

  const read = async (answer) =>
    new DOMParser().parseFromString(await answer.text(), "text/html");

  const focusOn = (id) => {
    const there = id && byId(id);
    if (!there) return;
    const field = there.querySelector("[data-first]") || there;
    if (field === there && !there.matches("a, button, input, textarea, select")) {
      there.tabIndex = -1;
    }
    field.focus({ preventScroll: true });
    there.scrollIntoView({ block: "nearest" });
  };

  /** Show another state of the page; one after the other, so that no older answer comes last. */
  let turn = Promise.resolve();
  const show = (...wanted) => {
    turn = turn.then(() => shown(...wanted));
    return turn;
  };

  async function shown(address, options, focus) {
    const down = byId("chat").scrollTop;
    byId("play").setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(address, options);
      const page = await read(answer);
      if (!page.getElementById("play")) {
        document.location.assign(answer.url);
        return true;
      }
      swap("play", page);
      document.title = page.title;
      if (answer.url !== location.href.split("#")[0]) history.pushState(null, "", answer.url);
      byId("chat").scrollTop = down;
      recall();
      focusOn(byId("edit") && options && options.method ? "edit" : focus);
      return true;
    } catch {
      byId("play").removeAttribute("aria-busy");
      say(word("offline"));
      return false;
    }
  }

  // ---- what is typed

  const place = (form) => `lucht ${form.dataset.keep}`;
  const note = (form, text) => { form.querySelector(".saved").textContent = text; };

  const keep = (form) => {
    const values = Object.fromEntries(fields(form));
    delete values.csrf;
    sessionStorage.setItem(place(form), JSON.stringify({ address: location.search, values }));
  };

  const forget = (form) => {
    sessionStorage.removeItem(place(form));
    if (unsaved === form) unsaved = null;
  };

  /** Put letters that were never saved back into their form, or say where they wait. */
  const recall = () => {
    const form = document.querySelector("form[data-keep]");
    const kept = form && sessionStorage.getItem(place(form));
    if (!kept) return waits();
    if (form.hasAttribute("data-asked")) return undefined;
    for (const [name, value] of Object.entries(JSON.parse(kept).values)) {
      if (form.elements[name]) form.elements[name].value = value;
    }
    note(form, word("not_saved"));
    return later(form, PAUSE);
  };

  const waits = () => {
    const here = `lucht ${byId("play").dataset.place}/`;
    const name = Object.keys(sessionStorage).find((key) => key.startsWith(here));
    if (!name) return;
    const link = document.createElement("a");
    link.href = JSON.parse(sessionStorage.getItem(name)).address + "#edit";
    link.dataset.live = "";
    link.textContent = word("leave");
    byId("state").replaceChildren(link);
  };

  const later = (form, pause) => {
    unsaved = form;
    clearTimeout(timer);
    timer = setTimeout(() => save(form), pause);
  };

  /** Save what stands in a form now. Says whether it is safe on the server. */
  async function save(form) {
    clearTimeout(timer);
    if (sending) await sending;
    if (unsaved !== form || !form.isConnected) return true;
    const sent = fields(form).toString();
    note(form, word("saving"));
    sending = post(form, sent);
    const saved = await sending;
    sending = null;
    return saved;
  }

  async function post(form, sent) {
    let answer, told;
    try {
      answer = await fetch(location.href, {
        method: "POST",
        headers: {
          "Accept": "application/json", "X-CSRF-Token": csrf,
          "Content-Type": "application/x-www-form-urlencoded",
        },
        body: sent,
      });
      told = await answer.json();
    } catch {
      note(form, word("offline"));
      later(form, AGAIN);
      return false;
    }
    if (answer.status === 409 && told.theirs) {
      forget(form);
      await show(location.href, { method: "POST", body: new URLSearchParams(sent) }, "edit");
      return false;
    }
    if (!answer.ok) {
      note(form, told.message);
      return false;
    }
    form.elements.mark.value = told.mark;
    note(form, told.message);
    const same = new URLSearchParams(sent);
    same.set("mark", told.mark);
    if (fields(form).toString() === same.toString()) {
      forget(form);
      await refresh(form);
    } else {
      keep(form);
      later(form, PAUSE);
    }
    return true;
  }

  /** Show the rest of the page as it is now; the form that is open stays under the fingers. */
  async function refresh(form) {
    try {
      const page = await read(await fetch(location.href));
      if (!form.isConnected || unsaved) return;
      swap("tools", page);
      swap("findings", page);
      swap(form.closest("#chat") ? "outline" : "chat", page);
      const found = page.querySelector("#edit .findings");
      const here = form.querySelector(".findings");
      if (found && here) here.replaceWith(document.adoptNode(found));
    } catch {
      // What was saved is safe; the next look shows it.
    }
  }

  // ---- what is pressed

  const typed = (field) => {
    const form = field.closest("form[data-keep]");
    if (!form || form.hasAttribute("data-asked")) return;
    keep(form);
    note(form, word("not_saved"));
    later(form, PAUSE);
  };

  document.addEventListener("input", (event) => typed(event.target));

  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-live]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    const address = link.href;
    if (unsaved && !(await save(unsaved))) return;
    if (link.closest("#proof")) byId("proving").hidden = false;
    await show(address, undefined, address.split("#")[1]);
  });

  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-live]");
    if (!form) return;
    event.preventDefault();
    const sent = fields(form);
    if (form.method === "get") {
      await show(`${location.pathname}?${sent}`, undefined, "chat-end");
      return;
    }
    clearTimeout(timer);
    if (sending) await sending;
    if (form.elements.mark) sent.set("mark", form.elements.mark.value);
    const kept = form.dataset.keep ? place(form) : "";
    unsaved = null;
    const address = form.getAttribute("action") || location.href;
    const done = await show(address, { method: "POST", body: sent }, form.dataset.focus);
    if (kept && done && !byId("edit")) sessionStorage.removeItem(kept);
    if (kept && !done) later(form, AGAIN);
  });

  document.addEventListener("keydown", (event) => {
    const close = event.key === "Escape" && document.querySelector("#edit a[data-close]");
    if (close) close.click();
    const field = event.target.closest("input, textarea, select");
    if (!field && (event.ctrlKey || event.metaKey) && event.key === "z") {
      event.preventDefault();
      byId(event.shiftKey ? "redo" : "undo").click();
    }
  });

  addEventListener("hashchange", () => focusOn(location.hash.slice(1)));
  addEventListener("online", () => { if (unsaved) save(unsaved); });
  addEventListener("popstate", () => show(location.href));
  addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });
  // Somebody may type before this runs.
  for (const field of document.querySelectorAll("#edit textarea, #edit input:not([type=hidden])")) {
    if (field.value !== field.defaultValue) typed(field);
  }
  recall();
  if (byId("edit")) focusOn("edit");
})();
