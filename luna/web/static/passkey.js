// Passkeys: the browser proves who is there and the form carries the proof.
// <form data-passkey="get|create" data-options='{"publicKey": …}'> or data-options-url, with an
// <input type="hidden" name="credential">, a button, and <p data-passkey-error hidden> for a refusal.
"use strict";

const decode = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
const encode = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");

function readable(options) {
  const key = { ...options, challenge: decode(options.challenge) };
  if (options.user) key.user = { ...options.user, id: decode(options.user.id) };
  for (const list of ["allowCredentials", "excludeCredentials"]) {
    if (options[list]) key[list] = options[list].map((each) => ({ ...each, id: decode(each.id) }));
  }
  return key;
}

function sendable(credential) {
  const { response } = credential;
  const fields = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const proof = {};
  for (const field of fields) if (response[field]) proof[field] = encode(response[field]);
  if (response.getTransports) proof.transports = response.getTransports();
  return JSON.stringify({
    id: credential.id,
    rawId: encode(credential.rawId),
    type: credential.type,
    response: proof,
    clientExtensionResults: credential.getClientExtensionResults(),
    authenticatorAttachment: credential.authenticatorAttachment,
  });
}

async function optionsOf(form) {
  if (form.dataset.options) return JSON.parse(form.dataset.options);
  const answer = await fetch(form.dataset.optionsUrl, {
    headers: { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" },
  });
  if (!answer.ok) throw new Error(String(answer.status));
  return (await answer.json()).request_options;
}

async function prove(form) {
  const options = await optionsOf(form);
  const publicKey = readable(options.publicKey);
  if (form.dataset.passkey === "create") {
    const lasting = form.querySelector("[data-passwordless]");
    if (lasting) {
      const wanted = lasting.type !== "checkbox" || lasting.checked;
      publicKey.authenticatorSelection = {
        ...publicKey.authenticatorSelection,
        residentKey: wanted ? "required" : "discouraged",
        requireResidentKey: wanted,
        ...(wanted && { userVerification: "required" }),
      };
    }
    return navigator.credentials.create({ publicKey });
  }
  return navigator.credentials.get({ publicKey });
}

for (const form of document.querySelectorAll("[data-passkey]")) {
  const error = form.querySelector("[data-passkey-error]");
  if (!window.PublicKeyCredential) {
    form.hidden = true;
    continue;
  }
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    error.hidden = true;
    try {
      form.elements.credential.value = sendable(await prove(form));
      form.submit();
    } catch {
      error.hidden = false;
    }
  });
}
