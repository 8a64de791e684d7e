/** Which tensors may be K, Q, V and a mask, by what they are called: to be shown, never to be used unasked. */

import type { TensorPattern } from '../formats/tensors.js';

/** What tensors may be for, by the pattern of their names. */
export interface GuessedRoles {
  readonly K: string;
  readonly Q?: string | undefined;
  readonly V?: string | undefined;
  readonly mask?: string | undefined;
}

/** The words of each role. */
const WORDS = {
  K: /^(k|keys?)$/,
  Q: /^(q|query|queries)$/,
  V: /^(v|values?)$/,
} as const;

type MatrixRole = keyof typeof WORDS;

/** Words of what a model is made of, rather than of what it works out. */
const PARAMETERS = /^(weights?|bias(es)?|norm|layernorm|embed\w*|optimizer|grad)$/;

/** The words of a name: letters that follow one another, parted where a capital follows a small one. */
const wordsOf = (name: string): string[] =>
  name
    .replaceAll(/\{\w+\}/g, ' ')
    .replaceAll(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}]+/u)
    .filter((word) => word !== '');

/** What a name tells of one tensor: its role, and the words around that. */
function roleOf({ pattern, members }: TensorPattern): { role: MatrixRole; around: string } | undefined {
  const [{ shape, element }] = members as [TensorPattern['members'][number]];
  const words = wordsOf(pattern);
  if (!element?.floating || shape.length < 2 || words.some((word) => PARAMETERS.test(word))) return undefined;
  const at = words.findLastIndex((word) => rolesOfWord(word) !== undefined);
  const role = at < 0 ? undefined : rolesOfWord(words[at]!);
  return role && { role, around: words.with(at, '*').join(' ') };
}

const rolesOfWord = (word: string): MatrixRole | undefined =>
  (Object.keys(WORDS) as MatrixRole[]).find((role) => WORDS[role].test(word));

/** The roles of some tensors: those whose names are alike but for the role, as many roles and tensors as there are; undefined where none may be K. */
export function guessRoles(patterns: readonly TensorPattern[]): GuessedRoles | undefined {
  const groups = new Map<string, { roles: { [role in MatrixRole]?: string }; size: number }>();
  for (const tensor of patterns) {
    const found = roleOf(tensor);
    if (!found) continue;
    const group = groups.get(found.around) ?? { roles: {}, size: 0 };
    group.roles[found.role] ??= tensor.pattern;
    group.size = Math.max(group.size, tensor.members.length);
    groups.set(found.around, group);
  }
  const known = (roles: object): number => Object.keys(roles).length;
  const [best] = [...groups.values()]
    .filter(({ roles }) => roles.K !== undefined)
    .sort((one, other) => known(other.roles) - known(one.roles) || other.size - one.size);
  if (!best) return undefined;
  const mask = maskOf(patterns);
  return { ...best.roles, K: best.roles.K!, ...(mask !== undefined && { mask }) };
}

/** A mask by its name: numbers of at most two axes. */
const maskOf = (patterns: readonly TensorPattern[]): string | undefined =>
  patterns.find(
    ({ pattern, members: [tensor] }) =>
      wordsOf(pattern).includes('mask') && tensor!.element?.floating === false && tensor!.shape.length <= 2,
  )?.pattern;

/**
 * The command that would use the tensors, as words. Heads of a model, which arrays of three axes or more and tensors of several layers
 * are, are measured under the model's softmax.
 * @param nameOf - the input's name of a pattern
 */
export function commandFor(
  { K, Q, V, mask }: GuessedRoles,
  patterns: readonly TensorPattern[],
  nameOf: (pattern: string) => string,
): string[] {
  const masked = mask === undefined ? [] : ['--mask', nameOf(mask)];
  const values = V === undefined ? [] : ['--values', nameOf(V)];
  const ofHeads = patterns.some(
    ({ pattern, members }) => pattern === K && (members.length > 1 || members[0]!.shape.length > 2),
  );
  const f = ofHeads ? ['--f', 'softmax'] : [];
  return Q === undefined
    ? ['levattn', 'select-keys', nameOf(K), ...masked, '-o', 'U.arrow']
    : ['levattn', 'coverage', nameOf(Q), '--keys', nameOf(K), ...values, ...masked, ...f];
}
