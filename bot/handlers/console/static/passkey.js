"use strict";
// Passkeys: asks the server for a challenge, the browser for its answer, and sends that back.

(() => {
  const csrf = document.querySelector('meta[name="csrf"]').content;

  const bytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));

  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  async function send(path, body) {
    const answer = await fetch(path, {
      method: "POST",
      headers: {
        "Content-Type": "application/json", "Accept": "application/json", "X-CSRF-Token": csrf,
      },
      body: JSON.stringify(body),
    });
    const said = await answer.json();
    if (!answer.ok) throw new Error(said.message);
    return said;
  }

  // What the server sends as text, the browser wants as bytes.
  function asBytes(options) {
    const known = (list) => (list || []).map((key) => ({ ...key, id: bytes(key.id) }));
    const asked = { ...options, challenge: bytes(options.challenge) };
    if (options.user) asked.user = { ...options.user, id: bytes(options.user.id) };
    if (options.excludeCredentials) asked.excludeCredentials = known(options.excludeCredentials);
    if (options.allowCredentials) asked.allowCredentials = known(options.allowCredentials);
    return asked;
  }

  function asText(credential) {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature"]) {
      if (credential.response[name]) response[name] = text(credential.response[name]);
    }
    if (credential.response.userHandle) {
      response.userHandle = text(credential.response.userHandle);
    }
    return {
      id: credential.id,
      rawId: text(credential.rawId),
      type: credential.type,
      response,
      clientExtensionResults: {},
    };
  }

  async function meet(box) {
    const options = asBytes(await send(box.dataset.ask, {}));
    const credential = await navigator.credentials[box.dataset.passkey]({ publicKey: options });
    const said = await send(box.dataset.answer, { ...asText(credential), next: box.dataset.next });
    location.assign(said.next);
  }

  for (const box of document.querySelectorAll("[data-passkey]")) {
    if (!window.PublicKeyCredential) continue;
    const button = box.querySelector("button");
    const state = box.querySelector('[role="status"]');
    box.hidden = false;
    button.addEventListener("click", async () => {
      button.disabled = true;
      state.textContent = "";
      try {
        await meet(box);
      } catch (error) {
        const cancelled = error.name === "NotAllowedError" || error.name === "AbortError";
        const known = error.constructor === Error && error.message;
        state.textContent = cancelled ? box.dataset.cancelled : known || box.dataset.failed;
        button.disabled = false;
        button.focus();
      }
    });
  }
})();
