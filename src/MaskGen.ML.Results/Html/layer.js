/** A canvas over the image that is as wide as the image is high: its rows are the image's columns, which is how run lengths come. */
export class Layer {
  constructor(canvas, width, height) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.setSize(width, height);
  }

  /** Takes another size of the image, and is empty. */
  setSize(width, height) {
    const canvas = this.canvas;
    this.width = width;
    this.height = height;
    this.image = null;
    this.made = null;
    canvas.width = height;
    canvas.height = width;
    canvas.style.width = `${100 * height / width}%`;
    canvas.style.height = `${100 * width / height}%`;
  }

  /** Pixels as 32-bit words, column-major; made once, since a large image takes megabytes. */
  get words() {
    this.image ??= this.context.createImageData(this.height, this.width);
    return this.made ??= new Uint32Array(this.image.data.buffer);
  }

  /** Fills the pixels of runs with one word. */
  fill(word, runs) {
    const words = this.words;
    for (let i = 0; i < runs.length; i += 2) {
      words.fill(word, runs[i], runs[i + 1]);
    }
  }

  /** Shows the words, all or those within a box of the image: left, top, width, height. */
  show(box) {
    if (box) {
      const [left, top, width, height] = box;
      this.context.putImageData(this.image, 0, 0, top, left, height, width);
    } else {
      this.context.putImageData(this.image, 0, 0);
    }
  }
}
