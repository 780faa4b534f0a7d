// The paint page: marks a part of an image and sends it as a mask. Plain browser code, nothing from elsewhere.

const facts = JSON.parse(document.body.dataset.facts);
const texts = facts.texts;
const element = (id) => document.getElementById(id);
const view = element("view");
const screen = view.getContext("2d");
// Red, green and blue of the colors to mark with.
const MARKS = [[255, 45, 149], [0, 224, 199]];
const MOST_SCALE = 16;
// A second finger takes back the stroke of the first if it comes within this time, in milliseconds, or if the first has
// moved no further than this, in pixels of the page. Otherwise it ends the stroke.
const PINCH_DELAY = 400;
const PINCH_REST = 8;

let image = null;
let mask = null;
let ink = null;
let strokes = [];
let undone = [];
let stroke = null;
let tool = "brush";
let mark = "";
let look = { scale: 1, x: 0, y: 0 };
let fitted = true;
let cursor = null;
let cursorShown = false;
let mode = "idle";
let pinch = null;
let done = false;
const pointers = new Map();

// --- Drawing

const ratio = () => window.devicePixelRatio || 1;
const stage = () => view.getBoundingClientRect();
const diameter = () => Math.max(2, (element("size").value / 100) ** 1.6 * 0.6 * Math.min(image.width, image.height));
let waiting = false;

function draw() {
  if (waiting || !image) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    screen.setTransform(1, 0, 0, 1, 0, 0);
    screen.clearRect(0, 0, view.width, view.height);
    const zoom = look.scale * ratio();
    screen.setTransform(zoom, 0, 0, zoom, look.x * ratio(), look.y * ratio());
    screen.imageSmoothingEnabled = zoom < 3;
    screen.drawImage(image, 0, 0);
    screen.globalAlpha = 0.6;
    screen.drawImage(mask, 0, 0);
    screen.globalAlpha = 1;
    if (cursorShown && cursor && tool !== "move") drawCursor(zoom);
  });
}

function drawCursor(zoom) {
  for (const [color, width] of [["#000", 3], ["#fff", 1.5]]) {
    screen.beginPath();
    screen.arc(cursor.x, cursor.y, diameter() / 2, 0, 2 * Math.PI);
    screen.strokeStyle = color;
    screen.lineWidth = (width * ratio()) / zoom;
    screen.stroke();
  }
}

function lay(one, from = 0) {
  if (one.clears) {
    ink.clearRect(0, 0, mask.width, mask.height);
    return;
  }
  ink.globalCompositeOperation = one.erases ? "destination-out" : "source-over";
  ink.fillStyle = ink.strokeStyle = mark;
  ink.lineWidth = one.width;
  ink.lineCap = ink.lineJoin = "round";
  const points = one.points.slice(Math.max(0, from - 1));
  ink.beginPath();
  if (points.length === 1) {
    ink.arc(points[0].x, points[0].y, one.width / 2, 0, 2 * Math.PI);
    ink.fill();
  } else {
    points.forEach((point, index) => (index ? ink.lineTo(point.x, point.y) : ink.moveTo(point.x, point.y)));
    ink.stroke();
  }
  ink.globalCompositeOperation = "source-over";
}

function layAll() {
  ink.clearRect(0, 0, mask.width, mask.height);
  strokes.forEach((one) => lay(one));
  if (stroke) lay(stroke);
  draw();
}

// --- Strokes

function begin(point, erases = tool === "eraser") {
  // One that is still being painted, with a key, is over.
  end();
  stroke = { points: [point], width: diameter(), erases, at: performance.now() };
  lay(stroke);
  draw();
}

function extend(points) {
  // Send ends the stroke of a finger that is still down.
  if (!stroke) return;
  const from = stroke.points.length;
  stroke.points.push(...points);
  lay(stroke, from);
  draw();
}

function end() {
  if (stroke) keep(stroke);
  stroke = null;
}

function discard() {
  stroke = null;
  layAll();
}

function keep(one) {
  strokes.push(one);
  undone = [];
  offer();
}

function undo() {
  if (done || !strokes.length) return;
  undone.push(strokes.pop());
  layAll();
  offer();
  speak(texts.undone);
}

function redo() {
  if (done || !undone.length) return;
  strokes.push(undone.pop());
  layAll();
  offer();
  speak(texts.redone);
}

function clear() {
  if (done || !marked()) return;
  keep({ clears: true });
  layAll();
  speak(texts.cleared);
}

function marked() {
  const cleared = strokes.findLastIndex((one) => one.clears);
  return strokes.slice(cleared + 1).some((one) => !one.erases);
}

function offer() {
  element("undo").disabled = done || !strokes.length;
  element("redo").disabled = done || !undone.length;
  element("clear").disabled = done || !marked();
}

function choose(name) {
  tool = name;
  for (const id of ["brush", "eraser", "move"]) element(id).setAttribute("aria-pressed", String(id === name));
  view.style.cursor = name === "move" ? "grab" : "";
  draw();
}

// --- The view

function fit() {
  const { width, height } = stage();
  look.scale = Math.min(width / image.width, height / image.height);
  look.x = (width - image.width * look.scale) / 2;
  look.y = (height - image.height * look.scale) / 2;
  fitted = true;
  draw();
}

function resize() {
  const { width, height } = stage();
  view.width = Math.max(1, Math.round(width * ratio()));
  view.height = Math.max(1, Math.round(height * ratio()));
  if (!image) return;
  if (fitted) fit();
  else hold();
}

// Keep the image from leaving the stage altogether.
function hold() {
  const { width, height } = stage();
  const within = (place, length, room) => Math.min(room * 0.75, Math.max(room * 0.25 - length, place));
  look.x = within(look.x, image.width * look.scale, width);
  look.y = within(look.y, image.height * look.scale, height);
  draw();
}

function zoom(factor, x, y) {
  const { width, height } = stage();
  const least = Math.min(1, width / image.width, height / image.height) / 2;
  const scale = Math.min(MOST_SCALE, Math.max(least, look.scale * factor));
  look.x = x - ((x - look.x) * scale) / look.scale;
  look.y = y - ((y - look.y) * scale) / look.scale;
  look.scale = scale;
  fitted = false;
  hold();
}

function zoomMiddle(factor) {
  if (!image) return;
  const { width, height } = stage();
  zoom(factor, width / 2, height / 2);
}

const onStage = (event) => ({ x: event.clientX - stage().left, y: event.clientY - stage().top });
const onImage = (place) => ({ x: (place.x - look.x) / look.scale, y: (place.y - look.y) / look.scale });

// --- Fingers, pens and mice

const penDown = () => [...pointers.values()].some((one) => one.type === "pen");
// Numbers of `PointerEvent.button`. The last is the other end of a pen.
const MIDDLE = 1;
const RIGHT = 2;
const PEN_ERASER = 5;

view.addEventListener("pointerdown", (event) => {
  if (!image || done || event.button === RIGHT) return;
  // A hand that rests on the screen while a pen paints is no finger that wants something, whichever came first.
  if (event.pointerType === "touch" && penDown()) return;
  if (event.pointerType === "pen") pushAside();
  view.setPointerCapture(event.pointerId);
  pointers.set(event.pointerId, { ...onStage(event), type: event.pointerType });
  if (pointers.size === 1) {
    mode = tool === "move" || event.button === MIDDLE ? "pan" : "paint";
    const erases = tool === "eraser" || event.button === PEN_ERASER;
    if (mode === "paint") begin(onImage(onStage(event)), erases);
  } else if (pointers.size === 2) {
    if (stroke && (performance.now() - stroke.at < PINCH_DELAY || rested(stroke))) discard();
    else end();
    mode = "pinch";
    pinch = measure();
  }
});

// The hand came down before its pen: what it painted was not meant.
function pushAside() {
  if (!pointers.size) return;
  pointers.clear();
  if (mode === "paint") discard();
  mode = "idle";
}

view.addEventListener("pointermove", (event) => {
  if (!image) return;
  const before = pointers.get(event.pointerId);
  const now = onStage(event);
  if (event.pointerType !== "touch") cursor = onImage(now);
  cursorShown = event.pointerType !== "touch";
  if (!before) {
    draw();
    return;
  }
  pointers.set(event.pointerId, { ...now, type: before.type });
  if (mode === "paint") {
    const events = event.getCoalescedEvents?.() ?? [];
    extend((events.length ? events : [event]).map((one) => onImage(onStage(one))));
  } else if (mode === "pan") {
    look.x += now.x - before.x;
    look.y += now.y - before.y;
    fitted = false;
    hold();
  } else if (mode === "pinch") {
    const last = pinch;
    pinch = measure();
    look.x += pinch.x - last.x;
    look.y += pinch.y - last.y;
    zoom(pinch.apart / last.apart, pinch.x, pinch.y);
  }
});

function rested({ points: [first, ...others] }) {
  return others.every((one) => Math.hypot(one.x - first.x, one.y - first.y) * look.scale <= PINCH_REST);
}

function measure() {
  const [one, other] = [...pointers.values()];
  const apart = Math.max(1, Math.hypot(one.x - other.x, one.y - other.y));
  return { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2, apart };
}

function lift(event) {
  if (!pointers.delete(event.pointerId)) return;
  if (mode === "paint") {
    if (event.type === "pointercancel") discard();
    else end();
  }
  // The finger that stays after a pinch paints nothing until it is lifted as well.
  mode = "idle";
}

view.addEventListener("pointerup", lift);
view.addEventListener("pointercancel", lift);
view.addEventListener("pointerleave", () => {
  cursorShown = document.activeElement === view && view.matches(":focus-visible");
  draw();
});
view.addEventListener(
  "wheel",
  (event) => {
    event.preventDefault();
    if (!image) return;
    const { x, y } = onStage(event);
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    zoom(Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0015)), x, y);
  },
  { passive: false },
);

// --- Keys

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

view.addEventListener("keydown", (event) => {
  // AltGr, which many keyboards need for brackets, counts as Ctrl and Alt on some systems.
  const other = event.ctrlKey || event.metaKey || event.altKey;
  if (!image || done || (other && !event.getModifierState("AltGraph"))) return;
  const step = STEPS[event.key];
  const key = event.key.toLowerCase();
  if (step) moveCursor(step, event.shiftKey ? 4 : 1);
  else if (event.key === " ") pressSpace(event.repeat);
  else if (event.key === "+" || event.key === "=") zoomMiddle(1.25);
  else if (event.key === "-") zoomMiddle(0.8);
  else if (event.key === "0") fit();
  else if (key === "b" || key === "e") {
    choose(key === "b" ? "brush" : "eraser");
    speak(element(tool).getAttribute("aria-label"));
  } else if (event.key === "[" || event.key === "]") {
    element("size").value = Number(element("size").value) + (event.key === "]" ? 5 : -5);
    draw();
  } else return;
  event.preventDefault();
});

function moveCursor([across, down], times) {
  const far = Math.max(1, diameter() / 4) * times;
  const limit = (value, most) => Math.min(most, Math.max(0, value));
  cursor ??= { x: image.width / 2, y: image.height / 2 };
  cursor = { x: limit(cursor.x + across * far, image.width), y: limit(cursor.y + down * far, image.height) };
  cursorShown = true;
  if (stroke) extend([cursor]);
  follow();
  speak(placeOfCursor());
}

function placeOfCursor() {
  const percent = (value, whole) => String(Math.round((100 * value) / whole));
  const place = texts.place.replace("{across}", percent(cursor.x, image.width));
  return place.replace("{down}", percent(cursor.y, image.height));
}

// Move the view so that the cursor stays on the stage.
function follow() {
  const { width, height } = stage();
  const beyond = (place, room) => (place < 0 ? place : place > room ? place - room : 0);
  look.x -= beyond(cursor.x * look.scale + look.x, width);
  look.y -= beyond(cursor.y * look.scale + look.y, height);
  draw();
}

function pressSpace(repeated) {
  if (repeated || stroke || tool === "move") return;
  cursor ??= { x: image.width / 2, y: image.height / 2 };
  cursorShown = true;
  begin(cursor);
}

view.addEventListener("keyup", (event) => {
  if (event.key !== " " || mode !== "idle" || !stroke) return;
  speak(`${stroke.erases ? texts.erased : texts.painted}: ${placeOfCursor()}`);
  end();
});
view.addEventListener("focus", () => {
  if (!image || !view.matches(":focus-visible")) return;
  cursor ??= { x: image.width / 2, y: image.height / 2 };
  cursorShown = true;
  draw();
});
view.addEventListener("blur", () => {
  if (mode === "idle") end();
  cursorShown = false;
  draw();
});
document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.target === element("prompt")) return;
  const key = event.key.toLowerCase();
  if (key === "z" && !event.shiftKey) undo();
  else if (key === "y" || key === "z") redo();
  else return;
  event.preventDefault();
});

// --- Words

function speak(text) {
  element("spoken").textContent = text;
}

function tell(text, wrong = false) {
  const status = element("status");
  status.textContent = text;
  status.classList.toggle("wrong", wrong);
}

// What the bot says is written for Discord: its times become those of this browser, its Markdown goes.
function plain(text) {
  const spoken = text.replace(/<t:(\d+)(?::(\w))?>/g, (_, seconds, style) => when(Number(seconds), style));
  const words = spoken.replace(/\*\*|`/g, "").replace(/<@!?\d+>/g, "…");
  return words.replace(/\\([^\w\s])/g, "$1");
}

function when(seconds, style) {
  if (style !== "R") return new Date(seconds * 1000).toLocaleString();
  const away = seconds - Date.now() / 1000;
  const [unit, length] = [["day", 86400], ["hour", 3600], ["minute", 60]].find((one) => away >= one[1]) ?? ["second", 1];
  return new Intl.RelativeTimeFormat(undefined, { numeric: "auto" }).format(Math.round(away / length), unit);
}

async function refusal(response) {
  try {
    const { text, final } = await response.json();
    return { text: plain(text), final };
  } catch {
    return { text: texts.offline, final: false };
  }
}

// --- Sending

async function maskFile() {
  const sheet = document.createElement("canvas");
  sheet.width = image.width;
  sheet.height = image.height;
  const white = sheet.getContext("2d");
  white.drawImage(mask, 0, 0);
  white.globalCompositeOperation = "source-in";
  white.fillStyle = "#fff";
  white.fillRect(0, 0, sheet.width, sheet.height);
  return new Promise((resolve) => sheet.toBlob(resolve, "image/png"));
}

element("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (!image || done || element("send").disabled) return;
  end();
  if (!marked()) {
    tell(texts.nothing, true);
    return;
  }
  element("send").disabled = true;
  tell(texts.sending);
  const file = await maskFile();
  if (!file || file.size > facts.maskBytes) {
    tell(texts.too_large, true);
    element("send").disabled = false;
    return;
  }
  const body = new FormData();
  body.append("prompt", element("prompt").value);
  body.append("mask", file, "mask.png");
  try {
    const response = await fetch(location.pathname, { method: "POST", body, credentials: "omit" });
    if (response.ok) {
      finish((await response.json()).message);
      return;
    }
    const { text, final } = await refusal(response);
    tell(text, true);
    if (final) close();
    else element("send").disabled = false;
  } catch {
    tell(texts.offline, true);
    element("send").disabled = false;
  }
});

function finish(address) {
  close();
  tell(texts.sent);
  const link = document.createElement("a");
  link.href = address;
  link.textContent = texts.to_message;
  element("send").replaceWith(link);
  link.focus();
}

function close() {
  done = true;
  offer();
  for (const id of ["brush", "eraser", "move", "size", "prompt", "send"]) element(id).disabled = true;
}

// --- The beginning

// The color that differs most from the image's own, all in all: pink shows on the sea, but not on roses.
function chooseMark() {
  const sample = document.createElement("canvas").getContext("2d");
  sample.drawImage(image, 0, 0, 8, 8);
  const pixels = sample.getImageData(0, 0, 8, 8).data;
  const distance = (color) => {
    let sum = 0;
    for (let at = 0; at < pixels.length; at += 4)
      sum += Math.hypot(...color.map((value, channel) => value - pixels[at + channel]));
    return sum;
  };
  const best = MARKS.reduce((one, other) => (distance(other) > distance(one) ? other : one));
  mark = `rgb(${best.join(" ")})`;
}

for (const name of ["brush", "eraser", "move"]) element(name).addEventListener("click", () => choose(name));
element("undo").addEventListener("click", undo);
element("redo").addEventListener("click", redo);
element("clear").addEventListener("click", clear);
element("zoom-in").addEventListener("click", () => zoomMiddle(1.4));
element("zoom-out").addEventListener("click", () => zoomMiddle(1 / 1.4));
element("size").addEventListener("input", draw);
new ResizeObserver(resize).observe(view);

async function load() {
  tell(texts.loading);
  let response;
  try {
    response = await fetch(`${location.pathname}/image`, { credentials: "omit" });
  } catch {
    tell(texts.offline, true);
    return;
  }
  if (!response.ok) {
    tell((await refusal(response)).text, true);
    return;
  }
  try {
    const loaded = await createImageBitmap(await response.blob());
    mask = document.createElement("canvas");
    mask.width = loaded.width;
    mask.height = loaded.height;
    ink = mask.getContext("2d");
    image = loaded;
    chooseMark();
  } catch {
    tell(texts.no_image, true);
    return;
  }
  resize();
  const until = new Date(facts.expiresAt * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  tell(texts.expires.replace("{time}", until));
}

load();
