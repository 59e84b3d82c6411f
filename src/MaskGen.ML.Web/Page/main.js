import "../shared/theme.js";
import { oncePerFrame } from "../shared/frames.js";
import { Announcer } from "./announcer.js";
import { Api } from "./api.js";
import { askConflict, showShortcuts } from "./dialogs.js";
import { counted, element, pause, setText } from "./dom.js";
import { nameOf } from "./document.js";
import { Drafts } from "./drafts.js";
import { Editor } from "./editor.js";
import { Encoding } from "./encoding.js";
import { Everything } from "./everything.js";
import { download, exportMasks } from "./export.js";
import { LabelPalette } from "./labels.js";
import { Library } from "./library.js";
import { SceneMasks } from "./masks-on-scene.js";
import { ObjectsPanel } from "./objects.js";
import { Pointer } from "./pointer.js";
import { Preview } from "./preview.js";
import { Saver } from "./saver.js";
import { Scene } from "./scene.js";
import { Shortcuts } from "./shortcuts.js";
import { Strip } from "./strip.js";
import { WorkBar } from "./workbar.js";

const LEAST_RADIUS = 1;
const LARGEST_RADIUS = 500;
const REFUSED_WAIT = 2000;

const api = new Api();
const announcer = new Announcer();
const drafts = new Drafts();
const editor = new Editor(api, announcer);
const encoding = new Encoding(api);

showConnection();
await signIn();
const [session] = await Promise.all([api.session(), drafts.open()]);
const { images, title } = await api.images();

const saver = new Saver(api, drafts, session.model.name);
const library = new Library(api, drafts, saver);
const everything = new Everything({
  panel: element("found"), closeButton: element("found-close"), status: element("found-status"), progress: element("found-progress"), iou: element("iou"), iouValue: element("iou-value"),
  stability: element("stability"), stabilityValue: element("stability-value"), addButton: element("found-add"), againButton: element("found-again"),
}, api, editor, session.thresholds);
const scene = new Scene({ viewport: element("viewport"), frame: element("frame"), image: element("image"), svg: element("marks"), overlay: element("overlay"), work: element("work"), ghost: element("ghost") });
const masks = new SceneMasks(scene, editor, everything, session.palette);
const preview = new Preview(api, runs => scene.showGhost(runs));
const objects = new ObjectsPanel({ list: element("list"), rows: element("rows"), count: element("count"), empty: element("empty"), showAll: element("show-all"), image: element("image") },
  editor, object => masks.maskOf(object), object => masks.colorOf(object));
const strip = new Strip({ items: element("images"), count: element("image-count") }, api, id => open(id));
const labels = new LabelPalette({ items: element("labels"), input: element("label-input"), form: element("label-form"), hint: element("label-hint"), stage: element("viewport") }, editor);
const workBar = new WorkBar(element("detail"), editor, { label: () => labels.enter(), smallest, hints, stage: () => element("viewport") });

const tool = { name: "point", radius: 0, stroke: null, hover: null };

const pointer = new Pointer(scene, {
  strokes: () => tool.name !== "point",
  click: (place, event, label) => addPoint(place, label, { startsNew: event.shiftKey, since: event.timeStamp }),
  box: (box, event, isCorner) => addBox(box, { startsNew: event.shiftKey && !isCorner, since: event.timeStamp }),
  select: place => {
    const object = masks.objectAt(place);
    if (object) {
      editor.toggle(object.id);
    } else {
      editor.select([]);
    }
  },
  hover: place => hover(place),
  leave: () => leave(),
  band: box => {
    if (box) {
      preview.clear();
    }
    scene.showBand(box);
  },
  stroking: points => showStroke(points),
  stroke: points => stroke(points),
});

const shortcuts = new Shortcuts(scene, editor, pointer, {
  say: text => announcer.say(text),
  undo: () => editor.undo(),
  redo: () => editor.redo(),
  acceptImage: () => acceptImage(true),
  selectAll: () => editor.select(editor.now.objects.map(object => object.id)),
  accept: () => accept(),
  place: (place, label, startsNew) => {
    if (tool.name === "point") {
      addPoint(place, label, { startsNew });
    } else {
      stroke([[place.x + 0.5, place.y + 0.5]]);
    }
  },
  box: (box, startsNew) => addBox(box, { startsNew }),
  moved: place => {
    const object = masks.objectAt(place);
    announcer.say(`${place.x}, ${place.y}${object ? `, on ${nameOf(object)}` : ""}`);
    if (tool.name === "point") {
      hover(place);
    } else {
      showBrush(place);
    }
  },
  digit: digit => chooseDigit(digit),
  keys: {
    Enter: () => accept(), Escape: () => cancel(), Delete: () => editor.remove(), Backspace: () => editor.remove(),
    v: () => setTool("point"), b: () => setTool("brush"), e: () => setTool("eraser"), "[": () => resizeBrush(1 / 1.25), "]": () => resizeBrush(1.25),
    p: () => element("preview").click(), g: () => everything.toggle(), h: () => editor.setHidden(!editor.isHidden), l: () => labels.enter(),
    m: () => editor.merge(), s: () => editor.subtract(), r: () => editor.refine(), f: () => editor.clean("fill-holes", smallest()), k: () => editor.clean("drop-specks", smallest()),
    "+": () => scene.zoomTo(scene.zoom * 1.5), "=": () => scene.zoomTo(scene.zoom * 1.5), "-": () => scene.zoomTo(scene.zoom / 1.5),
    0: () => scene.zoomTo(1), a: () => step(-1), d: () => step(1), "?": () => showShortcuts(),
  },
});

// What follows a change is done in two parts: the image at once, everything around it after the browser has painted.
const renderAround = oncePerFrame(() => setTimeout(() => {
  if (editor.document) {
    objects.render();
    labels.render();
    renderButtons();
  }
}));

editor.addEventListener("change", () => {
  masks.renderWork();
  masks.renderPrompts();
  masks.renderObjects();
  workBar.render();
  renderAround();
});
editor.addEventListener("pending", () => {
  preview.clear();
  masks.renderPrompts();
  element("frame").classList.toggle("waiting", editor.document.pending.length > 0);
});
editor.addEventListener("select", () => {
  masks.renderWork();
  workBar.render();
  objects.renderSelection(true);
  labels.render();
});
editor.addEventListener("label", () => labels.render());
editor.addEventListener("hidden", () => element("frame").classList.toggle("hidden", editor.isHidden));
editor.addEventListener("stroked", () => {
  scene.showStroke(null);
});
editor.addEventListener("answered", event => measureLatency(event.since, event.ms));
everything.addEventListener("change", () => {
  element("everything").setAttribute("aria-pressed", everything.isOpen);
  masks.renderObjects();
  renderAround();
});
encoding.addEventListener("change", renderStatus);
saver.addEventListener("change", renderStatus);
saver.addEventListener("conflict", event => settle(event.document));
element("image").addEventListener("load", () => {
  performance.mark("maskgen-image");
  objects.redraw();
});
element("image").addEventListener("error", () => announcer.say("The image could not be shown.", true));
addEventListener("beforeunload", event => {
  // The browser keeps what is not saved; it warns only where even that could be lost.
  if (saver.isAnythingUnsaved && !drafts.database) {
    event.preventDefault();
  }
});

watchInput();
setUpButtons();
setUpFiles();
followServer();
setText(element("title"), title || "MaskGen");
setText(element("model"), [session.model.name, session.model.device && ` on ${session.model.device}`, session.model.isDemonstration && " (demonstration)"].filter(Boolean).join(""));
api.labels().then(answer => {
  labels.known = answer.labels;
  labels.render();
}, () => {});
strip.show(images);
if (images.length) {
  const last = sessionStorage.getItem("maskgen-image");
  await open(images.find(image => image.id === last)?.id ?? images[0].id);
} else {
  setText(element("subtitle"), "No images yet: add some");
  element("invite").hidden = false;
  setText(element("invite"), "Drop images here");
}
document.documentElement.dataset.ready = "true";

/** Notes whether the image is worked by pointer or by keyboard. */
function watchInput() {
  const note = input => () => document.documentElement.dataset.input = input;
  addEventListener("pointerdown", note("pointer"), true);
  addEventListener("keydown", event => /^(Arrow|Tab)/.test(event.key) && note("keyboard")(), true);
}

/** Takes the token from the address, so that it is neither shown nor kept in the history. */
async function signIn() {
  const token = new URLSearchParams(location.hash.slice(1)).get("t");
  if (!token) {
    return;
  }
  history.replaceState(null, "", location.pathname + location.search);
  try {
    await api.signIn(token);
  } catch (error) {
    announcer.fail(error.status === 401 ? "This address has an old token; open the one that maskgen printed last." : error.message);
  }
}

async function open(id) {
  const wanted = open.last = id;
  leave();
  strip.mark(id);
  let document;
  try {
    document = await library.open(id);
  } catch (error) {
    announcer.fail(error.message);
    strip.mark(editor.document?.id);
    return;
  }
  if (open.last !== wanted) {
    return;
  }
  everything.close();
  sessionStorage.setItem("maskgen-image", id);
  const { info } = document;
  const image = element("image");
  image.src = api.imageAddress(id, session.limits.paintSide);
  image.alt = info.name;
  scene.setImage(document.size, document.paintSize);
  tool.radius = Math.max(3, Math.round(Math.max(info.width, info.height) / 80));
  shortcuts.hide();
  editor.open(document);
  encoding.start(document);
  masks.renderWork();
  masks.renderPrompts();
  masks.renderObjects();
  workBar.render();
  renderAround();
  renderStatus();
  globalThis.document.title = `${info.name} · MaskGen`;
  setText(element("subtitle"), `${info.name} · ${info.width} × ${info.height}`);
  announcer.say(`${info.name}, ${counted(document.now.objects.length, "object")}.`);
}

function step(places) {
  const next = strip.step(places);
  if (next) {
    open(next.id);
  } else {
    announcer.note(places > 0 ? "This is the last image." : "This is the first image.");
  }
}

function addPoint(place, label, options) {
  preview.clear();
  editor.addPoint(place.x, place.y, label, options);
}

function addBox(box, options) {
  preview.clear();
  editor.setBox(box, options);
}

function accept() {
  if (editor.draft || editor.document.pending.length) {
    editor.accept();
  } else if (everything.isOpen) {
    everything.accept();
  }
}

function cancel() {
  pointer.cancel();
  if (!editor.draft && !editor.document.pending.length && everything.isOpen) {
    everything.close();
  } else {
    editor.cancel();
  }
}

/** A digit, from 1, is a candidate while there are several to choose from, and otherwise a label. */
function chooseDigit(digit) {
  const candidates = editor.draft?.candidates.length ?? 0;
  if (candidates > 1 && digit <= candidates) {
    editor.choose(digit - 1);
  } else if (!labels.assign(digit)) {
    announcer.note(`There is no label ${digit}.`);
  }
}

function acceptImage(goesOn) {
  editor.setDone(goesOn || editor.now.state !== "accepted");
  if (goesOn && strip.step(1)) {
    step(1);
  }
}

/** What counts as a small hole or speck: a ten-thousandth of the image. */
function smallest() {
  const { width, height } = editor.document.info;
  return Math.max(16, Math.round(width * height / 10000));
}

function hints() {
  if (tool.name !== "point") {
    return [["Drag", tool.name === "brush" ? "paint" : "erase"], ["[ ]", "size"], ["V", "back to clicking"]];
  }
  if (matchMedia("(hover: none)").matches) {
    return [["Tap", "an object"], ["Hold", "to exclude"], ["Drag", "a box"]];
  }
  return [["Click", "an object"], ["Drag", "a box"], ["Right click", "exclude"], ["Shift", "new object"], ["?", "all keys"]];
}

function hover(place) {
  tool.hover = place;
  if (tool.name !== "point") {
    showBrush(place);
  } else if (editor.document && !editor.draft && !editor.document.pending.length && !everything.isOpen && encoding.state.name === "ready") {
    preview.move(editor.document, place);
  }
}

function leave() {
  tool.hover = null;
  preview.clear();
  scene.showBrush(null);
}

function setTool(name) {
  tool.name = name;
  for (const other of ["point", "brush", "eraser"]) {
    element(`tool-${other}`).setAttribute("aria-pressed", other === name);
  }
  element("frame").classList.toggle("brushing", name !== "point");
  preview.clear();
  if (name === "point") {
    scene.showBrush(null);
  } else if (tool.hover) {
    showBrush(tool.hover);
  }
  workBar.render();
  announcer.say({ point: "Click and box.", brush: "Brush.", eraser: "Eraser." }[name]);
}

function resizeBrush(factor) {
  const grown = factor > 1 ? Math.ceil(tool.radius * factor) : Math.floor(tool.radius * factor);
  tool.radius = Math.min(LARGEST_RADIUS, Math.max(LEAST_RADIUS, grown));
  if (tool.hover && tool.name !== "point") {
    showBrush(tool.hover);
  }
  announcer.note(`Brush of ${2 * tool.radius} pixels.`);
}

function showBrush(place) {
  tool.hover = place;
  scene.showBrush({ x: place.x + 0.5, y: place.y + 0.5, radius: tool.radius });
}

function showStroke(points) {
  scene.showStroke(points && { points, radius: tool.radius, erases: tool.name === "eraser" });
}

function stroke(points) {
  // Stays to be seen until the mask with it comes.
  showStroke(points);
  editor.stroke(points, tool.radius, tool.name === "eraser");
}

/** From the pointer to the painted mask: the answer is on the canvas, and the frame after next has it on the screen. */
function measureLatency(since, ms) {
  requestAnimationFrame(() => setTimeout(() => {
    const { duration } = performance.measure("maskgen-click", { start: since, end: performance.now(), detail: { server: ms?.total ?? 0 } });
    setText(element("latency"), `${Math.round(duration)} ms${ms?.total === undefined ? "" : ` (server ${Math.round(ms.total)})`}`);
  }));
}

function renderButtons() {
  const { document } = editor;
  element("undo").disabled = !document.canUndo && !document.pending.length;
  element("redo").disabled = !document.canRedo;
  const isDone = document.now.state === "accepted";
  element("done").setAttribute("aria-pressed", isDone);
  setText(element("done"), isDone ? "✓ Accepted" : "Accept image");
  element("previous").disabled = !strip.step(-1);
  element("next").disabled = !strip.step(1);
  const isEmpty = !document.now.objects.length && !document.now.draft && !everything.isOpen;
  setText(element("invite"), "Click an object");
  element("invite").hidden = !isEmpty;
}

function renderStatus() {
  const { document } = editor;
  const { name, ms, from, position, reason } = encoding.state;
  setText(element("encoding"), {
    none: "", queued: position > 1 ? `waits, number ${position}` : "waits", encoding: "encoding", ready: from === "model" ? `encoded in ${(ms / 1000).toFixed(1)} s` : "encoded", failed: `not encoded: ${reason}`,
  }[name] ?? name);
  element("frame").classList.toggle("encoding", name === "encoding" || name === "queued");
  if (!document) {
    return;
  }
  const saved = saver.stateOf(document);
  const isAway = api.connection.state !== "ok";
  setText(element("saved"), { saved: "Saved", saving: isAway ? "Kept in this browser" : "Saving", waiting: "Waiting for your decision", refused: `Not saved: ${saved.reason}` }[saved.name]);
  element("saved").dataset.state = isAway && saved.name === "saving" ? "away" : saved.name;
}

/** Says while the server is away or wants another token; edits go on meanwhile. */
function showConnection() {
  const { connection } = api;
  connection.addEventListener("change", () => {
    const { state } = connection;
    element("banner").hidden = state === "ok";
    if (state === "ok") {
      announcer.note("The server is back.");
    } else {
      setText(element("banner-text"), state === "lost"
        ? "The server does not answer. Your work is kept in this browser and goes on when it is back."
        : "This page is not signed in. Open the address that maskgen printed; your work is kept in this browser.");
      setText(element("banner-action"), "Try now");
    }
    if (editor.document) {
      renderStatus();
    }
  });
  element("banner-action").addEventListener("click", () => connection.retryNow());
}

async function settle(document) {
  const choice = await askConflict(document.info.name);
  try {
    if (choice === "both") {
      announcer.note(`${counted(await library.combine(document), "object")} of yours added to theirs.`);
    } else {
      if (choice === "copy") {
        const file = document.toFile(document.now, session.model.name);
        download(new Blob([JSON.stringify(file)], { type: "application/json" }), `${document.info.name.split("/").at(-1)}.mine.annotations.json`);
      }
      await library.reload(document);
      announcer.note("Theirs is loaded.");
    }
  } finally {
    saver.resolve(document);
  }
}

/** Follows what changes at the server: how far images are, and what other tabs save. */
function followServer() {
  const events = new EventSource("api/v1/events");
  const show = image => {
    strip.update(image);
    const document = library.find(image.id);
    if (document) {
      followOthers(document, image.etag);
    }
  };
  let isAgain = false;
  events.addEventListener("image", event => show(JSON.parse(event.data)));
  events.addEventListener("hello", async () => {
    // Nobody has told what changed while there was no connection.
    if (isAgain) {
      (await api.images()).images.forEach(show);
    }
    isAgain = true;
  });
  // The browser connects again by itself, unless it is refused.
  events.addEventListener("error", () => {
    isAgain = true;
    if (events.readyState === EventSource.CLOSED) {
      pause(REFUSED_WAIT).then(followServer);
    }
  });
}

async function followOthers(document, etag) {
  // An own save may be answered after the event of it comes.
  if (!etag || etag === document.etag || document.isDirty || saver.stateOf(document).name !== "saved") {
    return;
  }
  const { draft } = document.now;
  if (!await library.reload(document, true)) {
    return;
  }
  if (draft) {
    document.commit({ draft }, "kept");
  }
  if (document === editor.document) {
    announcer.note("Changed in another tab: shown as it is there.");
  }
}

function setUpButtons() {
  const on = (id, action) => element(id).addEventListener("click", action);
  on("previous", () => step(-1));
  on("next", () => step(1));
  on("undo", () => editor.undo());
  on("redo", () => editor.redo());
  on("done", () => acceptImage(false));
  on("export", () => exportMasks(api, session, editor.document, announcer));
  on("help", () => showShortcuts());
  on("tool-point", () => setTool("point"));
  on("tool-brush", () => setTool("brush"));
  on("tool-eraser", () => setTool("eraser"));
  on("everything", () => everything.toggle());
  on("preview", () => {
    preview.setOn(!preview.isOn);
    element("preview").setAttribute("aria-pressed", preview.isOn);
    announcer.note(preview.isOn ? "Preview on." : "Preview off.");
  });
  on("zoom-in", () => scene.zoomTo(scene.zoom * 1.5));
  on("zoom-out", () => scene.zoomTo(scene.zoom / 1.5));
  on("zoom-fit", () => scene.zoomTo(1));
  on("show-all", () => {
    const all = editor.now.objects;
    const visible = all.some(object => !object.visible);
    editor.setVisible(all.map(object => object.id), visible);
  });
}

/** Images that are chosen or dropped are added to the folder's list. */
function setUpFiles() {
  const add = async files => {
    let first = null;
    for (const file of files) {
      try {
        const image = await api.upload(file);
        strip.update(image);
        first ??= image;
      } catch (error) {
        announcer.fail(`${file.name}: ${error.message}`);
      }
    }
    if (first) {
      open(first.id);
    }
  };
  element("files").addEventListener("change", event => {
    add([...event.target.files]);
    event.target.value = "";
  });
  addEventListener("dragover", event => {
    if (event.dataTransfer.types.includes("Files")) {
      event.preventDefault();
      element("drop").hidden = false;
    }
  });
  addEventListener("dragleave", event => {
    element("drop").hidden ||= event.relatedTarget === null;
  });
  addEventListener("drop", event => {
    event.preventDefault();
    element("drop").hidden = true;
    add([...event.dataTransfer.files]);
  });
}
