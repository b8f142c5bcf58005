/** A file that leaves the page. Its name is the program's own: no text of the evidence gets into a file name. */

export type FileName = `linkgraph-${string}`;

export function download(content: Blob, name: FileName): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // The browser reads it after the click has returned.
  window.setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
