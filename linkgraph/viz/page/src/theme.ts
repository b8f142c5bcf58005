/** Light or dark: what the system says, until the investigator says otherwise. The picture's canvas takes its colours from here. */

export interface Colours {
  readonly ink: string;
  readonly quiet: string;
  readonly paper: string;
  readonly accent: string;
  readonly dark: boolean;
}

const DARK = "(prefers-color-scheme: dark)";

/** Give what to call when the investigator asks for the other one; `changed` is told of every change. */
export function theme(changed: () => void): { toggle(): void } {
  const system = window.matchMedia(DARK);
  const root = document.documentElement;
  const set = (dark: boolean): void => {
    root.dataset.theme = dark ? "dark" : "light";
    changed();
  };
  system.addEventListener("change", () => set(system.matches));
  root.dataset.theme = system.matches ? "dark" : "light";
  return { toggle: () => set(root.dataset.theme !== "dark") };
}

export function colours(): Colours {
  const style = getComputedStyle(document.documentElement);
  const of = (name: string): string => style.getPropertyValue(name).trim();
  return { ink: of("--ink"), quiet: of("--quiet"), paper: of("--picture"), accent: of("--accent"), dark: document.documentElement.dataset.theme === "dark" };
}
