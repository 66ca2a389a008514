// What starlette-admin's scripts look for, without anything inline and without a cookie that scripts can read.
window.StarletteAdmin = window.StarletteAdmin || {};
{
  const vocabulary = JSON.parse(document.getElementById("vocabulary").textContent);
  const lookUp = (words) => (name, fallback = name) => (Object.hasOwn(words, name) ? words[name] : fallback);
  StarletteAdmin.getIcon = lookUp(vocabulary.icons);
  StarletteAdmin.getClass = lookUp(vocabulary.classes);
}

// They ask a cookie for the proof that a form is of this session; here the page has it.
window.Cookies = {
  get: (name) =>
    name === "starlette_admin_csrftoken" ? document.querySelector('meta[name="csrf-token"]').content : undefined,
};

// A form in a dialogue is sent only when it is filled in. Bootstrap, which closes the dialogue, listens at the document.
window.addEventListener(
  "click",
  (event) => {
    const button = event.target.closest('[data-sa-action="action-submit"]');
    const form = button?.closest(".modal")?.querySelector("form");
    if (form && !form.reportValidity()) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  },
  true,
);
