import { drawThumbnail } from "./thumbnail.js";
import { describe, labelOf, score, share } from "./words.js";

const THUMBNAIL = 92;

/** The rows of the list of masks: options of a list box, of which the pinned one is selected. */
export function maskRows(report, image) {
  return {
    make: mask => makeRow(mask, report, image),
    mark: (row, isActive, isPinned) => {
      row.classList.toggle("active", isActive);
      row.setAttribute("aria-selected", isPinned);
    },
    name: (list, row) => {
      if (row) {
        list.setAttribute("aria-activedescendant", row.id);
      } else {
        list.removeAttribute("aria-activedescendant");
      }
    },
  };
}

function makeRow(mask, report, image) {
  const row = document.createElement("div");
  row.className = "mask";
  row.id = `mask-${mask.index + 1}`;
  row.setAttribute("role", "option");
  row.setAttribute("aria-label", describe(mask, report));
  row.dataset.index = mask.index;
  row.innerHTML = `<canvas width="${THUMBNAIL}" height="${THUMBNAIL}"></canvas>
    <span class="name"><i style="background:${mask.color}"></i>${mask.index + 1}${labelOf(mask)}${mask.best ? "<b>best</b>" : ""}</span><span class="area">${share(mask, report)}</span>
    ${meter("IoU", mask.iou)}${meter("Stability", mask.stability)}`;
  drawThumbnail(row.firstElementChild, image, mask);
  return row;
}

function meter(name, value) {
  return `<span class="meter">${name} <span><i style="width:${100 * Math.min(1, Math.max(0, value ?? 0))}%"></i></span> ${score(value)}</span>`;
}
