/** The button that switches between the system's theme, light and dark. */

const THEMES = [
  { name: undefined, label: 'as the system' },
  { name: 'light', label: 'light' },
  { name: 'dark', label: 'dark' },
] as const;

/** Makes the button work. */
export function switchTheme(): void {
  const button = document.querySelector<HTMLButtonElement>('#theme')!;
  let at = 0;
  button.addEventListener('click', () => {
    at = (at + 1) % THEMES.length;
    const { name, label } = THEMES[at];
    button.textContent = `Theme: ${label}`;
    if (name === undefined) delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = name;
  });
}
