/** Completions of commands, options and their values for bash, zsh and fish. */

import type { CommandModel, OptionModel } from './command-model.js';

/** The shells there are completions for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** One of them. */
export type Shell = (typeof SHELLS)[number];

/** The script that a shell sources. */
export const completionScript = (shell: Shell, commands: readonly CommandModel[]): string =>
  ({ bash, zsh, fish })[shell](commands);

const single = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const namesOf = ({ short, long }: OptionModel): string[] => (short ? [short, long] : [long]);

function bash(commands: readonly CommandModel[]): string {
  const cases = commands.map(({ name, options }) => {
    const choices = options
      .filter((option) => option.choices.length > 0)
      .map((option) => `        ${namesOf(option).join('|')}) words=${single(option.choices.join(' '))} ;;\n`);
    const files = options.filter(({ value, choices: listed }) => value && listed.length === 0).flatMap(namesOf);
    const names = options.flatMap(namesOf).concat('--help').join(' ');
    const taken = files.length > 0 ? `        ${files.join('|')}) return ;;\n` : '';
    return `    ${name})\n      case $previous in\n${choices.join('')}${taken}        *) [[ $current == -* ]] || return; words=${single(names)} ;;\n      esac ;;\n`;
  });
  return `# bash completion of levattn: source this file, or put it into a folder of completions
_levattn() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} words=
  COMPREPLY=()
  if (( COMP_CWORD == 1 )); then
    words=${single(`${commands.map(({ name }) => name).join(' ')} --help --version`)}
  else
    case \${COMP_WORDS[1]} in
${cases.join('').replaceAll(/^/gm, '  ').trimEnd()}
    esac
  fi
  COMPREPLY=( $(compgen -W "$words" -- "$current") )
}
complete -o bashdefault -o default -F _levattn levattn
`;
}

function zsh(commands: readonly CommandModel[]): string {
  // In a specification brackets and colons mean something.
  const plain = (text: string): string => text.replaceAll(/[[\]:\\]/g, (mark) => `\\${mark}`);
  const specification = (option: OptionModel): string => {
    const { short, long, value, choices, description } = option;
    const told = `[${plain(description)}]`;
    const given = value === undefined ? '' : choices.length > 0 ? `:value:(${choices.join(' ')})` : ':value:_files';
    if (!short) return single(`${long}${told}${given}`);
    return `'(${short} ${long})'{${short},${long}}${single(`${told}${given}`)}`;
  };
  const cases = commands.map(
    ({ name, options }) =>
      `    ${name})\n      _arguments ${options.map(specification).join(' \\\n        ')} \\\n        '*:file:_files' ;;\n`,
  );
  const described = commands.map(({ name, summary }) => `    ${single(`${name}:${plain(summary)}`)}\n`);
  return `#compdef levattn
# zsh completion of levattn: put this file into a folder of $fpath, as _levattn
_levattn() {
  local -a commands
  commands=(
${described.join('')}  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=\${words[2]}
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join('')}  esac
}
if [ "$funcstack[1]" = _levattn ]; then _levattn "$@"; else compdef _levattn levattn; fi
`;
}

function fish(commands: readonly CommandModel[]): string {
  const names = commands.map(({ name }) => name).join(' ');
  const lines = commands.flatMap(({ name, summary, options }) => [
    `complete -c levattn -n ${single(`not __fish_seen_subcommand_from ${names}`)} -f -a ${name} -d ${single(summary)}`,
    ...options.map(({ short, long, value, choices, description }) =>
      [
        `complete -c levattn -n ${single(`__fish_seen_subcommand_from ${name}`)}`,
        short && `-s ${short.slice(1)}`,
        `-l ${long.slice(2)}`,
        value && (choices.length > 0 ? `-x -a ${single(choices.join(' '))}` : '-r'),
        `-d ${single(description)}`,
      ]
        .filter(Boolean)
        .join(' '),
    ),
  ]);
  return `# fish completion of levattn: put this file into ~/.config/fish/completions, as levattn.fish\n${lines.join('\n')}\n`;
}
