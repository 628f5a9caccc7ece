"use strict";
// Long work says that it goes on, and is asked for once. Everything works without this too.

(() => {
  const begin = (asked) => {
    const place = document.getElementById("waiting");
    place.replaceChildren(document.createElement("progress"), ` ${asked.dataset.wait}`);
    place.scrollIntoView({ block: "nearest" });
  };

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-wait]");
    if (!form) return;
    begin(form);
    for (const button of form.querySelectorAll("button")) button.disabled = true;
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-wait]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    begin(link);
  });

  // A page that comes back from the browser's own memory is not waiting any more.
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    document.getElementById("waiting").replaceChildren();
    for (const button of document.querySelectorAll("form[data-wait] button")) button.disabled = false;
  });
})();
