/** Completion scripts: the command tree in each shell's syntax. Completing starts no process. */
import type { Node } from './command-tree';

/** The lookup function for bash and zsh. Its arguments are the words before the cursor, without the program. */
function lookup(name: string, nodes: readonly Node[]): string {
  const inner = nodes.filter(({ path }) => path.length > 0);
  const valued = nodes.flatMap(({ path, flags }) =>
    flags
      .filter(({ takesValue }) => takesValue)
      .map((flag) => `    ${quoted(`${path.join(' ')}:${flag.name}`)}) ${printing(flag.values)}; return ;;`),
  );
  const words = nodes.map(
    ({ path, commands, flags }) =>
      `    ${quoted(path.join(' '))}) ${printing([...commands, ...flags.map((flag) => flag.name)])} ;;`,
  );
  return `_${name}_words() {
  local at='' before='' word
  for word in "$@"; do
    before=$word
    case "\${at:+$at }$word" in
      ${inner.map(({ path }) => quoted(path.join(' '))).join('|')}) at="\${at:+$at }$word" ;;
    esac
  done
  case "$at:$before" in
${valued.join('\n')}
  esac
  case "$at" in
${words.join('\n')}
  esac
}
`;
}

function bash(name: string, nodes: readonly Node[]): string {
  return `# bash completion for ${name}. Completes file names where no command or flag matches.
${lookup(name, nodes)}
_${name}() {
  local words
  words=$(_${name}_words "\${COMP_WORDS[@]:1:COMP_CWORD-1}")
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _${name} ${name}
`;
}

function zsh(name: string, nodes: readonly Node[]): string {
  return `#compdef ${name}
# Completion of ${name} for zsh. Where nothing fits, files are offered.
${lookup(name, nodes)}
_${name}() {
  local -a found
  found=(\${(f)"$(_${name}_words "\${(@)words[2,CURRENT-1]}")"})
  compadd -- $found || _files
}
compdef _${name} ${name}
`;
}

function fish(name: string, nodes: readonly Node[]): string {
  const lines = nodes.flatMap(({ path, commands, flags }) => {
    const isHere = quoted(toCondition(path, commands));
    const about = (command: string) =>
      nodes.find((node) => node.path.join(' ') === [...path, command].join(' '))?.about ?? '';
    return [
      ...commands.map((command) => `complete -c ${name} -n ${isHere} -f -a ${command} -d ${quoted(about(command))}`),
      ...flags.map((flag) => {
        const values = flag.values.length > 0 ? ` -f -a ${quoted(flag.values.join(' '))}` : '';
        const takes = flag.takesValue ? ' -r' : '';
        return `complete -c ${name} -n ${isHere} -l ${flag.name.replace(/^-+/, '')}${takes}${values} -d ${quoted(flag.about)}`;
      }),
    ];
  });
  return `# fish completion for ${name}.\n${lines.join('\n')}\n`;
}

/** A fish condition: the command and its parents were typed, and none of its subcommands. */
function toCondition(path: readonly string[], commands: readonly string[]): string {
  const above = path.map((word) => `__fish_seen_subcommand_from ${word}`);
  const below = commands.length > 0 ? [`not __fish_seen_subcommand_from ${commands.join(' ')}`] : [];
  return [...above, ...below].join('; and ') || 'true';
}

function printing(words: readonly string[]): string {
  return words.length === 0 ? ':' : `printf '%s\\n' ${words.map(quoted).join(' ')}`;
}

/** Quotes for all three shells. Backslashes are replaced: fish alone reads them as escapes. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", '’').replaceAll('\\', '/')}'`;
}

export const SCRIPTS = { bash, zsh, fish } as const;
export type Shell = keyof typeof SCRIPTS;
