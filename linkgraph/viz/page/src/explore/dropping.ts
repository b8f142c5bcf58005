/** Files dropped anywhere on the page, from its first moment on: else the browser would leave the page and show them. */

import { exploring as said } from "../texts";
import type { Desk } from "./desk";

/** Have dropped files offered to the panel "Case", which comes to the front. */
export function followDrops(desk: Desk): void {
  const over = (on: boolean): void => void document.getElementById("drop-zone")?.classList.toggle("over", on);
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    over(true);
  });
  document.addEventListener("dragleave", () => over(false));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    over(false);
    const transfer = event.dataTransfer;
    if (!transfer?.files.length) return;
    if (desk.readOnly) {
      desk.session.say(said.readOnly);
      return;
    }
    const entries = [...transfer.items].map((one) => one.webkitGetAsEntry());
    const folders = new Set(entries.flatMap((entry) => (entry?.isDirectory ? [entry.name] : [])));
    if (folders.size) desk.session.say(said.noFolders);
    document.getElementById("tab-case")?.click();
    desk.offer([...transfer.files].filter((file) => !folders.has(file.name)));
  });
}
