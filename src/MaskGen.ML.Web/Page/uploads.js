import { element } from "./dom.js";

/** Adds images that are chosen or dropped to the list of the folder, and opens the first of them. */
export function acceptFiles(api, strip, announcer, open) {
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
