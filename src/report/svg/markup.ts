/** XML as text. Whatever comes from outside goes through {@link escapeXml}: names of files may hold anything. */

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text for content or an attribute; characters that XML has no place for are replaced. */
export const escapeXml = (text: string): string =>
  text
    .replace(/[&<>"']/g, (character) => ENTITIES[character])
    .replace(/(?![\t\n])\p{Cc}|[\p{Surrogate}\uFFFE\uFFFF]/gu, '\uFFFD');

/** Attributes; those that are undefined are left out. */
export type Attributes = Readonly<Record<string, string | number | undefined>>;

/**
 * An element.
 * @param content - markup, escaped already
 */
export function element(name: string, attributes: Attributes, ...content: readonly string[]): string {
  const spelled = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${escapeXml(typeof value === 'number' ? coordinate(value) : value!)}"`)
    .join('');
  const inside = content.join('');
  return inside === '' ? `<${name}${spelled}/>` : `<${name}${spelled}>${inside}</${name}>`;
}

/** An element that holds text. */
export const textElement = (name: string, attributes: Attributes, text: string): string =>
  element(name, attributes, escapeXml(text));

/** A place to a tenth of a unit, which no screen or printer tells from the exact one. */
export const coordinate = (value: number): string => String(Math.round(value * 10) / 10);
