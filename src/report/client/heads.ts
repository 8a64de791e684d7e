/** Shows the head that is chosen, and hides the others. */

/** Makes the choice work, where there is one. */
export function chooseHeads(): void {
  const choices = document.querySelectorAll<HTMLInputElement>('input[name=head]');
  const show = (): void => {
    for (const { value, checked } of choices) document.getElementById(value)!.hidden = !checked;
  };
  for (const choice of choices) choice.addEventListener('change', show);
  // A browser that goes back to a page remembers what was chosen.
  show();
}
