// Makes the plain form smoother. The token of the chat lives in a variable here and nowhere else:
// no storage, no cookie, no entry in the history.
"use strict";

(() => {
  const get = (id) => document.getElementById(id);
  const form = get("chat"), leave = get("leave"), log = get("log"), choices = get("choices");
  const state = get("state"), text = get("text");
  const exit = leave.dataset.exit;
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let session = form.elements.session.value;
  let turn = Number(form.elements.turn.value);
  let waiting = Promise.resolve();
  let gone = false;
  form.elements.session.remove();
  leave.elements.session.remove();

  // ---- leaving

  function erase() {
    if (!session) return;
    const body = new URLSearchParams({ session });
    session = "";
    const options = { method: "POST", body, keepalive: true, credentials: "omit" };
    if (!navigator.sendBeacon("/weg", body)) fetch("/weg", options).catch(() => {});
  }

  function vanish() {
    gone = true;
    document.title = "\u2026";
    document.body.replaceChildren();
  }

  function quit() {
    vanish();
    erase();
    location.replace(exit);
  }

  leave.addEventListener("submit", (event) => {
    event.preventDefault();
    quit();
  });

  // Shift alone, three times within two seconds; Shift with a letter does not count.
  let taps = [];
  let alone = false;
  addEventListener("keydown", (event) => {
    if (event.key !== "Shift") taps = [];
    alone = event.key === "Shift";
  }, true);
  addEventListener("keyup", (event) => {
    if (event.key !== "Shift" || !alone) return;
    alone = false;
    taps = [...taps, event.timeStamp].filter((time) => event.timeStamp - time < 2000);
    if (taps.length >= 3) quit();
  }, true);

  // Whoever comes back to this page, in whatever way, finds nothing.
  addEventListener("pagehide", () => {
    vanish();
    erase();
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.replace("/");
  });

  // ---- showing

  const word = (name) =>
    get("words").content.querySelector(`[data-word="${name}"]`).textContent;

  function element(name, className, content) {
    const made = document.createElement(name);
    if (className) made.className = className;
    made.textContent = content;
    return made;
  }

  function fill(node, value) {
    if (value) node.replaceChildren(...(node.closest("a") ? [value] : linked(value)));
    else (node.closest("[data-field-box]") || node).remove();
  }

  // The way that answers now comes first; a site that is the chat is named once.
  function arrange(made, service) {
    const way = (name) => made.querySelector(`[data-link="${name}"]`);
    if (service.chat_first) {
      way("phone").classList.remove("call");
      way("chat").classList.add("call");
      made.querySelector(".ways").prepend(way("chat"));
    }
    if (service.url === service.chat) way("url").remove();
    if (service.say_dutch === service.say) made.querySelector('[data-field-box="say_dutch"]').remove();
  }

  function card(service, kind) {
    const made = get("card").content.cloneNode(true);
    arrange(made, service);
    const href = { phone: dial };
    for (const node of made.querySelectorAll("[data-link]")) {
      const name = node.dataset.link, value = service[name];
      if (value) node.setAttribute("href", href[name] ? href[name](value) : value);
      else node.remove();
    }
    // What nobody knows is said once, in the line "unsure".
    const unknown = {
      hours: service.open === null,
      cost: service.free === null,
      languages: !service.language_codes.length,
    };
    for (const node of made.querySelectorAll("[data-field]")) {
      const name = node.dataset.field;
      if (name === "hours" && service.open) node.classList.add("open");
      fill(node, unknown[name] ? "" : service[name]);
    }
    if (kind === "first") made.querySelector(".card").classList.add("first");
    if (kind === "card") made.querySelector(".keep").value = service.card;
    else made.querySelector(".keep").remove();
    return made;
  }

  // A web address, or a phone number that a line would break in two; pages.py has the same rule.
  const ADDRESS = /(https?:\/\/[^\s\u2066-\u2069]+[^\s\u2066-\u2069.,:;!?)"']|\b0\d{1,3}-\d{4,8}\b|\b14 0\d{2,3}\b)/;
  const WEB = /^https?:\/\/|\/$/g;

  const dial = (number) => "tel:" + number.replace(/[^0-9+]/g, "");

  function link(address) {
    const made = element("a", "", ""), web = address.startsWith("http");
    made.href = web ? address : dial(address);
    if (web) {
      made.target = "_blank";
      made.rel = "noopener noreferrer";
    }
    made.append(element("bdi", "", web ? address.replace(WEB, "") : address));
    made.firstChild.dir = "ltr";
    return made;
  }

  const linked = (words) =>
    words.split(ADDRESS).map((part, number) => (number % 2 ? link(part) : part));

  function said(message) {
    if (message.service) return card(message.service, message.kind);
    const made = element("p", "said", "");
    // The Dutch text of danger beside Arabic reads from the left.
    if (!/[\u0590-\u08ff]/.test(message.text)) made.dir = "ltr";
    made.append(...linked(message.text));
    return made;
  }

  function block(className, answer) {
    const made = element("div", `turn ${className}`, "");
    if (answer) {
      made.lang = answer.language;
      made.dir = answer.direction;
    }
    return made;
  }

  function lookAt(node) {
    node.scrollIntoView({ block: "start", behavior: calm.matches ? "auto" : "smooth" });
  }

  function showMine(words) {
    const made = block("mine");
    made.append(element("span", "unseen", word("you") + " "), element("p", "said", words));
    made.lastChild.dir = "auto";
    log.append(made);
    lookAt(made);
  }

  function showChoices(offered) {
    choices.replaceChildren(...offered.map((choice) => {
      const made = element("button", "", choice.label);
      made.name = "choice";
      made.value = choice.id;
      return made;
    }));
  }

  function show(answer) {
    session = answer.session;
    turn = answer.turn;
    if (answer.erased) log.replaceChildren();
    const made = block("", answer);
    made.append(...answer.messages.map(said));
    const mine = log.lastElementChild;
    log.append(made);
    showChoices(answer.choices);
    lookAt(mine || made);
    return speakLike(answer, made);
  }

  // What was said before keeps its language; the labels of the newest cards follow the answer.
  async function speakLike(answer, newest) {
    const page = document.documentElement;
    if (page.lang === answer.language) return;
    page.lang = answer.language;
    page.dir = answer.direction;
    get("kaart").elements.language.value = answer.language;
    const got = await fetch(`/api/words/${answer.language}`, { credentials: "omit" });
    const { words } = await got.json();
    const roots = [document, ...[...document.querySelectorAll("template")].map((t) => t.content)];
    for (const root of roots) {
      for (const node of root.querySelectorAll("[data-word]")) {
        if (log.contains(node) && !newest.contains(node)) continue;
        node.textContent = words[node.dataset.word];
      }
      for (const node of root.querySelectorAll("[data-label]")) {
        node.setAttribute("aria-label", words[node.dataset.label]);
      }
    }
    text.placeholder = words.field;
  }

  // ---- talking

  const pause = (time) => new Promise((done) => setTimeout(done, time));

  async function post(body) {
    const got = await fetch("/api/chat", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body,
      credentials: "omit",
      signal: AbortSignal.timeout(20000),
    });
    const answer = await got.json();
    if (got.ok || got.status === 409) return answer;
    if (got.status === 413) return { refused: answer.message };
    throw new Error(String(got.status));
  }

  // The same body again is safe: the server knows by the turn that it has answered already.
  async function deliver(body) {
    for (const wait of [1000, 2000, 4000, 0]) {
      try {
        return await post(body);
      } catch (error) {
        if (!wait || gone) throw error;
        state.textContent = word("offline");
        await pause(wait);
      }
    }
  }

  async function take(message, byButton) {
    const slow = setTimeout(() => { state.textContent = word("wait") + "\u2026"; }, 600);
    const body = JSON.stringify({ session, turn, language: document.documentElement.lang, ...message });
    try {
      const answer = await deliver(body);
      if (gone) return;
      clearTimeout(slow);
      state.textContent = answer.refused || "";
      if (answer.refused) text.value = message.text || "";
      else await show(answer);
      if (byButton) choices.focus({ preventScroll: true });
    } catch (error) {
      if (!gone) offerRetry(message, byButton);
    } finally {
      clearTimeout(slow);
    }
  }

  function offerRetry(message, byButton) {
    state.replaceChildren(get("failed").content.cloneNode(true));
    state.querySelector("button").addEventListener("click", () => {
      state.textContent = "";
      talk(message, byButton);
    });
  }

  function talk(message, byButton) {
    waiting = waiting.then(() => take(message, byButton));
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const pressed = event.submitter;
    if (pressed && pressed.name === "choice") {
      showMine(pressed.textContent.trim());
      choices.replaceChildren();
      talk({ choice: pressed.value }, choices.contains(pressed) || !pressed.isConnected);
    } else if (text.value.trim()) {
      const words = text.value.trim();
      text.value = "";
      showMine(words);
      choices.replaceChildren();
      talk({ text: words }, false);
    }
  });

  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
})();
