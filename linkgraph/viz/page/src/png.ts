/** The picture as a PNG that still says, when it is alone, which case it is from and how it is marked. */

import type cytoscape from "cytoscape";

const SCALE = 2;
const BAND = 34;

export interface Caption {
  readonly left: string;
  readonly right: string;
  readonly below: string;
}

export async function savePng(cy: cytoscape.Core, caption: Caption, name: string): Promise<void> {
  const picture = new Image();
  picture.src = cy.png({ output: "base64uri", full: false, scale: SCALE, bg: "#ffffff" });
  await picture.decode();
  const canvas = document.createElement("canvas");
  canvas.width = picture.width;
  canvas.height = picture.height + 2 * BAND * SCALE;
  const pen = canvas.getContext("2d");
  if (!pen) return;
  pen.fillStyle = "#ffffff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(picture, 0, BAND * SCALE);
  pen.fillStyle = "#1c2733";
  pen.textBaseline = "middle";
  const font = (weight: number): string => `${weight} ${13 * SCALE}px system-ui, sans-serif`;
  const margin = 12 * SCALE;
  pen.font = font(600);
  pen.fillText(caption.left, margin, (BAND * SCALE) / 2);
  pen.textAlign = "right";
  pen.fillText(caption.right, canvas.width - margin, (BAND * SCALE) / 2);
  pen.textAlign = "left";
  pen.font = font(400);
  pen.fillText(caption.below, margin, canvas.height - (BAND * SCALE) / 2, canvas.width - 2 * margin);
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
  if (!blob) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
