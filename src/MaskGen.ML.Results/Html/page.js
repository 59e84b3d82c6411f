import { toCoco } from "./coco.js";
import { oncePerFrame } from "./frames.js";
import { MaskList } from "./list.js";
import { Mask } from "./masks.js";
import { maskRows } from "./rows.js";
import { Stage } from "./stage.js";
import { labelOf, score, share } from "./words.js";

performance.mark("maskgen-start");
const element = id => document.getElementById(id);
const report = JSON.parse(element("data").textContent);
const masks = report.masks.map((record, index) => new Mask(record, index, report.height));
const stage = new Stage(report, masks);
const list = new MaskList(element("list"), element("rows"), maskRows(report, element("image")));

const state = { iou: 0, stability: 0, sort: "iou", descending: true, hovered: null, pinned: null, shown: masks, visible: new Set(masks) };
const NO_MASKS = "There are no masks.";
const keys = { area: mask => mask.area, iou: mask => mask.iou ?? -1, stability: mask => mask.stability ?? -1, number: mask => mask.index };

const refresh = oncePerFrame(applyFilters);

function applyFilters() {
  // A stability that could not be measured passes only where none is asked for.
  state.shown = masks.filter(mask => (mask.iou ?? 0) >= state.iou && (mask.stability ?? 0) >= state.stability);
  state.visible = new Set(state.shown);
  const key = keys[state.sort];
  const sign = state.descending ? -1 : 1;
  state.shown.sort((a, b) => sign * (key(a) - key(b)) || a.index - b.index);
  if (state.pinned && !state.visible.has(state.pinned)) {
    state.pinned = null;
  }
  if (state.hovered && !state.visible.has(state.hovered)) {
    state.hovered = null;
  }
  list.show(state.shown);
  const all = counted(masks.length);
  element("count").textContent = state.shown.length === masks.length ? all : `${state.shown.length.toLocaleString("en")} of ${all}`;
  element("empty").hidden = state.shown.length > 0;
  element("empty").textContent = masks.length ? "No mask passes the filters." : NO_MASKS;
  lightUp(false);
  stage.draw(painted());
}

/** The masks that the image shows while none is lit: all, or of candidates, which lie over each other, the best. */
function painted() {
  return report.candidates ? new Set(state.shown.filter(mask => mask.best)) : state.visible;
}

function counted(count) {
  return `${count.toLocaleString("en")} ${count === 1 ? "mask" : "masks"}`;
}

/** The mask in question: the one under the pointer, otherwise the pinned one. */
function litMask() {
  return state.hovered ?? state.pinned;
}

function lightUp(scroll) {
  const mask = litMask();
  stage.light(mask);
  list.mark(mask, state.pinned, scroll);
  element("tip").hidden ||= mask?.index !== Number(element("tip").dataset.index);
  offerCopy();
  const detail = element("detail");
  if (!mask) {
    const hint = report.candidates ? "The image shows the best candidate; walk through the list for the others." : "Point at the image or walk through the list.";
    detail.textContent = masks.length ? hint : NO_MASKS;
    return;
  }
  const [x, y, width, height] = mask.bbox;
  detail.innerHTML = `<span class="name"><i style="background:${mask.color}"></i>Mask ${mask.index + 1}${labelOf(mask)}</span>
    <span>Area <b>${share(mask, report)}</b></span><span>IoU <b>${score(mask.iou)}</b></span><span>Stability <b>${score(mask.stability)}</b></span>
    ${mask.prompt_score === undefined ? "" : `<span>Prompt's score <b>${score(mask.prompt_score)}</b></span>`}
    <span>Box <b>${x}, ${y}</b> · <b>${width} × ${height}</b></span>`;
}

/** The button that copies the pinned mask names it, since the line beside it may tell of another one under the pointer. */
function offerCopy() {
  const button = element("copy-one");
  if (state.pinned) {
    button.textContent = `Copy mask ${state.pinned.index + 1}`;
  } else if (document.activeElement === button) {
    // A hidden button keeps no focus, and the keyboard would begin at the top of the page again.
    list.list.focus({ preventScroll: true });
  }
  button.hidden = !state.pinned;
}

function hover(mask) {
  if (mask !== state.hovered) {
    state.hovered = mask;
    lightUp(mask !== null);
  }
}

function pin(mask) {
  state.pinned = mask;
  state.hovered = null;
  lightUp(true);
}

/** Pins a mask that was chosen elsewhere than in the image, which shows where it is. */
function pinAndReveal(mask) {
  pin(mask);
  if (mask) {
    stage.reveal(mask);
  }
}

async function copy(chosen) {
  const text = JSON.stringify(toCoco(report, chosen));
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Browsers that grant pages from disk no clipboard still copy what is selected.
    const focused = document.activeElement;
    const area = document.body.appendChild(document.createElement("textarea"));
    area.className = "clipboard";
    area.value = text;
    area.select();
    const copied = document.execCommand("copy");
    area.remove();
    focused?.focus({ preventScroll: true });
    if (!copied) {
      toast("The browser allows no copying; use Download.");
      return;
    }
  }
  toast(`Copied ${counted(chosen.length)} as COCO`);
}

function download() {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(toCoco(report, state.shown))], { type: "application/json" }));
  link.download = `${report.image.replace(/^.*[\\/]/, "").replace(/\.[^.]+$/, "")}.coco.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

let toastTimer = 0;
function toast(text) {
  const box = element("toast");
  box.textContent = text;
  box.classList.add("on");
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => box.classList.remove("on"), 2200);
}

const BINS = 50;

/** A slider from a little below the lowest score to 1, under a histogram of the scores. */
function setUpFilter(id, value) {
  const slider = element(id);
  const scores = masks.map(value).filter(found => found !== null);
  const lowest = scores.reduce((low, found) => Math.min(low, found), 1);
  const start = Math.max(0, Math.floor(20 * (lowest - 0.02)) / 20);
  slider.min = slider.value = start;
  const bins = new Array(BINS).fill(0);
  scores.forEach(found => bins[Math.min(BINS - 1, Math.floor(BINS * (found - start) / (1 - start)))]++);
  // The square root keeps a lone mask visible beside a thousand.
  const most = Math.sqrt(Math.max(1, ...bins));
  element(`${id}-histogram`).innerHTML = bins.map((count, bin) => {
    const height = 20 * Math.sqrt(count) / most;
    return `<rect x="${bin + 0.1}" y="${20 - height}" width="0.8" height="${height}"/>`;
  }).join("");
  const bars = [...element(`${id}-histogram`).children];
  const update = () => {
    const least = Number(slider.value);
    // At its lower end the slider asks for nothing, so that masks without a score pass too.
    state[id] = least > start ? least : 0;
    const asked = state[id] > 0 ? `at least ${least.toFixed(2)}` : "all";
    element(`${id}-value`).textContent = asked;
    slider.setAttribute("aria-valuetext", asked);
    bars.forEach((bar, bin) => bar.classList.toggle("in", start + (1 - start) * (bin + 1) / BINS > state[id] + 1e-9));
    refresh();
  };
  slider.addEventListener("input", update);
  update();
}

function setUpSorting() {
  const buttons = [...document.querySelectorAll("[data-sort]")];
  const update = () => buttons.forEach(button => {
    const pressed = button.dataset.sort === state.sort;
    button.setAttribute("aria-pressed", pressed);
    button.textContent = button.textContent.replace(/ [↑↓]$/, "") + (pressed ? (state.descending ? " ↓" : " ↑") : "");
  });
  buttons.forEach(button => button.addEventListener("click", () => {
    state.descending = button.dataset.sort === state.sort ? !state.descending : button.dataset.sort !== "number";
    state.sort = button.dataset.sort;
    update();
    list.list.scrollTop = 0;
    refresh();
  }));
  update();
}

/** Whether the pointer itself moved: what scrolls beneath a resting one sends the same events, but is not pointed at, unless by the wheel. */
let hasMoved = false;
function watchPointer() {
  let [x, y] = [NaN, NaN];
  addEventListener("pointermove", event => {
    hasMoved = event.clientX !== x || event.clientY !== y;
    [x, y] = [event.clientX, event.clientY];
  }, true);
  addEventListener("wheel", () => [x, y] = [NaN, NaN], { capture: true, passive: true });
}

/** Names the lit mask beside the pointer, and how many more lie there. */
function showTip(event, here) {
  const tip = element("tip");
  const mask = litMask();
  tip.hidden = !mask || !here.includes(mask);
  if (tip.hidden) {
    return;
  }
  tip.dataset.index = mask.index;
  const more = here.length > 1 ? `<span>${here.indexOf(mask) + 1} of ${here.length} here, click ${mask === state.pinned ? "for the next" : "to pin it"}</span>` : "";
  tip.innerHTML = `<b>${mask.index + 1}${labelOf(mask)}</b>IoU ${score(mask.iou)} · stability ${score(mask.stability)}${more}`;
  const left = Math.max(8, Math.min(event.clientX + 16, innerWidth - tip.offsetWidth - 8));
  tip.style.transform = `translate(${left}px, ${Math.max(8, event.clientY - tip.offsetHeight - 12)}px)`;
}

function setUpPointer() {
  const frame = stage.frame;
  let drag = null;
  frame.addEventListener("pointermove", event => {
    if (drag) {
      drag.moved ||= Math.hypot(event.clientX - drag.x, event.clientY - drag.y) > 4;
      if (drag.moved && stage.zoom > 1) {
        stage.viewport.scrollTo(drag.left - event.clientX + drag.x, drag.top - event.clientY + drag.y);
        frame.classList.add("grabbing");
      }
    }
    if (!hasMoved) {
      return;
    }
    const pixel = stage.pixelAt(event);
    const here = pixel ? stage.masksAt(pixel, state.visible) : [];
    // The pinned mask stays lit wherever it lies beneath the pointer, or one that others cover would be lost with the first twitch.
    hover(here.includes(state.pinned) ? state.pinned : here[0] ?? null);
    showTip(event, here);
  });
  frame.addEventListener("pointerleave", () => {
    element("tip").hidden = true;
    hover(null);
  });
  frame.addEventListener("pointerdown", event => {
    drag = { x: event.clientX, y: event.clientY, left: stage.viewport.scrollLeft, top: stage.viewport.scrollTop, moved: false };
  });
  addEventListener("pointerup", event => {
    const click = drag && !drag.moved && frame.contains(event.target);
    drag = null;
    frame.classList.remove("grabbing");
    const pixel = click && stage.pixelAt(event);
    if (pixel) {
      const here = stage.masksAt(pixel, state.visible);
      pinAmong(here);
      if (event.pointerType === "mouse") {
        showTip(event, here);
      }
    }
  });
  stage.viewport.addEventListener("wheel", event => {
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      stage.zoomTo(stage.zoom * Math.exp(-event.deltaY / 300), event.clientX, event.clientY);
    }
  }, { passive: false });
}

/** Pins the mask on top; pinning at the same place again goes on to the next larger one below it. */
function pinAmong(here) {
  pin(here[(here.indexOf(state.pinned) + 1) % Math.max(1, here.length)] ?? null);
}

function setUpList() {
  const maskOf = event => masks[event.target.closest(".mask")?.dataset.index] ?? null;
  list.rows.addEventListener("pointermove", event => {
    const mask = maskOf(event);
    if (hasMoved && mask !== state.hovered) {
      state.hovered = mask;
      lightUp(false);
    }
  });
  list.list.addEventListener("pointerleave", () => hover(null));
  list.rows.addEventListener("click", event => pinAndReveal(maskOf(event)));
}

const walk = {
  ArrowDown: () => list.step(state.pinned, 1), ArrowRight: () => list.step(state.pinned, 1),
  ArrowUp: () => list.step(state.pinned, -1), ArrowLeft: () => list.step(state.pinned, -1),
  PageDown: () => list.step(state.pinned, list.pageLength), PageUp: () => list.step(state.pinned, -list.pageLength),
  Home: () => state.shown[0] ?? null, End: () => state.shown.at(-1) ?? null,
};
const pan = { ArrowDown: [0, 0.2], ArrowUp: [0, -0.2], ArrowRight: [0.2, 0], ArrowLeft: [-0.2, 0] };
const commands = {
  "+": () => stage.zoomTo(stage.zoom * 1.5), "=": () => stage.zoomTo(stage.zoom * 1.5), "-": () => stage.zoomTo(stage.zoom / 1.5), 0: () => stage.zoomTo(1),
  c: () => copy(state.pinned ? [state.pinned] : state.shown), h: () => element("show").click(), Escape: () => pin(null),
};

function setUpKeyboard() {
  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const inside = document.activeElement;
    if ((inside === list.list || inside === stage.viewport || inside === document.body) && walk[event.key]) {
      event.preventDefault();
      if (event.shiftKey && pan[event.key]) {
        stage.pan(...pan[event.key]);
      } else {
        pinAndReveal(walk[event.key]());
      }
    } else if (inside?.type !== "range" || event.key === "Escape") {
      commands[event.key.length === 1 ? event.key.toLowerCase() : event.key]?.();
    }
  });
}

function setUpControls() {
  const fade = oncePerFrame(() => stage.fade(Number(element("opacity").value)));
  element("show").addEventListener("change", event => stage.setVisible(event.target.checked));
  element("opacity").addEventListener("input", event => {
    event.target.setAttribute("aria-valuetext", `${Math.round(100 * event.target.value)} %`);
    fade();
  });
  element("copy-one").addEventListener("click", () => copy([state.pinned]));
  element("copy").addEventListener("click", () => copy(state.shown));
  element("download").addEventListener("click", download);
  element("zoom-in").addEventListener("click", () => stage.zoomTo(stage.zoom * 1.5));
  element("zoom-out").addEventListener("click", () => stage.zoomTo(stage.zoom / 1.5));
  element("zoom-fit").addEventListener("click", () => stage.zoomTo(1));
}

setUpFilter("iou", mask => mask.iou);
setUpFilter("stability", mask => mask.stability);
setUpSorting();
watchPointer();
setUpPointer();
setUpList();
setUpKeyboard();
setUpControls();
addEventListener("beforeprint", () => list.setWhole(true));
addEventListener("afterprint", () => list.setWhole(false));
applyFilters();
stage.finish();
// Thumbnails need the image, which the browser may still be decoding.
element("image").decode().then(() => list.redraw(), () => toast("The image of this page could not be decoded."));
performance.measure("maskgen-open", "maskgen-start");
