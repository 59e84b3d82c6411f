/** Draws the image around a mask, with everything else faded, into a square canvas; scale is pixels of the picture per pixel of the mask. */
export function drawThumbnail(canvas, image, mask, scale = 1) {
  const length = canvas.width;
  const [left, top, width, height] = mask.bbox;
  const side = Math.max(width, height, 8) * 1.16;
  const [x0, y0] = [left + (width - side) / 2, top + (height - side) / 2];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, scale * x0, scale * y0, scale * side, scale * side, 0, 0, length, length);
  const pixels = context.getImageData(0, 0, length, length);
  for (let v = 0; v < length; v++) {
    for (let u = 0; u < length; u++) {
      const x = Math.floor(x0 + (u + 0.5) / length * side);
      const y = Math.floor(y0 + (v + 0.5) / length * side);
      if (!mask.hasPixel(x, y)) {
        pixels.data[4 * (v * length + u) + 3] *= 0.16;
      }
    }
  }
  context.putImageData(pixels, 0, 0);
}
