import { make } from "./dom.js";

/** Opens a dialog, and resolves with the value of the button that closes it, or null. Buttons: [value, text, kind]. */
export function ask(title, content, buttons, { isUrgent = false } = {}) {
  return new Promise(done => {
    const heading = make("h2", { id: "dialog-title", text: title });
    const dialog = make("dialog", { "aria-labelledby": "dialog-title", role: isUrgent ? "alertdialog" : null },
      make("form", { method: "dialog" }, heading, make("div", { class: "content" }, ...content),
        make("div", { class: "buttons" }, ...buttons.map(([value, text, kind]) => make("button", { value, text, class: kind ?? "", autofocus: kind === "primary" })))));
    if (isUrgent) {
      // Something has to be decided; Escape decides nothing.
      dialog.addEventListener("cancel", event => event.preventDefault());
    }
    dialog.addEventListener("close", () => {
      dialog.remove();
      done(dialog.returnValue || null);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Somebody else has saved the image: which of the two stays? "theirs", "copy" or "both". */
export function askConflict(name) {
  return ask("Changed elsewhere", [
    make("p", { text: `${name} was saved by another tab or another person while you were working on it. Nothing of either has been overwritten.` }),
    make("dl", {},
      make("dt", { text: "Load theirs" }), make("dd", { text: "Shows what was saved there. Yours stays in this tab's undo: Ctrl+Z brings it back." }),
      make("dt", { text: "Keep a copy of mine" }), make("dd", { text: "Downloads yours as a file, then loads theirs." }),
      make("dt", { text: "Add mine to theirs" }), make("dd", { text: "Loads theirs and adds the objects of yours that it does not have." })),
  ], [["theirs", "Load theirs"], ["copy", "Keep a copy of mine"], ["both", "Add mine to theirs", "primary"]], { isUrgent: true });
}

const SHORTCUTS = [
  ["Objects", [
    ["Click", "add a point: this belongs to it"], ["Right click, Alt+click", "exclude: this does not"], ["Drag", "box around the object; drag its corners to adjust it"],
    ["Shift+click, Shift+drag", "begin a new object"], ["1 2 3, Tab", "the three candidates, best first"], ["Enter", "accept"], ["Esc", "cancel"],
    ["Ctrl+Z, Ctrl+Shift+Z", "undo, redo"]]],
  ["Selected objects", [
    ["Ctrl+click", "select in the image"], ["R", "refine: add points to it"], ["Del", "delete"], ["M", "merge"], ["S", "subtract the second from the first"],
    ["F", "fill small holes"], ["K", "drop small specks"], ["L, 1 to 9", "labels; a second press on the palette takes one away"]]],
  ["Tools", [["V", "click and box"], ["B", "brush"], ["E", "eraser"], ["[ ]", "size of the brush"], ["P", "preview under the pointer"], ["G", "everything"], ["H", "hide masks"]]],
  ["By keyboard alone", [
    ["Arrows", "move the crosshair; with Shift in small steps"], ["Enter", "add a point at the crosshair, then once more to accept"], ["Alt+Enter", "exclude there"],
    ["Shift+Enter", "begin a new object there"], ["C", "first corner of a box, then the other"], ["Shift+Tab", "leave the image"]]],
  ["View and images", [
    ["Wheel, + −, pinch", "zoom"], ["Space+drag", "move the image, as with the middle button"], ["0", "fit"], ["A D", "previous, next image"], ["Ctrl+Enter", "accept the image, on to the next"], ["?", "this list"]]],
  ["Touch", [["Tap", "add a point"], ["Long press", "exclude"], ["Drag", "box"], ["Two fingers", "zoom and move"]]],
];

/** Lists the shortcuts. */
export function showShortcuts() {
  return ask("Shortcuts", [make("div", { class: "shortcuts", tabindex: "0", role: "group", "aria-label": "List of shortcuts" }, ...SHORTCUTS.map(([title, keys]) =>
    make("section", {}, make("h3", { text: title }), make("dl", {}, ...keys.flatMap(([key, text]) => [make("dt", {}, make("kbd", { text: key })), make("dd", { text })])))))],
  [["close", "Close", "primary"]]);
}
