// Messages that appear by themselves: <section data-push data-key="…" data-on="yes|no" hidden> with two
// forms, data-push-on and data-push-off, and <p data-push-error hidden>. Without script, or where the
// browser cannot, the section is never shown.
"use strict";

const point = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));

const post = async (form, fields = {}) => {
  const body = new URLSearchParams(new FormData(form));
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" });
  if (!answer.ok) throw new Error(String(answer.status));
};

async function turnOn(pushing, form, key) {
  if ((await Notification.requestPermission()) !== "granted") throw new Error("not allowed");
  const old = await pushing.getSubscription();
  if (old) await old.unsubscribe(); // it may be of another person, or another Luna
  const made = await pushing.subscribe({ userVisibleOnly: true, applicationServerKey: point(key) });
  const { endpoint, keys } = made.toJSON();
  try {
    await post(form, { endpoint, p256dh: keys.p256dh, auth: keys.auth });
  } catch (error) {
    await made.unsubscribe();
    throw error;
  }
}

async function turnOff(pushing, form) {
  await post(form);
  const old = await pushing.getSubscription();
  if (old) await old.unsubscribe();
}

async function begin(box) {
  const pushing = (await navigator.serviceWorker.ready).pushManager;
  const on = box.querySelector("[data-push-on]");
  const off = box.querySelector("[data-push-off]");
  const problem = box.querySelector("[data-push-error]");
  const show = (isOn) => {
    on.hidden = isOn;
    off.hidden = !isOn;
  };
  const answer = (form, does, isOn) =>
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      problem.hidden = true;
      try {
        await does();
        show(isOn);
      } catch {
        problem.hidden = false;
      }
    });
  answer(on, () => turnOn(pushing, on, box.dataset.key), true);
  answer(off, () => turnOff(pushing, off), false);
  show(box.dataset.on === "yes" && Boolean(await pushing.getSubscription()));
  box.hidden = false;
}

const box = document.querySelector("[data-push]");
if (box && "serviceWorker" in navigator && "PushManager" in window && "Notification" in window) begin(box);
