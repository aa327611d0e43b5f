// A panel of the attention viewer as one PNG that says where it comes from.

import { download } from "../base/dom.js";
import { significant } from "../base/format.js";

const MARGIN = 32;
const WIDTH = 1040;
const FONT = "system-ui, sans-serif";
const INK = "#1b2430";
const QUIET = "#5a6675";

/**
 * Save a panel: title, pictures with captions, scale, figures, limits and provenance. Always dark on white.
 * @param {string} name of the file
 * @param {Object} about
 * @param {string} about.title
 * @param {Array<{canvas: HTMLCanvasElement, caption: string, wide?: boolean}>} about.pictures
 * @param {{from: number, to: number, colour: (share: number) => number[]}|null} about.bar
 * @param {string[]} about.lines
 * @param {string} about.limit
 * @param {string[]} about.provenance
 */
export async function savePanel(name, about) {
  const rough = compose(about, new OffscreenCanvas(1, 1).getContext("2d"), false);
  const page = new OffscreenCanvas(WIDTH, rough);
  const pen = page.getContext("2d");
  pen.fillStyle = "#ffffff";
  pen.fillRect(0, 0, page.width, page.height);
  compose(about, pen, true);
  download(`${fileName(name)}.png`, await page.convertToBlob(), "image/png");
}

/** Lay everything out from top to bottom; returns the height. Draws only where asked, so that it also measures. */
function compose({ title, pictures, bar, lines, limit, provenance }, pen, draws) {
  let y = MARGIN;
  const write = (words, size, colour, weight = 400) => {
    pen.font = `${weight} ${size}px ${FONT}`;
    for (const line of wrapped(pen, words, WIDTH - 2 * MARGIN)) {
      y += Math.round(size * 1.45);
      if (!draws) continue;
      pen.fillStyle = colour;
      pen.fillText(line, MARGIN, y - Math.round(size * 0.35));
    }
  };
  write(title, 26, INK, 650);
  y += 12;
  const tall = pictures.filter(({ wide }) => !wide);
  if (tall.length) y = row(tall, pen, draws, y) + 16;
  if (bar) y = scale(bar, pen, draws, y) + 4;
  for (const line of lines) write(line, 17, INK);
  for (const { canvas, caption } of pictures.filter(({ wide }) => wide)) {
    y += 16;
    write(caption, 15, QUIET);
    const height = ((WIDTH - 2 * MARGIN) * canvas.height) / canvas.width;
    if (draws) pen.drawImage(canvas, MARGIN, y + 6, WIDTH - 2 * MARGIN, height);
    y += height + 6;
  }
  y += 16;
  write(limit, 15, QUIET);
  y += 8;
  for (const line of provenance) write(line, 15, QUIET);
  return y + MARGIN;
}

/** Pictures beside each other, their captions below. Cells stay squares: nothing is smoothed on the way. */
function row(pictures, pen, draws, top) {
  const width = (WIDTH - MARGIN) / pictures.length - MARGIN;
  const height = Math.max(...pictures.map(({ canvas }) => Math.min(width, (width * canvas.height) / canvas.width)));
  pictures.forEach(({ canvas, caption }, index) => {
    if (!draws) return;
    const share = Math.min(width / canvas.width, height / canvas.height);
    pen.imageSmoothingEnabled = false;
    pen.drawImage(canvas, MARGIN + index * (width + MARGIN), top, canvas.width * share, canvas.height * share);
    pen.font = `400 15px ${FONT}`;
    pen.fillStyle = QUIET;
    pen.fillText(caption, MARGIN + index * (width + MARGIN), top + height + 22, width);
  });
  return top + height + 26;
}

function scale({ from, to, colour }, pen, draws, top) {
  if (draws) {
    const width = 360;
    for (let x = 0; x < width; x += 1) {
      pen.fillStyle = `rgb(${colour(x / (width - 1))})`;
      pen.fillRect(MARGIN + 60 + x, top, 1, 16);
    }
    pen.font = `400 15px ${FONT}`;
    pen.fillStyle = INK;
    pen.fillText(significant(from, 3), MARGIN, top + 14, 54);
    pen.fillText(significant(to, 3), MARGIN + 68 + width, top + 14);
  }
  return top + 24;
}

function wrapped(pen, words, width) {
  const lines = [""];
  for (const word of words.split(/(?<=\s)|(?=[\u4e00-\u9fff])/u)) {
    if (pen.measureText(lines.at(-1) + word).width > width) lines.push("");
    lines[lines.length - 1] += word;
  }
  return lines;
}

function fileName(name) {
  return name
    .replace(/[\\/:*?"<>|\p{Cc}]+/gu, " ")
    .trim()
    .slice(0, 120);
}
