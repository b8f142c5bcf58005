/** The picture as it is seen, as a PNG that still says, when it is alone, what it is of and how it is marked. */

import type cytoscape from "cytoscape";
import type { App } from "./app";
import { download } from "./download";
import { caption, pageDigest, wrapped } from "./shown";
import { colours } from "./theme";

const SCALE = 2;
const [BAND, LINE, MARGIN, TEXT] = [36, 19, 12, 13].map((pixels) => pixels * SCALE);

export async function savePng(app: App, cy: cytoscape.Core): Promise<void> {
  const { ink, paper } = colours();
  const picture = new Image();
  picture.src = cy.png({ output: "base64uri", full: false, scale: SCALE, bg: paper });
  await picture.decode();
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d");
  if (!pen) return;
  const font = (weight: number): string => `${weight} ${TEXT}px system-ui, sans-serif`;
  const said = caption(app, pageDigest());
  pen.font = font(400);
  const lines = said.lines.flatMap((line) => wrapped(line, (text) => pen.measureText(text).width <= picture.width - 2 * MARGIN));

  canvas.width = picture.width;
  canvas.height = BAND + picture.height + lines.length * LINE + MARGIN;
  pen.fillStyle = paper;
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(picture, 0, BAND);
  pen.fillStyle = ink;
  pen.textBaseline = "middle";
  pen.font = font(700);
  const marking = pen.measureText(said.marking).width;
  pen.fillText(said.marking, canvas.width - MARGIN - marking, BAND / 2);
  pen.fillText(said.case, MARGIN, BAND / 2, canvas.width - 3 * MARGIN - marking);
  pen.font = font(400);
  lines.forEach((line, at) => pen.fillText(line, MARGIN, BAND + picture.height + (at + 0.75) * LINE));
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
  if (blob) download(blob, "linkgraph-picture.png");
}
