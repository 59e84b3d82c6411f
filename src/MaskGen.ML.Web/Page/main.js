import "../shared/theme.js";
import { oncePerFrame } from "../shared/frames.js";
import { Announcer } from "./announcer.js";
import { Api } from "./api.js";
import { showConnection } from "./banner.js";
import { showShortcuts } from "./dialogs.js";
import { counted, element, setText } from "./dom.js";
import { nameOf } from "./document.js";
import { Drafts } from "./drafts.js";
import { Editor } from "./editor.js";
import { Encoding } from "./encoding.js";
import { Everything } from "./everything.js";
import { exportMasks } from "./export.js";
import { Follower } from "./follower.js";
import { LabelPalette } from "./labels.js";
import { Library } from "./library.js";
import { SceneMasks } from "./masks-on-scene.js";
import { ObjectsPanel } from "./objects.js";
import { Pointer } from "./pointer.js";
import { Preview } from "./preview.js";
import { Saver } from "./saver.js";
import { Scene } from "./scene.js";
import { Shortcuts } from "./shortcuts.js";
import { StatusBar } from "./statusbar.js";
import { Strip } from "./strip.js";
import { Tools } from "./tools.js";
import { acceptFiles } from "./uploads.js";
import { WorkBar } from "./workbar.js";

const api = new Api();
const announcer = new Announcer();
const drafts = new Drafts();
const editor = new Editor(api, announcer);
const encoding = new Encoding(api);

showConnection(api.connection, announcer);
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
const workBar = new WorkBar(element("detail"), editor, { label: () => labels.enter(), smallest, hints: () => tools.hints, stage: () => element("viewport") });

const tools = new Tools(scene, editor, announcer);
const status = new StatusBar(api, editor, encoding, saver);
const follower = new Follower(api, library, saver, strip, announcer, { isOpen: document => document === editor.document, model: session.model.name });

const pointer = new Pointer(scene, {
  strokes: () => tools.isBrush,
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
  stroking: points => tools.showStroke(points),
  stroke: points => tools.stroke(points),
});

const shortcuts = new Shortcuts(scene, editor, pointer, {
  say: text => announcer.say(text),
  undo: () => editor.undo(),
  redo: () => editor.redo(),
  acceptImage: () => acceptImage(true),
  selectAll: () => editor.select(editor.now.objects.map(object => object.id)),
  accept: () => accept(),
  place: (place, label, startsNew) => {
    if (tools.isBrush) {
      tools.stroke([[place.x + 0.5, place.y + 0.5]]);
    } else {
      addPoint(place, label, { startsNew });
    }
  },
  box: (box, startsNew) => addBox(box, { startsNew }),
  moved: place => {
    const object = masks.objectAt(place);
    announcer.say(`${place.x}, ${place.y}${object ? `, on ${nameOf(object)}` : ""}`);
    hover(place);
  },
  digit: digit => chooseDigit(digit),
  keys: {
    Enter: () => accept(), Escape: () => cancel(), Delete: () => editor.remove(), Backspace: () => editor.remove(),
    v: () => tools.choose("point"), b: () => tools.choose("brush"), e: () => tools.choose("eraser"), "[": () => tools.resize(1 / 1.25), "]": () => tools.resize(1.25),
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
everything.addEventListener("change", () => {
  element("everything").setAttribute("aria-pressed", everything.isOpen);
  masks.renderObjects();
  renderAround();
});
tools.addEventListener("change", () => {
  preview.clear();
  workBar.render();
});
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
acceptFiles(api, strip, announcer, id => open(id));
follower.start();
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
  tools.fit(info);
  shortcuts.hide();
  editor.open(document);
  encoding.start(document);
  masks.renderWork();
  masks.renderPrompts();
  masks.renderObjects();
  workBar.render();
  renderAround();
  status.render();
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

function hover(place) {
  tools.move(place);
  if (!tools.isBrush && editor.document && !editor.draft && !editor.document.pending.length && !everything.isOpen && encoding.state.name === "ready") {
    preview.move(editor.document, place);
  }
}

function leave() {
  tools.move(null);
  preview.clear();
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

function setUpButtons() {
  const on = (id, action) => element(id).addEventListener("click", action);
  on("previous", () => step(-1));
  on("next", () => step(1));
  on("undo", () => editor.undo());
  on("redo", () => editor.redo());
  on("done", () => acceptImage(false));
  on("export", () => exportMasks(api, session, editor.document, announcer));
  on("help", () => showShortcuts());
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
