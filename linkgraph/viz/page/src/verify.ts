/** The button that verifies the page, and what it found. */

import { button, h } from "./dom";
import { broken, sha256, type Part, type Seal } from "./seal";
import { words } from "./texts";

/** Only a file has a seal; the text of its parts is taken before anything changes it. */
export function verifyButton(): HTMLElement[] {
  const text = (id: string): string => document.getElementById(id)?.textContent ?? "";
  const sealed = text("seal").trim();
  if (!sealed) return [];
  const seal = JSON.parse(sealed) as Seal;
  const found = h("p", { id: "verified", role: "status" });
  const check = async (): Promise<void> => {
    if (!crypto.subtle) {
      found.textContent = words.verifyImpossible;
      return;
    }
    const parts = { style: styleText(), script: text("script"), licences: text("licences"), model: text("model") };
    const wrong: Part[] = await broken(seal, parts);
    found.textContent = wrong.length ? words.verifiedNot(wrong.join(", ")) : words.verified;
    found.className = wrong.length ? "error" : "good";
  };
  const file = h("input", { type: "file", id: "page-file", accept: ".html,text/html" });
  const ofFile = h("code", { id: "page-file-sha" });
  file.addEventListener("change", async () => {
    const chosen = file.files?.[0];
    if (!chosen) ofFile.textContent = "";
    else ofFile.textContent = crypto.subtle ? await sha256(await chosen.arrayBuffer()) : words.verifyImpossible;
  });
  return [
    h(
      "details",
      { class: "about", id: "verify" },
      h("summary", {}, words.verify),
      h("p", { class: "note" }, words.verifyHelp),
      button(words.verify, () => void check(), { id: "verify-page" }),
      found,
      h("dl", {}, h("dt", {}, words.pageDigest), h("dd", {}, h("code", { id: "page-digest" }, seal.page))),
      h("label", { for: "page-file" }, words.chooseFile),
      file,
      ofFile,
      h("p", { class: "note" }, words.verifyLimit),
    ),
  ];
}

/** The style as it is in the file: Cytoscape adds its own to the same element's sheet, not to its text. */
function styleText(): string {
  return document.querySelector("style")?.textContent ?? "";
}
