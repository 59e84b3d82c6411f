import { ask } from "./dialogs.js";
import { counted, make } from "./dom.js";

const USUAL = ["coco", "yolo", "labelme", "cvat", "labelstudio"];
const LONG_ENOUGH = 60000; // Milliseconds until the browser has surely begun to save a download.

/** Asks for formats, images and a place, and exports. */
export async function exportMasks(api, session, document, announcer) {
  // What most people want comes first; the others as the server has them.
  const usual = session.formats.filter(format => USUAL.includes(format.name));
  const formats = [...usual, ...session.formats.filter(format => !usual.includes(format))].map(format => ({ name: format.name, box: make("input", { type: "checkbox", value: format.name, checked: format.name === "coco" }), format }));
  const one = radio("which", "This image", false);
  const folder = radio("to", `Into the folder ${session.out}/export`, false);
  const tolerance = make("input", { type: "number", min: "0", max: "1000", step: "any", placeholder: "automatic", "aria-describedby": "tolerance-hint" });
  const choice = await ask("Export", [
    make("fieldset", {}, make("legend", { text: "Formats" }),
      make("div", { class: "formats", tabindex: "0", role: "group", "aria-label": "Formats" }, ...formats.map(({ box, format }) => make("label", { class: "format" },
        box, make("b", { text: format.name }), make("span", { text: format.description }),
        format.loses.length ? make("span", { class: "loses", text: `Limits: ${format.loses.join("; ")}` }) : null)))),
    make("div", { class: "choices" },
      make("fieldset", {}, make("legend", { text: "Images" }), radio("which", "All that have objects", true).row, one.row),
      make("fieldset", {}, make("legend", { text: "To" }), radio("to", "Download", true).row, folder.row)),
    make("label", { class: "choice tolerance" }, "Polygons may differ by", tolerance, "pixels"),
    make("p", { class: "hint", id: "tolerance-hint", text: "Left empty: 1 pixel at most, less where the IoU with the mask would fall below 0.99." }),
  ], [["", "Cancel"], ["export", "Export", "primary"]]);
  const chosen = formats.filter(({ box }) => box.checked).map(({ name }) => name);
  if (choice !== "export") {
    return;
  }
  if (!chosen.length) {
    announcer.fail("Choose at least one format.");
    return;
  }
  if (!tolerance.validity.valid) {
    announcer.fail("Polygons may differ by 0 to 1000 pixels.");
    return;
  }
  announcer.note("Exporting");
  try {
    const result = await api.export({ formats: chosen, images: one.button.checked ? [document.id] : null, to: folder.button.checked ? "folder" : "zip", tolerance: tolerance.value === "" ? null : tolerance.valueAsNumber });
    if (result.zip) {
      download(result.zip, "maskgen-export.zip");
      announcer.note("Exported.");
    } else {
      announcer.say(`${counted(result.files.length, "file")} written to ${result.folder}.`);
      await ask("Exported", [
        make("p", { text: `${counted(result.files.length, "file")} in ${result.folder}` }),
        make("ul", {}, ...result.files.slice(0, 20).map(file => make("li", { text: file }))),
        ...result.remarks.map(remark => make("p", { class: "hint", text: remark })),
      ], [["close", "Close", "primary"]]);
    }
  } catch (error) {
    announcer.fail(`The export did not work: ${error.message}`);
  }
}

/** Gives the browser something to save. */
export function download(blob, name) {
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), LONG_ENOUGH);
}

function radio(name, text, checked) {
  const button = make("input", { type: "radio", name, checked });
  return { button, row: make("label", { class: "choice" }, button, text) };
}
