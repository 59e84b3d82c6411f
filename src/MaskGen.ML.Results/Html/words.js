/** A score of three digits. */
export function score(value) {
  return value === null ? "n/a" : value.toFixed(3);
}

/** How large a mask is, in pixels and as part of the image. */
export function share(mask, report) {
  const percent = 100 * mask.area / (report.width * report.height);
  return `${mask.area.toLocaleString("en")} px · ${percent >= 0.1 ? percent.toFixed(1) : percent.toFixed(2)} %`;
}

/** What the object is, if somebody has said so, as markup. */
export function labelOf(mask) {
  const text = mask.label?.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`);
  return text === undefined ? "" : ` <b class="label" title="${text}">${text}</b>`;
}

/** A mask in one line. */
export function describe(mask, report) {
  return `Mask ${mask.index + 1}${mask.best ? ", the best candidate" : ""}, ${mask.label === undefined ? "" : `${mask.label}, `}${share(mask, report)}, predicted IoU ${score(mask.iou)}, stability ${score(mask.stability)}`;
}
