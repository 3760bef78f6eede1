// Calm sounds, made by the browser while they play: no file is loaded, nothing is sent, no network is needed.
// A page with [data-player] is the player; [data-tone] is a button for a tone that swells with the breath.
const LOOP_S = 12; // of noise, before it comes again
const SEAM_S = 2; // in which its end runs into its beginning, so that nobody hears where
const BEGIN_S = 3;
const END_S = 30; // the last of a chosen time, in which it grows quiet
const STOP_S = 1;
const BREATH_S = 10;
const IN_S = 4;

function looped(context, next) {
  const rate = context.sampleRate;
  const [length, seam] = [LOOP_S * rate, SEAM_S * rate];
  const buffer = context.createBuffer(2, length, rate);
  for (const channel of [0, 1]) {
    const raw = Float32Array.from({ length: length + seam }, next());
    const data = buffer.getChannelData(channel);
    data.set(raw.subarray(0, length));
    for (let at = 0; at < seam; at += 1) {
      const angle = (at / seam) * (Math.PI / 2);
      data[at] = raw[at] * Math.sin(angle) + raw[length + at] * Math.cos(angle);
    }
  }
  const source = context.createBufferSource();
  source.buffer = buffer;
  source.loop = true;
  return source;
}

const white = () => () => Math.random() * 2 - 1;

function brown() {
  let last = 0;
  return () => {
    last = (last + 0.02 * (Math.random() * 2 - 1)) / 1.02;
    return last * 3.5;
  };
}

function drops() {
  let [left, size] = [0, 0];
  return () => {
    if (Math.random() < 0.0006) [left, size] = [1, Math.random()];
    left *= 0.994;
    return left * size * (Math.random() * 2 - 1);
  };
}

function filtered(context, source, type, frequency, out, volume) {
  const filter = new BiquadFilterNode(context, { type, frequency });
  const gain = new GainNode(context, { gain: volume });
  source.connect(filter).connect(gain).connect(out);
  return { source, filter, gain };
}

// Let a parameter go up and down around where it is, once in so many seconds.
function sway(context, parameter, seconds, depth) {
  const source = new OscillatorNode(context, { frequency: 1 / seconds });
  source.connect(new GainNode(context, { gain: depth })).connect(parameter);
  return source;
}

function tones(context, out, frequencies, volume) {
  return frequencies.flatMap((frequency, place) => {
    const source = new OscillatorNode(context, { frequency, detune: place % 2 ? 4 : -4 });
    const gain = new GainNode(context, { gain: volume / (place + 1) });
    source.connect(gain).connect(out);
    return [source, sway(context, gain.gain, 17 + 6 * place, (volume / (place + 1)) * 0.6)];
  });
}

// Each connects what it makes to `out` and returns the sources to start and to stop.
export const SOUNDS = {
  rain(context, out) {
    const fall = filtered(context, looped(context, white), "highpass", 1800, out, 0.07);
    const ground = filtered(context, looped(context, brown), "lowpass", 500, out, 0.3);
    const near = filtered(context, looped(context, drops), "bandpass", 2600, out, 0.5);
    return [fall.source, ground.source, near.source, sway(context, fall.gain.gain, 23, 0.02)];
  },
  waves(context, out) {
    const water = filtered(context, looped(context, brown), "lowpass", 550, out, 0.4);
    const foam = filtered(context, looped(context, white), "highpass", 2500, out, 0.02);
    return [
      water.source,
      foam.source,
      sway(context, water.gain.gain, 11, 0.3),
      sway(context, water.filter.frequency, 11, 300),
      sway(context, foam.gain.gain, 11, 0.018),
    ];
  },
  wind(context, out) {
    const air = filtered(context, looped(context, brown), "bandpass", 420, out, 0.9);
    return [air.source, sway(context, air.filter.frequency, 19, 160), sway(context, air.gain.gain, 13, 0.35)];
  },
  tones: (context, out) => tones(context, out, [110, 165, 220, 277.2], 0.16),
};

// Schedule one sound, to end by itself after so many seconds; 0 goes on. Returns its volume and sources.
export function schedule(context, name, seconds, volume) {
  const level = new GainNode(context, { gain: volume });
  const fade = new GainNode(context, { gain: 0 });
  level.connect(fade).connect(context.destination);
  const now = context.currentTime;
  fade.gain.setValueAtTime(0, now);
  fade.gain.linearRampToValueAtTime(1, now + BEGIN_S);
  const sources = SOUNDS[name](context, level);
  for (const source of sources) source.start(now);
  if (seconds) {
    fade.gain.setValueAtTime(1, Math.max(now + BEGIN_S, now + seconds - END_S));
    fade.gain.linearRampToValueAtTime(0, now + seconds);
    for (const source of sources) source.stop(now + seconds);
  }
  return { level, fade, sources };
}

function opened() {
  // On some phones a switch would mute it else: it is meant to be heard.
  if (navigator.audioSession) navigator.audioSession.type = "playback";
  return new AudioContext();
}

function hush(context, fade) {
  const now = context.currentTime;
  fade.gain.cancelScheduledValues(now);
  fade.gain.setValueAtTime(fade.gain.value, now);
  fade.gain.linearRampToValueAtTime(0, now + STOP_S);
  setTimeout(() => context.close(), STOP_S * 1000);
}

// A phone that falls asleep would stop it.
let awake = null;

async function stayAwake(wanted) {
  await awake?.release().catch(() => {});
  awake = wanted ? await navigator.wakeLock?.request("screen").catch(() => null) : null;
}

function player(root) {
  const [form, button, says] = ["form", "[data-play]", "[data-says]"].map((each) => root.querySelector(each));
  const [words, { idle, until, open }] = [button.querySelector("span"), says.dataset];
  const { minutes, volume } = form.elements;
  let playing = null;

  const level = () => (volume.value / 100) ** 2; // as loudness is heard
  function show() {
    root.toggleAttribute("data-playing", playing !== null);
    words.textContent = playing ? button.dataset.stop : button.dataset.start;
    const end = playing?.endsAt?.toLocaleTimeString([], { hour: "numeric", minute: "2-digit" }).toLowerCase();
    says.textContent = end ? until.replace("{time}", end) : playing ? open : idle;
    stayAwake(playing !== null);
  }
  function stop() {
    if (playing) hush(playing.context, playing.fade);
    playing = null;
    show();
  }
  function play() {
    const context = opened();
    const seconds = minutes.value * 60;
    const made = schedule(context, form.elements.sound.value, seconds, level());
    const mine = { ...made, context, endsAt: seconds ? new Date(Date.now() + seconds * 1000) : null };
    made.sources[0].onended = () => playing === mine && stop();
    if (playing) hush(playing.context, playing.fade);
    playing = mine;
    show();
  }

  // Drawn without network the page does not know for how long: its address does.
  const asked = new URLSearchParams(location.search).get("minutes");
  if (/^[1-9]\d{0,2}$/.test(asked)) {
    if ([...minutes.options].every((each) => each.value !== asked)) {
      minutes.add(new Option(minutes.dataset.words.replace("{minutes}", asked), asked), 0);
    }
    minutes.value = asked;
  }
  button.addEventListener("click", () => (playing ? stop() : play()));
  form.addEventListener("change", ({ target }) => playing && target !== volume && play());
  volume.addEventListener("input", () => {
    playing?.level.gain.setTargetAtTime(level(), playing.context.currentTime, 0.05);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  document.addEventListener("visibilitychange", () => document.hidden || stayAwake(playing !== null));
  root.hidden = false;
}

// The tone rises while the moon grows. Its swell is a sound of its own, too slow to be heard.
function breathing(button) {
  const [words, still] = [button.querySelector("span"), document.getElementById("still")];
  let playing = null;

  function swell(context) {
    const rate = context.sampleRate;
    const buffer = context.createBuffer(1, BREATH_S * rate, rate);
    const data = buffer.getChannelData(0);
    for (let at = 0; at < data.length; at += 1) {
      const s = at / rate;
      data[at] = s < IN_S ? Math.sin((s / IN_S) * (Math.PI / 2)) : Math.cos(((s - IN_S) / (BREATH_S - IN_S)) * (Math.PI / 2));
    }
    return new AudioBufferSourceNode(context, { buffer, loop: true });
  }
  function play() {
    const context = opened();
    const fade = new GainNode(context, { gain: 0 });
    fade.connect(context.destination);
    const breath = new GainNode(context, { gain: 0.1 });
    const source = swell(context);
    source.connect(new GainNode(context, { gain: 0.5 })).connect(breath.gain);
    const moving = document.querySelector(".orb").getAnimations()[0];
    source.start(0, ((moving?.currentTime ?? 0) / 1000) % BREATH_S);
    breath.connect(fade);
    for (const each of tones(context, breath, [110, 165, 220], 0.4)) each.start();
    fade.gain.linearRampToValueAtTime(1, context.currentTime + STOP_S);
    return { context, fade };
  }
  function toggle(wanted) {
    if (playing) hush(playing.context, playing.fade);
    playing = wanted ? play() : null;
    words.textContent = playing ? button.dataset.stop : button.dataset.start;
  }

  button.addEventListener("click", () => toggle(!playing));
  still.addEventListener("change", () => playing && toggle(false));
  button.hidden = false;
}

if (globalThis.AudioContext) {
  document.querySelectorAll("[data-player]").forEach(player);
  document.querySelectorAll("[data-tone]").forEach(breathing);
  for (const note of document.querySelectorAll("[data-no-sound]")) note.hidden = true;
}
